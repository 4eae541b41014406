/** What every ledger must do, wherever it keeps its balances. */
import { randomUUID } from "node:crypto"
import { assert } from "@effect/vitest"
import { Arbitrary, Array, Effect, Result, Schema } from "effect"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import type { VisaError } from "../../src/VisaError.ts"

const usd = Effect.runSync(Currency.of("USD"))
const cents = (minor: number) => Effect.runSync(Money.fromMinor(minor, "USD"))

const tagOf = <A, R>(self: Effect.Effect<A, VisaError, R>) =>
  Effect.map(
    Effect.result(self),
    Result.match({ onSuccess: () => "done", onFailure: ({ reason }) => reason._tag as string }),
  )

/** A ledger, and an account of it that nobody else uses. */
const fresh = Effect.map(Ledger, (ledger) => {
  const name = randomUUID()
  return { ledger, account: `account ${name}`, payout: (n: number) => `payout ${name} ${n}` }
})

const Action = Schema.Struct({
  verb: Schema.Literals(["reserve", "reserve", "commit", "release"]),
  payout: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
})

export const laws: ReadonlyArray<
  readonly [name: string, check: Effect.Effect<void, VisaError, Ledger>]
> = [
  [
    "takes the same deposit once, and no other under its entry",
    Effect.gen(function* () {
      const { account, ledger } = yield* fresh
      const deposit = { entry: account, account, amount: cents(100) }
      yield* ledger.deposit(deposit)
      yield* ledger.deposit(deposit)
      for (const other of [
        { amount: cents(101) },
        { account: `${account} 2` },
        { amount: Effect.runSync(Money.fromMinor(100, "EUR")) },
      ]) {
        const tag = yield* tagOf(ledger.deposit({ ...deposit, ...other }))
        assert.strictEqual(tag, "IdempotencyConflict")
      }
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 100, reserved: 0 })
    }),
  ],
  [
    "keeps the currencies of an account apart",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      const eur = Effect.runSync(Money.fromMinor(100, "EUR"))
      yield* ledger.deposit({ entry: account, account, amount: eur })
      const tag = yield* tagOf(ledger.reserve({ payout: payout(1), account, amount: cents(1) }))
      assert.strictEqual(tag, "BalanceTooLow")
      yield* ledger.reserve({ payout: payout(2), account, amount: eur })
    }),
  ],
  [
    "holds amounts of nine digits and more exactly",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      const amount = cents(99_999_999_999)
      for (const entry of [1, 2, 3]) {
        yield* ledger.deposit({ entry: `${account} ${entry}`, account, amount })
      }
      yield* ledger.reserve({ payout: payout(1), account, amount })
      assert.deepStrictEqual(yield* ledger.balance(account, usd), {
        available: 199_999_999_998,
        reserved: 99_999_999_999,
      })
    }),
  ],
  [
    "reserves once per payout, and nothing else under its name",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      yield* ledger.deposit({ entry: account, account, amount: cents(100) })
      const reservation = { payout: payout(1), account, amount: cents(60) }
      yield* ledger.reserve(reservation)
      yield* ledger.reserve(reservation)
      for (const other of [{ amount: cents(10) }, { account: `${account} 2` }]) {
        assert.strictEqual(
          yield* tagOf(ledger.reserve({ ...reservation, ...other })),
          "IdempotencyConflict",
        )
      }
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 40, reserved: 60 })
    }),
  ],
  [
    "decides a reservation one way, and for good",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      yield* ledger.deposit({ entry: account, account, amount: cents(100) })
      const committed = { payout: payout(1), account, amount: cents(60) }
      yield* ledger.reserve(committed)
      yield* ledger.commit(committed.payout)
      yield* ledger.commit(committed.payout)
      // A worker that comes late with the same reservation finds it done.
      yield* ledger.reserve(committed)
      assert.strictEqual(yield* tagOf(ledger.release(committed.payout)), "ReservationClosed")
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 40, reserved: 0 })

      const released = { payout: payout(2), account, amount: cents(40) }
      yield* ledger.reserve(released)
      yield* ledger.release(released.payout)
      yield* ledger.release(released.payout)
      assert.strictEqual(yield* tagOf(ledger.commit(released.payout)), "ReservationClosed")
      assert.strictEqual(yield* tagOf(ledger.reserve(released)), "ReservationClosed")
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 40, reserved: 0 })
    }),
  ],
  [
    "lets nobody commit what was never reserved, nor reserve after a release",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      yield* ledger.deposit({ entry: account, account, amount: cents(100) })
      assert.strictEqual(yield* tagOf(ledger.commit(payout(1))), "ReservationClosed")
      yield* ledger.release(payout(2))
      yield* ledger.release(payout(2))
      assert.strictEqual(yield* tagOf(ledger.commit(payout(2))), "ReservationClosed")
      assert.strictEqual(
        yield* tagOf(ledger.reserve({ payout: payout(2), account, amount: cents(10) })),
        "ReservationClosed",
      )
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 100, reserved: 0 })
    }),
  ],
  [
    "is never overdrawn: of 1000 payouts at once as many pass as the account can pay",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      yield* ledger.deposit({ entry: account, account, amount: cents(2_505) })
      const tags = yield* Effect.forEach(
        Array.makeBy(1_000, (n) =>
          ledger.reserve({ payout: payout(n), account, amount: cents(10) }),
        ),
        tagOf,
        { concurrency: "unbounded" },
      )
      assert.strictEqual(tags.filter((tag) => tag === "done").length, 250)
      assert.strictEqual(tags.filter((tag) => tag === "BalanceTooLow").length, 750)
      assert.deepStrictEqual(yield* ledger.balance(account, usd), { available: 5, reserved: 2_500 })
    }),
  ],
  [
    "reserves once for 1000 callers at once",
    Effect.gen(function* () {
      const { account, ledger, payout } = yield* fresh
      yield* ledger.deposit({ entry: account, account, amount: cents(100_000) })
      const tags = yield* Effect.forEach(
        Array.makeBy(1_000, () =>
          ledger.reserve({ payout: payout(1), account, amount: cents(60) }),
        ),
        tagOf,
        { concurrency: "unbounded" },
      )
      assert.deepStrictEqual([...new Set(tags)], ["done"])
      assert.deepStrictEqual(yield* ledger.balance(account, usd), {
        available: 99_940,
        reserved: 60,
      })
    }),
  ],
  [
    "neither makes nor loses money under any interleaving",
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const check = Arbitrary.checkEffect(
        Arbitrary.array(Arbitrary.schema(Action), { maxLength: 24 }),
        Effect.fnUntraced(function* (actions) {
          const { account, payout } = yield* fresh
          // For two of the four payouts at a time.
          yield* ledger.deposit({ entry: account, account, amount: cents(25) })
          const answers = yield* Effect.forEach(
            actions,
            Effect.fnUntraced(function* ({ payout: n, verb }) {
              const name = payout(n)
              const done = yield* tagOf(
                verb === "reserve"
                  ? ledger.reserve({ payout: name, account, amount: cents(10) })
                  : verb === "commit"
                    ? ledger.commit(name)
                    : ledger.release(name),
              )
              return { name, verb, done: done === "done" }
            }),
            { concurrency: "unbounded" },
          )
          const did = (verb: string) =>
            new Set(answers.filter((one) => one.done && one.verb === verb).map(({ name }) => name))
          const committed = did("commit")
          const released = did("release")
          const open = [...did("reserve")].filter(
            (name) => !committed.has(name) && !released.has(name),
          )
          assert.deepStrictEqual(
            [...committed].filter((name) => released.has(name)),
            [],
          )
          assert.deepStrictEqual(yield* ledger.balance(account, usd), {
            available: 25 - 10 * (committed.size + open.length),
            reserved: 10 * open.length,
          })
          return true
        }),
        { runs: 40 },
      )
      const failure = Arbitrary.formatCheckFailure(yield* check)
      assert.isUndefined(failure, failure)
    }),
  ],
]
