/**
 * Which payouts an operator lets out: rules as data, per corridor and program.
 *
 * A policy is a JSON document under a name and a version:
 *
 * ```json
 * {
 *   "id": "payouts",
 *   "version": "7",
 *   "rules": { "rails": ["card"], "compliance": "cross-border" },
 *   "corridors": [
 *     {
 *       "from": "GB",
 *       "to": "PH",
 *       "rules": {
 *         "rails": ["card", "account"],
 *         "maximum": [{ "amount": "50000", "currency": "PHP" }],
 *         "maximumPerDay": [{ "amount": "1000000", "currency": "PHP" }],
 *         "requiredFields": ["recipient.address.city"],
 *         "slippageBps": 50
 *       }
 *     }
 *   ],
 *   "programs": { "acme": { "corridors": [{ "from": "GB", "to": "PH", "rules": { "countPerDay": 100 } }] } }
 * }
 * ```
 *
 * **Precedence.** For one payout the rules are looked up in five layers, and the last layer that has a
 * rule decides on it; lists are replaced, never joined:
 *
 * 1. the defaults: no rail is open, everything is screened, a rate must be locked;
 * 2. `rules` of the policy;
 * 3. the one of its `corridors` that fits best: both countries, else `"*"` to the destination, else the
 *    source to `"*"`;
 * 4. `rules` of the payout's program;
 * 5. the best of the program's `corridors`.
 *
 * **Days.** `maximumPerDay` and `countPerDay` are counted where they stand: a limit of the policy's
 * `rules` is one for all payouts that it holds for, one of a corridor is that corridor's. Counted is
 * what is reserved; a payout that was not made is taken out with {@link Policy.release}.
 *
 * **Changes.** {@link Policy.reload} swaps the policy for all payouts that are admitted from then on. A
 * policy that cannot be read changes nothing. With a `rollout` a changed policy holds for a percentage
 * of the payouts. Which ones depends on the payout's key and the changed policy's version alone, so a
 * payout is on the same side in every process and at every attempt, and raising the percentage only
 * moves payouts towards the new side. A payout that was admitted keeps its {@link PolicyDecision}.
 */
import { createHash } from "node:crypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Config, Context, Effect, FileSystem, Layer, Ref, Result, Schema } from "effect"
import { guarded } from "../internal/guarded.ts"
import { canonicalJson } from "../internal/canonicalJson.ts"
import { complaintsOf } from "../internal/invalidRequest.ts"
import { optionInvalid } from "../internal/optionInvalid.ts"
import { firstObjection } from "../internal/policyChecks.ts"
import type { Objection, PolicyRequest } from "../internal/policyChecks.ts"
import { contradictionsOf, PolicySet, standingRules } from "../internal/policyRules.ts"
import type { PolicyDocument } from "../internal/policyRules.ts"
import { VisaError } from "../VisaError.ts"
import { DayCounter } from "./DayCounter.ts"

export { PolicyDocument, PolicySet } from "../internal/policyRules.ts"
export type { Rules } from "../internal/policyRules.ts"
export type { PolicyRequest } from "../internal/policyChecks.ts"

/** What a policy decided for a payout that it admitted. To be stored with the payout. */
export const PolicyDecision = Schema.Struct({
  policy: Schema.String,
  version: Schema.String,
  /** Whether it was the changed policy of a rollout. */
  rollout: Schema.Boolean,
  fxLock: Schema.Literals(["required", "off"]),
  slippageBps: Schema.Int,
  onStaleQuote: Schema.Literals(["refuse", "requote"]),
  compliance: Schema.Literals(["off", "cross-border", "all"]),
})
export type PolicyDecision = typeof PolicyDecision.Type

const decode = Schema.decodeUnknownResult(PolicySet, { onExcessProperty: "error", errors: "all" })

const invalid = (complaints: ReadonlyArray<{ readonly path: string; readonly message: string }>) =>
  VisaError.of("OptionInvalid", {
    field: complaints[0]?.path,
    detail: complaints
      .slice(0, 5)
      .map(({ message, path }) => (path === "" ? message : `${path}: ${message}`))
      .join("; "),
  })

/**
 * Reads a policy set. Fails with `OptionInvalid` whose `field` is the path of the first mistake.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Policy } from "effect-visa-direct"
 *
 * const typo = { policy: { id: "payouts", version: "7", rules: { rails: ["cart"] } } }
 * const error = Effect.runSync(Effect.flip(Policy.read(typo)))
 * assert.strictEqual(error.reason.field, "policy.rules.rails.0")
 */
const read = (document: unknown): Effect.Effect<PolicySet, VisaError> =>
  Effect.gen(function* () {
    const set = yield* Effect.fromResult(
      Result.mapError(decode(document), ({ issue }) => invalid(complaintsOf(issue))),
    )
    const { policy, rollout } = set
    const contradictions = [
      ...contradictionsOf(policy).map(({ message, path }) => ({ path: `policy.${path}`, message })),
      ...(rollout === undefined
        ? []
        : contradictionsOf(rollout.policy).map(({ message, path }) => ({
            path: `rollout.policy.${path}`,
            message,
          }))),
      ...(rollout !== undefined && rollout.policy.version === policy.version
        ? [{ path: "rollout.policy.version", message: "a changed policy has another version" }]
        : []),
    ]
    return contradictions.length === 0 ? set : yield* invalid(contradictions)
  })

const resolution = 2 ** 32

/** Where a payout stands among all, from 0 up to 100, for a policy: the same for ever. */
const percentileOf = ({ id, version }: PolicyDocument, payout: string): number => {
  const hash = createHash("sha256")
    .update(JSON.stringify([id, version, payout]))
    .digest()
  return (hash.readUInt32BE(0) / resolution) * 100
}

const chosen = ({ policy, rollout }: PolicySet, payout: string) =>
  rollout !== undefined && percentileOf(rollout.policy, payout) < rollout.percent
    ? { policy: rollout.policy, rollout: true }
    : { policy, rollout: false }

const versionsOf = ({ policy, rollout }: PolicySet): ReadonlyArray<PolicyDocument> =>
  rollout === undefined ? [policy] : [policy, rollout.policy]

const contents = (policy: PolicyDocument): string =>
  Result.getOrElse(canonicalJson(policy, false), ({ detail }) => detail)

const make = Effect.fnUntraced(function* <E, R>(
  source: Effect.Effect<unknown, E, R>,
): Effect.fn.Return<Policy["Service"], VisaError | E, R | DayCounter> {
  const counter = yield* DayCounter
  const current = yield* Ref.make(yield* Effect.flatMap(source, read))

  /** A version that says something else than it did would make its refusals meaningless. */
  const checkVersions = (before: PolicySet, after: PolicySet): Effect.Effect<void, VisaError> => {
    const changed = versionsOf(after).find(({ id, version, ...rest }) =>
      versionsOf(before).some(
        (known) =>
          known.id === id &&
          known.version === version &&
          contents(known) !== contents({ id, version, ...rest }),
      ),
    )
    return changed === undefined
      ? Effect.void
      : Effect.fail(
          invalid([
            {
              path: "version",
              message: `version ${changed.version} of ${changed.id} is in use with other contents`,
            },
          ]),
        )
  }

  const refusal = (
    tag: "PolicyRefused" | "DayLimitReached",
    { id, version }: PolicyDocument,
    { detail, place, rule }: Omit<Objection, "rule"> & { readonly rule: string },
  ) =>
    Effect.fail(
      VisaError.of(tag, {
        policy: id,
        policyVersion: version,
        rule,
        detail: `Policy ${id}, version ${version}, ${place}, rule ${rule}: ${detail}`,
      }),
    )

  const admit = Effect.fnUntraced(function* (
    request: PolicyRequest,
  ): Effect.fn.Return<PolicyDecision, VisaError> {
    const { amount, payout, program } = request
    const { policy, rollout } = chosen(yield* Ref.get(current), payout)
    if (program !== undefined && !Object.hasOwn(policy.programs ?? {}, program)) {
      return yield* refusal("PolicyRefused", policy, {
        rule: "programs",
        place: "programs",
        detail: `the program ${program} is not listed`,
      })
    }
    const standing = standingRules(policy, request)
    const objection = firstObjection(standing, request)
    if (objection !== undefined) return yield* refusal("PolicyRefused", policy, objection)

    const { countPerDay, maximumPerDay } = standing
    const limit = maximumPerDay?.value.find(({ currency }) => currency === amount.currency)
    const limits = [
      ...(maximumPerDay === undefined || limit === undefined
        ? []
        : [
            {
              rule: "maximumPerDay",
              place: maximumPerDay.place,
              counter: `${policy.id} ${maximumPerDay.place} ${amount.currency}`,
              amount: amount.minor,
              limit: limit.minor,
              detail: `${limit} a day`,
            },
          ]),
      ...(countPerDay === undefined
        ? []
        : [
            {
              rule: "countPerDay",
              place: countPerDay.place,
              counter: `${policy.id} ${countPerDay.place} payouts`,
              amount: 1,
              limit: countPerDay.value,
              detail: `${countPerDay.value} payouts a day`,
            },
          ]),
    ]
    for (const { detail, place, rule, ...counted } of limits) {
      if (yield* counter.count({ payout, ...counted })) continue
      yield* counter.forget(payout)
      return yield* refusal("DayLimitReached", policy, { detail, place, rule })
    }
    return {
      policy: policy.id,
      version: policy.version,
      rollout,
      fxLock: standing.fxLock.value,
      slippageBps: standing.slippageBps.value,
      onStaleQuote: standing.onStaleQuote.value,
      compliance: standing.compliance.value,
    }
  })

  return Policy.of({
    admit: (request) => admit(request).pipe(guarded("policy")),
    release: (payout) => counter.forget(payout),
    current: Ref.get(current),
    reload: <E2, R2>(from: Effect.Effect<unknown, E2, R2>) =>
      Effect.gen(function* () {
        const after = yield* Effect.flatMap(from, read)
        const before = yield* Ref.get(current)
        yield* checkVersions(before, after)
        yield* Ref.set(current, after)
        yield* Effect.logInfo("The payout policy was changed", {
          versions: versionsOf(after).map(({ id, version }) => `${id} ${version}`),
          percent: after.rollout?.percent,
        })
        return after
      }).pipe(
        Effect.tapError((error) =>
          Effect.logError("The payout policy was not changed: the last good one stays", error),
        ),
      ),
  })
})

const readFile = Effect.gen(function* () {
  const path = yield* Config.String("VISA_DIRECT_POLICY_PATH").pipe(Effect.mapError(optionInvalid))
  const files = yield* FileSystem.FileSystem
  const unreadable = (detail: string) =>
    VisaError.of("OptionInvalid", { field: "VISA_DIRECT_POLICY_PATH", detail })
  const text = yield* Effect.mapError(files.readFileString(path), () =>
    unreadable("the file cannot be read"),
  )
  return yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => unreadable("the file is not JSON"),
  })
}).pipe(Effect.provide(NodeFileSystem.layer))

/**
 * Admits payouts, or refuses them with `PolicyRefused` or `DayLimitReached`: the error's `policy`,
 * `policyVersion` and `rule` say which rule of which policy it was.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Country, DayCounter, Money, Policy } from "effect-visa-direct"
 *
 * const policy = {
 *   id: "payouts",
 *   version: "7",
 *   rules: { rails: ["card"], maximum: [{ amount: "1000", currency: "GBP" }] }
 * }
 *
 * const program = Effect.gen(function* () {
 *   const gb = yield* Country.of("GB")
 *   const amount = yield* Money.of("1000.01", "GBP")
 *   const refusal = yield* Effect.flip(Policy.admit({
 *     payout: "INVOICE-77", from: gb, to: gb, rail: "card", amount, sourceCurrency: amount.currency, parts: {}
 *   }))
 *   assert.strictEqual(refusal.reason.rule, "maximum")
 *   assert.strictEqual(refusal.reason.policyVersion, "7")
 * })
 * const policies = Policy.layer(Effect.succeed({ policy })).pipe(Layer.provide(DayCounter.layerMemory))
 * await Effect.runPromise(program.pipe(Effect.provide(policies)))
 */
export class Policy extends Context.Service<
  Policy,
  {
    /**
     * Admits a payout and counts it for the day, once however often it is asked. Refusals count as
     * `visa_direct_guard_failures_total{guard="policy"}`.
     */
    readonly admit: (request: PolicyRequest) => Effect.Effect<PolicyDecision, VisaError>
    /** Takes a payout that was certainly not made out of the day's counts. */
    readonly release: (payout: string) => Effect.Effect<void, VisaError>
    readonly current: Effect.Effect<PolicySet>
    /**
     * Reads the policy anew, for payouts that are admitted from then on. When that fails, or the same
     * version now has other contents, the policy stays as it was.
     */
    readonly reload: <E, R>(
      source: Effect.Effect<unknown, E, R>,
    ) => Effect.Effect<PolicySet, VisaError | E, R>
  }
>()("effect-visa-direct/Policy") {
  static readonly make = make

  static readonly read = read

  /** From wherever the source takes it. Fails where the policy cannot be read: nothing starts without. */
  static readonly layer = <E, R>(
    source: Effect.Effect<unknown, E, R>,
  ): Layer.Layer<Policy, VisaError | E, R | DayCounter> => Layer.effect(Policy, make(source))

  /** From the JSON file that `VISA_DIRECT_POLICY_PATH` names. */
  static readonly layerConfig: Layer.Layer<Policy, VisaError, DayCounter> = Layer.effect(
    Policy,
    make(readFile),
  )

  static readonly admit = (
    request: PolicyRequest,
  ): Effect.Effect<PolicyDecision, VisaError, Policy> =>
    Effect.flatMap(Policy, (service) => service.admit(request))

  static readonly release = (payout: string): Effect.Effect<void, VisaError, Policy> =>
    Effect.flatMap(Policy, (service) => service.release(payout))

  static readonly reload = <E, R>(
    source: Effect.Effect<unknown, E, R>,
  ): Effect.Effect<PolicySet, VisaError | E, Policy | R> =>
    Effect.flatMap(Policy, (service) => service.reload(source))
}
