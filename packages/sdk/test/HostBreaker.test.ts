import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, Result, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { Outcome } from "../src/api/Outcome.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { HostBreaker } from "../src/HostBreaker.ts"
import type { HostBreakerOptions } from "../src/HostBreaker.ts"
import { catalogue, VisaError } from "../src/VisaError.ts"
import type { Row, Tag } from "../src/VisaError.ts"
import { pushRequest, simulated } from "./support/simulated.ts"

const host = "api.visa.com"
const moves = { money: "moves" } as const
const reports = { money: "reports" } as const

const breakerOf = (options?: HostBreakerOptions | "off") => HostBreaker.make(options)

const down = VisaError.of("ServiceUnavailable", {}, { httpStatus: 503 })

/** Runs calls that all end so, one after the other. */
const calls = (
  breaker: HostBreaker["Service"],
  count: number,
  end: Effect.Effect<unknown, VisaError>,
) => Effect.replicateEffect(Effect.exit(breaker.protect(host, moves)(end)), count)

const tags = Object.keys(catalogue) as ReadonlyArray<Tag>

describe("what an attempt says about the host", () => {
  const says = (tag: Tag, httpStatus?: number) =>
    HostBreaker.outcomeOf(Exit.fail(VisaError.of(tag, {}, { httpStatus })))._tag

  it("a decline of whatever code says that it works", () => {
    for (const tag of tags.filter((tag) => catalogue[tag].category === "decline")) {
      assert.strictEqual(says(tag, 200), "Success", tag)
    }
  })

  it("a status below 500 says that it works, except 408", () => {
    for (const tag of tags) {
      const status = Number((catalogue[tag] as Row).codes.http)
      if (status < 500)
        assert.strictEqual(says(tag, status), status === 408 ? "Failure" : "Success")
    }
  })

  it("a status from 500 on says that it does not, also one without a row", () => {
    assert.strictEqual(says("ServerError", 500), "Failure")
    assert.strictEqual(says("UnexpectedStatus", 502), "Failure")
    assert.strictEqual(says("ServiceUnavailable", 503), "Failure")
    assert.strictEqual(says("GatewayTimeout", 504), "Failure")
  })

  it("5xx with the code of one API says that its gateway works", () => {
    assert.strictEqual(says("FxInternalError", 500), "Success")
    assert.strictEqual(says("AliasInternalError", 500), "Success")
    assert.strictEqual(says("AliasDirectoryUnavailable", 503), "Success")
  })

  it("no connection, no answer and half an answer say that it does not", () => {
    for (const tag of ["HostNotFound", "ConnectTimeout", "ConnectionLost"] as const) {
      assert.strictEqual(says(tag), "Failure")
    }
    assert.strictEqual(says("ResponseTimeout"), "Failure")
    assert.strictEqual(says("ResponseTruncated", 200), "Failure")
  })

  it("what was never sent for reasons of ours says nothing, nor does an interruption", () => {
    for (const tag of ["MleKeysMissing", "RateLimiterBusy", "ServerNotTls"] as const) {
      assert.strictEqual(says(tag), "Ignored")
    }
    assert.strictEqual(HostBreaker.outcomeOf(Exit.failCause(Cause.interrupt()))._tag, "Ignored")
  })
})

describe("HostBreaker", () => {
  it.effect("opens when half of at least ten calls have failed, and says when to come back", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 5, Effect.void)
      yield* calls(breaker, 4, down)
      assert.strictEqual((yield* breaker.state(host))._tag, "Closed")
      yield* calls(breaker, 1, down)
      let sent = false
      const error = yield* Effect.flip(
        breaker.protect(
          host,
          moves,
        )(
          Effect.sync(() => {
            sent = true
          }),
        ),
      )
      assert.isFalse(sent)
      assert.strictEqual(error.reason._tag, "CircuitOpen")
      assert.strictEqual(error.reason.retryAfterMillis, 5_000)
      assert.strictEqual(error.within({ money: "moves" }).money, "NotMoved")
    }),
  )

  it.effect("lets one probe through when its time is over, and closes when that succeeds", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, down)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* breaker.protect(host, moves)(Effect.succeed("paid")), "paid")
      assert.strictEqual((yield* breaker.state(host))._tag, "Closed")
    }),
  )

  it.effect("stays open twice as long each time, up to a minute", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, down)
      const openings: Array<number> = []
      for (let opening = 0; opening < 6; opening++) {
        const state = yield* breaker.state(host)
        if (state._tag !== "Open") return assert.fail(state._tag)
        openings.push(state.retryAfterMillis)
        yield* TestClock.adjust(state.retryAfterMillis)
        yield* calls(breaker, 1, down)
      }
      assert.deepStrictEqual(openings, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
    }),
  )

  it.effect("a Retry-After of the last failure can make it longer, up to five minutes", () =>
    Effect.gen(function* () {
      const asking = VisaError.of(
        "ServiceUnavailable",
        { retryAfterMillis: 86_400_000 },
        { httpStatus: 503 },
      )
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, asking)
      const state = yield* breaker.state(host)
      assert.deepInclude(state, { _tag: "Open", retryAfterMillis: 300_000 })
    }),
  )

  it.effect("never refuses a call that asks what became of a payment", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, down)
      assert.strictEqual((yield* breaker.state(host))._tag, "Open")
      assert.strictEqual(yield* breaker.protect(host, reports)(Effect.succeed("00")), "00")
      const error = yield* Effect.flip(breaker.protect(host, reports)(Effect.fail(down)))
      assert.strictEqual(error, down)
    }),
  )

  it.effect("such a call can be the probe that closes it", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, down)
      yield* TestClock.adjust("5 seconds")
      yield* breaker.protect(host, reports)(Effect.void)
      assert.strictEqual((yield* breaker.state(host))._tag, "Closed")
    }),
  )

  it.effect("refuses every call when somebody has forced it open", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* breaker.forceOpen(host, "1 minute")
      for (const operation of [moves, reports]) {
        const error = yield* Effect.flip(breaker.protect(host, operation)(Effect.void))
        assert.strictEqual(error.reason._tag, "CircuitOpen")
        assert.strictEqual(error.reason.retryAfterMillis, 60_000)
      }
      yield* breaker.reset(host)
      yield* breaker.protect(host, moves)(Effect.void)
    }),
  )

  it.effect("says that it is refusing for as long as it is sure of it", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf()
      yield* calls(breaker, 10, down)
      assert.isFalse(yield* breaker.isRefusing(host))
      yield* calls(breaker, 1, Effect.void)
      assert.isTrue(yield* breaker.isRefusing(host))
      assert.isFalse(yield* breaker.isRefusing("cert.api.visa.com"))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* breaker.isRefusing(host))
    }),
  )

  it.effect("off, refuses nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf("off")
      yield* calls(breaker, 100, down)
      assert.strictEqual(yield* breaker.protect(host, moves)(Effect.succeed("paid")), "paid")
    }),
  )

  it.effect("takes the trip policy of its options", () =>
    Effect.gen(function* () {
      const breaker = yield* breakerOf({ maxFailures: 2 })
      yield* calls(breaker, 2, down)
      assert.strictEqual((yield* breaker.state(host))._tag, "Open")
    }),
  )

  const environment = (env: Record<string, string>) =>
    HostBreaker.layerConfig.pipe(
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
    )

  it.effect("reads its options from the environment", () =>
    Effect.gen(function* () {
      const breaker = yield* HostBreaker
      yield* calls(breaker, 3, Effect.void)
      yield* calls(breaker, 1, down)
      const openings: Array<number> = []
      for (let opening = 0; opening < 3; opening++) {
        const state = yield* breaker.state(host)
        if (state._tag !== "Open") return assert.fail(state._tag)
        openings.push(state.retryAfterMillis)
        yield* TestClock.adjust(state.retryAfterMillis)
        yield* calls(breaker, 1, down)
      }
      assert.deepStrictEqual(openings, [2_000, 3_000, 3_000])
    }).pipe(
      Effect.provide(
        environment({
          VISA_DIRECT_HOST_BREAKER_FAILURE_RATE: "0.25",
          VISA_DIRECT_HOST_BREAKER_MINIMUM_CALLS: "4",
          VISA_DIRECT_HOST_BREAKER_OPEN_DURATION: "2 seconds",
          VISA_DIRECT_HOST_BREAKER_MAX_OPEN_DURATION: "3 seconds",
        }),
      ),
    ),
  )

  it.effect("can be switched off in the environment", () =>
    Effect.gen(function* () {
      const breaker = yield* HostBreaker
      yield* calls(breaker, 100, down)
      yield* breaker.protect(host, moves)(Effect.void)
    }).pipe(Effect.provide(environment({ VISA_DIRECT_HOST_BREAKER: "off" }))),
  )

  it.effect("names the option that it cannot work with", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(environment({ VISA_DIRECT_HOST_BREAKER_FAILURE_RATE: "2" }))),
      )
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "breaker.failureRate")
    }),
  )
})

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

/** A circuit that opens after four failures and stays so for the test. */
const touchy = {
  failureRate: { threshold: 1, minimumCalls: 4, size: 4 },
  openDuration: "1 hour",
} as const

layer(
  simulated(undefined, {
    breaker: touchy,
    headersTimeout: "300 millis",
    transactionTimeout: "250 millis",
    retry: { reports: "none" },
  }),
  { timeout: 60_000, excludeTestServices: true },
)("the breaker around a simulated Visa", (it) => {
  const fresh = Effect.gen(function* () {
    const simulator = yield* Simulator
    const breaker = yield* HostBreaker
    yield* simulator.clearFaults
    yield* simulator.clearScript
    yield* simulator.ledger.clear
    yield* breaker.reset(`localhost:${simulator.port}`)
    return { simulator, breaker, key: `localhost:${simulator.port}` }
  })

  const faults = [
    { kind: "dropBeforeCommit" },
    { kind: "dropAfterCommit" },
    { kind: "hang" },
    { kind: "resetMidBody" },
    { kind: "status", status: 500 },
    { kind: "status", status: 502 },
    { kind: "status", status: 503 },
  ] as const
  for (const fault of faults) {
    it.effect(`${Object.values(fault).join(" ")}: opens, and further payments are not sent`, () =>
      Effect.gen(function* () {
        const { breaker, key, simulator } = yield* fresh
        yield* simulator.inject(fault)
        for (let call = 0; call < 4; call++) {
          assert.strictEqual((yield* Effect.flip(push)).money, "Unknown")
        }
        assert.strictEqual((yield* breaker.state(key))._tag, "Open")
        const { ledger } = yield* simulator.stats
        const error = yield* Effect.flip(push)
        assert.strictEqual(error.reason._tag, "CircuitOpen")
        assert.strictEqual(error.money, "NotMoved")
        assert.strictEqual(error.context.operation, "FundsTransfer.push")
        assert.isString(error.context.clientTransactionId)
        assert.isAbove(error.reason.retryAfterMillis ?? 0, 3_500_000)
        assert.strictEqual((yield* simulator.stats).ledger.requests, ledger.requests)
      }),
    )
  }

  it.effect("declines, refusals, 429 and 202 leave it closed", () =>
    Effect.gen(function* () {
      const { breaker, key, simulator } = yield* fresh
      yield* simulator.script({ answer: { actionCode: "05" }, times: 4 })
      for (let call = 0; call < 4; call++) yield* Effect.flip(push)
      for (const status of [202, 303, 400, 401, 403, 404, 418]) {
        yield* simulator.inject({ kind: "status", status, times: 4 })
        for (let call = 0; call < 4; call++) yield* Effect.flip(push)
      }
      yield* simulator.inject({ kind: "rateLimit", retryAfter: 0, times: 4 })
      for (let call = 0; call < 4; call++) yield* Effect.flip(push)
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
      assert.strictEqual((yield* push).actionCode, "00")
    }),
  )

  it.effect("an unknown outcome is found out while it is open", () =>
    Effect.gen(function* () {
      const { breaker, key, simulator } = yield* fresh
      const request = yield* pushRequest()
      yield* simulator.inject({ kind: "dropAfterCommit", match: { endpoint: "PushFunds" } })
      for (let call = 0; call < 3; call++) yield* Effect.flip(push)
      // The fourth failure opens the circuit, and leaves this payment unknown.
      const paid = yield* Outcome.push(request, { polling: Schedule.spaced("5 millis") })
      assert.strictEqual(paid.via, "query")
      assert.strictEqual((yield* breaker.state(key))._tag, "Open")
      const query = yield* Effect.result(TransactionQuery.find(request))
      assert.isTrue(Result.isSuccess(query))
      assert.strictEqual((yield* Effect.flip(push)).reason._tag, "CircuitOpen")
    }),
  )

  it.effect("a payment goes through again after an operator has closed it", () =>
    Effect.gen(function* () {
      const { breaker, key, simulator } = yield* fresh
      yield* simulator.inject({ kind: "status", status: 503, times: 4 })
      for (let call = 0; call < 4; call++) yield* Effect.flip(push)
      assert.strictEqual((yield* Effect.flip(push)).reason._tag, "CircuitOpen")
      yield* breaker.forceClosed(key)
      assert.strictEqual((yield* push).actionCode, "00")
    }),
  )
})

describe("the breaker and the limiter together", () => {
  it.live("what the breaker refuses takes no turn and waits for none", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "status", status: 503, times: 4 })
      for (let call = 0; call < 4; call++) yield* Effect.flip(push)
      for (let call = 0; call < 50; call++) {
        assert.strictEqual((yield* Effect.flip(push)).reason._tag, "CircuitOpen")
      }
      const breaker = yield* HostBreaker
      yield* breaker.reset(`localhost:${simulator.port}`)
      // Of six turns in an hour the failures took four, and all the refusals one.
      assert.strictEqual((yield* push).actionCode, "00")
      assert.strictEqual((yield* Effect.flip(push)).reason._tag, "RateLimiterBusy")
    }).pipe(
      Effect.provide(
        simulated(undefined, { breaker: touchy, rateLimit: { limit: 6, window: "1 hour" } }),
      ),
    ),
  )
})
