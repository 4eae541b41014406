/** Everything that payouts keep in SQL, in one embedded database: to make one takes seconds. */
import { describe, layer } from "@effect/vitest"
import { Layer } from "effect"
import { Claims } from "../../src/payouts/Claims.ts"
import { laws as claimLaws } from "../../src/payouts/ClaimsConformance.ts"
import * as Database from "../../src/payouts/Database.ts"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import { PayoutEvents } from "../../src/payouts/PayoutEvents.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import { laws as counterLaws } from "../support/dayCounterLaws.ts"
import { laws as ledgerLaws } from "../support/ledgerLaws.ts"
import { eventLaws, workLaws } from "../support/payoutStoreLaws.ts"

const stores = Layer.mergeAll(
  Claims.layerSql,
  Ledger.layerSql,
  DayCounter.layerSql,
  PayoutEvents.layerSql,
  WorkList.layerSql,
).pipe(Layer.provide(Database.layerEmbeddedMemory))

layer(stores, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
  describe("a store of claims in PGlite", () => {
    for (const { check, name } of claimLaws) it.effect(name, () => check, 60_000)
  })
  describe("a ledger in PGlite", () => {
    for (const [name, check] of ledgerLaws) it.effect(name, () => check, 60_000)
  })
  describe("a counter of days in PGlite", () => {
    for (const [name, check] of counterLaws) it.effect(name, () => check, 60_000)
  })
  describe("events in PGlite", () => {
    for (const [name, check] of eventLaws) it.effect(name, () => check, 60_000)
  })
  describe("a work list in PGlite", () => {
    for (const [name, check] of workLaws) it.effect(name, () => check, 60_000)
  })
})
