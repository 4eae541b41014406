/** Data that is recognised by its own look: numbers with a check digit or an unmistakable layout. */
import type { Kind } from "./kinds.ts"

/** Checks that a row of {@link layoutRows} may name; `redactorChecks.ts` has them. */
export type Check =
  | "none"
  | "ssn"
  | "nanp"
  | "cpf"
  | "cnpj"
  | "ahv"
  | "personnummer"
  | "rrn"
  | "cnId"

/**
 * Numbers by the sizes of their groups and what stands between them: `3-2-4` are three digits, a
 * dash, two digits, a dash, four digits. Nothing that could belong to a longer number may stand
 * beside them.
 */
export interface LayoutRow {
  readonly what: string
  readonly layouts: ReadonlyArray<string>
  readonly check: Check
  readonly kind: Kind
  readonly source: string
}

export const layoutRows: ReadonlyArray<LayoutRow> = [
  {
    what: "social security number (United States)",
    layouts: ["3-2-4"],
    check: "ssn",
    kind: "identity",
    source:
      "https://www.ssa.gov/employer/randomization.html: no 000, 666, 9xx, no group 00, no serial 0000; 9xx are ITINs",
  },
  {
    what: "phone number of North America",
    layouts: ["3-3-4", "3.3.4", "1-3-3-4", "1.3.3.4", "1 3 3 4", "3 3-4", "1 3 3-4"],
    check: "nanp",
    kind: "phone",
    source: "https://www.nanpa.com/numbering: area and exchange begin with 2 to 9, no N11",
  },
  {
    what: "CPF (Brazil)",
    layouts: ["3.3.3-2"],
    check: "cpf",
    kind: "identity",
    source: "Receita Federal: two check digits modulo 11",
  },
  {
    what: "CNPJ (Brazil)",
    layouts: ["2.3.3/4-2"],
    check: "cnpj",
    kind: "identity",
    source: "Receita Federal: two check digits modulo 11",
  },
  {
    what: "AHV number (Switzerland)",
    layouts: ["3.4.4.2"],
    check: "ahv",
    kind: "identity",
    source: "https://www.zas.admin.ch: 756 and the check digit of EAN-13",
  },
  {
    what: "personnummer (Sweden)",
    layouts: ["6-4", "8-4"],
    check: "personnummer",
    kind: "identity",
    source: "Skatteverket, SKV 704: a date and the check digit of ISO/IEC 7812-1",
  },
  {
    what: "resident registration number (Korea)",
    layouts: ["6-7"],
    check: "rrn",
    kind: "identity",
    source:
      "Resident Registration Act: a date, then 1 to 8; numbers since 2020 have no check digit",
  },
  {
    what: "resident identity card (China)",
    layouts: ["18"],
    check: "cnId",
    kind: "identity",
    source: "GB 11643-1999: region, date of birth, ISO 7064 MOD 11-2",
  },
]

/**
 * Numbers of letters and digits, as patterns from their first digit's token. They are strict enough
 * to stand without a word before them.
 */
export const tokenRows: ReadonlyArray<{
  readonly what: string
  readonly length: number
  readonly pattern: RegExp
  readonly kind: Kind
  readonly source: string
}> = [
  {
    what: "national insurance number (United Kingdom)",
    length: 9,
    pattern: /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/,
    kind: "identity",
    source: "HMRC, NIM39110",
  },
  {
    what: "CURP (Mexico)",
    length: 18,
    pattern: /^[A-Z][AEIOUX][A-Z]{2}\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])[HMX][A-Z]{5}[0-9A-Z]\d$/,
    kind: "identity",
    source: "RENAPO, instructivo normativo",
  },
  {
    what: "codice fiscale (Italy)",
    length: 16,
    pattern: /^[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/,
    kind: "identity",
    source: "D.M. 23 dicembre 1976",
  },
  {
    what: "PAN of a taxpayer (India)",
    length: 10,
    pattern: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/,
    kind: "identity",
    source: "Income-tax Act 1961, section 139A",
  },
]

/** The IBAN's length by country. Source: SWIFT's IBAN registry, ISO 13616. */
export const ibanLengths: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
}

/**
 * Country calling codes of one and two digits; all others have three. With the digits after them
 * they must come to 8 to 15.
 *
 * Source: ITU-T E.164, list of assigned country codes.
 */
export const callingCodes: ReadonlyArray<string> = [
  "1",
  "7",
  "20",
  "27",
  "30",
  "31",
  "32",
  "33",
  "34",
  "36",
  "39",
  "40",
  "41",
  "43",
  "44",
  "45",
  "46",
  "47",
  "48",
  "49",
  "51",
  "52",
  "53",
  "54",
  "55",
  "56",
  "57",
  "58",
  "60",
  "61",
  "62",
  "63",
  "64",
  "65",
  "66",
  "81",
  "82",
  "84",
  "86",
  "90",
  "91",
  "92",
  "93",
  "94",
  "95",
  "98",
]

/** The first two digits of country calling codes of three digits. Source: as above. */
export const callingCodes3: ReadonlyArray<string> = [
  "21",
  "22",
  "23",
  "24",
  "25",
  "26",
  "29",
  "35",
  "37",
  "38",
  "42",
  "50",
  "59",
  "67",
  "68",
  "69",
  "80",
  "85",
  "87",
  "88",
  "96",
  "97",
  "99",
]

/**
 * What looks like an email address and is none: units of systemd (`user@1000.service`) and the user
 * of repositories (`git@github.com`).
 */
export const noMail = {
  endings: [
    "service",
    "socket",
    "timer",
    "target",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
    "path",
  ],
  users: ["git", "hg", "svn"],
} as const

/** How well-known secret tokens begin, and how long they are at least. Source: their issuers' pages. */
export const tokenPrefixes: ReadonlyArray<{ readonly prefix: string; readonly length: number }> = [
  { prefix: "AKIA", length: 20 },
  { prefix: "ASIA", length: 20 },
  { prefix: "ghp_", length: 40 },
  { prefix: "gho_", length: 40 },
  { prefix: "ghs_", length: 40 },
  { prefix: "github_pat_", length: 60 },
  { prefix: "glpat-", length: 26 },
  { prefix: "sk_live_", length: 24 },
  { prefix: "rk_live_", length: 24 },
  { prefix: "xoxb-", length: 24 },
  { prefix: "xoxp-", length: 24 },
  { prefix: "AIza", length: 39 },
  { prefix: "npm_", length: 40 },
]
