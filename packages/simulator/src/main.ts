#!/usr/bin/env node
/**
 * The simulator as a process of its own: `effect-visa-direct-simulator --help`.
 *
 * Exit codes: 0 after SIGINT or SIGTERM (or the end of standard input with `--until-stdin-ends`),
 * 1 when it could not start or an option is wrong.
 */
// Not the barrel: it would load every client and server that there is for Node.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, FileSystem, Option, Runtime } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import * as AdminPlane from "./AdminPlane.ts"
import * as CredentialFiles from "./Credentials.ts"
import { Pki } from "./Pki.ts"
import { Simulator } from "./Simulator.ts"

const port = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withDescription(description),
    Flag.filter(
      (value) => value >= 0 && value <= 65_535,
      () => "a port number, 0 to 65535",
    ),
    Flag.withDefault(0),
  )

const millis = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.withDefault(0))

const flags = {
  port: port("port", "HTTPS port on 127.0.0.1; 0 takes a free one"),
  adminPort: port("admin-port", "Plain HTTP port of the controls on 127.0.0.1; 0 takes a free one"),
  seed: Flag.String("seed").pipe(
    Flag.withDescription("Decides identifiers and approval codes"),
    Flag.withDefault("visa-direct"),
  ),
  dir: Flag.String("dir").pipe(
    Flag.withDescription(
      "Directory for the client's credentials (files 0600); default: a temporary one, removed at exit",
    ),
    Flag.optional,
  ),
  mle: Flag.Literals("mle", ["required", "optional"]).pipe(
    Flag.withDescription("Whether message level encryption is enforced"),
    Flag.withDefault("required"),
  ),
  errorBodies: Flag.Literals("error-bodies", ["encrypted", "clear"]).pipe(
    Flag.withDescription("Form of error replies to requests that were decrypted"),
    Flag.withDefault("encrypted"),
  ),
  clientCertificate: Flag.Literals("client-certificate", ["http", "strict"]).pipe(
    Flag.withDescription("Refuse a bad client certificate by HTTP status, or in the handshake"),
    Flag.withDefault("http"),
  ),
  latency: millis("latency", "Milliseconds that every API call takes"),
  clockOffset: millis("clock-offset", "Milliseconds by which the simulator's clock is ahead"),
  keep: Flag.Int("keep").pipe(
    Flag.withDescription("Ledger entries to keep; counters stay exact beyond it"),
    Flag.withDefault(100_000),
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one line of JSON when ready: url, adminUrl, dir, pid"),
    Flag.withDefault(false),
  ),
  untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
    Flag.withDescription("Stop when standard input ends, so as not to outlive a parent process"),
    Flag.withDefault(false),
  ),
}

const stdinEnds = Effect.callback<void>((resume) => {
  const ended = () => resume(Effect.void)
  process.stdin.once("end", ended).once("close", ended).resume()
})

const ready = (url: string, adminUrl: string, dir: string, json: boolean) =>
  json
    ? Console.log(JSON.stringify({ url, adminUrl, dir, pid: process.pid }))
    : Console.log(
        [
          `Simulated Visa Direct   ${url}`,
          `controls                ${adminUrl}`,
          `credentials             ${dir}/${CredentialFiles.fileName}`,
          "Stop it with Ctrl-C.",
        ].join("\n"),
      )

const command = Command.make(
  "effect-visa-direct-simulator",
  flags,
  Effect.fn("simulator")(
    function* ({ adminPort, dir, json, keep, untilStdinEnds, ...options }) {
      const fs = yield* FileSystem.FileSystem
      const simulator = yield* Simulator.make({ ...options, ledger: { keep } }).pipe(
        Effect.provideServiceEffect(Pki, Pki.make()),
      )
      const adminUrl = yield* AdminPlane.serve(simulator, adminPort)
      const directory = yield* Option.match(dir, {
        onNone: () => fs.makeTempDirectoryScoped({ prefix: "visa-direct-simulator-" }),
        onSome: Effect.succeed,
      })
      yield* CredentialFiles.write(directory, simulator.url, simulator.credentials)
      yield* ready(simulator.url, adminUrl, directory, json)
      yield* untilStdinEnds ? stdinEnds : Effect.never
    },
    Effect.scoped,
    Effect.mapError((cause) => new CliError.UserError({ cause, userMessage: cause.message })),
  ),
).pipe(
  Command.withDescription(
    "A Visa Direct that behaves: HTTPS with client certificates, message level encryption, a ledger, and faults on demand.",
  ),
  Command.withExamples([
    {
      command: "effect-visa-direct-simulator --port 8443 --dir ./credentials",
      description: "On a fixed port, with the client's credentials in ./credentials",
    },
    {
      command: "effect-visa-direct-simulator --json --until-stdin-ends",
      description: "As the child of another program",
    },
  ]),
)

command.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), (program) =>
  NodeRuntime.runMain(program, {
    // Being stopped by a signal is how a server ends well.
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        ? onExit(0)
        : Runtime.defaultTeardown(exit, onExit),
  }),
)
