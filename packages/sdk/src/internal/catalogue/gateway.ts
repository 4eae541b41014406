/**
 * Codes with an HTTP status: of the platform gateway, of Funds Transfer, of foreign exchange and of
 * card attributes. None of these requests was processed, so none moved money.
 *
 * Source: Visa's error-code pages, OpenAPI exports and postings of its staff in the developer
 * community; `processor` marks what only integrators report.
 */
import { rows } from "./row.ts"

const credentials = rows(
  {
    category: "configuration",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "credentials",
    source: "visa",
  },
  {
    CredentialsRejected: {
      codes: { gateway: "401/9123" },
      meaning: "user id and password were not accepted",
      advice:
        "check that user id, password, certificate and environment are of one set; a renewal changes all of them",
    },
    CredentialsRejected9124: {
      codes: { gateway: "401/9124" },
      meaning: "user id and password were not accepted, or none arrived",
      advice:
        "check that a proxy does not strip the Authorization header, then as for CredentialsRejected",
    },
    ClientCertificateMissing: {
      codes: { gateway: "400/9124" },
      meaning: "Visa saw no client certificate",
      advice:
        "check that nothing between here and Visa ends TLS, and that the certificate is configured for this host",
      source: "processor",
    },
    CertificateMismatch: {
      codes: { gateway: "401/9125" },
      meaning: "the client certificate is not the one that Visa issued for this user id",
      advice: "use certificate, user id and password of the same project and environment",
    },
    EncryptionRequired: {
      codes: { gateway: "400/9125" },
      meaning: "Visa expects a message-level encrypted request and found no keyId",
      advice:
        "configure MLE (Key-ID, server certificate, private key); the TLS and Basic credentials themselves were accepted",
      source: "processor",
    },
    EncryptionNotRecognized: {
      meaning: "Visa found no credential in a request that was encrypted",
      advice:
        "check that a proxy does not strip the keyId header, and that MLE is switched on for this Key-ID and API in the portal",
      source: "ours",
    },
    TokenValidationFailed: {
      codes: { gateway: "401/9210" },
      meaning: "token validation failed",
      advice:
        "check that Key-ID, MLE keys, user id and environment are of one set, and that this machine's clock is right to two minutes",
    },
    TokenValidationFailed9209: {
      codes: { gateway: "401/9209" },
      meaning:
        "token validation failed: user id, password and certificate subject do not fit together",
      advice:
        "use the whole credential set of one project and environment; helloworld may succeed with a wrong one",
    },
    NotInProject: {
      codes: { gateway: "403/9611" },
      meaning: "the project may not use this API",
      advice: "add the API to the project in the Visa Developer portal, or ask Visa to restore it",
      runbook: "rejected-by-the-gateway",
    },
  },
)

/** Code 3001 hides schema errors and business rules; see `readings` for how they are told apart. */
const validation = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "invalid-requests",
    source: "visa",
  },
  {
    MessageValidationFailed: {
      codes: { gateway: "400/3001" },
      meaning: "Visa's validation of the message failed",
      advice: "read the detail: it names the field or the rule of the programme",
    },
    CardNotFound: {
      codes: { gateway: "404/3001" },
      meaning: "the card number is not one that Visa knows",
      advice: "ask for the card number again",
    },
    MandatoryFieldMissing: {
      meaning: "a mandatory field is missing or has invalid content",
      advice: "give the field that is named; which are mandatory depends on corridor and programme",
    },
    UnknownField: {
      meaning: "the request has a field that this API does not know, or has it in the wrong place",
      advice: "remove the field that is named: Visa refuses what its schema does not list",
    },
    RecipientCountryRestricted: {
      meaning: "the sending institution's programme excludes the country of the recipient's card",
      advice: "use another corridor, or have the programme changed by your Visa contact",
      runbook: "declined-payments",
    },
  },
)

const foreignExchange = rows(
  {
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "quotes",
    source: "visa",
  },
  {
    FxRequestInvalid: {
      codes: { fx: "400/3001" },
      category: "request",
      meaning: "a field of the rate request is missing or invalid",
      advice: "correct the field that the detail names",
    },
    FxSchemaInvalid: {
      codes: { fx: "400/3003" },
      category: "request",
      meaning: "the rate request does not have the form of its rate product",
      advice:
        "check the encoding: card products take numeric currencies and amounts as text, BANK and WALLET take letters and numbers",
      source: "processor",
    },
    FxInternalError: {
      codes: { fx: "500/3004" },
      category: "outage",
      meaning: "the exchange rate service had an internal error",
      advice: "try again after a pause; if it persists, give Visa's support both correlation ids",
      retry: "Later",
      runbook: "outages",
    },
    FxProductNotSubscribed: {
      codes: { fx: "403/4001" },
      category: "configuration",
      meaning: "the project has no subscription to this rate product",
      advice: "use another rate product, or have Visa add this one",
    },
  },
)

const cardAttributes = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "declined-payments",
    source: "visa",
  },
  {
    NoParticipatingNetwork: {
      codes: { cardAttributes: "400/invalidParameter" },
      meaning: "no participating network serves this account",
      advice: "ask for another card: this one can be neither pushed to nor pulled from",
    },
  },
)

export const gateway = { ...credentials, ...validation, ...foreignExchange, ...cardAttributes }
