/** Many at once for one thing that there is only one of. */
import { layer } from "@effect/vitest"
import { Layer } from "effect"
import { Claims } from "../../src/payouts/Claims.ts"
import { oneKey, oneReceipt, receipts, twoPayoutsOfOneKey } from "../support/races.ts"
import { simulatedPayouts } from "../support/saga.ts"

const inMemory = receipts.pipe(Layer.provide(Claims.layerMemory))

layer(simulatedPayouts({}, { beside: () => inMemory }), {
  timeout: 60_000,
  excludeTestServices: true,
})("A thousand callers", (it) => {
  it.effect("with one key: one payment, and all of them learn of it", () => oneKey)

  it.effect(
    "of which two have other payouts under one key: one of those is paid, as it was",
    () => twoPayoutsOfOneKey,
  )

  it.effect(
    "with one receipt: one payment, and 999 learn that the receipt is used",
    () => oneReceipt,
  )
})
