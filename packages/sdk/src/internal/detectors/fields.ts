/** Data that is recognised by the name of its field. */
import type { Kind } from "./kinds.ts"

/** Where a row's names come from. */
export const fieldSources = {
  visa: "requests and replies of Visa's APIs, https://developer.visa.com",
  common: "names in common use in forms, databases, card terminals and other processors' APIs",
  http: "RFC 9110, RFC 6265 and the headers of gateways",
  jose: "RFC 7516 to 7518",
} as const

type Source = keyof typeof fieldSources

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
  readonly source?: Source | undefined
}

export const keyRows: ReadonlyArray<KeyRow> = [
  {
    keys: [
      "pan",
      "fpan",
      "dpan",
      "*primaryAccountNumber",
      "*cardNumber",
      "*cardNo",
      "*cardNum",
      "ccNumber",
      "ccNum",
    ],
    kind: "pan",
    action: "mask",
    source: "visa",
  },
  {
    keys: [
      "*accountNumber",
      "accountNo",
      "acctNo",
      "acctNumber",
      "iban",
      "bban",
      "*bankAccount",
      "*accountIdentifier",
      "*accountIdentifierValue",
      "senderReference",
      "sortCode",
      "routingNumber",
    ],
    kind: "account",
    action: "mask",
    source: "visa",
  },
  {
    keys: [
      "*cvv",
      "*cvv2",
      "*cvc",
      "*cvc2",
      "*csc",
      "*cav2",
      "*cvvValue",
      "*cvv2Value",
      "cardSecurityCode",
      "securityCode",
      "cardVerificationValue",
      "cardVerificationCode",
      "verificationValue",
    ],
    kind: "cvv",
    action: "drop",
    source: "visa",
  },
  {
    keys: ["pin", "cardPin", "pinCode", "pinNumber", "*pinBlock", "pinData", "pinDataBlock"],
    kind: "pin",
    action: "drop",
    source: "visa",
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
      "magstripe",
    ],
    kind: "track",
    action: "drop",
    source: "visa",
  },
  {
    keys: ["integratedCircuitCardData", "chipCardData", "emvData"],
    kind: "chip",
    action: "drop",
    source: "visa",
  },
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
    source: "visa",
  },
  {
    keys: [
      "*cardExpiryDate",
      "*cardExpirationDate",
      "cardExpiry",
      "cardExpiration",
      "ccExp",
      "ccExpiry",
    ],
    kind: "expiry",
    action: "drop",
    source: "visa",
  },
  {
    keys: [
      "senderName",
      "recipientName",
      "*firstName",
      "*lastName",
      "*middleName",
      "*middleInitial",
      "*givenName",
      "*familyName",
      "surname",
      "*fullName",
      "*nameLocal",
      "*localNameData",
      "*maidenName",
      "cardholderName",
      "nameOnCard",
      "accountName",
      "accountHolderName",
      "accountHolder",
      "beneficiaryName",
    ],
    kind: "name",
    action: "drop",
    source: "visa",
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
      "billingAddress",
      "shippingAddress",
      "homeAddress",
      "postalAddress",
      "street",
      "*streetName",
      "*streetAddress",
      "*buildingNumber",
      "*postalCode",
      "addressVerificationData",
    ],
    kind: "address",
    action: "drop",
    source: "visa",
  },
  { keys: ["*email", "*emailAddress"], kind: "email", action: "drop", source: "visa" },
  {
    keys: [
      "phone",
      "*phoneNumber",
      "mobile",
      "*mobileNumber",
      "*contactNumber",
      "telephone",
      "cellphone",
      "msisdn",
    ],
    kind: "phone",
    action: "drop",
    source: "visa",
  },
  {
    keys: ["*dateOfBirth", "dob", "*birthDate", "birthday", "*countryOfBirth", "*placeOfBirth"],
    kind: "birth",
    action: "drop",
    source: "visa",
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
      "nationalIdNumber",
      "*passportNumber",
      "*passportNo",
      "driversLicense",
      "driverLicense",
      "driversLicenseNumber",
      "ssn",
      "socialSecurityNumber",
      "nationalInsuranceNumber",
      "taxId",
      "taxpayerId",
      "taxIdentificationNumber",
      "itin",
      "cpf",
      "cnpj",
      "curp",
      "aadhaar",
      "aadhaarNumber",
      "nric",
      "bsn",
      "pesel",
      "personnummer",
      "codiceFiscale",
    ],
    kind: "identity",
    action: "drop",
    source: "visa",
  },
  {
    keys: ["*password", "*passwd", "pwd", "*passphrase"],
    kind: "password",
    action: "drop",
    source: "common",
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
    source: "common",
  },
  {
    keys: [
      "authorization",
      "proxyAuthorization",
      "cookie",
      "setCookie",
      "xPayToken",
      "xApiKey",
      "xAuthToken",
    ],
    kind: "authorization",
    action: "drop",
    line: true,
    source: "http",
  },
  {
    keys: ["*privateKey", "*privateKeyPem", "pkcs12", "pfx"],
    kind: "privateKey",
    action: "drop",
    source: "common",
  },
  { keys: ["encData"], kind: "jose", action: "drop", source: "visa" },
]

/** Names that are only sensitive inside a certain object. */
export interface WithinRow {
  readonly containers: ReadonlyArray<string>
  readonly rows: ReadonlyArray<KeyRow>
}

/** Fields of a card, wherever its number stands beside them. */
export const besideCardRows: ReadonlyArray<KeyRow> = [
  {
    keys: [
      "exp",
      "expiry",
      "expires",
      "expiration",
      "expiryDate",
      "expDate",
      "expirationDate",
      "expMonth",
      "expYear",
      "expiryMonth",
      "expiryYear",
      "expirationMonth",
      "expirationYear",
      "validThru",
      "validUntil",
    ],
    kind: "expiry",
    action: "drop",
    source: "common",
  },
  {
    keys: ["cid", "verificationCode"],
    kind: "cvv",
    action: "drop",
    source: "common",
  },
]

/** Bodies that describe a person or a card; a merchant's `name` and `address` are no secret. */
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
      { keys: ["name", "companyName"], kind: "name", action: "drop", source: "visa" },
      { keys: ["address", "city", "state"], kind: "address", action: "drop", source: "visa" },
    ],
  },
  {
    containers: ["card", "paymentCard", "bankCard", "creditCard", "debitCard"],
    rows: [
      { keys: ["number", "no"], kind: "pan", action: "mask", source: "common" },
      { keys: ["holder", "name"], kind: "name", action: "drop", source: "common" },
      ...besideCardRows,
    ],
  },
  {
    containers: ["addressVerificationResults"],
    rows: [{ keys: ["street", "postalCode"], kind: "address", action: "drop", source: "visa" }],
  },
  {
    containers: ["senderPaymentCredentialReference", "recipientPaymentCredentialReference"],
    rows: [{ keys: ["value"], kind: "account", action: "mask", source: "visa" }],
  },
]

/** Members of a JSON Web Key (an object with `kty`) that are secret: RFC 7518, section 6. */
export const jwkRow: KeyRow = {
  keys: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"],
  kind: "privateKey",
  action: "drop",
  source: "jose",
}

/**
 * Identifiers of at most so many digits that may pass for a card number by chance and must stay
 * readable: operators need them to find a payment again.
 */
export interface IdentifierRow {
  readonly keys: ReadonlyArray<string>
  readonly digits: number
  readonly source: Source
}

export const identifierRows: ReadonlyArray<IdentifierRow> = [
  {
    keys: ["transactionIdentifier", "originalTransactionId", "transactionId", "payoutId", "idCode"],
    digits: 15,
    source: "visa",
  },
  { keys: ["quoteId"], digits: 13, source: "visa" },
  { keys: ["retrievalReferenceNumber", "rrn"], digits: 12, source: "visa" },
  { keys: ["acquiringBin"], digits: 11, source: "visa" },
  { keys: ["systemsTraceAuditNumber", "stan"], digits: 6, source: "visa" },
  // Tracing systems write the lower 64 bits as a decimal number.
  {
    keys: ["traceId", "spanId", "parentId", "parentSpanId"],
    digits: 20,
    source: "common",
  },
]

/**
 * Words in the names of fields that hold one part of a number each: `cardPart1`, `panHigh`. Parts
 * under other names are only put together when an object or a list holds nothing else.
 */
export const partWords: ReadonlyArray<string> = [
  "pan",
  "card",
  "part",
  "segment",
  "fragment",
  "chunk",
  "block",
  "group",
  "quad",
  "digits",
  "first",
  "middle",
  "last",
  "prefix",
  "suffix",
  "high",
  "low",
  "head",
  "tail",
  "bin",
  "iin",
]
