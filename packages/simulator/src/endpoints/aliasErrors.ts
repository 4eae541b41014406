/**
 * Refusals of the alias directory: its codes, and the two forms in which they are told.
 *
 * v1 (and the inquiry) have `{"reason", "message"}` with the code at the head of the message; v2
 * has `{"code", "reason", "message"}`. Where the code stands, the reasons `validation-error` and
 * `not-found`, and the texts of 1000, 1010, 1040, 1050, 1160 and 1180 are those that an integrator's contract
 * tests met; the other texts and reasons are ours.
 */
import type { Problem } from "../internal/FieldTable.ts"
import type { Refusal, Reply } from "./Endpoint.ts"

interface AliasError {
  readonly status: number
  readonly reason: string
  readonly text: string
}

const invalid = "validation-error"

export const aliasErrors: Readonly<Record<string, AliasError>> = {
  "VAD-1000": { status: 400, reason: invalid, text: "Required Field missing" },
  "VAD-1010": { status: 400, reason: invalid, text: "Invalid value" },
  "VAD-1040": { status: 404, reason: "not-found", text: "Record Not Found" },
  "VAD-1050": { status: 400, reason: invalid, text: "Record Exists" },
  // Also 401 ("unauthorized"), with `httpStatus` in a script.
  "VAD-1100": { status: 400, reason: invalid, text: "Invalid Request" },
  "VAD-1120": { status: 500, reason: "internal-error", text: "Internal Error" },
  "VAD-1130": { status: 503, reason: "unavailable", text: "Temporarily Unavailable" },
  "VAD-1160": {
    status: 400,
    reason: `${invalid} : ${invalid}`,
    text: "AccountLookup Error- API Validation Error: 3001. Invalid Account.",
  },
  "VAD-1170": { status: 400, reason: invalid, text: "Account Restricted" },
  "VAD-1180": { status: 400, reason: invalid, text: "Invalid account number" },
  "VAD-1190": { status: 400, reason: invalid, text: "Cross-border Resolution Not Allowed" },
  "VAD-1210": { status: 400, reason: invalid, text: "Invalid Field" },
  "VAD-1260": { status: 404, reason: "not-found", text: "Default Account Deleted" },
  "VAD-1290": { status: 401, reason: "unauthorized", text: "Originator Country Not Supported" },
}

/** A code that the table does not have: a 400, so that a script can try out a new one. */
const unlisted: AliasError = { status: 400, reason: invalid, text: "Error" }

const codeOf = (problem: Problem | undefined): string => {
  if (problem === undefined) return "VAD-1100"
  if (problem.kind === "unknown") return "VAD-1210"
  return problem.absent === true ? "VAD-1000" : "VAD-1010"
}

const refuseIn =
  (bodyOf: (code: string, reason: string, text: string) => unknown) =>
  ({ code, location, message, problem }: Refusal): Reply => {
    const vad = code ?? codeOf(problem)
    const { reason, status, text } = aliasErrors[vad] ?? unlisted
    const element = problem?.element ?? location
    const told = message ?? (element === undefined ? text : `${text}: ${element}`)
    return {
      status,
      body: bodyOf(vad, reason, told),
      kind: "refused",
      record: { errorCode: vad, problem: told },
    }
  }

/** The last four characters, as much as the ledger may show. */
export const maskAlias = (written: string): string =>
  written.length < 9
    ? "*".repeat(written.length)
    : "*".repeat(written.length - 4) + written.slice(-4)

export const refuseV1 = refuseIn((code, reason, text) => ({ reason, message: `${code} ${text}` }))

export const refuseV2 = refuseIn((code, reason, message) => ({ code, reason, message }))
