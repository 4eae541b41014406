/** What happens without a code of Visa. */
import { rows } from "./row.ts"

/** Options and credentials, found wrong before anything is sent. */
const configuration = rows(
  {
    category: "configuration",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "credentials",
    source: "ours",
  },
  {
    OptionInvalid: {
      meaning: "an option of the SDK has a value that it cannot work with",
      advice: "correct the option that is named",
      runbook: "configuration",
    },
    InsecureEndpoint: {
      meaning: "the base URL is not https",
      advice: "use an https URL: Visa Direct is never spoken in clear",
      runbook: "configuration",
    },
    CredentialUnreadable: {
      meaning: "a credential file is missing or cannot be read",
      advice: "check the path and that this process may read the file",
    },
    CredentialMalformed: {
      meaning: "a credential is not in a form that can be read",
      advice:
        "give PEM (certificate, PKCS#1, PKCS#8 or encrypted PKCS#8 key) or PKCS#12, whole and unchanged, as downloaded from the Visa Developer portal",
    },
    CredentialsUnstable: {
      meaning: "the credentials kept changing while they were read",
      advice:
        "let whatever writes them finish, or have it replace the directory in one step; what is in use stays in use",
    },
    PassphraseWrong: {
      meaning: "the passphrase does not open the private key",
      advice: "give the passphrase with which the key or the PKCS#12 file was encrypted",
    },
    PassphraseMissing: {
      meaning: "the private key is encrypted and no passphrase was given",
      advice: "give the passphrase with which the key was encrypted",
    },
    KeyMismatch: {
      meaning: "the private key does not belong to the certificate",
      advice:
        "give the key with whose CSR the certificate was issued; after a renewal, replace certificate, key, user id and password together",
    },
    ChainBroken: {
      meaning: "the certificates do not form a chain from the leaf upward",
      advice: "put the leaf first, then each issuer after the certificate that it signed",
    },
    CertificateExpired: {
      meaning: "a certificate has expired",
      advice:
        "renew it in the Visa Developer portal and replace the whole set: certificate, key, user id and password",
    },
    CertificateNotYetValid: {
      meaning: "a certificate is not valid yet",
      advice: "check this machine's clock, or wait until the date that the certificate names",
    },
    CertificateUsage: {
      meaning: "the certificate may not be used for client authentication",
      advice:
        "use the two-way SSL client certificate of the project, not a server or MLE certificate",
    },
    KeyTooWeak: {
      meaning: "the RSA key is shorter than 2048 bits",
      advice: "make a new RSA-2048 key and have Visa issue a certificate for it",
    },
    MleKeysMissing: {
      meaning: "the operation must be encrypted and no MLE keys are configured",
      advice:
        "configure the Key-ID, Visa's server certificate and your private key for message level encryption",
    },
    MleEncryptFailed: {
      category: "security",
      meaning: "the request could not be encrypted",
      advice: "check the MLE server certificate of the project",
    },
  },
)

/** The request itself, refused before it is sent. */
const request = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "invalid-requests",
    source: "ours",
  },
  {
    RequestInvalid: {
      meaning: "the request breaks a rule that Visa documents, so it was not sent",
      advice: "correct the field that is named",
    },
    IdempotencyConflict: {
      meaning: "this payment's key was used before for a payment with other contents",
      advice:
        "find out which of the two is meant: look up the first by its key, and give a payment that really is new a key of its own",
      retry: "Never",
    },
    ReceiptReused: {
      meaning: "the funding receipt has already paid for another payout",
      advice: "find the payout that used the receipt; fund this one and give it its own receipt",
      retry: "Never",
    },
    ClaimLost: {
      category: "processing",
      meaning: "another worker has taken this payment over, so this one stopped",
      advice:
        "leave it to the other worker, which goes on from the recorded step and asks Visa first; if it happens often, make the lease longer than a step takes",
      retry: "Reconcile",
      money: "Unknown",
      runbook: "unknown-outcomes",
    },
    CardNotEligible: {
      meaning: "the card cannot receive this payment, by its attributes",
      advice: "ask the recipient for another card, or pay to an account",
    },
    DecidedNotPaid: {
      category: "processing",
      meaning: "an operator decided that the payment was not made",
      advice: "the evidence is in the payout's events; pay anew under another key",
      retry: "Never",
      runbook: "unknown-outcomes",
    },
    PullPartial: {
      category: "decline",
      meaning: "the card that funds the payout was debited for less than was asked for",
      advice: "the debit is undone; ask for another card, or for less",
      retry: "AfterFix",
      runbook: "declined-payments",
    },
    SealUnopened: {
      category: "security",
      meaning: "a stored payout cannot be opened with the keys of the vault",
      advice:
        "give the vault the key that the payout was sealed with, as a previous key; if no key is missing, the store was changed by somebody else",
      retry: "AfterFix",
      runbook: "storage",
    },
    StoreUnavailable: {
      category: "outage",
      meaning: "the database or Redis that holds claims, balances or counters did not answer",
      advice: "check that it is up and reachable from this machine; nothing is sent without it",
      retry: "Later",
      runbook: "storage",
    },
    IdentityExhausted: {
      category: "capacity",
      meaning: "all million trace numbers of the day are used up for this BIN and terminal",
      advice: "use a further terminal id, or wait for the next day (UTC)",
      retry: "Later",
    },
  },
)

/** Not a byte of the request left this machine. */
const notSent = rows(
  {
    category: "connectivity",
    retry: "Now",
    money: "NotMoved",
    runbook: "connectivity",
    source: "ours",
  },
  {
    HostNotFound: {
      meaning: "the host name could not be resolved",
      advice: "check DNS and the base URL",
    },
    ConnectionRefused: {
      meaning: "the host refused the connection",
      advice: "check the base URL, port, proxy and firewall",
    },
    ConnectTimeout: {
      meaning: "no connection was made within the connect timeout",
      advice: "check the network path, then try again",
    },
    ConnectionFailed: {
      meaning: "the connection failed before the request was sent",
      advice: "try again; if it persists, check the network path",
    },
    ServerNotTls: {
      meaning: "the server does not speak TLS on this port",
      advice: "check scheme, host and port of the base URL, and for a proxy in between",
      retry: "AfterFix",
    },
    ServerCertificateRejected: {
      category: "security",
      meaning: "the server's certificate could not be trusted",
      advice:
        "keep the public roots and add the root that signed this server; check the host name and this machine's clock",
      retry: "AfterFix",
      runbook: "credentials",
    },
    ClientCertificateRejected: {
      category: "security",
      meaning: "the server refused the client certificate in the TLS handshake",
      advice:
        "check that certificate and environment belong together, that it has not expired, and that the whole chain is sent",
      retry: "AfterFix",
      runbook: "credentials",
    },
    CredentialsClosed: {
      meaning: "the credentials were closed while the call waited",
      advice: "make the call in a process that is not shutting down",
      retry: "Never",
    },
    CircuitOpen: {
      category: "outage",
      meaning: "the circuit breaker is open after repeated failures, so the request was not sent",
      advice:
        "look at the errors that opened it; it lets a probe through by itself when its open time is over",
      retry: "Later",
      runbook: "outages",
    },
    RateLimiterBusy: {
      category: "capacity",
      meaning:
        "the rate limiter of this SDK did not let the request through in time, so it was not sent",
      advice:
        "send less at once, or raise the limiter's maxWait or limit if Visa allows more; after a 429 it lets calls through again when the time that Visa named is over",
      retry: "Later",
      runbook: "rate-limiting",
    },
    JwksUnavailable: {
      category: "outage",
      meaning: "the JWKS endpoint could not be reached and no usable key is cached",
      advice: "check the JWKS URL from this machine and the state of its circuit breaker",
      retry: "Later",
      runbook: "jwks",
    },
    JwksMalformed: {
      category: "security",
      meaning: "the JWKS endpoint answered with something that is not a key set",
      advice: "check that the URL is that of a JWKS and that no proxy answers in its place",
      retry: "AfterFix",
      runbook: "jwks",
    },
    JwksKeyNotFound: {
      category: "security",
      meaning:
        "the key set holds no usable encryption key, or none with the key id that is asked for",
      advice:
        "compare the configured Key-ID with the key set; keys for other uses and RSA keys under 2048 bits are passed over",
      retry: "AfterFix",
      runbook: "jwks",
    },
  },
)

/** The request may have reached Visa and no usable answer came. */
const unknown = rows(
  {
    retry: "Reconcile",
    money: "Unknown",
    runbook: "unknown-outcomes",
    source: "ours",
  },
  {
    ResponseTimeout: {
      category: "connectivity",
      meaning: "no answer came within the timeout",
      advice:
        "keep the client's timeout above Visa's, so that a slow call ends as a 202 with an id and not as silence",
    },
    ConnectionLost: {
      category: "connectivity",
      meaning: "the connection broke after the request had begun to leave",
      advice:
        "if it happens often, look for a proxy or firewall that closes idle connections sooner than keepAlive",
    },
    ResponseTruncated: {
      category: "connectivity",
      meaning: "the answer broke off before its end",
      advice: "if it happens often, look for a proxy that limits the size or time of replies",
    },
    ResponseTooLarge: {
      category: "connectivity",
      meaning: "the answer is larger than the limit",
      advice: "raise maxResponseBytes if the operation can answer so much",
    },
    ResponseEmpty: {
      category: "processing",
      meaning: "the answer has no body where one is due",
      advice: "give Visa's support both correlation ids if it happens again",
    },
    ResponseNotJson: {
      category: "processing",
      meaning: "the answer is not JSON",
      advice: "check for a proxy or gateway that answers in Visa's place",
    },
    ResponseMalformed: {
      category: "processing",
      meaning: "the answer is JSON but lacks what Visa documents",
      advice:
        "report it with both correlation ids: Visa's answer or this SDK's reading has changed",
    },
    ResponseNotEncrypted: {
      category: "security",
      meaning: "the answer came in clear where it must be encrypted",
      advice: "check that the project enforces MLE and that nothing between here and Visa decrypts",
      runbook: "unknown-outcomes",
    },
    MleDecryptFailed: {
      category: "security",
      meaning: "the answer could not be decrypted with the keys of the request",
      advice:
        "check that the MLE private key is the one whose certificate the project holds for this Key-ID; until it is, every answer is lost",
    },
    UnexpectedStatus: {
      category: "processing",
      meaning: "Visa answered with an HTTP status that it does not document",
      advice: "check for a proxy that answers in Visa's place, then report the status",
    },
    UnexpectedApproval: {
      category: "processing",
      meaning: "Visa answered with an approval that does not belong to this operation",
      advice: "report the action code and the operation to your Visa contact",
    },
    CancelRefused: {
      category: "processing",
      meaning:
        "Visa did not cancel the deferred push, with an action code that says nothing of the push",
      advice: "query the push by STAN and RRN: PENDING means that it can still be paid",
      runbook: "reversals-and-cancellations",
    },
    AcquirerUnavailable: {
      category: "outage",
      meaning: "the acquirer or its processor is not available",
      advice: "check the acquirer's status page, or call it",
    },
    UnrecognizedCode: {
      category: "processing",
      meaning: "Visa answered with a code that this version does not know",
      advice: "report the code and its space, so that it gets a row of its own",
    },
    UnrecognizedReason: {
      category: "processing",
      meaning: "the stored error has a reason that this version does not know",
      advice: "read it with the version of the SDK that wrote it, or a later one",
    },
  },
)

/** The payment was made, and is no more. */
const undone = rows(
  {
    category: "return",
    retry: "Never",
    money: "Moved",
    runbook: "reversals-and-cancellations",
    source: "ours",
  },
  {
    TransactionReversed: {
      meaning: "the transaction was made and then reversed",
      advice:
        "find out who reversed it; do not pay out what a reversed pull had brought in, and make a new payment only when it is still wanted",
    },
  },
)

/** The operator's own rules, before anything is sent. */
const policies = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "policies",
    source: "ours",
  },
  {
    PolicyRefused: {
      meaning: "a rule of the payout policy stands against the payout",
      advice:
        "read which rule of which policy version it is: correct the payout, or change the policy knowingly under a new version",
    },
    DayLimitReached: {
      meaning: "the payout would exceed what the policy allows for one day",
      advice: "wait for the next day (UTC), or raise the limit knowingly under a new version",
      retry: "Later",
    },
  },
)

/** What the payout's funding is found to be, before anything is sent. */
const guards = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "guards",
    source: "ours",
  },
  {
    BalanceTooLow: {
      meaning: "the account in the ledger does not hold enough that is not reserved for others",
      advice: "fund the account, or wait until payouts in flight are decided and release theirs",
    },
    FundingUnconfirmed: {
      meaning: "the debit that should fund the payout does not cover it, or is not this payout's",
      advice:
        "compare the debit's amount, currency and payout with this payout; give back a debit that funds nothing with FundsTransfer.reversalOf",
    },
    FundingReversed: {
      meaning: "the debit that should fund the payout was reversed",
      advice: "debit the card anew, under an identity of its own, and fund the payout with that",
      retry: "Never",
    },
    ReceiptInvalid: {
      meaning: "the funding receipt does not stand up to verification",
      advice: "ask the issuer of the receipt; do not pay out on it",
      retry: "Never",
    },
    VerificationUnavailable: {
      category: "outage",
      meaning:
        "the service that verifies receipts, or screens the parties of a payout, gave no answer",
      advice: "check that service; until it answers nothing that needs it is sent",
      retry: "Later",
    },
    ReservationClosed: {
      meaning: "what was reserved for this payout has already been used up, or released",
      advice:
        "look at how the payout ended: one that is decided is not decided again; pay anew under a key of its own",
      retry: "Never",
    },
  },
)

/** The answer to the question whether the payment may be made, before it is sent. */
const compliance = rows(
  {
    category: "compliance",
    retry: "Never",
    money: "NotMoved",
    runbook: "compliance",
    source: "ours",
  },
  {
    ComplianceDenied: {
      meaning: "a compliance rule forbids the payment",
      advice: "do not send it by another way; hand it to the compliance team",
    },
    SanctionsMatch: {
      meaning: "a party of the payment matches a sanctions list",
      advice:
        "hold the payment and hand it to the compliance team; do not tell the customer of the match",
    },
    AmlReview: {
      meaning: "the payment must be reviewed for money laundering before it may go out",
      advice: "wait for the review's decision; send it only when it is cleared",
      retry: "AfterFix",
    },
  },
)

/** Exchange rates and quotes, before the payment is sent. */
const quotes = rows(
  {
    category: "quote",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "quotes",
    source: "ours",
  },
  {
    RateExpired: {
      meaning: "the exchange rate or quote is past its expiry",
      advice: "ask for a new quote and show the customer the new rate before sending",
    },
    RateNotFound: {
      meaning: "there is no exchange rate for this currency pair",
      advice: "check both currencies and that the rate product covers the pair",
    },
    SlippageExceeded: {
      meaning: "the exchange rate moved by more than the payment allows",
      advice: "have the new rate accepted, or raise the allowed slippage knowingly",
    },
  },
)

const accounts = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "payout-rejections",
    source: "ours",
  },
  {
    AccountNotFound: {
      meaning: "the recipient's bank account or wallet does not exist",
      advice: "ask the recipient for the account details again",
    },
  },
)

export const own = {
  ...configuration,
  ...request,
  ...notSent,
  ...unknown,
  ...policies,
  ...guards,
  ...undone,
  ...compliance,
  ...quotes,
  ...accounts,
}
