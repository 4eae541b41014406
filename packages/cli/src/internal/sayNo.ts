import { Console, Effect } from "effect"
import type { VisaError } from "effect-visa-direct/VisaError"
import { ExitWith } from "./ExitWith.ts"

/** Says what is wrong and ends with 1: the command's own "no". */
export const sayNo = (error: VisaError): Effect.Effect<never, ExitWith> =>
  Effect.andThen(Console.error(error.message), new ExitWith({ code: 1 }))
