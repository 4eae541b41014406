/** What `Outcome` answers, and how it is made from a reply of Visa or a row of the query. */
import { Equal, Result } from "effect"
import type { Accepted, Payout } from "../api/AccountPayouts.ts"
import type { TransactionRecord } from "../api/TransactionQuery.ts"
import type { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"
import { inMoney } from "./cardReply.ts"
import type { Approved, PullAnswer, ReverseApproved } from "./cardReply.ts"
import { isProgress } from "./payoutStatus.ts"
import { pick } from "./pick.ts"
import type { ReversibleAnswer } from "./reversal.ts"
import type { Round, Via } from "./settling.ts"
import type { ApprovedRow } from "./transactionRows.ts"

/** A push that was made: exactly one, whatever it took to find out. */
export interface Paid {
  readonly _tag: "Paid"
  readonly via: Via
  /** Visa's id of the transaction, 15 digits; absent where the query's row has none. */
  readonly transactionIdentifier: string | undefined
  /** The code that decided: `00` or `11`, also where the last answer was a `94`. */
  readonly actionCode: string
  readonly approvalCode: string | undefined
}

/**
 * A pull that debited the card: exactly once, in full (`Approved`) or in part (`PartiallyApproved`).
 * `FundsTransfer.reversalOf` takes it for the answer of the pull; where the query had to tell, the time
 * that the reversal repeats is the query's, which is our reading, and the assurance method of a token is
 * absent.
 */
export interface Debited extends ReversibleAnswer {
  readonly via: Via
  /** The code that decided: `00`, `11` or `10`, also where the last answer was a `94`. */
  readonly actionCode: string
}

/**
 * A pull that is undone. `AlreadyReversed`: Visa says that it was undone before, by this reversal's
 * first sending, by another one, or by an adjustment.
 */
export interface Undone {
  readonly _tag: "Reversed" | "AlreadyReversed"
  readonly via: Via
  /** That of the pull, 15 digits; absent where the query's row has none. */
  readonly transactionIdentifier: string | undefined
  readonly actionCode: string
  readonly approvalCode: string | undefined
}

/**
 * A payout to an account or wallet that Visa has accepted, once. It is not delivered unless its status
 * says so: go on with `AccountPayouts.query`.
 */
export interface Taken extends Accepted {
  readonly via: Via
}

/** An approval that Visa only holds is not a payment yet. */
export const paid = (via: Via, answer: Approved): Round<Paid> =>
  answer.deferred
    ? "open"
    : Result.succeed({
        _tag: "Paid",
        via,
        transactionIdentifier: answer.transactionIdentifier,
        actionCode: answer.originalActionCode ?? answer.actionCode,
        approvalCode: answer.approvalCode,
      })

export const debited = (via: Via, answer: PullAnswer): Round<Debited> => {
  const { _tag, approvedAmount, transactionIdentifier } = answer
  return Result.succeed({
    ...pick(answer, ["approvalCode", "networkId", "tokenData", "transmissionDateTime"]),
    _tag,
    via,
    actionCode: answer.originalActionCode ?? answer.actionCode,
    approvedAmount,
    transactionIdentifier,
  })
}

/** `YYYY-MM-DDThh:mm:ss` of the query's `DD-MM-YYYY` and `hh:mm:ss`, all GMT. */
const momentOf = ({ transactionDate = "", transactionTime = "" }: TransactionRecord) => {
  const [, day, month, year] = /^(\d\d)-(\d\d)-(\d{4})$/.exec(transactionDate) ?? []
  return day === undefined || !/^\d\d:\d\d:\d\d$/.test(transactionTime)
    ? undefined
    : `${year}-${month}-${day}T${transactionTime}`
}

/** Visa's own network: a POST does not name it, and a reversal must not either. */
const visaNetwork = 2

/**
 * A pull as the query shows it. How much a partial approval debited is in the row; while that is not
 * there, nobody could say it.
 */
export const debitedBy = (
  { actionCode, approval, record }: ApprovedRow,
  asked: Money,
): Round<Debited> => {
  const { approvalCode, networkId, transactionIdentifier } = record
  if (transactionIdentifier === undefined) return "open"
  const partial = approval === "PartiallyApproved"
  const transmissionDateTime = momentOf(record)
  const answer = inMoney(
    {
      _tag: partial ? "PartiallyApproved" : "Approved",
      actionCode,
      transactionIdentifier,
      ...(approvalCode === undefined ? {} : { approvalCode }),
      ...(networkId === undefined || Number(networkId) === visaNetwork ? {} : { networkId }),
      ...(transmissionDateTime === undefined ? {} : { transmissionDateTime }),
      ...(partial && record.approvedAmountInTransactionCurrency !== undefined
        ? { approvedAmount: record.approvedAmountInTransactionCurrency }
        : {}),
    },
    asked,
  )
  return Result.isSuccess(answer) ? debited("query", answer.success) : "open"
}

export const undone = (via: Via, answer: ReverseApproved): Round<Undone> =>
  Result.succeed({
    _tag: "Reversed",
    via,
    transactionIdentifier: answer.transactionIdentifier,
    actionCode: answer.actionCode,
    approvalCode: answer.approvalCode,
  })

/** From action code `79`, beside which nothing of the answer is kept. */
export const reversedBefore = (via: Via): Round<Undone> =>
  Result.succeed({
    _tag: "AlreadyReversed",
    via,
    transactionIdentifier: undefined,
    actionCode: "79",
    approvalCode: undefined,
  })

export const undoneBy = ({ actionCode, approval, record }: ApprovedRow): Undone => ({
  _tag: approval === "AlreadyReversed" ? "AlreadyReversed" : "Reversed",
  via: "query",
  transactionIdentifier: record.transactionIdentifier,
  actionCode,
  approvalCode: record.approvalCode,
})

export const paidBy = ({ actionCode, record }: ApprovedRow): Paid => ({
  _tag: "Paid",
  via: "query",
  transactionIdentifier: record.transactionIdentifier,
  actionCode,
  approvalCode: record.approvalCode,
})

/**
 * A payout as the query shows it: taken, unless Visa still looks at it or has a status that this
 * version does not know. One of another amount was sent under the same reference by somebody else, and
 * says nothing about this one.
 */
export const takenBy = (payout: Payout, asked: Money): Result.Result<Round<Taken>, VisaError> => {
  const { status, transactionAmount } = payout
  if (transactionAmount !== undefined && !Equal.equals(transactionAmount, asked)) {
    return Result.fail(
      VisaError.of(
        "IdempotencyConflict",
        { field: "clientReferenceId" },
        { operation: "AccountPayouts.query", money: "reports" },
      ),
    )
  }
  return Result.succeed(
    status === "PENDING" || !isProgress(status)
      ? "open"
      : Result.succeed({ ...payout, status, _tag: "Accepted", via: "query" }),
  )
}
