import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { executionIdOf } from "../../src/internal/wake.ts"
import { PayoutWorkflow } from "../../src/payouts/PayoutWorkflow.ts"
import { Sealed } from "../../src/payouts/PayoutVault.ts"

describe("The id of an execution", () => {
  it.effect.prop("is the one that the workflow makes", { key: Schema.String }, ({ key }) =>
    Effect.gen(function* () {
      const payload = { key, fingerprint: "print", sealed: Sealed.make("sealed"), acceptedAt: 0 }
      assert.strictEqual(executionIdOf(key), yield* PayoutWorkflow.executionId(payload))
    }),
  )
})
