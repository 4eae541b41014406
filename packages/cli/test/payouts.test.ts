import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Stream } from "effect"
import { PayoutEvents, Payouts } from "effect-visa-direct"
import { Simulator } from "effect-visa-direct-simulator"
import { run } from "./support/cli.ts"
import { newDatabase, pay, program } from "./support/program.ts"
import { hasPostgres } from "./support/servers.ts"

class DatabaseUrl extends Context.Service<DatabaseUrl, string>()("test/DatabaseUrl") {}

const payouts = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const url = yield* DatabaseUrl
  return yield* run(["payouts", ...args], Stream.empty, { VISA_DIRECT_DATABASE_URL: url })
})

/** Visa commits the payment, loses the answer, and then answers no question. */
const leftOpen = Effect.fnUntraced(function* (key: string) {
  const simulator = yield* Simulator
  yield* simulator.inject({ kind: "dropAfterCommit", match: { endpoint: "PushFunds" }, times: 1 })
  yield* simulator.inject({ kind: "dropBeforeCommit", match: { endpoint: "TransactionQuery" } })
  const { _tag } = yield* Effect.flip(pay(key))
  assert.strictEqual(_tag, "PayoutUnknown")
})

const ending = (key: string) =>
  Effect.map(
    Effect.flatMap(PayoutEvents, (events) => events.trail(key)),
    (trail) => trail.at(-1),
  )

const running = Layer.unwrap(
  Effect.gen(function* () {
    const { credentials, url } = yield* Simulator
    return program({ url, credentials, database: yield* DatabaseUrl })
  }),
).pipe(
  Layer.provideMerge(
    Layer.merge(Layer.effect(DatabaseUrl, newDatabase), Layer.orDie(Simulator.layer())),
  ),
)

describe.skipIf(!hasPostgres)("with a PostgreSQL", () => {
  layer(Layer.merge(NodeServices.layer, running), { timeout: 60_000, excludeTestServices: true })(
    "visa-direct payouts",
    (it) => {
      it.effect("shows what happened to a payout, and lists none that is settled", () =>
        Effect.gen(function* () {
          yield* pay("settled")
          const { code, stderr, stdout } = yield* payouts("show", "settled")
          assert.strictEqual(code, 0, stderr)
          assert.match(stdout, /Z {2}Accepted .*amount=10\.00 USD/)
          assert.match(stdout, /Z {2}Settled .*via=reply/)
          assert.deepStrictEqual((yield* payouts("list")).stdout, "No payout is open.\n")
        }),
      )

      it.effect("lists an open one with what to look for, and settles it by asking", () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          yield* leftOpen("lost")
          const list = yield* payouts("list")
          assert.match(list.stdout, /^lost +push +/m)
          const [item] = (yield* payouts("list", "--json")).stdout.trimEnd().split("\n")
          const found: unknown = JSON.parse(item ?? "")
          assert.containsSubset(found, { payout: "lost", open: { acquiringBin: "408999" } })
          const show = yield* payouts("show", "lost")
          assert.match(show.stdout, /^Open: what became of the push is unknown for /m)
          assert.match(show.stdout, /^Look for: .*systemsTraceAuditNumber=\d{6}/m)

          const before = yield* payouts("ask", "lost", "--wait", "1")
          assert.strictEqual(before.code, 1)
          assert.include(before.stderr, "Nothing new within 1 seconds")

          yield* simulator.clearFaults
          const after = yield* payouts("ask", "lost")
          assert.strictEqual(after.code, 0, after.stderr)
          assert.match(after.stdout, /Settled .*via=query/)
          assert.strictEqual((yield* payouts("ask", "lost")).code, 1)
        }),
      )

      it.effect("ends one by the word of a person, who and why included", () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          yield* leftOpen("decided")
          const reasons = ["--by", "Ada King", "--evidence", "Visa case 01234"]
          const neither = yield* payouts("decide", "decided", ...reasons)
          assert.strictEqual(neither.code, 2)
          assert.include(neither.stderr, "Say either --paid or --not-paid")
          const anonymous = ["--by", " ", "--evidence", "Visa case 01234"]
          assert.strictEqual((yield* payouts("decide", "decided", "--paid", ...anonymous)).code, 1)

          const { code, stderr, stdout } = yield* payouts("decide", "decided", "--paid", ...reasons)
          assert.strictEqual(code, 0, stderr)
          assert.match(stdout, /Settled .*via=decision/)
          assert.strictEqual((yield* ending("decided"))?._tag, "Settled")
          const show = yield* payouts("show", "decided")
          assert.match(show.stdout, /Decided .*paid=true by=Ada King evidence=Visa case 01234/)
          yield* simulator.clearFaults

          const again = yield* payouts("decide", "decided", "--not-paid", ...reasons)
          assert.strictEqual(again.code, 1)
        }),
      )

      it.effect("undoes what was held for one that was not paid", () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          yield* leftOpen("unpaid")
          const reasons = ["--by", "Ada King", "--evidence", "Visa case 01235"]
          const { stdout } = yield* payouts("decide", "unpaid", "--not-paid", "--json", ...reasons)
          const end: unknown = JSON.parse(stdout)
          assert.containsSubset(end, { payout: "unpaid", reason: "DecidedNotPaid" })
          const tags = (yield* Stream.runCollect(Payouts.events("unpaid"))).map(({ _tag }) => _tag)
          assert.include(tags, "Released")
          yield* simulator.clearFaults
        }),
      )

      it.effect("ends with 1 for a payout that is not there", () =>
        Effect.gen(function* () {
          for (const args of [["show"], ["ask"]]) {
            assert.strictEqual((yield* payouts(...args, "nobody")).code, 1)
          }
        }),
      )
    },
  )
})

layer(NodeServices.layer, { timeout: 60_000, excludeTestServices: true })(
  "visa-direct payouts without a server",
  (it) => {
    it.effect("looks into the folder of an embedded database", () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped()
        const { code, stderr, stdout } = yield* run(["payouts", "list"], Stream.empty, {
          VISA_DIRECT_DATABASE_FOLDER: `${folder}/payouts`,
        })
        assert.deepStrictEqual([code, stdout], [0, "No payout is open.\n"], stderr)
      }),
    )

    it.effect("says which variable is missing, and when a server does not answer", () =>
      Effect.gen(function* () {
        const without = yield* run(["payouts", "list"])
        assert.strictEqual(without.code, 1)
        assert.include(without.stderr, "VISA_DIRECT_DATABASE_URL")
        const away = yield* run(["payouts", "list"], Stream.empty, {
          VISA_DIRECT_DATABASE_URL: "postgres://postgres:guess-me@127.0.0.1:1/payouts",
        })
        assert.strictEqual(away.code, 1)
        assert.include(away.stderr, "StoreUnavailable")
        assert.notInclude(away.stderr, "guess-me")
      }),
    )
  },
)
