/** Webhooks: calls that Visa makes to an originator, and where the simulator makes them to. */
import { Schema } from "effect"

/**
 * Where to call. Each call is a POST of JSON in clear, repeated with growing pauses until it is
 * answered 2xx (or failed ten times): at least once, as webhooks are. `copies` is how often it has to be
 * taken; more than 1 makes duplicates. Default 1.
 */
export const WebhookTarget = Schema.Struct({
  url: Schema.String.check(Schema.isPattern(/^https?:\/\//)),
  copies: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
})
export type WebhookTarget = typeof WebhookTarget.Type

const target = Schema.optionalKey(Schema.NullOr(WebhookTarget))

/**
 * The webhooks that there are; `null` turns one off.
 *
 * - `deferredAdvice`: a deferred push was processed. Visa's path for it is
 *   `/visadirect/v1/pushpayment/advice/receive/deferredoct`.
 *
 * @example
 * ```ts
 * import type { Webhooks } from "effect-visa-direct-simulator"
 *
 * const twice: Webhooks = {
 *   deferredAdvice: { url: "http://127.0.0.1:8080/advice", copies: 2 },
 * }
 * ```
 */
export const Webhooks = Schema.Struct({ deferredAdvice: target })
export type Webhooks = typeof Webhooks.Type

export type WebhookName = keyof Webhooks
