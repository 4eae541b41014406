/** Data that is recognised by the words before it: `CVV 123`, `born on 12/03/1971`. */
import type { Kind } from "./kinds.ts"

/** What the value after the words must look like. */
export type Shape =
  /** So many digits in one row, and no letter beside them. */
  | { readonly digits: readonly [least: number, most: number] }
  /** So many digits, in groups. */
  | { readonly grouped: readonly [least: number, most: number] }
  /** Letters and digits in one row or in groups, with at least so many digits. */
  | { readonly mixed: readonly [least: number, most: number] }
  /** A day, month and year as numbers. */
  | "date"
  /** A month and a year as numbers. */
  | "month"

export interface WordRow {
  /** In lower case. Before the value there may be a colon, `#`, `=`, `is`, `no.`, `number` and such. */
  readonly words: ReadonlyArray<string>
  /** Whether one of `no`, `nr`, `number` or `#` must stand between the words and the value. */
  readonly numbered?: true
  readonly kind: Kind
  readonly action: "mask" | "drop"
  readonly shape: Shape
}

/** Words that may stand between the words of a row and the value. */
export const fillers: ReadonlyArray<string> = [
  "is",
  "was",
  "of",
  "code",
  "value",
  "on",
  "at",
  "a",
  "the",
]

/** The same, where they say that a number follows. */
export const numberWords: ReadonlyArray<string> = ["no", "nr", "num", "number", "nummer", "numero"]

/** The words are those that people and payment terminals write; the shapes bound what is taken. */
export const wordRows: ReadonlyArray<WordRow> = [
  {
    words: [
      "cvv",
      "cvv2",
      "cvc",
      "cvc2",
      "csc",
      "cav2",
      "cvn",
      "security code",
      "verification code",
    ],
    kind: "cvv",
    action: "drop",
    shape: { digits: [3, 4] },
  },
  { words: ["pin", "pin code"], kind: "pin", action: "drop", shape: { digits: [4, 12] } },
  { words: ["pin block", "pinblock"], kind: "pin", action: "drop", shape: { mixed: [16, 32] } },
  {
    words: ["born", "dob", "date of birth", "birth date", "birthdate", "birthday", "geboren"],
    kind: "birth",
    action: "drop",
    shape: "date",
  },
  {
    words: [
      "phone",
      "telephone",
      "tel",
      "mobile",
      "fax",
      "sms to",
      "whatsapp",
      "msisdn",
      "telefon",
      "handy",
    ],
    kind: "phone",
    action: "drop",
    shape: { grouped: [7, 15] },
  },
  {
    words: [
      "bank account",
      "acct",
      "a/c",
      "iban",
      "sort code",
      "routing number",
      "aba",
      "clabe",
      "kontonummer",
    ],
    kind: "account",
    action: "mask",
    shape: { grouped: [6, 18] },
  },
  {
    words: ["account", "konto"],
    numbered: true,
    kind: "account",
    action: "mask",
    shape: { grouped: [6, 18] },
  },
  {
    words: [
      "ssn",
      "social security",
      "itin",
      "sin",
      "tfn",
      "bsn",
      "pesel",
      "cpr",
      "steuer-id",
      "aadhaar",
      "cpf",
      "cnpj",
    ],
    kind: "identity",
    action: "drop",
    shape: { grouped: [8, 14] },
  },
  {
    words: [
      "national insurance",
      "nino",
      "nif",
      "nric",
      "national id",
      "id card",
      "driving licence",
    ],
    kind: "identity",
    action: "drop",
    shape: { mixed: [6, 18] },
  },
  {
    words: ["passport", "driver license", "drivers license", "driver's license"],
    kind: "identity",
    action: "drop",
    shape: { mixed: [6, 18] },
  },
]

/** Words that say that the number after them is no phone number and no national id. */
export const identifierWords: ReadonlyArray<string> = [
  "order",
  "invoice",
  "ticket",
  "case",
  "ref",
  "reference",
  "id",
  "batch",
  "build",
  "version",
  "part",
  "sku",
  "serial",
  "tracking",
  "job",
]

/**
 * Words before the numbers of 12 and 15 digits by which Visa finds a payment, and before the ids of
 * threads, which have as many digits in the logs of servers.
 */
export const referenceWords: ReadonlyArray<string> = [
  "rrn",
  "tid",
  "thread(?: ?id)?",
  "retrieval reference(?: number)?",
  "reference(?: number)?",
  "transaction(?: ?id(?:entifier)?)?",
]
