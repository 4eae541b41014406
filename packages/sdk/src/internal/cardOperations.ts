/** The operations of the card API as data. Source: Visa's OpenAPI export "Visa Direct" (2025). */
import { Effect, Predicate } from "effect"
import type { Result } from "effect"
import { Money } from "../Money.ts"
import { fillPath } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import type { VisaError } from "../VisaError.ts"
import { accepted, acceptedAtOnce, batchRows, bodyOfBatch } from "./batch.ts"
import type { Batch, BatchRequest, BatchRow } from "./batch.ts"
import {
  decodeAdjustment,
  decodeCancel,
  decodePull,
  decodePush,
  decodeReverse,
} from "./cardReply.ts"
import type {
  AdjustmentApproved,
  Approved,
  Cancelled,
  PullRead,
  ReverseApproved,
} from "./cardReply.ts"
import {
  bodyOfAdjustment,
  bodyOfCancel,
  bodyOfPull,
  bodyOfPush,
  bodyOfReverse,
} from "./cardRequest.ts"
import type { Body } from "./cardRequest.ts"
import { checkObject, invalidRequest } from "./invalidRequest.ts"
import type { PullRequest } from "./pullFields.ts"
import type { PushRequest } from "./pushFields.ts"
import type { AdjustmentRequest, CancelRequest, ReverseRequest } from "./reversalFields.ts"

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
  readonly decode: Operation<Request, A>["decode"]
  readonly decodeOther?: Operation<Request, A>["decodeOther"]
}

const post = <Request extends object, A>({
  bodyOf,
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
})

const statusOf = (path: string): string => `${path}/{statusIdentifier}`

const encodeStatus = (path: string, id: unknown): Effect.Effect<Encoded, VisaError> =>
  Predicate.isString(id) && /^[\w.:-]{1,128}$/.test(id)
    ? Effect.succeed({ path: fillPath(statusOf(path), { statusIdentifier: id }) })
    : Effect.fail(invalidRequest("statusIdentifier", "It must be the id of a 202 reply."))

interface Get<Request, A> {
  readonly name: string
  /** That of the operation whose status it is. */
  readonly path: string
  readonly encode: Operation<Request, A>["encode"]
  readonly decode: Operation<Request, A>["decode"]
}

/** Tells of an earlier operation, for 24 hours. */
const status = <Request, A>({
  decode,
  encode,
  name,
  path,
}: Get<Request, A>): Operation<Request, A> => ({
  ...card,
  name: `FundsTransfer.${name}`,
  method: "GET",
  path: statusOf(path),
  money: "reports",
  findOut: "query",
  encode,
  decode,
})

const inBody =
  <A>(decode: (answer: unknown) => Result.Result<A, Failure>) =>
  ({ body }: Reply): Result.Result<A, Failure> =>
    decode(body)

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

type Multi = "multiPush" | "multiPull" | "multiReverse"

const multi = <Item>(
  name: Multi,
  bodyOfItem: (item: Item) => Effect.Effect<Body, VisaError>,
): Operation<BatchRequest<Item>, string> =>
  post({
    name,
    path: paths[name],
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfBatch(bodyOfItem),
    decode: acceptedAtOnce,
    decodeOther: accepted,
  })

const multiStatus = (name: Multi, kind: Batch["kind"]): Operation<Batch, ReadonlyArray<BatchRow>> =>
  status({
    name: `${name}Status`,
    path: paths[name],
    encode: (batch) =>
      Effect.andThen(
        checkObject("batch", batch),
        Effect.suspend(() =>
          batch.kind === kind
            ? encodeStatus(paths[name], batch.statusIdentifier)
            : Effect.fail(invalidRequest("kind", `Give a batch of kind ${kind}.`)),
        ),
      ),
    decode: batchRows(kind),
  })

/** A pull that answered 202: the amount tells the currency of a partial approval. */
export interface PullStatus {
  readonly statusIdentifier: string
  readonly amount: Money
}

export const operations: {
  readonly push: Operation<PushRequest, Approved>
  readonly pushStatus: Operation<string, Approved>
  /** The service adds what was debited, as `Money`, from the amount of the request. */
  readonly pull: Operation<PullRequest, PullRead>
  readonly pullStatus: Operation<PullStatus, PullRead>
  readonly reverse: Operation<ReverseRequest, ReverseApproved>
  readonly reverseStatus: Operation<string, ReverseApproved>
  /** Batches answer with their status id. */
  readonly multiPush: Operation<BatchRequest<PushRequest>, string>
  readonly multiPull: Operation<BatchRequest<PullRequest>, string>
  readonly multiReverse: Operation<BatchRequest<ReverseRequest>, string>
  readonly multiPushStatus: Operation<Batch, ReadonlyArray<BatchRow>>
  readonly multiPullStatus: Operation<Batch, ReadonlyArray<BatchRow>>
  readonly multiReverseStatus: Operation<Batch, ReadonlyArray<BatchRow>>
  readonly adjustment: Operation<AdjustmentRequest, AdjustmentApproved>
  readonly cancel: Operation<CancelRequest, Cancelled>
} = {
  push: post({
    name: "push",
    path: paths.push,
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfPush,
    decode: inBody(decodePush),
  }),
  pushStatus: status({
    name: "pushStatus",
    path: paths.push,
    encode: (id) => encodeStatus(paths.push, id),
    decode: inBody(decodePush),
  }),
  pull: post({
    name: "pull",
    path: paths.pull,
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfPull,
    decode: inBody(decodePull),
  }),
  pullStatus: status({
    name: "pullStatus",
    path: paths.pull,
    encode: ({ amount, statusIdentifier }) =>
      Money.is(amount)
        ? encodeStatus(paths.pull, statusIdentifier)
        : Effect.fail(invalidRequest("amount", "Give the amount of the pull, made with Money.of.")),
    decode: inBody(decodePull),
  }),
  reverse: post({
    name: "reverse",
    path: paths.reverse,
    money: "moves",
    findOut: "status",
    bodyOf: bodyOfReverse,
    decode: inBody(decodeReverse),
  }),
  reverseStatus: status({
    name: "reverseStatus",
    path: paths.reverse,
    encode: (id) => encodeStatus(paths.reverse, id),
    decode: inBody(decodeReverse),
  }),
  multiPush: multi("multiPush", bodyOfPush),
  multiPull: multi("multiPull", bodyOfPull),
  multiReverse: multi("multiReverse", bodyOfReverse),
  multiPushStatus: multiStatus("multiPush", "push"),
  multiPullStatus: multiStatus("multiPull", "pull"),
  multiReverseStatus: multiStatus("multiReverse", "reverse"),
  adjustment: post({
    name: "adjustment",
    path: paths.adjustment,
    money: "moves",
    findOut: "query",
    bodyOf: bodyOfAdjustment,
    decode: inBody(decodeAdjustment),
  }),
  cancel: post({
    name: "cancel",
    path: paths.cancel,
    // It moves none: it reports whether the deferred push will.
    money: "reports",
    findOut: "query",
    bodyOf: bodyOfCancel,
    decode: inBody(decodeCancel),
  }),
}
