/** What a saga works with. */
import type { Duration } from "effect"
import type { FundsTransfer } from "../api/FundsTransfer.ts"
import type { Outcome, OutcomeOptions } from "../api/Outcome.ts"
import type { Originator } from "../payouts/Originator.ts"
import type { PayoutEvents } from "../payouts/PayoutEvents.ts"
import type { PayoutVault } from "../payouts/PayoutVault.ts"
import type { Quotes } from "../payouts/Quotes.ts"
import type { WorkList } from "../payouts/WorkList.ts"
import type { TransactionIdentity } from "../TransactionIdentity.ts"
import type { Guards } from "./guardsOf.ts"
import type { MoneyStepContext } from "./moneyStep.ts"
import type { Preflight } from "./preflight.ts"

export interface SagaEnv extends MoneyStepContext {
  readonly originator: Originator
  readonly vault: PayoutVault["Service"]
  readonly identities: TransactionIdentity["Service"]
  readonly outcome: Outcome["Service"]
  readonly transfers: FundsTransfer["Service"]
  readonly events: PayoutEvents["Service"]
  readonly workList: WorkList["Service"]
  readonly preflight: Preflight
  readonly guards: Guards
  readonly quotes: Quotes["Service"] | undefined
  readonly asking: OutcomeOptions
  /** How often a payout to an account or wallet may be sent again under its reference. */
  readonly accountResends: number
  /** The pauses before what could not be sent is tried again. */
  readonly patience: ReadonlyArray<Duration.Duration>
  /** Called when the outcome of a step is unknown: somebody in this process may wait. */
  readonly onUnknown: (payout: string) => void
}
