import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Redacted } from "effect"
import { TestConsole } from "effect/testing"
import { Simulator } from "effect-visa-direct-simulator"
import type { Fault } from "effect-visa-direct-simulator"
import { createServer as createHttpServer } from "node:http"
import { createServer, type AddressInfo, type Server } from "node:net"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { MoneyEffect, Tag, VisaError } from "../src/VisaError.ts"
import { assertHides } from "./support/renderings.ts"
import {
  approvedCard,
  credentialsOf,
  pushRequest,
  sdk,
  senderCard,
  simulated,
} from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

/** Everything that must not be legible in an error of a push. */
const secretsOf = Effect.map(Simulator, ({ credentials }) => [
  approvedCard,
  senderCard,
  credentials.password,
  Buffer.from(`${credentials.userId}:${credentials.password}`).toString("base64"),
  credentials.tls.key.split("\n")[2] ?? "",
  credentials.mle.clientPrivateKey.split("\n")[2] ?? "",
])

const expectFailure = Effect.fnUntraced(function* (error: VisaError, tag: Tag, money: MoneyEffect) {
  assert.strictEqual(error.reason._tag, tag, error.message)
  assert.strictEqual(error.money, money)
  // In a message the advice begins a sentence.
  assert.include(error.message.toLowerCase(), error.reason.row.advice.toLowerCase())
  assertHides(error, yield* secretsOf)
})

/** The layer is shared: clean before each. */
const pushUnder = (fault: Fault) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    yield* simulator.clearFaults
    yield* simulator.ledger.clear
    yield* simulator.inject(fault)
    const exit = yield* Effect.exit(push)
    yield* simulator.clearFaults
    return exit
  })

const failedUnder = (fault: Fault) => Effect.flatMap(pushUnder(fault), (exit) => Effect.flip(exit))

layer(
  simulated(undefined, {
    headersTimeout: "1200 millis",
    transactionTimeout: "1 second",
    bodyTimeout: "1 second",
    maxResponseBytes: 100_000,
    // Each fault by itself: what a 429 does to the calls after it is in HostLimiter.test.ts.
    rateLimit: { maxPause: 1 },
  }),
  { timeout: 60_000, excludeTestServices: true },
)("Transport against a simulated Visa", (it) => {
  it.effect("brings back an approval with both correlation ids", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const settled = yield* push
      const [entry] = yield* simulator.ledger.payments
      assert.strictEqual(settled.actionCode, "00")
      assert.strictEqual(settled.transactionIdentifier, entry?.transactionIdentifier)
      assert.strictEqual(settled.exchange.visaCorrelationId, entry?.correlationId)
      assert.match(settled.exchange.correlationId, /^[0-9A-HJKMNP-TV-Z]{26}$/)
      assert.isTrue(settled.exchange.encrypted)
      assert.strictEqual(settled.exchange.sentBytes, entry?.bytesReceived)
      assert.strictEqual(settled.exchange.receivedBytes, entry?.bytesSent)
    }),
  )

  // What the reference calls faults of the wire: the ledger knows what happened, the SDK must not
  // claim to know more than it can.
  const faults: ReadonlyArray<readonly [name: string, fault: Fault, tag: Tag, money: MoneyEffect]> =
    [
      ["connection reset before commit", { kind: "dropBeforeCommit" }, "ConnectionLost", "Unknown"],
      ["connection reset after commit", { kind: "dropAfterCommit" }, "ConnectionLost", "Unknown"],
      ["no reply at all", { kind: "hang" }, "ResponseTimeout", "Unknown"],
      ["reply reset in its middle", { kind: "resetMidBody" }, "ResponseTruncated", "Unknown"],
      ["reply shorter than announced", { kind: "truncate" }, "ResponseTruncated", "Unknown"],
      ["random bytes", { kind: "garbage" }, "ResponseNotJson", "Unknown"],
      ["text in place of JSON", { kind: "notJson" }, "ResponseNotJson", "Unknown"],
      ["a gateway's HTML", { kind: "html" }, "ResponseNotJson", "Unknown"],
      ["an empty body", { kind: "empty" }, "ResponseEmpty", "Unknown"],
      [
        "a body over the limit",
        { kind: "hugeBody", bytes: 200_000 },
        "ResponseTooLarge",
        "Unknown",
      ],
      [
        "encData that is no JWE",
        { kind: "badEncData", variant: "notJwe" },
        "MleDecryptFailed",
        "Unknown",
      ],
      [
        "encData that was tampered with",
        { kind: "badEncData", variant: "tampered" },
        "MleDecryptFailed",
        "Unknown",
      ],
      ["encData for another key", { kind: "wrongKey" }, "MleDecryptFailed", "Unknown"],
      ["a reply in clear", { kind: "plainJson" }, "ResponseNotEncrypted", "Unknown"],
      ["500", { kind: "status", status: 500 }, "ServerError", "Unknown"],
      ["503", { kind: "status", status: 503 }, "ServiceUnavailable", "Unknown"],
      ["504", { kind: "status", status: 504 }, "GatewayTimeout", "Unknown"],
      [
        "a status that Visa does not document",
        { kind: "status", status: 418 },
        "UnexpectedStatus",
        "Unknown",
      ],
      [
        "a 403 with HTML",
        { kind: "status", status: 403, body: "<html>no</html>" },
        "Forbidden",
        "NotMoved",
      ],
      ["a 404 without body", { kind: "status", status: 404 }, "ResourceNotFound", "NotMoved"],
      ["429", { kind: "rateLimit", retryAfter: 2 }, "RateLimited", "NotMoved"],
      [
        "a clock that is ten minutes off",
        { kind: "clockSkew", millis: 600_000 },
        "TokenValidationFailed",
        "NotMoved",
      ],
    ]
  for (const [name, fault, tag, money] of faults) {
    it.effect(`${name}: ${tag}, ${money}`, () =>
      Effect.gen(function* () {
        const error = yield* failedUnder(fault)
        yield* expectFailure(error, tag, money)
        if (money === "NotMoved") {
          const simulator = yield* Simulator
          assert.deepStrictEqual(yield* simulator.ledger.payments, [])
        }
      }),
    )
  }

  it.effect("tells how long to wait after a 429", () =>
    Effect.gen(function* () {
      const error = yield* failedUnder({ kind: "rateLimit", retryAfter: 2 })
      assert.strictEqual(error.reason.retryAfterMillis, 2_000)
    }),
  )

  it.effect("gives every error the facts with which it can be found again", () =>
    Effect.gen(function* () {
      const error = yield* failedUnder({ kind: "status", status: 503 })
      assert.strictEqual(error.context.operation, "FundsTransfer.push")
      assert.strictEqual(error.context.httpStatus, 503)
      assert.strictEqual(error.context.attempt, 1)
      assert.strictEqual(error.context.rail, "card")
      assert.isString(error.context.correlationId)
      assert.isString(error.context.visaCorrelationId)
      assert.isString(error.context.clientTransactionId)
    }),
  )

  it.effect("keeps the correlation id that the caller works under", () =>
    Effect.gen(function* () {
      const { Correlation } = yield* Effect.promise(() => import("../src/Correlation.ts"))
      const settled = yield* Correlation.within(Effect.all([push, Correlation.current]))
      assert.strictEqual(settled[0].exchange.correlationId, Option.getOrThrow(settled[1]))
    }),
  )

  it.effect("a slow payment comes back as a 202 whose status settles it", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.clearScript
      yield* simulator.script({ answer: { processingMillis: 1_100 }, times: 1 })
      const error = yield* Effect.flip(push)
      assert.strictEqual(error.reason._tag, "StillProcessing")
      assert.strictEqual(error.money, "Unknown")
      const id = error.reason.statusIdentifier
      if (id === undefined) return assert.fail("The 202 has no status identifier.")
      const settled = yield* FundsTransfer.pushStatus(id).pipe(
        Effect.retry({ while: ({ reason }) => reason._tag === "StillProcessing" }),
      )
      assert.strictEqual(settled.actionCode, "00")
    }),
  )

  it.effect("interrupting a call closes its connection and leaves the next one alone", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const before = yield* simulator.stats
      yield* simulator.inject({ kind: "hang", times: 1 })
      const fiber = yield* Effect.forkChild(push)
      yield* simulator.received(before.ledger.requests + 1)
      const exit = yield* Fiber.interrupt(fiber).pipe(Effect.andThen(Fiber.await(fiber)))
      assert.isTrue(Exit.hasInterrupts(exit))
      yield* simulator.clearFaults
      assert.strictEqual((yield* push).actionCode, "00")
    }),
  )

  it.effect("writes no card number and no secret to the console", () =>
    Effect.gen(function* () {
      yield* Effect.ignore(push)
      const lines = [...(yield* TestConsole.logLines), ...(yield* TestConsole.errorLines)]
      for (const secret of yield* secretsOf) assert.isFalse(JSON.stringify(lines).includes(secret))
    }).pipe(Effect.provide(TestConsole.layer)),
  )
})

describe("Transport and the credentials that Visa checks", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      change: (c: ReturnType<typeof credentialsOf>) => ReturnType<typeof credentialsOf>,
      tag: Tag,
    ]
  > = [
    [
      "a wrong password",
      (c) => ({ ...c, basic: { ...c.basic, password: Redacted.make("wrong") } }),
      "CredentialsRejected",
    ],
    [
      "a Key-ID that Visa does not know",
      (c) =>
        c.mle === undefined
          ? c
          : { ...c, mle: { ...c.mle, keyId: "00000000-0000-4000-8000-000000000000" } },
      "TokenValidationFailed",
    ],
    ["no MLE keys", ({ mle: _, ...c }) => c, "MleKeysMissing"],
  ]
  for (const [name, change, tag] of cases) {
    it.live(`${name}: ${tag}, nothing moved`, () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const error = yield* Effect.flip(push).pipe(
          Effect.provide(sdk({ credentials: change(credentialsOf(simulator.credentials)) })),
        )
        yield* expectFailure(error, tag, "NotMoved")
        assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      }).pipe(Effect.provide(Simulator.layer())),
    )
  }

  it.live("a project that needs MLE, called in clear: EncryptionRequired", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(push).pipe(Effect.provide(sdk({ mle: "off" })))
      yield* expectFailure(error, "EncryptionRequired", "NotMoved")
    }).pipe(Effect.provide(Simulator.layer())),
  )

  it.live("an API that is not in the project: NotInProject", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(push).pipe(Effect.provide(sdk()))
      yield* expectFailure(error, "NotInProject", "NotMoved")
    }).pipe(
      Effect.provide(
        Simulator.layer({ notInProject: ["/visadirect/fundstransfer/v1/pushfundstransactions"] }),
      ),
    ),
  )

  it.live("a client certificate that the TLS edge refuses never counts as sent money", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const foreign = yield* simulator.issue({ defect: "foreignAuthority" })
      const error = yield* Effect.flip(push).pipe(
        Effect.provide(sdk({ credentials: credentialsOf(foreign) })),
      )
      assert.include(["ClientCertificateRejected", "ConnectionLost"], error.reason._tag)
      assert.deepStrictEqual(yield* simulator.ledger.payments, [])
    }).pipe(Effect.provide(Simulator.layer({ clientCertificate: "strict" }))),
  )
})

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        resume(Effect.succeed((server.address() as AddressInfo).port))
      })
    }),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void))),
  )

describe("Transport and hosts that are not Visa", () => {
  const pushTo = (baseUrl: string, options: Parameters<typeof sdk>[0] = {}) =>
    Effect.flip(push).pipe(Effect.provide(sdk({ baseUrl, ...options })))

  it.live("a name that does not resolve: HostNotFound", () =>
    Effect.gen(function* () {
      yield* expectFailure(yield* pushTo("https://visa.invalid"), "HostNotFound", "NotMoved")
    }).pipe(Effect.provide(Simulator.layer())),
  )

  it.live("a port where nobody listens: ConnectionRefused", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(createServer()))
      const error = yield* pushTo(`https://127.0.0.1:${port}`)
      yield* expectFailure(error, "ConnectionRefused", "NotMoved")
      assert.strictEqual(error.retry, "Now")
    }).pipe(Effect.provide(Simulator.layer())),
  )

  it.live("a server that speaks plain HTTP: ServerNotTls", () =>
    Effect.gen(function* () {
      const port = yield* listening(createHttpServer((_, response) => response.end("hello")))
      yield* expectFailure(yield* pushTo(`https://localhost:${port}`), "ServerNotTls", "NotMoved")
    }).pipe(Effect.scoped, Effect.provide(Simulator.layer())),
  )

  it.live("a server that accepts and says nothing: ConnectTimeout", () =>
    Effect.gen(function* () {
      const sockets = new Set<{ destroy: () => void }>()
      const server = createServer((socket) => void sockets.add(socket.on("error", () => {})))
      const port = yield* listening(server)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => sockets.forEach((socket) => socket.destroy())),
      )
      const error = yield* pushTo(`https://localhost:${port}`, { connectTimeout: "200 millis" })
      yield* expectFailure(error, "ConnectTimeout", "NotMoved")
    }).pipe(Effect.scoped, Effect.provide(Simulator.layer())),
  )

  it.live("a server whose certificate no known root has signed: ServerCertificateRejected", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { tls, ...rest } = credentialsOf(simulator.credentials)
      const { extraRoots: _, ...withoutRoot } = tls
      const error = yield* pushTo(simulator.url, { credentials: { ...rest, tls: withoutRoot } })
      yield* expectFailure(error, "ServerCertificateRejected", "NotMoved")
    }).pipe(Effect.provide(Simulator.layer())),
  )

  it.live("a server whose certificate is for another name, or has expired", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      for (const certificate of ["wrongHost", "expired"] as const) {
        yield* simulator.present({ certificate })
        yield* expectFailure(yield* pushTo(simulator.url), "ServerCertificateRejected", "NotMoved")
      }
    }).pipe(Effect.provide(Simulator.layer())),
  )
})

describe("Transport.layer refuses what cannot be safe", () => {
  it.live("production without MLE keys: MleKeysMissing", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { mle: _, ...credentials } = credentialsOf(simulator.credentials)
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(sdk({ environment: "production", credentials }))),
      )
      assert.strictEqual(error.reason._tag, "MleKeysMissing")
    }).pipe(Effect.provide(Simulator.layer())),
  )

  const refused: ReadonlyArray<
    readonly [name: string, options: Parameters<typeof sdk>[0], tag: Tag, field: string]
  > = [
    ["plain HTTP", { baseUrl: "http://localhost:1" }, "InsecureEndpoint", "baseUrl"],
    ["text that is no URL", { baseUrl: "sandbox.api.visa.com" }, "OptionInvalid", "baseUrl"],
    [
      "a path in the base URL",
      { baseUrl: "https://localhost/visadirect" },
      "OptionInvalid",
      "baseUrl",
    ],
    [
      "a password in the base URL",
      { baseUrl: "https://user:secret@localhost" },
      "OptionInvalid",
      "baseUrl",
    ],
    ["MLE off in production", { environment: "production", mle: "off" }, "OptionInvalid", "mle"],
    [
      "a transaction timeout over Visa's maximum",
      { transactionTimeout: "31 seconds" },
      "OptionInvalid",
      "transactionTimeout",
    ],
    [
      "a client timeout below Visa's",
      { headersTimeout: "30 seconds" },
      "OptionInvalid",
      "headersTimeout",
    ],
    ["no connections", { maxConnections: 0 }, "OptionInvalid", "maxConnections"],
    ["a timeout of zero", { connectTimeout: 0 }, "OptionInvalid", "connectTimeout"],
  ]
  for (const [name, options, tag, field] of refused) {
    it.live(`${name}: ${tag}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(sdk(options))))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.reason.field, field)
        assertHides(error, ["secret"])
      }).pipe(Effect.provide(Simulator.layer())),
    )
  }
})

describe("Transport and a new generation of credentials", () => {
  it.live(
    "requests in flight end on the old one, new ones use the new one, old sockets close",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const store = yield* CertificateStore
        yield* simulator.script({ answer: { processingMillis: 300 }, times: 1 })
        const slow = yield* Effect.forkChild(push)
        yield* simulator.received(1)
        const renewed = yield* simulator.issue()
        yield* store.reload(credentialsOf(renewed))
        const fast = yield* push
        const settled = yield* Fiber.join(slow)
        assert.strictEqual(settled.exchange.generation, 1)
        assert.strictEqual(fast.exchange.generation, 2)
        const [first, second] = yield* simulator.ledger.payments
        assert.strictEqual(first?.userId === second?.userId, false)
        const { fingerprint } = simulator.credentials.tls
        yield* Effect.repeat(simulator.stats, {
          until: ({ connectionsByFingerprint }) =>
            connectionsByFingerprint[fingerprint] === undefined,
        })
        const { connectionsByFingerprint } = yield* simulator.stats
        assert.deepStrictEqual(Object.keys(connectionsByFingerprint), [renewed.tls.fingerprint])
      }).pipe(Effect.provide(simulated({}, { keepPrevious: "1 millis" }))),
  )
})

layer(simulated(), { timeout: 60_000, excludeTestServices: true })("TransactionQuery", (it) => {
  it.effect("finds a payment by its identity and by Visa's id", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      const settled = yield* FundsTransfer.push(request)
      const byIdentity = yield* TransactionQuery.find(request)
      const byId = yield* TransactionQuery.find({
        acquiringBin: request.acquiringBin,
        transactionIdentifier: settled.transactionIdentifier,
      })
      assert.strictEqual(byIdentity[0]?.actionCode, "00")
      assert.strictEqual(byIdentity[0]?.statusCode, "COMPLETED")
      assert.deepStrictEqual(byId, byIdentity)
    }),
  )

  it.effect("answers an empty list for what Visa does not know", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* TransactionQuery.find(yield* pushRequest()), [])
    }),
  )

  it.effect("a repeat under the same identity is paid once and recognised as settled", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const request = yield* pushRequest()
      const first = yield* FundsTransfer.push(request)
      const second = yield* FundsTransfer.push(request)
      assert.strictEqual(first.actionCode, "00")
      assert.strictEqual(second.actionCode, "94")
      assert.strictEqual(second.originalActionCode, "00")
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      assert.strictEqual((yield* TransactionQuery.find(request)).length, 2)
    }),
  )
})
