/** The open channels of a transport: one per generation of credentials that is in use. */
import { type Duration, Effect, Ref, type Scope, Stream } from "effect"
import type { CertificateStore, Generation } from "../CertificateStore.ts"
import { makeChannel } from "./channel.ts"
import type { Channel, ChannelOptions } from "./channel.ts"

export interface ChannelsOptions extends ChannelOptions {
  /** How long requests of a replaced generation may still run. */
  readonly drainDeadline: Duration.Duration
}

export interface Channels {
  /** The channel of a generation that the caller holds a lease of; opened when it is the first. */
  readonly of: (generation: Generation) => Effect.Effect<Channel>
}

/** All channels break when the scope closes. */
export const make = Effect.fnUntraced(function* (
  store: CertificateStore["Service"],
  options: ChannelsOptions,
): Effect.fn.Return<Channels, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const channels = yield* Ref.make<ReadonlyMap<number, Channel>>(new Map())

  yield* Effect.addFinalizer(() =>
    Effect.flatMap(Ref.getAndSet(channels, new Map()), (open) =>
      Effect.forEach(open.values(), (channel) => channel.destroy, { discard: true }),
    ),
  )

  /** Lives as long as its generation: until it is retired and its last lease has ended. */
  const retire = (channel: Channel) =>
    Stream.runHead(
      Stream.filter(store.changes, (generation) => generation.id > channel.generation.id),
    ).pipe(
      Effect.andThen(
        store
          .drained(channel.generation)
          .pipe(Effect.andThen(channel.close), Effect.timeoutOption(options.drainDeadline)),
      ),
      Effect.andThen(
        Ref.update(channels, (open) => {
          const rest = new Map(open)
          rest.delete(channel.generation.id)
          return rest
        }),
      ),
      Effect.andThen(channel.destroy),
    )

  return {
    of: Effect.fnUntraced(function* (generation) {
      const [channel, isNew] = yield* Ref.modify(
        channels,
        (open): readonly [readonly [Channel, boolean], ReadonlyMap<number, Channel>] => {
          const found = open.get(generation.id)
          if (found !== undefined) return [[found, false], open]
          const made = makeChannel(generation, options)
          return [[made, true], new Map(open).set(generation.id, made)]
        },
      )
      if (isNew) yield* Effect.forkIn(retire(channel), scope)
      return channel
    }),
  }
})
