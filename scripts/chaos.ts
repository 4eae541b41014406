/**
 * `pnpm chaos [KILLS]`: kills the process that pays, at random moments, and compares with the ledger of a
 * simulated Visa in the end.
 *
 * Half of the kills strike a process with an embedded database, half one with PostgreSQL. Then two machines
 * share a database, of which one is killed, one frozen past its leases and woken, and one frozen exactly
 * between claiming a payment and sending it. Where there is no PostgreSQL (`CHAOS_POSTGRES_URL`, by default
 * `postgres://postgres@127.0.0.1:5432`), the embedded one gets all of them. The seed (`CHAOS_SEED`) decides when each kill strikes and which faults Visa has.
 *
 * Ends with 1 unless nothing was lost and nothing was doubled.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Logger, Option } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { oneMachine, twoMachines } from "./chaos/campaign.ts"
import type { Verdict } from "./chaos/judge.ts"
import { freePorts } from "./chaos/ports.ts"
import { newDatabase } from "./chaos/postgres.ts"
import { seeded } from "./chaos/seeded.ts"

const usage = (complaint: string): never => {
  console.error(`${complaint}\nUsage: pnpm chaos [KILLS], with the seed in CHAOS_SEED.`)
  process.exit(2)
}

const wholeNumber = (text: string | undefined, fallback: number, what: string): number =>
  text === undefined
    ? fallback
    : /^\d{1,9}$/.test(text)
      ? Number(text)
      : usage(`${what} is not a whole number: ${text}`)

const kills = wholeNumber(process.argv[2], 200, "KILLS")
const seed = wholeNumber(process.env["CHAOS_SEED"], randomInt(2 ** 29), "CHAOS_SEED")

const main = Effect.gen(function* () {
  yield* Console.log(`seed ${seed}; repeat with: CHAOS_SEED=${seed} pnpm chaos ${kills}`)
  const random = seeded(seed)
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "chaos-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  )
  const url = yield* newDatabase(`chaos_${process.pid}`)
  const half = Option.isSome(url) ? Math.ceil(kills / 2) : kills
  const verdicts = [yield* oneMachine("pglite", join(folder, "payouts"), half, random)]
  let killed = half
  let fenced = true
  if (Option.isNone(url)) {
    yield* Console.log("there is no PostgreSQL here: PGlite got all the kills")
  } else {
    verdicts.push(yield* oneMachine("postgres", url.value, kills - half, random))
    const machines = yield* newDatabase(`chaos_${process.pid}_machines`)
    const found = yield* twoMachines(Option.getOrThrow(machines), yield* freePorts, random)
    verdicts.push(found.verdict)
    killed += kills - half + found.kills
    fenced = found.fenced
    yield* Console.log(
      fenced
        ? "two machines: the one that was woken sent nothing"
        : "two machines: NOTHING KEPT THE WOKEN MACHINE FROM SENDING",
    )
  }

  const sum = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0)
  const stories = verdicts.flatMap(({ doubled, lost, wrong }) => [...lost, ...doubled, ...wrong])
  for (const story of stories) yield* Console.error(story)
  yield* Console.log(
    `${sum(({ settled }) => settled)} settled, ${sum(({ notPaid }) => notPaid)} declined or refused`,
  )
  const lost = sum((verdict) => verdict.lost.length + verdict.wrong.length)
  const doubled = sum((verdict) => verdict.doubled.length)
  yield* Console.log(
    `${killed} kills, ${sum(({ payouts }) => payouts)} payouts, ${lost} lost, ${doubled} doubled, ` +
      `${sum(({ unknown }) => unknown)} on the work list`,
  )
  if (lost + doubled > 0 || !fenced) process.exitCode = 1
})

main.pipe(
  Effect.scoped,
  Effect.provide([SimulatorProcess.layer({ seed, keep: 1_000_000 }), Logger.layer([])]),
  NodeRuntime.runMain,
)
