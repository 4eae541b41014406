/** From a pull and its answer to the request that undoes it. */
import { DateTime, Effect, Option } from "effect"
import type { VisaError } from "../VisaError.ts"
import type { PullAnswer } from "./cardReply.ts"
import { invalidRequest } from "./invalidRequest.ts"
import { pick } from "./pick.ts"
import type { PullRequest } from "./pullFields.ts"
import type { ReverseRequest } from "./reversalFields.ts"

/** What a reversal takes from the answer to the pull: enough to be stored until it is needed. */
export type ReversibleAnswer = Pick<
  PullAnswer,
  | "_tag"
  | "approvedAmount"
  | "approvalCode"
  | "networkId"
  | "tokenData"
  | "transactionIdentifier"
  | "transmissionDateTime"
>

/** Fields that mean the same in the tables of a pull and of a reversal. */
const shared = [
  "systemsTraceAuditNumber",
  "retrievalReferenceNumber",
  "localTransactionDateTime",
  "acquiringBin",
  "acquirerCountryCode",
  "businessApplicationId",
  "merchantCategoryCode",
  "accountType",
  "argentinaNationalServiceData",
  "colombiaNationalServiceData",
  "enablerVerificationValue",
  "feeProgramIndicator",
  "masterCardMerchantPaymentGatewayId",
  "memberComments",
  "merchantPseudoAbaNumber",
  "merchantReference",
  "merchantVerificationValue",
  "mexicoNationalServiceData",
  "nationalReimbursementFee",
  "recipientIdentificationNumberBusiness",
  "schemeIdentifier",
  "senderCardExpiryDate",
  "senderPaymentCredentialReference",
  "senderPrimaryAccountNumber",
  "senderReference",
  "settlementServiceIndicator",
  "sharingGroupCode",
  "visaMerchantIdentifier",
] as const satisfies ReadonlyArray<keyof PullRequest & keyof ReverseRequest>

const fitting = (value: string | undefined, minimum: number, maximum: number) =>
  value !== undefined && value.length >= minimum && value.length <= maximum ? value : undefined

/** What has not the form of a reversal is left out: the name of a state, a short postal code. */
export const acceptorOf = ({ cardAcceptor }: PullRequest): ReverseRequest["cardAcceptor"] => {
  const { address, idCode, name, paymentFacilitator, terminalId } = cardAcceptor
  const state = fitting(address.state, 2, 2)
  const zipCode = fitting(address.zipCode, 5, 9)
  return {
    name,
    idCode,
    terminalId,
    address: {
      country: address.country,
      ...(state === undefined ? {} : { state }),
      ...pick(address, ["county"]),
      ...(zipCode === undefined ? {} : { zipCode }),
    },
    ...(paymentFacilitator === undefined ? {} : { paymentFacilitator }),
  }
}

const withoutZone = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.:]\d{1,9})?Z?$/

/** `YYYY-MM-DDThh:mm:ss`, GMT, of Visa's `yyyy-MM-ddTHH:mm:ss.SSSZ`. */
const bareDateTime = (written: string): string | undefined =>
  withoutZone.exec(written)?.[1] ??
  Option.getOrUndefined(
    Option.map(DateTime.make(written), (at) => DateTime.formatIso(at).slice(0, 19)),
  )

const missing = (field: string) =>
  Effect.fail(
    invalidRequest(
      `originalDataElements.${field}`,
      `The pull's answer has no readable ${field}: take it from TransactionQuery, or use FundsTransfer.adjustment.`,
    ),
  )

/** What of the reversal is not the pull's. */
export interface ReversalOptions {
  /** Goes out as `X-Client-Transaction-ID`. Not that of the pull: it is another request. */
  readonly clientTransactionId?: string
}

export const reversalOf = Effect.fnUntraced(function* (
  pull: PullRequest,
  answer: ReversibleAnswer,
  options: ReversalOptions = {},
): Effect.fn.Return<ReverseRequest, VisaError> {
  const { approvalCode, networkId, transmissionDateTime } = answer
  if (approvalCode === undefined) return yield* missing("approvalCode")
  const transmitted =
    transmissionDateTime === undefined ? undefined : bareDateTime(transmissionDateTime)
  if (transmitted === undefined) return yield* missing("transmissionDateTime")
  const tokenAssuranceMethod = answer.tokenData?.tokenAssuranceMethod
  return {
    ...pick(pull, shared),
    amount: answer.approvedAmount,
    // Parts of the whole amount say nothing about a part of it.
    ...(answer._tag === "Approved"
      ? pick(pull, ["surcharge", "foreignExchangeFeeTransaction"])
      : {}),
    cardAcceptor: acceptorOf(pull),
    transactionIdentifier: answer.transactionIdentifier,
    originalDataElements: {
      systemsTraceAuditNumber: pull.systemsTraceAuditNumber,
      approvalCode,
      transmissionDateTime: transmitted,
      acquiringBin: pull.acquiringBin,
    },
    ...(networkId === undefined || !/^\d{1,4}$/.test(networkId)
      ? {}
      : { networkId: Number(networkId) }),
    ...(tokenAssuranceMethod === undefined ? {} : { tokenData: { tokenAssuranceMethod } }),
    ...pick(options, ["clientTransactionId"]),
  }
})
