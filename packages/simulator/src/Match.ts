/** Which requests a fault or a scripted answer is meant for. */
import { Schema } from "effect"

/**
 * Every member that is present must agree with the request; an empty match hits every request.
 * `nth` (counted from 1, over the requests that agree with the other members) narrows it to one.
 *
 * Members that live in the body are known only after decryption. A `path` that ends in `*` is a
 * prefix.
 */
export const Match = Schema.Struct({
  method: Schema.optionalKey(Schema.String),
  path: Schema.optionalKey(Schema.String),
  /** The name of an endpoint, such as `PushFunds`. */
  endpoint: Schema.optionalKey(Schema.String),
  userId: Schema.optionalKey(Schema.String),
  clientTransactionId: Schema.optionalKey(Schema.String),
  acquiringBin: Schema.optionalKey(Schema.String),
  stan: Schema.optionalKey(Schema.String),
  rrn: Schema.optionalKey(Schema.String),
  /** The card number: of a push's recipient, of a pull's sender. Public test numbers only. */
  pan: Schema.optionalKey(Schema.String),
  /** Of an alias resolution. */
  alias: Schema.optionalKey(Schema.String),
  /** Of a watch list inquiry. */
  name: Schema.optionalKey(Schema.String),
  /** Of a payout, or of a recipient's verification. */
  clientReferenceId: Schema.optionalKey(Schema.String),
  /** Compared as a number: `"12.5"` agrees with `12.50`. */
  amount: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
  nth: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
})
export type Match = typeof Match.Type

/** What is known of a request when it is matched. */
export interface Candidate {
  readonly method: string
  readonly path: string
  readonly endpoint: string
  readonly userId: string | undefined
  readonly clientTransactionId: string | undefined
  readonly acquiringBin?: string | undefined
  readonly stan?: string | undefined
  readonly rrn?: string | undefined
  readonly pan?: string | undefined
  readonly alias?: string | undefined
  readonly name?: string | undefined
  readonly clientReferenceId?: string | undefined
  readonly amount?: string | undefined
}

const plain = [
  "method",
  "endpoint",
  "userId",
  "clientTransactionId",
  "acquiringBin",
  "stan",
  "rrn",
  "pan",
  "alias",
  "name",
  "clientReferenceId",
] as const

const agrees = (match: Match, candidate: Candidate): boolean => {
  for (const key of plain) {
    if (match[key] !== undefined && match[key] !== candidate[key]) return false
  }
  if (match.path !== undefined) {
    const prefix = match.path.endsWith("*") ? match.path.slice(0, -1) : undefined
    if (prefix === undefined ? match.path !== candidate.path : !candidate.path.startsWith(prefix)) {
      return false
    }
  }
  return match.amount === undefined || Number(match.amount) === Number(candidate.amount)
}

interface Matchable {
  readonly match?: Match
  readonly times?: number
}

/** The rules in force, each with its count of agreeing requests and of hits. */
export class Rules<A extends Matchable> {
  readonly #active: Array<{ readonly rule: A; seen: number; hits: number }> = []

  get size(): number {
    return this.#active.length
  }

  add(rule: A): void {
    this.#active.push({ rule, seen: 0, hits: 0 })
  }

  clear(): void {
    this.#active.length = 0
  }

  /** The first rule that hits this request; later rules do not see it. */
  first(candidate: Candidate): A | undefined {
    return this.#active.length === 0 ? undefined : this.#take(candidate, () => true, true)[0]
  }

  /** All rules that hit this request, in the order of their arrival. */
  all(candidate: Candidate, eligible: (rule: A) => boolean): ReadonlyArray<A> {
    return this.#active.length === 0 ? [] : this.#take(candidate, eligible, false)
  }

  #take(
    candidate: Candidate,
    eligible: (rule: A) => boolean,
    onlyFirst: boolean,
  ): ReadonlyArray<A> {
    const taken: Array<A> = []
    for (const entry of this.#active) {
      const { match, times } = entry.rule
      if (!eligible(entry.rule) || (match !== undefined && !agrees(match, candidate))) continue
      entry.seen++
      if (match?.nth !== undefined && match.nth !== entry.seen) continue
      if (times !== undefined && entry.hits >= times) continue
      entry.hits++
      taken.push(entry.rule)
      if (onlyFirst) break
    }
    return taken
  }
}
