/**
 * The Alias Directory. It moves no money.
 *
 * Source: Visa's OpenAPI export of Visa Direct, part Alias Directory. VAD-1050 and VAD-1180, which it
 * does not list, are from the contract tests of a bank that registers aliases.
 */
import { rows } from "./row.ts"

export const alias = rows(
  {
    category: "request",
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "aliases",
    source: "visa",
  },
  {
    AliasFieldMissing: {
      codes: { alias: "VAD-1000" },
      meaning: "a required field of the alias request is missing",
      advice: "give the field that is named",
    },
    AliasValueInvalid: {
      codes: { alias: "VAD-1010" },
      meaning: "a value of the alias request is invalid",
      advice: "correct the value that is named, and compare its form with the type of the alias",
    },
    AliasNotFound: {
      codes: { alias: "VAD-1040", http: "204" },
      meaning: "no card is registered under this alias",
      advice: "ask the recipient for another alias or for the card number",
    },
    AliasRecordExists: {
      codes: { alias: "VAD-1050" },
      meaning: "the alias, or a card or id of the request, is registered already",
      advice:
        "read the record before anything else: an earlier request whose answer was lost may have made it; otherwise change or delete that record, or give another value for the field that is named",
      source: "processor",
    },
    AliasRequestInvalid: {
      codes: { alias: "400/VAD-1100" },
      meaning: "the alias request is invalid",
      advice: "check its form; an inquiry takes 1 to 1000 aliases",
    },
    AliasUnauthorized: {
      codes: { alias: "401/VAD-1100" },
      category: "configuration",
      meaning: "the project may not make this alias request",
      advice: "have your Visa contact check the project's access to the Alias Directory",
    },
    AliasInternalError: {
      codes: { alias: "VAD-1120" },
      category: "outage",
      meaning: "the Alias Directory had an internal error",
      advice: "try again after a pause; if it persists, give Visa's support both correlation ids",
      retry: "Later",
    },
    AliasDirectoryUnavailable: {
      codes: { alias: "VAD-1130" },
      category: "outage",
      meaning: "the Alias Directory is temporarily unavailable",
      advice: "try again after a pause, or ask the customer for the card number",
      retry: "Later",
    },
    AliasAccountLookupFailed: {
      codes: { alias: "VAD-1160" },
      meaning: "the account behind the alias could not be looked up",
      advice: "ask the recipient to have the alias checked by the bank that registered it",
    },
    AliasAccountRestricted: {
      codes: { alias: "VAD-1170" },
      meaning: "the account behind the alias is restricted",
      advice: "ask the recipient for another card",
      retry: "Never",
    },
    AliasAccountNumberInvalid: {
      codes: { alias: "VAD-1180" },
      meaning: "the card number of the alias request is invalid",
      advice:
        "ask for the card number again, and check that the card is active and yours to register",
      source: "processor",
    },
    AliasCrossBorderNotAllowed: {
      codes: { alias: "VAD-1190" },
      meaning: "the alias may not be resolved from another country",
      advice:
        "ask the recipient for the card number, or resolve from an originator of that country",
      retry: "Never",
    },
    AliasFieldInvalid: {
      codes: { alias: "VAD-1210" },
      meaning: "a field of the alias request is invalid",
      advice: "correct the field that is named",
    },
    AliasDefaultAccountDeleted: {
      codes: { alias: "VAD-1260" },
      meaning: "the alias exists but its default account was deleted",
      advice: "ask the recipient to set a new default card, or for the card number",
    },
    AliasOriginatorCountryNotSupported: {
      codes: { alias: "VAD-1290" },
      category: "configuration",
      meaning: "the Alias Directory does not serve the originator's country",
      advice: "ask your Visa contact which originator countries the project may use",
    },
  },
)
