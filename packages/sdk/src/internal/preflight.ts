/** Everything that is decided about a payout before anything is sent. */
import { BigDecimal, DateTime, Effect, Redacted, Result, Schema } from "effect"
import { CardAttributes } from "../api/CardAttributes.ts"
import type { CardValidation } from "../api/CardValidation.ts"
import type { AliasDirectory } from "../api/AliasDirectory.ts"
import type { Country } from "../Country.ts"
import { Pan } from "../Pan.ts"
import { ComplianceDecision } from "../payouts/Compliance.ts"
import type { Compliance } from "../payouts/Compliance.ts"
import type { Originator } from "../payouts/Originator.ts"
import { countriesOf, railOf } from "../payouts/Payout.ts"
import type { Party, Payout } from "../payouts/Payout.ts"
import type { PayoutEvents } from "../payouts/PayoutEvents.ts"
import { Sealed } from "../payouts/PayoutVault.ts"
import type { PayoutVault } from "../payouts/PayoutVault.ts"
import { PolicyDecision } from "../payouts/Policy.ts"
import type { Policy } from "../payouts/Policy.ts"
import { LockedRate } from "../payouts/Quotes.ts"
import type { Quotes, RateQuestion } from "../payouts/Quotes.ts"
import type { TransactionIdentity } from "../TransactionIdentity.ts"
import { VisaError } from "../VisaError.ts"
import { guarded } from "./guarded.ts"
import { guardsBefore } from "./guardsOf.ts"
import type { Bound, Guards } from "./guardsOf.ts"
import type { Alias } from "./payoutParts.ts"
import { moneyTransfers } from "./rules.ts"
import { tell } from "./tell.ts"
import type { Happened } from "./tell.ts"
import { present } from "./wireCodes.ts"

/** It may go out. */
export const Admitted = Schema.TaggedStruct("Admitted", {
  /** What holds something for it, in the order in which they were asked. */
  held: Schema.Array(Schema.String),
  /** The card that an alias stands for. */
  card: Schema.optionalKey(Sealed),
  policy: Schema.optionalKey(PolicyDecision),
  compliance: Schema.optionalKey(ComplianceDecision),
  rate: Schema.optionalKey(LockedRate),
})
export type Admitted = typeof Admitted.Type

/** It may not, and nothing is held for it. */
export const NotAdmitted = Schema.TaggedStruct("NotAdmitted", {
  step: Schema.String,
  error: VisaError.Schema,
})
export type NotAdmitted = typeof NotAdmitted.Type

export const Admission = Schema.Union([Admitted, NotAdmitted])
export type Admission = typeof Admission.Type

export interface Preflight {
  /** What may hold something for a payout before it is sent. */
  readonly holdersOf: (payout: Payout) => ReadonlyArray<Bound>
  /** Fails only where a store does not answer. */
  readonly admit: (payout: Payout) => Effect.Effect<Admission, VisaError>
}

export interface PreflightParts {
  readonly originator: Originator
  readonly guards: Guards
  readonly policy: Policy["Service"] | undefined
  readonly compliance: Compliance["Service"] | undefined
  readonly quotes: Quotes["Service"] | undefined
  readonly events: PayoutEvents["Service"]
  readonly vault: PayoutVault["Service"]
  readonly aliases: AliasDirectory["Service"]
  readonly attributes: CardAttributes["Service"]
  readonly validation: CardValidation["Service"]
  readonly identities: TransactionIdentity["Service"]
  /** Whether Visa is asked about cards before they are paid. */
  readonly inspectCards: boolean
  /** Whether their issuers are. */
  readonly validateCards: boolean
}

/** What the card behind an alias is sealed for. */
const aliasContext = (key: string): string => `${key}/card`

export const openAliasCard = Effect.fnUntraced(function* (
  vault: PayoutVault["Service"],
  key: string,
  sealed: Sealed,
): Effect.fn.Return<Pan, VisaError> {
  return yield* Pan.make(Redacted.value(yield* vault.open(sealed, aliasContext(key))))
})

const isDown = ({ reason }: VisaError): boolean => reason._tag === "StoreUnavailable"

/** Names the step that refuses; what is down refuses nobody. */
const at =
  (step: string) =>
  <A, R>(self: Effect.Effect<A, VisaError, R>): Effect.Effect<A, NotAdmitted | VisaError, R> =>
    Effect.mapError(self, (error): NotAdmitted | VisaError =>
      isDown(error) ? error : { _tag: "NotAdmitted", step, error },
    )

const resolve = Effect.fnUntraced(function* (
  { aliases }: PreflightParts,
  { alias, directory = "PP", type }: Alias,
): Effect.fn.Return<Pan, VisaError> {
  const { recipientPrimaryAccountNumber: found } = yield* aliases.resolve({
    alias,
    businessApplicationId: directory,
    ...(type === undefined ? {} : { aliasType: type }),
  })
  return found._tag === "Card"
    ? found.pan
    : yield* VisaError.of("CardNotEligible", {
        field: "destination",
        detail: "What the alias stands for is not a card that can be pushed to",
      })
})

/** A question about a card, under a name of its own: it is not the payout that may follow. */
const questionOf = Effect.fnUntraced(function* (
  { identities, originator }: PreflightParts,
  card: Pan,
) {
  const { acquiringBin, cardAcceptor, country } = originator
  const { retrievalReferenceNumber, systemsTraceAuditNumber } = yield* identities.next({
    acquiringBin,
    terminalId: cardAcceptor.terminalId,
    cardAcceptorId: cardAcceptor.idCode,
  })
  return {
    primaryAccountNumber: card,
    systemsTraceAuditNumber,
    retrievalReferenceNumber,
    acquiringBin,
    acquirerCountryCode: country,
  }
})

/** What the card says of itself. What Visa did not say stands in nobody's way: the issuer decides. */
const inspect = Effect.fnUntraced(function* (
  preflight: PreflightParts,
  { parts }: Payout,
  card: Pan,
): Effect.fn.Return<void, VisaError> {
  const { attributes, originator } = preflight
  const found = yield* attributes.inquire(yield* questionOf(preflight, card))
  const { because, canReceive } = CardAttributes.canReceive(found, {
    purpose: moneyTransfers.has(parts.purpose.businessApplicationId)
      ? "moneyTransfer"
      : "nonMoneyTransfer",
    originatorCountry: originator.country,
  })
  if (canReceive === "No") {
    return yield* VisaError.of("CardNotEligible", {
      field: "destination",
      detail: `Visa's attributes say so: ${because.join(", ")}`,
    })
  }
})

/** What its issuer says of the account behind the card. */
const validate = Effect.fnUntraced(function* (
  preflight: PreflightParts,
  { parts }: Payout,
  card: Pan,
): Effect.fn.Return<void, VisaError> {
  const { destination } = parts
  const { idCode, name, terminalId } = preflight.originator.cardAcceptor
  yield* preflight.validation.validate({
    ...(yield* questionOf(preflight, card)),
    cardAcceptor: { name, idCode, terminalId },
    ...present({
      cardExpiryDate: destination._tag === "Card" ? destination.expiry : undefined,
    }),
  })
})

const policyOf = (policy: Policy["Service"], { key, parts }: Payout) => {
  const { amount, corridor, destination, exchange, program } = parts
  return policy.admit({
    payout: key,
    program,
    ...countriesOf(corridor),
    rail: railOf(destination),
    amount,
    sourceCurrency: exchange?.sourceCurrency ?? amount.currency,
    parts,
  })
}

/** That the day's limits count it is what a policy holds. */
const policyHolds = (policy: Policy["Service"], payout: Payout): Bound => ({
  name: "policy",
  reserve: Effect.asVoid(policyOf(policy, payout)),
  commit: Effect.void,
  release: policy.release(payout.key),
})

const missing = (service: string, why: string) =>
  Effect.fail(
    VisaError.of("OptionInvalid", { field: service, detail: `Provide ${service}: ${why}` }),
  )

const subjectOf = (party: Party, country: Country) => ({
  ...("companyName" in party
    ? { name: party.companyName, kind: "company" as const }
    : { name: `${party.firstName} ${party.lastName}`, kind: "individual" as const }),
  country: party.address?.country ?? country,
  city: party.address?.city,
  dateOfBirth: party.dateOfBirth,
})

/** The policy says who is screened; without a policy everybody is, if there is somebody to do it. */
const screen = (
  compliance: Compliance["Service"] | undefined,
  scope: PolicyDecision["compliance"] | undefined,
  { key, parts }: Payout,
): Effect.Effect<ComplianceDecision | undefined, VisaError> => {
  if (compliance === undefined) {
    return scope === undefined || scope === "off"
      ? Effect.succeed(undefined)
      : missing("Compliance", `the policy has payouts screened: ${scope}`)
  }
  const { corridor, recipient, sender } = parts
  const { from, to } = countriesOf(corridor)
  return compliance.check({
    payout: key,
    scope: scope ?? "all",
    from,
    to,
    sender: subjectOf(sender, from),
    recipient: recipient === undefined ? undefined : subjectOf(recipient, to),
  })
}

/** Without a policy a payout that says what it is paid out of gets a rate all the same. */
const unruled = { fxLock: "required", slippageBps: 50, onStaleQuote: "refuse" } as const

/** What a payout asks of the exchange; nothing where there is nothing to exchange. */
export const rateQuestionOf = (
  { parts }: Payout,
  originator: Originator,
  policy: PolicyDecision | undefined,
): RateQuestion | undefined => {
  const { amount, destination, exchange } = parts
  return exchange === undefined || exchange.sourceCurrency === amount.currency
    ? undefined
    : {
        rail: railOf(destination),
        sourceCurrency: exchange.sourceCurrency,
        amount,
        initiatingPartyId: originator.initiatingPartyId,
        agreedRate: exchange.agreedRate,
        policy: policy ?? unruled,
      }
}

const lockRate = (
  quotes: Quotes["Service"] | undefined,
  question: RateQuestion | undefined,
): Effect.Effect<LockedRate | undefined, VisaError> => {
  if (question === undefined || question.policy.fxLock === "off") return Effect.succeed(undefined)
  return quotes === undefined
    ? missing("Quotes", "this payout needs a rate")
    : quotes.lock(question)
}

const quoted = ({ conversionRate, expiresAt, quoteId }: LockedRate): Happened => ({
  _tag: "Quoted",
  rate: BigDecimal.format(conversionRate),
  expiresAt: DateTime.formatIso(expiresAt),
  ...(quoteId === undefined ? {} : { quoteId }),
})

export const makePreflight = (parts: PreflightParts): Preflight => {
  const { events, guards, inspectCards, policy, validateCards, vault } = parts

  return {
    holdersOf: (payout) => [
      ...guardsBefore(guards, payout),
      ...(policy === undefined ? [] : [policyHolds(policy, payout)]),
    ],
    admit: Effect.fnUntraced(function* (payout): Effect.fn.Return<Admission, VisaError> {
      const held: Array<Bound> = []
      const facts: Array<Happened> = []
      const admission = Effect.gen(function* () {
        for (const guard of guardsBefore(guards, payout)) {
          yield* at(guard.name)(guard.reserve)
          held.push(guard)
          facts.push({ _tag: "Reserved", guard: guard.name, round: held.length })
        }
        const { destination } = payout.parts
        let card = destination._tag === "Card" ? destination.number : undefined
        let behind: Sealed | undefined
        if (destination._tag === "Alias") {
          card = yield* at("alias")(guarded("alias")(resolve(parts, destination)))
          behind = yield* vault.seal(Redacted.make(Pan.value(card)), aliasContext(payout.key))
          facts.push({ _tag: "AliasResolved" })
        }
        if (card !== undefined && inspectCards) {
          yield* at("card")(guarded("attributes")(inspect(parts, payout, card)))
          facts.push({ _tag: "CardInspected" })
        }
        if (card !== undefined && validateCards) {
          yield* at("validation")(guarded("validation")(validate(parts, payout, card)))
          facts.push({ _tag: "CardValidated" })
        }
        let decision: PolicyDecision | undefined
        if (policy !== undefined) {
          decision = yield* at("policy")(policyOf(policy, payout))
          held.push(policyHolds(policy, payout))
          facts.push({ _tag: "PolicyPassed", policy: decision.policy, version: decision.version })
        }
        const screened = yield* at("compliance")(
          screen(parts.compliance, decision?.compliance, payout),
        )
        if (screened !== undefined) facts.push({ _tag: "Screened", decision: screened.result })
        const rate = yield* at("quote")(
          lockRate(parts.quotes, rateQuestionOf(payout, parts.originator, decision)),
        )
        if (rate !== undefined) facts.push(quoted(rate))
        yield* tell(events, payout.key, facts)
        const admitted: Admitted = {
          _tag: "Admitted",
          held: held.map(({ name }) => name),
          ...present({ card: behind, policy: decision, compliance: screened, rate }),
        }
        return admitted
      })
      const found = yield* Effect.result(admission)
      if (Result.isSuccess(found)) return found.success
      const refusal = found.failure
      if (refusal._tag !== "NotAdmitted") return yield* refusal
      for (const holder of held.toReversed()) yield* holder.release
      const { error, step } = refusal
      yield* tell(events, payout.key, [
        ...facts,
        {
          _tag: "Refused",
          step,
          reason: error.reason._tag,
          ...(error.reason.rule === undefined ? {} : { rule: error.reason.rule }),
        },
      ])
      return refusal
    }),
  }
}
