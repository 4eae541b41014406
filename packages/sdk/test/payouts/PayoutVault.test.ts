import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { PayoutVault } from "../../src/payouts/PayoutVault.ts"
import type { Sealed } from "../../src/payouts/PayoutVault.ts"

const newKey = () => Redacted.make(randomBytes(32).toString("base64"))

const seal = (text: string, context: string) =>
  PayoutVault.use((vault) => vault.seal(Redacted.make(text), context))

const open = (sealed: Sealed, context: string) =>
  Effect.map(
    PayoutVault.use((vault) => vault.open(sealed, context)),
    Redacted.value,
  )

const refusal = (sealed: Sealed, context = "k") =>
  Effect.map(Effect.flip(open(sealed, context)), ({ reason }) => reason._tag)

describe("PayoutVault", () => {
  it.effect.prop(
    "opens what it sealed, and shows none of it",
    { text: Schema.String.check(Schema.isMinLength(8)), context: Schema.String },
    ({ context, text }) =>
      Effect.gen(function* () {
        const sealed = yield* seal(text, context)
        assert.notInclude(sealed, text)
        assert.strictEqual(yield* open(sealed, context), text)
      }).pipe(Effect.provide(PayoutVault.layerEphemeral)),
  )

  it.effect("seals the same text differently each time", () =>
    Effect.gen(function* () {
      assert.notStrictEqual(
        yield* seal("4060320000000127", "k"),
        yield* seal("4060320000000127", "k"),
      )
    }).pipe(Effect.provide(PayoutVault.layerEphemeral)),
  )

  it.effect("refuses a text that was sealed for another payout", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refusal(yield* seal("text", "k"), "other"), "SealUnopened")
    }).pipe(Effect.provide(PayoutVault.layerEphemeral)),
  )

  it.effect("refuses a text of which any one character was changed", () =>
    Effect.gen(function* () {
      const sealed = yield* seal("4060320000000127", "k")
      for (let at = 0; at < sealed.length - 1; at++) {
        const changed = sealed[at] === "A" ? "B" : "A"
        const other = (sealed.slice(0, at) + changed + sealed.slice(at + 1)) as Sealed
        assert.strictEqual(yield* refusal(other), "SealUnopened", `at ${at}`)
      }
      assert.strictEqual(yield* refusal(sealed.slice(0, 12) as Sealed), "SealUnopened")
      assert.strictEqual(yield* refusal("" as Sealed), "SealUnopened")
    }).pipe(Effect.provide(PayoutVault.layerEphemeral)),
  )

  it.effect(
    "opens with an earlier key, seals with the current one, and says which key it lacks",
    () =>
      Effect.gen(function* () {
        const [first, second] = [newKey(), newKey()]
        const old = PayoutVault.layer({ key: first })
        const both = PayoutVault.layer({ key: second, previousKeys: [first] })
        const fresh = PayoutVault.layer({ key: second })
        const before = yield* seal("text", "k").pipe(Effect.provide(old))
        assert.strictEqual(yield* open(before, "k").pipe(Effect.provide(both)), "text")
        const after = yield* seal("text", "k").pipe(Effect.provide(both))
        assert.strictEqual(yield* open(after, "k").pipe(Effect.provide(fresh)), "text")
        const error = yield* Effect.flip(open(before, "k").pipe(Effect.provide(fresh)))
        assert.include(error.message, before.split(".")[1] ?? "?")
      }),
  )

  it.effect("refuses a key that is too short", () =>
    Effect.gen(function* () {
      const short = PayoutVault.layer({ key: Redacted.make("c2hvcnQ=") })
      const error = yield* Effect.flip(Layer.build(short))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "key")
    }).pipe(Effect.scoped),
  )

  it.effect("reads its keys from the configuration", () =>
    Effect.gen(function* () {
      const [first, second] = [newKey(), newKey()]
      const before = yield* seal("text", "k").pipe(
        Effect.provide(PayoutVault.layer({ key: first })),
      )
      const configured = PayoutVault.layerConfig.pipe(
        Layer.provide(
          ConfigProvider.layer(
            ConfigProvider.fromUnknown({
              VISA_DIRECT_VAULT_KEY: Redacted.value(second),
              VISA_DIRECT_VAULT_PREVIOUS_KEYS: ` ${Redacted.value(first)} `,
            }),
          ),
        ),
      )
      assert.strictEqual(yield* open(before, "k").pipe(Effect.provide(configured)), "text")
    }),
  )
})
