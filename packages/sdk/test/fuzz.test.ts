/**
 * Whatever comes back, the caller gets a value or a `VisaError`, and never reads `NotMoved` of a payment
 * that may have been made.
 *
 * Runs under a fixed seed; `pnpm fuzz` runs it under a random one with more cases.
 */
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, References, Result } from "effect"
import * as fc from "fast-check"
import { AccountPayouts } from "../src/api/AccountPayouts.ts"
import { AliasDirectory } from "../src/api/AliasDirectory.ts"
import { CardAttributes } from "../src/api/CardAttributes.ts"
import { CardValidation } from "../src/api/CardValidation.ts"
import { Connectivity } from "../src/api/Connectivity.ts"
import { ForeignExchange } from "../src/api/ForeignExchange.ts"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { Reports } from "../src/api/Reports.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { WatchList } from "../src/api/WatchList.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import { encodeRequest } from "../src/internal/encodeRequest.ts"
import { Mle } from "../src/Mle.ts"
import type { Operation } from "../src/Operation.ts"
import { catalogue, tagOfCode, VisaError } from "../src/VisaError.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import type { TestReply } from "../src/VisaDirectTest.ts"
import { pushRequest } from "./support/simulated.ts"

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_123)
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 3_000)
const timeout = 600_000

const report = (name: string, counts: ReadonlyMap<string, number>): void => {
  const lines = [...counts].toSorted(([, a], [, b]) => b - a).map(([tag, n]) => `${n} ${tag}`)
  process.stderr.write(`fuzz ${name}: seed ${seed}, ${numRuns} cases: ${lines.join(", ")}\n`)
}

/** Statuses with which Visa's gateway says that it did not let a request through. */
const refusals = new Set([400, 401, 403, 404, 405, 413, 415, 429])

const isDecline = (code: unknown): boolean => {
  const text = typeof code === "number" ? String(code) : code
  if (typeof text !== "string") return false
  const tag = tagOfCode("action", text.trim().toUpperCase().padStart(2, "0"))
  return tag._tag === "Some" && catalogue[tag.value].category === "decline"
}

/** Whether the body itself says that the payment was declined. */
const saysDeclined = (body: string): boolean => {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json !== "object" || json === null) return false
    const { actionCode, originalActionCode } = json as Record<string, unknown>
    return isDecline(actionCode) || isDecline(originalActionCode)
  } catch {
    return false
  }
}

const request = await Effect.runPromise(pushRequest().pipe(Effect.provide(VisaDirectTest.layer)))

const pushAnswered = (reply: TestReply) =>
  Effect.runPromiseExit(
    FundsTransfer.push(request).pipe(
      Effect.provide(VisaDirectTest.layerWith(() => reply)),
      Effect.provideService(References.MinimumLogLevel, "None"),
    ),
  )

/** The property, and a word for what happened. */
const judge = async (status: number, body: string, headers: Record<string, string>) => {
  const exit = await pushAnswered({ status, body, headers })
  if (Exit.isSuccess(exit)) {
    assert.strictEqual(status, 200)
    assert.match(exit.value.transactionIdentifier, /^\d{15}$/)
    return "Approved"
  }
  const found = Cause.findError(exit.cause)
  if (Result.isFailure(found)) return assert.fail(`a defect: ${Cause.pretty(exit.cause)}`)
  const error = found.success
  assert.instanceOf(error, VisaError)
  assert.isString(JSON.stringify(error))
  if (error.money === "NotMoved") {
    assert.isTrue(
      refusals.has(status) || (status === 200 && saysDeclined(body)),
      `NotMoved for HTTP ${status} and ${body.slice(0, 200)}`,
    )
  }
  return error.reason._tag
}

const statuses = fc.oneof(
  { weight: 4, arbitrary: fc.constant(200) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(202, 204, 303, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504),
  },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
)

const headers = fc.dictionary(
  fc.constantFrom("retry-after", "link", "location", "x-correlation-id", "content-type"),
  fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom("120", "Wed, 21 Oct 2026 07:28:00 GMT")),
)

const validReply = {
  transactionIdentifier: 403691507989945,
  actionCode: "00",
  approvalCode: "98765X",
  responseCode: "5",
  transmissionDateTime: "2020-06-18T09:10:31.000Z",
  last4ofPAN: 127,
  settlementInfo: { settlementAmount: 12.5, settlementCurrencyCode: 840 },
}

const envelopes = [
  { responseStatus: { status: 401, code: "9209", message: "Token validation failed" } },
  { errorMessage: "API Validation Error: 3001. Mandatory field 'x' is missing" },
  { errorResponse: { status: "400", reason: "3001", message: "m", details: [{ location: "l" }] } },
  { reason: "VAD-1040", message: "m" },
]

/** One member somewhere replaced by anything, or gone. */
const mutated = (value: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.jsonValue({ maxDepth: 2 }), fc.nat(), fc.boolean()).map(([replacement, at, drop]) => {
    const copy = structuredClone(value)
    const places: Array<readonly [object: Record<string, unknown>, key: string]> = []
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return
      for (const key of Object.keys(node)) {
        places.push([node as Record<string, unknown>, key])
        visit((node as Record<string, unknown>)[key])
      }
    }
    visit(copy)
    const place = places[at % places.length]
    if (place !== undefined) {
      const [object, key] = place
      if (drop) delete object[key]
      else object[key] = replacement
    }
    return copy
  })

const fuzzPush = (name: string, bodies: fc.Arbitrary<string>) =>
  it(`push, answered with ${name}`, { timeout }, async () => {
    const counts = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(statuses, bodies, headers, async (status, body, headers) => {
        const verdict = await judge(status, body, headers)
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
      }),
      { seed, numRuns },
    )
    report(name, counts)
  })

fuzzPush(
  "any bytes",
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString()),
)
fuzzPush("any text", fc.string({ maxLength: 200, unit: "binary" }))
fuzzPush(
  "any JSON",
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
)
fuzzPush(
  "a valid reply with one change",
  mutated(validReply).map((value) => JSON.stringify(value)),
)
fuzzPush(
  "an error envelope with one change",
  fc
    .constantFrom(...envelopes)
    .chain(mutated)
    .map((value) => JSON.stringify(value)),
)
fuzzPush(
  "any action code",
  fc
    .tuple(fc.string({ minLength: 0, maxLength: 3 }), fc.option(fc.string({ maxLength: 2 })))
    .map(([actionCode, originalActionCode]) =>
      JSON.stringify({ ...validReply, actionCode, originalActionCode }),
    ),
)

it("encrypted garbage", { timeout }, async () => {
  const jwe = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc
      .array(fc.base64String({ maxLength: 60 }), { minLength: 5, maxLength: 5 })
      .map((parts) => parts.join(".")),
    fc
      .jsonValue()
      .map((header) => `${Buffer.from(JSON.stringify(header)).toString("base64url")}.a.b.c.d`),
  )
  const mle = await Effect.runPromise(
    Mle.use(Effect.succeed).pipe(
      Effect.provide(Mle.layer().pipe(Layer.provideMerge(CertificateStore.layerTest))),
      Effect.provideService(References.MinimumLogLevel, "None"),
    ),
  )
  await fc.assert(
    fc.asyncProperty(jwe, async (encData) => {
      const error = await Effect.runPromise(Effect.flip(mle.decrypt(encData)))
      assert.strictEqual(error.reason._tag, "MleDecryptFailed")
    }),
    { seed, numRuns },
  )
  report("encrypted garbage", new Map([["MleDecryptFailed", numRuns]]))
})

/** Every operation of the SDK, by name. */
const operations: ReadonlyArray<Operation<never, unknown>> = [
  ...Object.values(AccountPayouts.operations),
  ...Object.values(AliasDirectory.operations),
  ...Object.values(CardAttributes.operations),
  ...Object.values(CardValidation.operations),
  ...Object.values(Connectivity.operations),
  ...Object.values(ForeignExchange.operations),
  ...Object.values(FundsTransfer.operations),
  ...Object.values(Reports.operations),
  ...Object.values(TransactionQuery.operations),
  ...Object.values(WatchList.operations),
]

it("every operation, given anything as request and as reply", { timeout }, async () => {
  const counts = new Map<string, number>()
  const anything = fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withMap: true })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      anything,
      statuses,
      async (operation, value, httpStatus) => {
        const encoded = await Effect.runPromiseExit(encodeRequest(operation, value as never))
        if (Exit.isFailure(encoded)) {
          const found = Cause.findError(encoded.cause)
          assert.isTrue(
            Result.isSuccess(found),
            `${operation.name}: ${Cause.pretty(encoded.cause)}`,
          )
        }
        const read =
          operation.decodeOther?.({ httpStatus, body: value }) ??
          operation.decode({ httpStatus: 200, body: value })
        const verdict = Result.isSuccess(read) ? "a value" : read.failure.tag
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
      },
    ),
    { seed, numRuns: numRuns * 2 },
  )
  report("every operation", counts)
})
