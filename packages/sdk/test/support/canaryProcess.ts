/**
 * A program that pays, with canaries in everything it sends, logs, traces and counts, and that writes
 * to every exit there is: loggers to the console and to a file, OTLP in JSON and in protobuf,
 * OpenTelemetry's own exporter, a Prometheus page, and errors written down by hand.
 *
 * Its one argument is {@link CanaryOptions} as JSON. The last thing that it does is to die of a canary.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import {
  Cause,
  Console,
  Effect,
  Exit,
  Formatter,
  Layer,
  Logger,
  Metric,
  Redacted,
  References,
  Schedule,
  Stream,
} from "effect"
import { HttpClient, HttpRouter, HttpServer } from "effect/http"
import { Otlp, PrometheusMetrics } from "effect/observability"
import { readCredentials } from "effect-visa-direct-simulator"
import type { Credentials as Issued, Fault, ScriptRule } from "effect-visa-direct-simulator"
import { createPrivateKey } from "node:crypto"
import { appendFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { inspect } from "node:util"
import type { Credentials } from "../../src/CertificateStore.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import * as Sdk from "../../src/index.ts"
import type { Operation } from "../../src/Operation.ts"
import { Pan } from "../../src/Pan.ts"
import * as Engine from "../../src/payouts/Engine.ts"
import { LedgerGuard } from "../../src/payouts/LedgerGuard.ts"
import { Payout } from "../../src/payouts/Payout.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import { Redactor } from "../../src/Redactor.ts"
import * as VisaDirect from "../../src/VisaDirect.ts"
import { canariesOf } from "./canaries.ts"
import { canaryOperations, operationNames } from "./canaryOperations.ts"
import type { Send } from "./canaryOperations.ts"
import { deposited, originator } from "./saga.ts"
import { credentialsOf } from "./simulated.ts"

export interface CanaryOptions {
  readonly seed: string
  /** `off`: with a Redactor of the program's own, which changes nothing. */
  readonly redactor: "on" | "off"
  /** Where it writes its files. */
  readonly folder: string
  readonly simulator: { readonly url: string; readonly adminUrl: string; readonly dir: string }
  readonly collector: string
}

/** What was done, for the test to compare with what it wants. */
export interface CanaryReport {
  /** By operation: how often it succeeded, and with which reasons it failed. */
  readonly operations: Record<string, { succeeded: number; failed: Record<string, number> }>
  /** By what was done to it: how many calls failed. */
  readonly failures: Record<string, number>
  readonly payouts: Record<string, ReadonlyArray<string>>
  readonly renderings: number
}

const options: CanaryOptions = JSON.parse(process.argv[2] ?? "{}")
const canaries = canariesOf(options.seed)
const report: CanaryReport = { operations: {}, failures: {}, payouts: {}, renderings: 0 }
const counts = { renderings: 0 }

const renderingsFile = `${options.folder}/renderings.txt`

/** Writes a value down in every way in which errors are commonly written down, past all redaction. */
const writeDown = (value: unknown): void => {
  const texts = [
    String(value),
    value instanceof Error ? value.stack : undefined,
    value instanceof Error ? value.message : undefined,
    JSON.stringify(value),
    inspect(value, { depth: Infinity, showHidden: true }),
    Formatter.format(value),
    Cause.isCause(value) ? Cause.pretty(value) : Cause.pretty(Cause.fail(value)),
  ]
  counts.renderings += texts.length
  appendFileSync(renderingsFile, `${texts.join("\n")}\n`)
}

/** Does the simulator's controls an order. */
const order = (method: string, path: string, body?: Fault | ScriptRule) =>
  Effect.promise(async () => {
    const response = await fetch(`${options.simulator.adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  })

/** Sentences as gateways and libraries write them, with what the Redactor knows by its look. */
const sentences = [
  `card ${canaries.visa} declined`,
  `cards ${canaries.mastercard}, ${canaries.amex} and ${canaries.discover}`,
  `jcb=${canaries.jcb} diners=${canaries.diners} unionpay=${canaries.unionPay}`,
  `maestro ${canaries.maestro.replace(/(....)/g, "$1 ")}`,
  `${canaries.sender.replace(/(....)(?=.)/g, "$1-")} with cvv ${canaries.cvv}`,
  `mail to ${canaries.email}`,
  `call +${canaries.phone} or ${canaries.nationalPhone.replace(/(...)(...)/, "$1-$2-")}`,
  `account number ${canaries.account}`,
  `IBAN ${canaries.iban.replace(/(....)/g, "$1 ")}`,
  `senderAccountNumber=${canaries.senderAccount}`,
  `password=${canaries.password} passphrase: ${canaries.passphrase}`,
  `Authorization: Bearer ${canaries.token}`,
  `{"recipientName":"${canaries.firstName}","cardCvv2Value":"${canaries.cvv}"}`,
  Buffer.from(JSON.stringify({ pan: canaries.visa, email: canaries.email })).toString("base64"),
  encodeURIComponent(`pan=${canaries.visa}&email=${canaries.email}`),
  `GET /v1/alias?alias=${canaries.phone}&password=${canaries.password}`,
] as const

/** A record under the names that the fields have in forms and databases. */
const record = {
  primaryAccountNumber: canaries.visa,
  card: { number: canaries.mastercard, cvv: canaries.cvv, holder: canaries.firstName },
  cards: [canaries.amex, { pan: canaries.discover }],
  recipientName: canaries.otherName,
  firstName: canaries.firstName,
  middleName: canaries.middleName,
  lastName: canaries.lastName,
  accountName: canaries.companyName,
  addressLine1: canaries.street,
  addressLine2: canaries.street2,
  email: canaries.email,
  phone: canaries.phone,
  mobileNumber: canaries.nationalPhone,
  accountNumber: canaries.account,
  senderAccountNumber: canaries.senderAccount,
  iban: canaries.iban,
  alias: canaries.username,
  passportNumber: canaries.document,
  cavv: canaries.cavv,
  track2Data: canaries.track2,
  password: canaries.password,
  passphrase: canaries.passphrase,
  accessToken: canaries.token,
}

/** The texts of each operation's request, as it was last sent: what a gateway can quote of it. */
const sentBy = new Map<string, ReadonlyArray<string>>()

const textsIn = (value: unknown): ReadonlyArray<string> =>
  Redacted.isRedacted(value)
    ? textsIn(Redacted.value(value))
    : typeof value === "string"
      ? [value]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(textsIn)
        : []

/** Ways in which operations fail. What quotes is made for one of them, the rest for all at once. */
interface Trouble {
  readonly name: string
  readonly faults?: (quoted: string) => ReadonlyArray<Fault>
  readonly script?: (quoted: string) => ReadonlyArray<ScriptRule>
  readonly forAll?: true
}

const envelopes = (quoted: string): ReadonlyArray<readonly [status: number, body: unknown]> => [
  [
    400,
    {
      responseStatus: {
        status: 400,
        code: canaries.visa,
        severity: canaries.email,
        message: quoted,
        info: quoted,
      },
    },
  ],
  [401, { errorMessage: `API Validation Error: 3001. ${quoted}` }],
  [
    404,
    {
      errorResponse: {
        status: "400",
        reason: canaries.amex,
        message: quoted,
        details: [{ location: canaries.email, message: quoted }],
      },
    },
  ],
  [403, { reason: canaries.visa, message: quoted, customerMessage: quoted }],
  [500, { ...record, actionCode: canaries.visa, errorMessage: record }],
  [202, { statusIdentifier: canaries.visa, message: quoted }],
  [303, { statusIdentifier: canaries.email, message: quoted }],
  [429, { reason: quoted, message: quoted }],
]

const html = (quoted: string) =>
  `<html><body><h1>502 Bad Gateway</h1><pre>${quoted}</pre></body></html>`

const status = (code: number, body: string, contentType: string): Fault => ({
  kind: "status",
  status: code,
  body,
  contentType,
  headers: {
    "x-correlation-id": `${canaries.visa}_${canaries.email}`,
    location: `/visadirect/${canaries.visa}/${canaries.email}`,
    "retry-after": canaries.phone,
  },
})

const json = "application/json"

const troubles: ReadonlyArray<Trouble> = [
  ...envelopes("").map(([code], index): Trouble => ({
    name: `${code} that quotes`,
    faults: (quoted) => [status(code, JSON.stringify(envelopes(quoted)[index]?.[1]), json)],
  })),
  { name: "200 as HTML", faults: (quoted) => [status(200, html(quoted), "text/html")] },
  { name: "502 as HTML", faults: (quoted) => [status(502, html(quoted), "text/html")] },
  { name: "503 as text", faults: (quoted) => [status(503, quoted, "text/plain")] },
  {
    name: "200 in clear",
    faults: (quoted) => [status(200, JSON.stringify({ ...record, errorMessage: quoted }), json)],
  },
  {
    name: "encrypted refusals",
    script: (quoted) => [
      { answer: { httpStatus: 400, body: { ...record, errorMessage: quoted } } },
    ],
  },
  {
    name: "encrypted replies of another shape",
    script: (quoted) => [
      { answer: { httpStatus: 200, body: { ...record, transactionIdentifier: quoted } } },
    ],
  },
  { name: "rejections", script: (quoted) => [{ answer: { refusal: quoted } }] },
  {
    name: "replies with more",
    script: () => [{ answer: { fields: { ...record, memberComments: sentences.join() } } }],
  },
  { name: "declines", forAll: true, script: () => [{ answer: { actionCode: "51" } }] },
  ...(
    [
      "dropBeforeCommit",
      "dropAfterCommit",
      "hang",
      "resetMidBody",
      "truncate",
      "garbage",
      "notJson",
      "html",
      "empty",
      "badEncData",
      "wrongKey",
      "plainJson",
      "rateLimit",
    ] as const
  ).map((kind): Trouble => ({ name: kind, forAll: true, faults: () => [{ kind }] })),
  {
    name: "tampered",
    forAll: true,
    faults: () => [{ kind: "badEncData", variant: "tampered" }],
  },
]

/** Strings and secrets of a request, each exchanged for something that no field takes. */
const spoiled = (request: unknown): ReadonlyArray<unknown> => {
  const spoil = (value: unknown): ReadonlyArray<unknown> => {
    if (Redacted.isRedacted(value)) {
      return spoil(Redacted.value(value)).map((bad) => Redacted.make(bad))
    }
    if (typeof value === "string") {
      return value.length % 2 === 0 ? [{ wrong: value }] : [`${value} \u0000 `.repeat(9)]
    }
    if (typeof value !== "object" || value === null) return []
    return Object.entries(value).flatMap(([name, part]) =>
      spoil(part).map((bad) =>
        Array.isArray(value)
          ? value.map((each, index) => (String(index) === name ? bad : each))
          : { ...value, [name]: bad },
      ),
    )
  }
  return [
    ...spoil(request),
    ...(typeof request === "object" && request !== null
      ? [{ ...request, [canaries.visa]: 1, [canaries.email]: record }, [record]]
      : []),
  ]
}

const succeededWith = (name: string) => {
  const entry = (report.operations[name] ??= { succeeded: 0, failed: {} })
  entry.succeeded++
}

const failedWith = (name: string, tag: string, trouble: string) => {
  const { failed } = (report.operations[name] ??= { succeeded: 0, failed: {} })
  failed[tag] = (failed[tag] ?? 0) + 1
  report.failures[trouble] = (report.failures[trouble] ?? 0) + 1
}

/** Runs one call, logs how it ended as careless programs do, and looks at the error. */
const exercised = (name: string, trouble: string, run: ReturnType<Send>) =>
  run.pipe(
    Effect.withSpan(`user ${name} for ${canaries.visa}`, {
      attributes: { ...record, note: sentences[0] },
    }),
    Effect.tapCause((cause) => Effect.logError("A call failed", cause)),
    // Where a program would handle errors, the Redactor stands in front of them.
    Redactor.protect,
    Effect.exit,
    Effect.tap((exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) return succeededWith(name)
        writeDown(exit.cause)
        for (const reason of exit.cause.reasons) {
          const error = Cause.isFailReason(reason) ? reason.error : reason
          writeDown(error)
          failedWith(name, "reason" in error ? error.reason._tag : "defect", trouble)
        }
      }),
    ),
  )

const sending =
  (name: string): Send =>
  (request, call) =>
    Effect.sync(() => sentBy.set(name, textsIn(request))).pipe(
      Effect.andThen(Effect.logDebug("sending", request)),
      Effect.andThen(Effect.annotateCurrentSpan("request", request)),
      Effect.andThen(call(request)),
      Effect.tap((answer) => Effect.logDebug("answered", answer)),
      Effect.annotateLogs({ card: canaries.visa, by: { email: canaries.email } }),
    )

const operationsWith = (send: (name: string) => Send) =>
  operationNames.map((name) => [name, canaryOperations(canaries, send(name))[name]] as const)

/** Nothing that is wrong by its fields gets as far as a socket. */
const spoiling =
  (trouble: string, name: string): Send =>
  (request, call) =>
    Effect.forEach(
      spoiled(request),
      // The types of the calls would not let a program in TypeScript do this.
      (bad) => exercised(name, trouble, Effect.andThen(Effect.logDebug(bad), call(bad as never))),
      { discard: true },
    )

const operations = operationsWith(sending)

/** One after the other: some need what others have made. */
const successes = Effect.forEach(operations, ([name, run]) => exercised(name, "nothing", run), {
  discard: true,
})

/** What the gateway says: first what was sent, as what is long is cut off, then all that there is. */
const quotedTo = (name: string) =>
  [...(sentBy.get(name) ?? []).filter((text) => text.length > 6), ...sentences].join("', '")

const declared: ReadonlyArray<Operation<never, unknown>> = Object.values(Sdk).flatMap((module) =>
  "operations" in module ? Object.values(module.operations as never) : [],
)

/** The requests of one operation: what it takes to make them is left alone. */
const requestsOf = (name: string) => {
  const { method, path } = declared.find((operation) => operation.name === name) ?? {}
  return { method: method ?? "", path: path?.replace(/\{.*/, "*") ?? "" }
}

const inTrouble = (
  { faults, name, script }: Trouble,
  names: ReadonlyArray<string>,
  quoted: string,
  match: { readonly method?: string; readonly path?: string },
) =>
  Effect.forEach(faults?.(quoted) ?? [], (fault) =>
    order("POST", "/faults", { ...fault, match }),
  ).pipe(
    Effect.andThen(
      Effect.forEach(script?.(quoted) ?? [], (rule) =>
        order("POST", "/script", { ...rule, match }),
      ),
    ),
    Effect.andThen(
      Effect.forEach(
        operations.filter(([operation]) => names.includes(operation)),
        ([operation, run]) => exercised(operation, name, run),
        { concurrency: 16, discard: true },
      ),
    ),
    Effect.andThen(order("DELETE", faults === undefined ? "/script" : "/faults")),
  )

const troubled = (trouble: Trouble) =>
  trouble.forAll === true
    ? inTrouble(trouble, operationNames, "", {})
    : Effect.forEach(
        operationNames,
        (name) => inTrouble(trouble, [name], quotedTo(name), requestsOf(name)),
        { discard: true },
      )

const refusals = Effect.forEach(
  operationsWith((name) => spoiling("refused before it was sent", name)),
  ([, run]) => Effect.exit(run),
  { discard: true },
)

const seen = Metric.counter("user_seen_total")
const words = Metric.frequency("user_words")

/** What a careless program does besides: lines, spans, labels and prints full of canaries. */
const careless = Effect.gen(function* () {
  for (const sentence of sentences) {
    yield* Effect.logInfo(sentence)
    yield* Effect.logWarning("note", { text: sentence, texts: [sentence] }).pipe(
      Effect.annotateLogs("note", sentence),
      Effect.withLogSpan(sentence),
    )
    yield* Effect.annotateCurrentSpan("note", sentence)
    yield* Effect.void.pipe(Effect.withSpan(sentence, { attributes: { sentence } }))
    yield* Metric.update(Metric.withAttributes(seen, { note: sentence }), 1)
    yield* Metric.update(words, sentence)
    yield* Console.log(sentence)
    yield* Console.error({ sentence })
  }
  yield* Effect.logInfo(record, new Map([["record", record]]), new Set([record]))
  yield* Effect.logTrace(JSON.stringify(record))
  yield* Effect.logDebug(new TextEncoder().encode(JSON.stringify(record)))
  yield* Effect.annotateCurrentSpan("record", record)
  yield* Effect.annotateCurrentSpan(record)
  yield* Console.dir(record)
  yield* Console.table([record])
  yield* Effect.logFatal(
    "it broke",
    new Error(sentences.join("\n"), { cause: { record, errors: [new Error(sentences[3])] } }),
  )
  yield* Effect.logError(Cause.die(new AggregateError([new Error(sentences[0])], sentences[1])))
}).pipe(Effect.withSpan(`user ${canaries.visa}`), Redactor.protect)

const bursting = () => new Error(sentences.join("; "), { cause: { record, sentences } })

interface Hook {
  readonly name: string
  readonly options: Partial<VisaDirect.Options>
}

/** Functions of the program's own that the SDK calls, each of which breaks. */
const hooks: ReadonlyArray<Hook> = [
  { name: "reserve", options: { identity: { reserve: () => Effect.die(bursting()) } } },
  {
    name: "pauses",
    options: {
      retry: {
        reads: {
          attempts: 3,
          pauses: Schedule.recurs(3).pipe(Schedule.addDelay(() => Effect.die(bursting()))),
        },
      },
    },
  },
]

const once = { moves: "none", changes: "none", reports: "none", reads: "none" } as const

const visa = (issued: Issued, changes: Partial<VisaDirect.Options> = {}) =>
  VisaDirect.layer({
    environment: "sandbox",
    baseUrl: options.simulator.url,
    credentials: credentialsOf(issued),
    breaker: "off",
    // A 429 must not hold up what comes after it.
    rateLimit: { pause: "1 millis", maxPause: "1 millis" },
    headersTimeout: "400 millis",
    transactionTimeout: "300 millis",
    retry: once,
    ...changes,
  })

const brokenHooks = (issued: Issued) =>
  Effect.forEach(
    hooks,
    ({ name, options }) =>
      Effect.gen(function* () {
        yield* order("POST", "/faults", {
          kind: "status",
          status: 503,
          body: html(sentences.join()),
        })
        for (const [operation, run] of operations) {
          if (!["FundsTransfer.push", "CardAttributes.inquire"].includes(operation)) continue
          yield* exercised(
            operation,
            `the program's ${name} broke`,
            run.pipe(Effect.provide(visa(issued, options), { local: true })),
          )
        }
        yield* order("DELETE", "/faults")
      }),
    { discard: true },
  )

/** Credentials that cannot work, each wrong in another way. */
const wrongCredentials = (issued: Issued) => {
  const right = credentialsOf(issued)
  const { key } = issued.tls
  const sets: Readonly<Record<string, Credentials>> = {
    "a key in place of the certificate": {
      ...right,
      tls: { certificate: key, privateKey: Redacted.make(key) },
    },
    "a passphrase that is wrong": {
      ...right,
      tls: {
        certificate: issued.tls.certificateChain,
        privateKey: Redacted.make(
          String(
            createPrivateKey(key).export({
              type: "pkcs8",
              format: "pem",
              cipher: "aes-256-cbc",
              passphrase: canaries.token,
            }),
          ),
        ),
        passphrase: Redacted.make(canaries.passphrase),
      },
    },
    "a PKCS#12 that is none": {
      ...right,
      tls: {
        pkcs12: Redacted.make(new TextEncoder().encode(key)),
        passphrase: Redacted.make(canaries.passphrase),
      },
    },
    "the key of another": {
      ...right,
      tls: {
        certificate: issued.tls.certificateChain,
        privateKey: Redacted.make(issued.mle.clientPrivateKey),
        extraRoots: issued.tls.serverRoot,
      },
    },
    "an MLE key that is a password": {
      ...right,
      mle: {
        keyId: issued.mle.keyId,
        serverCertificate: issued.mle.serverCertificate,
        privateKey: Redacted.make(canaries.password),
      },
    },
    "an MLE certificate that is a key": {
      ...right,
      mle: {
        keyId: issued.mle.keyId,
        serverCertificate: issued.mle.clientPrivateKey,
        privateKey: Redacted.make(issued.mle.clientPrivateKey),
      },
    },
    "a password with a line feed": {
      ...right,
      basic: { userId: issued.userId, password: Redacted.make(`${canaries.password}\n`) },
    },
    "a password that is wrong": {
      ...right,
      basic: { userId: issued.userId, password: Redacted.make(canaries.password) },
    },
  }
  return Effect.forEach(
    Object.entries(sets),
    ([name, credentials]) =>
      Effect.forEach(
        operations.filter(([operation]) => operation === "FundsTransfer.push"),
        ([operation, run]) =>
          exercised(
            operation,
            name,
            // Not with the services of the set that works.
            run.pipe(Effect.provide(visa(issued, { credentials }), { local: true })),
          ),
      ),
    { discard: true },
  )
}

/** Payouts that are settled, declined, unknown and refused, and all that is kept of them. */
const payouts = (store: string) =>
  Effect.gen(function* () {
    const us = yield* Country.of("US")
    const make = Effect.fnUntraced(function* (key: string, pan: string) {
      return Payout.make(key).pipe(
        Payout.amount(yield* Money.of("124.05", "USD")),
        Payout.corridor(Payout.domestic(us)),
        Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
        Payout.sender({
          firstName: canaries.firstName,
          lastName: canaries.lastName,
          accountNumber: Redacted.make(canaries.senderAccount),
          address: { country: us, line1: canaries.street, city: "Foster City", state: "CA" },
        }),
        Payout.recipient({ firstName: canaries.otherName, lastName: canaries.lastName }),
        Payout.from(Payout.ledger("payouts-usd")),
        Payout.to(Payout.card(yield* Pan.make(pan))),
      )
    })
    const toAccount = Effect.fnUntraced(function* (key: string) {
      return Payout.make(key).pipe(
        Payout.amount(yield* Money.of("12.05", "USD")),
        Payout.corridor(Payout.crossBorder(us, yield* Country.of("DE"))),
        Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
        Payout.sender({
          companyName: canaries.companyName,
          address: { country: us, line1: canaries.street, city: "Foster City", state: "CA" },
        }),
        Payout.recipient({
          firstName: canaries.otherName,
          lastName: canaries.lastName,
          address: { country: yield* Country.of("DE"), line1: canaries.street2, city: "Berlin" },
        }),
        Payout.from(Payout.ledger("payouts-usd")),
        Payout.to(
          Payout.account({
            number: Redacted.make(canaries.iban),
            numberType: "IBAN",
            currency: yield* Currency.of("USD"),
          }),
        ),
      )
    })
    const ended = Effect.fnUntraced(function* (name: string, payout: Payout) {
      yield* Effect.logDebug("paying", payout, payout.parts)
      const exit = yield* Effect.exit(Payouts.execute(payout))
      writeDown(exit)
      const events = Exit.isFailure(exit)
        ? []
        : yield* Stream.runCollect(Payouts.events(payout.key))
      writeDown(events)
      yield* Effect.logInfo("paid", exit, events)
      yield* Effect.forEach(events, (event) => Effect.logInfo(event))
      const tag = Exit.isSuccess(exit)
        ? exit.value._tag
        : exit.cause.reasons.map((reason) =>
            Cause.isFailReason(reason) ? reason.error._tag : reason._tag,
          )
      if (Exit.isFailure(exit)) {
        writeDown(exit.cause)
        for (const reason of exit.cause.reasons) {
          if (Cause.isFailReason(reason)) writeDown(reason.error)
        }
      }
      report.payouts[`${store}: ${name}`] = [tag].flat()
    })
    yield* deposited
    yield* ended("settled", yield* make(`${store}-settled`, canaries.visa))
    yield* ended("to an account", yield* toAccount(`${store}-account`))
    yield* order("POST", "/script", { answer: { actionCode: "51" } })
    yield* ended("declined", yield* make(`${store}-declined`, canaries.visa))
    yield* order("DELETE", "/script")
    yield* order("POST", "/script", {
      answer: { refusal: `${canaries.lastName}, ${sentences.join()}` },
    })
    yield* ended("refused", yield* make(`${store}-refused`, canaries.visa))
    yield* order("DELETE", "/script")
    yield* order("POST", "/faults", { kind: "status", status: 502, body: html(sentences.join()) })
    yield* ended("unknown", yield* make(`${store}-unknown`, canaries.visa))
    yield* order("DELETE", "/faults")
    yield* ended("of another key", yield* make(`${store}-settled`, canaries.sender))
    const list = yield* (yield* WorkList).list()
    writeDown(list)
    yield* Effect.logInfo("work list", list)
  }).pipe(Effect.withSpan("payouts"), Redactor.protect)

const asking = { polling: Schedule.spaced("5 millis"), deadline: "200 millis" } as const

const inMemory = Layer.unwrap(
  Effect.map(originator, (originator) => Payouts.layerMemory({ originator, asking })),
)

const key = (text: string) => Redacted.make(Buffer.from(text.repeat(40)).toString("base64"))

const embedded = Layer.unwrap(
  Effect.map(originator, (originator) =>
    Engine.layerEmbedded({
      folder: `${options.folder}/database`,
      originator,
      asking,
      vault: { key: key("v") },
      fingerprint: { key: key("f") },
    }),
  ),
)

/** A guard of the program's own that breaks while it holds money. */
const brokenGuard = Layer.succeed(LedgerGuard, {
  reserve: () => Effect.die(bursting()),
  commit: () => Effect.die(bursting()),
  release: () => Effect.die(bursting()),
})

const passing: Redactor["Service"] = {
  redact: (value) => value,
  text: (text) => text,
  scan: () => [],
}

const redactor = options.redactor === "on" ? Redactor.make() : passing

const pageLayer = HttpRouter.serve(PrometheusMetrics.layerHttp()).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
)

/** Reads the page as a Prometheus server does. */
const scraped = Effect.gen(function* () {
  const server = yield* HttpServer.HttpServer
  const { port } = server.address as { readonly port: number }
  const response = yield* HttpClient.get(`http://127.0.0.1:${port}/metrics`)
  writeFileSync(`${options.folder}/metrics.txt`, yield* response.text)
}).pipe(Effect.provide([pageLayer, NodeHttpClient.layerUndici]))

const loggers = Layer.mergeAll(
  Logger.layer([
    Logger.consolePretty({ mode: "tty", colors: false }),
    Logger.withConsoleError(Logger.formatLogFmt),
    Logger.tracerLogger,
    Logger.toFile(Logger.formatJson, `${options.folder}/json.log`),
    Logger.toFile(Logger.formatLogFmt, `${options.folder}/logfmt.log`),
  ]),
  Layer.succeed(References.MinimumLogLevel, "All"),
)

const resource = { serviceName: "canary" }

type ExporterName = "json" | "protobuf" | "opentelemetry"

const exporters: { readonly [N in ExporterName]: Layer.Layer<never> } = {
  json: Otlp.layerJson({ baseUrl: `${options.collector}/json`, resource }).pipe(
    Layer.provide(NodeHttpClient.layerUndici),
  ),
  protobuf: Otlp.layerProtobuf({
    baseUrl: `${options.collector}/protobuf`,
    resource,
    compression: "gzip",
  }).pipe(Layer.provide(NodeHttpClient.layerUndici)),
  opentelemetry: NodeSdk.layer(() => ({
    resource,
    spanProcessor: new BatchSpanProcessor(
      new OTLPTraceExporter({ url: `${options.collector}/opentelemetry/v1/traces` }),
      { maxQueueSize: 100_000, maxExportBatchSize: 512, scheduledDelayMillis: 100 },
    ),
    metricReader: new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${options.collector}/opentelemetry/v1/metrics` }),
    }),
  })),
}

const exportersOf = (name: ExporterName) =>
  exporters[name].pipe(Layer.provideMerge(loggers), Layer.provide(NodeServices.layer))

const issued = readCredentials(options.simulator.dir).pipe(Effect.provide(NodeServices.layer))

/** The exits innermost, so that the one Redactor that `protect` puts in front decides what gets out. */
const through =
  (exporter: ExporterName) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(Effect.provideService(Redactor, redactor), Effect.provide(exportersOf(exporter)))

const third = <A>(values: ReadonlyArray<A>, part: 0 | 1 | 2): ReadonlyArray<A> =>
  values.filter((_, index) => index % 3 === part)

const main = Effect.gen(function* () {
  const credentials = yield* issued
  const sdk = visa(credentials)
  const onlyOn = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> =>
    options.redactor === "on" ? Effect.asVoid(effect) : Effect.void
  const part = <A, E, R>(exporter: ExporterName, index: 0 | 1 | 2, more: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      yield* careless
      yield* successes
      yield* onlyOn(Effect.forEach(third(troubles, index), troubled, { discard: true }))
      yield* more
      yield* Effect.provide(payouts(`memory-${exporter}`), inMemory)
      yield* Effect.provide(
        payouts(`broken-guard-${exporter}`),
        Layer.provideMerge(brokenGuard, inMemory),
      )
    }).pipe(through(exporter), Effect.provide(sdk))
  yield* part("json", 0, onlyOn(refusals))
  yield* part("protobuf", 1, wrongCredentials(credentials))
  yield* part("opentelemetry", 2, brokenHooks(credentials))
  yield* payouts("embedded").pipe(Effect.provide(embedded), through("json"), Effect.provide(sdk))
  // As a program has it that gives the SDK's layer and nothing else.
  if (options.redactor === "on") {
    yield* successes.pipe(
      Effect.andThen(Effect.logInfo(record, ...sentences)),
      Effect.provide(Layer.provideMerge(sdk, exportersOf("json"))),
    )
  }
  yield* scraped
  writeFileSync(
    `${options.folder}/report.json`,
    JSON.stringify({ ...report, renderings: counts.renderings }),
  )
  return yield* Effect.die(bursting())
})

main.pipe(Redactor.protect, Effect.provideService(Redactor, redactor), NodeRuntime.runMain)
