/** The operations of the card API as data. Source: Visa's OpenAPI export "Visa Direct" (2025). */
import { Effect, Predicate } from "effect"
import type { Result } from "effect"
import { Money } from "../Money.ts"
import { fillPath } from "../Operation.ts"
import type { Failure, Operation } from "../Operation.ts"
import type { VisaError } from "../VisaError.ts"
import { acceptedBatch, batchRows, bodyOfBatch } from "./batch.ts"
import type { Batch, BatchRequest } from "./batch.ts"
import {
  bodyOfAdjustment,
  bodyOfCancel,
  bodyOfPull,
  bodyOfPush,
  bodyOfReverse,
  checkObject,
} from "./cardRequest.ts"
import type { Body } from "./cardRequest.ts"
import {
  decodeAdjustment,
  decodeCancel,
  decodePull,
  decodePush,
  decodeReverse,
} from "./cardReply.ts"
import { invalidRequest } from "./invalidRequest.ts"

const transfers = "/visadirect/fundstransfer/v1"

/** What all of them have in common. */
const card = { mle: "mandatory", rail: "card" } as const

interface Sent {
  readonly clientTransactionId?: string | undefined
  readonly senderCountryCode?: string
  readonly recipientCountryCode?: string
}

const checkClientTransactionId = (id: unknown): Effect.Effect<void, VisaError> =>
  id === undefined || (Predicate.isString(id) && /^[ -~]{1,255}$/.test(id))
    ? Effect.void
    : Effect.fail(
        invalidRequest("clientTransactionId", "Give text of ASCII letters, digits and signs."),
      )

const corridorOf = ({ recipientCountryCode: to, senderCountryCode: from }: Sent) =>
  from === undefined || to === undefined ? undefined : `${from}-${to}`

interface Post<Request, A> {
  readonly name: string
  readonly path: string
  readonly money: Operation<Request, A>["money"]
  readonly findOut: Operation<Request, A>["findOut"]
  readonly bodyOf: (request: Request) => Effect.Effect<Body, VisaError>
  readonly decode: (answer: unknown) => Result.Result<A, Failure>
}

const post = <Request extends object, A>({
  bodyOf,
  decode,
  name,
  ...rest
}: Post<Request, A>): Operation<Request, A> => ({
  ...card,
  ...rest,
  name: `FundsTransfer.${name}`,
  method: "POST",
  encode: Effect.fnUntraced(function* (request) {
    const body = yield* bodyOf(request)
    const sent: Sent = request
    yield* checkClientTransactionId(sent.clientTransactionId)
    return {
      path: rest.path,
      body,
      clientTransactionId: sent.clientTransactionId,
      corridor: corridorOf(sent),
    }
  }),
  decode: ({ body }) => decode(body),
})

const encodeStatus =
  (path: string) =>
  (statusIdentifier: string) =>
    Predicate.isString(statusIdentifier) && /^[\w.:-]{1,128}$/.test(statusIdentifier)
      ? Effect.succeed({ path: fillPath(path, { statusIdentifier }) })
      : Effect.fail(invalidRequest("statusIdentifier", "It must be the id of a 202 reply."))

const statusPath = (path: string): string => `${path}/{statusIdentifier}`

/** Status operations tell of an earlier one, for 24 hours. */
const status = {
  ...card,
  method: "GET",
  money: "reports",
  findOut: "query",
} as const

/** What a pull was asked for, beside the id of its 202: the reply does not say its currency. */
export interface PullStatus {
  readonly statusIdentifier: string
  readonly amount: Money
}

const paths = {
  push: `${transfers}/pushfundstransactions`,
  pull: `${transfers}/pullfundstransactions`,
  reverse: `${transfers}/reversefundstransactions`,
  multiPush: `${transfers}/multipushfundstransactions`,
  multiPull: `${transfers}/multipullfundstransactions`,
  multiReverse: `${transfers}/multireversefundstransactions`,
  adjustment: "/visadirect/v1/adjustment",
  // Without the version.
  cancel: "/visadirect/fundstransfer/cancel",
} as const

const multi = <Item>(
  name: "multiPush" | "multiPull" | "multiReverse",
  bodyOfItem: (item: Item) => Effect.Effect<Body, VisaError>,
): Operation<BatchRequest<Item>, string> => {
  const batch = post({
    name,
    path: paths[name],
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfBatch(bodyOfItem),
    decode: (body) => acceptedBatchBody(body),
  })
  return { ...batch, decodeOther: acceptedBatch }
}

const multiStatus = (
  name: "multiPush" | "multiPull" | "multiReverse",
  kind: Batch["kind"],
): Operation<Batch, ReadonlyArray<BatchRow>> => ({
  ...status,
  name: `FundsTransfer.${name}Status`,
  path: statusPath(paths[name]),
  encode: Effect.fnUntraced(function* (batch) {
    yield* checkObject("batch", batch)
    if (batch.kind !== kind) {
      return yield* Effect.fail(
        invalidRequest("kind", `This batch is of kind ${String(batch.kind)}: ask for its own status.`),
      )
    }
    return yield* encodeStatus(statusPath(paths[name]))(batch.statusIdentifier)
  }),
  decode: batchRows(kind),
})

export const operations = {
  push: post({
    name: "push",
    path: paths.push,
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfPush,
    decode: decodePush,
  }),
  pushStatus: {
    ...status,
    name: "FundsTransfer.pushStatus",
    path: statusPath(paths.push),
    encode: encodeStatus(statusPath(paths.push)),
    decode: ({ body }) => decodePush(body),
  },
  pull: post({
    name: "pull",
    path: paths.pull,
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfPull,
    decode: decodePull,
  }),
  pullStatus: {
    ...status,
    name: "FundsTransfer.pullStatus",
    path: statusPath(paths.pull),
    encode: ({ amount, statusIdentifier }) =>
      Money.is(amount)
        ? encodeStatus(statusPath(paths.pull))(statusIdentifier)
        : Effect.fail(invalidRequest("amount", "Give the amount of the pull.")),
    decode: ({ body }) => decodePull(body),
  },
}
