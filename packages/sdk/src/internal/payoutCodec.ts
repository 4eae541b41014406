/** From a payout to what an engine may store, and back. */
import { Effect, Redacted, Result, Schema } from "effect"
import type { Complete, Payout } from "../payouts/Payout.ts"
import { of } from "../payouts/Payout.ts"
import type { PayoutVault, Sealed } from "../payouts/PayoutVault.ts"
import { VisaError } from "../VisaError.ts"
import { invalidRequest, strictEncoder, strictly } from "./invalidRequest.ts"
import { key, parts } from "./payoutParts.ts"

const PartsJson = Schema.Struct(parts)

const encodeParts = strictEncoder(PartsJson)

/** Whether the parts would encode, in half of the time. */
const isEncodable = strictly(PartsJson)

const decodeParts = Schema.decodeUnknownResult(PartsJson)

const isKey = Schema.is(key)

/** Of a payout that is never stored. */
const unsealed = "" as Sealed

/**
 * Seals a payout under its key. Fails with `RequestInvalid`, naming the part, for what no rail could
 * carry: callers in JavaScript have no type that tells them.
 *
 * @param vault absent where the payout stays in this process
 */
export const sealPayout = Effect.fnUntraced(function* (
  vault: PayoutVault["Service"] | undefined,
  payout: Payout,
): Effect.fn.Return<Sealed, VisaError> {
  if (!isKey(payout.key)) {
    return yield* invalidRequest(
      "key",
      "Give 1 to 64 letters, digits and signs, without spaces, as the payout's idempotency key.",
    )
  }
  if (vault === undefined && isEncodable(payout.parts)) return unsealed
  // The union says which parts belong together, and the schema has all of them.
  const encoded = yield* encodeParts(payout.parts as typeof PartsJson.Type)
  return vault === undefined
    ? unsealed
    : yield* vault.seal(Redacted.make(JSON.stringify(encoded)), payout.key)
})

export const openPayout = Effect.fnUntraced(function* (
  vault: PayoutVault["Service"],
  payoutKey: string,
  sealed: Sealed,
): Effect.fn.Return<Payout, VisaError> {
  const text = yield* vault.open(sealed, payoutKey)
  const decoded = decodeParts(JSON.parse(Redacted.value(text)))
  return Result.isSuccess(decoded)
    ? of(payoutKey, decoded.success as Complete)
    : yield* VisaError.of("SealUnopened", {
        detail: "What is in it was written by another version of this SDK",
      })
})
