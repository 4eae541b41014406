#!/usr/bin/env node
/**
 * `visa-direct --help`: the command line of effect-visa-direct.
 *
 * Exit codes: 0 done, 1 the command's own "no" (see its help), 2 wrong usage or a file that cannot be
 * read, 70 a defect, 130 stopped by Ctrl-C.
 */
// Not the barrel: it would load every client and server that there is for Node.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer, Runtime } from "effect"
import { CliError, Command } from "effect/cli"
import { Redactor } from "effect-visa-direct/Redactor"
import { createRequire } from "node:module"
import { breaker } from "./Breaker.ts"
import { certificates } from "./Certificates.ts"
import { explain } from "./Explain.ts"
import { payouts } from "./Payouts.ts"
import { pushStatus, query } from "./Query.ts"
import { scan } from "./Scan.ts"

const { version }: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const command = Command.make("visa-direct").pipe(
  Command.withDescription("Looks after payouts with Visa Direct."),
  Command.withSubcommands([breaker, certificates, explain, payouts, pushStatus, query, scan]),
)

const wrongUsage = 2
const defect = 70

const exitCodeOf = (cause: Cause.Cause<unknown>): number => {
  if (Cause.hasInterruptsOnly(cause)) return 130
  if (Cause.hasDies(cause)) return defect
  const error = Cause.squash(cause)
  const code = Runtime.getErrorExitCode(error)
  return CliError.isCliError(error) && code !== 0 ? wrongUsage : code
}

/** What the command line has not already said itself. */
const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Cause.hasInterruptsOnly(cause) || !Runtime.getErrorReported(Cause.squash(cause))
    ? Effect.void
    : Console.error(Cause.pretty(cause))

command.pipe(
  Command.run({ version }),
  Effect.tapCause(report),
  Effect.provide(
    Layer.merge(NodeServices.layer, Redactor.layerLogger.pipe(Layer.provide(Redactor.layer()))),
  ),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : exitCodeOf(exit.cause)),
    }),
)
