/** `visa-direct scan FILES`: personal and card data in files or in a pipe. */
import { Array, Console, Effect, FileSystem, Option, Stdio, Stream } from "effect"
import type { PlatformError } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { cardKinds, optionalKinds, Redactor } from "effect-visa-direct/Redactor"
import { TextDecoder } from "node:util"
import { ExitWith } from "./internal/ExitWith.ts"
import * as Progress from "./internal/Progress.ts"
import { TextScan } from "./internal/TextScan.ts"
import type { Found } from "./internal/TextScan.ts"

const standardInput = "-"

/** What card numbers are called that were masked before. */
const maskedKind = "masked"

const kindOf = ({ isMasked, kind }: Found): string => (isMasked ? maskedKind : kind)

/** Nothing in a file may steer the terminal. */
const printable = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )

/** Longer ones are cut: what replaces base64 is base64. */
const maxShown = 80

const shown = (text: string): string =>
  printable(text.length <= maxShown ? text : `${text.slice(0, maxShown - 1)}…`)

const lineOf = (file: string, found: Found): string =>
  `${printable(file)}:${found.line}:${found.column}: ${kindOf(found)} ${shown(found.masked)}\n`

const jsonOf = (file: string, found: Found): string => {
  const { column, line, masked } = found
  return `${JSON.stringify({ file, line, column, kind: kindOf(found), masked })}\n`
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? "" : "s"}`

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** What was seen so far, for the progress line, the summary and the exit code. */
interface Tally {
  bytes: number
  files: number
  unreadable: number
  readonly kinds: Map<string, number>
}

const total = ({ kinds }: Tally): number => [...kinds.values()].reduce((sum, n) => sum + n, 0)

const summary = (tally: Tally): string => {
  const kinds = [...tally.kinds].map(([kind, number]) => `${number} ${kind}`).join(", ")
  const found =
    total(tally) === 0 ? "nothing found" : `${count(total(tally), "finding")} (${kinds})`
  return `${found} in ${count(tally.files, "file")}, ${megabytes(tally.bytes)}`
}

/** By the byte order mark; without one it is UTF-8, in which no byte makes a problem. */
const decoderFor = (bytes: Uint8Array): TextDecoder =>
  new TextDecoder(
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8",
  )

/** The findings of one file, as they become certain. */
const findings = (
  bytes: Stream.Stream<Uint8Array, PlatformError.PlatformError>,
  scan: TextScan,
): Stream.Stream<ReadonlyArray<Found>, PlatformError.PlatformError> => {
  let decoder: TextDecoder | undefined
  return bytes.pipe(
    Stream.map((chunk) => {
      decoder ??= decoderFor(chunk)
      return scan.push(decoder.decode(chunk, { stream: true }))
    }),
    Stream.concat(
      Stream.suspend(() => Stream.make(scan.push(decoder?.decode() ?? ""), scan.end())),
    ),
  )
}

const listed = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter((value) => value !== "")

const kinds: ReadonlyArray<string> = [...cardKinds, ...optionalKinds]

/** Which kinds end the command with 1. */
const failing = (failOn: ReadonlyArray<string>): ReadonlySet<string> => {
  const wanted = listed(failOn)
  return new Set(
    wanted.length === 0 ? kinds : wanted.flatMap((kind) => (kind === "any" ? kinds : [kind])),
  )
}

const unknownKind = (failOn: ReadonlyArray<string>): string | undefined =>
  listed(failOn).find((kind) => ![...kinds, maskedKind, "any", "none"].includes(kind))

const isClosedPipe = ({ reason }: PlatformError.PlatformError): boolean =>
  reason.cause instanceof Error && "code" in reason.cause && reason.cause.code === "EPIPE"

const repeated = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.atLeast(0))

export const scan = Command.make(
  "scan",
  {
    files: Argument.String("files").pipe(
      Argument.withDescription("Files to look into; - is standard input"),
      Argument.atLeast(1),
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print one line of JSON for each finding, and no summary"),
      Flag.withDefault(false),
    ),
    failOn: repeated(
      "fail-on",
      `Kinds of findings that end the command with 1: any (default), none, or a list of ${kinds.join(", ")}, ${maskedKind}`,
    ),
    allow: repeated(
      "allow",
      "Known false alarms: names of fields, or the numbers themselves; several with commas",
    ),
  },
  Effect.fnUntraced(function* ({ allow, failOn, files, json }) {
    const unknown = unknownKind(failOn)
    if (unknown !== undefined) {
      yield* Console.error(`--fail-on: there is no kind ${JSON.stringify(unknown)}.`)
      return yield* new ExitWith({ code: 2 })
    }
    const fs = yield* FileSystem.FileSystem
    const stdio = yield* Stdio.Stdio
    const progress = yield* Progress.make
    const redactor = Redactor.make({ allow: listed(allow) })
    const tally: Tally = { bytes: 0, files: 0, unreadable: 0, kinds: new Map() }

    const sizes = yield* Effect.forEach(files, (file) =>
      file === standardInput
        ? Effect.succeedNone
        : Effect.option(Effect.map(fs.stat(file), ({ size }) => Number(size))),
    )
    const size = Option.getOrUndefined(Option.map(Option.all(sizes), (all) => sum(all)))

    const read = (file: string) =>
      (file === standardInput ? stdio.stdin : fs.stream(file)).pipe(
        Stream.tap((chunk) => {
          tally.bytes += chunk.length
          return progress.show((seconds) => progressText(tally, size, seconds))
        }),
      )

    const scanned = (file: string) => {
      tally.files++
      const label = redactor.text(file)
      const format = json ? jsonOf : lineOf
      return findings(read(file), new TextScan(redactor.scan)).pipe(
        Stream.filter(Array.isReadonlyArrayNonEmpty),
        Stream.map((found) => {
          for (const each of found) {
            tally.kinds.set(kindOf(each), (tally.kinds.get(kindOf(each)) ?? 0) + 1)
          }
          return found.map((each) => format(label, each)).join("")
        }),
        Stream.tap(() => progress.clear),
        Stream.catch((error: PlatformError.PlatformError) => {
          tally.unreadable++
          return Stream.fromEffectDrain(
            Effect.andThen(
              progress.clear,
              Console.error(`${printable(label)}: cannot be read: ${printable(error.message)}`),
            ),
          )
        }),
      )
    }

    yield* Stream.fromIterable(files).pipe(
      Stream.flatMap(scanned),
      Stream.run(stdio.stdout()),
      // Whoever reads the findings has seen enough.
      Effect.catchIf(isClosedPipe, () => Effect.void),
      Effect.ensuring(progress.clear),
    )
    if (!json) yield* Console.error(summary(tally))
    if (tally.unreadable > 0) return yield* new ExitWith({ code: 2 })
    const fails = failing(failOn)
    if ([...tally.kinds.keys()].some((kind) => fails.has(kind))) {
      return yield* new ExitWith({ code: 1 })
    }
  }),
).pipe(
  Command.withDescription(
    "Looks for personal and card data in files or in a pipe, of any size, and prints where it is and never what it is. Exits with 0 when there is nothing, 1 when there is, 2 when a file cannot be read.",
  ),
  Command.withShortDescription("Look for personal and card data in files or in a pipe"),
  Command.withExamples([
    { command: "visa-direct scan service.log audit.log", description: "Two files" },
    { command: "kubectl logs payouts | visa-direct scan -", description: "A pipe" },
    {
      command: "visa-direct scan --fail-on pan,cvv,pin,track --json dump.sql",
      description: "Fail on card data only, findings for scripts",
    },
    {
      command: "visa-direct scan --allow orderId,caseNumber orders.log",
      description: "With known false alarms",
    },
  ]),
)

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => a + b, 0)

const progressText = (tally: Tally, size: number | undefined, seconds: number): string => {
  const { bytes } = tally
  const part =
    size === undefined || size === 0
      ? megabytes(bytes)
      : `${megabytes(bytes)} of ${megabytes(size)}, ${Math.floor((100 * bytes) / Math.max(size, bytes))} %`
  return `scanned ${part}, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ${count(total(tally), "finding")}`
}
