import type { AcquiringBin } from "../AcquiringBin.ts"
import type { PushRequest } from "../api/FundsTransfer.ts"
import type { Country } from "../Country.ts"

/** The party for which Visa moves the money, as its program with Visa was set up. */
export interface Originator {
  readonly acquiringBin: AcquiringBin
  /** Where the acquirer is. */
  readonly country: Country
  /** Name, ids and address that recipients and their banks see. */
  readonly cardAcceptor: PushRequest["cardAcceptor"]
  /** ISO 18245. Demanded where payouts are funded from cards. */
  readonly merchantCategoryCode?: number | undefined
  /** Assigned by Visa for payouts to accounts and wallets, which need it; the sandbox's is 1002. */
  readonly initiatingPartyId?: number | undefined
  /** Visa's kind of payment of debits that fund payouts. `AA`, account to account, when absent. */
  readonly pullApplicationId?: string | undefined
}
