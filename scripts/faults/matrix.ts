/** Runs every cell, on many simulated Visas at once: the slow ones first, and last those that mind a busy start. */
import { Effect, Logger } from "effect"
import { Pki } from "effect-visa-direct-simulator"
import { follow, prepare, run } from "./cell.ts"
import type { Cell } from "./cell.ts"
import { layer as layerDatabase } from "./database.ts"
import { Away, engineOutages, layer as layerAway, outages } from "./outages.ts"
import type { Outage } from "./outages.ts"
import { steps } from "./steps.ts"
import type { Step } from "./steps.ts"
import { strikes } from "./strikes.ts"
import type { Strike } from "./strikes.ts"
import { payouts, payoutsOn, simulator } from "./world.ts"

export interface AtStep {
  readonly step: Step
  readonly strike: Strike
  readonly isLasting: boolean
  readonly cell: Cell
}

export interface InStore {
  readonly outage: Outage
  readonly cell: Cell
}

export interface Matrix {
  readonly atSteps: ReadonlyArray<AtStep>
  readonly inStores: ReadonlyArray<InStore>
}

/** How many cells run at once: they mostly wait. */
const workers = 14

const slowness = ({ fault: { kind } }: Strike, isLasting: boolean): number =>
  (kind === "hang" ? 2 : kind === "delay" ? -1 : 0) + (isLasting ? 0.5 : 0)

/** How many calls in a row a store does not answer. */
const callsAway = 2

export const matrix: Effect.Effect<Matrix> = Effect.gen(function* () {
  const atSteps = steps.flatMap((step) =>
    strikes.flatMap((strike) => [false, true].map((isLasting) => ({ step, strike, isLasting }))),
  )
  const cells = new Map<object, Cell>()

  const through = Effect.fnUntraced(function* ({ step }: Outage, away: Away, key: string) {
    const visa = yield* prepare(step)
    const struck = Effect.sync(() => away.struck)
    return yield* follow(yield* step.payout(key), struck, visa.clearFaults)
  })

  const queue = [
    ...outages,
    ...atSteps.toSorted(
      (one, other) => slowness(other.strike, other.isLasting) - slowness(one.strike, one.isLasting),
    ),
  ].entries()

  const work = Effect.gen(function* () {
    for (const [number, todo] of queue) {
      const key = `cell-${number}`
      const cell =
        "store" in todo
          ? Effect.suspend(() => {
              const away = new Away(todo, callsAway)
              return through(todo, away, key).pipe(
                Effect.provide(payoutsOn(layerAway(away)), { local: true }),
              )
            })
          : run(todo.step, todo.strike, todo.isLasting, key).pipe(
              Effect.provide(payouts(todo.step.asking), { local: true }),
            )
      cells.set(todo, yield* cell)
    }
  }).pipe(Effect.provide(simulator, { local: true }))

  // One after the other, because one engine at a time works on a database.
  let current: Away | undefined
  const durable = Effect.gen(function* () {
    for (const [number, outage] of engineOutages.entries()) {
      const away = new Away(outage, callsAway)
      current = away
      cells.set(outage, yield* through(outage, away, `engine-${number}`))
    }
  }).pipe(
    Effect.provide(payoutsOn(layerDatabase(() => current)), { local: true }),
    Effect.provide(simulator, { local: true }),
  )

  yield* Effect.all([durable, ...Array.from({ length: workers }, () => work)], {
    concurrency: "unbounded",
    discard: true,
  }).pipe(Effect.provide([Pki.layer(), Logger.layer([])]), Effect.orDie)

  const found = (todo: object): Cell => {
    const cell = cells.get(todo)
    if (cell === undefined) throw new Error("a cell did not run")
    return cell
  }
  return {
    atSteps: atSteps.map((todo) => ({ ...todo, cell: found(todo) })),
    inStores: [...outages, ...engineOutages].map((outage) => ({ outage, cell: found(outage) })),
  }
})
