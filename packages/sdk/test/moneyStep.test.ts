/** One step that moves money, begun as often as anybody likes. */
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Ref, Schema } from "effect"
import type { Scope } from "effect"
import { TestClock } from "effect/testing"
import { OutcomeUnknown } from "../src/api/Outcome.ts"
import type { OpenPayment } from "../src/api/Outcome.ts"
import { makeClaimKeeper } from "../src/internal/claimKeeper.ts"
import { namespaceOf, runMoneyStep } from "../src/internal/moneyStep.ts"
import type { MoneyStep } from "../src/internal/moneyStep.ts"
import type { Done } from "../src/internal/stepResult.ts"
import { Claims } from "../src/payouts/Claims.ts"
import { SendFence } from "../src/SendFence.ts"
import { VisaError } from "../src/VisaError.ts"

const lease = Duration.seconds(30)

const begun: OpenPayment = {
  operation: "push",
  acquiringBin: "408999",
  systemsTraceAuditNumber: "451018",
  retrievalReferenceNumber: "412770452025",
  cardAcceptorId: "ACME-01",
  firstSentAt: 0,
  resends: 0,
  lastReason: "ClaimTakenOver",
}

const paid: Done = { _tag: "Done", via: "reply", actionCode: "00" }

const declined = VisaError.of("InsufficientFunds", { code: "51" }, { money: "moves" })
const refusedConnection = VisaError.of("ConnectionRefused", {}, { money: "moves" })
const lostReply = VisaError.of("ConnectionLost", {}, { money: "moves" })

type Attempt = MoneyStep["first"]

const named = { name: "push", canBeGivenUp: true, key: "k", fingerprint: "print", begun } as const

/** A step that writes down which of its two ways it was asked to go. */
const stepOf = Effect.fnUntraced(function* (first: Attempt, again: Attempt = first) {
  const ways = yield* Ref.make<ReadonlyArray<"first" | "again">>([])
  const noting = (way: "first" | "again", attempt: Attempt) =>
    Effect.andThen(
      Ref.update(ways, (so) => [...so, way]),
      attempt,
    )
  const step: MoneyStep = {
    ...named,
    first: noting("first", first),
    again: () => noting("again", again),
  }
  return { step, ways: Ref.get(ways) }
})

/** A process with a name of its own. */
const worker = (owner: string, changes: Partial<Claims["Service"]> = {}) =>
  Effect.gen(function* () {
    const claims = { ...(yield* Claims), ...changes }
    const keeper = yield* makeClaimKeeper(claims, lease)
    return (step: MoneyStep, isLast = false) =>
      Effect.map(
        runMoneyStep(step, { claims, keeper, lease, owner }, isLast),
        ({ result }) => result,
      )
  })

const claimedBy = (owner: string) =>
  Claims.claim({ namespace: namespaceOf("push"), key: "k", fingerprint: "print", owner, lease })

const test = (name: string, run: () => Effect.Effect<void, VisaError, Claims | Scope.Scope>) =>
  it.effect(name, () => Effect.provide(Effect.scoped(run()), Layer.fresh(Claims.layerMemory)))

test("sends once; whoever comes later takes the result", () =>
  Effect.gen(function* () {
    const { step, ways } = yield* stepOf(Effect.succeed(paid))
    const [one, two] = [yield* worker("one"), yield* worker("two")]
    assert.deepStrictEqual(yield* one(step), paid)
    assert.deepStrictEqual(yield* two(step), paid)
    assert.deepStrictEqual(yield* one(step), paid)
    assert.deepStrictEqual(yield* ways, ["first"])
  }))

test("keeps a decline as it keeps a payment", () =>
  Effect.gen(function* () {
    const { step, ways } = yield* stepOf(Effect.fail(declined))
    const run = yield* worker("one")
    const result = yield* run(step)
    assert.strictEqual(result._tag === "NotDone" && result.error.reason._tag, "InsufficientFunds")
    const again = yield* run(step)
    assert.strictEqual(again._tag === "NotDone" && again.error.message, declined.message)
    assert.deepStrictEqual(yield* ways, ["first"])
  }))

test("asks where somebody had the claim before, the same process included", () =>
  Effect.gen(function* () {
    const { step, ways } = yield* stepOf(Effect.die("sent twice"), Effect.succeed(paid))
    yield* claimedBy("one")
    const run = yield* worker("one")
    assert.deepStrictEqual(yield* run(step), paid)
    assert.deepStrictEqual(yield* ways, ["again"])
  }))

test("waits for a claim that somebody holds, and asks when its lease is over", () =>
  Effect.gen(function* () {
    const { step, ways } = yield* stepOf(Effect.die("sent twice"), Effect.succeed(paid))
    yield* claimedBy("the one that died")
    const run = yield* worker("one")
    const running = yield* Effect.forkChild(run(step), { startImmediately: true })
    yield* TestClock.adjust("29 seconds")
    assert.deepStrictEqual(yield* ways, [])
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(yield* Fiber.join(running), paid)
  }))

test("tries again, and need not ask, where not a byte had left", () =>
  Effect.gen(function* () {
    const down = yield* Ref.make(true)
    const { step, ways } = yield* stepOf(
      Effect.flatMap(Ref.get(down), (is) =>
        is ? Effect.fail(refusedConnection) : Effect.succeed(paid),
      ),
    )
    const run = yield* worker("one")
    assert.strictEqual((yield* run(step))._tag, "Unsent")
    yield* Ref.set(down, false)
    assert.deepStrictEqual(yield* run(step), paid)
    assert.deepStrictEqual(yield* ways, ["first", "first"])
  }))

test("asks where a process died that had begun to try again", () =>
  Effect.gen(function* () {
    const attempts = yield* Ref.make(0)
    const { step, ways } = yield* stepOf(
      Effect.flatMap(
        Ref.updateAndGet(attempts, (n) => n + 1),
        (n) => (n === 1 ? Effect.fail(refusedConnection) : Effect.never),
      ),
      Effect.succeed(paid),
    )
    const run = yield* worker("one")
    assert.strictEqual((yield* run(step))._tag, "Unsent")
    const dying = yield* Effect.forkChild(run(step), { startImmediately: true })
    yield* Effect.yieldNow
    yield* Fiber.interrupt(dying)
    assert.deepStrictEqual(yield* run(step), paid)
    assert.deepStrictEqual(yield* ways, ["first", "first", "again"])
  }))

test("gives up for good when it is told to, so that no later attempt sends", () =>
  Effect.gen(function* () {
    const { step, ways } = yield* stepOf(Effect.fail(refusedConnection))
    const run = yield* worker("one")
    assert.strictEqual((yield* run(step, true))._tag, "NotDone")
    assert.strictEqual((yield* run(step))._tag, "NotDone")
    assert.deepStrictEqual(yield* ways, ["first"])
  }))

test("stays open when the reply was lost, and remembers where to ask", () =>
  Effect.gen(function* () {
    const open = { ...begun, statusIdentifier: "status-1", lastReason: "StillProcessing" }
    const asked = yield* Ref.make<OpenPayment | undefined>(undefined)
    const { step } = yield* stepOf(Effect.fail(OutcomeUnknown.of(open)))
    const run = yield* worker("one")
    const result = yield* run(step)
    assert.deepStrictEqual(result._tag === "Open" && result.open, open)
    const again = (about: OpenPayment) => Effect.as(Ref.set(asked, about), paid)
    assert.deepStrictEqual(yield* run({ ...step, again }), paid)
    assert.deepStrictEqual(yield* Ref.get(asked), open)
  }))

for (const [what, error] of [
  ["that his own request was refused", VisaError.of("RequestInvalid")],
  ["that Visa has no time for him", VisaError.of("RateLimited", {}, { money: "moves" })],
  ["that Visa cannot be reached", refusedConnection],
  ["that his own answer was lost", lostReply],
] as const) {
  test(`whoever asks about another's request takes ${what} for no answer`, () =>
    Effect.gen(function* () {
      const { step } = yield* stepOf(Effect.die("sent twice"), Effect.fail(error))
      yield* claimedBy("one")
      const run = yield* worker("one")
      const result = yield* run(step)
      assert.strictEqual(result._tag === "Open" && result.open.lastReason, error.reason._tag)
    }))
}

test("believes an answer about the payment itself", () =>
  Effect.gen(function* () {
    const { step } = yield* stepOf(Effect.die("sent twice"), Effect.fail(declined))
    yield* claimedBy("one")
    const run = yield* worker("one")
    assert.strictEqual((yield* run(step))._tag, "NotDone")
  }))

test("takes a bug for no answer", () =>
  Effect.gen(function* () {
    const { step } = yield* stepOf(Effect.die(new Error("a bug")))
    const run = yield* worker("one")
    const result = yield* run(step)
    assert.strictEqual(result._tag === "Open" && result.open.lastReason, "Defect")
  }))

test("shuts the fence when the lease is over, and lets the other one's result count", () =>
  Effect.gen(function* () {
    // It cannot renew what it holds, as if it stood still.
    const one = yield* worker("one", { renew: () => Effect.fail(VisaError.of("StoreUnavailable")) })
    const two = yield* worker("two")
    const other = { ...paid, via: "query" }
    const seen = yield* Ref.make<ReadonlyArray<boolean>>([])
    const look = Effect.flatMap(SendFence.current, (isOpen) =>
      Ref.update(seen, (so) => [...so, isOpen()]),
    )
    const overtaken: Attempt = Effect.gen(function* () {
      yield* look
      yield* TestClock.adjust("31 seconds")
      yield* Effect.orDie(
        two({ ...named, first: Effect.die("sent twice"), again: () => Effect.succeed(other) }),
      )
      yield* look
      return paid
    })
    const { step } = yield* stepOf(overtaken)
    assert.deepStrictEqual(yield* one(step), other)
    assert.deepStrictEqual(yield* Ref.get(seen), [true, false])
  }))

test("shuts the fence of an attempt that this process itself has overtaken", () =>
  Effect.gen(function* () {
    const run = yield* worker("one")
    const overtaken: Attempt = Effect.gen(function* () {
      const isOpen = yield* SendFence.current
      assert.isTrue(isOpen())
      yield* Effect.orDie(
        run({ ...named, first: Effect.die("sent twice"), again: () => Effect.succeed(paid) }),
      )
      assert.isFalse(isOpen())
      return paid
    })
    const { step } = yield* stepOf(overtaken)
    assert.deepStrictEqual(yield* run(step), paid)
  }))

test("keeps the claim of a step that takes longer than the lease, as long as it lives", () =>
  Effect.gen(function* () {
    const { step } = yield* stepOf(Effect.as(Effect.sleep("5 minutes"), paid))
    const [one, two] = [yield* worker("one"), yield* worker("two")]
    const slow = yield* Effect.forkChild(one(step), { startImmediately: true })
    const waiting = yield* Effect.forkChild(two(step), { startImmediately: true })
    yield* TestClock.adjust("5 minutes")
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* Fiber.join(slow), paid)
    assert.deepStrictEqual(yield* Fiber.join(waiting), paid)
  }))

/** A bank that recognises nothing: to be sent to twice is to pay twice. */
const Act = Schema.Struct({
  /** Where the worker dies: before it sends, after it, or nowhere. */
  dies: Schema.Literals(["before", "after", "never"]),
  owner: Schema.Literals(["a", "b"]),
})

it.effect.prop(
  "however many die, and wherever: the bank is sent to at most once before it is asked",
  { acts: Schema.Array(Act).check(Schema.isMaxLength(6)) },
  ({ acts }) =>
    Effect.gen(function* () {
      const sent = yield* Ref.make(0)
      const send = (dies: "before" | "after" | "never") =>
        Effect.gen(function* () {
          if (dies === "before") return yield* Effect.never
          yield* Ref.update(sent, (n) => n + 1)
          if (dies === "after") return yield* Effect.never
          return paid
        })
      // Whoever asks is told the truth, and sends only where nothing was sent.
      const ask = (dies: "before" | "after" | "never") =>
        Effect.flatMap(Ref.get(sent), (n) => (n > 0 ? Effect.succeed(paid) : send(dies)))
      const runs = { a: yield* worker("a"), b: yield* worker("b") }
      const last = { dies: "never", owner: "a" } as const
      for (const { dies, owner } of [...acts, last]) {
        const step: MoneyStep = {
          ...named,
          first: send(dies),
          again: () => ask(dies),
        }
        const running = yield* Effect.forkChild(runs[owner](step), { startImmediately: true })
        yield* TestClock.adjust("31 seconds")
        yield* Fiber.interrupt(running)
      }
      const end = yield* Effect.exit(
        runs.a({
          ...named,
          first: Effect.die("sent twice"),
          again: () => Effect.die("asked again"),
        }),
      )
      assert.deepStrictEqual(end, Exit.succeed(paid))
      assert.strictEqual(yield* Ref.get(sent), 1)
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(Claims.layerMemory))),
)
