/** A text, given what the name of its field says. */
import { maskValue } from "./redactorMask.ts"
import { isKept, isMarker, marker } from "./redactorRules.ts"
import type { KeyRule, Rules } from "./redactorRules.ts"
import { applyEdits, findEdits } from "./redactorText.ts"

/** What stands in place of the value of a sensitive field; the very same text when it may stay. */
export const hideValue = (text: string, rule: KeyRule, rules: Rules): string => {
  if (text === "" || isMarker(text)) return text
  const masked = rule.action === "drop" ? marker(rule.kind) : maskValue(rule.kind, text)
  return masked === text ? text : rules.show(rule.kind, text, masked)
}

/** A text without anything sensitive in it. */
export const redactText = (text: string, rules: Rules): string => {
  const edits = findEdits(text, rules)
  return edits === undefined ? text : applyEdits(text, edits, rules)
}

export const redactString = (text: string, rule: KeyRule | undefined, rules: Rules): string => {
  if (rule !== undefined) {
    if (rule.action === "mask" || rule.action === "drop") return hideValue(text, rule, rules)
    if (rule.action === "keep" && isKept(text, rule.digits)) return text
  }
  return redactText(text, rules)
}
