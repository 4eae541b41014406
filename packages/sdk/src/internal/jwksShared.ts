/** The key set that processes share through a `Persistence`, if there is one. */
import { Duration, Effect, Exit, Option, Result, Schema } from "effect"
import type { Scope } from "effect"
import * as Persistable from "effect/persistence/Persistable"
import * as Persistence from "effect/persistence/Persistence"
import { makeFailover } from "./failover.ts"
import { parseKeySet } from "./jwksKeys.ts"
import type { EncryptionKey } from "./jwksKeys.ts"

/** A set and its dates, in epoch milliseconds. */
export interface DatedKeySet {
  readonly keys: ReadonlyArray<EncryptionKey>
  readonly fetchedAt: number
  readonly freshUntil: number
}

/** Never fails and never waits for long: without it each process fetches for itself. */
export interface SharedKeySet {
  readonly read: (now: number) => Effect.Effect<DatedKeySet | undefined>
  readonly write: (set: DatedKeySet) => Effect.Effect<void>
  readonly remove: Effect.Effect<void>
}

class Stored extends Persistable.Class<{ payload: { readonly endpoints: string } }>()(
  "JwksKeySet",
  {
    primaryKey: ({ endpoints }) => endpoints,
    success: Schema.Struct({
      /** A JWKS of the usable keys: read with all the checks of one that was fetched. */
      jwks: Schema.String,
      fetchedAt: Schema.Finite,
      freshUntil: Schema.Finite,
    }),
  },
) {}

type StoreError = Persistence.PersistenceError | Schema.SchemaError

const nothing: SharedKeySet = {
  read: () => Effect.undefined,
  write: () => Effect.void,
  remove: Effect.void,
}

const storeId = "visa-direct-jwks"

export const makeShared = Effect.fnUntraced(function* (options: {
  /** Of all endpoints, in their order: processes that ask elsewhere share nothing. */
  readonly endpoints: ReadonlyArray<string>
  readonly hardAge: number
}): Effect.fn.Return<SharedKeySet, never, Scope.Scope> {
  const persistence = yield* Effect.serviceOption(Persistence.Persistence)
  if (Option.isNone(persistence)) return nothing
  const store = yield* persistence.value.make({
    storeId,
    timeToLive: () => Duration.millis(options.hardAge),
  })
  const key = new Stored({ endpoints: options.endpoints.join(" ") })
  const failover = makeFailover<StoreError>({
    name: "The store of shared keys",
    timeout: Duration.millis(250),
    pause: Duration.seconds(5),
    unanswered: new Persistence.PersistenceError({ message: "The store did not answer" }),
    isAway: ({ _tag }) => _tag === "PersistenceError",
  })

  return {
    read: (now) =>
      failover(store.get(key), Effect.undefined).pipe(
        // Of another version, or damaged: the endpoint knows better.
        Effect.catch(() => Effect.undefined),
        Effect.map((exit) => {
          if (exit === undefined || Exit.isFailure(exit)) return undefined
          const { fetchedAt, freshUntil, jwks } = exit.value
          const parsed = parseKeySet(jwks)
          if (Result.isFailure(parsed)) return undefined
          // The clock of the machine that wrote it may be ahead of this one's.
          const ahead = Math.max(0, fetchedAt - now)
          return {
            keys: parsed.success.keys,
            fetchedAt: fetchedAt - ahead,
            freshUntil: freshUntil - ahead,
          }
        }),
      ),
    write: ({ fetchedAt, freshUntil, keys }) =>
      Effect.ignore(
        failover(
          store.set(
            key,
            Exit.succeed({
              jwks: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }),
              fetchedAt,
              freshUntil,
            }),
          ),
          Effect.void,
        ),
      ),
    remove: Effect.ignore(failover(store.remove(key), Effect.void)),
  }
})
