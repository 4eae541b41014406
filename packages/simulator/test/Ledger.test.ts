import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { LedgerEntry, LedgerStore } from "../src/Ledger.ts"
import { maskPan } from "../src/endpoints/Endpoint.ts"

const payment = (n: number, more: Partial<LedgerEntry> = {}): Omit<LedgerEntry, "sequence"> => ({
  kind: "push",
  at: n,
  method: "POST",
  path: "/push",
  correlationId: String(n),
  moneyMoved: true,
  amount: "0.1",
  currency: "USD",
  actionCode: "00",
  httpStatus: 200,
  bytesReceived: 10,
  bytesSent: 0,
  wireBody: `body ${n}`,
  ...more,
})

describe("the ledger", () => {
  it("keeps the newest entries, and exact counters of all of them", () => {
    const ledger = new LedgerStore({ keep: 10, wireBodies: 3 })
    for (let n = 1; n <= 1_005; n++) {
      const entry = ledger.append(payment(n))
      ledger.sent(entry, 2)
    }
    const entries = ledger.entries()
    assert.deepStrictEqual(
      entries.map(({ sequence }) => sequence),
      [996, 997, 998, 999, 1000, 1001, 1002, 1003, 1004, 1005],
    )
    assert.deepStrictEqual(
      entries.flatMap(({ wireBody }) => wireBody ?? []),
      ["body 1003", "body 1004", "body 1005"],
    )
    assert.deepStrictEqual(ledger.stats(), {
      requests: 1_005,
      byKind: { push: 1_005 },
      byStatus: { 200: 1_005 },
      byActionCode: { "00": 1_005 },
      byFault: {},
      byIdentity: [{ requests: 1_005 }],
      payments: { USD: { count: 1_005, amount: "100.500" } },
      money: {
        pushed: { USD: { count: 1_005, amount: "100.500" } },
        pulled: {},
        reversed: {},
        debited: {},
      },
      bytesReceived: 10_050,
      bytesSent: 2_010,
    })
  })

  it("gives out copies, which later events do not change", () => {
    const ledger = new LedgerStore({ keep: 10, wireBodies: 1 })
    const entry = ledger.append(payment(1, { moneyMoved: false }))
    const [before] = ledger.entries()
    ledger.moved(entry)
    ledger.moved(entry)
    ledger.append(payment(2))
    assert.isFalse(before?.moneyMoved)
    assert.strictEqual(before?.wireBody, "body 1")
    assert.strictEqual(ledger.stats().payments["USD"]?.count, 2)
  })

  it("keeps whole requests only when it is asked to, and then the newest", () => {
    const request = { query: "", headers: { host: "localhost" }, body: "{}" }
    const usual = new LedgerStore()
    assert.isFalse(usual.keepsRequests)
    const curious = new LedgerStore({ requests: 2 })
    assert.isTrue(curious.keepsRequests)
    for (let n = 1; n <= 4; n++) curious.append(payment(n, { request }))
    assert.deepStrictEqual(
      curious.entries().map((entry) => entry.request === undefined),
      [true, true, false, false],
    )
  })

  it("finds by any set of members", () => {
    const ledger = new LedgerStore()
    ledger.append(payment(1, { stan: "000001" }))
    ledger.append(payment(2, { stan: "000001", kind: "duplicate", moneyMoved: false }))
    ledger.append(payment(3, { stan: "000002" }))
    assert.strictEqual(ledger.entries({ stan: "000001" }).length, 2)
    assert.strictEqual(ledger.entries({ stan: "000001", moneyMoved: true }).length, 1)
    assert.strictEqual(ledger.entries({ stan: "000001", kind: "refused" }).length, 0)
  })

  it("adds amounts of currencies apart and without rounding", () => {
    const ledger = new LedgerStore()
    for (const [amount, currency] of [
      ["999999999.999", "KWD"],
      ["0.001", "KWD"],
      ["100", "JPY"],
      ["0.1", "USD"],
      ["0.2", "USD"],
    ] as const) {
      ledger.append(payment(1, { amount, currency }))
    }
    assert.deepStrictEqual(ledger.stats().payments, {
      KWD: { count: 2, amount: "1000000000.000" },
      JPY: { count: 1, amount: "100.000" },
      USD: { count: 2, amount: "0.300" },
    })
  })

  it("forgets when it is cleared, but does not count from 1 again", () => {
    const ledger = new LedgerStore()
    ledger.append(payment(1))
    ledger.clear()
    assert.strictEqual(ledger.stats().requests, 0)
    assert.strictEqual(ledger.append(payment(2)).sequence, 2)
  })

  it.prop("survives the admin plane's JSON", [LedgerEntry], ([entry]) => {
    const received: unknown = JSON.parse(JSON.stringify(entry))
    assert.deepStrictEqual(Schema.decodeUnknownSync(LedgerEntry)(received), received)
  })
})

const digits = Schema.String.check(Schema.isPattern(/^[0-9]{0,19}$/))

describe("masking", () => {
  it("shows the first six and the last four", () => {
    assert.strictEqual(maskPan("4060320000000127"), "406032******0127")
    assert.strictEqual(maskPan("4111111111111"), "411111***1111")
  })

  it.effect.prop("keeps the length, and never shows more than ten", [digits], ([text]) =>
    Effect.sync(() => {
      const masked = maskPan(text)
      assert.strictEqual(masked.length, text.length)
      assert.isAtMost(masked.replaceAll("*", "").length, 10)
    }),
  )
})
