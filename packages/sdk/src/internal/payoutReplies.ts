/** Visa's answers about account and wallet payouts, read leniently: only the status decides. */
import { Option, Redacted, Result } from "effect"
import type { Money } from "../Money.ts"
import { failure } from "../Operation.ts"
import type { Failure, Operation, Reply } from "../Operation.ts"
import { readPayoutStatus } from "../VisaError.ts"
import { rate, readMoney } from "./amounts.ts"
import { decodeRefusal, objectionIn } from "./payoutRefusal.ts"
import { isProgress, PayoutStatus } from "./payoutStatus.ts"
import type { Progress } from "./payoutStatus.ts"
import * as Wire from "./wire.ts"

const payoutReply = Wire.object({
  status: Wire.text,
  payoutId: (value) => Wire.digits(15)(value) ?? Wire.text(value),
  clientReferenceId: Wire.text,
  expectedPostingDate: Wire.text,
  transactionDateTime: Wire.text,
  transactionAmount: Wire.decimal,
  transactionCurrencyCode: Wire.text,
  destinationAmount: Wire.decimal,
  destinationCurrencyCode: Wire.text,
  settlementAmount: Wire.decimal,
  settlementCurrencyCode: Wire.text,
  fxConversionRate: rate,
  payoutSpeed: Wire.text,
  fundingModel: Wire.text,
  fundingStatus: Wire.text,
  returnAmount: Wire.decimal,
  // Under which name Visa gives the reason is not published.
  reasonId: Wire.text,
  reasonCode: Wire.text,
})

type PayoutReply = typeof payoutReply extends Wire.Reader<infer Read> ? Read : never

/** A payout as Visa reports it. What is absent was not sent, or could not be read exactly. */
export interface Payout extends Pick<
  PayoutReply,
  | "clientReferenceId"
  | "expectedPostingDate"
  | "fundingModel"
  | "fundingStatus"
  | "fxConversionRate"
  | "payoutId"
  | "payoutSpeed"
  | "returnAmount"
  | "transactionDateTime"
> {
  readonly status: PayoutStatus
  /** Why it was rejected or returned: a code of the space `payoutRejection`. */
  readonly reasonId: string | undefined
  readonly transactionAmount: Money | undefined
  /** In the recipient's currency. */
  readonly destinationAmount: Money | undefined
  readonly settlementAmount: Money | undefined
}

/** A payout that Visa has accepted. It is not delivered unless its status says so. */
export interface Accepted extends Omit<Payout, "status"> {
  readonly _tag: "Accepted"
  readonly status: Progress
}

/** `CancellationPending`: asked for and not decided, the payout can still be paid. */
export interface Cancellation {
  readonly _tag: "Cancelled" | "CancellationPending"
  readonly payout: Payout
}

/** What Visa found when it checked a payout without sending it. */
export interface Validated {
  /** Visa publishes no list of the codes. */
  readonly validationResultCode: string
  /** `YYYY-MM-DD`: when the payout would be credited. */
  readonly expectedPostingDate?: string
}

/** What Visa found out about a recipient's account or wallet. */
export interface Verification {
  /** Whether the check was made. What it found is in `detail`. */
  readonly completed: boolean
  /** `COMPLETED` or another status. */
  readonly verificationStatus: string
  readonly verificationId?: string
  /** Visa publishes no fields of it; it can hold the name of the account's owner. */
  readonly detail?: Redacted.Redacted<{ readonly [field: string]: unknown }>
}

const readPayout = (body: unknown): Payout | undefined => {
  const read = Wire.isJsonObject(body) ? payoutReply(body["transactionDetail"]) : undefined
  if (read?.status === undefined) return undefined
  const {
    destinationAmount,
    destinationCurrencyCode,
    reasonCode,
    reasonId = reasonCode,
    settlementAmount,
    settlementCurrencyCode,
    status,
    transactionAmount,
    transactionCurrencyCode,
    ...same
  } = read
  return {
    ...same,
    reasonId,
    status: PayoutStatus.of(status.trim()),
    transactionAmount: readMoney(transactionAmount, transactionCurrencyCode),
    destinationAmount: readMoney(destinationAmount, destinationCurrencyCode),
    settlementAmount: readMoney(settlementAmount, settlementCurrencyCode),
  }
}

const noStatus = Result.fail(
  failure("ResponseMalformed", {
    field: "transactionDetail.status",
    detail: "The reply has no status.",
  }),
)

/** What is wrong with a payout that has ended otherwise than hoped for. */
const badEnd = ({ reasonId, returnAmount, status }: Payout): Failure | undefined =>
  typeof status !== "string"
    ? undefined
    : Option.match(readPayoutStatus(status, reasonId), {
        onNone: () => undefined,
        onSome: ({ fields, tag }) =>
          failure(tag, {
            ...fields,
            detail:
              fields.detail ??
              (returnAmount === undefined ? undefined : `The returned amount is ${returnAmount}`),
          }),
      })

const stillProcessing = (code: string | undefined): Failure =>
  failure("StillProcessing", {
    code,
    detail: "Ask with AccountPayouts.query and the clientReferenceId; payouts have no status id",
  })

export const decodeReport = (reply: Reply): Result.Result<Payout, Failure> => {
  const payout = readPayout(reply.body)
  return payout === undefined ? noStatus : Result.succeed(payout)
}

export const decodeQuery = (reply: Reply): Result.Result<Payout, Failure> =>
  Result.flatMap(decodeReport(reply), (payout) => {
    const ended = badEnd(payout)
    return ended === undefined ? Result.succeed(payout) : Result.fail(ended)
  })

const codeOf = (status: PayoutStatus): string => (typeof status === "string" ? status : status.text)

const unrecognized = (status: PayoutStatus): Failure =>
  failure("UnrecognizedCode", {
    code: codeOf(status),
    detail: "This version does not know the payout's status: ask again with AccountPayouts.query",
  })

export const decodeSend = (reply: Reply): Result.Result<Accepted, Failure> =>
  Result.flatMap(decodeQuery(reply), ({ status, ...payout }) => {
    if (status === "PENDING") return Result.fail(stillProcessing(status))
    return isProgress(status)
      ? Result.succeed({ _tag: "Accepted", ...payout, status })
      : Result.fail(unrecognized(status))
  })

export const decodeCancel = (reply: Reply): Result.Result<Cancellation, Failure> =>
  Result.flatMap(decodeReport(reply), (payout): Result.Result<Cancellation, Failure> => {
    const { status } = payout
    if (typeof status !== "string") return Result.fail(unrecognized(status))
    switch (status) {
      case "CANCELLED":
        return Result.succeed({ _tag: "Cancelled", payout })
      case "PENDING_CANCELLATION":
        return Result.succeed({ _tag: "CancellationPending", payout })
      default:
        return Result.fail(
          badEnd(payout) ??
            failure("CancelRefused", {
              code: status,
              detail: "The payout was not cancelled: its status is the code",
            }),
        )
    }
  })

const validationReply = Wire.object({
  validationResultCode: Wire.text,
  expectedPostingDate: Wire.text,
})

export const decodeValidate = (reply: Reply): Result.Result<Validated, Failure> => {
  const read = validationReply(reply.body)
  if (read?.validationResultCode !== undefined) {
    return Result.succeed({ ...read, validationResultCode: read.validationResultCode })
  }
  const objection = objectionIn(reply.body)
  if (objection !== undefined) {
    const { code, field } = objection.fields
    // Without its text: a reply of status 200 is not searched for what it quotes.
    return Result.fail(failure(objection.tag, { code, field }))
  }
  return Result.fail(
    Wire.isJsonObject(reply.body) && "errorResponse" in reply.body
      ? failure("RequestRejected")
      : failure("ResponseMalformed", { detail: "The reply has no validationResultCode." }),
  )
}

const verificationReply = Wire.object({
  verificationStatus: Wire.text,
  verificationId: Wire.text,
  accountVerificationDetail: (value) => (Wire.isJsonObject(value) ? value : undefined),
  walletVerificationDetail: (value) => (Wire.isJsonObject(value) ? value : undefined),
})

export const decodeVerification = (reply: Reply): Result.Result<Verification, Failure> => {
  const read = verificationReply(reply.body)
  if (read?.verificationStatus === undefined) {
    return Result.fail(
      failure("ResponseMalformed", { detail: "The reply has no verificationStatus." }),
    )
  }
  const {
    accountVerificationDetail,
    verificationId,
    verificationStatus,
    walletVerificationDetail,
  } = read
  const detail = accountVerificationDetail ?? walletVerificationDetail
  return Result.succeed({
    completed: verificationStatus.trim() === "COMPLETED",
    verificationStatus,
    ...(verificationId === undefined ? {} : { verificationId }),
    ...(detail === undefined ? {} : { detail: Redacted.make(detail) }),
  })
}

/** Every other status than 200 that a send can be answered with. */
export const decodeSendOther = (reply: Reply): Result.Result<Accepted, Failure> | undefined => {
  if (reply.httpStatus !== 202) return decodeRefusal(reply)
  const payout = readPayout(reply.body)
  return Result.fail(stillProcessing(payout && codeOf(payout.status)))
}

/** The same operation for one call: an answer about another payout is none, whatever it says. */
export const about = <Request, A>(
  operation: Operation<Request, A>,
  isMeant: (payout: Payout) => boolean,
): Operation<Request, A> => ({
  ...operation,
  decode: (reply) => {
    const payout = readPayout(reply.body)
    return payout === undefined || isMeant(payout)
      ? operation.decode(reply)
      : Result.fail(
          failure("ResponseMalformed", {
            field: "transactionDetail",
            detail: "The reply is about another payout.",
          }),
        )
  },
})
