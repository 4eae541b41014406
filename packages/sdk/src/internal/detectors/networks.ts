/** Where the issuer ranges come from. */
export const cardSources = {
  iso: "ISO/IEC 7812-1: digits, lengths and the check digit",
  list: "https://en.wikipedia.org/wiki/Payment_card_number, its table of issuer identification numbers",
  braintree: "https://github.com/braintree/credit-card-type, src/lib/card-types.ts",
  country:
    "ISO/IEC 7812-1: numbers of national systems begin with 9 and the country's ISO 3166 number",
  visa: "Visa's sandbox test data",
} as const

/** Card numbers of one network start with a number between `from` and `to`, padded to the right. */
export interface Network {
  readonly network: string
  readonly from: string
  readonly to: string
  readonly lengths: ReadonlyArray<number>
  /** Whether the last digit must be that of ISO/IEC 7812-1, annex B. */
  readonly check: "luhn" | "none"
  readonly source: keyof typeof cardSources
}

const upTo = (last: number, ...lengths: ReadonlyArray<number>): ReadonlyArray<number> => [
  ...lengths,
  ...Array.from({ length: last - 15 }, (_, index) => 16 + index),
]
const sixteen = [16]
const from16To19 = upTo(19)

const luhn = (
  network: string,
  from: string,
  to: string,
  lengths: ReadonlyArray<number>,
  source: keyof typeof cardSources = "list",
): Network => ({ network, from, to, lengths, check: "luhn", source })

/**
 * Issuer ranges. Visa's own `transactionIdentifier` has 15 digits and a retrieval reference number
 * has 12: those lengths belong only to networks that are known to use them, in ranges that are
 * narrow or known for it.
 */
export const networks: ReadonlyArray<Network> = [
  luhn("Visa", "4", "4", [13, 16, 18, 19], "braintree"),
  luhn("Mastercard", "51", "55", sixteen),
  luhn("Mastercard", "2221", "2720", sixteen),
  luhn("American Express", "34", "34", [15]),
  luhn("American Express", "37", "37", [15]),
  luhn("Discover", "6011", "6011", from16To19),
  luhn("Discover", "644", "659", from16To19),
  luhn("Diners Club", "30", "30", upTo(19, 14)),
  luhn("Diners Club", "36", "36", upTo(19, 14)),
  luhn("Diners Club", "38", "39", upTo(19, 14)),
  luhn("JCB", "3528", "3589", from16To19),
  luhn("JCB", "2131", "2131", [15], "braintree"),
  luhn("JCB", "1800", "1800", [15], "braintree"),
  // Not all issuers of UnionPay use the check digit, and programs that test for it lose customers.
  {
    network: "UnionPay",
    from: "62",
    to: "62",
    lengths: from16To19,
    check: "none",
    source: "braintree",
  },
  luhn("UnionPay", "62", "62", [14, 15], "braintree"),
  luhn("UnionPay", "810", "817", from16To19, "braintree"),
  luhn("Maestro", "5018", "5018", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "5020", "5020", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "5038", "5038", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "5893", "5893", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "6304", "6304", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "6759", "6759", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "6761", "6763", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "676770", "676770", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "676774", "676774", upTo(19, 12, 13, 14, 15)),
  luhn("Maestro", "50", "50", upTo(19, 13, 14)),
  luhn("Maestro", "56", "59", upTo(19, 13, 14), "braintree"),
  luhn("Maestro", "63", "63", upTo(19, 13, 14), "braintree"),
  luhn("Maestro", "67", "67", upTo(19, 13, 14), "braintree"),
  luhn("Maestro", "6", "6", from16To19, "braintree"),
  luhn("Dankort", "5019", "5019", sixteen),
  luhn("Verve", "506099", "506198", [16, 18, 19]),
  luhn("Verve", "507865", "507964", [16, 18, 19]),
  luhn("Verve", "650002", "650027", [16, 18, 19]),
  luhn("Elo", "5067", "5067", sixteen, "braintree"),
  luhn("Elo", "509", "509", sixteen, "braintree"),
  luhn("Hipercard", "606282", "606282", [13, 16, 19]),
  luhn("Hipercard", "3841", "3841", sixteen),
  luhn("Hiper", "637095", "637095", sixteen, "braintree"),
  luhn("RuPay", "508", "508", sixteen),
  luhn("RuPay", "353", "353", sixteen),
  luhn("RuPay", "356", "356", sixteen),
  luhn("RuPay", "60", "60", sixteen),
  luhn("RuPay", "65", "65", sixteen),
  luhn("RuPay", "81", "82", sixteen),
  luhn("Mir", "2200", "2204", from16To19),
  luhn("Borica", "2205", "2205", sixteen),
  luhn("GPN", "1946", "1946", [16, 18, 19]),
  luhn("GPN", "60", "63", [16, 18, 19]),
  luhn("InterPayment", "636", "636", from16To19),
  luhn("InstaPayment", "637", "639", sixteen),
  luhn("LankaPay", "357111", "357111", sixteen),
  luhn("UATP", "1", "1", [15]),
  luhn("T-Union", "31", "31", [19]),
  luhn("Uzcard", "8600", "8600", sixteen),
  luhn("Uzcard", "5614", "5614", sixteen),
  luhn("Humo", "9860", "9860", sixteen, "country"),
  luhn("Troy", "9792", "9792", sixteen, "country"),
  luhn("Napas", "9704", "9704", [16, 19], "country"),
  luhn("Belkart", "9112", "9112", sixteen, "country"),
  luhn("ArCa", "9051", "9051", sixteen, "country"),
  luhn("Elcart", "9417", "9417", sixteen, "country"),
  luhn("BC Card", "94", "94", sixteen, "country"),
]

/** Public numbers of Visa's sandbox whose check digit is wrong. They are masked like real ones. */
export const sandboxNumbers: ReadonlyArray<number> = [
  4060320000000127, 4003974278332156, 4104920120500001, 4104920120500002,
]

/**
 * How the digits of a card number are grouped, where the groups are not all of one size or of three
 * to six digits each. Networks print 4-4-4-4, 4-6-5, 4-6-4 or 6-13; forms and files cut after the
 * issuer's six or eight digits.
 */
export const cardGroups: ReadonlyArray<ReadonlyArray<number>> = [
  [4, 4, 8],
  [6, 7],
  [6, 8],
  [6, 9],
  [6, 10],
  [6, 12],
  [6, 13],
  [8, 7],
  [8, 8],
  [8, 10],
  [8, 11],
  [8, 4, 4],
  [12, 4],
  [10, 6],
]
