/**
 * One API call of Visa, declared as data: method, path, encryption, whether it moves money, how to
 * find out afterwards what became of it, and the two codecs.
 *
 * The modules under `api/` are lists of such values. {@link Transport} runs them.
 */
import type { Effect, Result } from "effect"
import type { MoneyRole, ReasonFields, Refusal, Tag, VisaError } from "./VisaError.ts"

/** Spaces of codes that come in the error envelopes of one API only. */
export type ErrorSpace = NonNullable<Refusal["space"]>

/** Whether a route must, may or does not carry message level encryption (MLE). */
export type MlePolicy = "mandatory" | "optional" | "none"

/** The rail on which money would travel. */
export type Rail = "card" | "account" | "wallet"

/** What goes out for one request. */
export interface Encoded {
  /** The path after the base URL, with its parameters filled in. */
  readonly path: string
  /** The query string's parameters. */
  readonly query?: { readonly [name: string]: string } | undefined
  /** The JSON body in clear; the transport encrypts it. */
  readonly body?: unknown
  /** Goes out as `X-Client-Transaction-ID`: Visa's detection of a request that is still running. */
  readonly clientTransactionId?: string | undefined
  /** Source and destination country, for errors and spans. */
  readonly corridor?: string | undefined
}

/** What message level encryption made of a reply. */
export type Protection = "encrypted" | "clear" | "unreadable"

/** A reply of Visa after decryption. */
export interface Reply {
  readonly httpStatus: number
  /** The parsed JSON; `undefined` for an empty body. */
  readonly body: unknown
  /** By their names in small letters. */
  readonly headers?: { readonly [name: string]: string | undefined } | undefined
  /** How it came; what is `unreadable` could not be decrypted and is without a body here. */
  readonly protection?: Protection | undefined
  /** Of a 202 or 303: the id to ask for the result with, wherever in the reply it stood. */
  readonly statusIdentifier?: string | undefined
}

/** Why a reply is not a success: a row of the catalogue and what was seen. */
export interface Failure {
  readonly tag: Tag
  readonly fields: ReasonFields
}

export const failure = (tag: Tag, fields: ReasonFields = {}): Failure => ({ tag, fields })

/**
 * An operation from requests of type `Request` to answers of type `A`.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { FundsTransfer } from "effect-visa-direct"
 *
 * assert.strictEqual(FundsTransfer.operations.push.method, "POST")
 * assert.strictEqual(FundsTransfer.operations.push.mle, "mandatory")
 * assert.strictEqual(FundsTransfer.operations.push.money, "moves")
 */
export interface Operation<in Request, out A> {
  /** Module and function, e.g. `FundsTransfer.push`: the name of spans, errors and metrics. */
  readonly name: string
  readonly method: "GET" | "POST" | "DELETE"
  /** The path as Visa documents it, with `{parameters}`. */
  readonly path: string
  readonly mle: MlePolicy
  readonly money: MoneyRole
  /** Whether it changes something else that Visa keeps, such as an alias: a repeat is not harmless. */
  readonly changes?: boolean | undefined
  readonly rail?: Rail | undefined
  /** Where to ask when the outcome is unknown. */
  readonly findOut: "status" | "query" | "none"
  /** The space of error codes that this API has for itself; see `spaces`. */
  readonly errorSpace?: ErrorSpace | undefined
  /** Checks a request and makes what goes out. Fails before anything is sent. */
  readonly encode: (request: Request) => Effect.Effect<Encoded, VisaError>
  /** Reads a reply of status 200; every other status is the transport's. */
  readonly decode: (reply: Reply) => Result.Result<A, Failure>
  /**
   * Strikes out of a refusal's body what it quotes from the request and no error may repeat. The body
   * of a reply of status 200 is not given to it.
   */
  readonly conceal?: ((body: unknown) => unknown) | undefined
  /**
   * For operations that read more than status 200: answers `undefined` for a status that is not
   * its own.
   */
  readonly decodeOther?: ((reply: Reply) => Result.Result<A, Failure> | undefined) | undefined
}

/** Fills `{name}` parameters of a path, each URI-encoded. */
export const fillPath = (path: string, parameters: { readonly [name: string]: string }): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""))
