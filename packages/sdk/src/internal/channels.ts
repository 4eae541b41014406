/**
 * The open channels of a transport: one per set of credentials that is in use, that has just been
 * replaced, or that is being tried.
 */
import { Deferred, Effect, Exit, FiberMap, Stream } from "effect"
import type { Duration, Scope } from "effect"
import type { CertificateStore, Generation, TlsIdentity } from "../CertificateStore.ts"
import { makeChannel } from "./channel.ts"
import type { Channel, ChannelOptions } from "./channel.ts"
import { Telemetry } from "../Telemetry.ts"
import * as Lease from "./lease.ts"

export interface ChannelsOptions extends ChannelOptions {
  /** How long requests of a replaced generation may still run. */
  readonly drainDeadline: Duration.Duration
  /** How long the channel of a replaced generation is kept for a rollback. */
  readonly keepPrevious: Duration.Duration
}

export interface Channels {
  /** The channel of a generation, opened when there is none, in use until the scope closes. */
  readonly of: (generation: Generation) => Effect.Effect<Channel, never, Scope.Scope>
  /**
   * The channel of a generation that may come to be published: when the scope closes with a failure,
   * it was not.
   */
  readonly candidate: (generation: Generation) => Effect.Effect<Channel, never, Scope.Scope>
  /** Open connections of the current generation's channel. */
  readonly connections: Effect.Effect<number>
}

interface Entry {
  readonly generation: Generation
  readonly leased: Lease.Leased<Channel>
}

/** All channels break when the scope closes. */
export const make = Effect.fnUntraced(function* (
  store: CertificateStore["Service"],
  options: ChannelsOptions,
): Effect.fn.Return<Channels, never, Scope.Scope> {
  const scope = yield* Effect.scope
  // By identity, not by generation: a rollback brings the same set back under a new id. All of this
  // is only ever touched synchronously.
  const entries = new Map<TlsIdentity, Entry>()
  const candidates = new Set<Entry>()
  const open = new Set<Channel>()
  const retirements = yield* FiberMap.make<TlsIdentity>()
  let current = yield* store.current

  yield* Effect.addFinalizer(() =>
    Effect.forEach(open, (channel) => Effect.andThen(channel.destroy, isClosed(channel)), {
      discard: true,
    }),
  )

  const isClosed = (channel: Channel) =>
    Effect.suspend(() =>
      open.delete(channel) ? Telemetry.connectionPools.change(-1) : Effect.void,
    )

  const close = (entry: Entry): Effect.Effect<void> =>
    Effect.suspend(() => {
      const { generation, leased } = entry
      if (entries.get(generation.tls) === entry) entries.delete(generation.tls)
      Lease.retire(leased)
      return Deferred.await(leased.drained).pipe(
        Effect.andThen(leased.value.close),
        Effect.timeoutOption(options.drainDeadline),
        Effect.andThen(leased.value.destroy),
        Effect.andThen(isClosed(leased.value)),
        Effect.andThen(Effect.logDebug("Connections are closed")),
        Effect.annotateLogs({ generation: generation.id }),
      )
    })

  /** In a fiber that no rollback interrupts: what is being closed cannot be had back. */
  const closeSoon = (entry: Entry) => Effect.asVoid(Effect.forkIn(close(entry), scope))

  const closeLater = (entry: Entry) =>
    Effect.asVoid(
      FiberMap.run(
        retirements,
        entry.generation.tls,
        Effect.andThen(Effect.sleep(options.keepPrevious), closeSoon(entry)),
      ),
    )

  /** The channel of `next` stays, that of the one before is kept for a while, older ones go. */
  const onPublished = Effect.fnUntraced(function* (next: Generation) {
    const before = current
    current = next
    yield* FiberMap.remove(retirements, next.tls)
    for (const entry of entries.values()) {
      const { tls } = entry.generation
      if (tls === next.tls || candidates.has(entry)) continue
      yield* tls === before.tls
        ? closeLater(entry)
        : Effect.andThen(FiberMap.remove(retirements, tls), closeSoon(entry))
    }
  })
  yield* Effect.forkScoped(Stream.runForEach(store.changes, onPublished))

  const add = (generation: Generation): Entry => {
    const entry = { generation, leased: Lease.make(makeChannel(generation, options)) }
    entries.set(generation.tls, entry)
    open.add(entry.leased.value)
    return entry
  }

  const noteOpened = ({ generation }: Entry) =>
    Effect.logDebug("Connections are opened").pipe(
      Effect.annotateLogs({ generation: generation.id }),
      Effect.andThen(Telemetry.connectionPools.change(1)),
      Effect.andThen(Telemetry.connectionPoolsOpened.increment()),
    )

  return {
    of: (generation) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const found = entries.get(generation.tls)
          if (found !== undefined) return Effect.succeed(Lease.acquire(found.leased))
          const entry = add(generation)
          Lease.acquire(entry.leased)
          // A straggler may find the channel of its generation gone; it gets one for itself.
          const isLate = generation.id < current.id
          return Effect.as(
            Effect.andThen(noteOpened(entry), isLate ? closeSoon(entry) : Effect.void),
            entry.leased,
          )
        }),
        (leased) => Effect.sync(() => Lease.release(leased)),
      ).pipe(Effect.map((leased) => leased.value)),
    candidate: (generation) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const found = entries.get(generation.tls)
          if (found !== undefined) return Effect.succeed(found)
          const entry = add(generation)
          candidates.add(entry)
          return Effect.as(noteOpened(entry), entry)
        }),
        (entry, exit) =>
          Effect.suspend(() =>
            candidates.delete(entry) && Exit.isFailure(exit) ? closeSoon(entry) : Effect.void,
          ),
      ).pipe(Effect.map(({ leased }) => leased.value)),
    connections: Effect.sync(() => entries.get(current.tls)?.leased.value.connections() ?? 0),
  }
})
