/** Everything that the simulator can do to one request, each kind in every variant that differs. */
import type { Fault, FaultKind } from "effect-visa-direct-simulator"

/** A fault, whichever requests it is meant for. */
type Bare<F> = F extends Fault ? Omit<F, "match" | "times"> : never

export interface Strike {
  readonly name: string
  readonly fault: Bare<Fault>
}

/** What Visa is given to decide, before it answers 202, and what a client waits for headers: see `world.ts`. */
export const visaTime = 700
export const patienceForHeaders = 3_500

export const strikes: ReadonlyArray<Strike> = [
  { name: "late by 30 ms", fault: { kind: "delay", millis: 30 } },
  { name: "later than Visa may take", fault: { kind: "delay", millis: 750 } },
  { name: "reset before Visa acts", fault: { kind: "dropBeforeCommit" } },
  { name: "reset after Visa acted", fault: { kind: "dropAfterCommit" } },
  { name: "silence, Visa did not act", fault: { kind: "hang", commit: false } },
  { name: "silence, Visa acted", fault: { kind: "hang" } },
  { name: "reset in the middle of the body", fault: { kind: "resetMidBody" } },
  { name: "body shorter than announced", fault: { kind: "truncate" } },
  { name: "400 before Visa acts", fault: { kind: "status", status: 400 } },
  { name: "401 before Visa acts", fault: { kind: "status", status: 401 } },
  { name: "500 before Visa acts", fault: { kind: "status", status: 500 } },
  { name: "500 after Visa acted", fault: { kind: "status", status: 500, commit: true } },
  { name: "503 before Visa acts", fault: { kind: "status", status: 503 } },
  { name: "503 after Visa acted", fault: { kind: "status", status: 503, commit: true } },
  { name: "504 before Visa acts", fault: { kind: "status", status: 504 } },
  { name: "504 after Visa acted", fault: { kind: "status", status: 504, commit: true } },
  { name: "429 without `Retry-After`", fault: { kind: "rateLimit" } },
  { name: "429 for longer than anybody waits", fault: { kind: "rateLimit", retryAfter: 3 } },
  { name: "random bytes", fault: { kind: "garbage" } },
  { name: "text that is no JSON", fault: { kind: "notJson" } },
  { name: "HTML of a gateway", fault: { kind: "html" } },
  { name: "empty body", fault: { kind: "empty" } },
  { name: "body of 2 MiB", fault: { kind: "hugeBody", bytes: 2 * 1_024 * 1_024 } },
  { name: "`encData` is no JWE", fault: { kind: "badEncData", variant: "notJwe" } },
  { name: "`encData` tampered with", fault: { kind: "badEncData", variant: "tampered" } },
  { name: "sealed for another key", fault: { kind: "wrongKey" } },
  { name: "in clear where sealed is due", fault: { kind: "plainJson" } },
  { name: "clock 10 minutes ahead", fault: { kind: "clockSkew", millis: 600_000 } },
  { name: "clock 10 minutes behind", fault: { kind: "clockSkew", millis: -600_000 } },
]

/** So that a new kind of fault cannot be forgotten here. */
export const struck: ReadonlySet<FaultKind> = new Set(strikes.map(({ fault }) => fault.kind))
