/**
 * Faults: what can go wrong between a client and Visa, as data.
 *
 * | kind | what the client meets | was it processed? |
 * |---|---|---|
 * | `delay` | processing takes `millis` longer; past the client's timeout header: 202 | yes |
 * | `dropBeforeCommit` | connection reset before anything happened | no |
 * | `dropAfterCommit` | connection reset, no reply | yes |
 * | `hang` | no reply, connection stays open | `commit`, default yes |
 * | `resetMidBody` | headers and half of the body, then RST | yes |
 * | `truncate` | `Content-Length` promises more than comes | yes |
 * | `status` | any HTTP status with any body | `commit`, default no |
 * | `rateLimit` | 429 with `Retry-After` | no |
 * | `garbage` | random bytes labelled as JSON | yes |
 * | `notJson` | text labelled as JSON | yes |
 * | `html` | a gateway's HTML page | yes |
 * | `empty` | no body | yes |
 * | `hugeBody` | a body of `bytes` bytes | yes |
 * | `badEncData` | `encData` that is no JWE, or a JWE that was tampered with | yes |
 * | `wrongKey` | `encData` sealed for another key, under the right `kid` | yes |
 * | `plainJson` | a reply in clear where an encrypted one is due | yes |
 * | `clockSkew` | the server's clock is `millis` ahead: `Date` header and `iat` check | yes |
 *
 * `match` says which requests, `times` how many of them (absent: all until cleared). `clockSkew`
 * acts before decryption, so it cannot be matched by members of the body.
 */
import { Schema } from "effect"
import { Match } from "./Match.ts"

const common = {
  match: Schema.optionalKey(Match),
  times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
}

const millis = Schema.Finite
const commit = Schema.optionalKey(Schema.Boolean)
const bytes = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const bare = <const Kind extends string>(kind: Kind) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...common })

/**
 * One fault. Plain data: it is the body of the admin plane's `POST /faults` as it stands.
 *
 * @example
 * ```ts
 * import type { Fault } from "effect-visa-direct-simulator"
 *
 * const lostReply: Fault = {
 *   kind: "dropAfterCommit",
 *   match: { endpoint: "PushFunds", nth: 2 },
 * }
 * ```
 */
export const Fault = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("delay"), ...common, millis }),
  bare("dropBeforeCommit"),
  bare("dropAfterCommit"),
  Schema.Struct({ kind: Schema.Literal("hang"), ...common, commit }),
  bare("resetMidBody"),
  bare("truncate"),
  Schema.Struct({
    kind: Schema.Literal("status"),
    ...common,
    status: Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
    /** Sent as it is, never encrypted. */
    body: Schema.optionalKey(Schema.String),
    contentType: Schema.optionalKey(Schema.String),
    headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    commit,
  }),
  Schema.Struct({
    kind: Schema.Literal("rateLimit"),
    ...common,
    /** Seconds, or an HTTP date: the value of the header. Absent: no header. */
    retryAfter: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
  }),
  Schema.Struct({ kind: Schema.Literal("garbage"), ...common, bytes: Schema.optionalKey(bytes) }),
  bare("notJson"),
  bare("html"),
  bare("empty"),
  Schema.Struct({ kind: Schema.Literal("hugeBody"), ...common, bytes }),
  Schema.Struct({
    kind: Schema.Literal("badEncData"),
    ...common,
    variant: Schema.optionalKey(Schema.Literals(["notJwe", "tampered"])),
  }),
  bare("wrongKey"),
  bare("plainJson"),
  Schema.Struct({ kind: Schema.Literal("clockSkew"), ...common, millis }),
])
export type Fault = typeof Fault.Type

export type FaultKind = Fault["kind"]
