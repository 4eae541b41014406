/** The `fields` of a scripted answer, laid over a reply. */
import type { ScriptedAnswer } from "../Script.ts"

const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null

/** A name may be a path, such as `visaNetworkInfo.0.issuerName`; `null` removes the member. */
export const overlay = (
  body: Readonly<Record<string, unknown>>,
  fields: ScriptedAnswer["fields"],
): Readonly<Record<string, unknown>> => {
  if (fields === undefined) return body
  const copy: Record<string, unknown> = structuredClone(body)
  for (const [path, value] of Object.entries(fields)) {
    const names = path.split(".")
    const last = names.pop() ?? path
    let place = copy
    for (const name of names) {
      const inner = place[name]
      const next = isContainer(inner) ? inner : {}
      place[name] = next
      place = next
    }
    if (value === null) delete place[last]
    else place[last] = value
  }
  return copy
}
