/**
 * Executions in the tables of Effect's cluster.
 *
 * A payout that is accepted is stored as the message that has the cluster run it, due when the lease is
 * over. Meanwhile the process that accepted it runs it in place, and when it has ended stores the reply,
 * so that the cluster never begins it. A process that dies leaves a message that comes due: whichever
 * machine has its shard then runs it, and finds the steps that were made in their table. What has to
 * wait becomes due at once. To run twice at one time is safe, as everything that moves money is claimed.
 */
import {
  Clock,
  Context,
  DateTime,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Schedule,
} from "effect"
import type { Scope } from "effect"
import {
  ClusterSchema,
  DeliverAt,
  EntityAddress,
  EntityId,
  EntityType,
  Envelope,
  Message,
  MessageStorage,
  Reply,
  Sharding,
} from "effect/cluster"
import type { Snowflake } from "effect/cluster"
import { Headers } from "effect/http"
import { Rpc } from "effect/rpc"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { Workflow } from "effect/workflow"
import { PayoutWorkflow } from "../payouts/PayoutWorkflow.ts"
import type { Ending } from "../payouts/PayoutWorkflow.ts"
import type { VisaError } from "../VisaError.ts"
import { Executions } from "./executions.ts"
import type { Acceptance, Kept } from "./executions.ts"
import type { Accepted } from "./saga.ts"
import { rememberIn, StoredSteps } from "./storedSteps.ts"
import { patiently, storeUnavailable } from "./storeFailure.ts"

/** The message with which Effect's cluster has an entity run a workflow. */
const RunRpc = Rpc.make("run", {
  payload: PayoutWorkflow.payloadSchema.fields,
  primaryKey: () => "",
  success: Workflow.Result({
    success: PayoutWorkflow.successSchema,
    error: PayoutWorkflow.errorSchema,
  }),
}).annotate(ClusterSchema.Persisted, true)

const entityType = EntityType.make(`Workflow/${PayoutWorkflow._tag}`)

const shardGroupOf = Context.get(PayoutWorkflow.annotations, ClusterSchema.ShardGroup)

const waiting = patiently("Payouts")

export interface SqlExecutionsOptions {
  /** How long an execution is left to the process that accepted it, when that gives no sign of life. */
  readonly lease: Duration.Input
  /** Whether no other process works on this database: then what was left behind is due at once. */
  readonly isAlone: boolean
}

interface Running {
  readonly requestId: Snowflake.Snowflake
  readonly since: number
}

const elsewhere: Acceptance = { _tag: "Elsewhere" }

const completed = (reply: Reply.Reply<typeof RunRpc>): Acceptance => {
  const result =
    reply._tag === "WithExit" && Exit.isSuccess(reply.exit) ? reply.exit.value : undefined
  return result?._tag === "Complete" && Exit.isSuccess(result.exit)
    ? { _tag: "Ended", ending: result.exit.value }
    : elsewhere
}

const make = Effect.fnUntraced(function* ({
  isAlone,
  lease,
}: SqlExecutionsOptions): Effect.fn.Return<
  Executions["Service"],
  SqlError,
  | SqlClient.SqlClient
  | Sharding.Sharding
  | MessageStorage.MessageStorage
  | StoredSteps
  | Scope.Scope
> {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const sharding = yield* Sharding.Sharding
  const storage = yield* MessageStorage.MessageStorage
  const steps = yield* StoredSteps
  const remember = rememberIn(steps)
  const clock = yield* Clock.Clock
  const leaseMillis = Duration.toMillis(Duration.fromInputUnsafe(lease))
  const beat = leaseMillis / 3
  const running = new Set<Running>()
  /** How executions ended whose end is not stored yet. */
  const ends = new Map<string, Ending>()
  const storing = new Set<Fiber.Fiber<void>>()

  // With a database that is away none of them waits: see `EngineStop`.
  yield* Effect.addFinalizer(() => Effect.suspend(() => Fiber.awaitAll(storing)))

  if (isAlone) {
    yield* sql`
      UPDATE cluster_messages SET deliver_at = NULL
      WHERE processed = FALSE AND deliver_at IS NOT NULL
      AND entity_type = ${entityType} AND tag = ${RunRpc._tag}`
    yield* sharding.pollStorage
  }

  // What is not renewed comes due too early, and is then run twice: that is safe, and no reason to stop.
  yield* Effect.suspend(() => {
    const now = clock.currentTimeMillisUnsafe()
    const old = [...running].filter(({ since }) => now - since >= beat)
    return old.length === 0
      ? Effect.void
      : Effect.asVoid(sql`
          UPDATE cluster_messages SET deliver_at = ${now + leaseMillis}
          WHERE request_id = ANY (${old.map(({ requestId }) => String(requestId))}::BIGINT[])
          AND processed = FALSE AND deliver_at IS NOT NULL`)
  }).pipe(
    Effect.ignore({ log: "Debug" }),
    Effect.schedule(Schedule.spaced(Duration.millis(beat))),
    Effect.forkScoped,
  )

  const requestOf = (executionId: string, accepted: Accepted, requestId: Snowflake.Snowflake) => {
    const entityId = EntityId.make(executionId)
    const due = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe() + leaseMillis)
    return new Message.OutgoingRequest<typeof RunRpc>({
      envelope: Envelope.makeRequest<typeof RunRpc>({
        requestId,
        address: EntityAddress.make({
          entityType,
          entityId,
          shardId: sharding.getShardId(entityId, shardGroupOf(entityId)),
        }),
        tag: RunRpc._tag,
        payload: Object.assign(RunRpc.payloadSchema.make(accepted), {
          [DeliverAt.symbol]: () => due,
        }),
        headers: Headers.empty,
      }),
      context: Context.empty(),
      lastReceivedReply: Option.none(),
      rpc: RunRpc,
      respond: () => Effect.void,
      annotations: RunRpc.annotations,
    })
  }

  const reply = (requestId: Snowflake.Snowflake, ending: Ending) =>
    Effect.flatMap(sharding.getSnowflake, (id) =>
      storage.saveReply(
        new Reply.ReplyWithContext({
          reply: new Reply.WithExit<typeof RunRpc>({
            id,
            requestId,
            exit: Exit.succeed(new Workflow.Complete({ exit: Exit.succeed(ending) })),
          }),
          context: Context.empty(),
          rpc: RunRpc,
        }),
      ),
    )

  const keep = (executionId: string, requestId: Snowflake.Snowflake): Kept => {
    const mine: Running = { requestId, since: clock.currentTimeMillisUnsafe() }
    running.add(mine)
    return {
      remember: (step, success, value, told) => remember(executionId, step, success, value, told),
      // Nobody waits for it: the end follows from the steps, and those are stored.
      end: (ending) =>
        Effect.suspend(() => {
          ends.set(executionId, ending)
          return reply(requestId, ending)
        }).pipe(
          // Somebody else ended it as well. What is stored has been said to others.
          Effect.ignore({ log: "Debug" }),
          Effect.ensuring(
            Effect.sync(() => {
              ends.delete(executionId)
              running.delete(mine)
            }),
          ),
          Effect.forkDetach({ startImmediately: true }),
          Effect.map((fiber) => {
            storing.add(fiber)
            fiber.addObserver(() => void storing.delete(fiber))
          }),
        ),
      handOver: (begin) =>
        waiting(sql`
          UPDATE cluster_messages SET deliver_at = NULL
          WHERE request_id = ${String(requestId)} AND processed = FALSE`).pipe(
          Effect.andThen(begin),
          Effect.ensuring(Effect.sync(() => running.delete(mine))),
        ),
    }
  }

  return Executions.of({
    storesPayouts: true,
    storesTold: steps.takesEvents,
    accept: Effect.fnUntraced(function* (executionId, accepted) {
      const ending = ends.get(executionId)
      if (ending !== undefined) return { _tag: "Ended", ending }
      const requestId = yield* sharding.getSnowflake
      // The storage waits for its database.
      const saved = yield* Effect.orDie(
        storage.saveRequest(requestOf(executionId, accepted, requestId)),
      )
      // Its own message is there already where the answer of the first attempt was lost.
      if (saved._tag === "Success" || saved.originalId === requestId) {
        return { _tag: "Mine", kept: keep(executionId, requestId) }
      }
      return Option.match(saved.lastReceivedReply, { onNone: () => elsewhere, onSome: completed })
    }),
    recall: () => undefined,
    find: (executionId) => Effect.sync(() => Option.fromUndefinedOr(ends.get(executionId))),
  })
})

export const layer = (
  options: SqlExecutionsOptions,
): Layer.Layer<
  Executions,
  VisaError,
  SqlClient.SqlClient | Sharding.Sharding | MessageStorage.MessageStorage | StoredSteps
> => Layer.effect(Executions, Effect.catch(make(options), storeUnavailable("The database")))
