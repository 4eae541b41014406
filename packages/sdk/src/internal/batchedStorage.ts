/**
 * The cluster's message storage in PostgreSQL and PGlite, with the writes of many fibers in one
 * statement.
 *
 * An execution is a message that is inserted and a reply that is stored, and the storage of
 * Effect does each in a transaction of its own: five statements and two waits for the disk for each.
 * Here the same rows are written for many at once. Whatever does not fit that (duplicates, chunks,
 * interrupts) goes the way of Effect's storage, which also owns the tables and reads them.
 */
import { Array as Arr, Deferred, Effect, Layer } from "effect"
import type { Scope } from "effect"
import { MessageStorage, ShardId, Snowflake, SqlMessageStorage } from "effect/cluster"
import type { Reply, ShardingConfig } from "effect/cluster"
import type { Digest } from "effect/crypto"
import { SqlClient } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { EngineStop } from "./engineStop.ts"
import { groupCommit } from "./groupCommit.ts"
import { migrated } from "./migrate.ts"
import { isOfOne, recordset } from "./sqlStore.ts"
import { patiently } from "./storeFailure.ts"

type Saved = Parameters<MessageStorage.Encoded["saveEnvelope"]>[0]
type Request = Extract<Saved["envelope"], { readonly _tag: "Request" }>
type Exited = Extract<Reply.Encoded, { readonly _tag: "WithExit" }>

interface KeyedRequest {
  readonly envelope: Request
  readonly primaryKey: string
  readonly deliverAt: number | null
}

/** Longer keys are hashed by Effect's storage. */
const maxKeyLength = 255

const isKeyedRequest = (saved: Saved): saved is Saved & KeyedRequest =>
  saved.envelope._tag === "Request" &&
  saved.primaryKey !== null &&
  saved.primaryKey.length <= maxKeyLength

/** The row that Effect's storage writes for a request. */
const rowOf = ({ deliverAt, envelope, primaryKey }: KeyedRequest) => ({
  id: envelope.requestId,
  message_id: primaryKey,
  shard_id: ShardId.toString(envelope.address.shardId),
  entity_type: envelope.address.entityType as string,
  entity_id: envelope.address.entityId as string,
  kind: 0,
  tag: envelope.tag,
  payload: JSON.stringify(envelope.payload),
  headers: JSON.stringify(envelope.headers),
  trace_id: envelope.traceId ?? null,
  span_id: envelope.spanId ?? null,
  sampled: envelope.sampled ?? null,
  request_id: envelope.requestId,
  reply_id: null,
  deliver_at: deliverAt,
})

const waiting = patiently("Messages to a payout")

/** The cluster looks for what is not processed many times a second, in a table that keeps everything. */
const indexOpen = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // It is there already where it was made before this migration was.
  yield* sql`
    CREATE INDEX IF NOT EXISTS cluster_messages_open ON cluster_messages (rowid)
    WHERE processed = FALSE`
})

const make = Effect.gen(function* (): Effect.fn.Return<
  MessageStorage.MessageStorage["Service"],
  VisaError,
  | SqlClient.SqlClient
  | Snowflake.Generator
  | ShardingConfig.ShardingConfig
  | Digest.Digest
  | EngineStop
  | Scope.Scope
> {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const base = yield* SqlMessageStorage.makeEncoded()
  yield* migrated("cluster", { "0001_open_messages": indexOpen })

  const stop = yield* EngineStop

  const insert = yield* groupCommit(
    (requests: ReadonlyArray<KeyedRequest>) => {
      const rows = requests.map(rowOf)
      return Arr.isArrayNonEmpty(rows)
        ? sql<{ readonly id: string }>`
            INSERT INTO cluster_messages ${sql.insert(rows)}
            ON CONFLICT (message_id) DO NOTHING
            RETURNING id`.unprepared.pipe(
            Effect.withTracerEnabled(false),
            Effect.map((inserted) => {
              const ids = new Set(inserted.map(({ id }) => String(id)))
              return requests.map(({ envelope }) => ids.has(String(envelope.requestId)))
            }),
          )
        : Effect.succeed([])
    },
    { max: 128, writers: 2, isOfOne },
  )

  /** Of requests that have a final reply: it, as it is stored. */
  const repliesOf = (requests: ReadonlyArray<string>) =>
    sql<{ readonly request: string; readonly payload: string }>`
      SELECT request_id::TEXT AS request, payload FROM cluster_replies
      WHERE request_id = ANY (${requests}::BIGINT[]) AND kind = 0`.unprepared

  /**
   * Whether the reply is stored now. It is also where the same was stored before, by an attempt whose
   * answer was lost: there can be one for each request, and the attempts differ in their ids alone.
   */
  const reply = yield* groupCommit(
    Effect.fnUntraced(function* (replies: ReadonlyArray<Exited>) {
      const rows = replies.map(({ exit, id, requestId }) => ({
        id: String(id),
        request: String(requestId),
        payload: JSON.stringify(exit),
      }))
      const requests = rows.map(({ request }) => request)
      const added = yield* sql<{ readonly request: string }>`
          WITH stored AS (
            INSERT INTO cluster_replies (id, kind, request_id, payload)
            SELECT id, 0, request, payload
            FROM ${recordset(sql, rows, "answered (id BIGINT, request BIGINT, payload TEXT)")}
            ON CONFLICT DO NOTHING
            RETURNING id, request_id
          ), updated AS (
            UPDATE cluster_messages AS message SET processed = TRUE, last_reply_id = stored.id
            FROM stored
            WHERE message.request_id = stored.request_id
              AND message.request_id = ANY (${requests}::BIGINT[])
          )
          SELECT request_id::TEXT AS request FROM stored`.unprepared
      const stored = new Set(added.map(({ request }) => request))
      const missing = rows.filter(({ request }) => !stored.has(request))
      if (missing.length > 0) {
        const found = yield* repliesOf(missing.map(({ request }) => request))
        const before = new Map(found.map(({ payload, request }) => [request, payload]))
        for (const { payload, request } of missing) {
          if (before.get(request) === payload) stored.add(request)
        }
      }
      return requests.map((request) => stored.has(request))
    }, Effect.withTracerEnabled(false)),
    { max: 128, writers: 2, isOfOne },
  )

  return yield* MessageStorage.makeEncoded({
    ...base,
    // Whoever sends a message to an execution dies of it when it cannot be stored. That would be a payout
    // of which its caller knows nothing, or one that nobody wakes.
    saveEnvelope: (saved) =>
      isKeyedRequest(saved)
        ? waiting(
            Effect.flatMap(insert(saved), (isNew) =>
              isNew
                ? Effect.succeed(MessageStorage.SaveResultEncoded.Success())
                : base.saveEnvelope(saved),
            ),
          )
        : base.saveEnvelope(saved),
    // The cluster tries five times within a second, and then leaves the execution to a later look at the
    // table, minutes away, with its callers waiting. It cannot be interrupted here, so it has to be told
    // when nobody waits any more.
    saveReply: (saved) =>
      saved._tag === "WithExit"
        ? Effect.flatMap(
            Effect.raceFirst(
              Effect.interruptible(waiting(reply(saved))),
              Effect.as(Effect.interruptible(Deferred.await(stop)), false),
            ),
            (isStored) => (isStored ? Effect.void : base.saveReply(saved)),
          )
        : base.saveReply(saved),
  })
})

export const layer: Layer.Layer<
  MessageStorage.MessageStorage,
  VisaError,
  SqlClient.SqlClient | ShardingConfig.ShardingConfig | Digest.Digest | EngineStop
> = Layer.effect(MessageStorage.MessageStorage, make).pipe(Layer.provide(Snowflake.layerGenerator))
