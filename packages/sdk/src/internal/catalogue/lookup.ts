/** From what Visa answered to a row of the catalogue. */
import { Option, Result } from "effect"
import { catalogue, tags } from "../catalogue.ts"
import type { Contested, Tag, TagIn } from "../catalogue.ts"
import { approvals, payoutProgress } from "./answers.ts"
import type { ActionOperation, Approval, ApprovalCode } from "./answers.ts"
import type { Row, Space } from "./row.ts"

type Index<S extends Space> = [Contested<S>] extends [never]
  ? ReadonlyMap<string, TagIn<S>>
  : { readonly "two rows have the code": Contested<S> }

const index = <S extends Space>(space: S): Index<S> =>
  new Map(
    tags.flatMap((tag): ReadonlyArray<readonly [string, Tag]> => {
      const code = (catalogue[tag] as Row).codes[space]
      return code === undefined ? [] : [[code, tag]]
    }),
    // TypeScript cannot see that a row with a code in `space` is one of `TagIn<S>`.
  ) as never

const indexes: { readonly [S in Space]: ReadonlyMap<string, TagIn<S>> } = {
  action: index("action"),
  reversal: index("reversal"),
  cancel: index("cancel"),
  queryStatus: index("queryStatus"),
  http: index("http"),
  gateway: index("gateway"),
  fx: index("fx"),
  cardAttributes: index("cardAttributes"),
  alias: index("alias"),
  payoutStatus: index("payoutStatus"),
  payoutValidation: index("payoutValidation"),
  payoutRejection: index("payoutRejection"),
}

/**
 * The reason for a code of Visa, or none when the space has no row for it.
 *
 * Codes that come with an HTTP status are looked up as `<HTTP status>/<code>`; see `spaces`.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Option } from "effect"
 * import { tagOfCode } from "effect-visa-direct"
 *
 * assert.deepStrictEqual(tagOfCode("action", "51"), Option.some("InsufficientFunds"))
 * assert.deepStrictEqual(tagOfCode("gateway", "400/9125"), Option.some("EncryptionRequired"))
 * assert.deepStrictEqual(tagOfCode("gateway", "401/9125"), Option.some("CertificateMismatch"))
 */
export const tagOfCode = <S extends Space>(space: S, code: string): Option.Option<TagIn<S>> =>
  Option.fromUndefinedOr(indexes[space].get(code))

/** A reply that is not of status 200, 202 or 303, as far as it matters for its reason. */
export interface Refusal {
  readonly httpStatus: number
  /** The code in the body; absent where it has none. */
  readonly code?: string | undefined
  /** The texts of the body. They are only compared, never kept. */
  readonly text?: string | undefined
  /** Whether the request was encrypted. */
  readonly encrypted?: boolean | undefined
  /** The space of the API that answered, if it has one of its own. */
  readonly space?: "alias" | "fx" | "cardAttributes" | "payoutValidation" | undefined
}

/** How one code is read that means several things. */
export interface Reading {
  /** `<HTTP status>/<code>` */
  readonly code: string
  /** The words of the body that tell it. */
  readonly text?: RegExp
  /** Whether the request had been encrypted. */
  readonly encrypted?: boolean
  readonly tag: Tag
}

/**
 * Codes of the gateway that only their context explains. The first reading that fits wins; where none
 * fits, the code's own row holds.
 *
 * Source: the wordings are from Visa's sample issues and from integrators' measurements.
 */
export const readings: ReadonlyArray<Reading> = [
  { code: "400/9125", encrypted: true, tag: "EncryptionNotRecognized" },
  {
    code: "400/3001",
    text: /restricted by the sender institution/i,
    tag: "RecipientCountryRestricted",
  },
  {
    code: "400/3001",
    text: /mandatory field|field .{0,60}\bis (?:missing|required)/i,
    tag: "MandatoryFieldMissing",
  },
  { code: "400/3001", text: /invalid content found starting with element/i, tag: "UnknownField" },
]

const read = (refusal: Refusal, code: string): Option.Option<Tag> =>
  Option.fromUndefinedOr(
    readings.find(
      (reading) =>
        reading.code === code &&
        (reading.encrypted === undefined || reading.encrypted === refusal.encrypted) &&
        (reading.text === undefined || reading.text.test(refusal.text ?? "")),
    )?.tag,
  )

/**
 * The reason for a reply that refuses or fails: by the code of the API that answered, then by the
 * gateway's code in its context, then by the HTTP status alone.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { tagOfRefusal } from "effect-visa-direct/VisaError"
 *
 * const refusal = { httpStatus: 400, code: "9125" }
 * assert.strictEqual(tagOfRefusal(refusal), "EncryptionRequired")
 * assert.strictEqual(tagOfRefusal({ ...refusal, encrypted: true }), "EncryptionNotRecognized")
 * assert.strictEqual(tagOfRefusal({ httpStatus: 418 }), "UnexpectedStatus")
 */
export const tagOfRefusal = (refusal: Refusal): Tag => {
  const { code, httpStatus, space } = refusal
  const withStatus = `${httpStatus}/${code}`
  return Option.firstSomeOf<Tag>([
    ...(code === undefined
      ? []
      : [
          ...(space === undefined ? [] : [tagOfCode(space, withStatus), tagOfCode(space, code)]),
          read(refusal, withStatus),
          tagOfCode("gateway", withStatus),
        ]),
    tagOfCode("http", String(httpStatus)),
  ]).pipe(Option.getOrElse((): Tag => "UnexpectedStatus"))
}

/** A reason that is not yet an error: its tag and what was seen. */
export interface Verdict {
  readonly tag: Tag
  readonly fields: {
    readonly code?: string | undefined
    readonly detail?: string | undefined
    readonly originalActionCode?: string | undefined
    readonly rejectionId?: string | undefined
  }
}

const approvalOf = (operation: ActionOperation, code: string): Option.Option<Approval> => {
  const found: Approval | undefined = Object.hasOwn(approvals, code)
    ? approvals[code as ApprovalCode]
    : undefined
  return Option.filter(Option.fromUndefinedOr(found), ({ operations }) =>
    operations.includes(operation),
  )
}

const tagOfAction = (operation: ActionOperation, code: string): Tag => {
  if (operation === "cancel") {
    return Option.getOrElse(tagOfCode("cancel", code), (): Tag => "CancelRefused")
  }
  return Option.firstSomeOf<Tag>([
    operation === "reverse" ? tagOfCode("reversal", code) : Option.none(),
    tagOfCode("action", code),
  ]).pipe(
    Option.getOrElse((): Tag =>
      Object.hasOwn(approvals, code) ? "UnexpectedApproval" : "UnrecognizedCode",
    ),
  )
}

/**
 * What an action code means in the answer to an operation. Of a `94` that names the original's code,
 * that code decides: `00` means that the payment was made.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Result } from "effect"
 * import { readActionCode } from "effect-visa-direct/VisaError"
 *
 * assert.isTrue(Result.isSuccess(readActionCode("push", "94", "00")))
 * const verdict = Result.getOrThrow(Result.flip(readActionCode("push", "61")))
 * assert.strictEqual(verdict.tag, "ExceedsAmountLimit")
 */
export const readActionCode = (
  operation: ActionOperation,
  actionCode: string,
  originalActionCode?: string,
): Result.Result<Approval, Verdict> => {
  const repeated = actionCode === "94" && originalActionCode !== undefined
  const decisive = repeated ? originalActionCode : actionCode
  return Option.match(approvalOf(operation, decisive), {
    onSome: Result.succeed,
    onNone: () =>
      Result.fail({
        tag: tagOfAction(operation, decisive),
        fields: {
          code: decisive,
          ...(repeated
            ? {
                originalActionCode,
                detail: "Visa recognised a repeat; this is what it answered to the original",
              }
            : {}),
        },
      }),
  })
}

/**
 * What the status of an account or wallet payout means when it is an error; none while the payout is
 * under way or delivered. A status that this version does not know is `UnrecognizedCode`: ask again.
 *
 * The id of the reason names the reason of a payout that was rejected. Of one that was returned it
 * goes into `rejectionId`, because its money had left.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Option } from "effect"
 * import { readPayoutStatus } from "effect-visa-direct/VisaError"
 *
 * const tag = (status: string, id?: string) =>
 *   Option.getOrUndefined(Option.map(readPayoutStatus(status, id), (verdict) => verdict.tag))
 *
 * assert.strictEqual(tag("REJECTED", "98"), "RejectedBeneficiaryDeceased")
 * assert.strictEqual(tag("RETURNED", "98"), "PayoutStatusReturned")
 * assert.isUndefined(tag("PAYMENT_SENT"))
 */
export const readPayoutStatus = (status: string, rejectionId?: string): Option.Option<Verdict> => {
  if (Object.hasOwn(payoutProgress, status)) return Option.none()
  const tag = Option.getOrElse(tagOfCode("payoutStatus", status), (): Tag => "UnrecognizedCode")
  const notPaid = catalogue[tag].category === "decline"
  return Option.some(
    Option.match(
      rejectionId === undefined || !notPaid
        ? Option.none()
        : tagOfCode("payoutRejection", rejectionId),
      {
        onSome: (rejected): Verdict => ({
          tag: rejected,
          fields: { code: rejectionId, detail: `The payout's status is ${status}` },
        }),
        onNone: (): Verdict => ({ tag, fields: { code: status, rejectionId } }),
      },
    ),
  )
}
