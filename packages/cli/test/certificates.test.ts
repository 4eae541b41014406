import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Stream } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Credentials } from "effect-visa-direct-simulator"
import { run } from "./support/cli.ts"
import { variables as variablesOf } from "./support/variables.ts"

const variables = (credentials: Credentials) =>
  Effect.flatMap(Simulator, ({ url }) => variablesOf(url, credentials))

const certificates = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  run(["certificates", ...args], Stream.empty, env)

layer(Layer.merge(NodeServices.layer, Simulator.layer().pipe(Layer.orDie)), {
  timeout: 60_000,
  excludeTestServices: true,
})("visa-direct certificates", (it) => {
  it.effect("check lists each certificate with the days that it has left", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { directory, env } = yield* variables(simulator.credentials)
      const { code, stderr, stdout } = yield* certificates(["check"], env)
      assert.strictEqual(code, 0, stderr)
      const [head, ...lines] = stdout.trimEnd().split("\n")
      assert.match(head ?? "", /^days left {2}until +what +subject +from$/)
      assert.deepStrictEqual(
        lines.map((line) => line.trim().split(/\s+/)[2]),
        ["tls-client", "tls-issuer", "extra-root", "mle-server", "mle-client"],
      )
      assert.match(
        lines[0] ?? "",
        new RegExp(`^ *36[45] .* CN=first\\.originator\\.example .* ${directory}/cert\\.pem$`),
      )
      assert.strictEqual((yield* simulator.ledger.entries()).length, 0)
    }),
  )

  it.effect("check ends with 1 when a certificate ends soon, also as JSON", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const notAfter = DateTime.add(yield* DateTime.now, { days: 20, hours: 1 })
      const { env } = yield* variables(yield* simulator.issue({ validity: { notAfter } }))
      const soon = yield* certificates(["check", "--json"], env)
      assert.strictEqual(soon.code, 1)
      assert.include(soon.stderr, "3 certificates end within 30 days.")
      const [first] = soon.stdout
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line))
      assert.containsSubset(first, { role: "tls-client", daysLeft: 20 })
      assert.strictEqual((yield* certificates(["check", "--days", "19"], env)).code, 0)
    }),
  )

  it.effect("check says what is wrong with files, and with variables", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { directory, env } = yield* variables(simulator.credentials)
      const files = yield* FileSystem.FileSystem
      yield* files.writeFileString(`${directory}/cert.pem`, "")
      const empty = yield* certificates(["check"], env)
      assert.strictEqual(empty.code, 1)
      assert.include(empty.stderr, `${directory}/cert.pem: it is empty`)
      const { VISA_DIRECT_PASSWORD: _, ...incomplete } = env
      const missing = yield* certificates(["check"], { ...incomplete, VISA_DIRECT_PASSWORD: "" })
      assert.strictEqual(missing.code, 1)
      assert.include(missing.stderr, "VISA_DIRECT_PASSWORD")
    }),
  )

  it.effect("prove has Visa try the set, and moves no money", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const { env } = yield* variables(simulator.credentials)
      const { code, stderr, stdout } = yield* certificates(["prove"], env)
      assert.strictEqual(code, 0, stderr)
      assert.include(stdout, `under Key-ID ${simulator.credentials.mle.keyId}`)
      assert.notInclude(stdout + stderr, simulator.credentials.password)
      const kinds = (yield* simulator.ledger.entries()).map(({ kind }) => kind)
      assert.deepStrictEqual(kinds, ["probe", "query", "refused"])
    }),
  )

  it.effect("prove ends with 1 when Visa refuses the set, and says why", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const password = yield* variables(yield* simulator.issue({ defect: "wrongPassword" }))
      const refused = yield* certificates(["prove"], password.env)
      assert.strictEqual(refused.code, 1)
      assert.include(refused.stderr, "user id and password were not accepted")
      assert.notInclude(refused.stdout + refused.stderr, password.env.VISA_DIRECT_PASSWORD)

      const keys = yield* variables(yield* simulator.issue({ defect: "unknownKeyId" }))
      assert.strictEqual((yield* certificates(["prove"], keys.env)).code, 1)
      assert.strictEqual((yield* certificates(["prove", "--connection"], keys.env)).code, 0)
    }),
  )
})
