/**
 * Cancel a deferred push. The path has no `v1`. The answers are Visa's: 85 cancelled, R0 already
 * cancelled, 21 in processing, 25 not found, 57 not permitted. Which push is not permitted is a
 * reading: one that Visa does not hold (`requestType` 00 or 01).
 */
import type { FieldTable } from "../internal/FieldTable.ts"
import { required } from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { overlay } from "../internal/overlay.ts"
import * as Seed from "../internal/Seed.ts"
import type { ScriptedAnswer } from "../Script.ts"
import type { Endpoint, JsonObject, Reply, World } from "./Endpoint.ts"

const cancelFields: FieldTable = {
  acquiringBin: required(format.acquiringBin),
  transactionIdentifier: format.transactionIdentifier,
  systemsTraceAuditNumber: required(format.stan),
  retrievalReferenceNumber: required(format.retrievalReferenceAsNumber),
}

interface Wanted {
  readonly acquiringBin: string
  readonly stan: string
  readonly rrn: string
  readonly transactionIdentifier: number | undefined
}

const wantedOf = (body: JsonObject): Wanted => ({
  acquiringBin: String(body["acquiringBin"]),
  stan: String(body["systemsTraceAuditNumber"]).padStart(6, "0"),
  rrn: String(body["retrievalReferenceNumber"]),
  transactionIdentifier:
    body["transactionIdentifier"] === undefined ? undefined : Number(body["transactionIdentifier"]),
})

/** The push itself, not its duplicates. */
const find = (world: World, wanted: Wanted): Transaction | undefined =>
  world.network
    .find({ stan: wanted.stan, rrn: wanted.rrn }, wanted.acquiringBin)
    .find(
      ({ operation, result }) =>
        operation === "push" &&
        result?.originalActionCode === undefined &&
        (wanted.transactionIdentifier === undefined ||
          wanted.transactionIdentifier === result?.transactionIdentifier),
    )

const judge = (push: Transaction | undefined): string => {
  if (push === undefined) return "25"
  const requestType = push.deferred?.requestType
  if (requestType !== "02" && requestType !== "03") return "57"
  switch (push.state) {
    case "PENDING":
      return "85"
    case "CANCELLED":
      return "R0"
    case "IN_PROGRESS":
      return "21"
    default:
      // Declined on arrival: it was never held.
      return movesMoney(push.result?.actionCode ?? "") || push.deferred?.comesTo !== undefined
        ? "21"
        : "25"
  }
}

const commit = (
  world: World,
  wanted: Wanted,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  world.network.settleDue(now)
  const push = find(world, wanted)
  const told = answer?.actionCode ?? judge(push)
  const truth = answer?.settledAs ?? told
  if (truth === "85" && push?.state === "PENDING") world.network.cancel(push)
  const { acquiringBin, rrn, stan } = wanted
  const transactionIdentifier =
    push?.result?.transactionIdentifier ??
    wanted.transactionIdentifier ??
    Seed.transaction(world.seed, `cancel|${acquiringBin}|${stan}|${rrn}`).transactionIdentifier
  return {
    status: 200,
    body: overlay({ transactionIdentifier, actionCode: told }, answer?.fields),
    kind: "cancel",
    record: {
      acquiringBin,
      stan,
      rrn,
      actionCode: told,
      transactionIdentifier: String(transactionIdentifier),
    },
  }
}

/** `POST /visadirect/fundstransfer/cancel`. Has no status GET, so it answers no 202. */
export const CancelDeferred: Endpoint = {
  name: "CancelDeferred",
  method: "POST",
  path: "/visadirect/fundstransfer/cancel",
  mle: "project",
  scripted: true,
  fields: cancelFields,
  prepare({ body }, world) {
    const wanted = wantedOf(body)
    const { acquiringBin, rrn, stan } = wanted
    return {
      facts: { acquiringBin, stan, rrn },
      commit: (answer, now) => commit(world, wanted, answer, now),
    }
  },
}
