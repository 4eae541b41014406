/** Executions in the memory of one process: of what has ended, the result is kept for ever. */
import { Deferred, Effect, Option, Schema } from "effect"
import { Ending } from "../payouts/PayoutWorkflow.ts"
import type { Acceptance, Executions, Kept, Remembered } from "./executions.ts"
import type { Accepted } from "./saga.ts"
import { makeShelf } from "./shelf.ts"

/** How many ends are packed at once: many one after the other cost a fraction of what each alone does. */
const atOnce = 256

const EndingJson = Schema.toCodecJson(Ending)
const encode = Schema.encodeSync(EndingJson)
const decode = Schema.decodeUnknownSync(EndingJson)

/** An execution that has not ended here. */
interface Open extends Remembered {
  readonly steps: Map<string, unknown>
  /** Done when it is the engine's, or has ended. */
  readonly left: Deferred.Deferred<void>
}

const elsewhere: Acceptance = { _tag: "Elsewhere" }

/** @param onEnd is told the key of a payout that will never run again */
export const memoryExecutions = (onEnd: (key: string) => void) => {
  const open = new Map<string, Open>()
  /** What the engine has ended. */
  const endedByEngine = new Set<string>()
  /** The ends that are not packed yet. */
  const newest = new Map<string, Ending>()
  const shelf = makeShelf()
  /** Where on the shelf the end of an execution is. */
  const endings = new Map<string, number>()

  const put = (executionId: string, ending: Ending): void => {
    newest.set(executionId, ending)
    if (newest.size < atOnce) return
    for (const [id, each] of newest) {
      // A JSON codec encodes to nothing else.
      endings.set(id, shelf.put(encode(each) as Schema.Json))
    }
    newest.clear()
  }

  const endingOf = (executionId: string): Ending | undefined => {
    const at = endings.get(executionId)
    return at === undefined ? newest.get(executionId) : decode(shelf.get(at))
  }

  const keep = (executionId: string, { key }: Accepted, { left, steps }: Open): Kept => ({
    remember: (step, _success, value) =>
      Effect.sync(() => {
        steps.set(step, value)
        return value
      }),
    end: (ending) =>
      Effect.sync(() => {
        put(executionId, ending)
        open.delete(executionId)
        onEnd(key)
        Deferred.doneUnsafe(left, Effect.void)
      }),
    handOver: (begin) => Effect.ensuring(begin, Deferred.succeed(left, undefined)),
  })

  const executions: Executions["Service"] = {
    storesPayouts: false,
    storesTold: false,
    accept: (executionId, accepted, payout) =>
      Effect.sync((): Acceptance => {
        const ending = endingOf(executionId)
        if (ending !== undefined) return { _tag: "Ended", ending }
        if (open.has(executionId) || endedByEngine.has(executionId)) return elsewhere
        const mine: Open = { payout, steps: new Map(), left: Deferred.makeUnsafe() }
        open.set(executionId, mine)
        return { _tag: "Mine", kept: keep(executionId, accepted, mine) }
      }),
    recall: (executionId) => open.get(executionId),
    find: (executionId) => Effect.sync(() => Option.fromUndefinedOr(endingOf(executionId))),
  }

  return {
    executions,
    /** Ends when an execution is not under way in place. */
    notHere: (executionId: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        const found = open.get(executionId)
        return found === undefined ? Effect.void : Deferred.await(found.left)
      }),
    /** The engine has ended it, and knows its result from now on. */
    forget: (executionId: string): void => {
      endedByEngine.add(executionId)
      open.delete(executionId)
    },
  }
}
