/** Finds the endpoint of a path. Paths are fixed, but for a last segment that may be an identifier. */
import type { Endpoint } from "../endpoints/Endpoint.ts"

type ByMethod = ReadonlyMap<string, Endpoint>

export interface Route {
  readonly methods: ByMethod
  readonly id: string
}

const grouped = (
  endpoints: ReadonlyArray<Endpoint>,
  key: (endpoint: Endpoint) => string | undefined,
): ReadonlyMap<string, ByMethod> => {
  const groups = new Map<string, Map<string, Endpoint>>()
  for (const endpoint of endpoints) {
    const path = key(endpoint)
    if (path === undefined) continue
    const methods = groups.get(path) ?? new Map<string, Endpoint>()
    groups.set(path, methods.set(endpoint.method, endpoint))
  }
  return groups
}

export const make = (endpoints: ReadonlyArray<Endpoint>): ((path: string) => Route | undefined) => {
  const fixed = grouped(endpoints, ({ path }) => (path.endsWith("/:id") ? undefined : path))
  const identified = grouped(endpoints, ({ path }) =>
    path.endsWith("/:id") ? path.slice(0, -"/:id".length) : undefined,
  )
  return (path) => {
    const methods = fixed.get(path)
    if (methods !== undefined) return { methods, id: "" }
    const slash = path.lastIndexOf("/")
    const id = path.slice(slash + 1)
    const byId = id === "" ? undefined : identified.get(path.slice(0, slash))
    return byId === undefined ? undefined : { methods: byId, id }
  }
}
