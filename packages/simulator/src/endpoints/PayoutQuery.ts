/**
 * Account & Wallet: asking for a payout, and cancelling one. Both name it by three query
 * parameters; there is no path with an identifier in it.
 */
import { check, type FieldTable, required, text } from "../internal/FieldTable.ts"
import type { IdType, Payout } from "../internal/Payouts.ts"
import {
  type ApiRequest,
  type Endpoint,
  type EntryFacts,
  type Facts,
  notFound,
  type Prepared,
  type Reply,
  type World,
} from "./Endpoint.ts"
import { invalidPayout, refusePayout } from "./payoutErrors.ts"
import { cancellable, cancelRoad, stepsOf } from "./payoutProgress.ts"
import { detailOf, payoutsPath } from "./SendPayout.ts"

const parameters: FieldTable = {
  id: required(text(1, 35)),
  idType: required(text(1, 19, { oneOf: ["CLIENT_REFERENCE_ID", "PAYOUT_ID"] })),
  initiatingPartyId: required(text(1, 15, { pattern: /^\d+$/ })),
}

interface Named {
  readonly facts: Facts & EntryFacts
  find(now: number): Payout | undefined
}

const named = ({ project, query }: ApiRequest, world: World): Named | Reply => {
  const written: Readonly<Record<string, string>> = Object.fromEntries(query)
  const problem = check(parameters, written)
  if (problem !== undefined) return refusePayout({ problem })
  const { id = "", initiatingPartyId = "" } = written
  const idType: IdType = written["idType"] === "PAYOUT_ID" ? "PAYOUT_ID" : "CLIENT_REFERENCE_ID"
  return {
    facts: idType === "PAYOUT_ID" ? { payoutId: id } : { clientReferenceId: id },
    find: (now) => {
      const payout = world.payouts.find({ project, initiatingPartyId }, idType, id)
      return payout === undefined || payout.takenAt + world.settings.payoutLag > now
        ? undefined
        : payout
    },
  }
}

/** `GET /visapayouts/v3/payouts?id=&idType=&initiatingPartyId=`. 404 when there is no such payout. */
export const PayoutQuery: Endpoint = {
  name: "PayoutQuery",
  method: "GET",
  path: payoutsPath,
  mle: "project",
  scripted: false,
  prepare: (request, world): Prepared | Reply => {
    const asked = named(request, world)
    if (!("find" in asked)) return asked
    const { facts } = asked
    return {
      facts,
      commit: (_answer, now) => {
        const payout = asked.find(now)
        if (payout === undefined) return { ...notFound, kind: "query", record: facts }
        const step = world.payouts.standing(payout, now)
        return {
          status: 200,
          body: detailOf(payout, step),
          kind: "query",
          record: { ...facts, payoutId: payout.payoutId, payoutStatus: step.status },
        }
      },
    }
  },
}

/**
 * `DELETE /visapayouts/v3/payouts?id=&idType=&initiatingPartyId=`. Possible while nothing was sent.
 * Published is that it leads over `PENDING_CANCELLATION` to `CANCELLED`; that it is refused
 * afterwards, and that a second one repeats the answer of the first, are readings.
 */
export const CancelPayout: Endpoint = {
  name: "CancelPayout",
  method: "DELETE",
  path: payoutsPath,
  mle: "project",
  scripted: true,
  refuse: refusePayout,
  prepare: (request, world): Prepared | Reply => {
    const asked = named(request, world)
    if (!("find" in asked)) return asked
    const { facts } = asked
    return {
      facts,
      commit: (answer, now) => {
        const payout = asked.find(now)
        if (payout === undefined) return { ...notFound, record: facts }
        const standing = world.payouts.standing(payout, now)
        const record = { ...facts, payoutId: payout.payoutId, payoutStatus: standing.status }
        const again = standing.status === "PENDING_CANCELLATION" || standing.status === "CANCELLED"
        if (!again && !cancellable.has(standing.status)) {
          return { ...invalidPayout("id", "The payout can no longer be cancelled."), record }
        }
        let told = standing
        if (!again) {
          const amount = String(payout.members["transactionAmount"])
          const { payoutStep } = world.settings
          const steps = stepsOf(answer, cancelRoad(answer), amount, now, payoutStep)
          world.payouts.redirect(payout, steps)
          told = steps[0] ?? standing
        }
        return {
          status: 200,
          body: detailOf(payout, told),
          kind: "cancel",
          record: { ...record, payoutStatus: told.status },
        }
      },
    }
  },
}
