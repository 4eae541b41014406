import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Connectivity } from "../../src/api/Connectivity.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { simulated } from "../support/simulated.ts"

it.live("finds Visa, and is refused when the credentials are no longer good", () =>
  Effect.gen(function* () {
    const { timestamp } = yield* Connectivity.probe
    assert.isFalse(Number.isNaN(Date.parse(`${timestamp}Z`)))
    const simulator = yield* Simulator
    yield* simulator.revoke({ userId: simulator.credentials.userId })
    const error = yield* Effect.flip(Connectivity.probe)
    assert.strictEqual(error.reason._tag, "CertificateMismatch")
    assert.strictEqual(error.money, "NotMoved")
  }).pipe(Effect.provide(simulated())),
)

for (const body of ["<html>hello</html>", [], {}, { message: "helloworld" }]) {
  it.effect(`does not take ${JSON.stringify(body)} for Visa`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Connectivity.probe)
      assert.include(["ResponseMalformed", "ResponseNotJson"], error.reason._tag)
    }).pipe(Effect.provide(VisaDirectTest.layerWith(() => ({ status: 200, body })))),
  )
}
