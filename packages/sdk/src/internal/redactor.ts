import { makeRules } from "./redactorRules.ts"
import type { RulesOptions } from "./redactorRules.ts"
import { redactText } from "./redactorString.ts"
import { redactValue, scanValue } from "./redactorWalk.ts"
import type { Finding } from "./redactorWalk.ts"

/** The three pure functions that make up a redactor. */
export interface PureRedactor {
  readonly redact: (value: unknown) => unknown
  readonly text: (text: string) => string
  readonly scan: (value: unknown) => ReadonlyArray<Finding>
}

export const makeRedactor = (options: RulesOptions): PureRedactor => {
  const rules = makeRules(options)
  return {
    redact: (value) => redactValue(value, rules),
    text: (text) => redactText(text, rules),
    scan: (value) => scanValue(value, rules),
  }
}

/** With all detectors on: for error messages, where there is no fiber to take a service from. */
export const defaultRedactor: PureRedactor = makeRedactor({})
