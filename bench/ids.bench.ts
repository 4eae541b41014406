/**
 * `pnpm bench ids`: what a correlation id costs, and whether ULIDs are distinct and sorted.
 *
 * Each format of `Correlation` makes ids inside of one Effect program, as it does for a payment, against
 * `crypto.randomUUID` and the `ulid` package in plain loops. All take turns. Then ten million ULIDs in a
 * row are compared each with the one before it: a list that strictly ascends has no two that are equal.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Correlation } from "effect-visa-direct"
import type { CorrelationOptions } from "effect-visa-direct"
import Table from "cli-table3"
import { randomUUID } from "node:crypto"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { monotonicFactory, ulid } from "ulid"

const rounds = 7
const idsPerRound = 200_000
const inARow = 10_000_000

interface Contender {
  readonly name: string
  /** Makes so many ids, and answers with the last. */
  readonly make: (count: number) => Effect.Effect<string>
}

const ours = (name: string, options: CorrelationOptions) =>
  Effect.map(Correlation.make(options), ({ next }): Contender => ({
    name,
    make: Effect.fnUntraced(function* (count) {
      let id = ""
      for (let made = 0; made < count; made++) id = yield* next
      return id
    }),
  }))

const theirs = (name: string, next: () => string): Contender => ({
  name,
  make: (count) =>
    Effect.sync(() => {
      let id = ""
      for (let made = 0; made < count; made++) id = next()
      return id
    }),
})

/** Nanoseconds per id. */
const measure = Effect.fnUntraced(function* (contender: Contender, count: number) {
  const began = process.hrtime.bigint()
  yield* contender.make(count)
  return Number(process.hrtime.bigint() - began) / count
})

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const speeds = Effect.gen(function* () {
  const contenders: ReadonlyArray<Contender> = [
    yield* ours("Correlation, ulid", { format: "ulid" }),
    yield* ours("Correlation, uuid", { format: "uuid" }),
    yield* ours("Correlation, prefix+ts", { format: "prefix+ts", prefix: "payroll" }),
    theirs("crypto.randomUUID", randomUUID),
    theirs("ulid", ulid),
    theirs("ulid, monotonic", monotonicFactory()),
  ]
  const times = new Map(contenders.map(({ name }) => [name, [] as Array<number>]))
  for (const contender of contenders) yield* measure(contender, idsPerRound)
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      times.get(contender.name)?.push(yield* measure(contender, idsPerRound))
    }
  }
  const table = new Table({
    head: ["ids", "ns each", "million per second"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right"],
  })
  for (const [name, nanos] of times) {
    const typical = median(nanos)
    table.push([name, typical.toFixed(0), (1_000 / typical).toFixed(2)])
  }
  yield* Console.log(table.toString())
})

// The collector is not in reach unless it is asked for.
setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const sorted = Effect.gen(function* () {
  const { next } = yield* Correlation.make({ format: "ulid" })
  collect()
  const before = process.memoryUsage().heapUsed
  let last = ""
  let outOfOrder = 0
  for (let made = 0; made < inARow; made++) {
    const id: string = yield* next
    if (id <= last) outOfOrder++
    last = id
  }
  collect()
  const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20
  yield* Console.log(
    `${inARow.toLocaleString("en")} ULIDs in a row: ${outOfOrder} not greater than the one before, ` +
      `so they are ${outOfOrder === 0 ? "all distinct and sorted" : "NOT all distinct and sorted"}; ` +
      `the heap grew by ${grown.toFixed(1)} MB`,
  )
  if (outOfOrder > 0) return yield* Effect.die("ULIDs out of order")
})

NodeRuntime.runMain(Effect.andThen(speeds, sorted))
