/**
 * `pnpm bench decode`: what it costs to read a reply.
 *
 * Decoding and classifying a push reply, against `JSON.parse` and hand-written checks of the same
 * fields: approved, declined, and a reply with traps (numbers for texts, lost leading zeros).
 */
import { Result } from "effect"
import { FundsTransfer } from "effect-visa-direct"
import Table from "cli-table3"
import { Bench } from "tinybench"

const replies = {
  approved: {
    transactionIdentifier: 403691507989945,
    actionCode: "00",
    approvalCode: "98765X",
    responseCode: "5",
    transmissionDateTime: "2020-06-18T09:10:31.000Z",
    retrievalReferenceNumber: "412770452025",
    last4ofPAN: 127,
    networkId: 2,
    feeProgramIndicator: "ABC",
  },
  declined: {
    transactionIdentifier: 403691507989945,
    actionCode: "51",
    responseCode: "5",
    transmissionDateTime: "2020-06-18T09:10:31.000Z",
  },
} as const

const digits = (value: unknown, length: number): string | undefined => {
  const text = typeof value === "number" ? String(value) : value
  return typeof text === "string" && text.length <= length && /^\d+$/.test(text)
    ? text.padStart(length, "0")
    : undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined

/** The same fields, checked and normalised by hand; declines by a lookup. */
const declines = new Map(
  ["01", "03", "04", "05", "12", "13", "14", "51", "54", "57", "61", "65"].map((code) => [
    code,
    true,
  ]),
)

const byHand = (json: string): unknown => {
  const body = JSON.parse(json) as Record<string, unknown>
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error("no object")
  const actionCode = body["actionCode"]
  if (typeof actionCode !== "string" || !/^[0-9A-Z]{2}$/.test(actionCode))
    throw new Error("no code")
  if (actionCode !== "00" && actionCode !== "11")
    return { declined: declines.get(actionCode), actionCode }
  const transactionIdentifier = digits(body["transactionIdentifier"], 15)
  if (transactionIdentifier === undefined) throw new Error("no identifier")
  return {
    actionCode,
    transactionIdentifier,
    approvalCode: text(body["approvalCode"]),
    responseCode: text(body["responseCode"]),
    transmissionDateTime: text(body["transmissionDateTime"]),
    retrievalReferenceNumber: digits(body["retrievalReferenceNumber"], 12),
    last4ofPAN: digits(body["last4ofPAN"], 4),
    networkId: text(body["networkId"]),
    feeProgramIndicator: text(body["feeProgramIndicator"]),
  }
}

const decode = (json: string): unknown =>
  Result.getOrElse(
    FundsTransfer.operations.push.decode({ httpStatus: 200, body: JSON.parse(json) }),
    (failure) => failure,
  )

const table = new Table({
  head: ["reply", "SDK µs", "by hand µs", "ratio"],
  style: { head: [], border: [] },
  colAligns: ["left", "right", "right", "right"],
})
const verdicts: Array<string> = []
for (const [name, reply] of Object.entries(replies)) {
  const json = JSON.stringify(reply)
  const bench = new Bench({ time: 2_000, warmupTime: 1_000 })
  bench.add("sdk", () => decode(json)).add("hand", () => byHand(json))
  await bench.run()
  const micros = (task: string): number => {
    const result = bench.getTask(task)?.result
    return result !== undefined && "latency" in result ? result.latency.p50 * 1_000 : Number.NaN
  }
  const [sdk, hand] = [micros("sdk"), micros("hand")]
  table.push([name, sdk.toFixed(2), hand.toFixed(2), (sdk / hand).toFixed(2)])
  verdicts.push(`${name}: ${sdk / hand <= 3 ? "met" : "MISSED"}`)
}
console.log(table.toString())
console.log(`target (at most 3 times): ${verdicts.join(", ")}`)
