/**
 * Action codes (ISO 8583 field 39): what VisaNet or the issuer answered, in a reply of HTTP 200.
 *
 * Source: Visa's own table is not public; meanings and decline categories are as other processors
 * publish them (Thredd, DOKU, Cybersource, Moneris, Worldpay, Checkout.com, Cielo, TabaPay).
 * What they mean for a push or pull is our reading.
 */
import { rows } from "./row.ts"

/** Visa or the issuer said no: nothing moved. */
const declines = rows(
  {
    category: "decline",
    money: "NotMoved",
    runbook: "declined-payments",
    source: "processor",
  },
  {
    ReferToIssuer: {
      codes: { action: "01" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the issuer wants to be asked before it decides",
      advice: "ask the cardholder to contact the bank, or use another card",
    },
    ReferToIssuerSpecialCondition: {
      codes: { action: "02" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the issuer wants to be asked because of a special condition of the account",
      advice: "ask the cardholder to contact the bank, or use another card",
    },
    InvalidMerchant: {
      codes: { action: "03" },
      declineCategory: 2,
      retry: "AfterFix",
      meaning: "the originator is not set up for this",
      advice: "check acquiring BIN, card acceptor and programme with your Visa contact",
    },
    PickUpCard: {
      codes: { action: "04" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the issuer has withdrawn the card, not for fraud",
      advice: "do not use this card again",
    },
    DoNotHonor: {
      codes: { action: "05" },
      declineCategory: 4,
      retry: "Never",
      meaning:
        "the issuer does not honour the transaction, often because the card cannot receive such payments",
      advice: "use another card or account; ask for the card's attributes before the next push",
    },
    GeneralError: {
      codes: { action: "06" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the issuer declined with an error that it does not name",
      advice: "use another card or account; if one issuer answers so often, tell your Visa contact",
    },
    PickUpCardFraud: {
      codes: { action: "07" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the issuer has withdrawn the card for fraud",
      advice: "do not use this card again and review the customer",
    },
    InvalidTransaction: {
      codes: { action: "12" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the transaction is not valid for this card",
      advice: "use another card or account",
    },
    InvalidAmount: {
      codes: { action: "13" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the amount is invalid or over the card programme's maximum",
      advice: "correct or split the amount",
    },
    InvalidAccountNumber: {
      codes: { action: "14" },
      declineCategory: 1,
      retry: "AfterFix",
      meaning: "the card number does not exist",
      advice: "ask for the card number again",
    },
    NoSuchIssuer: {
      codes: { action: "15" },
      declineCategory: 1,
      retry: "AfterFix",
      meaning: "no issuer exists for this card number",
      advice: "ask for the card number again",
    },
    CustomerCancellation: {
      codes: { action: "17" },
      retry: "Never",
      meaning: "the customer cancelled the transaction",
      advice: "ask the customer whether the payment is still wanted",
    },
    ReenterTransaction: {
      codes: { action: "19" },
      declineCategory: 2,
      retry: "Later",
      meaning: "the issuer asks for the transaction to be entered again",
      advice: "try again after a few minutes as a new payment",
    },
    NoActionTaken: {
      codes: { action: "21" },
      declineCategory: 4,
      retry: "Never",
      meaning: "nothing was done, because there was nothing that could be done or undone",
      advice:
        "check what the request refers to; for reversals and cancellations see their own rows",
    },
    UnableToLocateRecord: {
      codes: { action: "25" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the record that the request refers to was not found",
      advice: "compare the card number and the references of the original with what was sent",
    },
    FileTemporarilyUnavailable: {
      codes: { action: "28" },
      declineCategory: 4,
      retry: "Later",
      meaning: "a file that the issuer needs for its decision is temporarily unavailable",
      advice: "try again after a pause",
    },
    FormatError: {
      codes: { action: "30" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "a field has the wrong format",
      advice: "compare the request with the field tables, first what was changed last",
    },
    NoCreditAccount: {
      codes: { action: "39" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the card has no credit account",
      advice: "use another account type, card or account",
    },
    LostCard: {
      codes: { action: "41" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the card is reported lost",
      advice: "do not use this card again",
    },
    StolenCard: {
      codes: { action: "43" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the card is reported stolen",
      advice: "do not use this card again and review the customer",
    },
    ClosedAccount: {
      codes: { action: "46" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the account is closed, or the token is deactivated",
      advice: "use another card or account",
    },
    InsufficientFunds: {
      codes: { action: "51" },
      declineCategory: 2,
      retry: "Later",
      meaning: "there are not sufficient funds",
      advice: "try again later, or with a smaller amount",
    },
    NoCheckingAccount: {
      codes: { action: "52" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the card has no checking account",
      advice: "use another account type, card or account",
    },
    NoSavingsAccount: {
      codes: { action: "53" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the card has no savings account",
      advice: "use another account type, card or account",
    },
    ExpiredCard: {
      codes: { action: "54" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "the card has expired, or the expiry date is wrong",
      advice: "ask for the card's expiry date again",
    },
    IncorrectPin: {
      codes: { action: "55" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "the PIN is wrong",
      advice: "have the cardholder enter the PIN again; stop after the second time",
    },
    NotPermittedToCardholder: {
      codes: { action: "57" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the card may not receive or fund such a payment",
      advice: "use another card or account; ask for the card's attributes before the next push",
    },
    NotPermittedAtTerminal: {
      codes: { action: "58" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the originator may not send such a payment",
      advice: "check business application id, card acceptor and programme with your Visa contact",
    },
    SuspectedFraud: {
      codes: { action: "59" },
      declineCategory: 2,
      retry: "Never",
      meaning: "fraud is suspected",
      advice: "do not retry; review the payment and the customer",
    },
    BlockedByIssuer: {
      codes: { action: "5C" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the issuer does not support such a transaction for this card range, or blocks it",
      advice: "use another card or account",
    },
    ExceedsAmountLimit: {
      codes: { action: "61" },
      declineCategory: 2,
      retry: "Later",
      meaning: "the payment exceeds the card's amount limit",
      advice: "try a smaller amount, or later",
    },
    RestrictedCard: {
      codes: { action: "62" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the card is restricted, for example by country",
      advice: "use another card or account",
    },
    SecurityViolation: {
      codes: { action: "63" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "a security check of the transaction failed",
      advice:
        "check the card verification data and tokens that were sent; do not repeat them unchanged",
    },
    AmlRequirementNotMet: {
      codes: { action: "64" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the transaction does not meet a requirement against money laundering",
      advice: "hand the payment to the compliance team before anything else is tried",
      runbook: "compliance",
    },
    ExceedsFrequencyLimit: {
      codes: { action: "65" },
      declineCategory: 2,
      retry: "Later",
      meaning: "the card has reached its number of payments for now",
      advice: "try again when the card's period is over, mostly the next day",
    },
    VerificationDataFailed: {
      codes: { action: "6P" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the data for verifying the customer did not pass",
      advice: "compare name, address and identification with the customer's documents",
    },
    PinDataRequired: {
      codes: { action: "70" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "the issuer demands PIN data",
      advice: "send PIN data if the programme allows it, otherwise use another card",
    },
    PinEncryptionValueDiffers: {
      codes: { action: "74" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "a value differs from the one that was used for encrypting the PIN",
      advice: "check zone key index and PIN block format; nothing may change after encryption",
    },
    PinTriesExceeded: {
      codes: { action: "75" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the PIN was entered wrong too often",
      advice: "ask the cardholder to have the bank unblock the PIN, or use another card",
    },
    PreviousMessageNotFound: {
      codes: { action: "76" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the message that this one repeats or reverses was not found",
      advice: "query the original by STAN and RRN, and compare its data with originalDataElements",
      runbook: "reversals-and-cancellations",
    },
    PreviousMessageInconsistent: {
      codes: { action: "77" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the message was found but its data differ from those of this repeat or reversal",
      advice: "send amount, date, STAN and transaction identifier of the original, unchanged",
      runbook: "reversals-and-cancellations",
    },
    CardNotActivated: {
      codes: { action: "78" },
      declineCategory: 2,
      retry: "AfterFix",
      meaning: "the card is new and blocked until its first use or activation",
      advice: "ask the cardholder to activate the card, then try again",
    },
    PinCryptographicError: {
      codes: { action: "81" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the PIN block could not be decrypted",
      advice: "check the PIN keys and the PIN block format with your Visa contact",
    },
    CardVerificationFailed: {
      codes: { action: "82" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "card authentication or a card verification value (dCVV, iCVV, CVV) failed",
      advice: "send the data as read from the card; review the payment if they were",
    },
    UnableToVerifyPin: {
      codes: { action: "83" },
      declineCategory: 2,
      retry: "Never",
      meaning:
        "the PIN could not be verified; since October 2026 also: Visa blocks the transaction against fraud",
      advice: "review the payment; if no PIN was sent, treat it as a fraud block",
    },
    PreauthorizationTooOld: {
      codes: { action: "84" },
      retry: "Never",
      meaning: "too much time has passed since the pre-authorisation",
      advice: "obtain a new authorisation",
    },
    CannotVerifyPin: {
      codes: { action: "86" },
      declineCategory: 2,
      retry: "Later",
      meaning: "the PIN cannot be verified now",
      advice: "try again later, or use a card that needs no PIN",
    },
    BalanceInquiryNotAllowed: {
      codes: { action: "89" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the originator may not receive the account's financial position",
      advice: "do not ask for balances with this programme",
    },
    DestinationNotFound: {
      codes: { action: "92" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "no route leads to the institution of this card",
      advice: "ask for the card number again; if it is right, tell your Visa contact the BIN",
    },
    ViolationOfLaw: {
      codes: { action: "93" },
      declineCategory: 2,
      retry: "Never",
      meaning: "completing the transaction would violate a law",
      advice: "do not send to this card from this originator again; tell the compliance team",
      runbook: "compliance",
    },
    BlockedByCardholder: {
      codes: { action: "9G" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the cardholder has blocked such transactions",
      advice: "ask the cardholder to lift the block in the bank's app, or use another card",
    },
    AdditionalAuthenticationRequired: {
      codes: { action: "1A" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "the issuer demands strong customer authentication",
      advice: "authenticate the cardholder (3-D Secure), then send the payment with the result",
    },
    SurchargeNotPermitted: {
      codes: { action: "B1" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "a surcharge is not permitted for this card",
      advice: "send the payment without the surcharge",
    },
    SurchargeNotSupported: {
      codes: { action: "B2" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the debit network does not support a surcharge",
      advice: "send the payment without the surcharge",
    },
    ScaRequiredForCardFormFactor: {
      codes: { action: "C0" },
      retry: "AfterFix",
      meaning: "strong customer authentication is required because of the card's form factor",
      advice: "authenticate the cardholder (3-D Secure), then send the payment with the result",
    },
    ScaRequired: {
      codes: { action: "C1" },
      retry: "AfterFix",
      meaning: "strong customer authentication is required",
      advice: "authenticate the cardholder (3-D Secure), then send the payment with the result",
    },
    ForceStip: {
      codes: { action: "N0" },
      declineCategory: 4,
      retry: "Later",
      meaning:
        "the issuer left the decision to Visa's stand-in processing, and no approval came of it",
      advice: "try again when the issuer decides for itself again",
    },
    CashServiceNotAvailable: {
      codes: { action: "N3" },
      declineCategory: 2,
      retry: "Never",
      meaning: "the card has no cash service",
      advice: "use another card or account",
    },
    CashRequestExceedsIssuerLimit: {
      codes: { action: "N4" },
      declineCategory: 2,
      retry: "Later",
      meaning: "the amount exceeds the issuer's limit for cash",
      advice: "try a smaller amount, or later",
    },
    IneligibleForResubmission: {
      codes: { action: "N5" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the transaction may not be submitted again",
      advice: "stop every retry of this payment, then look for what keeps submitting it",
    },
    Cvv2Failure: {
      codes: { action: "N7" },
      declineCategory: 3,
      retry: "AfterFix",
      meaning: "the CVV2 is wrong",
      advice: "ask the cardholder for the CVV2 again",
    },
    ExceedsPreauthorizedAmount: {
      codes: { action: "N8" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the amount is above the one that was authorised before",
      advice: "send at most the authorised amount, or obtain a new authorisation",
    },
    InvalidBiller: {
      codes: { action: "P2" },
      retry: "AfterFix",
      meaning: "the biller information is invalid",
      advice: "check biller id and reference",
    },
    PinChangeDeclined: {
      codes: { action: "P5" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the PIN change or unblocking was declined",
      advice: "ask the cardholder to contact the bank",
    },
    UnsafePin: {
      codes: { action: "P6" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the new PIN is too easy to guess",
      advice: "have the cardholder choose another PIN",
    },
    CardAuthenticationFailed: {
      codes: { action: "Q1" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the card could not prove that it is genuine",
      advice: "use another card and review the payment",
    },
    StopPaymentOrder: {
      codes: { action: "R0" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the cardholder has ordered the bank to stop this payment",
      advice: "stop this payment and every repetition of it",
    },
    AuthorizationRevoked: {
      codes: { action: "R1" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the cardholder has revoked the authorisation of this series of payments",
      advice: "stop all further payments of the series",
    },
    NotQualifiedForVisaPin: {
      codes: { action: "R2" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the transaction does not qualify for a Visa PIN",
      advice: "send it without PIN data if the programme allows it",
    },
    AllAuthorizationsRevoked: {
      codes: { action: "R3" },
      declineCategory: 1,
      retry: "Never",
      meaning: "the cardholder has revoked all authorisations",
      advice: "stop all payments with this card",
    },
    OfflineDeclined: {
      codes: { action: "Z1" },
      retry: "Never",
      meaning: "the card declined without asking the issuer",
      advice: "use another card or account",
    },
    UnableToGoOnline: {
      codes: { action: "Z3" },
      declineCategory: 4,
      retry: "Later",
      meaning: "the issuer could not be reached and the card declined by itself",
      advice: "try again later",
    },
  },
)

/**
 * Answers that leave open what became of the money. Some of them are mostly declines; to take them
 * for one would sometimes be wrong.
 */
const unknown = rows(
  {
    retry: "Reconcile",
    money: "Unknown",
    runbook: "unknown-outcomes",
    source: "processor",
  },
  {
    HonorWithIdentification: {
      codes: { action: "08" },
      category: "processing",
      meaning:
        "the issuer approves if the customer shows identification, which nobody can do on a push or pull",
      advice: "report it to your Visa contact: no one answers so to money transfers",
      source: "ours",
    },
    InvalidResponse: {
      codes: { action: "20" },
      category: "processing",
      meaning: "the issuer's answer was invalid",
      advice: "if one issuer answers so often, tell your Visa contact",
    },
    SuspectedMalfunction: {
      codes: { action: "22" },
      category: "outage",
      meaning: "a malfunction is suspected, and a reversal may be on its way",
      advice: "watch for a reversal of it in the query's answer",
    },
    ResponseTooLate: {
      codes: { action: "68" },
      category: "outage",
      meaning: "the issuer answered too late",
      advice: "expect the issuer to have booked it: its late answer may have been an approval",
    },
    TransactionAlreadyReversed: {
      codes: { action: "79" },
      declineCategory: 4,
      category: "processing",
      meaning: "Visa says that the transaction was reversed before",
      advice: "find its reversal in the query's answer and who sent it",
    },
    NoFinancialImpact: {
      codes: { action: "80" },
      declineCategory: 4,
      category: "outage",
      meaning: "the issuer of the credit was not available, or the message has no financial effect",
      advice: "if one issuer answers so often, tell your Visa contact",
    },
    IssuerUnavailable: {
      codes: { action: "91" },
      declineCategory: 2,
      category: "outage",
      meaning: "the issuer or its switch is not available",
      advice: "hold further payments to this issuer until one succeeds",
    },
    DuplicateTransaction: {
      codes: { action: "94" },
      declineCategory: 4,
      category: "processing",
      meaning:
        "Visa recognised a repeat of an earlier request and does not say what it answered then",
      advice:
        "read originalActionCode in the query's answer: 00 means that the original was paid; never send it under a new identity",
      source: "visa",
    },
    ReconcileError: {
      codes: { action: "95" },
      category: "processing",
      meaning: "the totals of the network and the issuer do not agree",
      advice: "give Visa's support both correlation ids",
    },
    SystemMalfunction: {
      codes: { action: "96" },
      declineCategory: 2,
      category: "outage",
      meaning: "a system of the network or the issuer malfunctioned, or could not read a field",
      advice: "if one kind of payment is always answered so, look for a field that only it has",
    },
    ForwardToIssuerXa: {
      codes: { action: "XA" },
      category: "processing",
      meaning: "the network passes the message on to the issuer (XA), whose answer is not here",
      advice: "give Visa's support both correlation ids: this code should not reach an originator",
    },
    ForwardToIssuerXd: {
      codes: { action: "XD" },
      category: "processing",
      meaning: "the network passes the message on to the issuer (XD), whose answer is not here",
      advice: "give Visa's support both correlation ids: this code should not reach an originator",
    },
    AmountNotVerified: {
      codes: { action: "Z5" },
      category: "processing",
      meaning: "the account is valid and the amount was not verified",
      advice: "take it for a valid account when a card was being verified",
    },
  },
)

/** What some codes mean in the answer to a reversal (AFTR). */
const reversal = rows(
  {
    category: "decline",
    money: "NotMoved",
    runbook: "reversals-and-cancellations",
    source: "ours",
  },
  {
    ReversalNotPossible: {
      codes: { reversal: "21" },
      declineCategory: 4,
      retry: "Never",
      meaning: "the original can no longer be backed out",
      advice: "give the money back with an adjustment: a reversal must come within 24 hours",
    },
    ReversalOriginalNotFound: {
      codes: { reversal: "25" },
      declineCategory: 4,
      retry: "AfterFix",
      meaning: "the transaction that is to be reversed was not found",
      advice: "query the original by STAN and RRN, and send exactly its originalDataElements",
    },
    AlreadyReversed: {
      codes: { reversal: "79" },
      category: "processing",
      declineCategory: 4,
      retry: "Never",
      money: "Moved",
      meaning: "the transaction was reversed before",
      advice: "take the reversal for done: book it once",
    },
  },
)

/** What some codes mean in the answer to cancelling a deferred push: nothing final about the push. */
const cancel = rows(
  {
    category: "processing",
    money: "Unknown",
    retry: "Reconcile",
    runbook: "reversals-and-cancellations",
    source: "visa",
  },
  {
    CancelTooLate: {
      codes: { cancel: "21" },
      meaning: "the deferred push is already being processed and cannot be cancelled",
      advice: "expect it to be paid: query it by STAN and RRN",
    },
    CancelOriginalNotFound: {
      codes: { cancel: "25" },
      meaning: "the deferred push that is to be cancelled was not found",
      advice: "compare STAN, RRN and transaction identifier with the push, then query it",
    },
    CancelNotPermitted: {
      codes: { cancel: "57" },
      meaning: "the originator may not cancel this deferred push",
      advice:
        "have your Visa contact check the programme; the push will be paid unless it is cancelled",
    },
  },
)

/**
 * Transaction Query's own statuses for what did not happen. `COMPLETED` only says that Visa processed
 * it: the action code beside it decides.
 */
const queryStatus = rows(
  {
    category: "decline",
    money: "NotMoved",
    retry: "Never",
    runbook: "declined-payments",
    source: "visa",
  },
  {
    TransactionRejected: {
      codes: { queryStatus: "FAILED" },
      meaning: "Visa received the transaction and rejected it",
      advice: "read rejectReasonCode and rejectReasonText of the query's answer",
    },
    TransactionCancelled: {
      codes: { queryStatus: "CANCELLED" },
      meaning: "the deferred push was cancelled before it was processed",
      advice: "find out who cancelled it; if the payment is still wanted, make a new one",
    },
  },
)

export const action = { ...declines, ...unknown, ...reversal, ...cancel, ...queryStatus }
