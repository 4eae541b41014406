/**
 * For a store that many processes share and no payment depends on: when it is away, calls neither stop
 * nor wait for it.
 *
 * Every command has a deadline. After one that failed, this process decides alone, and asks the store
 * again only after a pause.
 */
import { Clock, Duration, Effect } from "effect"
import { errorCode } from "./errorCode.ts"

export interface FailoverOptions<E> {
  /** For the log, such as `The circuit breaker's store`. */
  readonly name: string
  readonly timeout: Duration.Duration
  readonly pause: Duration.Duration
  /** What a command that was not answered in time fails with. */
  readonly unanswered: E
  /** Whether an error says that the store is away. Others are answers. */
  readonly isAway: (error: E) => boolean
}

/** Runs a command of the store, or `orElse`, which decides without it. */
export type Failover<E> = <A, R>(
  command: Effect.Effect<A, E, R>,
  orElse: Effect.Effect<A, E, R>,
) => Effect.Effect<A, E, R>

export const makeFailover = <E>(options: FailoverOptions<E>): Failover<E> => {
  const pause = Duration.toMillis(options.pause)
  let downSince: number | undefined

  return (command, orElse) =>
    Effect.withFiber((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const sinceDown =
        downSince === undefined ? undefined : clock.currentTimeMillisUnsafe() - downSince
      if (sinceDown !== undefined && sinceDown >= 0 && sinceDown < pause) return orElse
      return command.pipe(
        // Stores are also asked from regions that cannot be interrupted; a deadline must still end the wait.
        Effect.interruptible,
        Effect.timeoutOrElse({
          duration: options.timeout,
          orElse: () => Effect.fail(options.unanswered),
        }),
        Effect.tap(() => {
          if (downSince === undefined) return Effect.void
          downSince = undefined
          return Effect.logInfo(`${options.name} answers again`)
        }),
        Effect.catchIf(options.isAway, (error) => {
          const first = downSince === undefined
          downSince = clock.currentTimeMillisUnsafe()
          return first
            ? Effect.andThen(
                Effect.logWarning(
                  `${options.name} is away (${errorCode(error) || "no answer"}): this process decides alone`,
                ),
                orElse,
              )
            : orElse
        }),
      )
    })
}
