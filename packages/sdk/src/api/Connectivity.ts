/**
 * Whether Visa can be reached with these credentials: host, TLS, client certificate, user id and
 * password, without any of Visa's products. It says nothing about message level encryption and nothing
 * about which APIs the project has: a project can pass it and still be refused by every one of them.
 *
 * Source: Visa's guide to two-way SSL, as public clients cite it. Some of them ask for `/helloworld`
 * without `/vdp` in production; this asks for the documented path.
 */
import { Context, Effect, Layer, Result } from "effect"
import { answersOf } from "../internal/answers.ts"
import * as Wire from "../internal/wire.ts"
import { failure } from "../Operation.ts"
import type { Operation } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

/** What Visa answered. */
export interface Greeting {
  /** Visa's time: `YYYY-MM-DDThh:mm:ss`, without a zone. */
  readonly timestamp: string
}

const path = "/vdp/helloworld"

/** The operations of this module, as data. */
export const operations: { readonly probe: Operation<void, Greeting> } = {
  probe: {
    name: "Connectivity.probe",
    method: "GET",
    path,
    mle: "none",
    money: "none",
    findOut: "none",
    encode: () => Effect.succeed({ path }),
    decode: ({ body }) => {
      const timestamp = Wire.isJsonObject(body) ? Wire.text(body["timestamp"]) : undefined
      return timestamp === undefined
        ? Result.fail(failure("ResponseMalformed", { detail: "The answer has no timestamp." }))
        : Result.succeed({ timestamp })
    },
  },
}

/**
 * Asks whether Visa is there.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Connectivity, VisaDirectTest, VisaError } from "effect-visa-direct"
 *
 * const ready = Connectivity.probe.pipe(
 *   Effect.as("ready"),
 *   VisaError.catchConfiguration((reason) => Effect.succeed(reason.row.advice))
 * )
 * const visa = VisaDirectTest.layerWith(() => ({
 *   status: 200,
 *   body: { timestamp: "2026-06-18T09:10:31", message: "helloworld" }
 * }))
 * assert.strictEqual(await Effect.runPromise(ready.pipe(Effect.provide(visa))), "ready")
 */
export class Connectivity extends Context.Service<
  Connectivity,
  {
    /**
     * Fails with what the way to Visa meets: `ClientCertificateRejected`, `CredentialsRejected`,
     * `ServerCertificateRejected`, …
     */
    readonly probe: Effect.Effect<Greeting, VisaError>
  }
>()("effect-visa-direct/Connectivity") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    return Connectivity.of({ probe: answer(operations.probe, undefined) })
  })

  static readonly layer: Layer.Layer<Connectivity, never, Transport> = Layer.effect(
    Connectivity,
    Connectivity.make,
  )

  static readonly operations = operations

  static readonly probe: Effect.Effect<Greeting, VisaError, Connectivity> = Effect.flatMap(
    Connectivity,
    ({ probe }) => probe,
  )
}
