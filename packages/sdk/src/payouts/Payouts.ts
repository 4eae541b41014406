/**
 * Pays, once, whatever happens.
 *
 * `execute` takes a {@link Payout} and ends in one of four ways: it is `Settled`, `PayoutDeclined`,
 * `PayoutRefused`, or `PayoutUnknown`. In between, guards hold what it needs, the rules of the program
 * and of compliance are asked, identities are made and stored, and the payment is claimed before it is
 * sent. A process may die at any of these moments: with a durable engine the next one goes on, and asks
 * Visa about what may have been sent.
 *
 * The engine comes from the context: `WorkflowEngine.layerMemory` for scripts and tests
 * ({@link Payouts.layerMemory}), one that keeps its workflows in a database for everything else (see
 * `effect-visa-direct/payouts/Engine`).
 */
import { Clock, Context, Duration, Effect, Exit, Layer, Option, Predicate, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { WorkflowEngine } from "effect/workflow"
import { AliasDirectory } from "../api/AliasDirectory.ts"
import { CardAttributes } from "../api/CardAttributes.ts"
import { CardValidation } from "../api/CardValidation.ts"
import { FundsTransfer } from "../api/FundsTransfer.ts"
import { Outcome } from "../api/Outcome.ts"
import type { TransactionQuery } from "../api/TransactionQuery.ts"
import type { OutcomeOptions } from "../api/Outcome.ts"
import { streamWith } from "../internal/bulk.ts"
import type { BulkOptions, BulkResult } from "../internal/bulk.ts"
import { makeChanges } from "../internal/changes.ts"
import { makeClaimKeeper } from "../internal/claimKeeper.ts"
import { makeMemoryStore } from "../internal/claimStoreMemory.ts"
import { Executions } from "../internal/executions.ts"
import { memoryExecutions } from "../internal/executionsMemory.ts"
import { guarded } from "../internal/guarded.ts"
import { inItsTurn, inPlace, recalling } from "../internal/inPlace.ts"
import { duration } from "../internal/optionValues.ts"
import { makeCheck } from "../internal/payoutCheck.ts"
import { openPayout, sealPayout } from "../internal/payoutCodec.ts"
import { memoryEngine } from "../internal/memoryEngine.ts"
import { namespaceOf, stepNames } from "../internal/moneyStep.ts"
import { makePreflight } from "../internal/preflight.ts"
import { onEngine, SagaRun } from "../internal/sagaRun.ts"
import { saga, statusOf } from "../internal/saga.ts"
import type { Accepted } from "../internal/saga.ts"
import type { SagaEnv } from "../internal/sagaEnv.ts"
import { storeUnavailable } from "../internal/storeFailure.ts"
import { executionIdOf } from "../internal/wake.ts"
import { Telemetry } from "../Telemetry.ts"
import { TransactionIdentity } from "../TransactionIdentity.ts"
import { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import { Compliance } from "./Compliance.ts"
import { Fingerprint } from "./Fingerprint.ts"
import type { Prints } from "./Fingerprint.ts"
import { FundingGuard } from "./FundingGuard.ts"
import { Ledger } from "./Ledger.ts"
import { LedgerGuard } from "./LedgerGuard.ts"
import type { Originator } from "./Originator.ts"
import { countriesOf, railOf } from "./Payout.ts"
import type { Payout } from "./Payout.ts"
import { PayoutEvents } from "./PayoutEvents.ts"
import type { PayoutEvent } from "./PayoutEvents.ts"
import { attested, PayoutRefused, PayoutUnknown } from "./PayoutResult.ts"
import type { PayoutDeclined, Settled } from "./PayoutResult.ts"
import { PayoutVault } from "./PayoutVault.ts"
import { PayoutWorkflow } from "./PayoutWorkflow.ts"
import type { Ending } from "./PayoutWorkflow.ts"
import { Policy } from "./Policy.ts"
import { Quotes } from "./Quotes.ts"
import { ReceiptGuard } from "./ReceiptGuard.ts"
import { WorkList } from "./WorkList.ts"

export type { BulkOptions, BulkResult } from "../internal/bulk.ts"

/** A payout that has begun and has no end yet. */
export interface InProgress {
  readonly _tag: "InProgress"
  readonly payout: string
}

/** What is known of a payout. */
export type PayoutState = Settled | PayoutDeclined | PayoutRefused | PayoutUnknown | InProgress

export interface PayoutsOptions {
  /** The party for which Visa moves the money. */
  readonly originator: Originator
  /**
   * Who this process is, for claims: a name that no other running process has. With one that is the
   * same after a restart, the process goes on at once with what it had begun; otherwise when the lease
   * is over. A random one when absent.
   */
  readonly owner?: string | undefined
  /** How long a claim outlives a process that died. Default: 20 seconds. */
  readonly lease?: Duration.Input | undefined
  /**
   * How to ask Visa about a lost answer while somebody waits, before the payout goes to the work list.
   * Its deadline is 30 seconds when absent.
   */
  readonly asking?: OutcomeOptions | undefined
  /** The pauses before what could not be sent is tried again. Default: 1, 5 and 30 seconds. */
  readonly patience?: ReadonlyArray<Duration.Input> | undefined
  /**
   * Whether Visa is asked about a card before it is paid; one that cannot receive is refused. Default:
   * no, because the issuer decides anyway.
   */
  readonly inspectCards?: boolean | undefined
  /**
   * Whether the issuer is asked about the account of a card before it is paid, by a payment account
   * validation (PAV): a card that it declines is refused, and so is one about which no answer comes.
   * Default: no, because that is one more call for each payout.
   */
  readonly validateCards?: boolean | undefined
  /**
   * How often a payout to an account or wallet that Visa does not find may be sent again under its
   * reference. Default: 0, because nothing published says that Visa recognises the repeat; such a payout
   * stays on the work list.
   */
  readonly accountResends?: number | undefined
}

const defaultPatience = ["1 second", "5 seconds", "30 seconds"] as const

/** How long a caller waits between two looks at the work list, for news of other processes. */
const lookPauses = [1, 2, 5, 10].map(Duration.seconds)

/** For how long payouts that are under way are given to end when the process does: as Effect's cluster. */
const grace = Duration.seconds(15)

/**
 * The claims of the steps of a payout go with its workflow: they say who may run a step, and when the
 * payout has ended the engine answers everybody itself.
 */
const engineInMemory: Layer.Layer<WorkflowEngine.WorkflowEngine | Executions | Claims> =
  Layer.unwrap(
    Effect.sync(() => {
      const claims = makeMemoryStore()
      const forgetClaims = (key: string) => {
        for (const step of stepNames) claims.forget({ namespace: namespaceOf(step), key })
      }
      const { executions, forget, notHere } = memoryExecutions(forgetClaims)
      const onEnd = (payload: unknown) => {
        if (!Predicate.hasProperty(payload, "key") || !Predicate.isString(payload.key)) return
        forget(executionIdOf(payload.key))
        forgetClaims(payload.key)
      }
      return Layer.mergeAll(
        memoryEngine({ beforeNews: notHere, onEnd }),
        Layer.succeed(Executions, executions),
        Claims.layerStore(claims),
      )
    }),
  )

const conflict = (key: string): Effect.Effect<never, PayoutRefused> =>
  Effect.fail(
    VisaError.of("IdempotencyConflict", {
      field: "key",
      detail: `The key ${key} stands for another payout`,
    }),
  ).pipe(
    guarded("idempotency"),
    Effect.mapError((error) => PayoutRefused.of(key, "key", error)),
  )

const optional = <I, S>(service: Context.Key<I, S>) =>
  Effect.map(Effect.serviceOption(service), Option.getOrUndefined)

const make = Effect.fnUntraced(function* (options: PayoutsOptions) {
  const engine = yield* WorkflowEngine.WorkflowEngine
  const claims = yield* Claims
  const fingerprints = yield* Fingerprint
  const vault = yield* PayoutVault
  const events = yield* PayoutEvents
  const workList = yield* WorkList
  const random = yield* SecureRandom.SecureRandom

  const { originator } = options
  const lease = yield* duration("lease", options.lease, "20 seconds")
  const patience = yield* Effect.forEach(options.patience ?? defaultPatience, (pause, index) =>
    duration(`patience[${index}]`, pause, pause),
  )
  const check = yield* makeCheck(originator)
  const identities = yield* TransactionIdentity
  const guards = {
    ledger: yield* optional(LedgerGuard),
    funding: yield* optional(FundingGuard),
    receipt: yield* optional(ReceiptGuard),
  }
  const quotes = yield* optional(Quotes)
  const changes = makeChanges()

  const env: SagaEnv = {
    originator,
    claims,
    keeper: yield* makeClaimKeeper(claims, lease),
    owner: options.owner ?? (yield* random.uuidV4()),
    lease,
    vault,
    identities,
    outcome: yield* Outcome,
    transfers: yield* FundsTransfer,
    events,
    workList,
    guards,
    quotes,
    preflight: makePreflight({
      originator,
      guards,
      policy: yield* optional(Policy),
      compliance: yield* optional(Compliance),
      quotes,
      events,
      vault,
      aliases: yield* AliasDirectory,
      attributes: yield* CardAttributes,
      identities,
      validation: yield* CardValidation,
      inspectCards: options.inspectCards ?? false,
      validateCards: options.validateCards ?? false,
    }),
    asking: { deadline: "30 seconds", ...options.asking },
    accountResends: options.accountResends ?? 0,
    patience,
    onUnknown: changes.notify,
  }

  const executions = yield* optional(Executions)
  const run = saga(env)
  const here =
    executions === undefined
      ? undefined
      : yield* inPlace(
          engine,
          executions,
          (accepted, executionId, payout) => run(accepted, executionId, Effect.succeed(payout)),
          grace,
        )

  yield* engine.register(
    PayoutWorkflow,
    Effect.fnUntraced(function* (accepted, executionId) {
      // It can come due while it still runs here: when the database was away for as long as a lease.
      if (here !== undefined) yield* here.notHere(executionId)
      const known = executions?.recall(executionId)
      const open =
        known === undefined
          ? openPayout(vault, accepted.key, accepted.sealed)
          : Effect.succeed(known.payout)
      const sagaRun = yield* known === undefined ? onEngine : recalling(known.steps)
      return yield* Effect.provideService(run(accepted, executionId, open), SagaRun, sagaRun)
    }),
  )

  const unknown = (
    payout: string,
  ): Effect.Effect<Option.Option<readonly [PayoutUnknown, string]>, VisaError> =>
    Effect.map(
      workList.find(payout),
      Option.map(({ fingerprint, reason, since, step }) => [
        PayoutUnknown.of(payout, step, since, reason),
        fingerprint,
      ]),
    )

  /**
   * Ends when the payout is on the work list.
   *
   * @param isNews whether to look at once: what is there already, was known to who asks again
   */
  const becomesUnknown = Effect.fnUntraced(function* (payout: string, isNews: boolean) {
    for (let look = 0; ; look++) {
      if (!isNews || look > 0) {
        yield* changes.wait(payout, lookPauses[Math.min(look, lookPauses.length - 1)] ?? lease)
      }
      const found = yield* Effect.orElseSucceed(unknown(payout), Option.none)
      if (Option.isSome(found)) return found.value
    }
  })

  const executeAccepted = (accepted: Accepted, payout: Payout) => {
    const executionId = executionIdOf(accepted.key)
    const onEngineNow = (hasJustLeft: boolean) =>
      Effect.raceFirst(
        engine
          .execute(PayoutWorkflow, { executionId, payload: accepted })
          // As `PayoutWorkflow.execute` has it: the engine notes its own things on the span that is open.
          .pipe(
            Effect.withSpan(`${PayoutWorkflow._tag}.execute`, {}, { captureStackTrace: false }),
          ),
        becomesUnknown(accepted.key, hasJustLeft),
      )
    if (here === undefined) return onEngineNow(false)
    return Effect.flatMap(here.execute(executionId, accepted, payout), (found) =>
      found === "left" || found === "elsewhere"
        ? onEngineNow(found === "left")
        : Effect.succeed(found),
    )
  }

  const endingOf = Effect.fnUntraced(function* (
    executionId: string,
  ): Effect.fn.Return<Option.Option<Ending>, VisaError> {
    const kept = executions === undefined ? Option.none() : yield* executions.find(executionId)
    if (Option.isSome(kept)) return kept
    const found = yield* engine.poll(PayoutWorkflow, executionId).pipe(
      // What the cluster dies of when its database does not answer.
      Effect.catchDefect((defect) =>
        Predicate.isTagged(defect, "PersistenceError")
          ? storeUnavailable("The engine's database")(defect)
          : Effect.die(defect),
      ),
    )
    return Option.isSome(found) && found.value._tag === "Complete"
      ? Option.some(yield* found.value.exit)
      : Option.none()
  })

  const endOf = (
    key: string,
    prints: Prints,
    { fingerprint, result }: Ending,
  ): Effect.Effect<Settled, PayoutDeclined | PayoutRefused> => {
    if (!prints.includes(fingerprint)) return conflict(key)
    return result._tag === "Settled" ? Effect.succeed(result) : Effect.fail(attested(result))
  }

  const execute = Effect.fnUntraced(function* (
    payout: Payout,
  ): Effect.fn.Return<Settled, PayoutDeclined | PayoutUnknown | PayoutRefused> {
    const { key, parts } = payout
    const refused = (error: VisaError) => PayoutRefused.of(key, "request", error)
    yield* check(payout).pipe(guarded("request"), Effect.mapError(refused))
    const sealing = executions?.storesPayouts === false ? undefined : vault
    const sealed = yield* Effect.mapError(sealPayout(sealing, payout), refused)
    const prints = yield* Effect.mapError(fingerprints.take(parts), refused)
    const acceptedAt = yield* Clock.currentTimeMillis
    const accepted = { key, fingerprint: prints[0], sealed, acceptedAt }
    const found = yield* executeAccepted(accepted, payout)
    if ("fingerprint" in found) return yield* endOf(key, prints, found)
    const [error, fingerprint] = found
    if (!prints.includes(fingerprint)) return yield* conflict(key)
    yield* Telemetry.payouts.increment({ status: statusOf.PayoutUnknown })
    return yield* error
  })

  const observed: Payouts["Service"]["execute"] = (payout) => {
    const { corridor, destination } = payout.parts
    const { from, to } = countriesOf(corridor)
    return inItsTurn(execute(payout)).pipe(
      Telemetry.span(
        "payout",
        {
          "visa.payout.id": payout.key,
          "visa.rail": railOf(destination),
          "visa.corridor": `${from}-${to}`,
        },
        (exit: Exit.Exit<Settled, PayoutDeclined | PayoutUnknown | PayoutRefused>) => ({
          "visa.payout.status": Exit.isSuccess(exit)
            ? statusOf.Settled
            : Option.getOrUndefined(
                Option.map(Exit.findErrorOption(exit), ({ _tag }) => statusOf[_tag]),
              ),
        }),
      ),
    )
  }

  return Payouts.of({
    execute: observed,
    stream: streamWith(observed, claims, random),
    poll: Effect.fnUntraced(function* (payout) {
      const ending = yield* endingOf(executionIdOf(payout))
      if (Option.isSome(ending)) {
        const { result } = ending.value
        return Option.some(result._tag === "Settled" ? result : attested(result))
      }
      const open = yield* unknown(payout)
      if (Option.isSome(open)) return Option.some(open.value[0])
      const trail = yield* events.trail(payout)
      return trail.length === 0
        ? Option.none()
        : Option.some({ _tag: "InProgress", payout } as const)
    }),
    events: events.stream,
  })
})

/** What {@link Payouts.layer} needs beside the engine. */
export type Requirements =
  | WorkflowEngine.WorkflowEngine
  | Claims
  | Fingerprint
  | PayoutVault
  | PayoutEvents
  | WorkList
  | VisaServices

/** What of Visa payouts need: all of it is in `VisaDirect.layer`. */
export type VisaServices =
  | AliasDirectory
  | CardAttributes
  | CardValidation
  | FundsTransfer
  | Outcome
  | TransactionIdentity
  | TransactionQuery

/**
 * Makes payouts.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import {
 *   AcquiringBin, Country, Ledger, Money, Pan, Payout, Payouts, VisaDirectTest
 * } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const us = yield* Country.of("US")
 *   const ledger = yield* Ledger
 *   yield* ledger.deposit({
 *     entry: "wire 1",
 *     account: "payouts-usd",
 *     amount: yield* Money.of("1000.00", "USD")
 *   })
 *   const payout = Payout.make("INVOICE-77").pipe(
 *     Payout.amount(yield* Money.of("124.05", "USD")),
 *     Payout.from(Payout.ledger("payouts-usd")),
 *     Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
 *     Payout.corridor(Payout.domestic(us)),
 *     Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
 *     Payout.sender({
 *       companyName: "Acme Inc.",
 *       address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" }
 *     })
 *   )
 *   const settled = yield* Payouts.execute(payout)
 *   // Executed again it joins the first execution: nothing more is paid.
 *   assert.deepStrictEqual(yield* Payouts.execute(payout), settled)
 *   return settled.actionCode
 * })
 *
 * const payouts = Layer.unwrap(Effect.gen(function* () {
 *   const country = yield* Country.of("US")
 *   return Payouts.layerMemory({
 *     originator: {
 *       acquiringBin: yield* AcquiringBin.make("408999"),
 *       country,
 *       cardAcceptor: {
 *         name: "Acme Payouts",
 *         idCode: "ACME-01",
 *         terminalId: "TID-9999",
 *         address: { country, state: "CA", county: "San Mateo", zipCode: "94404" }
 *       }
 *     }
 *   })
 * }))
 * const live = payouts.pipe(Layer.provideMerge(VisaDirectTest.layer))
 * assert.strictEqual(await Effect.runPromise(program.pipe(Effect.provide(live))), "00")
 */
export class Payouts extends Context.Service<
  Payouts,
  {
    /**
     * Pays, and says how it ended. To execute a payout again under its key joins the first execution,
     * and pays nothing more; another payout under the key of an earlier one is `PayoutRefused` with
     * `IdempotencyConflict`. Who is interrupted while it runs waits no longer, and the payout goes on: ask
     * `poll`, or execute it again.
     */
    readonly execute: (
      payout: Payout,
    ) => Effect.Effect<Settled, PayoutDeclined | PayoutUnknown | PayoutRefused>
    /**
     * Executes many payouts: any stream of them, as fast as the bounds allow, in constant memory. It is
     * read only as fast as payouts end, so a file or a query of any length will do. What ends in whatever
     * way comes out as a {@link BulkResult}: a declined payout does not stop the others.
     *
     * Payouts have keys, so a stream can be begun again from its start: what was paid is not paid again.
     * With a `run` it goes on from where it stopped, without executing what is behind. Fails with what the
     * stream of payouts fails with, and with a `VisaError` where a `run` cannot be begun or its progress
     * cannot be recorded.
     */
    readonly stream: <E, R>(
      payouts: Stream.Stream<Payout, E, R>,
      options?: BulkOptions,
    ) => Stream.Stream<BulkResult, E | VisaError, R>
    /** What is known of a payout; nothing where no payout has that key. */
    readonly poll: (key: string) => Effect.Effect<Option.Option<PayoutState>, VisaError>
    /** What has happened to a payout, and what happens, until it ends. */
    readonly events: (key: string) => Stream.Stream<PayoutEvent, VisaError>
  }
>()("effect-visa-direct/Payouts") {
  static readonly make = make

  /**
   * Payouts on the engine and the stores of the context, behind its guards: a payout out of a ledger needs
   * `LedgerGuard` there, one that is funded from a card `FundingGuard`, one with a receipt `ReceiptGuard`,
   * and is refused without it. A `Policy` is asked if there is one; where it demands screening or a rate,
   * `Compliance` and `Quotes` have to be there. Fails with `OptionInvalid` for an option that cannot be
   * worked with.
   */
  static readonly layer = (
    options: PayoutsOptions,
  ): Layer.Layer<Payouts, VisaError, Requirements> =>
    Layer.effect(Payouts, make(options)).pipe(Layer.provide(SecureRandom.layerWebCrypto))

  /**
   * Payouts that live and die with this process: for scripts and tests. A payout that is interrupted by
   * its end is lost, and with it the knowledge of what was sent. What payouts are paid out of is
   * deposited in the `Ledger` first.
   */
  static readonly layerMemory = (
    options: PayoutsOptions,
  ): Layer.Layer<
    Payouts | Ledger | LedgerGuard | FundingGuard | Exclude<Requirements, VisaServices>,
    VisaError,
    VisaServices
  > =>
    Layer.merge(Payouts.layer(options), WorkList.layerResolver()).pipe(
      Layer.provideMerge(Layer.merge(LedgerGuard.layer, FundingGuard.layer())),
      Layer.provideMerge(
        Layer.mergeAll(
          engineInMemory,
          Fingerprint.layerEphemeral,
          PayoutVault.layerEphemeral,
          PayoutEvents.layerMemory(),
          WorkList.layerMemory,
          Ledger.layerMemory,
        ),
      ),
    )

  static readonly execute = (
    payout: Payout,
  ): Effect.Effect<Settled, PayoutDeclined | PayoutUnknown | PayoutRefused, Payouts> =>
    Payouts.use((service) => service.execute(payout))

  static readonly stream = <E, R>(
    payouts: Stream.Stream<Payout, E, R>,
    options?: BulkOptions,
  ): Stream.Stream<BulkResult, E | VisaError, R | Payouts> =>
    Stream.unwrap(Payouts.useSync((service) => service.stream(payouts, options)))

  static readonly poll = (
    key: string,
  ): Effect.Effect<Option.Option<PayoutState>, VisaError, Payouts> =>
    Payouts.use((service) => service.poll(key))

  static readonly events = (key: string): Stream.Stream<PayoutEvent, VisaError, Payouts> =>
    Stream.unwrap(Payouts.useSync((service) => service.events(key)))
}
