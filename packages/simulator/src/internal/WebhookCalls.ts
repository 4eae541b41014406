/** Makes the webhook calls. */
import { Effect } from "effect"
import * as http from "node:http"
import * as https from "node:https"
import type { EntryFacts } from "../endpoints/Endpoint.ts"
import type { LedgerStore } from "../Ledger.ts"
import type { WebhookName, Webhooks, WebhookTarget } from "../Webhook.ts"

const attempts = 10

/** Milliseconds until the next attempt: 1, 2, 4, … seconds, a minute at the most. */
const pauseAfter = (failures: number) => Math.min(1_000 * 2 ** (failures - 1), 60_000)

/** How long a receiver may take. Sockets live in real time, whatever clock the simulator has. */
const patience = 30_000

type Outcome = { readonly status: number } | { readonly problem: string }

const post = (url: string, body: string): Effect.Effect<Outcome> =>
  Effect.callback((resume) => {
    const send = url.startsWith("https:") ? https.request : http.request
    const request = send(
      url,
      {
        method: "POST",
        agent: false,
        timeout: patience,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        response.resume()
        response.on("error", () => {})
        resume(Effect.succeed({ status: response.statusCode ?? 0 }))
      },
    )
    request.on("timeout", () => request.destroy(new Error("no answer in time")))
    request.on("error", (error) => resume(Effect.succeed({ problem: error.message })))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

export interface WebhookParts {
  readonly ledger: LedgerStore
  readonly targets: Webhooks
  now(): number
  correlationId(): string
  fork(effect: Effect.Effect<void>): void
}

interface Call {
  readonly name: WebhookName
  readonly target: WebhookTarget
  readonly body: string
  readonly facts: EntryFacts
}

const record = (parts: WebhookParts, { body, facts, name, target }: Call, outcome: Outcome) =>
  parts.ledger.append({
    kind: "advice",
    at: parts.now(),
    method: "POST",
    path: new URL(target.url).pathname,
    endpoint: name,
    correlationId: parts.correlationId(),
    moneyMoved: false,
    bytesReceived: 0,
    bytesSent: Buffer.byteLength(body),
    wireBody: body,
    ...("status" in outcome ? { httpStatus: outcome.status } : { problem: outcome.problem }),
    ...facts,
  })

const deliver = Effect.fnUntraced(function* (parts: WebhookParts, call: Call) {
  const { copies = 1, url } = call.target
  let taken = 0
  let failures = 0
  while (taken < copies && failures < attempts) {
    const outcome = yield* post(url, call.body)
    record(parts, call, outcome)
    if ("status" in outcome && outcome.status >= 200 && outcome.status < 300) {
      taken++
    } else {
      failures++
      if (failures < attempts) yield* Effect.sleep(pauseAfter(failures))
    }
  }
})

export class WebhookCalls {
  readonly #parts: WebhookParts
  #targets: Webhooks

  constructor(parts: WebhookParts) {
    this.#parts = parts
    this.#targets = parts.targets
  }

  /** Members that are absent stay as they are. */
  configure(targets: Webhooks): void {
    this.#targets = { ...this.#targets, ...targets }
  }

  /** Calls in the background, if anybody wants to be called. */
  call(name: WebhookName, body: unknown, facts: EntryFacts): void {
    const target = this.#targets[name]
    if (target === undefined || target === null) return
    this.#parts.fork(deliver(this.#parts, { name, target, body: JSON.stringify(body), facts }))
  }
}
