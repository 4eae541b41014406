/**
 * From a fault at Visa to an alert that fires, with nothing in between replaced: payments over mutual
 * TLS to a simulated Visa, the SDK's own page of metrics, a Prometheus server that scrapes it.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Option, Schedule, Schema } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { HttpRouter, HttpServer } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stringify } from "yaml"
import { rules, toYaml } from "../src/index.ts"
import { pay, sdk } from "./support/payments.ts"
import { hasPrometheus, prometheusPath, promtool, say } from "./support/prometheus.ts"

const freePort = Effect.promise(async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
})

/** A Prometheus of its own that scrapes one page, twice a second. Answers its URL. */
const prometheus = (target: string) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "prometheus-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true })),
    )
    writeFileSync(
      join(folder, "alerts.yaml"),
      toYaml(
        rules({
          interval: "500ms",
          settings: {
            errorRateHigh: { window: "4s", for: "1s", requests: 5 },
            circuitBreakerOpen: { window: "4s", for: "1s" },
          },
        }),
      ),
    )
    const config = join(folder, "prometheus.yaml")
    writeFileSync(
      config,
      stringify({
        global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
        rule_files: ["alerts.yaml"],
        scrape_configs: [{ job_name: "payouts", static_configs: [{ targets: [target] }] }],
      }),
    )
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          prometheusPath,
          [
            `--config.file=${config}`,
            `--storage.tsdb.path=${join(folder, "data")}`,
            `--web.listen-address=127.0.0.1:${port}`,
            "--log.level=error",
          ],
          { stdio: ["ignore", "ignore", "inherit"] },
        ),
      ),
      (child) =>
        Effect.promise(async () => {
          const ended = once(child, "exit")
          child.kill("SIGKILL")
          await ended
        }),
    )
    return `http://127.0.0.1:${port}`
  })

const Alerts = Schema.Struct({
  data: Schema.Struct({
    alerts: Schema.Array(
      Schema.Struct({
        labels: Schema.Record(Schema.String, Schema.String),
        annotations: Schema.Record(Schema.String, Schema.String),
        state: Schema.Literals(["pending", "firing", "inactive"]),
      }),
    ),
  }),
})

const Targets = Schema.Struct({
  data: Schema.Struct({ activeTargets: Schema.Array(Schema.Struct({ health: Schema.String })) }),
})

const ask = <A>(url: string, schema: Schema.Codec<A, unknown>) =>
  Effect.tryPromise(async () => (await fetch(url)).text()).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))),
    // It takes a moment until it listens.
    Effect.option,
  )

const alertsOf = (url: string) =>
  Effect.map(ask(`${url}/api/v1/alerts`, Alerts), (answer) =>
    Option.match(answer, { onNone: () => [], onSome: ({ data }) => data.alerts }),
  )

/** Asks until something is so. */
const until = <A>(ask: Effect.Effect<A>, isSo: (answer: A) => boolean) =>
  Effect.repeat(ask, {
    while: (answer) => !isSo(answer),
    schedule: Schedule.spaced("100 millis"),
  }).pipe(Effect.timeout("40 seconds"))

const untilScraped = (url: string) =>
  until(ask(`${url}/api/v1/targets`, Targets), (answer) =>
    Option.exists(answer, ({ data }) => data.activeTargets.some(({ health }) => health === "up")),
  )

const untilFiring = (url: string, wanted: ReadonlyArray<string>) =>
  until(alertsOf(url), (alerts) =>
    wanted.every((name) =>
      alerts.some(({ labels, state }) => labels["alertname"] === name && state === "firing"),
    ),
  )

/** The SDK's page of metrics, on a port of its own. Answers its address. */
const page = Effect.map(
  HttpServer.HttpServer,
  ({ address }) => `127.0.0.1:${"port" in address ? address.port : 0}`,
)

const layerPage = HttpRouter.serve(PrometheusMetrics.layerHttp()).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
)

const live = Layer.mergeAll(sdk, layerPage).pipe(
  Layer.provideMerge(Simulator.layer()),
  Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())),
)

describe.skipIf(!hasPrometheus)("a real run", () => {
  it.live(
    "an outage at Visa makes the alerts of the error rate and of the circuit breaker fire",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const url = yield* prometheus(yield* page)
        // A payment all the time, whatever becomes of it.
        yield* Effect.forkScoped(
          Effect.forever(Effect.andThen(Effect.exit(pay), Effect.sleep("25 millis"))),
        )
        yield* untilScraped(url)
        yield* until(alertsOf(url), (alerts) => alerts.length === 0)

        yield* simulator.inject({ kind: "status", status: 503 })
        const since = performance.now()
        const fired = yield* untilFiring(url, [
          "VisaDirectErrorRateHigh",
          "VisaDirectCircuitBreakerOpen",
        ])
        say(
          `a real run: ${fired.map(({ labels }) => labels["alertname"]).join(" and ")} ` +
            `firing ${((performance.now() - since) / 1000).toFixed(1)} s after the fault`,
        )
        const errorRate = fired.find(
          ({ labels }) => labels["alertname"] === "VisaDirectErrorRateHigh",
        )
        assert.deepStrictEqual(errorRate?.labels, {
          alertname: "VisaDirectErrorRateHigh",
          job: "payouts",
          severity: "critical",
        })
        assert.match(
          errorRate?.annotations["description"] ?? "",
          /^[\d.]+% of the requests of the last 4s failed or have an unknown outcome/,
        )
      }).pipe(Effect.scoped, Effect.provide(live)),
    60_000,
  )

  it.live("a page of a real run is as promtool wants it", () =>
    Effect.gen(function* () {
      yield* pay
      const address = yield* page
      const text = yield* Effect.promise(async () =>
        (await fetch(`http://${address}/metrics`)).text(),
      )
      assert.include(text, "visa_direct_requests_total")
      const { output, status } = promtool(["check", "metrics"], text)
      assert.deepStrictEqual([status, output], [0, ""])
      const families = text.match(/^# TYPE visa_direct_/gm)?.length ?? 0
      assert.isAbove(families, 20)
      say(`check metrics: ${families} metrics of a real run`)
    }).pipe(Effect.provide(live)),
  )
})
