/**
 * Batches of pushes, pulls and reversals: always asynchronous. The POST answers 202; the GET answers
 * the envelope and `response[]`, in an order of the simulator's own, for items are matched by trace
 * number and not by position. `systemsTraceAuditNumber` is a JSON number there, as in Visa's samples:
 * leading zeros are lost.
 *
 * An item is what the single API takes, without the members that the envelope has for all of them;
 * `localTransactionDateTime` may be in both, as in the samples. Every item goes the way of a single
 * request: repeats are recognised by identity, within a batch too. A field error in one item refuses
 * the whole batch. No maximum size is published; the simulator's is that of a request body.
 *
 * A scripted answer for the batch holds for its items. Items are matched as the single request
 * (`{ endpoint: "PushFunds", stan: "000002" }`), and their own answer wins.
 */
import { type FieldTable, isObject, list, required, wording } from "../internal/FieldTable.ts"
import type { ScriptedAnswer } from "../Script.ts"
import type { Seed } from "../internal/Seed.ts"
import {
  type Endpoint,
  type JsonObject,
  type Prepared,
  type Reply,
  type ScriptedPart,
  validationError,
  type World,
} from "./Endpoint.ts"
import { PullFunds } from "./PullFunds.ts"
import { pullFundsFields } from "./pullFundsFields.ts"
import { PushFunds } from "./PushFunds.ts"
import { pushFundsFields } from "./pushFundsFields.ts"
import { ReverseFunds } from "./ReverseFunds.ts"
import { reverseFundsFields } from "./reverseFundsFields.ts"
import { statusEndpoint } from "./status.ts"

const envelopeFields = [
  "acquirerCountryCode",
  "acquiringBin",
  "businessApplicationId",
  "merchantCategoryCode",
  "localTransactionDateTime",
] as const

interface Batch {
  /** `MultiPushFunds`. */
  readonly name: string
  readonly path: string
  readonly single: Endpoint
  /** The table of the single API. */
  readonly fields: FieldTable
  /** The member of a response item that holds the single API's answer. */
  readonly detail: "octResponseDetail" | "aftResponseDetail" | "aftrResponseDetail"
}

const tableOf = (single: FieldTable): FieldTable => {
  const item: Record<string, FieldTable[string]> = { ...single }
  const envelope: Record<string, FieldTable[string]> = {}
  for (const name of envelopeFields) {
    const field = single[name]
    if (field === undefined) continue
    envelope[name] = field
    if (name === "localTransactionDateTime") {
      const { required: _required, ...optional } = field
      item[name] = optional
    } else delete item[name]
  }
  return { ...envelope, request: required(list(item)) }
}

/** The envelope as the GET repeats it: numbers as numbers, the time with a fraction. */
const envelopeOf = (body: JsonObject): Record<string, unknown> => {
  const envelope: Record<string, unknown> = {}
  for (const name of envelopeFields) {
    const value = body[name]
    if (value === undefined) continue
    envelope[name] =
      name === "businessApplicationId"
        ? value
        : name === "localTransactionDateTime"
          ? `${String(value)}.000`
          : Number(value)
  }
  return envelope
}

/** Decided by the seed, and never the order of the request when there is another. */
const shuffled = <A>(
  seed: Seed,
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string,
): ReadonlyArray<A> => {
  const order = items
    .map((item, index) => ({ item, index, rank: seed("order", `${keyOf(item)}|${index}`) }))
    .toSorted((a, b) => Buffer.compare(a.rank, b.rank))
  const first = order[0]
  const moved = order.some(({ index }, place) => index !== place)
  return (moved || first === undefined ? order : [...order.slice(1), first]).map(({ item }) => item)
}

interface Item {
  readonly stan: string
  readonly prepared: Prepared
}

const commit = (
  world: World,
  { detail, single }: Batch,
  body: JsonObject,
  items: ReadonlyArray<Item>,
  answer: ScriptedAnswer | undefined,
  now: number,
  scripted: ScriptedPart,
): Reply => {
  const replies = items.map(({ prepared, stan }) => ({
    stan,
    reply: prepared.commit(scripted(single.name, prepared.facts) ?? answer, now, scripted),
  }))
  return {
    status: 200,
    body: {
      ...envelopeOf(body),
      response: shuffled(world.seed, replies, ({ stan }) => stan).map(({ reply, stan }) => ({
        systemsTraceAuditNumber: Number(stan),
        [detail]: reply.body,
      })),
    },
    kind: "batch",
    record: { acquiringBin: String(body["acquiringBin"]) },
    items: replies.map(({ reply }) => reply),
  }
}

const endpointsOf = (batch: Batch): ReadonlyArray<Endpoint> => {
  const { fields, name, path, single } = batch
  return [
    {
      name,
      method: "POST",
      path,
      mle: "project",
      scripted: true,
      fields: tableOf(fields),
      prepare(request, world): Prepared | Reply {
        const { body } = request
        const { request: list, ...envelope } = body
        const items: Array<Item> = []
        for (const item of Array.isArray(list) ? list : []) {
          const whole = { ...envelope, ...(isObject(item) ? item : {}) }
          const prepared = single.prepare({ ...request, body: whole }, world)
          if (!("commit" in prepared)) return prepared
          items.push({ stan: prepared.facts.stan ?? "", prepared })
        }
        if (items.length === 0) {
          return validationError(wording({ kind: "missing", element: "request" }))
        }
        return {
          facts: { acquiringBin: String(body["acquiringBin"]) },
          asynchronous: {
            always: true,
            statusPath: path,
            inProgress: items.flatMap(({ prepared }) => prepared.asynchronous?.inProgress ?? []),
          },
          commit: (answer, now, scripted) =>
            commit(world, batch, body, items, answer, now, scripted),
        }
      },
    },
    statusEndpoint(`${name}Status`, path),
  ]
}

const root = "/visadirect/fundstransfer/v1"

/** POST and GET of `…/multi{push,pull,reverse}fundstransactions`. */
export const multiFunds: ReadonlyArray<Endpoint> = [
  {
    name: "MultiPushFunds",
    path: `${root}/multipushfundstransactions`,
    single: PushFunds,
    fields: pushFundsFields,
    detail: "octResponseDetail" as const,
  },
  {
    name: "MultiPullFunds",
    path: `${root}/multipullfundstransactions`,
    single: PullFunds,
    fields: pullFundsFields,
    detail: "aftResponseDetail" as const,
  },
  {
    name: "MultiReverseFunds",
    path: `${root}/multireversefundstransactions`,
    single: ReverseFunds,
    fields: reverseFundsFields,
    detail: "aftrResponseDetail" as const,
  },
].flatMap(endpointsOf)
