import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { catalogue } from "effect-visa-direct/VisaError"
import { readFileSync } from "node:fs"
import { run } from "./support/cli.ts"

layer(NodeServices.layer, { excludeTestServices: true })("visa-direct", (it) => {
  it.effect("says its version", () =>
    Effect.gen(function* () {
      const { version }: { readonly version: string } = JSON.parse(
        readFileSync(new URL("../package.json", import.meta.url), "utf8"),
      )
      const { code, stdout } = yield* run(["--version"])
      assert.strictEqual(stdout.trim(), `visa-direct v${version}`)
      assert.strictEqual(code, 0)
    }),
  )

  it.effect("lists its commands, asked or not", () =>
    Effect.gen(function* () {
      for (const args of [[], ["--help"]]) {
        const { code, stdout } = yield* run(args)
        assert.include(stdout, "explain")
        assert.strictEqual(code, 0)
      }
    }),
  )

  it.effect("ends with 2 when it is used wrongly", () =>
    Effect.gen(function* () {
      for (const args of [["unheard-of"], ["explain"], ["explain", "51", "--bogus"]]) {
        const { code, stderr } = yield* run(args)
        assert.strictEqual(code, 2, args.join(" "))
        assert.include(stderr, "ERROR")
      }
    }),
  )

  it.effect("explains a code with its meaning, the money, and what to do next", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* run(["explain", "51"])
      const { meaning, money, runbook } = catalogue.InsufficientFunds
      assert.strictEqual(code, 0)
      for (const part of [`InsufficientFunds: ${meaning}`, money, `runbook.md#${runbook}`]) {
        assert.include(stdout, part)
      }
    }),
  )

  it.effect("explains every meaning of a code that has several", () =>
    Effect.gen(function* () {
      const { stdout } = yield* run(["explain", "9125"])
      assert.include(stdout, "401/9125")
      assert.include(stdout, "400/9125")
      const one = yield* run(["explain", "400/9125"])
      assert.notInclude(one.stdout, "401/9125")
    }),
  )

  it.effect("warns before everything else where money may have moved", () =>
    Effect.gen(function* () {
      const { stdout } = yield* run(["explain", "responsetimeout"])
      assert.match(stdout, /money +Unknown/)
      assert.match(stdout, /next +Do not send again/)
    }),
  )

  it.effect("explains answers that are no error", () =>
    Effect.gen(function* () {
      assert.include((yield* run(["explain", "00"])).stdout, "Approved")
      assert.include((yield* run(["explain", "PAYMENT_SENT"])).stdout, "sent on by Visa")
    }),
  )

  it.effect("prints JSON for scripts", () =>
    Effect.gen(function* () {
      const { stdout } = yield* run(["explain", "51", "--json"])
      const row: unknown = JSON.parse(stdout)
      assert.deepInclude(row, { tag: "InsufficientFunds", money: "NotMoved" })
    }),
  )

  it.effect("ends with 1 when nothing has the code, and names what is close", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run(["explain", "funds"])
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.include(stderr, "InsufficientFunds")
    }),
  )

  it.effect("repeats no card number that it was given", () =>
    Effect.gen(function* () {
      const pan = "4957030420210462"
      const { stderr, stdout } = yield* run(["explain", pan])
      assert.notInclude(stdout + stderr, pan)
    }),
  )
})
