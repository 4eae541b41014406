/**
 * Payouts that survive: engines that keep their workflows in a database.
 *
 * | layer | for | what it needs |
 * |---|---|---|
 * | `Payouts.layerMemory` | scripts and tests | nothing; a payout dies with its process |
 * | {@link layerEmbedded} | one process | a folder |
 * | {@link layerPostgres} | one process at a time | a PostgreSQL server |
 * | {@link layerSql} | one process at a time | a database that is there already |
 * | {@link layerCluster} | any number of machines | a PostgreSQL server, and a port between them |
 *
 * All of them keep claims, balances, events, the work list and the workflows in the same database, and
 * take the same options. A payout's personal data lie there sealed: the keys of the vault and of the
 * fingerprints come from the options or from `VISA_DIRECT_VAULT_KEY` and `VISA_DIRECT_FINGERPRINT_KEY`,
 * and have to be the same for every process and after every restart. Trace numbers are drawn from the
 * database, so that no two payments have the same, however often processes start.
 *
 * This module is not part of the package's main entry, because the packages that it needs are optional:
 * import it from `effect-visa-direct/payouts/Engine`, beside `@effect/sql-pg`, and for the embedded
 * database `@electric-sql/pglite` and `@electric-sql/pglite-socket`.
 *
 * @example no-run
 * import { Effect, Layer } from "effect"
 * import { Payouts, VisaDirect } from "effect-visa-direct"
 * import type { Originator, Payout } from "effect-visa-direct"
 * import * as Engine from "effect-visa-direct/payouts/Engine"
 *
 * const pay = (payout: Payout, originator: Originator) =>
 *   Payouts.execute(payout).pipe(
 *     Effect.provide(Engine.layerEmbedded({ folder: "./payouts", originator })),
 *     Effect.provide(VisaDirect.layerConfig)
 *   )
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import type { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer, Option } from "effect"
import type { DateTime } from "effect"
import {
  ClusterWorkflowEngine,
  RunnerAddress,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  SqlRunnerStorage,
} from "effect/cluster"
import type { MessageStorage } from "effect/cluster"
import type { SqlClient } from "effect/sql"
import type { WorkflowEngine } from "effect/workflow"
import { layer as batchedStorage } from "../internal/batchedStorage.ts"
import { EngineStop } from "../internal/engineStop.ts"
import { makeSqlReserve } from "../internal/identityStoreSql.ts"
import { duration } from "../internal/optionValues.ts"
import type { Executions } from "../internal/executions.ts"
import { layer as layerExecutions } from "../internal/executionsSql.ts"
import type { SqlExecutionsOptions } from "../internal/executionsSql.ts"
import { layerTable, storedSteps } from "../internal/storedSteps.ts"
import { TransactionIdentity } from "../TransactionIdentity.ts"
import type { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import * as Database from "./Database.ts"
import { Fingerprint } from "./Fingerprint.ts"
import type { FingerprintOptions } from "./Fingerprint.ts"
import { FundingGuard } from "./FundingGuard.ts"
import { Ledger } from "./Ledger.ts"
import { LedgerGuard } from "./LedgerGuard.ts"
import { PayoutEvents } from "./PayoutEvents.ts"
import { Payouts } from "./Payouts.ts"
import type { PayoutsOptions, Requirements, VisaServices } from "./Payouts.ts"
import { PayoutVault } from "./PayoutVault.ts"
import type { VaultOptions } from "./PayoutVault.ts"
import { WorkList } from "./WorkList.ts"
import type { ResolverOptions } from "./WorkList.ts"

/** What all durable engines take. */
export interface DurableOptions extends PayoutsOptions {
  /** The keys that payouts are sealed with. From `VISA_DIRECT_VAULT_KEY` when absent. */
  readonly vault?: VaultOptions | undefined
  /** The keys of fingerprints. From `VISA_DIRECT_FINGERPRINT_KEY` when absent. */
  readonly fingerprint?: FingerprintOptions | undefined
  /** The zone of `localTransactionDateTime`. UTC when absent. */
  readonly timeZone?: DateTime.TimeZone | undefined
  /** How the work list is worked on. */
  readonly resolver?: ResolverOptions | undefined
  /**
   * Services in place of those that the engine would make, such as a `LedgerGuard` over books of your
   * own, and those that it cannot make, such as a `ReceiptGuard`. They can build on what is in the
   * database.
   */
  readonly overrides?: Layer.Layer<never, VisaError, Stores> | undefined
}

/** What is in the database, and what guards it. */
export type Stores =
  | Claims
  | PayoutEvents
  | WorkList
  | Ledger
  | LedgerGuard
  | FundingGuard
  | Fingerprint
  | PayoutVault
  | SqlClient.SqlClient
  | PgClient.PgClient
  | VisaServices

export interface EmbeddedOptions extends DurableOptions, Database.EmbeddedOptions {}

export interface PostgresOptions extends DurableOptions {
  /** As for `Database.layerPostgres`: an `url` is enough. */
  readonly database: PgClient.PgPoolConfig
}

export interface ClusterOptions extends PostgresOptions {
  /** Where the other machines reach this one. */
  readonly host: string
  readonly port: number
  /**
   * How long a machine that gives no sign of life keeps its payouts, before another one takes them
   * over. Default: 35 seconds.
   */
  readonly takeOverAfter?: Duration.Input | undefined
}

/** What the durable engines provide: payouts, and what they are made of. */
export type Services =
  | Payouts
  | Ledger
  | LedgerGuard
  | FundingGuard
  | Exclude<Requirements, VisaServices>
  | SqlClient.SqlClient
  | PgClient.PgClient

/** How many trace numbers a process draws at once. What it has left when it ends is lost for the day. */
const identityBlock = 200

type Engine = WorkflowEngine.WorkflowEngine | Executions

type Cluster = Sharding.Sharding | MessageStorage.MessageStorage

/** Numbers that no other process has, before this one or beside it. */
const identities = ({ timeZone }: DurableOptions) =>
  Layer.unwrap(
    Effect.map(makeSqlReserve, (reserve) =>
      TransactionIdentity.layer({ reserve, blockSize: identityBlock, timeZone }),
    ),
  )

const payouts = (
  options: DurableOptions,
  engine: Layer.Layer<Engine | EngineStop, VisaError, SqlClient.SqlClient | PayoutEvents>,
): Layer.Layer<Exclude<Services, Database.Services>, VisaError, VisaServices | Database.Services> =>
  Layer.merge(
    Layer.provideMerge(EngineStop.first, Payouts.layer(options)),
    WorkList.layerResolver(options.resolver),
  ).pipe(
    Layer.provide(identities(options)),
    Layer.provideMerge(engine),
    Layer.provideMerge(options.overrides ?? Layer.empty),
    Layer.provideMerge(Layer.merge(LedgerGuard.layer, FundingGuard.layer())),
    Layer.provideMerge(
      Layer.mergeAll(
        Claims.layerSql,
        PayoutEvents.layerSql,
        WorkList.layerSql,
        Ledger.layerSql,
        options.fingerprint === undefined
          ? Fingerprint.layerConfig
          : Fingerprint.layer(options.fingerprint),
        options.vault === undefined ? PayoutVault.layerConfig : PayoutVault.layer(options.vault),
      ),
    ),
  )

const onCluster = <E>(
  cluster: Layer.Layer<Cluster, E, SqlClient.SqlClient | EngineStop>,
  executions: SqlExecutionsOptions,
): Layer.Layer<Engine | EngineStop, E | VisaError, SqlClient.SqlClient | PayoutEvents> =>
  Layer.merge(
    Layer.provide(storedSteps, ClusterWorkflowEngine.layer),
    layerExecutions(executions),
  ).pipe(
    Layer.provide(Layer.fresh(layerTable)),
    Layer.provide(cluster),
    Layer.provideMerge(Layer.fresh(EngineStop.layer)),
  )

/** How long a machine that gives no sign of life keeps its payouts. */
const defaultLease = Duration.seconds(35)

/** One runner, which needs no locks: nobody else works on this database. */
const alone = onCluster(
  Sharding.layer.pipe(
    Layer.provide(Runners.layerNoop),
    Layer.provideMerge(batchedStorage),
    Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop, NodeCrypto.layerDigest]),
    Layer.provide(ShardingConfig.layer({ simulateRemoteSerialization: false })),
  ),
  { lease: defaultLease, isAlone: true },
)

/**
 * Payouts in the database of the context, such as the pool that a service has anyway. As with
 * {@link layerPostgres}, one process at a time works on it.
 */
export const layerSql = (
  options: DurableOptions,
): Layer.Layer<Exclude<Services, Database.Services>, VisaError, VisaServices | Database.Services> =>
  payouts(options, alone)

/**
 * Payouts in a database in a folder. One process at a time can have the folder; when it is killed, the
 * next one goes on with what was under way.
 *
 * Fails with `OptionInvalid` for a folder that another process has, and for keys that are not there.
 */
export const layerEmbedded = (
  options: EmbeddedOptions,
): Layer.Layer<Services, VisaError, VisaServices> =>
  // The folder's lock is what makes this name unique.
  layerSql({ owner: "embedded", ...options }).pipe(
    Layer.provideMerge(Database.layerEmbedded(options)),
  )

/**
 * Payouts on a PostgreSQL server, worked on by one process at a time. Two of them at once are safe, as
 * everything that moves money is claimed, but get in each other's way: that is what
 * {@link layerCluster} is for.
 */
export const layerPostgres = (
  options: PostgresOptions,
): Layer.Layer<Services, VisaError, VisaServices> =>
  layerSql(options).pipe(Layer.provideMerge(Database.layerPostgres(options.database)))

/**
 * Payouts on a PostgreSQL server, shared between machines: each runs what it accepts, and takes over what
 * those have left that are gone. A machine that comes back from a long sleep finds its claims lost and
 * sends nothing.
 */
export const layerCluster = (
  options: ClusterOptions,
): Layer.Layer<Services, VisaError, VisaServices> => {
  const address = RunnerAddress.make(options.host, options.port)
  const engine = Layer.unwrap(
    Effect.map(duration("takeOverAfter", options.takeOverAfter, defaultLease), (expiration) =>
      onCluster(
        NodeClusterSocket.layer({
          storage: "byo",
          shardingConfig: {
            runnerAddress: Option.some(address),
            runnerListenAddress: Option.some(RunnerAddress.make("0.0.0.0", options.port)),
            shardLockExpiration: expiration,
            shardLockRefreshInterval: Duration.divideUnsafe(expiration, 3),
            simulateRemoteSerialization: false,
          },
        }).pipe(
          Layer.provideMerge(
            Layer.merge(batchedStorage, SqlRunnerStorage.layer).pipe(
              Layer.provide(NodeCrypto.layerDigest),
              Layer.provide(ShardingConfig.layer({ shardLockExpiration: expiration })),
            ),
          ),
        ),
        { lease: expiration, isAlone: false },
      ),
    ),
  )
  return payouts(options, Layer.orDie(engine)).pipe(
    Layer.provideMerge(Database.layerPostgres(options.database)),
  )
}
