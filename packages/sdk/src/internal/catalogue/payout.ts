/**
 * Account and wallet payouts: final statuses that are not a delivery, codes of refused requests, ids
 * of reasons for rejections and returns.
 *
 * Source: Visa's Account and Wallet reference for most statuses; `DECLINED`, `FAILED`, `ERROR` and
 * `VALIDATION_FAILED` are seen in a client that was written from it. Visa's Connect error codes, of
 * which only the first are public. The reason ids are those of the payout processor behind Account
 * and Wallet (Visa Payments Limited); its list goes on beyond what is public.
 */
import { rows } from "./row.ts"

const status = rows(
  {
    category: "decline",
    retry: "Never",
    money: "NotMoved",
    runbook: "payout-rejections",
    source: "visa",
  },
  {
    PayoutStatusReturned: {
      codes: { payoutStatus: "RETURNED" },
      category: "return",
      money: "Moved",
      meaning: "the money left and the recipient's bank sent it back",
      advice:
        "wait for returnAmount to be credited, which may be less than was sent; then pay again under a new reference with corrected details",
    },
    PayoutStatusRejected: {
      codes: { payoutStatus: "REJECTED" },
      meaning: "the payout was rejected before it was paid",
      advice: "read the reason's id; correct the details and pay under a new reference",
    },
    PayoutStatusDeclined: {
      codes: { payoutStatus: "DECLINED" },
      meaning: "the payout was declined before it was paid",
      advice: "read the detail; correct the details and pay under a new reference",
      source: "processor",
    },
    PayoutStatusValidationFailed: {
      codes: { payoutStatus: "VALIDATION_FAILED" },
      meaning: "the payout did not pass validation",
      advice: "validate the payout without sending it, and correct what is named",
      source: "processor",
    },
    PayoutStatusCancelled: {
      codes: { payoutStatus: "CANCELLED" },
      meaning: "the payout was cancelled before it was paid",
      advice: "find out who cancelled it; if the payment is still wanted, make a new one",
    },
    PayoutStatusFailed: {
      codes: { payoutStatus: "FAILED" },
      category: "processing",
      retry: "Reconcile",
      money: "Unknown",
      meaning: "the payout failed, and nothing published says at which point",
      advice: "ask Visa's support with payout id and client reference before paying again",
      source: "processor",
      runbook: "unknown-outcomes",
    },
    PayoutStatusError: {
      codes: { payoutStatus: "ERROR" },
      category: "processing",
      retry: "Reconcile",
      money: "Unknown",
      meaning: "the payout is in an error state, and nothing published says whether it is final",
      advice: "ask Visa's support with payout id and client reference before paying again",
      source: "processor",
      runbook: "unknown-outcomes",
    },
  },
)

const validation = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "invalid-requests",
    source: "visa",
  },
  {
    PayoutRouteNotSupported: {
      codes: { payoutValidation: "4003" },
      meaning: "payouts in this currency to this country are not supported",
      advice: "use a currency that the payout metadata lists for the country",
    },
    PayoutFieldLengthInvalid: {
      codes: { payoutValidation: "4004" },
      meaning: "the named field has the wrong length for this route",
      advice:
        "correct its length by the payout metadata; Visa's text speaks of an unsupported route, its handling of the length",
    },
    PayoutNotProcessable: {
      codes: { payoutValidation: "4100" },
      meaning: "the payout cannot be processed, and only Visa knows why",
      advice: "give Visa's support both correlation ids and the client reference",
      retry: "Never",
    },
    PayoutRecipientBankNotSupported: {
      codes: { payoutValidation: "4102" },
      meaning: "payouts to the recipient's bank account are not supported",
      advice: "ask the recipient for an account at another bank, or push to a card",
      retry: "Never",
    },
    PayoutIntermediaryCharactersInvalid: {
      codes: { payoutValidation: "4110" },
      meaning: "a field of the intermediary account has characters that are not supported",
      advice: "write the named field with basic Latin letters and digits",
    },
    PayoutRouteNotAvailable: {
      codes: { payoutValidation: "4111" },
      meaning: "the route is not available to this originator",
      advice: "ask your Visa contact to enable the route",
    },
  },
)

/**
 * Why a payout was rejected. Of a payout whose status is `RETURNED` the reason is
 * `PayoutStatusReturned`, and the id explains it: its money had left.
 */
const rejection = rows(
  {
    category: "decline",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "payout-rejections",
    source: "processor",
  },
  {
    RejectedInvalidBic: {
      codes: { payoutRejection: "1" },
      meaning: "the BIC is invalid",
      advice: "ask the recipient for the bank's BIC, 8 or 11 characters",
    },
    RejectedInvalidRoutingCode: {
      codes: { payoutRejection: "2" },
      meaning: "the routing code is invalid",
      advice: "ask the recipient for the bank's routing code and check its check digit",
    },
    RejectedInvalidIban: {
      codes: { payoutRejection: "3" },
      meaning: "the IBAN is invalid",
      advice: "ask the recipient for the IBAN again and check its check digits",
    },
    RejectedInvalidAccountNumber: {
      codes: { payoutRejection: "4" },
      meaning: "the account number is invalid",
      advice: "ask the recipient for the account number again",
    },
    RejectedBicIbanMismatch: {
      codes: { payoutRejection: "5" },
      meaning: "BIC and IBAN do not belong to the same bank",
      advice: "ask the recipient for both again, or leave the BIC out where the IBAN is enough",
    },
    RejectedIbanCountryMismatch: {
      codes: { payoutRejection: "6" },
      meaning: "the IBAN is not of the country that was given",
      advice: "correct the country of the bank: it is the first two letters of the IBAN",
    },
    RejectedAccountNameMissing: {
      codes: { payoutRejection: "7" },
      meaning: "the account name is missing",
      advice: "give the name of the account's holder",
    },
    RejectedAccountNumberMissing: {
      codes: { payoutRejection: "8" },
      meaning: "the account number is missing",
      advice: "give the account number",
    },
    RejectedBankNameMissing: {
      codes: { payoutRejection: "9" },
      meaning: "the bank's name is missing",
      advice: "give the bank's name",
    },
    RejectedAmountTooSmall: {
      codes: { payoutRejection: "10" },
      meaning: "the amount is too small to be processed",
      advice: "send a larger amount, for example by collecting several payments",
    },
    RejectedCountryNotSupported: {
      codes: { payoutRejection: "11" },
      meaning: "payouts to this country are not supported",
      advice: "use another rail for this country",
      retry: "Never",
    },
    RejectedBeneficiaryDetailsCharacters: {
      codes: { payoutRejection: "12" },
      meaning: "the beneficiary's details have characters that the bank cannot take",
      advice: "write the details with basic Latin letters and digits",
    },
    RejectedThirdPartyPayment: {
      codes: { payoutRejection: "13" },
      meaning: "the bank does not take payments on behalf of a third party",
      advice: "ask the recipient for an account at another bank",
      retry: "Never",
    },
    RejectedRecalledByRemitter: {
      codes: { payoutRejection: "14" },
      meaning: "the sender asked for the payment back",
      advice: "find out who recalled it before anything is paid again",
      retry: "Never",
    },
    RejectedBankNotReachable: {
      codes: { payoutRejection: "34" },
      meaning: "the paying bank cannot pay the beneficiary's bank electronically",
      advice: "ask the recipient for an account at another bank",
      retry: "Never",
    },
    RejectedInvalidBankCode: {
      codes: { payoutRejection: "35" },
      meaning: "the bank code is invalid",
      advice: "ask the recipient for the bank code again and check bankCodeType",
    },
    RejectedInvalidBranchCode: {
      codes: { payoutRejection: "36" },
      meaning: "the branch code is invalid",
      advice: "ask the recipient for the branch code again",
    },
    RejectedBicBankCodeMismatch: {
      codes: { payoutRejection: "37" },
      meaning: "BIC and bank code do not belong to the same bank",
      advice: "ask the recipient for both again",
    },
    RejectedBicBranchCodeMismatch: {
      codes: { payoutRejection: "38" },
      meaning: "BIC and branch code do not belong to the same bank",
      advice: "ask the recipient for both again",
    },
    RejectedBankNameBranchMismatch: {
      codes: { payoutRejection: "39" },
      meaning: "the bank's name and the branch do not fit together",
      advice: "ask the recipient for bank and branch again",
    },
    RejectedBankNameBankCodeMismatch: {
      codes: { payoutRejection: "40" },
      meaning: "the bank's name and the bank code do not fit together",
      advice: "ask the recipient for the bank code again and take the bank's name from a directory",
    },
    RejectedBankNameIbanMismatch: {
      codes: { payoutRejection: "41" },
      meaning: "the bank's name and the IBAN do not fit together",
      advice: "ask the recipient for the IBAN again and take the bank's name from a directory",
    },
    RejectedBankNameBicMismatch: {
      codes: { payoutRejection: "42" },
      meaning: "the bank's name and the BIC do not fit together",
      advice: "ask the recipient for the BIC again and take the bank's name from a directory",
    },
    RejectedAccountNumberIbanMismatch: {
      codes: { payoutRejection: "43" },
      meaning: "the account number is not the one in the IBAN",
      advice: "ask the recipient for the IBAN again and send it alone",
    },
    RejectedBankCodeIbanMismatch: {
      codes: { payoutRejection: "44" },
      meaning: "the bank code is not the one in the IBAN",
      advice: "ask the recipient for the IBAN again and send it alone",
    },
    RejectedBranchCodeIbanMismatch: {
      codes: { payoutRejection: "45" },
      meaning: "the branch code is not the one in the IBAN",
      advice: "ask the recipient for the IBAN again and send it alone",
    },
    RejectedReferenceCharacters: {
      codes: { payoutRejection: "46" },
      meaning: "the reference has characters that the bank cannot take",
      advice: "write the statement narrative with basic Latin letters and digits",
    },
    RejectedBeneficiaryNameCharacters: {
      codes: { payoutRejection: "47" },
      meaning: "the beneficiary's name has characters that the bank cannot take",
      advice: "write the name with basic Latin letters, as the bank has it",
    },
    RejectedInvalidCountryCode: {
      codes: { payoutRejection: "48" },
      meaning: "the country code is invalid",
      advice: "give the country in three letters (ISO 3166)",
    },
    RejectedKycNotReceived: {
      codes: { payoutRejection: "59" },
      meaning: "information about the customer was asked for and did not come",
      advice: "collect what was asked for and send it before paying again",
      runbook: "compliance",
    },
    RejectedBicCountryMismatch: {
      codes: { payoutRejection: "60" },
      meaning: "the BIC is not of the country that was given",
      advice: "correct the country of the bank: it is the fifth and sixth letter of the BIC",
    },
    RejectedNoCorrespondent: {
      codes: { payoutRejection: "61" },
      meaning: "no valid correspondent bank leads to the beneficiary's bank",
      advice: "use another currency or ask the recipient for an account at another bank",
    },
    RejectedAccountCurrency: {
      codes: { payoutRejection: "62" },
      meaning: "the account is held in another currency",
      advice: "pay in the account's currency",
    },
    RejectedBankCannotProcess: {
      codes: { payoutRejection: "67" },
      meaning: "the bank cannot process the payment",
      advice: "ask the recipient for an account at another bank",
      retry: "Never",
    },
    RejectedAccountClosed: {
      codes: { payoutRejection: "68" },
      meaning: "the account is closed",
      advice: "ask the recipient for another account",
      retry: "Never",
    },
    RejectedBankCannotExchange: {
      codes: { payoutRejection: "69" },
      meaning: "the bank cannot exchange the money into the account's currency",
      advice: "pay in the account's currency",
    },
    RejectedByBeneficiary: {
      codes: { payoutRejection: "70" },
      meaning: "the beneficiary refused the payment",
      advice: "ask the recipient before paying again",
      retry: "Never",
    },
    RejectedNameAccountMismatch: {
      codes: { payoutRejection: "71" },
      meaning: "the beneficiary's name is not that of the account's holder",
      advice: "verify the recipient (verifyRecipient) and ask for the name as the bank has it",
    },
    RejectedInvalidBankName: {
      codes: { payoutRejection: "73" },
      meaning: "the bank's name is invalid",
      advice: "take the bank's name from a directory, by its BIC or bank code",
    },
    RejectedInvalidBeneficiaryName: {
      codes: { payoutRejection: "74" },
      meaning: "the beneficiary's name is invalid",
      advice: "give the full name as the bank has it, without initials and titles",
    },
    RejectedNonTransactionAccount: {
      codes: { payoutRejection: "75" },
      meaning: "the account cannot receive payments, for example a loan or deposit account",
      advice: "ask the recipient for a current account",
      retry: "Never",
    },
    RejectedInsufficientBeneficiaryInformation: {
      codes: { payoutRejection: "76" },
      meaning: "there is not enough information about the beneficiary",
      advice: "give address and identification as the payout metadata of the country lists them",
    },
    RejectedUnspecified: {
      codes: { payoutRejection: "77" },
      meaning: "the bank gave no reason",
      advice: "ask the recipient to ask the bank, or for an account at another bank",
      retry: "Never",
    },
    RejectedIbanMissing: {
      codes: { payoutRejection: "78" },
      meaning: "the IBAN is missing",
      advice: "give the account as IBAN, with accountNumberType IBAN",
    },
    RejectedForbiddenTransaction: {
      codes: { payoutRejection: "96" },
      meaning: "such a transaction is forbidden for this account",
      advice: "ask the recipient for another account; hand the payment to the compliance team",
      retry: "Never",
      runbook: "compliance",
    },
    RejectedBlockedAccount: {
      codes: { payoutRejection: "97" },
      meaning: "the account is blocked",
      advice: "ask the recipient for another account; have the compliance team look at the block",
      retry: "Never",
      runbook: "compliance",
    },
    RejectedBeneficiaryDeceased: {
      codes: { payoutRejection: "98" },
      meaning: "the beneficiary has died",
      advice: "stop all payments to this beneficiary and tell the customer with care",
      retry: "Never",
    },
    RejectedNotAllowed: {
      codes: { payoutRejection: "99" },
      meaning: "the payment is not allowed",
      advice: "ask your Visa contact which rule forbids it before paying again",
      retry: "Never",
    },
    RejectedDuplicatePayment: {
      codes: { payoutRejection: "100" },
      category: "processing",
      retry: "Reconcile",
      money: "Unknown",
      meaning: "the bank takes the payment for a repeat of one that it already has (AM05)",
      advice: "find the first by amount, account and day: it may have been paid",
      runbook: "unknown-outcomes",
    },
    RejectedInvalidAddress: {
      codes: { payoutRejection: "101" },
      meaning: "the address of the account's holder is invalid (BE0x)",
      advice: "ask the recipient for the address as the bank has it",
    },
  },
)

export const payout = { ...status, ...validation, ...rejection }
