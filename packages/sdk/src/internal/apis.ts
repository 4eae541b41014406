/** Every API of Visa on one transport: what both composition roots have in common. */
import { Layer } from "effect"
import { AccountPayouts } from "../api/AccountPayouts.ts"
import { AliasDirectory } from "../api/AliasDirectory.ts"
import { CardAttributes } from "../api/CardAttributes.ts"
import { CardValidation } from "../api/CardValidation.ts"
import { Connectivity } from "../api/Connectivity.ts"
import { ForeignExchange } from "../api/ForeignExchange.ts"
import { FundsTransfer } from "../api/FundsTransfer.ts"
import { Outcome } from "../api/Outcome.ts"
import { Reports } from "../api/Reports.ts"
import { TransactionQuery } from "../api/TransactionQuery.ts"
import { WatchList } from "../api/WatchList.ts"
import type { Transport } from "../Transport.ts"

export type Apis =
  | AccountPayouts
  | AliasDirectory
  | CardAttributes
  | CardValidation
  | Connectivity
  | ForeignExchange
  | FundsTransfer
  | Outcome
  | Reports
  | TransactionQuery
  | WatchList

// Fresh: Effect builds a layer once for a program, and a second set of credentials inside of the first
// would silently go out through the transport of the first.
export const apis: Layer.Layer<Apis, never, Transport> = Layer.fresh(
  Layer.mergeAll(
    AliasDirectory.layer,
    CardAttributes.layer,
    CardValidation.layer,
    Connectivity.layer,
    ForeignExchange.layer,
    Reports.layer,
    WatchList.layer,
    Outcome.layer.pipe(
      Layer.provideMerge(
        Layer.mergeAll(AccountPayouts.layer, FundsTransfer.layer, TransactionQuery.layer),
      ),
    ),
  ),
)
