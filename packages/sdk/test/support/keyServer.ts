/** A JWKS endpoint on a loopback socket that answers whatever a test wants, and counts. */
import { Effect } from "effect"
import { generateKeyPairSync } from "node:crypto"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export type Respond = (response: ServerResponse, request: IncomingMessage) => void

const publicJwk = (bits: number) =>
  generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" })

/** Made once: a test that needs another key needs another one of these. */
const made = { a: publicJwk(2048), b: publicJwk(2048), weak: publicJwk(1024) }

export type KeyName = keyof typeof made

/** An encryption key as it stands in a JWKS; overrides replace members, `undefined` removes one. */
export const jwk = (name: KeyName, overrides: Readonly<Record<string, unknown>> = {}) => ({
  ...made[name],
  kid: name,
  use: "enc",
  alg: "RSA-OAEP-256",
  ...overrides,
})

/** Answers with a key set. */
export const keySet =
  (keys: ReadonlyArray<unknown>, headers: Readonly<Record<string, string>> = {}): Respond =>
  (response) => {
    response.writeHead(200, { "content-type": "application/jwk-set+json", ...headers })
    response.end(JSON.stringify({ keys }))
  }

/** Answers with a status and a text. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, text = ""): Respond =>
  (response) => {
    response.writeHead(code, headers)
    response.end(text)
  }

/** Until the scope closes. */
export const keyServer = (respond: Respond) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      let requests = 0
      let current = respond
      const server = createServer((request, response) => {
        requests++
        current(response, request)
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as AddressInfo
      return {
        server,
        url: `http://127.0.0.1:${port}/jwks`,
        requests: () => requests,
        answers: (next: Respond) => {
          current = next
        },
      }
    }),
    ({ server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }),
  )
