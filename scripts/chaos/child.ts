/** One worker process, seen from the parent. */
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { root } from "../run.ts"
import type { Balance, Belief, WorkerSettings } from "./plan.ts"

interface Line {
  readonly ready?: number
  readonly begin?: number
  readonly claimed?: string
  readonly fenced?: true
  readonly beliefs?: ReadonlyArray<Belief>
  readonly balance?: Balance
}

export interface Worker {
  readonly process: ChildProcess
  /** Ends when the worker is at work. */
  readonly ready: Promise<void>
  readonly exited: Promise<{ readonly code: number | null; readonly complaints: string }>
  /** Ends when it has claimed a push and waits before it sends. */
  readonly claimed: Promise<string>
  /** Whether the transport broke off a request because its claim was lost. */
  readonly fenced: () => boolean
  /** What it said last of all payouts. */
  readonly verdict: () => Pick<Line, "beliefs" | "balance">
}

/** The last line of a worker that was killed can be half a line; one that fails says why in words. */
const lineOf = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

/** @param onBegin is told of each payout before it is executed */
export const startWorker = (settings: WorkerSettings, onBegin: (index: number) => void): Worker => {
  const child = spawn(process.execPath, [join(root, "scripts", "chaos", "worker.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CHAOS_WORKER: JSON.stringify(settings) },
  })
  let complaints = ""
  let fenced = false
  let verdict: Pick<Line, "beliefs" | "balance"> = {}
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()))
  const exited = new Promise<{ code: number | null; complaints: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, complaints }))
  })
  const heard = Promise.withResolvers<void>()
  const held = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = lineOf(text)
    if (line === undefined) {
      complaints += `${text}\n`
      return
    }
    if (line.ready !== undefined) heard.resolve()
    if (line.begin !== undefined) onBegin(line.begin)
    if (line.claimed !== undefined) held.resolve(line.claimed)
    if (line.fenced) fenced = true
    if (line.beliefs !== undefined) verdict = line
  })
  void exited.then(({ code }) => {
    const early = new Error(`the worker ended with ${code} before it was at work:\n${complaints}`)
    heard.reject(early)
    held.reject(early)
  })
  // Whoever does not wait for them learns of it by the exit.
  heard.promise.catch(() => undefined)
  held.promise.catch(() => undefined)
  return {
    process: child,
    ready: heard.promise,
    claimed: held.promise,
    exited,
    fenced: () => fenced,
    verdict: () => verdict,
  }
}
