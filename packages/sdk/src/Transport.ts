/**
 * One request to Visa: authenticated, correlated, encrypted, sent on the connection pool of a leased
 * generation of credentials, decrypted and classified.
 *
 * Each set of credentials has a pool of its own. Before the {@link CertificateStore} publishes a new
 * one, its pool is opened here, proves the set at Visa and opens as many connections as are in use.
 * The old pool is kept for a rollback, then closed when the last request that uses it has ended, and
 * broken when the drain deadline passes first.
 *
 * A call is one or more attempts, as the {@link RetryPolicy} of its class says: what moves money is
 * attempted again only when no money can have moved. Each attempt waits for its turn with the
 * {@link HostLimiter} and passes the {@link HostBreaker} before it leases credentials and encrypts.
 */
import { Clock, Config, Context, Duration, Effect, Layer, Option, Predicate, Result } from "effect"
import { CertificateStore } from "./CertificateStore.ts"
import type { Generation } from "./CertificateStore.ts"
import { Correlation } from "./Correlation.ts"
import type { CorrelationId } from "./Correlation.ts"
import { HostBreaker } from "./HostBreaker.ts"
import { HostLimiter } from "./HostLimiter.ts"
import type { Channel } from "./internal/channel.ts"
import * as Channels from "./internal/channels.ts"
import { classify, parseJson } from "./internal/classify.ts"
import type { WireReply } from "./internal/classify.ts"
import { proveCredentials, refusesCredentials } from "./internal/credentialProof.ts"
import { encodeRequest } from "./internal/encodeRequest.ts"
import { gateOf, isRefusal, open } from "./internal/gate.ts"
import type { Gate } from "./internal/gate.ts"
import { fenceClosed, networkFailure } from "./internal/networkFailure.ts"
import { observeRequest } from "./internal/observeRequest.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { count, duration, invalid } from "./internal/optionValues.ts"
import { personalTexts } from "./internal/personalTexts.ts"
import { isJsonObject } from "./internal/wire.ts"
import { withoutEcho } from "./internal/withoutEcho.ts"
import { Mle } from "./Mle.ts"
import { failure } from "./Operation.ts"
import type { Encoded, Failure, Operation } from "./Operation.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import { SendFence } from "./SendFence.ts"
import { Telemetry } from "./Telemetry.ts"
import { VisaError } from "./VisaError.ts"
import type { ErrorContext } from "./VisaError.ts"

/** Visa's environments and their hosts. Sources: Visa's OpenAPI exports and community pages. */
export const environments = {
  sandbox: "https://sandbox.api.visa.com",
  certification: "https://cert.api.visa.com",
  production: "https://api.visa.com",
} as const

export type Environment = keyof typeof environments

export interface Options {
  /** Defaults to `production`: forgetting it must not be the dangerous choice. */
  readonly environment?: Environment | undefined
  /** In place of the environment's host, for a proxy or a simulator. Must be `https`. */
  readonly baseUrl?: string | undefined
  /**
   * `off` sends every operation in clear inside TLS, for a sandbox project without MLE. It is refused
   * for every other environment.
   */
  readonly mle?: "required" | "off" | undefined
  /** Until TCP and TLS stand. Default: 10 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
  /**
   * How long Visa itself may take before it answers 202 (`X-Transaction-Timeout-MS`), at most 30
   * seconds. Default: 30 seconds.
   */
  readonly transactionTimeout?: Duration.Input | undefined
  /**
   * Until the reply's headers are here. It must be longer than `transactionTimeout`, so that a slow
   * payment comes back as a 202 with an id and not as silence. Default: 40 seconds.
   */
  readonly headersTimeout?: Duration.Input | undefined
  /** Between two pieces of the reply's body. Default: 10 seconds. */
  readonly bodyTimeout?: Duration.Input | undefined
  /** How long an idle connection is kept. Default: 4 seconds. */
  readonly keepAlive?: Duration.Input | undefined
  /** Connections of one generation. Default: 64. */
  readonly maxConnections?: number | undefined
  /** Bytes of one reply's body. Default: 1 MiB. */
  readonly maxResponseBytes?: number | undefined
  /** How long requests of a replaced generation may still run. Default: 60 seconds. */
  readonly drainDeadline?: Duration.Input | undefined
  /**
   * How long the connection pool of a replaced generation is kept, with its TLS sessions, so that a
   * rollback finds it ready. Default: 10 minutes.
   */
  readonly keepPrevious?: Duration.Input | undefined
}

/** What one call may set for itself. */
export interface CallOptions {
  /** In place of {@link Options.transactionTimeout}; 1 millisecond makes Visa's sandbox answer 202. */
  readonly transactionTimeout?: Duration.Input | undefined
  /** `none`: a single attempt, as with {@link RetryPolicy.once}. */
  readonly retry?: "none" | undefined
}

/** The facts of one exchange with Visa, for logs, audits and support. */
export interface Exchange {
  readonly operation: string
  readonly correlationId: CorrelationId
  readonly visaCorrelationId: string | undefined
  /** Counted from 1; what follows is of this attempt alone. */
  readonly attempt: number
  readonly httpStatus: number
  /** The generation of credentials that the request went out with. */
  readonly generation: number
  /** Whether body and reply were under message level encryption. */
  readonly encrypted: boolean
  /** Bytes of the bodies as they travelled. */
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly durationMillis: number
}

/** An answer together with the exchange that brought it. */
export interface Response<out A> {
  readonly value: A
  readonly exchange: Exchange
}

interface Settings {
  readonly baseUrl: URL
  readonly mle: "required" | "off"
  readonly environment: Environment
  readonly connectTimeout: Duration.Duration
  readonly transactionTimeout: Duration.Duration
  readonly headersTimeout: Duration.Duration
  readonly bodyTimeout: Duration.Duration
  readonly keepAlive: Duration.Duration
  readonly maxConnections: number
  readonly maxResponseBytes: number
  readonly drainDeadline: Duration.Duration
  readonly keepPrevious: Duration.Duration
}

const maxTransactionTimeout = Duration.seconds(30)

const parseBaseUrl = (text: string): Effect.Effect<URL, VisaError> =>
  Effect.suspend(() => {
    if (!URL.canParse(text)) {
      return invalid("baseUrl", "It is not a URL such as https://sandbox.api.visa.com.")
    }
    const url = new URL(text)
    if (url.protocol !== "https:")
      return Effect.fail(VisaError.of("InsecureEndpoint", { field: "baseUrl" }))
    if (url.username !== "" || url.password !== "") {
      return invalid("baseUrl", "It must not hold a user or a password: give them as credentials.")
    }
    if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
      return invalid("baseUrl", "It must end after host and port: the paths are Visa's.")
    }
    return Effect.succeed(url)
  })

const settingsOf = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<Settings, VisaError> {
  const environment = options.environment ?? "production"
  if (!Object.hasOwn(environments, environment)) {
    return yield* invalid("environment", "It must be sandbox, certification or production.")
  }
  const mle = options.mle ?? "required"
  if (mle === "off" && environment !== "sandbox") {
    return yield* invalid("mle", `MLE cannot be off in ${environment}: Visa demands it there.`)
  }
  const transactionTimeout = yield* duration(
    "transactionTimeout",
    options.transactionTimeout,
    "30 seconds",
  )
  if (Duration.isGreaterThan(transactionTimeout, maxTransactionTimeout)) {
    return yield* invalid("transactionTimeout", "Visa accepts at most 30 seconds.")
  }
  const headersTimeout = yield* duration("headersTimeout", options.headersTimeout, "40 seconds")
  if (!Duration.isGreaterThan(headersTimeout, transactionTimeout)) {
    return yield* invalid(
      "headersTimeout",
      "It must be longer than transactionTimeout: otherwise a slow payment ends as silence instead of a 202 with an id.",
    )
  }
  return {
    environment,
    mle,
    baseUrl: yield* parseBaseUrl(options.baseUrl ?? environments[environment]),
    transactionTimeout,
    headersTimeout,
    connectTimeout: yield* duration("connectTimeout", options.connectTimeout, "10 seconds"),
    bodyTimeout: yield* duration("bodyTimeout", options.bodyTimeout, "10 seconds"),
    keepAlive: yield* duration("keepAlive", options.keepAlive, "4 seconds"),
    drainDeadline: yield* duration("drainDeadline", options.drainDeadline, "60 seconds"),
    keepPrevious: yield* duration("keepPrevious", options.keepPrevious, "10 minutes"),
    maxConnections: yield* count("maxConnections", options.maxConnections, 64),
    maxResponseBytes: yield* count("maxResponseBytes", options.maxResponseBytes, 1_048_576),
  }
})

const fromConfig: Effect.Effect<Options, VisaError> = Config.all({
  environment: Config.option(
    Config.Literals(["sandbox", "certification", "production"], "VISA_DIRECT_ENVIRONMENT"),
  ),
  baseUrl: Config.option(Config.String("VISA_DIRECT_BASE_URL")),
  mle: Config.option(Config.Literals(["required", "off"], "VISA_DIRECT_MLE")),
  connectTimeout: Config.option(Config.Duration("VISA_DIRECT_CONNECT_TIMEOUT")),
  transactionTimeout: Config.option(Config.Duration("VISA_DIRECT_TRANSACTION_TIMEOUT")),
  headersTimeout: Config.option(Config.Duration("VISA_DIRECT_HEADERS_TIMEOUT")),
}).pipe(
  Effect.map(
    ({ baseUrl, connectTimeout, environment, headersTimeout, mle, transactionTimeout }) => ({
      environment: Option.getOrUndefined(environment),
      baseUrl: Option.getOrUndefined(baseUrl),
      mle: Option.getOrUndefined(mle),
      connectTimeout: Option.getOrUndefined(connectTimeout),
      transactionTimeout: Option.getOrUndefined(transactionTimeout),
      headersTimeout: Option.getOrUndefined(headersTimeout),
    }),
  ),
  Effect.mapError(optionInvalid),
)

/** What a way of sending brings back: the decrypted reply and what is worth knowing of the way. */
interface Delivery {
  readonly reply: WireReply
  readonly generation: number
  readonly encrypted: boolean
  readonly sentBytes: number
  readonly receivedBytes: number
}

type Send = (call: {
  readonly operation: Operation<never, unknown>
  readonly encoded: Encoded
  readonly correlationHeaders: Readonly<Record<string, string>>
  readonly options: CallOptions
}) => Effect.Effect<Delivery, Undelivered>

/** A failure on the way, with as much of the reply's head as was seen. */
class Undelivered {
  readonly failure: Failure
  readonly httpStatus: number | undefined
  readonly visaCorrelationId: string | undefined
  /** Of the credentials; absent when none was used. */
  generation: number | undefined
  constructor(
    failure: Failure,
    head?: { readonly httpStatus: number; readonly headers: WireReply["headers"] },
  ) {
    this.failure = failure
    this.httpStatus = head?.httpStatus
    this.visaCorrelationId = head === undefined ? undefined : visaCorrelationIdOf(head.headers)
  }
}

const visaCorrelationIdOf = (headers: WireReply["headers"]): string | undefined =>
  Option.getOrUndefined(Correlation.replyId(headers))

const toFailure = (error: VisaError): Failure => {
  const { _tag, row: _, ...fields } = error.reason
  return { tag: _tag, fields: { ...fields } }
}

/** Where calls go, and who wants to know that Visa refused the credentials of one. */
interface Route {
  readonly correlation: Correlation["Service"]
  readonly repeat: RetryPolicy["Service"]["repeat"]
  readonly send: Send
  /** Default: every call may go out. */
  readonly gate?: Gate | undefined
  readonly server?: URL | undefined
  readonly rejected?: ((generation: number) => Effect.Effect<void>) | undefined
}

/** Everything about a call that does not depend on how it is sent. */
const executeWith = ({
  correlation,
  gate = open,
  rejected,
  repeat,
  send,
  server,
}: Route): Transport["Service"]["execute"] => {
  const exchanged = Effect.fnUntraced(function* <Request, A>(
    operation: Operation<Request, A>,
    encoded: Encoded,
    options: CallOptions,
    correlationId: CorrelationId,
    context: ErrorContext,
    attempt: number,
  ): Effect.fn.Return<Response<A>, VisaError> {
    const startedAt = yield* Clock.currentTimeMillis
    const fail = Effect.fnUntraced(function* (
      reason: Failure,
      more: ErrorContext,
      generation: number | undefined,
    ) {
      const error = VisaError.of(reason.tag, reason.fields, { ...context, ...more })
      if (generation !== undefined && rejected !== undefined && refusesCredentials(reason.tag)) {
        yield* rejected(generation)
      }
      return yield* operation.money === "moves" && error.money === "Unknown"
        ? Effect.andThen(
            Effect.logWarning(`${operation.name}: the outcome is unknown, ${reason.tag}`),
            Effect.fail(error),
          )
        : Effect.fail(error)
    })

    const delivery = yield* Effect.catch(
      send({ operation, encoded, options, correlationHeaders: correlation.headers(correlationId) }),
      (undelivered) =>
        fail(
          undelivered.failure,
          {
            httpStatus: undelivered.httpStatus,
            visaCorrelationId: undelivered.visaCorrelationId,
          },
          undelivered.generation,
        ),
    )
    const { httpStatus, headers } = delivery.reply
    const visaCorrelationId = visaCorrelationIdOf(headers)
    const answer = classify(
      withoutEcho(operation, () => personalTexts(encoded)),
      delivery.reply,
    )
    const durationMillis = (yield* Clock.currentTimeMillis) - startedAt
    yield* Telemetry.annotate("request", {
      "http.response.status_code": httpStatus,
      "visa.response_correlation_id": visaCorrelationId,
      "visa.corridor": encoded.corridor,
      "visa.generation": delivery.generation,
      "visa.encrypted": delivery.encrypted,
    })
    yield* Effect.logDebug(
      `${operation.name}: HTTP ${httpStatus}, ${Result.isSuccess(answer) ? "success" : answer.failure.tag}`,
      { visaCorrelationId, durationMillis, attempt },
    )
    if (Result.isFailure(answer))
      return yield* fail(answer.failure, { httpStatus, visaCorrelationId }, delivery.generation)
    return {
      value: answer.success,
      exchange: {
        operation: operation.name,
        correlationId,
        visaCorrelationId,
        attempt,
        httpStatus,
        generation: delivery.generation,
        encrypted: delivery.encrypted,
        sentBytes: delivery.sentBytes,
        receivedBytes: delivery.receivedBytes,
        durationMillis,
      },
    }
  })

  const call = Effect.fnUntraced(function* <Request, A>(
    operation: Operation<Request, A>,
    request: Request,
    options: CallOptions,
    correlationId: CorrelationId,
  ): Effect.fn.Return<Response<A>, VisaError> {
    const observed = (attempt: number) => observeRequest(operation, { attempt, server })
    // Once for all attempts: what identifies a payment must not change between them.
    const encoded = yield* encodeRequest(operation, request).pipe(
      Effect.mapError((error) =>
        error.within({ operation: operation.name, money: operation.money, correlationId }),
      ),
      Effect.catch((error) => observed(1)(Effect.fail(error))),
    )
    return yield* repeat(operation, (attempt) => {
      const context: ErrorContext = {
        operation: operation.name,
        money: operation.money,
        rail: operation.rail,
        corridor: encoded.corridor,
        correlationId,
        clientTransactionId: encoded.clientTransactionId,
        attempt,
      }
      // Its time is that of the request alone: what it waited for its turn is measured apart.
      return observed(attempt)(
        exchanged(operation, encoded, options, correlationId, context, attempt),
      ).pipe(
        gate(operation),
        Effect.catchIf(isRefusal, (error) => observed(attempt)(Effect.fail(error.within(context)))),
      )
    })
  })

  return (operation, request, options = {}) =>
    Effect.flatMap(correlation.current, (current) =>
      Effect.flatMap(
        Option.match(current, { onNone: () => correlation.next, onSome: Effect.succeed }),
        (id) => {
          const running = Correlation.withId(id)(call(operation, request, options, id))
          return options.retry === "none" ? RetryPolicy.once(running) : running
        },
      ),
    )
}

/** What a transport is made of. */
export type Requirements =
  | CertificateStore
  | Mle
  | Correlation
  | RetryPolicy
  | HostLimiter
  | HostBreaker

const pathOf = ({ path, query }: Encoded): string =>
  query === undefined ? path : `${path}?${new URLSearchParams(query)}`

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Sends operations to Visa and brings back answers or {@link VisaError}s.
 *
 * Everything in `api/` goes through this service. Tests swap it for {@link Transport.layerTest}.
 */
export class Transport extends Context.Service<
  Transport,
  {
    /**
     * Runs one operation. Every failure is a {@link VisaError} whose `money` says what is known: only
     * what never left this process, or what Visa refused or declined, is `NotMoved`.
     */
    readonly execute: <Request, A>(
      operation: Operation<Request, A>,
      request: Request,
      options?: CallOptions,
    ) => Effect.Effect<Response<A>, VisaError>
  }
>()("effect-visa-direct/Transport") {
  static readonly make = Effect.fnUntraced(function* (options?: Options) {
    const settings = yield* settingsOf(options ?? {})
    const store = yield* CertificateStore
    const mle = yield* Mle
    const correlation = yield* Correlation
    const retryPolicy = yield* RetryPolicy
    // Outside of the sandbox every call would fail for it; say so before the first one.
    if (settings.environment !== "sandbox" && Option.isNone((yield* store.current).mle)) {
      return yield* VisaError.of("MleKeysMissing", { field: "mle" })
    }
    const channels = yield* Channels.make(store, settings)

    const sendOn = Effect.fnUntraced(function* (
      generation: Generation,
      channel: Channel,
      { correlationHeaders, encoded, operation, options }: Parameters<Send>[0],
    ): Effect.fn.Return<Delivery, Undelivered> {
      const encrypted = operation.mle !== "none" && settings.mle === "required"
      const plain =
        encoded.body === undefined ? undefined : encoder.encode(JSON.stringify(encoded.body))
      const headers: Record<string, string> = {
        ...correlationHeaders,
        accept: "application/json",
      }
      if (encoded.clientTransactionId !== undefined) {
        headers["x-client-transaction-id"] = encoded.clientTransactionId
      }
      if (operation.method === "POST" && operation.findOut === "status") {
        headers["x-transaction-timeout-ms"] = String(
          yield* transactionTimeoutMillis(settings, options),
        )
      }
      let body = plain
      if (encrypted) {
        if (Option.isNone(generation.mle)) {
          return yield* Effect.fail(new Undelivered(failure("MleKeysMissing")))
        }
        headers["keyid"] = generation.mle.value.keyId
        if (plain !== undefined) {
          const { encData } = yield* Effect.mapError(
            mle.encrypt(plain, generation),
            (error) => new Undelivered(toFailure(error)),
          )
          body = encoder.encode(`{"encData":"${encData}"}`)
        }
      }
      if (body !== undefined) headers["content-type"] = "application/json"
      const { body: received, ...head } = yield* Effect.mapError(
        channel.send({
          method: operation.method,
          path: pathOf(encoded),
          headers,
          body,
          mayLeave: operation.money === "moves" ? yield* SendFence.current : undefined,
        }),
        (failed) => new Undelivered(networkFailure(failed), failed.head),
      )
      const opened = yield* decrypted(
        generation,
        operation,
        head.httpStatus,
        received.toString(),
      ).pipe(Effect.mapError((reason) => new Undelivered(reason, head)))
      return {
        reply: { ...head, ...opened, encrypted, now: yield* Clock.currentTimeMillis },
        generation: generation.id,
        encrypted,
        sentBytes: body?.byteLength ?? 0,
        receivedBytes: received.byteLength,
      }
    })

    /**
     * Errors come both encrypted and in clear, so every body that has the shape is decrypted. An answer
     * of status 200 to an encrypted request in clear is not accepted.
     */
    const decrypted = (
      generation: Generation,
      operation: Operation<never, unknown>,
      httpStatus: number,
      body: string,
    ): Effect.Effect<Pick<WireReply, "text" | "protection">, Failure> => {
      const json = parseJson(body)
      const encData =
        json._tag === "Json" && isJsonObject(json.value) ? json.value["encData"] : undefined
      if (!Predicate.isString(encData)) {
        return operation.mle === "mandatory" &&
          settings.mle === "required" &&
          httpStatus === 200 &&
          json._tag === "Json"
          ? Effect.fail(failure("ResponseNotEncrypted"))
          : Effect.succeed({ text: body, protection: "clear" })
      }
      return mle.decrypt(encData, generation).pipe(
        Effect.map((bytes) => ({ text: decoder.decode(bytes), protection: "encrypted" as const })),
        // What a refusal says is in its status; that its text cannot be read does not change it.
        Effect.catch((error) =>
          httpStatus >= 400
            ? Effect.succeed({ text: "", protection: "unreadable" as const })
            : Effect.fail(toFailure(error)),
        ),
      )
    }

    const send: Send = Effect.fnUntraced(function* (call) {
      const generation = yield* store.lease
      const channel = yield* channels.of(generation)
      return yield* Effect.mapError(sendOn(generation, channel, call), (undelivered) => {
        undelivered.generation = generation.id
        return undelivered
      })
    }, Effect.scoped)

    yield* store.provedBy({
      prove: Effect.fnUntraced(function* (candidate, proof) {
        const encrypted = settings.mle === "required" && Option.isSome(candidate.mle)
        if (settings.environment !== "sandbox" && !encrypted) {
          return yield* VisaError.of("MleKeysMissing", { field: "mle" })
        }
        const channel = yield* channels.candidate(candidate)
        // Not through the gate: a set that is refused says nothing against the host.
        const execute = executeWith({
          correlation,
          repeat: retryPolicy.repeat,
          send: (call) => sendOn(candidate, channel, call),
          server: settings.baseUrl,
        })
        yield* proveCredentials(execute, proof, encrypted)
        yield* (
          channel
            .warm((yield* channels.connections) - channel.connections())
            // Who asks for no proof is in a hurry.
            .pipe(Effect.timeoutOption(proof === "none" ? "1 second" : settings.connectTimeout))
        )
      }),
    })

    return Transport.of({
      execute: executeWith({
        correlation,
        repeat: retryPolicy.repeat,
        send,
        gate: gateOf(settings.baseUrl.host, yield* HostLimiter, yield* HostBreaker),
        server: settings.baseUrl,
        rejected: store.rejected,
      }),
    })
  })

  static readonly layer = (options?: Options): Layer.Layer<Transport, VisaError, Requirements> =>
    Layer.effect(Transport, Transport.make(options))

  /**
   * Reads `VISA_DIRECT_ENVIRONMENT`, `VISA_DIRECT_BASE_URL`, `VISA_DIRECT_MLE`,
   * `VISA_DIRECT_TRANSACTION_TIMEOUT`, `VISA_DIRECT_HEADERS_TIMEOUT` and
   * `VISA_DIRECT_CONNECT_TIMEOUT`; what is absent has the defaults of {@link Options}.
   */
  static readonly layerConfig: Layer.Layer<Transport, VisaError, Requirements> = Layer.unwrap(
    Effect.map(fromConfig, Transport.layer),
  )

  /**
   * Answers operations from a function instead of Visa. Requests are encoded and replies classified
   * by the same code as in production; only encryption and the network are left out. Calls are repeated
   * only when there is a {@link RetryPolicy} in the context.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { Correlation, Transport, TransactionQuery } from "effect-visa-direct"
   *
   * const none = TransactionQuery.find({ acquiringBin: "408999", transactionIdentifier: "234234322342343" }).pipe(
   *   Effect.provide(TransactionQuery.layer),
   *   Effect.provide(Transport.layerTest(() => ({ status: 200, body: { errorMessage: "No transactions found" } }))),
   *   Effect.provide(Correlation.layerTest)
   * )
   * assert.deepStrictEqual(await Effect.runPromise(none), [])
   */
  static readonly layerTest = (
    answer: (call: TestCall) => TestReply | Effect.Effect<TestReply>,
  ): Layer.Layer<Transport, never, Correlation> =>
    Layer.effect(
      Transport,
      Effect.gen(function* () {
        const correlation = yield* Correlation
        const send: Send = Effect.fnUntraced(function* ({ operation, encoded }) {
          const mayLeave = yield* SendFence.current
          if (operation.money === "moves" && !mayLeave()) {
            return yield* Effect.fail(new Undelivered(fenceClosed))
          }
          const answered = answer({
            operation: operation.name,
            method: operation.method,
            path: encoded.path,
            query: encoded.query ?? {},
            body: encoded.body,
            clientTransactionId: encoded.clientTransactionId,
          })
          const { body, headers, status } = Effect.isEffect(answered) ? yield* answered : answered
          return {
            reply: {
              httpStatus: status,
              headers: headers ?? {},
              encrypted: operation.mle !== "none",
              text:
                body === undefined ? "" : Predicate.isString(body) ? body : JSON.stringify(body),
              now: yield* Clock.currentTimeMillis,
            },
            generation: 0,
            encrypted: false,
            sentBytes: 0,
            receivedBytes: 0,
          }
        })
        const retryPolicy = yield* Effect.serviceOption(RetryPolicy)
        const repeat = Option.match(retryPolicy, {
          onNone: (): RetryPolicy["Service"]["repeat"] => (_, attempt) => attempt(1),
          onSome: (service) => service.repeat,
        })
        return Transport.of({ execute: executeWith({ correlation, repeat, send }) })
      }),
    )
}

/** What a test sees of a request. */
export interface TestCall {
  readonly operation: string
  readonly method: "GET" | "POST" | "DELETE"
  readonly path: string
  readonly query: { readonly [name: string]: string }
  /** The JSON body in clear, as it would be encrypted. */
  readonly body: unknown
  readonly clientTransactionId: string | undefined
}

/** What a test answers: a string goes out as it is, everything else as JSON. */
export interface TestReply {
  readonly status: number
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly body?: unknown
}

const transactionTimeoutMillis = (
  settings: Settings,
  options: CallOptions,
): Effect.Effect<number, Undelivered> =>
  options.transactionTimeout === undefined
    ? Effect.succeed(Duration.toMillis(settings.transactionTimeout))
    : duration("transactionTimeout", options.transactionTimeout, settings.transactionTimeout).pipe(
        Effect.filterOrFail(
          (value) => !Duration.isGreaterThan(value, maxTransactionTimeout),
          () =>
            VisaError.of("OptionInvalid", {
              field: "transactionTimeout",
              detail: "Visa accepts at most 30 seconds.",
            }),
        ),
        Effect.map(Duration.toMillis),
        Effect.mapError((error) => new Undelivered(toFailure(error))),
      )
