/**
 * Nothing leaks: a program that sends, logs, traces and counts canaries wherever it can, in a process of
 * its own, is listened to at every exit. With the Redactor none is heard; with one that does nothing, they
 * are heard at every exit that the Redactor guards.
 *
 * The seed is printed; `CANARY_SEED` repeats a run.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer } from "effect"
import { readCredentials } from "effect-visa-direct-simulator"
import { randomUUID } from "node:crypto"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import * as Sdk from "../src/index.ts"
import type { Operation } from "../src/Operation.ts"
import { canariesOf, needlesOf } from "./support/canaries.ts"
import { finder } from "./support/canaryFinder.ts"
import type { Found } from "./support/canaryFinder.ts"
import { operationNames } from "./support/canaryOperations.ts"
import { outputOf, run, simulator } from "./support/canaryRun.ts"
import type { Exits, Run } from "./support/canaryRun.ts"

const seed = process.env["CANARY_SEED"] ?? randomUUID()
const canaries = canariesOf(seed)

/** Milliseconds: what is searched are hundreds of megabytes, on a busy machine. */
const searching = 180_000

/** Exits that write what a careless program hands to them. What else leaves is the SDK's own. */
const guarded = [
  "stdout",
  "stderr",
  "log file, JSON",
  "log file, logfmt",
  "Prometheus page",
  "errors in all renderings",
  "OTLP logs, json",
  "OTLP traces, json",
  "OTLP metrics, json",
  "OTLP logs, protobuf",
  "OTLP traces, protobuf",
  "OTLP metrics, protobuf",
  "OTLP traces, opentelemetry",
  "OTLP metrics, opentelemetry",
] as const

class Runs extends Context.Service<
  Runs,
  {
    readonly on: Run
    readonly off: Run
    readonly simulator: ReadonlyArray<Uint8Array>
    readonly find: (bytes: Uint8Array) => ReadonlyArray<Found>
    readonly planted: number
  }
>()("test/Runs") {
  static readonly layer = Layer.effect(
    Runs,
    Effect.gen(function* () {
      process.stderr.write(`canary: seed ${seed}\n`)
      const { output, ...started } = yield* simulator
      const { mle, password, tls, userId } = yield* readCredentials(started.dir)
      const needles = needlesOf(canaries, {
        userId,
        password,
        privateKeys: [tls.key, mle.clientPrivateKey],
      })
      const on = yield* run({ seed, redactor: "on", simulator: started })
      const off = yield* run({ seed, redactor: "off", simulator: started })
      return Runs.of({
        on,
        off,
        simulator: output(),
        find: finder(needles, [{ label: "cvv", value: canaries.cvv }]),
        planted: needles.length + 1,
      })
    }),
  ).pipe(Layer.provide(NodeServices.layer))
}

const bytesOf = (exits: Exits): number =>
  [...exits.values()].flat().reduce((sum, { byteLength }) => sum + byteLength, 0)

/** What was found, in the words of whoever has to mend it. Canaries are nobody's: they may be shown. */
const described = (exit: string, found: ReadonlyArray<Found>): ReadonlyArray<string> =>
  found.map(({ as, label, near }) => `${exit}: ${label} as ${as}: ${JSON.stringify(near)}`)

describe("the search", () => {
  const find = finder(
    needlesOf(canaries, { userId: "user", password: canaries.password, privateKeys: [] }),
    [{ label: "cvv", value: canaries.cvv }],
  )
  const labels = (bytes: string | Uint8Array) =>
    Array.from(new Set(find(Buffer.from(bytes)).map(({ label }) => label)))
  const base64 = (text: string) => Buffer.from(text).toString("base64")
  const unicode = (text: string) =>
    [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

  const forms: Readonly<Record<string, (value: string) => string | Uint8Array>> = {
    "as it is": (value) => value,
    "in a line": (value) => `before${value}after`,
    "in the other case": (value) =>
      value.replace(/[a-z]/gi, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      ),
    "with separators": (value) => value.replace(/(...)/g, "$1-"),
    "letter by letter": (value) => [...value].join(" \t"),
    "in pieces of a list": (value) => JSON.stringify(value.match(/.{1,4}/g)),
    "in JSON": (value) => JSON.stringify(JSON.stringify({ value })),
    "escaped in JSON": unicode,
    "percent-encoded": (value) => value.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`),
    "in base64": base64,
    "in base64 of JSON, not from its start": (value) =>
      `x${base64(JSON.stringify({ at: 1, value }))}`,
    "in base64 twice": (value) => base64(base64(`pad ${value}`)),
    "in base64url": (value) => Buffer.from(`??>${value}`).toString("base64url"),
    "in hexadecimal": (value) => Buffer.from(value).toString("hex"),
    "as a list of bytes": (value) => JSON.stringify([...Buffer.from(value)]),
    "as a buffer is shown": (value) =>
      (Buffer.from(value).toString("hex").match(/../g) ?? []).join(" "),
    compressed: (value) => gzipSync(`{"value":"${value}"}`),
  }

  for (const [form, write] of Object.entries(forms)) {
    it(`finds every canary ${form}`, () => {
      for (const { label, value } of needlesOf(canaries, {
        userId: "user",
        password: canaries.password,
        privateKeys: [],
      })) {
        assert.include(labels(write(value)), label, value)
      }
    })
  }

  it("finds the security code behind its name, and nowhere else", () => {
    const { cvv } = canaries
    for (const text of [`"cardCvv2Value":"${cvv}"`, `cvv=${cvv}`, `{ cvc: '${cvv}' }`]) {
      assert.deepStrictEqual(labels(text), ["cvv"], text)
    }
    assert.deepStrictEqual(labels(base64(`{"cvv2":"${cvv}","amount":12}`)), ["cvv"])
    assert.deepStrictEqual(labels(`line ${cvv}, cvv [redacted]`), [])
  })

  it("finds the digits of a card between other texts", () => {
    const [a, b, c, d] = canaries.visa.match(/.{4}/g) ?? []
    assert.include(labels(`{"a":"${a}","b":"${b}","c":"${c}","d":"${d}"}`), "visa")
  })

  it("finds nothing where there is nothing", () => {
    const masked = `${canaries.visa.slice(0, 6)}******${canaries.visa.slice(-4)}`
    assert.deepStrictEqual(labels(`card ${masked}, name [redacted:name], ${randomUUID()}`), [])
  })
})

layer(Runs.layer, { excludeTestServices: true, timeout: 300_000 })("canaries", (it) => {
  it.effect("every declared operation was run, and succeeded", () =>
    Effect.gen(function* () {
      const { on } = yield* Runs
      const declared = Object.values(Sdk).flatMap((module) =>
        "operations" in module
          ? Object.values<Operation<never, unknown>>(module.operations as never)
          : [],
      )
      assert.isAtLeast(declared.length, 44)
      for (const { name } of declared) {
        assert.include(operationNames, name)
        assert.isAbove(on.report.operations[name]?.succeeded ?? 0, 0, name)
      }
    }),
  )

  it.effect("every kind of failure was met", () =>
    Effect.gen(function* () {
      const { on } = yield* Runs
      const tags = new Set(
        Object.values(on.report.operations).flatMap(({ failed }) => Object.keys(failed)),
      )
      assert.includeMembers(
        [...tags],
        [
          "InsufficientFunds",
          "RequestRejected",
          "Unauthorized",
          "Forbidden",
          "ResourceNotFound",
          "ServerError",
          "ServiceUnavailable",
          "RateLimited",
          "StillProcessing",
          "DuplicateInFlight",
          "ConnectionLost",
          "ResponseTimeout",
          "ResponseTruncated",
          "ResponseEmpty",
          "ResponseNotJson",
          "ResponseMalformed",
          "ResponseNotEncrypted",
          "MleDecryptFailed",
          "RequestInvalid",
          "CredentialMalformed",
          "CredentialsRejected",
          "PassphraseWrong",
          "KeyMismatch",
          "OptionInvalid",
          "defect",
        ],
      )
      const ends = new Set(Object.values(on.report.payouts).flat())
      assert.includeMembers(
        [...ends],
        ["Settled", "PayoutDeclined", "PayoutRefused", "PayoutUnknown"],
      )
      // It ended with the defect that it died of.
      assert.strictEqual(on.code, 1)
    }),
  )

  it.effect(
    "no canary comes out of any exit",
    () =>
      Effect.gen(function* () {
        const { find, on, planted, simulator } = yield* Runs
        const exits = new Map([...on.exits, ["the simulator's outputs", simulator]])
        assert.includeMembers([...exits.keys()], [...guarded, "database"])
        const found = [...exits].flatMap(([exit, parts]) => described(exit, parts.flatMap(find)))
        const { operations } = on.report
        const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)
        const failures = sum(
          Object.values(operations).flatMap(({ failed }) => Object.values(failed)),
        )
        const successes = sum(Object.values(operations).map(({ succeeded }) => succeeded))
        process.stderr.write(
          `canary: ${Object.keys(operations).length} operations, ${successes} successes, ${failures} ` +
            `failures of ${Object.keys(on.report.failures).length} kinds, ` +
            `${Object.keys(on.report.payouts).length} payouts, ${on.report.renderings} renderings, ` +
            `${exits.size} exits, ${bytesOf(exits)} bytes searched, ${planted} canaries planted, ` +
            `${found.length} found\n`,
        )
        assert.deepStrictEqual(found, [])
      }),
    searching,
  )

  for (const exit of guarded) {
    it.effect(
      `canaries come out without the Redactor: ${exit}`,
      () =>
        Effect.gen(function* () {
          const { find, off } = yield* Runs
          const found = new Set((off.exits.get(exit) ?? []).flatMap(find).map(({ label }) => label))
          assert.isTrue(found.has("visa"), exit)
          assert.isTrue(found.has("email"), exit)
          assert.isAbove(found.size, 8, exit)
        }),
      searching,
    )
  }

  it.effect(
    "what the command line prints holds none, also of what it scans",
    () =>
      Effect.gen(function* () {
        const { find } = yield* Runs
        const main = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url))
        const files = yield* FileSystem.FileSystem
        const file = `${yield* files.makeTempDirectoryScoped()}/program.log`
        const lines = Object.entries(canaries).map(([name, value]) => `${name}: ${value}, ${value}`)
        yield* files.writeFileString(file, [...lines, JSON.stringify(canaries)].join("\n"))
        const runs = [
          ["scan", file],
          ["scan", "--json", file],
          ["scan", `/${canaries.visa}/${canaries.email}`],
          ["explain", "51"],
          ["explain", canaries.visa],
          ["explain", canaries.email],
          [canaries.visa],
        ]
        for (const args of runs) {
          const { stderr, stdout } = yield* outputOf(main, args)
          assert.isAbove(stdout.length + stderr.length, 0)
          assert.deepStrictEqual(described(args.join(" "), [...find(stdout), ...find(stderr)]), [])
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    searching,
  )
})
