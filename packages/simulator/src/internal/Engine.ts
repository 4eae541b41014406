/**
 * The way of a request from the socket to the ledger: gateway, validation, faults, scripts,
 * processing time with its 202 and 303, commit, reply.
 */
import { elsewhere, endpoints } from "../endpoints/catalogue.ts"
import {
  accepted,
  type ApiRequest,
  type Endpoint,
  type EntryFacts,
  type Facts,
  notFound,
  type Prepared,
  recordable,
  refuse,
  type Reply,
  type World,
} from "../endpoints/Endpoint.ts"
import type { Fault, FaultKind } from "../Fault.ts"
import type { ClientRequest, LedgerKind } from "../Ledger.ts"
import { type Candidate, Rules } from "../Match.ts"
import type { ScriptedAnswer, ScriptRule } from "../Script.ts"
import type { Clients } from "./Clients.ts"
import type { Exchange } from "./Exchange.ts"
import { check, isObject } from "./FieldTable.ts"
import {
  authenticate,
  internalError,
  mediaTypes,
  notInProject,
  openMessage,
  tooMany,
  unparsable,
  wrongVerb,
} from "./Gateway.ts"
import * as Router from "./Router.ts"
import { Throttle } from "./Throttle.ts"
import { deliver, reset, type WireContext } from "./Wire.ts"

/** Default and maximum of `X-Transaction-Timeout-MS`, and the value that forces a 202. */
const longestWait = 30_000
const forceAccepted = 1

/** An operation between its arrival and its commit. */
interface InFlight {
  readonly statusPath: string
  statusIdentifier: string | undefined
  /** What it came to: on a busy machine that can be before the 202 is sent. */
  reply: Reply | undefined
}

export interface EngineParts {
  readonly world: World
  readonly clients: Clients
  readonly wire: WireContext
  /** Runs an action so many milliseconds later on the simulator's clock. */
  after(millis: number, action: () => void): void
  /** `<unix-seconds>_<n>_<n>_<host>_VDP_<suffix>`. */
  identifier(suffix: "WS" | "ARM"): string
}

const before: ReadonlySet<FaultKind> = new Set(["dropBeforeCommit", "rateLimit", "status", "hang"])

/** Whether a fault strikes in place of processing. */
const strikesBefore = (fault: Fault): boolean =>
  before.has(fault.kind) &&
  (fault.kind === "hang"
    ? fault.commit === false
    : fault.kind !== "status" || fault.commit !== true)

export class Engine {
  readonly faults = new Rules<Fault>()
  readonly scripts = new Rules<ScriptRule>()
  readonly #parts: EngineParts
  readonly #route = Router.make(endpoints)
  readonly #elsewhere: ReadonlySet<string> = new Set(elsewhere)
  readonly #inFlight = new Map<string, InFlight>()
  readonly #throttle: Throttle

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#throttle = new Throttle(parts.world.settings.rateLimit)
  }

  handle(x: Exchange): void {
    const { world, clients, wire } = this.#parts
    const isPublic = this.#route(x.path)?.methods.get(x.method)?.access === "public"
    const refused =
      (isPublic ? undefined : (authenticate(x, clients) ?? this.#throttled(x))) ??
      this.#find(x) ??
      mediaTypes(x) ??
      this.#skewed(x) ??
      openMessage(x, clients, world, wire.now() + x.skew)
    if (refused !== undefined) return this.#finish(x, unparsable(x.path, refused))
    // `#find` has set it, or refused.
    const endpoint = x.endpoint
    if (endpoint === undefined) return
    const prepared = this.#prepare(x, endpoint)
    if ("commit" in prepared) this.#run(x, prepared)
    else this.#finish(x, prepared)
  }

  /** A defect of the simulator itself: told to the client as a 500, and in full to the ledger. */
  failed(x: Exchange, defect: unknown): void {
    const problem = defect instanceof Error ? (defect.stack ?? defect.message) : String(defect)
    // The faults may be what went wrong, and must not go wrong again.
    x.faults = []
    this.#finish(x, {
      ...internalError,
      record: { problem: `Defect of the simulator: ${problem}` },
    })
  }

  #throttled(x: Exchange): Reply | undefined {
    const wait = this.#throttle.count(x.project, this.#parts.wire.now())
    return wait === undefined ? undefined : tooMany(wait)
  }

  #find(x: Exchange): Reply | undefined {
    const route = this.#route(x.path)
    if (route === undefined) return this.#elsewhere.has(x.path) ? notInProject : notFound
    const base = route.id === "" ? x.path : x.path.slice(0, x.path.lastIndexOf("/"))
    if (this.#parts.world.settings.notInProject.has(base)) return notInProject
    x.endpoint = route.methods.get(x.method)
    x.id = route.id
    if (x.endpoint === undefined) return wrongVerb
    x.known.endpoint = x.endpoint.name
    const clientTransactionId = x.header("x-client-transaction-id")
    if (clientTransactionId !== undefined) x.known.clientTransactionId = clientTransactionId
    return undefined
  }

  #candidate(x: Exchange, facts?: Facts, endpoint = x.endpoint?.name ?? ""): Candidate {
    return {
      method: x.method,
      path: x.path,
      endpoint,
      userId: x.known.userId,
      clientTransactionId: x.known.clientTransactionId,
      ...facts,
    }
  }

  #skewed(x: Exchange): undefined {
    if (this.faults.size === 0) return
    for (const fault of this.faults.all(this.#candidate(x), ({ kind }) => kind === "clockSkew")) {
      if (fault.kind === "clockSkew") x.skew += fault.millis
      x.faults = [...x.faults, fault]
    }
  }

  #prepare(x: Exchange, endpoint: Endpoint): Prepared | Reply {
    const { world, wire } = this.#parts
    let body: ApiRequest["body"] = {}
    if (endpoint.fields !== undefined) {
      let parsed: unknown
      try {
        parsed = JSON.parse(x.payload)
      } catch {
        return refuse(endpoint, { message: "Message is not well-formed JSON." })
      }
      if (!isObject(parsed)) return refuse(endpoint, { message: "Message is not a JSON object." })
      const problem = check(endpoint.fieldsOf?.(parsed) ?? endpoint.fields, parsed)
      if (problem !== undefined) return refuse(endpoint, { problem, body: parsed })
      body = parsed
    }
    return endpoint.prepare(
      {
        path: x.path,
        id: x.id,
        query: new URLSearchParams(x.query),
        body,
        encrypted: x.keys !== undefined,
        project: x.project,
        now: wire.now(),
      },
      world,
    )
  }

  #run(x: Exchange, prepared: Prepared): void {
    const { world } = this.#parts
    if (this.faults.size > 0) {
      const candidate = this.#candidate(x, prepared.facts)
      const struck = this.faults.all(candidate, ({ kind }) => kind !== "clockSkew")
      x.faults = [...x.faults, ...struck]
    }
    const facts = recordable(prepared.facts)
    const strike = x.faults.find(strikesBefore)
    const delay = x.faults.reduce(
      (sum, fault) => sum + (fault.kind === "delay" ? fault.millis : 0),
      0,
    )
    if (strike !== undefined) return this.#after(x, delay, () => this.#strike(x, strike, facts))
    const twin = this.#twinOf(x)
    if (twin !== undefined) return this.#finish(x, this.#sameInFlight(x, twin, prepared))
    const answer =
      this.scripts.size === 0 || x.endpoint?.scripted !== true
        ? undefined
        : this.scripts.first(this.#candidate(x, prepared.facts))?.answer
    const processing = world.settings.latency + (answer?.processingMillis ?? 0) + delay
    if (prepared.pending !== undefined) {
      return this.#receive(x, prepared, prepared.pending, answer, processing)
    }
    if (prepared.asynchronous === undefined) {
      return this.#after(x, processing, () => this.#finish(x, this.#commit(x, prepared, answer)))
    }
    this.#operate(x, prepared, prepared.asynchronous, answer, processing)
  }

  #operate(
    x: Exchange,
    prepared: Prepared,
    asynchronous: NonNullable<Prepared["asynchronous"]>,
    answer: ScriptedAnswer | undefined,
    processing: number,
  ): void {
    const { world, wire } = this.#parts
    const key = inFlightKey(x)
    const operation: InFlight = {
      statusPath: asynchronous.statusPath,
      statusIdentifier: undefined,
      reply: undefined,
    }
    const always = asynchronous.always === true
    if (always && (answer?.refusal ?? answer?.errorCode) !== undefined) {
      return this.#after(x, processing, () => this.#finish(x, this.#commit(x, prepared, answer)))
    }
    const wait = always ? forceAccepted : timeoutOf(x)
    const commit = (): Reply => {
      if (key !== undefined && this.#inFlight.get(key) === operation) this.#inFlight.delete(key)
      const reply = this.#commit(x, prepared, answer)
      operation.reply = reply
      const result =
        operation.statusIdentifier === undefined
          ? undefined
          : world.results.find(operation.statusIdentifier, wire.now())
      if (result !== undefined) result.reply = reply
      return reply
    }
    if (wait !== forceAccepted && processing === 0) return this.#finish(x, commit())
    if (key !== undefined) this.#inFlight.set(key, operation)
    const end =
      asynchronous.inProgress === undefined
        ? () => {}
        : world.network.begin(asynchronous.inProgress)
    if (wait !== forceAccepted && processing < wait) {
      return this.#after(x, processing, () => {
        end()
        this.#finish(x, commit())
      })
    }
    this.#after(x, wait === forceAccepted ? 0 : wait, () => {
      const statusIdentifier = this.#open(x, operation, answer?.pendingPolls ?? 0)
      x.known.statusIdentifier = statusIdentifier
      const reply = accepted(
        world.settings.accepted,
        operation.statusPath,
        statusIdentifier,
        "push",
      )
      this.#send(x, reply)
    })
    this.#after(x, processing, () => {
      end()
      const reply = commit()
      // The client was told 202; the ledger keeps that, beside what really happened.
      this.#record(x, { ...reply, status: 202 })
    })
  }

  /** An operation that is found again by the client's own reference, not by a status identifier. */
  #receive(
    x: Exchange,
    prepared: Prepared,
    pending: NonNullable<Prepared["pending"]>,
    answer: ScriptedAnswer | undefined,
    processing: number,
  ): void {
    const now = () => this.#parts.wire.now() + x.skew
    const wait = timeoutOf(x)
    const forced = wait === forceAccepted
    if (!forced && processing === 0) return this.#finish(x, this.#commit(x, prepared, answer))
    pending.begin(now())
    const commit = (told: boolean): Reply => {
      const reply = this.#commit(x, prepared, answer)
      if (reply.kind === "refused") pending.refused(told, now())
      return reply
    }
    if (!forced && processing < wait) {
      return this.#after(x, processing, () => this.#finish(x, commit(false)))
    }
    let told = 202
    this.#after(x, forced ? 0 : wait, () => {
      const reply = pending.accepted(now())
      told = reply.status
      this.#send(x, reply)
    })
    this.#after(x, processing, () => this.#record(x, { ...commit(true), status: told }))
  }

  /** The same request, still being processed: same client transaction id and same details. */
  #twinOf(x: Exchange): InFlight | undefined {
    const key = inFlightKey(x)
    return key === undefined ? undefined : this.#inFlight.get(key)
  }

  /** A status identifier for an operation, made when somebody first needs it. */
  #open(x: Exchange, operation: InFlight, pollsLeft: number): string {
    const { world, wire, identifier } = this.#parts
    if (operation.statusIdentifier === undefined) {
      operation.statusIdentifier = identifier("ARM")
      world.results.open(operation.statusIdentifier, {
        project: x.project,
        path: operation.statusPath,
        createdAt: wire.now(),
        pollsLeft,
        reply: operation.reply,
      })
    }
    return operation.statusIdentifier
  }

  /** 303: the same request is still being processed; look there. */
  #sameInFlight(x: Exchange, twin: InFlight, prepared: Prepared): Reply {
    const statusIdentifier = this.#open(x, twin, 0)
    const location = `${twin.statusPath}/${statusIdentifier}`
    const facts = recordable(prepared.facts)
    return {
      status: 303,
      body: { statusIdentifier },
      headers: { location, link: `<${location}>; rel="status"` },
      kind: "inFlight",
      record: { ...facts, statusIdentifier },
    }
  }

  #strike(x: Exchange, fault: Fault, facts: EntryFacts): void {
    const status =
      fault.kind === "status" ? fault.status : fault.kind === "rateLimit" ? 429 : undefined
    const reply: Reply = { status: status ?? 0, kind: "fault", record: facts }
    this.#record(x, reply)
    if (fault.kind === "dropBeforeCommit") reset(x, this.#parts.wire)
    else this.#send(x, reply)
  }

  #commit(x: Exchange, prepared: Prepared, answer: ScriptedAnswer | undefined): Reply {
    const reply = this.#decide(x, prepared, answer)
    if (answer?.httpStatus === undefined && answer?.body === undefined) return reply
    return {
      ...reply,
      status: answer.httpStatus ?? reply.status,
      ...(answer.body === undefined ? {} : { body: answer.body }),
    }
  }

  #decide(x: Exchange, prepared: Prepared, answer: ScriptedAnswer | undefined): Reply {
    if (answer?.refusal !== undefined || answer?.errorCode !== undefined) {
      const { errorCode: code, httpStatus: status, location, refusal: message } = answer
      const refused = refuse(x.endpoint, { message, code, location, status })
      return { ...refused, record: { ...recordable(prepared.facts), ...refused.record } }
    }
    return prepared.commit(answer, this.#parts.wire.now() + x.skew, (endpoint, facts) =>
      this.scripts.size === 0
        ? undefined
        : this.scripts.first(this.#candidate(x, facts, endpoint))?.answer,
    )
  }

  /** Writes the ledger, then replies: what the ledger says is true before the client can know. */
  #finish(x: Exchange, reply: Reply): void {
    this.#record(x, reply)
    this.#send(x, reply)
  }

  #record(x: Exchange, reply: Reply): void {
    const { ledger } = this.#parts.world
    const kind: LedgerKind = reply.kind
    const entry = ledger.append({
      kind,
      at: this.#parts.wire.now(),
      method: x.method,
      path: x.path,
      correlationId: x.correlationId,
      moneyMoved: false,
      bytesReceived: x.request.method === "GET" ? 0 : Buffer.byteLength(x.wire),
      bytesSent: x.bytesSent,
      ...(reply.status === 0 ? {} : { httpStatus: reply.status }),
      ...(x.wire === "" ? {} : { wireBody: x.wire }),
      ...(ledger.keepsRequests ? { request: asWritten(x) } : {}),
      ...(x.faults.length === 0 ? {} : { faults: x.faults.map((fault) => fault.kind) }),
      ...x.known,
      ...reply.record,
    })
    x.entry = entry
    reply.recorded?.(entry)
    if (reply.items !== undefined) this.#recordItems(x, reply.items)
  }

  #recordItems(x: Exchange, items: ReadonlyArray<Reply>): void {
    const { statusIdentifier: batch, ...known } = x.known
    for (const item of items) {
      const entry = this.#parts.world.ledger.append({
        kind: item.kind,
        at: this.#parts.wire.now(),
        method: x.method,
        path: x.path,
        correlationId: x.correlationId,
        moneyMoved: false,
        bytesReceived: 0,
        bytesSent: 0,
        ...known,
        ...(batch === undefined ? {} : { batch }),
        ...item.record,
      })
      item.recorded?.(entry)
    }
  }

  #send(x: Exchange, reply: Reply): void {
    x.bytesSent = deliver(x, reply, this.#parts.wire)
    this.#parts.world.ledger.sent(x.entry, x.bytesSent)
  }

  #after(x: Exchange, millis: number, action: () => void): void {
    if (millis <= 0) return action()
    this.#parts.after(millis, () => {
      try {
        action()
      } catch (defect) {
        this.failed(x, defect)
      }
    })
  }
}

const asWritten = (x: Exchange): ClientRequest => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(x.request.headers)) {
    const written = String(value)
    headers[name] = name === "authorization" ? `${written.split(" ")[0]} …` : written
  }
  return { query: x.query, headers, body: x.payload }
}

/** Client transaction id and details; requests without an id are never recognised. */
const inFlightKey = (x: Exchange): string | undefined => {
  const id = x.known.clientTransactionId
  return id === undefined ? undefined : [x.project, id, x.path, x.payload].join("\n")
}

const timeoutOf = (x: Exchange): number => {
  const written = x.header("x-transaction-timeout-ms") ?? ""
  return /^\d{1,9}$/.test(written)
    ? Math.min(Math.max(Number(written), forceAccepted), longestWait)
    : longestWait
}
