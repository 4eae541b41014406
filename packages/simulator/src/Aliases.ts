/** The alias directory: who can be found under a phone number, a mail address or a merchant's id. */

/**
 * One alias, and the card behind it.
 *
 * @example
 * ```ts
 * import type { AliasRecord } from "effect-visa-direct-simulator"
 *
 * const shop: AliasRecord = {
 *   alias: "SHOP-1",
 *   holder: "merchant",
 *   recipientName: "Shop",
 *   recipientPrimaryAccountNumber: "4111111111111111",
 *   country: "KE",
 *   details: { merchantCategoryCode: "5411", transactionCurrencyCode: "404" },
 * }
 * ```
 */
export interface AliasRecord {
  readonly alias: string
  /** `01` phone number (the default), `02` mail address. */
  readonly aliasType?: string
  /**
   * Decides under which `businessApplicationId` the alias is found: consumers under PP and CI,
   * merchants under MP, agents under CO. Default `consumer`.
   */
  readonly holder?: "consumer" | "merchant" | "agent"
  readonly recipientName: string
  readonly recipientPrimaryAccountNumber: string
  readonly country: string
  /** Further members of the answer, such as `city`, `issuerName`, `cardType`. */
  readonly details?: Readonly<Record<string, string>>
  /** Resolving it is always refused with this code, such as `VAD-1170`. */
  readonly refusedWith?: string
  /** For the alias inquiry: whose the card is. Default `OTHER`. */
  readonly owner?: "REQUESTOR" | "OTHER"
  readonly paymentInstrTypes?: ReadonlyArray<string>
}

/** The alias of Visa's sandbox test data; what is not in it is our choice. */
export const testAliases: ReadonlyArray<AliasRecord> = [
  {
    alias: "254711001987",
    recipientName: "John K Kamau",
    recipientPrimaryAccountNumber: "4895140000066666",
    country: "KE",
    details: { city: "Nairobi", issuerName: "Test Bank 1", cardType: "Visa Classic" },
  },
]

export const defaultAliasType = "01"

const purposes: Readonly<Record<NonNullable<AliasRecord["holder"]>, ReadonlyArray<unknown>>> = {
  consumer: ["PP", "CI"],
  merchant: ["MP"],
  agent: ["CO"],
}

/** Whether an alias can be found for a purpose (a `businessApplicationId`). */
export const serves = (record: AliasRecord, purpose: unknown): boolean =>
  purposes[record.holder ?? "consumer"].includes(purpose)

export type AliasBook = ReadonlyMap<string, ReadonlyArray<AliasRecord>>

export const aliasBook = (records: ReadonlyArray<AliasRecord>): AliasBook => {
  const book = new Map<string, Array<AliasRecord>>()
  for (const record of records) {
    const same = book.get(record.alias)
    if (same === undefined) book.set(record.alias, [record])
    else same.push(record)
  }
  return book
}
