/** `visa-direct query …` and `visa-direct push-status ID`: asks Visa what became of a payment. */
import { Console, Effect, Option, References } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { FundsTransfer } from "effect-visa-direct/api/FundsTransfer"
import { TransactionQuery } from "effect-visa-direct/api/TransactionQuery"
import * as VisaDirect from "effect-visa-direct/VisaDirect"
import { approvals, catalogue, tagOfCode, VisaError } from "effect-visa-direct/VisaError"
import { ExitWith } from "./internal/ExitWith.ts"
import { jsonFlag } from "./internal/jsonFlag.ts"
import { sayNo } from "./internal/sayNo.ts"
import { table } from "./internal/table.ts"

const atVisa = <A, E>(self: Effect.Effect<A, E, VisaDirect.Services>) =>
  self.pipe(
    Effect.provide(VisaDirect.layerConfig),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Effect.catchIf(VisaError.is, sayNo),
  )

const isApproval = (code: string): code is keyof typeof approvals => Object.hasOwn(approvals, code)

/** `00 (Approved: approved and completed)` */
const explained = (code: string): string => {
  const tag = Option.getOrUndefined(tagOfCode("action", code))
  if (isApproval(code)) return `${code} (${approvals[code].tag}: ${approvals[code].meaning})`
  return tag === undefined ? code : `${code} (${tag}: ${catalogue[tag].meaning})`
}

const textOf = (name: string, value: unknown): string => {
  if (typeof value !== "string") return JSON.stringify(value)
  return name.endsWith("ctionCode") ? explained(value) : value
}

const fieldsOf = (answer: object): string =>
  table(
    Object.entries(answer)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, textOf(name, value)]),
  )

export const query = Command.make(
  "query",
  {
    acquiringBin: Flag.String("acquiring-bin").pipe(
      Flag.withDescription("The BIN under which it was sent, 6 to 11 digits"),
    ),
    stan: Flag.String("stan").pipe(
      Flag.withDescription("Systems trace audit number, 6 digits"),
      Flag.optional,
    ),
    rrn: Flag.String("rrn").pipe(
      Flag.withDescription("Retrieval reference number, 12 digits"),
      Flag.optional,
    ),
    transactionId: Flag.String("transaction-id").pipe(
      Flag.withDescription("Visa's own identifier, 15 digits, in place of STAN and RRN"),
      Flag.optional,
    ),
    json: jsonFlag("transaction"),
  },
  Effect.fnUntraced(function* ({ acquiringBin, json, rrn, stan, transactionId }) {
    const found = yield* TransactionQuery.find({
      acquiringBin,
      ...Option.match(transactionId, {
        onSome: (transactionIdentifier) => ({ transactionIdentifier }),
        // What is missing is refused with the name of the field, before anything is sent.
        onNone: () => ({
          systemsTraceAuditNumber: Option.getOrElse(stan, () => ""),
          retrievalReferenceNumber: Option.getOrElse(rrn, () => ""),
        }),
      }),
    })
    if (found.length === 0) {
      yield* Console.error("Visa knows no such transaction. It may still arrive: ask again later.")
      return yield* new ExitWith({ code: 1 })
    }
    yield* Console.log(
      json
        ? found.map((record) => JSON.stringify(record)).join("\n")
        : found.map(fieldsOf).join("\n\n"),
    )
  }, atVisa),
).pipe(
  Command.withDescription(
    "Asks Visa's Transaction Query what became of a payment. Its action code is the answer: COMPLETED alone is no approval. Exits with 1 when Visa knows nothing of it or cannot be asked.",
  ),
  Command.withShortDescription("Ask Visa what became of a payment, by STAN and RRN"),
  Command.withExamples([
    {
      command: "visa-direct query --acquiring-bin 408999 --stan 451018 --rrn 412770452025",
      description: "By the identity under which it was sent",
    },
  ]),
)

export const pushStatus = Command.make(
  "push-status",
  {
    id: Argument.String("id").pipe(Argument.withDescription("The statusIdentifier of the 202")),
    json: jsonFlag("answer"),
  },
  Effect.fnUntraced(function* ({ id, json }) {
    const { exchange: _, ...answer } = yield* FundsTransfer.pushStatus(id)
    yield* Console.log(json ? JSON.stringify(answer) : fieldsOf(answer))
  }, atVisa),
).pipe(
  Command.withDescription(
    "Asks for the result of a push that Visa answered with 202, for 24 hours. Exits with 1 when it was not approved, is still being processed, or Visa cannot be asked; the message says which.",
  ),
  Command.withShortDescription("Ask Visa for the result of a push, by its status id"),
  Command.withExamples([
    {
      command: "visa-direct push-status 1491819372_186_81_l73c003_VDP_ARM",
      description: "As the error StillProcessing names it",
    },
  ]),
)
