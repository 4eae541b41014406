/** Encryption keys over HTTP, for everybody. See KeySet.ts. */
import type { Endpoint } from "./Endpoint.ts"

export const jwksPath = "/.well-known/jwks"

export const Jwks: Endpoint = {
  name: "Jwks",
  method: "GET",
  path: jwksPath,
  mle: "never",
  scripted: false,
  access: "public",
  prepare: (_request, { publishedKeys }) => {
    publishedKeys.fetches++
    return {
      facts: {},
      commit: () => ({
        status: 200,
        raw: { contentType: "application/jwk-set+json", content: publishedKeys.body },
        headers: { "cache-control": publishedKeys.cacheControl },
        kind: "keys",
      }),
    }
  },
}
