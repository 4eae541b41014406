/** A program whose error nobody handles: what its process prints is what the test looks at. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { Redactor } from "../../src/Redactor.ts"

const pan = "4957030420210462"

const program = Effect.die(
  new Error(`cannot pay ${pan}`, { cause: new Error(`the card ${pan} is unknown`) }),
)

const safe = process.argv[2] === "protected" ? Redactor.protect(program) : program

safe.pipe(Effect.provide(Redactor.layer()), NodeRuntime.runMain)
