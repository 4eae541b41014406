/**
 * What the card operations answer: readers of all documented fields, and the decision whether an
 * answer is an approval. A reply of a single operation and a row of a batch have the same form.
 *
 * Source: Visa's OpenAPI export (2025).
 */
import { Exit, Option, Result } from "effect"
import { Money } from "../Money.ts"
import { failure } from "../Operation.ts"
import type { Failure, Operation } from "../Operation.ts"
import { readActionCode } from "../VisaError.ts"
import type { ActionOperation, Approval } from "../VisaError.ts"
import * as Wire from "./wire.ts"
import { list } from "./wireCodes.ts"

const settlementFlags = Wire.object({
  givUpdatedFlag: Wire.text,
  givPreviouslyUpdatedFlag: Wire.text,
  settlementResponsibilityFlag: Wire.text,
  settlementServiceFlag: Wire.text,
})

const common = {
  actionCode: Wire.actionCode,
  /** Six characters, from the issuer. */
  approvalCode: Wire.text,
  /** Who answered; see `ResponseSource`. Not whether: that is in the action code. */
  responseCode: Wire.text,
  transactionIdentifier: Wire.digits(15),
  /** `yyyy-MM-ddTHH:mm:ss.SSSZ` */
  transmissionDateTime: Wire.text,
  originalActionCode: Wire.actionCode,
  additionalTokenRespInfo: Wire.text,
  enablerVerificationValue: Wire.text,
  feeProgramIndicator: Wire.text,
  last4ofPAN: Wire.digits(4),
  merchantVerificationValue: Wire.text,
  /** Only where it is not 2, Visa's own. */
  networkId: Wire.text,
  responseReasonCode: Wire.text,
  settlementFlags,
  statusIdentifier: Wire.text,
  transactionLinkIdentifier: Wire.text,
} as const

const processing = Wire.object({ requestType: Wire.text, deferredDateTime: Wire.text })

/** Of Visa's account updater: the card that has replaced the one that was given. */
const vauRTAuthReplacementData = Wire.object({
  vauFlag: Wire.text,
  vauAccntStatus: Wire.text,
  replacementCardID: Wire.secret,
  replaceDateExpiration: Wire.text,
  vauErrorReasonCode: Wire.text,
})

const pushReply = Wire.object({
  ...common,
  cardAuthenticationResults: Wire.text,
  cvv2ResultCode: Wire.text,
  integratedCircuitCardData: Wire.secret,
  persistentFX: Wire.object({
    exchangeRate: Wire.decimal,
    visaRateTableId: Wire.text,
    visaRateProvider: Wire.text,
  }),
  prepaidBalance: Wire.decimal,
  prepaidBalanceCurrency: Wire.text,
  retrievalReferenceNumber: Wire.digits(12),
  serviceProcessingType: processing,
  settlementInfo: Wire.object({
    settlementAmount: Wire.decimal,
    settlementCurrencyCode: Wire.digits(3),
    settlementConversionRate: Wire.decimal,
  }),
  tokenData: Wire.object({ tokenAssuranceMethod: Wire.text }),
  vauRTAuthReplacementData,
})

const pullReply = Wire.object({
  ...common,
  /** See `Verification`. */
  addressVerificationResults: Wire.text,
  /** Of a partial approval: what was asked for. */
  amount: Wire.decimal,
  approvedAmount: Wire.decimal,
  cavvResultCode: Wire.text,
  chipCardData: Wire.secret,
  cpsAuthorizationCharacteristicsIndicator: Wire.text,
  customerReference: Wire.text,
  cvv2ResultCode: Wire.text,
  masterCardElectronicCommerceIndicators: Wire.text,
  memberComments: Wire.text,
  pointOfServiceData: Wire.object({ motoECIIndicator: Wire.text }),
  reimbursementAttribute: Wire.text,
  /** Which of the claimed exemptions were honoured, and why not. */
  riskAssessmentResults: Wire.object({
    delegatedAuthenticationIndicator: Wire.text,
    exemptionReasonCode: list(Wire.text),
    lowValueExemptionIndicator: Wire.text,
    scpExemptionIndicator: Wire.text,
    traExemptionIndicator: Wire.text,
    trustedMerchantExemptionIndicator: Wire.text,
  }),
  senderIdentificationNumberIndividual: Wire.secret,
  serviceProcessingType: processing,
  supplementalData: Wire.object({ dafIndicator: Wire.text }),
  /** The account range is the first nine digits of a card number. */
  tokenData: Wire.object({ minimumAccountRange: Wire.secret, tokenAssuranceMethod: Wire.text }),
  vauRTAuthReplacementData,
})

const reverseReply = Wire.object({
  ...common,
  customerReference: Wire.text,
  memberComments: Wire.text,
  senderIdentificationNumberIndividual: Wire.secret,
  serviceProcessingType: processing,
  tokenData: Wire.object({ tokenAssuranceMethod: Wire.text }),
})

const adjustmentReply = Wire.object({
  actionCode: Wire.actionCode,
  originalActionCode: Wire.actionCode,
  transactionIdentifier: Wire.digits(15),
  additionalTokenRespInfo: Wire.text,
  cpsAuthorizationCharacteristicsIndicator: Wire.text,
  customerReference: Wire.text,
  /** What the other operations call `transmissionDateTime`. */
  dateAndTimeTransmission: Wire.text,
  enablerVerificationValue: Wire.text,
  masterCardMerchantPaymentGatewayId: Wire.text,
  merchantReference: Wire.text,
  recipientIdentificationNumberBusiness: Wire.secret,
  senderIdentificationNumberIndividual: Wire.secret,
  serviceProcessingType: processing,
  settlementFlags,
  tokenAssuranceMethod: Wire.text,
  transactionLinkIdentifier: Wire.text,
})

const cancelReply = Wire.object({
  actionCode: Wire.actionCode,
  originalActionCode: Wire.actionCode,
  transactionIdentifier: Wire.digits(15),
})

type Fields<R> = R extends Wire.Reader<infer Read> ? Read : never

/** An approval: every field of the reply, of which the action code is certain to be there. */
interface Approving {
  readonly _tag: "Approved"
  /** `00` approved, `11` approved (V.I.P.), `94` a repeat of what was approved before. */
  readonly actionCode: string
}

interface Identified {
  /** Visa's id of the transaction, 15 digits. */
  readonly transactionIdentifier: string
}

type Rest<R> = Omit<Fields<R>, "actionCode" | "transactionIdentifier">

/** What Visa answers to an approved push. */
export interface Approved extends Rest<typeof pushReply>, Approving, Identified {
  /**
   * Whether Visa only holds the push, to process it later: then nothing is paid yet, and it can be
   * cancelled. What Visa's approval of such a push means is our reading; it is not documented.
   */
  readonly deferred: boolean
}

/** What Visa answers to a pull that was approved in full. */
export interface PullApproved
  extends Omit<Rest<typeof pullReply>, "amount" | "approvedAmount">, Approving, Identified {
  /** What was debited: the amount that was asked for. */
  readonly approvedAmount: Money
}

/** What Visa answers to a pull of which only a part was approved: action code `10`. */
export interface PullPartiallyApproved
  extends Omit<Rest<typeof pullReply>, "amount" | "approvedAmount">, Identified {
  readonly _tag: "PartiallyApproved"
  readonly actionCode: string
  /** What was debited, in the currency of the request. It is not what was asked for. */
  readonly approvedAmount: Money
}

/** A pull that debited the card, in full or in part. */
export type PullAnswer = PullApproved | PullPartiallyApproved

/** What Visa answers to an approved reversal: the debit of the pull is undone. */
export interface ReverseApproved extends Rest<typeof reverseReply>, Approving {
  readonly transactionIdentifier?: string
}

/** What Visa answers to an approved adjustment. */
export interface AdjustmentApproved extends Rest<typeof adjustmentReply>, Approving {
  readonly transactionIdentifier?: string
}

/** A deferred push that will not be paid: cancelled now, or cancelled before (`R0`). */
export interface Cancelled {
  readonly _tag: "Cancelled" | "AlreadyCancelled"
  readonly actionCode: string
  /** Visa's id of the deferred push, 15 digits. */
  readonly transactionIdentifier?: string
}

const malformed = (detail: string, code?: string): Failure =>
  failure("ResponseMalformed", { detail, code })

interface Decided<A> {
  readonly read: A & { readonly actionCode: string }
  readonly approval: Approval
}

/** Reads an answer and lets the action code decide. */
const decide = <A extends { readonly actionCode?: string; readonly originalActionCode?: string }>(
  operation: ActionOperation,
  read: A | undefined,
): Result.Result<Decided<A>, Failure> => {
  const actionCode = read?.actionCode
  if (read === undefined || actionCode === undefined) {
    return Result.fail(malformed("The reply has no actionCode."))
  }
  return Result.map(
    readActionCode(operation, actionCode, read.originalActionCode),
    (approval): Decided<A> => ({ approval, read: { ...read, actionCode } }),
  )
}

const identified = <
  A extends { readonly actionCode: string; readonly transactionIdentifier?: string },
>(
  read: A,
): Result.Result<A & Identified, Failure> => {
  const { transactionIdentifier } = read
  return transactionIdentifier === undefined
    ? Result.fail(malformed("The approval has no transactionIdentifier.", read.actionCode))
    : Result.succeed({ ...read, transactionIdentifier })
}

/** Whether Visa is to hold a push, for 48 hours (`02`) or until a time (`03`). */
export const isDeferred = (processing: { readonly requestType?: string } | undefined): boolean =>
  processing?.requestType === "02" || processing?.requestType === "03"

export const decodePush = (answer: unknown): Result.Result<Approved, Failure> =>
  decide("push", pushReply(answer)).pipe(
    Result.flatMap(({ read }) => identified(read)),
    Result.map((read): Approved => ({
      _tag: "Approved",
      ...read,
      deferred: isDeferred(read.serviceProcessingType),
    })),
  )

/** What was asked for decides too: the reply need not repeat it. */
export const deferredIf = (answer: Approved, asked: boolean): Approved => ({
  ...answer,
  deferred: answer.deferred || asked,
})

/** A pull that debited something; how much, in money, is only known beside the request. */
export type PullRead = Fields<typeof pullReply> &
  Identified & {
    readonly _tag: PullAnswer["_tag"]
    readonly actionCode: string
  }

export const decodePull = (answer: unknown): Result.Result<PullRead, Failure> =>
  decide("pull", pullReply(answer)).pipe(
    Result.flatMap(({ approval, read }) =>
      Result.map(identified(read), (whole): PullRead => ({
        _tag: approval.tag === "PartiallyApproved" ? "PartiallyApproved" : "Approved",
        ...whole,
      })),
    ),
  )

/**
 * What was debited of `asked`. An amount that cannot be, or none beside a partial approval, fails:
 * money has moved and nobody could say how much.
 */
export const inMoney = (answer: PullRead, asked: Money): Result.Result<PullAnswer, Failure> => {
  const { amount: _, approvedAmount, _tag, ...rest } = answer
  const approved =
    approvedAmount === undefined
      ? undefined
      : Option.getOrUndefined(Exit.getSuccess(Money.fromVisa(approvedAmount, asked.currency)))
  if (_tag === "Approved") {
    return approvedAmount === undefined || approved?.minor === asked.minor
      ? Result.succeed({ ...rest, _tag, approvedAmount: asked })
      : Result.fail(
          malformed("The approval names another amount than was asked for.", rest.actionCode),
        )
  }
  return approved !== undefined && approved.minor > 0 && approved.minor <= asked.minor
    ? Result.succeed({ ...rest, _tag, approvedAmount: approved })
    : Result.fail(
        malformed(
          "The partial approval does not say which part of the amount was debited: ask with TransactionQuery for approvedAmountInTransactionCurrency.",
          rest.actionCode,
        ),
      )
}

/**
 * The operation for one request, whose answers are completed by it. `complete` runs after the request
 * was encoded, so it may rely on its shape.
 */
export const completed = <Request, A, B>(
  operation: Operation<Request, A>,
  complete: (answer: A) => Result.Result<B, Failure>,
): Operation<Request, B> => ({
  ...operation,
  decode: (reply) => Result.flatMap(operation.decode(reply), complete),
  decodeOther: undefined,
})

export const decodeReverse = (answer: unknown): Result.Result<ReverseApproved, Failure> =>
  Result.map(decide("reverse", reverseReply(answer)), ({ read }): ReverseApproved => ({
    _tag: "Approved",
    ...read,
  }))

export const decodeAdjustment = (answer: unknown): Result.Result<AdjustmentApproved, Failure> =>
  Result.map(decide("adjust", adjustmentReply(answer)), ({ read }): AdjustmentApproved => ({
    _tag: "Approved",
    ...read,
  }))

export const decodeCancel = (answer: unknown): Result.Result<Cancelled, Failure> =>
  Result.map(
    decide("cancel", cancelReply(answer)),
    ({ approval, read: { actionCode, transactionIdentifier } }): Cancelled => ({
      _tag: approval.tag === "AlreadyCancelled" ? "AlreadyCancelled" : "Cancelled",
      actionCode,
      ...(transactionIdentifier === undefined ? {} : { transactionIdentifier }),
    }),
  )
