/** One fetch of a key set over HTTP: bounded in size, without redirects, broken off when interrupted. */
import * as Undici from "@effect/platform-node/Undici"
import { Effect } from "effect"
import * as Tls from "node:tls"
import type { Tag } from "../VisaError.ts"
import { errorCode } from "./errorCode.ts"
import { parseRetryAfter } from "./retryAfter.ts"

export interface FetchOptions {
  readonly maxBytes: number
  /** PEM, beside the default ones. */
  readonly extraRoots: ReadonlyArray<string>
}

export interface Fetched {
  readonly body: string
  readonly httpStatus: number
  /** How long the answer says that it is fresh, `Age` subtracted; absent when it says nothing. */
  readonly maxAgeMillis: number | undefined
}

/** Why a fetch brought no key set. */
export interface FetchFailure {
  /** A label of `visa_direct_jwks_fetch_failures_total`. */
  readonly reason:
    | "unreachable"
    | "timeout"
    | "status"
    | "redirect"
    | "too_large"
    | "malformed"
    | "no_usable_key"
  readonly tag: Extract<Tag, "JwksUnavailable" | "JwksMalformed" | "JwksKeyNotFound">
  readonly detail: string
  readonly httpStatus?: number | undefined
  readonly retryAfterMillis?: number | undefined
}

const headerOf = (
  headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>,
  name: string,
): string | undefined => {
  const value = headers[name]
  return typeof value === "string" ? value : value?.[0]
}

/** RFC 9111. `no-store` and `no-cache` count as 0. */
const maxAgeOf = (
  cacheControl: string | undefined,
  age: string | undefined,
): number | undefined => {
  const directives = (cacheControl ?? "").toLowerCase().split(",")
  const names = directives.map((directive) => directive.trim())
  if (names.includes("no-store") || names.includes("no-cache")) return 0
  for (const name of names) {
    const seconds = /^max-age\s*=\s*"?(\d{1,10})"?$/.exec(name)?.[1]
    if (seconds === undefined) continue
    const spent = /^\d{1,10}$/.test(age?.trim() ?? "") ? Number(age) : 0
    return Math.max(0, Number(seconds) - spent) * 1_000
  }
  return undefined
}

/** Absent when it is larger than that; the rest of it is then not read. */
const read = async (body: AsyncIterable<Buffer>, maxBytes: number): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length).toString("utf8")
}

type Answer =
  | { readonly ok: true; readonly fetched: Fetched }
  | { readonly ok: false; readonly failure: FetchFailure }

const refused = (failure: FetchFailure): Answer => ({ ok: false, failure })

const ask = async (
  url: URL,
  dispatcher: Undici.Dispatcher,
  { maxBytes }: FetchOptions,
  now: number,
  signal: AbortSignal,
): Promise<Answer> => {
  const { body, headers, statusCode } = await Undici.request(url, {
    dispatcher,
    signal,
    method: "GET",
    headers: {
      accept: "application/jwk-set+json, application/json",
      // A compressed answer could be far larger than what arrives of it.
      "accept-encoding": "identity",
    },
  })
  const head = { httpStatus: statusCode }
  if (statusCode >= 300 && statusCode < 400) {
    return refused({
      ...head,
      reason: "redirect",
      tag: "JwksUnavailable",
      detail: `HTTP ${statusCode}: it redirects, which is not followed`,
    })
  }
  if (statusCode !== 200) {
    return refused({
      ...head,
      reason: "status",
      tag: "JwksUnavailable",
      detail: `HTTP ${statusCode}`,
      retryAfterMillis: parseRetryAfter(
        headerOf(headers, "retry-after"),
        headerOf(headers, "date"),
        now,
      ),
    })
  }
  const encoding = headerOf(headers, "content-encoding")
  if (encoding !== undefined && encoding !== "identity") {
    return refused({
      ...head,
      reason: "malformed",
      tag: "JwksMalformed",
      detail: "It is compressed, which was not asked for",
    })
  }
  const announced = Number(headerOf(headers, "content-length") ?? 0)
  const text = announced > maxBytes ? undefined : await read(body, maxBytes)
  if (text === undefined) {
    return refused({
      ...head,
      reason: "too_large",
      tag: "JwksMalformed",
      detail: `It is larger than ${maxBytes} bytes`,
    })
  }
  return {
    ok: true,
    fetched: {
      ...head,
      body: text,
      maxAgeMillis: maxAgeOf(headerOf(headers, "cache-control"), headerOf(headers, "age")),
    },
  }
}

/** For one fetch: it is made every few minutes, so there is no connection to keep. */
const connection = ({ extraRoots }: FetchOptions) =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new Undici.Agent({
          allowH2: false,
          // The caller's deadline holds for the whole.
          headersTimeout: 0,
          bodyTimeout: 0,
          connect: {
            // Setting `ca` replaces Node's roots, so the default ones are named again.
            ca: [...Tls.getCACertificates("default"), ...extraRoots],
            minVersion: "TLSv1.2",
            timeout: 0,
          },
        }),
    ),
    (agent) => Effect.promise(() => agent.destroy()),
  )

export const fetchKeySet = Effect.fnUntraced(function* (
  url: URL,
  options: FetchOptions,
  now: number,
): Effect.fn.Return<Fetched, FetchFailure> {
  const answer = yield* Effect.scoped(
    Effect.flatMap(connection(options), (agent) =>
      Effect.tryPromise({
        try: (signal) => ask(url, agent, options, now, signal),
        catch: (cause): FetchFailure => ({
          reason: "unreachable",
          tag: "JwksUnavailable",
          detail: errorCode(cause) || "The connection broke",
        }),
      }),
    ),
  )
  return answer.ok ? answer.fetched : yield* Effect.fail(answer.failure)
})
