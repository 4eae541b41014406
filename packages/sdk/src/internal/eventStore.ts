/** What a store of events keeps and does. */
import type { Duration, Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import type { PayoutEvent } from "./payoutEvent.ts"

/** An event at its place among all events. */
export interface RecordedEvent {
  /** Grows with every event; there may be gaps. */
  readonly position: number
  readonly event: PayoutEvent
}

/** A store of events. Fail with `StoreUnavailable` where it does not answer. */
export interface EventStore {
  /** Stores events in their order, and passes over those whose payout, tag and round are there. */
  readonly append: (events: ReadonlyArray<PayoutEvent>) => Effect.Effect<void, VisaError>
  /** The events of a payout after a position, oldest first. */
  readonly read: (
    payout: string,
    after: number,
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, VisaError>
  /**
   * The same, but where there are none it waits, until there may be some or the time is over. What is
   * appended by other processes it may notice only then.
   */
  readonly watch: (
    payout: string,
    after: number,
    within: Duration.Duration,
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, VisaError>
  /** The oldest events of all payouts that are not marked as delivered. */
  readonly undelivered: (limit: number) => Effect.Effect<ReadonlyArray<RecordedEvent>, VisaError>
  readonly delivered: (positions: ReadonlyArray<number>) => Effect.Effect<void, VisaError>
  /** Forgets events that are delivered and so old. Answers how many. */
  readonly prune: (ageMillis: number) => Effect.Effect<number, VisaError>
  /** @internal Of a store in SQL. */
  readonly inStatement?: EventsInStatement | undefined
}

/** How events are stored in one statement with what they tell of. */
export interface EventsInStatement {
  /** Whose database has the table of events. */
  readonly sql: SqlClient.SqlClient
  /** The statement that stores events and passes over those that are there. */
  readonly insert: (events: ReadonlyArray<PayoutEvent>) => Statement.Fragment
  /** To be called when they are stored. */
  readonly notify: (events: ReadonlyArray<PayoutEvent>) => void
}

/** Whether two events of one payout have one name. */
export const isSame = (
  { _tag, round = 1 }: PayoutEvent,
  { _tag: tag, round: other = 1 }: PayoutEvent,
): boolean => _tag === tag && round === other

/** The kinds after which nothing follows. */
export const isLast = ({ _tag }: PayoutEvent): boolean =>
  _tag === "Settled" || _tag === "Declined" || _tag === "Refused"
