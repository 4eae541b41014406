/**
 * `visa-direct certificates …`: looks at the credentials that the `VISA_DIRECT_*` variables describe,
 * as the SDK does when it starts, and tries them at Visa as a reload does.
 */
import { Console, DateTime, Effect, References } from "effect"
import { Command, Flag } from "effect/cli"
import { CertificateStore } from "effect-visa-direct/CertificateStore"
import type { Expiry } from "effect-visa-direct/CertificateStore"
import * as VisaDirect from "effect-visa-direct/VisaDirect"
import { VisaError } from "effect-visa-direct/VisaError"
import { ExitWith } from "./internal/ExitWith.ts"
import { jsonFlag } from "./internal/jsonFlag.ts"
import { sayNo } from "./internal/sayNo.ts"
import { table } from "./internal/table.ts"

const head = ["days left", "until", "what", "subject", "from"] as const

const cells = ({ daysLeft, field, notAfter, path, role, subject }: Expiry) => [
  String(daysLeft).padStart(head[0].length),
  DateTime.formatIsoDateUtc(notAfter),
  role,
  subject,
  path ?? `${field}, inline`,
]

const json = ({ notAfter, notBefore, ...certificate }: Expiry): string =>
  JSON.stringify({
    ...certificate,
    notBefore: DateTime.formatIso(notBefore),
    notAfter: DateTime.formatIso(notAfter),
  })

const check = Command.make(
  "check",
  {
    days: Flag.Int("days").pipe(
      Flag.withDescription("Ends with 1 when a certificate ends within so many days"),
      Flag.withDefault(30),
    ),
    json: jsonFlag("certificate"),
  },
  Effect.fnUntraced(
    function* ({ days, json: asJson }) {
      const { current, expiry } = yield* CertificateStore
      const expiries = yield* expiry
      yield* Console.log(
        asJson ? expiries.map(json).join("\n") : table([head, ...expiries.map(cells)]),
      )
      for (const warning of (yield* current).warnings) yield* Console.error(`Warning: ${warning}`)
      const ending = expiries.filter(({ daysLeft }) => daysLeft <= days)
      if (ending.length === 0) return
      yield* Console.error(
        `${ending.length === 1 ? "1 certificate ends" : `${ending.length} certificates end`} within ${days} days.`,
      )
      return yield* new ExitWith({ code: 1 })
    },
    Effect.provide(CertificateStore.layerConfig),
    // The store's own warnings are in the output.
    Effect.provideService(References.MinimumLogLevel, "Error"),
    Effect.catchIf(VisaError.is, sayNo),
  ),
).pipe(
  Command.withDescription(
    "Reads the certificates and keys that the VISA_DIRECT_* variables name, checks them as the SDK does, and prints how long each still lasts. Asks nothing of Visa. Exits with 1 when something is wrong or ends soon.",
  ),
  Command.withShortDescription("Check certificates and keys, and how long they last"),
  Command.withExamples([
    { command: "visa-direct certificates check", description: "All certificates in use" },
    {
      command: "visa-direct certificates check --days 60 --json",
      description: "For a job that renews in time",
    },
  ]),
)

const prove = Command.make(
  "prove",
  {
    connection: Flag.Boolean("connection").pipe(
      Flag.withDescription(
        "Leave message level encryption out: only certificate, user id and password",
      ),
      Flag.withDefault(false),
    ),
  },
  Effect.fnUntraced(
    function* ({ connection }) {
      const { current, prove } = yield* CertificateStore
      const { basic, mle, tls: _, certificates } = yield* current
      yield* prove(connection ? "connection" : "full")
      const encrypted = mle._tag === "Some" ? `, and messages under Key-ID ${mle.value.keyId}` : ""
      yield* Console.log(
        `Visa accepts ${certificates[0]?.subject ?? "the certificate"} with the user id that ends in ${basic.userId.slice(-4)}${connection ? "" : encrypted}.`,
      )
    },
    Effect.provide(VisaDirect.layerConfig),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Effect.catchIf(VisaError.is, sayNo),
  ),
).pipe(
  Command.withDescription(
    "Tries the credentials at Visa: GET /vdp/helloworld, then an encrypted query and an encrypted empty inquiry. Names no card and moves no money. Run it with the new set before it is put where the program finds it. Exits with 1 when Visa refuses it or cannot be asked.",
  ),
  Command.withShortDescription("Try the credentials at Visa, without moving money"),
  Command.withExamples([
    { command: "visa-direct certificates prove", description: "Everything that a reload proves" },
    {
      command: "visa-direct certificates prove --connection",
      description: "Without message level encryption",
    },
  ]),
)

export const certificates = Command.make("certificates").pipe(
  Command.withDescription("Looks after the credentials for Visa Direct."),
  Command.withSubcommands([check, prove]),
)
