import { describe, expect, it } from "vitest"
import { apis, declared, endpointDocs, operationsOf } from "../../scripts/endpointDocs.ts"
import { staleness } from "../../scripts/generated.ts"

const endpoints = apis.flatMap((api) => api.endpoints)

describe("docs/endpoints.md", () => {
  it("is what the operations say", () => {
    expect(staleness(endpointDocs)).toBeUndefined()
  })

  it("gives every endpoint an operation or the reason why it has none, never both", () => {
    for (const endpoint of endpoints) {
      const answers = [operationsOf(endpoint).length > 0, endpoint.without !== undefined]
      expect(answers.filter(Boolean), `${endpoint.path ?? endpoint.purpose}`).toHaveLength(1)
    }
  })

  it("lists every operation that is declared, once", () => {
    const listed = endpoints.flatMap(operationsOf)
    expect(new Set(listed).size).toBe(listed.length)
    for (const { name } of declared) expect(listed).toContain(name)
  })

  it("knows every endpoint by one row", () => {
    const routes = endpoints.flatMap(({ method, path }) =>
      path === undefined ? [] : [`${method} ${path}`],
    )
    expect(new Set(routes).size).toBe(routes.length)
  })
})
