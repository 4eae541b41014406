/**
 * `visa-direct payouts …`: the payouts in the database of the program that makes them. Nothing is sent
 * from here: what is asked for or decided is taken up by that program, which has the keys.
 */
import { Console, DateTime, Duration, Effect, Layer, Option, References, Stream } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { Claims } from "effect-visa-direct/payouts/Claims"
import { PayoutEvents } from "effect-visa-direct/payouts/PayoutEvents"
import type { PayoutEvent } from "effect-visa-direct/payouts/PayoutEvents"
import { WorkList } from "effect-visa-direct/payouts/WorkList"
import type { WorkItem } from "effect-visa-direct/payouts/WorkList"
import { VisaError } from "effect-visa-direct/VisaError"
import { ExitWith } from "./internal/ExitWith.ts"
import { jsonFlag } from "./internal/jsonFlag.ts"
import { sayNo } from "./internal/sayNo.ts"
import { table } from "./internal/table.ts"

// Loaded when a payout is asked for: the other commands need no database.
const stores = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("effect-visa-direct/payouts/Database")),
    ({ layerConfig }) =>
      Layer.mergeAll(WorkList.layerSql, PayoutEvents.layerSql, Claims.layerSql).pipe(
        Layer.provide(layerConfig),
      ),
  ),
)

const withStores = <A, E>(self: Effect.Effect<A, E, WorkList | PayoutEvents | Claims>) =>
  self.pipe(
    Effect.provide(stores),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Effect.catchIf(VisaError.is, sayNo),
  )

const id = Argument.String("id").pipe(Argument.withDescription("The key of the payout"))

const wait = Flag.Int("wait").pipe(
  Flag.withDescription("Seconds to wait for the payout's end; 0 to return at once"),
  Flag.filter(
    (seconds) => seconds >= 0,
    () => "a number of seconds, 0 or more",
  ),
  Flag.withDefault(15),
)

const at = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const whole = (duration: Duration.Duration): string =>
  Duration.format(Duration.seconds(Math.floor(Duration.toSeconds(duration))))

const valueOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "amount" in value && "currency" in value
    ? `${value.amount} ${value.currency}`
    : String(value)

/** What names a payment at Visa, and what else is known of it. */
const members = (value: object): string =>
  Object.entries(value)
    .map(([name, member]) => `${name}=${valueOf(member)}`)
    .join(" ")

const row = ({ age, nextAt, payout, reason, round, step }: WorkItem) => [
  payout,
  step,
  whole(age),
  reason,
  String(round),
  at(nextAt),
]

const jsonOf = ({ age, nextAt, since, fingerprint: _, ...item }: WorkItem): string =>
  JSON.stringify({
    ...item,
    since: at(since),
    nextAt: at(nextAt),
    ageSeconds: Math.floor(Duration.toSeconds(age)),
  })

const list = Command.make(
  "list",
  {
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("How many to show, the oldest first"),
      Flag.filter(
        (limit) => limit > 0,
        () => "a number above 0",
      ),
      Flag.withDefault(100),
    ),
    json: jsonFlag("payout"),
  },
  Effect.fnUntraced(function* ({ json, limit }) {
    const work = yield* WorkList
    const items = yield* work.list(limit)
    const { count } = yield* work.summary
    if (json) {
      if (items.length > 0) yield* Console.log(items.map(jsonOf).join("\n"))
    } else if (items.length === 0) {
      yield* Console.log("No payout is open.")
    } else {
      const head = ["payout", "step", "unknown for", "last seen", "rounds", "asked next"]
      yield* Console.log(table([head, ...items.map(row)]))
    }
    if (count > items.length) yield* Console.error(`${items.length} of ${count} are shown.`)
  }, withStores),
).pipe(
  Command.withDescription("Lists the payouts whose outcome nobody knows yet, the oldest first."),
  Command.withExamples([
    { command: "visa-direct payouts list", description: "What is open now" },
    { command: "visa-direct payouts list --json", description: "For scripts" },
  ]),
)

const eventLine = ({ _tag, at: when, payout: _, ...rest }: PayoutEvent) => [
  at(when),
  _tag,
  members(rest),
]

const nothingKnown = Effect.fnUntraced(function* (payout: string) {
  yield* Console.error(`No payout with the key ${JSON.stringify(payout)} is in this database.`)
  return yield* new ExitWith({ code: 1 })
})

const show = Command.make(
  "show",
  { id, json: jsonFlag("event") },
  Effect.fnUntraced(function* ({ id: payout, json }) {
    const events = yield* PayoutEvents
    const work = yield* WorkList
    const trail = yield* events.trail(payout)
    const item = Option.getOrUndefined(yield* work.find(payout))
    if (trail.length === 0 && item === undefined) return yield* nothingKnown(payout)
    if (json) {
      const lines = trail.map((event) => JSON.stringify({ ...event, at: at(event.at) }))
      return yield* Console.log(
        [...lines, ...(item === undefined ? [] : [jsonOf(item)])].join("\n"),
      )
    }
    if (trail.length > 0) yield* Console.log(table(trail.map(eventLine)))
    if (item === undefined) return
    const { age, nextAt, open, reason, round, step } = item
    yield* Console.log(
      `Open: what became of the ${step} is unknown for ${whole(age)} (${reason}). Asked in ${round} rounds, again at ${at(nextAt)}.`,
    )
    if (open !== undefined) yield* Console.log(`Look for: ${members(open)}`)
  }, withStores),
).pipe(
  Command.withDescription(
    "Shows what happened to a payout, and what to look for at Visa when its outcome is unknown. Exits with 1 when there is no such payout.",
  ),
  Command.withExamples([
    { command: "visa-direct payouts show INVOICE-77", description: "Its history" },
  ]),
)

/** How the payout ended, or nothing when it did not within so many seconds. */
const endOf = Effect.fnUntraced(function* (payout: string, seconds: number) {
  const events = yield* PayoutEvents
  const last = yield* Stream.runLast(events.stream(payout)).pipe(
    Effect.timeoutOption(Duration.seconds(seconds)),
  )
  return Option.flatten(last)
})

const print = (event: PayoutEvent, json: boolean) =>
  Console.log(
    json ? JSON.stringify({ ...event, at: at(event.at) }) : eventLine(event).join("  ").trimEnd(),
  )

const ask = Command.make(
  "ask",
  { id, wait, json: jsonFlag("answer") },
  Effect.fnUntraced(function* ({ id: payout, json, wait: seconds }) {
    const work = yield* WorkList
    yield* work.hasten(payout)
    if (seconds === 0) return yield* Console.error("The program asks Visa when it next looks.")
    const end = yield* endOf(payout, seconds)
    if (Option.isSome(end)) return yield* print(end.value, json)
    yield* Console.error(
      `Nothing new within ${seconds} seconds: Visa does not know yet, or the program that makes payouts is not running.`,
    )
    return yield* new ExitWith({ code: 1 })
  }, withStores),
).pipe(
  Command.withDescription(
    "Has the program that makes payouts ask Visa about an open one now, and waits for the answer. Sends nothing itself. Exits with 1 when the outcome stays unknown.",
  ),
  Command.withExamples([
    { command: "visa-direct payouts ask INVOICE-77", description: "After Visa was down" },
  ]),
)

const decide = Command.make(
  "decide",
  {
    id,
    paid: Flag.Boolean("paid").pipe(
      Flag.withDescription("The recipient has the money, or will get it"),
      Flag.withDefault(false),
    ),
    notPaid: Flag.Boolean("not-paid").pipe(
      Flag.withDescription(
        "It was not paid and never will be: what was reserved or debited is undone",
      ),
      Flag.withDefault(false),
    ),
    by: Flag.String("by").pipe(Flag.withDescription("Who answers for it")),
    evidence: Flag.String("evidence").pipe(
      Flag.withDescription("Where it can be looked up: Visa's case number, a settlement report"),
    ),
    wait,
    json: jsonFlag("end"),
  },
  Effect.fnUntraced(function* ({ by, evidence, id: payout, json, notPaid, paid, wait: seconds }) {
    if (paid === notPaid) {
      return yield* new CliError.UserError({
        cause: undefined,
        userMessage: "Say either --paid or --not-paid",
      })
    }
    yield* WorkList.decide(payout, { outcome: paid ? "paid" : "notPaid", by, evidence })
    const end = seconds === 0 ? Option.none() : yield* endOf(payout, seconds)
    if (Option.isSome(end)) return yield* print(end.value, json)
    yield* Console.error(
      "The decision is recorded. The program that makes payouts goes on with it when it next looks.",
    )
  }, withStores),
).pipe(
  Command.withDescription(
    "Ends an open payout by the word of a person, for good. Only after Visa or a bank has said what became of it: a wrong word pays twice, or not at all. Exits with 1 when the outcome is known already, or the payout is not open.",
  ),
  Command.withExamples([
    {
      command:
        'visa-direct payouts decide INVOICE-77 --paid --by "Ada King" --evidence "Visa case 01234"',
      description: "Visa has found it",
    },
  ]),
)

export const payouts = Command.make("payouts").pipe(
  Command.withDescription(
    "Looks after payouts in the database that VISA_DIRECT_DATABASE_URL or VISA_DIRECT_DATABASE_FOLDER names.",
  ),
  Command.withShortDescription("Look after payouts whose outcome is open"),
  Command.withSubcommands([list, show, ask, decide]),
)
