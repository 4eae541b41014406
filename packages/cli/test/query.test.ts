import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { FundsTransfer, Rrn } from "effect-visa-direct"
import { Simulator } from "effect-visa-direct-simulator"
import { run } from "./support/cli.ts"
import { pushRequest, visa } from "./support/program.ts"
import { variables } from "./support/variables.ts"

const environment = Effect.flatMap(Simulator, ({ credentials, url }) => variables(url, credentials))

const visaDirect = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const { env } = yield* environment
  return yield* run(args, Stream.empty, env)
})

const client = Layer.unwrap(Effect.map(Simulator, visa)).pipe(
  Layer.provideMerge(Simulator.layer()),
  Layer.orDie,
)

layer(Layer.merge(NodeServices.layer, client), { timeout: 60_000, excludeTestServices: true })(
  "visa-direct query",
  (it) => {
    it.effect("finds a payment by BIN, STAN and RRN, and explains its action code", () =>
      Effect.gen(function* () {
        // A number that would pass for a Maestro card if it stood alone.
        const request = {
          ...(yield* pushRequest),
          retrievalReferenceNumber: yield* Rrn.make("633002000006"),
        }
        yield* FundsTransfer.push(request)
        const identity = [
          "--acquiring-bin",
          request.acquiringBin,
          "--stan",
          request.systemsTraceAuditNumber,
          "--rrn",
          request.retrievalReferenceNumber,
        ]
        const { code, stderr, stdout } = yield* visaDirect("query", ...identity)
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, /^statusCode +COMPLETED$/m)
        assert.match(stdout, /^actionCode +00 \(Approved: approved and completed\)$/m)
        assert.match(stdout, /^retrievalReferenceNumber +633002000006$/m)

        const asJson = yield* visaDirect("query", ...identity, "--json")
        const record: unknown = JSON.parse(asJson.stdout)
        assert.containsSubset(record, {
          actionCode: "00",
          retrievalReferenceNumber: "633002000006",
        })
      }),
    )

    it.effect("ends with 1 when Visa knows nothing of it, and says to ask again", () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* visaDirect(
          "query",
          "--acquiring-bin",
          "408999",
          "--stan",
          "999999",
          "--rrn",
          "412770999999",
        )
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.include(stderr, "Visa knows no such transaction")
      }),
    )

    it.effect("asks nothing when STAN or RRN is missing", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* visaDirect("query", "--acquiring-bin", "408999")
        assert.strictEqual(code, 1)
        assert.include(stderr, "systemsTraceAuditNumber")
      }),
    )

    it.effect("push-status says what became of a push that was still being processed", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "PushFunds" },
          answer: { processingMillis: 3_600_000, pendingPolls: 1 },
          times: 1,
        })
        const { reason } = yield* Effect.flip(FundsTransfer.push(yield* pushRequest))
        const id = reason._tag === "StillProcessing" ? (reason.statusIdentifier ?? "") : ""
        const pending = yield* visaDirect("push-status", id)
        assert.strictEqual(pending.code, 1)
        assert.include(pending.stderr, "StillProcessing")
      }),
    )

    it.effect("push-status shows the answer to a push that was approved", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "PushFunds" },
          answer: { processingMillis: 1_200 },
          times: 1,
        })
        const { reason } = yield* Effect.flip(FundsTransfer.push(yield* pushRequest))
        const id = reason._tag === "StillProcessing" ? (reason.statusIdentifier ?? "") : ""
        const { code, stderr, stdout } = yield* visaDirect("push-status", id)
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, /^actionCode +00 \(Approved/m)
        assert.notInclude(stdout, "exchange")
      }),
    )

    it.effect("says which credentials are missing", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* run(["push-status", "1"], Stream.empty, {
          VISA_DIRECT_ENVIRONMENT: "sandbox",
        })
        assert.strictEqual(code, 1)
        assert.include(stderr, "VISA_DIRECT_USER_ID")
      }),
    )
  },
)
