/**
 * What counts as sensitive: the tables that the redactor interprets. Read them as a reviewer would;
 * nothing in here runs.
 */

/** What a piece of data is. Also the text of its marker: `[redacted:cvv]`. */
export type Kind =
  | "pan"
  | "cvv"
  | "pin"
  | "track"
  | "chip"
  | "cryptogram"
  | "expiry"
  | "account"
  | "name"
  | "address"
  | "email"
  | "phone"
  | "birth"
  | "identity"
  | "password"
  | "secret"
  | "authorization"
  | "privateKey"
  | "jose"

/**
 * Card data that PCI DSS 4 forbids to show (3.3, 3.4) or that opens the way to it. These detectors
 * cannot be turned off.
 */
export const cardKinds = [
  "pan",
  "cvv",
  "pin",
  "track",
  "chip",
  "cryptogram",
] as const satisfies ReadonlyArray<Kind>

/** Detectors that a program may turn off. */
export const optionalKinds = [
  "expiry",
  "account",
  "name",
  "address",
  "email",
  "phone",
  "birth",
  "identity",
  "password",
  "secret",
  "authorization",
  "privateKey",
  "jose",
] as const satisfies ReadonlyArray<Kind>

export type OptionalKind = (typeof optionalKinds)[number]

/** Card numbers of one network start with a number between `from` and `to`, padded to the right. */
export interface Network {
  readonly network: string
  readonly from: string
  readonly to: string
  readonly lengths: ReadonlyArray<number>
}

/**
 * Issuer ranges. Only American Express uses 15 digits: Visa's own `transactionIdentifier` has 15
 * digits too, and must not be taken for a card.
 */
export const networks: ReadonlyArray<Network> = [
  { network: "Visa", from: "4", to: "4", lengths: [13, 16, 19] },
  { network: "Mastercard", from: "51", to: "55", lengths: [16] },
  { network: "Mastercard", from: "2221", to: "2720", lengths: [16] },
  { network: "American Express", from: "34", to: "34", lengths: [15] },
  { network: "American Express", from: "37", to: "37", lengths: [15] },
  { network: "Discover", from: "6011", to: "6011", lengths: [16, 17, 18, 19] },
  { network: "Discover", from: "644", to: "659", lengths: [16, 17, 18, 19] },
  { network: "Diners Club", from: "300", to: "305", lengths: [14, 16, 17, 18, 19] },
  { network: "Diners Club", from: "3095", to: "3095", lengths: [14, 16, 17, 18, 19] },
  { network: "Diners Club", from: "36", to: "36", lengths: [14, 16, 17, 18, 19] },
  { network: "Diners Club", from: "38", to: "39", lengths: [14, 16, 17, 18, 19] },
  { network: "JCB", from: "3528", to: "3589", lengths: [16, 17, 18, 19] },
  { network: "UnionPay", from: "62", to: "62", lengths: [16, 17, 18, 19] },
  { network: "UnionPay", from: "8100", to: "8171", lengths: [16, 17, 18, 19] },
  { network: "Maestro", from: "50", to: "50", lengths: [13, 14, 16, 17, 18, 19] },
  { network: "Maestro", from: "56", to: "58", lengths: [13, 14, 16, 17, 18, 19] },
  { network: "Maestro", from: "6304", to: "6304", lengths: [13, 14, 16, 17, 18, 19] },
  { network: "Maestro", from: "67", to: "67", lengths: [13, 14, 16, 17, 18, 19] },
  { network: "InterPayment", from: "636", to: "636", lengths: [16, 17, 18, 19] },
  { network: "InstaPayment", from: "637", to: "639", lengths: [16] },
  { network: "Hipercard", from: "606282", to: "606282", lengths: [13, 16, 19] },
  { network: "RuPay", from: "60", to: "60", lengths: [16] },
  { network: "RuPay", from: "81", to: "82", lengths: [16] },
  { network: "RuPay", from: "353", to: "353", lengths: [16] },
  { network: "RuPay", from: "356", to: "356", lengths: [16] },
  { network: "Mir", from: "2200", to: "2204", lengths: [16, 17, 18, 19] },
  { network: "Uzcard", from: "8600", to: "8600", lengths: [16] },
  { network: "Troy", from: "9792", to: "9792", lengths: [16] },
  { network: "Napas", from: "9704", to: "9704", lengths: [16, 19] },
  { network: "Humo", from: "9860", to: "9860", lengths: [16] },
]

/** Public numbers of Visa's sandbox whose check digit is wrong. They are masked like real ones. */
export const sandboxNumbers: ReadonlyArray<number> = [
  4060320000000127, 4003974278332156, 4104920120500001, 4104920120500002,
]

/**
 * Fields whose value is sensitive whatever it looks like. Names are compared without case, dashes,
 * underscores, dots and spaces; a leading `*` stands for any beginning. Of a dotted name
 * (`visa.sender.pan`) the last part counts as well.
 *
 * - `mask` keeps what support needs to recognise it: first 6 and last 4 of a card number, last 4 of
 *   an account number.
 * - `drop` replaces the whole value, also when it is an object or a list.
 * - `line`: in a plain text, the value reaches to the end of the line and not only to the next space.
 */
export interface KeyRow {
  readonly keys: ReadonlyArray<string>
  readonly kind: Kind
  readonly action: "mask" | "drop"
  readonly line?: true | undefined
}

export const keyRows: ReadonlyArray<KeyRow> = [
  {
    keys: ["pan", "fpan", "dpan", "*primaryAccountNumber", "*cardNumber", "*cardNo"],
    kind: "pan",
    action: "mask",
  },
  {
    keys: [
      "*accountNumber",
      "accountNo",
      "iban",
      "*accountIdentifier",
      "*accountIdentifierValue",
      "senderReference",
    ],
    kind: "account",
    action: "mask",
  },
  {
    keys: [
      "*cvv",
      "*cvv2",
      "*cvc",
      "*cvc2",
      "*cvvValue",
      "*cvv2Value",
      "cardSecurityCode",
      "securityCode",
    ],
    kind: "cvv",
    action: "drop",
  },
  {
    keys: ["pin", "cardPin", "pinCode", "pinBlock", "pinData", "pinDataBlock"],
    kind: "pin",
    action: "drop",
  },
  {
    keys: [
      "track1",
      "track2",
      "track3",
      "trackData",
      "track1Data",
      "track2Data",
      "track3Data",
      "track2EquivalentData",
      "magneticStripeData",
    ],
    kind: "track",
    action: "drop",
  },
  { keys: ["integratedCircuitCardData", "chipCardData", "emvData"], kind: "chip", action: "drop" },
  {
    keys: [
      "cavv",
      "tavv",
      "dtvv",
      "*cryptogram",
      "masterCardUCAFField",
      "ucafField",
      "mastercardAuthenticationData",
    ],
    kind: "cryptogram",
    action: "drop",
  },
  {
    keys: ["*cardExpiryDate", "*cardExpirationDate", "cardExpiry"],
    kind: "expiry",
    action: "drop",
  },
  {
    keys: [
      "senderName",
      "recipientName",
      "*firstName",
      "*lastName",
      "*middleName",
      "*middleInitial",
      "*fullName",
      "*nameLocal",
      "*localNameData",
      "cardholderName",
      "nameOnCard",
      "accountName",
      "accountHolderName",
      "beneficiaryName",
    ],
    kind: "name",
    action: "drop",
  },
  {
    keys: [
      "senderAddress",
      "senderCity",
      "senderStateCode",
      "senderCounty",
      "recipientAddress",
      "recipientCity",
      "recipientState",
      "recipientStateCode",
      "recipientCounty",
      "*subDivisionMinorCode",
      "*addressLine1",
      "*addressLine2",
      "*addressLine3",
      "address1",
      "address2",
      "street",
      "*streetName",
      "*buildingNumber",
      "*postalCode",
      "addressVerificationData",
    ],
    kind: "address",
    action: "drop",
  },
  { keys: ["*email", "*emailAddress"], kind: "email", action: "drop" },
  {
    keys: [
      "phone",
      "*phoneNumber",
      "mobile",
      "*mobileNumber",
      "*contactNumber",
      "telephone",
      "msisdn",
    ],
    kind: "phone",
    action: "drop",
  },
  {
    keys: ["*dateOfBirth", "dob", "birthDate", "*countryOfBirth", "*placeOfBirth"],
    kind: "birth",
    action: "drop",
  },
  {
    keys: [
      "alias",
      "idNumber",
      "identityValue",
      "*identificationNumberIndividual",
      "*identificationNumberBusiness",
      "*nationality",
      "*occupation",
      "nationalId",
      "passportNumber",
      "ssn",
      "socialSecurityNumber",
      "taxId",
    ],
    kind: "identity",
    action: "drop",
  },
  {
    keys: ["*password", "*passwd", "pwd", "*passphrase"],
    kind: "password",
    action: "drop",
  },
  {
    keys: [
      "*secret",
      "*secretKey",
      "*apiKey",
      "token",
      "*accessToken",
      "*refreshToken",
      "*idToken",
      "*authToken",
      "*bearerToken",
      "*sessionToken",
      "credential",
      "encryptionKey",
    ],
    kind: "secret",
    action: "drop",
  },
  {
    keys: ["authorization", "proxyAuthorization", "cookie", "setCookie", "xPayToken"],
    kind: "authorization",
    action: "drop",
    line: true,
  },
  { keys: ["*privateKey", "*privateKeyPem", "pkcs12", "pfx"], kind: "privateKey", action: "drop" },
  { keys: ["encData"], kind: "jose", action: "drop" },
]

/** Names that are only sensitive inside a certain object. */
export interface WithinRow {
  readonly containers: ReadonlyArray<string>
  readonly rows: ReadonlyArray<KeyRow>
}

/** Bodies that describe a person; a merchant's `name` and `address` are no secret. */
export const withinRows: ReadonlyArray<WithinRow> = [
  {
    containers: [
      "senderDetail",
      "recipientDetail",
      "sender",
      "recipient",
      "cardHolder",
      "identityVerification",
    ],
    rows: [
      { keys: ["name"], kind: "name", action: "drop" },
      { keys: ["address", "city", "state"], kind: "address", action: "drop" },
    ],
  },
  {
    containers: ["addressVerificationResults"],
    rows: [{ keys: ["street", "postalCode"], kind: "address", action: "drop" }],
  },
  {
    containers: ["senderPaymentCredentialReference", "recipientPaymentCredentialReference"],
    rows: [{ keys: ["value"], kind: "account", action: "mask" }],
  },
]

/** Members of a JSON Web Key (an object with `kty`) that are secret: RFC 7518, section 6. */
export const jwkRow: KeyRow = {
  keys: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"],
  kind: "privateKey",
  action: "drop",
}

/**
 * Identifiers of at most so many digits that may pass for a card number by chance and must stay
 * readable: operators need them to find a payment again.
 */
export interface IdentifierRow {
  readonly keys: ReadonlyArray<string>
  readonly digits: number
}

export const identifierRows: ReadonlyArray<IdentifierRow> = [
  {
    keys: ["transactionIdentifier", "originalTransactionId", "transactionId", "payoutId", "idCode"],
    digits: 15,
  },
  { keys: ["quoteId"], digits: 13 },
  { keys: ["retrievalReferenceNumber", "rrn"], digits: 12 },
  { keys: ["acquiringBin"], digits: 11 },
  { keys: ["systemsTraceAuditNumber", "stan"], digits: 6 },
]
