/**
 * Card validation (Payment Account Validation): is the account good, and does what the holder said
 * agree with the issuer's record of it.
 *
 * Approval is action code 85, "no reason to decline". A CVV2, an address or a name that does not
 * agree changes its own result and not the action code: which issuers decline on them is not
 * published. The error envelope is that of Funds Transfer; the OpenAPI document has none.
 */
import { type CardProfile, type CardRecord, profileOf } from "../Cards.ts"
import { isObject, wording } from "../internal/FieldTable.ts"
import { overlay } from "../internal/overlay.ts"
import * as Seed from "../internal/Seed.ts"
import { passesLuhn } from "../Outcomes.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { cardValidationFields } from "./cardValidationFields.ts"
import {
  type Endpoint,
  type EntryFacts,
  type JsonObject,
  maskPan,
  type Reply,
  validationError,
  type World,
} from "./Endpoint.ts"

const approving: ReadonlySet<string> = new Set(["00", "85"])

const memberOf = (body: JsonObject, name: string): JsonObject | undefined => {
  const value = body[name]
  return isObject(value) ? value : undefined
}

const same = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase()

/** What was not sent is not judged; what is not on record agrees. */
const agrees = (sent: unknown, onRecord: string | undefined): boolean | undefined =>
  sent === undefined ? undefined : onRecord === undefined || same(String(sent), onRecord)

/** Last day of the month, by the simulator's clock. */
const expired = (expiry: string, now: number): boolean =>
  expiry < new Date(now).toISOString().slice(0, 7)

/** 14: no such number; 15: no issuer of Visa's; 54: expired, or not the date on record. */
const actionCodeOf = (
  profile: CardProfile | undefined,
  pan: string,
  expiry: unknown,
  now: number,
): string => {
  if (!passesLuhn(pan)) return "14"
  if (profile?.visa === undefined) return "15"
  if (expiry === undefined) return "85"
  const { record } = profile
  const good =
    record?.expiry === undefined ? !expired(String(expiry), now) : record.expiry === expiry
  return good ? "85" : "54"
}

/** AVS: Y both, A street only, Z postal code only, N neither. */
const addressResult = (sent: JsonObject, record: CardRecord): string => {
  const street = agrees(sent["street"], record.street) ?? false
  const postalCode = agrees(sent["postalCode"], record.postalCode) ?? false
  return street ? (postalCode ? "Y" : "A") : postalCode ? "Z" : "N"
}

/** Match, partial match (the same initial), no match. */
const nameDecision = (sent: unknown, onRecord: string | undefined): string | undefined => {
  const agreed = agrees(sent, onRecord)
  if (agreed === undefined) return undefined
  if (agreed) return "01"
  return same(String(sent).slice(0, 1), (onRecord ?? "").slice(0, 1)) ? "50" : "99"
}

const nameResult = (sent: JsonObject, record: CardRecord): JsonObject => {
  const parts = {
    lastNameAccountMatchDecision: nameDecision(sent["lastName"], record.lastName),
    firstNameAccountMatchDecision: nameDecision(sent["firstName"], record.firstName),
    middleNameAccountMatchDecision: nameDecision(sent["middleName"], record.middleName),
  }
  const decisions = Object.values(parts).filter((decision) => decision !== undefined)
  const every = (wanted: string) => decisions.every((decision) => decision === wanted)
  return {
    // 00: performed. The decisions are those of account name inquiries over VisaNet.
    nameResult: "00",
    nameMatchDecision: every("01") ? "01" : every("99") ? "99" : "50",
    ...Object.fromEntries(Object.entries(parts).filter(([, decision]) => decision !== undefined)),
  }
}

/** 1 verified, 2 failed. */
const verified = (sent: unknown, onRecord: string | undefined): string =>
  agrees(sent, onRecord) === true ? "1" : "2"

const resultsOf = (body: JsonObject, record: CardRecord): JsonObject => {
  const address = memberOf(body, "addressVerificationResults")
  const name = memberOf(body, "cardHolderNameVerification")
  const identities = memberOf(body, "identityVerification")?.["identities"]
  const { cardCvv2Value, cardHolderEmailAddress, cardHolderPhoneNumber, tavv } = body
  return {
    ...(cardCvv2Value === undefined
      ? {}
      : { cvv2ResultCode: agrees(cardCvv2Value, record.cvv2) === true ? "M" : "N" }),
    ...(address === undefined
      ? {}
      : { addressVerificationResults: addressResult(address, record) }),
    ...(name === undefined ? {} : { cardHolderNameVerificationResult: nameResult(name, record) }),
    ...(Array.isArray(identities)
      ? {
          identityVerification: {
            identities: identities.filter(isObject).map(({ identityType }) => ({
              identityType,
              identityVerificationResult: "1",
            })),
          },
        }
      : {}),
    ...(cardHolderPhoneNumber === undefined
      ? {}
      : {
          cardHolderPhoneNumberVerificationResults: verified(
            cardHolderPhoneNumber,
            record.phoneNumber,
          ),
        }),
    ...(cardHolderEmailAddress === undefined
      ? {}
      : {
          cardHolderEmailAddressVerificationResults: verified(
            cardHolderEmailAddress,
            record.emailAddress,
          ),
        }),
    // 2: the cryptogram of the token passed.
    ...(tavv === undefined ? {} : { cardholderAuthenticationVerificationResults: "2" }),
  }
}

const recordOf = (body: JsonObject): EntryFacts => {
  const acceptor = memberOf(body, "cardAcceptor") ?? {}
  const entries = {
    acquiringBin: body["acquiringBin"],
    stan: body["systemsTraceAuditNumber"],
    rrn: body["retrievalReferenceNumber"],
    terminalId: acceptor["terminalId"],
    cardAcceptorId: acceptor["idCode"],
    maskedPan: maskPan(String(body["primaryAccountNumber"])),
  }
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
}

const commit = (
  body: JsonObject,
  world: World,
  record: EntryFacts,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const pan = String(body["primaryAccountNumber"])
  const profile = profileOf(pan, world.settings.cards)
  const issued = actionCodeOf(profile, pan, body["cardExpiryDate"], now)
  const actionCode = answer?.actionCode ?? issued
  const identity = [record.acquiringBin, record.stan, record.rrn, pan].join("|")
  const invented = Seed.transaction(world.seed, `validation|${identity}`)
  // Text here, unlike in the payments.
  const transactionIdentifier = String(invented.transactionIdentifier)
  const approvalCode =
    answer?.approvalCode ?? (approving.has(actionCode) ? invented.approvalCode : undefined)
  const content = {
    actionCode,
    ...(approvalCode === undefined ? {} : { approvalCode }),
    responseCode: answer?.responseCode ?? "5",
    transactionIdentifier,
    // Nobody has a record of a number that does not exist.
    ...(issued === "14" || issued === "15" ? {} : resultsOf(body, profile?.record ?? {})),
  }
  return {
    status: 200,
    body: overlay(content, answer?.fields),
    kind: "inquiry",
    record: { ...record, actionCode, transactionIdentifier },
  }
}

/** Personal data that may only be sent under message level encryption. */
const encryptedOnly = ["cardHolderNameVerification", "identityVerification"]

export const CardValidation: Endpoint = {
  name: "CardValidation",
  method: "POST",
  path: "/pav/v1/cardvalidation",
  mle: "project",
  scripted: true,
  fields: cardValidationFields,
  prepare({ body, encrypted }, world) {
    const pan = String(body["primaryAccountNumber"])
    const clear = encrypted ? undefined : encryptedOnly.find((name) => body[name] !== undefined)
    if (clear !== undefined) {
      return validationError(wording({ kind: "unknown", element: clear }))
    }
    const token = profileOf(pan, world.settings.cards)?.token === true
    // A token comes with a cryptogram, or with a dynamic value in the place of the CVV2.
    if (token && body["tavv"] === undefined && body["cardCvv2Value"] === undefined) {
      return validationError(wording({ kind: "missing", element: "tavv" }))
    }
    const record = recordOf(body)
    return {
      facts: { ...record, pan },
      commit: (answer, now) => commit(body, world, record, answer, now),
    }
  },
}
