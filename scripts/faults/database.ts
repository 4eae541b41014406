/** A durable engine whose database can fail at single statements, before or after it did them. */
import { Effect, Layer, Redacted } from "effect"
import type { PayoutsOptions } from "effect-visa-direct"
import * as Database from "effect-visa-direct/payouts/Database"
import * as Engine from "effect-visa-direct/payouts/Engine"
import { SqlClient } from "effect/sql"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { randomBytes } from "node:crypto"
import type { Away, Point } from "./outages.ts"

const lost = new SqlError({ reason: new ConnectionError({ cause: new Error("away") }) })

/** The step whose result a statement stores, as its rows name it. */
const storedStep = /"step":"(\w+)\/1"/

/** The point of a saga at which the engine runs a statement. */
const pointOf = (text: string, parameters: ReadonlyArray<unknown>): Point | undefined => {
  if (text.includes("INSERT INTO cluster_messages")) return "engine accept"
  if (text.includes("INSERT INTO cluster_replies")) return "engine end"
  if (/SET deliver_at = NULL\s+WHERE request_id/.test(text)) return "engine hand"
  if (!text.includes("visa_direct_payout_steps")) return undefined
  if (text.includes("SELECT execution, step, result FROM visa_direct_payout_steps")) {
    return "engine load"
  }
  const step = storedStep.exec(parameters.join())?.[1]
  return step === undefined ? undefined : (`engine ${step}` as Point)
}

/** The client, with statements that `away` strikes. */
const striking = (sql: SqlClient.SqlClient, away: () => Away | undefined): SqlClient.SqlClient =>
  new Proxy(sql, {
    apply: (target, self, args) => {
      const statement = Reflect.apply(target, self, args)
      if (typeof statement.compile !== "function") return statement
      const point = pointOf(...(statement.compile() as [string, ReadonlyArray<unknown>]))
      if (point === undefined) return statement
      const struck = (run: Effect.Effect<unknown, SqlError>) =>
        Effect.suspend(() => away()?.strike(point, run, lost) ?? run)
      return Object.assign(struck(statement), { unprepared: struck(statement.unprepared) })
    },
    get: (target, name, receiver) =>
      name === "withoutTransforms"
        ? () => striking(target.withoutTransforms(), away)
        : Reflect.get(target, name, receiver),
  })

const key = () => ({ key: Redacted.make(randomBytes(32).toString("base64")) })

/** Payouts on an embedded database in memory. */
export const layer = (away: () => Away | undefined) => (options: PayoutsOptions) =>
  Engine.layerSql({ ...options, owner: "matrix", vault: key(), fingerprint: key() }).pipe(
    Layer.provide(
      Layer.effect(
        SqlClient.SqlClient,
        Effect.map(SqlClient.SqlClient, (sql) => striking(sql, away)),
      ),
    ),
    Layer.provide(Database.layerEmbeddedMemory),
  )
