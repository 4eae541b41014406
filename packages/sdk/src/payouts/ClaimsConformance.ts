/**
 * What every store of claims must do, as a list of named programs: the stores of this SDK pass them,
 * and a store of your own should. Run them one after another, against a store that holds nothing
 * else, with any test runner.
 *
 * @example
 * import { Effect } from "effect"
 * import { Claims } from "effect-visa-direct"
 * import { laws } from "effect-visa-direct/payouts/ClaimsConformance"
 *
 * // With Vitest: for (const law of laws) it.effect(law.name, () => Effect.provide(law.check, layer))
 * for (const law of laws) {
 *   await Effect.runPromise(law.check.pipe(Effect.provide(Claims.layerMemory)))
 * }
 */
import { isDeepStrictEqual } from "node:util"
import { Array, Data, Duration, Effect, Result, type Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import type { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import type { Busy, Claim, Claimed, ClaimRequest, Completed } from "./Claims.ts"

/** A store does not do what it must. */
export class NotConforming extends Data.TaggedError("NotConforming")<{
  readonly message: string
}> {}

/** One thing that a store of claims must do. */
export interface Law {
  /** A sentence, after "a store of claims". */
  readonly name: string
  readonly check: Effect.Effect<void, VisaError | NotConforming, Claims>
}

const callers = 1_000

const fail = (message: string) => Effect.fail(new NotConforming({ message }))

const same = (what: string, found: unknown, expected: unknown) =>
  isDeepStrictEqual(found, expected)
    ? Effect.void
    : fail(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`)

const refused = (what: string, tag: VisaError["reason"]["_tag"]) =>
  Effect.fnUntraced(function* <A, R>(self: Effect.Effect<A, VisaError, R>) {
    const answer = yield* Effect.result(self)
    yield* same(
      what,
      Result.match(answer, {
        onSuccess: () => "no error",
        onFailure: ({ reason }) => reason._tag,
      }),
      tag,
    )
  })

const granted = Effect.fnUntraced(function* (
  request: ClaimRequest,
): Effect.fn.Return<Claimed, VisaError | NotConforming, Claims> {
  const answer = yield* Claims.claim(request)
  return answer._tag === "Claimed"
    ? answer
    : yield* fail(`${request.owner} should have been granted the claim and got ${answer._tag}`)
})

const tagsOf = (answers: ReadonlyArray<Claimed | Busy | Completed>) => {
  const count = (tag: string) => answers.filter(({ _tag }) => _tag === tag).length
  return { Claimed: count("Claimed"), Busy: count("Busy"), Completed: count("Completed") }
}

/** Many at once, each under another name. */
const crowd = <A, E, R>(one: (owner: string) => Effect.Effect<A, E, R>) =>
  Effect.forEach(
    Array.makeBy(callers, (index) => `caller ${index}`),
    one,
    { concurrency: "unbounded" },
  )

const ended = Duration.zero
const running = Duration.hours(1)

/** A request for a key that no other program uses. */
const freshRequest = Effect.gen(function* () {
  const random = yield* SecureRandom.SecureRandom
  const bytes = yield* random.randomBytes(16)
  return {
    namespace: "conformance",
    key: Buffer.from(bytes).toString("hex"),
    fingerprint: "print",
    owner: "first",
    lease: running,
  } satisfies ClaimRequest
}).pipe(Effect.provide(SecureRandom.layerWebCrypto))

type Fresh = Effect.Success<typeof freshRequest>

const law = (
  name: string,
  check: (
    request: Fresh,
  ) => Generator<Effect.Effect<unknown, VisaError | NotConforming, Claims>, void>,
): Law => ({
  name,
  check: Effect.flatMap(freshRequest, (request) => Effect.gen(() => check(request))),
})

/** The steps that only the holder of a claim may take. */
const steps: ReadonlyArray<
  readonly [name: string, step: (claim: Claim) => Effect.Effect<void, VisaError, Claims>]
> = [
  ["advance", (claim) => Claims.advance(claim, "further")],
  ["renew", Claims.renew],
  ["complete", (claim) => Claims.complete(claim, "by the wrong one")],
  ["release", Claims.release],
]

/** The laws. */
export const laws: ReadonlyArray<Law> = [
  law("grants a new key under token 1, with nothing recorded", function* (request) {
    const { claim, data, recoveryPoint } = yield* granted(request)
    yield* same("token", claim.token, 1)
    yield* same("recorded", [recoveryPoint, data], [undefined, undefined])
  }),
  law(`grants a new key to one of ${callers} callers at once`, function* (request) {
    const answers = yield* crowd((owner) => Claims.claim({ ...request, owner }))
    yield* same("answers", tagsOf(answers), { Claimed: 1, Busy: callers - 1, Completed: 0 })
  }),
  law(
    "answers Busy, with the owner, its progress and the rest of the lease, while the lease runs",
    function* (request) {
      const { claim } = yield* granted(request)
      const answer = yield* Claims.claim({ ...request, owner: "second" })
      if (answer._tag !== "Busy") return yield* fail(`expected Busy, found ${answer._tag}`)
      yield* same("owner", answer.owner, "first")
      yield* same("recorded", answer.recoveryPoint, undefined)
      const minutes = Duration.toMinutes(answer.remaining)
      yield* same("about an hour remains", minutes > 50 && minutes <= 60, true)
      yield* Claims.advance(claim, "sending")
      const later = yield* Claims.claim({ ...request, owner: "second" })
      yield* same("recorded", later._tag === "Busy" && later.recoveryPoint, "sending")
    },
  ),
  law(
    "hands a claim over when its lease has run out, with all that was recorded",
    function* (request) {
      const first = yield* granted({ ...request, lease: ended })
      yield* Claims.advance(first.claim, "sending", { stan: "451018" })
      const second = yield* granted({ ...request, owner: "second" })
      yield* same("token", second.claim.token, 2)
      yield* same("recorded", [second.recoveryPoint, second.data], ["sending", { stan: "451018" }])
    },
  ),
  law(`hands a claim over to one of ${callers} callers at once`, function* (request) {
    yield* granted({ ...request, lease: ended })
    const answers = yield* crowd((owner) => Claims.claim({ ...request, owner }))
    yield* same("answers", tagsOf(answers), { Claimed: 1, Busy: callers - 1, Completed: 0 })
  }),
  law("gives an owner its own claim again under a higher token", function* (request) {
    const first = yield* granted(request)
    const again = yield* granted(request)
    yield* same("token", again.claim.token, 2)
    yield* refused("the earlier attempt", "ClaimLost")(Claims.renew(first.claim))
    yield* Claims.renew(again.claim)
  }),
  ...steps.map(([name, step]) =>
    law(`refuses to ${name} a claim that another has taken over`, function* (request) {
      const first = yield* granted({ ...request, lease: ended })
      const second = yield* granted({ ...request, owner: "second", lease: ended })
      yield* refused(name, "ClaimLost")(step(first.claim))
      // Nothing was changed by it.
      const third = yield* granted({ ...request, owner: "third" })
      yield* same("token", third.claim.token, second.claim.token + 1)
      yield* same("recorded", third.recoveryPoint, undefined)
    }),
  ),
  ...steps.map(([name, step]) =>
    law(`refuses to ${name} a claim that was never made`, function* ({ key, namespace, owner }) {
      yield* refused(name, "ClaimLost")(step({ namespace, key, owner, token: 1, lease: running }))
    }),
  ),
  ...steps.map(([name, step]) =>
    law(`lets an owner ${name} after its lease, as long as nobody took over`, function* (request) {
      const { claim } = yield* granted({ ...request, lease: ended })
      yield* step(claim)
    }),
  ),
  law("begins the lease anew with every step forward", function* (request) {
    const { claim } = yield* granted({ ...request, lease: ended })
    yield* Claims.renew({ ...claim, lease: running })
    yield* same("renewed", (yield* Claims.claim({ ...request, owner: "second" }))._tag, "Busy")
    yield* Claims.renew({ ...claim, lease: ended })
    yield* Claims.advance({ ...claim, lease: running }, "sending")
    yield* same("advanced", (yield* Claims.claim({ ...request, owner: "second" }))._tag, "Busy")
  }),
  law("keeps the data of the last step that gave some", function* (request) {
    const { claim } = yield* granted({ ...request, lease: ended })
    yield* Claims.advance(claim, "one", { n: 1 })
    yield* Claims.advance(claim, "two")
    const second = yield* granted({ ...request, owner: "second", lease: ended })
    yield* same("recorded", [second.recoveryPoint, second.data], ["two", { n: 1 }])
    yield* Claims.advance(second.claim, "three", { n: 3 })
    const third = yield* granted({ ...request, owner: "third" })
    yield* same("recorded", [third.recoveryPoint, third.data], ["three", { n: 3 }])
  }),
  law("answers a completed claim with its result, whoever asks", function* (request) {
    const { claim } = yield* granted({ ...request, lease: ended })
    yield* Claims.complete(claim, { actionCode: "00" })
    for (const owner of ["first", "second"]) {
      const answer = yield* Claims.claim({ ...request, owner })
      yield* same(owner, answer, { _tag: "Completed", result: { actionCode: "00" } })
    }
    // To ask takes nothing from its owner.
    yield* Claims.complete(claim, { actionCode: "00" })
  }),
  law("takes the same result twice, and no other", function* (request) {
    const { claim } = yield* granted(request)
    yield* Claims.complete(claim, { a: 1, b: [2] })
    yield* Claims.complete(claim, { b: [2], a: 1 })
    yield* refused("another result", "ClaimLost")(Claims.complete(claim, { a: 1 }))
    yield* same("result", yield* Claims.claim(request), {
      _tag: "Completed",
      result: { a: 1, b: [2] },
    })
  }),
  ...steps
    .filter(([name]) => name !== "complete")
    .map(([name, step]) =>
      law(`refuses to ${name} a claim that is completed`, function* (request) {
        const { claim } = yield* granted(request)
        yield* Claims.complete(claim, "done")
        yield* refused(name, "ClaimLost")(step(claim))
        yield* same("result", yield* Claims.claim(request), { _tag: "Completed", result: "done" })
      }),
    ),
  law("keeps every result as it was", function* (request) {
    const results: ReadonlyArray<Schema.Json> = [
      null,
      false,
      0,
      -1.5e-7,
      Number.MAX_SAFE_INTEGER,
      "",
      "null",
      "\u0000 \u{1F4B8} é \u2028 \" \\ ' %s $1 ?",
      [],
      {},
      { "": [{ deep: [null] }], __proto: "x" },
      "x".repeat(100_000),
    ]
    for (const [index, result] of results.entries()) {
      const one = { ...request, key: `${request.key} ${index}` }
      const { claim } = yield* granted({ ...one, lease: ended })
      yield* Claims.advance(claim, "sending", result)
      const again = yield* granted(one)
      yield* same("data", again.data, result)
      yield* Claims.complete(again.claim, result)
      yield* same("result", yield* Claims.claim(one), { _tag: "Completed", result })
    }
  }),
  law(
    "refuses another payload under the same key, in every state of the claim",
    function* (request) {
      const other = Claims.claim({ ...request, owner: "second", fingerprint: "other" })
      const { claim } = yield* granted(request)
      yield* refused("held", "IdempotencyConflict")(other)
      yield* refused(
        "by its owner",
        "IdempotencyConflict",
      )(Claims.claim({ ...request, fingerprint: "other" }))
      yield* Claims.release(claim)
      yield* refused("released", "IdempotencyConflict")(other)
      const again = yield* granted(request)
      yield* same("token", again.claim.token, 2)
      yield* Claims.complete(again.claim, "done")
      yield* refused("completed", "IdempotencyConflict")(other)
    },
  ),
  law("knows a payload by any of its fingerprints", function* (request) {
    yield* granted({ ...request, fingerprint: ["old key"], lease: ended })
    const rotated = { ...request, fingerprint: ["new key", "old key"] } as const
    const { claim } = yield* granted({ ...rotated, owner: "second" })
    yield* Claims.complete(claim, "done")
    yield* same("rotated", (yield* Claims.claim(rotated))._tag, "Completed")
    yield* refused(
      "only the new one",
      "IdempotencyConflict",
    )(Claims.claim({ ...request, fingerprint: ["new key"] }))
  }),
  law(
    "lets the next one in at once after a release, with all that was recorded",
    function* (request) {
      const first = yield* granted(request)
      yield* Claims.advance(first.claim, "not sent", [1])
      yield* Claims.release(first.claim)
      const second = yield* granted({ ...request, owner: "second" })
      yield* same("token", second.claim.token, 2)
      yield* same("recorded", [second.recoveryPoint, second.data], ["not sent", [1]])
    },
  ),
  law("keeps namespaces and keys apart", function* (request) {
    const { key } = request
    for (const [index, one] of [
      { namespace: "a", key: `b:${key}` },
      { namespace: "a:b", key },
      { namespace: "a", key: `b${key}` },
      { namespace: "ab", key },
      { namespace: "A", key: `b:${key}` },
      { namespace: "a", key: `{b}:${key}` },
      { namespace: '["a"', key: `"b"]${key}` },
    ].entries()) {
      const { claim } = yield* granted({ ...request, ...one })
      yield* same(`claim ${index}`, claim.token, 1)
    }
  }),
  law(`lets one of ${callers} callers at once use a receipt`, function* ({ key }) {
    const answers = yield* crowd((by) =>
      Effect.result(Claims.consume({ receipt: key, by, fingerprint: "print" })),
    )
    const used = answers.filter(Result.isSuccess)
    const reasons = answers.filter(Result.isFailure).map(({ failure }) => failure.reason._tag)
    yield* same("uses", used.length, 1)
    yield* same("refusals", [...new Set(reasons)], ["ReceiptReused"])
  }),
  law("takes the same use of a receipt twice, unless the receipt has changed", function* ({ key }) {
    const use = { receipt: key, by: "payout 1", fingerprint: "print" }
    yield* Claims.consume(use)
    yield* Claims.consume(use)
    yield* Claims.consume({ ...use, fingerprint: ["newer", "print"] })
    yield* refused(
      "changed",
      "IdempotencyConflict",
    )(Claims.consume({ ...use, fingerprint: "other" }))
  }),
  law("frees a receipt for its user alone", function* ({ key }) {
    const use = { receipt: key, by: "payout 1", fingerprint: "print" }
    yield* Claims.consume(use)
    yield* refused("by another", "ReceiptReused")(Claims.restore({ receipt: key, by: "payout 2" }))
    yield* Claims.restore(use)
    yield* Claims.restore(use)
    yield* Claims.consume({ ...use, by: "payout 2", fingerprint: "other" })
    yield* refused("the first", "ReceiptReused")(Claims.consume(use))
  }),
  law("forgets what was completed long enough ago, and nothing else", function* (request) {
    const open = { ...request, key: `${request.key} open` }
    yield* granted({ ...open, lease: ended })
    const { claim } = yield* granted(request)
    yield* Claims.complete(claim, "done")
    yield* Claims.consume({ receipt: request.key, by: "payout 1", fingerprint: "print" })

    yield* Claims.prune(running)
    yield* same("too young", (yield* Claims.claim(request))._tag, "Completed")
    const forgotten = yield* Claims.prune(ended)
    yield* same("forgotten", forgotten > 0, true)

    yield* same("forgotten", (yield* granted(request)).claim.token, 1)
    yield* same("open", (yield* granted(open)).claim.token, 2)
    yield* refused(
      "the receipt",
      "ReceiptReused",
    )(Claims.consume({ receipt: request.key, by: "payout 2", fingerprint: "print" }))
  }),
]
