/** Options of the key set, checked. */
import { Config, Duration, Effect, Option } from "effect"
import { X509Certificate } from "node:crypto"
import { VisaError } from "../VisaError.ts"
import type { BreakerOptions } from "./breakerOptions.ts"
import { optionInvalid } from "./optionInvalid.ts"
import { count, duration, invalid } from "./optionValues.ts"

/** Where a key set comes from, and how long it may be used. */
export interface JwksOptions {
  /**
   * Where the key set is, nearest first: when one cannot be used the next one is asked. `https`, without
   * user, password or fragment.
   */
  readonly urls: string | ReadonlyArray<string>
  /** The key to encrypt for. Default: the first usable one of the set. */
  readonly keyId?: string | undefined
  /** How long a set is fresh when its answer has no `Cache-Control`. Default: 10 minutes. */
  readonly timeToLive?: Duration.Input | undefined
  /** Since the last fetch: how long a set may be used while no new one can be had. Default: 24 hours. */
  readonly hardAge?: Duration.Input | undefined
  /** How long one endpoint may take for its whole answer. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /**
   * For a `kid` that the set does not have, the endpoint is asked again, unless it was within this time.
   * Default: 30 seconds.
   */
  readonly cooldown?: Duration.Input | undefined
  /** How long a `kid` that was asked for in vain is not asked for again. Default: 5 minutes. */
  readonly negativeTimeToLive?: Duration.Input | undefined
  /** Bytes of one answer. Default: 256 KiB. */
  readonly maxBytes?: number | undefined
  /** Roots of the endpoints' certificates (PEM), beside the public ones and those of the credentials. */
  readonly roots?: string | ReadonlyArray<string> | undefined
  /** As of `Breaker`: 3 failures, 60 seconds, unless it says otherwise. */
  readonly breaker?: BreakerOptions | undefined
  /** Defaults to `production`. */
  readonly environment?: "sandbox" | "certification" | "production" | undefined
  /** Lets `http` pass in the sandbox, to this machine only. Default: no. */
  readonly allowLoopbackHttp?: boolean | undefined
}

export interface JwksEndpoint {
  readonly url: URL
  /** Without its query: what breaker, log and errors call it. */
  readonly name: string
}

export interface JwksSettings {
  readonly endpoints: ReadonlyArray<JwksEndpoint>
  readonly keyId: string | undefined
  readonly timeToLive: number
  readonly hardAge: number
  readonly timeout: Duration.Duration
  readonly cooldown: number
  readonly negativeTimeToLive: number
  readonly maxBytes: number
  readonly roots: ReadonlyArray<string>
  readonly breaker: BreakerOptions
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

const endpointOf = (
  text: string,
  { allowLoopbackHttp, environment }: JwksOptions,
): Effect.Effect<JwksEndpoint, VisaError> => {
  if (!URL.canParse(text)) return invalid("jwks.urls", "One is not a URL.")
  const url = new URL(text)
  const here = allowLoopbackHttp === true && loopback.has(url.hostname)
  if (here && environment !== "sandbox") {
    return invalid("jwks.allowLoopbackHttp", "It is for the sandbox only.")
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && here)) {
    return Effect.fail(VisaError.of("InsecureEndpoint", { field: "jwks.urls" }))
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    return invalid("jwks.urls", "One has a user, a password or a fragment.")
  }
  return Effect.succeed({ url, name: `${url.origin}${url.pathname}` })
}

const listOf = (input: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  input === undefined ? [] : typeof input === "string" ? [input] : input

const isCertificate = (pem: string): boolean => {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}

const millis = (
  field: keyof JwksOptions,
  input: Duration.Input | undefined,
  fallback: Duration.Input,
) => Effect.map(duration(`jwks.${field}`, input, fallback), Duration.toMillis)

export const settingsOf = Effect.fnUntraced(function* (
  options: JwksOptions,
): Effect.fn.Return<JwksSettings, VisaError> {
  const endpoints = yield* Effect.forEach(listOf(options.urls), (url) => endpointOf(url, options))
  if (endpoints.length === 0) return yield* invalid("jwks.urls", "Give at least one URL.")
  if (new Set(endpoints.map(({ name }) => name)).size < endpoints.length) {
    return yield* invalid("jwks.urls", "Two are the same but for their query.")
  }
  const roots = listOf(options.roots)
  if (!roots.every(isCertificate)) {
    return yield* invalid("jwks.roots", "One is not a certificate in PEM.")
  }
  const timeToLive = yield* millis("timeToLive", options.timeToLive, "10 minutes")
  const hardAge = yield* millis("hardAge", options.hardAge, "24 hours")
  if (hardAge < timeToLive) {
    return yield* invalid("jwks.hardAge", "It must not be shorter than timeToLive.")
  }
  return {
    endpoints,
    keyId: options.keyId,
    timeToLive,
    hardAge,
    timeout: yield* duration("jwks.timeout", options.timeout, "10 seconds"),
    cooldown: yield* millis("cooldown", options.cooldown, "30 seconds"),
    negativeTimeToLive: yield* millis(
      "negativeTimeToLive",
      options.negativeTimeToLive,
      "5 minutes",
    ),
    maxBytes: yield* count("jwks.maxBytes", options.maxBytes, 262_144),
    roots,
    breaker: options.breaker ?? {},
  }
})

/** Absent without `VISA_DIRECT_JWKS_URLS`. */
export const jwksFromConfig: Effect.Effect<Option.Option<JwksOptions>, VisaError> = Config.all({
  urls: Config.option(Config.String("VISA_DIRECT_JWKS_URLS")),
  keyId: Config.option(Config.String("VISA_DIRECT_JWKS_KEY_ID")),
  timeToLive: Config.option(Config.Duration("VISA_DIRECT_JWKS_TTL")),
  hardAge: Config.option(Config.Duration("VISA_DIRECT_JWKS_HARD_AGE")),
  timeout: Config.option(Config.Duration("VISA_DIRECT_JWKS_TIMEOUT")),
  cooldown: Config.option(Config.Duration("VISA_DIRECT_JWKS_COOLDOWN")),
  maxFailures: Config.option(Config.Int("VISA_DIRECT_JWKS_MAX_FAILURES")),
  openDuration: Config.option(Config.Duration("VISA_DIRECT_JWKS_OPEN_DURATION")),
  environment: Config.option(
    Config.Literals(["sandbox", "certification", "production"], "VISA_DIRECT_ENVIRONMENT"),
  ),
  allowLoopbackHttp: Config.option(Config.Boolean("VISA_DIRECT_JWKS_ALLOW_LOOPBACK_HTTP")),
}).pipe(
  Effect.mapError(optionInvalid),
  Effect.map(({ maxFailures, openDuration, urls, ...rest }) =>
    Option.map(urls, (list) => ({
      urls: list.split(",").map((url) => url.trim()),
      keyId: Option.getOrUndefined(rest.keyId),
      timeToLive: Option.getOrUndefined(rest.timeToLive),
      hardAge: Option.getOrUndefined(rest.hardAge),
      timeout: Option.getOrUndefined(rest.timeout),
      cooldown: Option.getOrUndefined(rest.cooldown),
      breaker: {
        maxFailures: Option.getOrUndefined(maxFailures),
        openDuration: Option.getOrUndefined(openDuration),
      },
      environment: Option.getOrUndefined(rest.environment),
      allowLoopbackHttp: Option.getOrUndefined(rest.allowLoopbackHttp),
    })),
  ),
)
