/**
 * How Account & Wallet words its refusals, and the reasons with which a payout fails later.
 *
 * Shape of the envelope: integrators. Codes and texts: `visa-money-movement-connect/error-codes`,
 * of which the first rows are published; `location` is `Undefined` when it is not known. That a
 * field of the wrong length is told by 4004, and any other wrong field by the reason 3001, is a
 * reading.
 */
import { messageOf, type Refusal, type Reply } from "./Endpoint.ts"
import { type ErrorDetail, errorResponse } from "./errorResponse.ts"

/** Validation codes, all of them HTTP 400. 4003 and 4004 have one text, as at Visa. */
export const payoutCodes: Readonly<Record<string, string>> = {
  "4003": "Recipient country and currency route is not supported.",
  "4004": "Recipient country and currency route is not supported.",
  "4100": "Transaction cannot be processed, contact Visa.",
  "4102": "Recipient bank account is not supported.",
  "4110": "Intermediary account field has unsupported characters.",
  "4111": "Route is not supported, contact Visa.",
}

const unknownLocation = "Undefined"

const refused = (
  reason: string,
  message: string,
  detail: ErrorDetail & { readonly location: string; readonly message: string },
): Reply => ({
  ...errorResponse({ httpStatus: 400, reason, message, details: [detail] }),
  record: { errorCode: detail.code ?? reason, problem: `${detail.location}: ${detail.message}` },
})

/** A business rejection. Not all have a code that is published. */
export const invalidPayout = (location: string, message: string, code?: string): Reply =>
  refused("InvalidPayoutRequest", "The payout request is invalid.", {
    location,
    message,
    ...(code === undefined ? {} : { code }),
  })

export const refusePayout = (refusal: Refusal): Reply => {
  const { code, message, problem } = refusal
  const location = refusal.location ?? problem?.element ?? unknownLocation
  if (problem?.wrongLength === true) {
    return invalidPayout(location, payoutCodes["4004"] ?? "", "4004")
  }
  if (problem !== undefined || code === "3001") {
    return refused("3001", "Missing or Invalid Request Parameters", {
      location,
      message: messageOf(refusal),
    })
  }
  return invalidPayout(location, message ?? payoutCodes[code ?? ""] ?? messageOf(refusal), code)
}

/** Why payouts are rejected or returned, by the ids of Visa Payments Limited. */
export const payoutReasons: Readonly<Record<number, string>> = {
  1: "invalid BIC",
  2: "invalid routing code",
  3: "invalid IBAN",
  4: "invalid account number",
  5: "BIC and IBAN mismatch",
  6: "IBAN and country mismatch",
  7: "no account name",
  8: "no account number",
  9: "no bank name",
  10: "too small to process",
  11: "country not supported",
  12: "beneficiary details: invalid characters",
  13: "third-party payments not supported",
  14: "recall requested by remitter",
  34: "bank cannot pay the beneficiary bank electronically",
  35: "invalid bank code",
  36: "invalid branch code",
  37: "BIC / bank code mismatch",
  38: "BIC / branch code mismatch",
  39: "bank name / branch mismatch",
  40: "bank name / bank code mismatch",
  41: "bank name / IBAN mismatch",
  42: "bank name / BIC mismatch",
  43: "account number / IBAN mismatch",
  44: "bank code / IBAN mismatch",
  45: "branch code / IBAN mismatch",
  46: "reference has invalid characters",
  47: "beneficiary name has invalid characters",
  48: "invalid country code",
  59: "KYC information not received, returned",
  60: "BIC and country mismatch",
  61: "no valid correspondent",
  62: "account in a different currency",
  67: "bank cannot process",
  68: "account closed",
  69: "bank cannot FX the funds",
  70: "beneficiary refused",
  71: "name and account do not match",
  73: "invalid bank name",
  74: "invalid beneficiary name",
  75: "non-transaction account",
  76: "not enough beneficiary information",
  77: "unspecified by the bank",
  78: "no IBAN",
  96: "forbidden transaction",
  97: "blocked account",
  98: "beneficiary deceased",
  99: "not allowed",
  100: "duplicate payment",
  101: "account address invalid",
}
