import { Schema } from "effect"
import { Country } from "../Country.ts"
import * as Fields from "../internal/fields.ts"

/**
 * The party for which Visa moves the money, as its program with Visa was set up. A payout keeps the one
 * with which it was accepted.
 */
export const Originator = Schema.Struct({
  acquiringBin: Fields.acquiringBin,
  /** Where the acquirer is. */
  country: Country.Schema,
  /** Name, ids and address that recipients and their banks see. */
  cardAcceptor: Fields.cardAcceptor,
  /** ISO 18245. Demanded where payouts are funded from cards. */
  merchantCategoryCode: Fields.optionalInteger(0, 9_999),
  /** Assigned by Visa for payouts to accounts and wallets, which need it; the sandbox's is 1002. */
  initiatingPartyId: Fields.optionalInteger(1, Number.MAX_SAFE_INTEGER),
  /** Visa's kind of payment of debits that fund payouts. `AA`, account to account, when absent. */
  pullApplicationId: Schema.optionalKey(Fields.text(2, 2)),
})
export type Originator = typeof Originator.Type
