/**
 * Whether the parties of a payout stand in its way, decided before it is sent.
 *
 * The policy says which payouts are screened: none (`off`), those over a border (`cross-border`), or
 * `all`. Of these both parties are screened, by whatever {@link Screening} is provided, and only a clear
 * answer for both lets the payout out. It fails closed: a party that is not known, an error, a defect
 * and silence all stand in the way.
 *
 * | what is found | error | what it means |
 * |---|---|---|
 * | a match with a sanctions list | `SanctionsMatch` | hold, and hand over to compliance |
 * | a rule forbids it | `ComplianceDenied` | final |
 * | somebody must look | `AmlReview` | wait for the review |
 * | data is missing | `RequestInvalid` | give what the field names |
 * | no answer | `VerificationUnavailable` | try again later |
 *
 * Of several the first in this table is the answer. A {@link ComplianceDecision} is the record of it,
 * for the audit trail: who was screened by role, with what result and under which reference, and no
 * name, place or date of birth.
 */
import { Clock, Context, Duration, Effect, Layer, Result, Schema } from "effect"
import type { Country } from "../Country.ts"
import { guarded } from "../internal/guarded.ts"
import { VisaError } from "../VisaError.ts"
import type { PolicyDecision } from "./Policy.ts"
import { Screening } from "./Screening.ts"
import type { Subject } from "./Screening.ts"

/** From the gravest to the lightest; the gravest of a payout's parties decides. */
const results = ["sanctions", "denied", "review", "incomplete", "unanswered", "clear"] as const

type ScreeningResult = (typeof results)[number]

const ScreenedParty = Schema.Struct({
  role: Schema.Literals(["sender", "recipient"]),
  result: Schema.Literals(results),
  reference: Schema.optionalKey(Schema.String),
  score: Schema.optionalKey(Schema.Finite),
  /** Of `incomplete`: what is missing. Of `unanswered`: the tag of what came instead. */
  because: Schema.optionalKey(Schema.String),
})
type ScreenedParty = typeof ScreenedParty.Type

/** What was decided, without personal data. */
export const ComplianceDecision = Schema.Struct({
  /** The payout's key. */
  payout: Schema.String,
  /** What the policy says. */
  scope: Schema.Literals(["off", "cross-border", "all"]),
  /** `not-screened`: the policy does not ask for it. */
  result: Schema.Literals(["not-screened", ...results]),
  parties: Schema.Array(ScreenedParty),
  /** In milliseconds since the epoch. */
  at: Schema.Int,
})
export type ComplianceDecision = typeof ComplianceDecision.Type

/** Whom to screen, and why. */
export interface ComplianceRequest {
  /** The payout's key. */
  readonly payout: string
  readonly scope: PolicyDecision["compliance"]
  readonly from: Country
  readonly to: Country
  readonly sender: Omit<Subject, "payout" | "role"> | undefined
  readonly recipient: Omit<Subject, "payout" | "role"> | undefined
}

export interface ComplianceOptions {
  /** How long the screening of a party may take. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
}

const gravest = (parties: ReadonlyArray<ScreenedParty>): ScreeningResult =>
  results.find((result) => parties.some((party) => party.result === result)) ?? "unanswered"

const isScreened = ({ from, scope, to }: ComplianceRequest): boolean =>
  scope === "all" || (scope === "cross-border" && from !== to)

const tags = {
  sanctions: "SanctionsMatch",
  denied: "ComplianceDenied",
  review: "AmlReview",
  incomplete: "RequestInvalid",
  unanswered: "VerificationUnavailable",
} as const

/**
 * The error that a decision comes to, for who has recorded it; nothing for a payout that may go out.
 */
const refusalOf = ({ parties, result }: ComplianceDecision): VisaError | undefined => {
  if (result === "clear" || result === "not-screened") return undefined
  const party = parties.find((one) => one.result === result)
  return VisaError.of(tags[result], {
    field: result === "incomplete" ? party?.because : undefined,
    detail: [
      `The screening of the ${party?.role ?? "parties"}`,
      ...(party?.reference === undefined ? [] : [`under the reference ${party.reference}`]),
      result === "unanswered"
        ? `brought no answer: ${party?.because ?? "nobody was screened"}`
        : `came to ${result}`,
    ].join(" "),
  })
}

const make = Effect.fnUntraced(function* (
  options: ComplianceOptions = {},
): Effect.fn.Return<Compliance["Service"], never, Screening> {
  const { screen } = yield* Screening
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "10 seconds")

  const unanswered = (because: string) => ({ result: "unanswered", because }) as const

  const screened = (subject: Subject): Effect.Effect<Omit<ScreenedParty, "role">> =>
    Effect.suspend(() => screen(subject)).pipe(
      Effect.result,
      Effect.map((answer) => {
        if (Result.isFailure(answer)) {
          const { _tag, field } = answer.failure.reason
          return _tag === "RequestInvalid"
            ? ({ result: "incomplete", because: field ?? subject.role } as const)
            : unanswered(_tag)
        }
        const { _tag, reference, score } = answer.success
        return {
          result: verdicts[_tag] ?? "review",
          ...(reference === undefined ? {} : { reference }),
          ...(score === undefined ? {} : { score }),
        }
      }),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.succeed(unanswered("TimedOut")),
      }),
      // Its message may hold a name.
      Effect.catchDefect((defect) =>
        Effect.as(
          Effect.logError("Screening died", {
            role: subject.role,
            error: defect instanceof Error ? defect.name : typeof defect,
          }),
          unanswered("Defect"),
        ),
      ),
    )

  const decide = Effect.fnUntraced(function* (request: ComplianceRequest) {
    const { payout, scope } = request
    const parties = isScreened(request)
      ? yield* Effect.forEach(
          ["sender", "recipient"] as const,
          (role): Effect.Effect<ScreenedParty> => {
            const about = request[role]
            return about === undefined
              ? Effect.succeed({ role, result: "incomplete", because: role })
              : Effect.map(screened({ ...about, payout, role }), (found) => ({ role, ...found }))
          },
          { concurrency: "unbounded" },
        )
      : []
    const decision: ComplianceDecision = {
      payout,
      scope,
      result: isScreened(request) ? gravest(parties) : "not-screened",
      parties,
      at: yield* Clock.currentTimeMillis,
    }
    yield* Effect.logInfo("Compliance decision", decision)
    return decision
  })

  return Compliance.of({
    decide,
    check: (request) =>
      Effect.flatMap(decide(request), (decision) => {
        const refusal = refusalOf(decision)
        return refusal === undefined ? Effect.succeed(decision) : Effect.fail(refusal)
      }).pipe(guarded("compliance")),
  })
})

// A verdict of another version, or of a service without types, is for review.
const verdicts: { readonly [tag: string]: ScreeningResult | undefined } = {
  Clear: "clear",
  Sanctions: "sanctions",
  Review: "review",
  Denied: "denied",
}

/**
 * Decides whether the parties of a payout stand in its way.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Compliance, Country, Screening } from "effect-visa-direct"
 *
 * // Your own screening service.
 * const screening = Layer.succeed(Screening, {
 *   screen: ({ role }) => Effect.succeed({ _tag: role === "sender" ? "Clear" : "Review", reference: "case 9" })
 * })
 *
 * const program = Effect.gen(function* () {
 *   const from = yield* Country.of("GB")
 *   const to = yield* Country.of("PH")
 *   const refusal = yield* Effect.flip(Compliance.check({
 *     payout: "INVOICE-77",
 *     scope: "cross-border",
 *     from,
 *     to,
 *     sender: { name: "Acme Ltd", kind: "company", country: from },
 *     recipient: { name: "Juan dela Cruz", kind: "individual", country: to }
 *   }))
 *   assert.strictEqual(refusal.reason._tag, "AmlReview")
 *   assert.include(refusal.message, "case 9")
 * })
 * await Effect.runPromise(
 *   program.pipe(Effect.provide(Compliance.layer().pipe(Layer.provide(screening))))
 * )
 */
export class Compliance extends Context.Service<
  Compliance,
  {
    /** Screens as the policy says, and answers what was found. Logs the same. */
    readonly decide: (request: ComplianceRequest) => Effect.Effect<ComplianceDecision>
    /**
     * The same, and fails where the decision stands in the way. Refusals count as
     * `visa_direct_guard_failures_total{guard="compliance"}`.
     */
    readonly check: (request: ComplianceRequest) => Effect.Effect<ComplianceDecision, VisaError>
  }
>()("effect-visa-direct/Compliance") {
  static readonly make = make

  static readonly layer = (
    options?: ComplianceOptions,
  ): Layer.Layer<Compliance, never, Screening> => Layer.effect(Compliance, make(options))

  static readonly refusalOf = refusalOf

  static readonly decide = (
    request: ComplianceRequest,
  ): Effect.Effect<ComplianceDecision, never, Compliance> =>
    Effect.flatMap(Compliance, (service) => service.decide(request))

  static readonly check = (
    request: ComplianceRequest,
  ): Effect.Effect<ComplianceDecision, VisaError, Compliance> =>
    Effect.flatMap(Compliance, (service) => service.check(request))
}
