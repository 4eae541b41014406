/** What kind of trouble it is, and so whose it is. */
export type Category =
  | "configuration"
  | "request"
  | "connectivity"
  | "security"
  | "processing"
  | "capacity"
  | "decline"
  | "outage"

/**
 * When the same call may be made again.
 *
 * `Never`: the answer is final. `AfterFix`: something must be corrected first. `Later`: wait, then
 * try again. `Now`: nothing reached Visa, so it may go out again at once. `Reconcile`: ask Visa what
 * became of it before anything else.
 */
export type Retry = "Never" | "AfterFix" | "Later" | "Now" | "Reconcile"

/** What a reason says about the money, if the operation moves any. */
export type Money = "NotMoved" | "Moved" | "Unknown"

/** Where a row comes from: Visa's own public pages, another processor's, or our own reading. */
export type Source = "visa" | "processor" | "ours"

/** The codes of Visa that a row stands for, by the space in which Visa uses them. */
export interface Codes {
  /** ISO 8583 field 39, `actionCode`. */
  readonly action?: ReadonlyArray<string>
  /** The platform gateway's codes as `<HTTP status>/<code>`. */
  readonly gateway?: ReadonlyArray<string>
  /** HTTP statuses, for replies that hold no code of their own. */
  readonly http?: ReadonlyArray<string>
}

export interface Row {
  readonly codes: Codes
  readonly category: Category
  readonly meaning: string
  readonly advice: string
  readonly retry: Retry
  readonly money: Money
  /** Visa's decline category, 1 to 4, where one is published. Category 2: 15 reattempts in 30 days. */
  readonly declineCategory?: 1 | 2 | 3 | 4
  /** The section of runbook.md. */
  readonly runbook: string
  readonly source: Source
}

const rows = <const Rows extends Record<string, Row>>(table: Rows): Rows => table

const configuration = (
  meaning: string,
  advice: string,
): Omit<Row, "codes"> & { readonly codes: Codes } => ({
  codes: {},
  category: "configuration",
  meaning,
  advice,
  retry: "AfterFix",
  money: "NotMoved",
  runbook: "credentials",
  source: "ours",
})

const notSent = (meaning: string, advice: string, runbook = "connectivity"): Row => ({
  codes: {},
  category: "connectivity",
  meaning,
  advice,
  retry: "Now",
  money: "NotMoved",
  runbook,
  source: "ours",
})

const unknownOutcome = (category: Category, meaning: string, codes: Codes = {}): Row => ({
  codes,
  category,
  meaning,
  advice:
    "Do not send again. Ask for the status, then query by STAN and RRN; resend with the same identity only when Visa knows nothing of it",
  retry: "Reconcile",
  money: "Unknown",
  runbook: "unknown-outcomes",
  source: "visa",
})

const refused = (codes: Codes, category: Category, meaning: string, advice: string): Row => ({
  codes,
  category,
  meaning,
  advice,
  retry: "AfterFix",
  money: "NotMoved",
  runbook: "rejected-by-the-gateway",
  source: "visa",
})

const declined = (
  code: string,
  declineCategory: Row["declineCategory"] | undefined,
  retry: Retry,
  meaning: string,
  advice: string,
): Row => ({
  codes: { action: [code] },
  category: "decline",
  meaning,
  advice,
  retry,
  money: "NotMoved",
  ...(declineCategory === undefined ? {} : { declineCategory }),
  runbook: "declined-payments",
  source: "processor",
})

/** One row per reason. The key is the reason's tag. */
export const catalogue = rows({
  // Credentials and options, found before anything is sent.
  OptionInvalid: {
    ...configuration("an option of the SDK has a value that it cannot work with", "correct the option that is named"),
    runbook: "configuration",
  },
  InsecureEndpoint: {
    ...configuration("the base URL is not https", "use an https URL: Visa Direct is never spoken in clear"),
    runbook: "configuration",
  },
  CredentialUnreadable: configuration(
    "a credential file is missing or cannot be read",
    "check the path and that this process may read the file",
  ),
  CredentialMalformed: configuration(
    "a credential is not in a form that can be read",
    "give PEM (certificate, PKCS#1, PKCS#8 or encrypted PKCS#8 key) or PKCS#12, whole and unchanged, as downloaded from the Visa Developer portal",
  ),
  PassphraseWrong: configuration(
    "the passphrase does not open the private key",
    "give the passphrase with which the key or the PKCS#12 file was encrypted",
  ),
  PassphraseMissing: configuration(
    "the private key is encrypted and no passphrase was given",
    "give the passphrase with which the key was encrypted",
  ),
  KeyMismatch: configuration(
    "the private key does not belong to the certificate",
    "give the key with whose CSR the certificate was issued; after a renewal, replace certificate, key, user id and password together",
  ),
  ChainBroken: configuration(
    "the certificates do not form a chain from the leaf upward",
    "put the leaf first, then each issuer after the certificate that it signed",
  ),
  CertificateExpired: configuration(
    "a certificate has expired",
    "renew it in the Visa Developer portal and replace the whole set: certificate, key, user id and password",
  ),
  CertificateNotYetValid: configuration(
    "a certificate is not valid yet",
    "check this machine's clock, or wait until the date that the certificate names",
  ),
  CertificateUsage: configuration(
    "the certificate may not be used for client authentication",
    "use the two-way SSL client certificate of the project, not a server or MLE certificate",
  ),
  KeyTooWeak: configuration(
    "the RSA key is shorter than 2048 bits",
    "make a new RSA-2048 key and have Visa issue a certificate for it",
  ),
  MleKeysMissing: configuration(
    "the operation must be encrypted and no MLE keys are configured",
    "configure the Key-ID, Visa's server certificate and your private key for message level encryption",
  ),
  MleEncryptFailed: {
    ...configuration("the request could not be encrypted", "check the MLE server certificate of the project"),
    category: "security",
  },

  // The request itself, refused before it is sent.
  RequestInvalid: {
    codes: {},
    category: "request",
    meaning: "the request breaks a rule that Visa documents, so it was not sent",
    advice: "correct the field that is named",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "invalid-requests",
    source: "ours",
  },
  IdentityExhausted: {
    codes: {},
    category: "capacity",
    meaning: "all million trace numbers of the day are used up for this BIN and terminal",
    advice: "use a further terminal id, or wait for the next day (UTC)",
    retry: "Later",
    money: "NotMoved",
    runbook: "invalid-requests",
    source: "ours",
  },

  // Not a byte of the request left this machine.
  HostNotFound: notSent("the host name could not be resolved", "check DNS and the base URL"),
  ConnectionRefused: notSent("the host refused the connection", "check the base URL, port, proxy and firewall"),
  ConnectTimeout: notSent("no connection was made within the connect timeout", "check the network path, then try again"),
  ConnectionFailed: notSent("the connection failed before the request was sent", "try again; if it persists, check the network path"),
  ServerNotTls: {
    ...notSent("the server does not speak TLS on this port", "check scheme, host and port of the base URL, and for a proxy in between"),
    retry: "AfterFix",
  },
  ServerCertificateRejected: {
    ...notSent(
      "the server's certificate could not be trusted",
      "keep the public roots and add the root that signed this server; check the host name and this machine's clock",
      "credentials",
    ),
    category: "security",
    retry: "AfterFix",
  },
  ClientCertificateRejected: {
    ...notSent(
      "the server refused the client certificate in the TLS handshake",
      "check that certificate and environment belong together, that it has not expired, and that the whole chain is sent",
      "credentials",
    ),
    category: "security",
    retry: "AfterFix",
  },
  CredentialsClosed: {
    ...notSent("the credentials were closed while the call waited", "this process is shutting down"),
    retry: "Never",
  },

  // The request may have reached Visa and no usable answer came.
  ResponseTimeout: unknownOutcome("connectivity", "no answer came within the timeout"),
  ConnectionLost: unknownOutcome("connectivity", "the connection broke after the request had begun to leave"),
  ResponseTruncated: unknownOutcome("connectivity", "the answer broke off before its end"),
  ResponseTooLarge: unknownOutcome("connectivity", "the answer is larger than the limit"),
  ResponseEmpty: unknownOutcome("processing", "the answer has no body where one is due"),
  ResponseNotJson: unknownOutcome("processing", "the answer is not JSON"),
  ResponseMalformed: unknownOutcome("processing", "the answer is JSON but lacks what Visa documents"),
  ResponseNotEncrypted: unknownOutcome("security", "the answer came in clear where it must be encrypted"),
  MleDecryptFailed: unknownOutcome("security", "the answer could not be decrypted with the keys of the request"),
  StillProcessing: unknownOutcome("processing", "Visa has accepted the request and is still processing it", { http: ["202"] }),
  DuplicateInFlight: unknownOutcome("processing", "the same request is already being processed", { http: ["303"] }),
  ServerError: unknownOutcome("outage", "Visa answered with an internal error", { http: ["500"] }),
  ServiceUnavailable: unknownOutcome("outage", "Visa is unavailable", { http: ["503"] }),
  GatewayTimeout: unknownOutcome("outage", "Visa's gateway got no answer in time", { http: ["504"] }),
  UnexpectedStatus: {
    ...unknownOutcome("processing", "Visa answered with an HTTP status that it does not document"),
    source: "ours",
  },

  // Answered by the gateway: it did not let the request through.
  CredentialsRejected: refused(
    { gateway: ["401/9123", "401/9124"], http: ["401"] },
    "configuration",
    "user id and password were not accepted",
    "check that user id, password, certificate and environment are of one set; a renewal changes all of them",
  ),
  CertificateMismatch: refused(
    { gateway: ["401/9125"] },
    "configuration",
    "the client certificate is not the one that Visa issued for this user id",
    "use certificate, user id and password of the same project and environment",
  ),
  ClientCertificateMissing: refused(
    { gateway: ["400/9124"] },
    "configuration",
    "Visa saw no client certificate",
    "check that nothing between here and Visa ends TLS, and that the certificate is configured for this host",
  ),
  EncryptionRequired: refused(
    { gateway: ["400/9125"] },
    "configuration",
    "Visa expects a message-level encrypted request and found no keyId",
    "configure MLE (Key-ID, server certificate, private key); the TLS and Basic credentials themselves were accepted",
  ),
  TokenValidationFailed: refused(
    { gateway: ["401/9209", "401/9210"] },
    "configuration",
    "token validation failed",
    "check that Key-ID, MLE keys, user id and environment are of one set, and that this machine's clock is right to two minutes",
  ),
  NotInProject: refused(
    { gateway: ["403/9611"] },
    "configuration",
    "the project may not use this API",
    "add the API to the project in the Visa Developer portal, or ask Visa to restore it",
  ),
  Forbidden: refused(
    { http: ["403"] },
    "configuration",
    "Visa refused access",
    "check the project's APIs and the environment of the credentials",
  ),
  ResourceNotFound: refused(
    { http: ["404"] },
    "request",
    "Visa does not know the resource",
    "check the base URL and the id; a status id is valid for 24 hours",
  ),
  MethodNotAllowed: refused({ http: ["405"] }, "request", "the method is not allowed for this path", "report this: it is a defect of the SDK"),
  UnsupportedMediaType: refused({ http: ["415"] }, "request", "the media type is not supported", "report this: it is a defect of the SDK"),
  RequestRejected: refused(
    { gateway: ["400/3001"], http: ["400"] },
    "request",
    "Visa rejected the request: a field is missing or invalid, or a rule of the programme forbids it",
    "read the detail: it names the field or the rule",
  ),
  RateLimited: {
    codes: { http: ["429"] },
    category: "capacity",
    meaning: "Visa's rate limit was reached",
    advice: "slow down and try again after the time that Visa names",
    retry: "Later",
    money: "NotMoved",
    runbook: "rate-limiting",
    source: "visa",
  },

  // Answered by VisaNet or the issuer: action codes.
  ReferToIssuer: declined("01", 4, "Never", "the issuer wants to be asked", "ask the cardholder to contact the bank"),
  InvalidMerchant: declined("03", 2, "AfterFix", "the originator is not set up for this", "check acquiring BIN, card acceptor and programme with your Visa contact"),
  PickUpCard: declined("04", 1, "Never", "the card must not be used", "do not use this card again"),
  DoNotHonor: declined("05", 4, "Never", "the issuer does not honour the transaction, often because the card cannot receive such payments", "use another card or account"),
  InvalidTransaction: declined("12", 1, "Never", "the transaction is not valid for this card", "use another card or account"),
  InvalidAmount: declined("13", 4, "AfterFix", "the amount is invalid or over the programme's maximum", "correct or split the amount"),
  InvalidAccountNumber: declined("14", 1, "AfterFix", "the card number does not exist", "ask for the card number again"),
  NoSuchIssuer: declined("15", 1, "AfterFix", "no issuer exists for this card number", "ask for the card number again"),
  FormatError: declined("30", 4, "AfterFix", "a field has the wrong format", "compare the request with the field tables"),
  LostCard: declined("41", 1, "Never", "the card is reported lost", "do not use this card again"),
  StolenCard: declined("43", 1, "Never", "the card is reported stolen", "do not use this card again"),
  ClosedAccount: declined("46", 1, "Never", "the account is closed", "use another card or account"),
  InsufficientFunds: declined("51", 2, "Later", "there are not sufficient funds", "try again later, or with a smaller amount"),
  ExpiredCard: declined("54", 3, "AfterFix", "the card has expired", "ask for the new card's expiry date"),
  NotPermittedToCardholder: declined("57", 1, "Never", "the card may not receive or fund such a payment", "use another card or account"),
  NotPermittedAtTerminal: declined("58", 4, "AfterFix", "the originator may not send such a payment", "check the programme with your Visa contact"),
  SuspectedFraud: declined("59", 2, "Never", "fraud is suspected", "do not retry; review the payment"),
  ExceedsAmountLimit: declined("61", 2, "Later", "the payment exceeds the card's amount limit", "try a smaller amount, or later"),
  RestrictedCard: declined("62", 2, "Never", "the card is restricted, for example by country", "use another card or account"),
  ExceedsFrequencyLimit: declined("65", 2, "Later", "the card has received its number of payments for now", "try again later"),
  DuplicateTransaction: {
    codes: { action: ["94"] },
    category: "processing",
    meaning: "Visa recognised a repeat of an earlier request",
    advice: "read originalActionCode: 00 means that the original was paid; never send it under a new identity",
    retry: "Reconcile",
    money: "Unknown",
    declineCategory: 4,
    runbook: "unknown-outcomes",
    source: "visa",
  },
  ResponseTooLate: { ...unknownOutcome("outage", "the issuer answered too late", { action: ["68"] }), source: "processor" },
  IssuerUnavailable: {
    ...unknownOutcome("outage", "the issuer or its switch is not available", { action: ["91"] }),
    declineCategory: 2,
    source: "processor",
  },
  SystemMalfunction: {
    ...unknownOutcome("outage", "a system of the network or the issuer malfunctioned", { action: ["96"] }),
    declineCategory: 2,
    source: "processor",
  },
  UnrecognizedCode: {
    codes: {},
    category: "processing",
    meaning: "Visa answered with a code that this version does not know",
    advice: "ask for the status or query by STAN and RRN before doing anything else, and report the code",
    retry: "Reconcile",
    money: "Unknown",
    runbook: "unknown-outcomes",
    source: "ours",
  },
})
