/**
 * A client of Visa Direct for the simulator's own tests: `node:https`, and a JWE written out here
 * once more, so that the simulator is not checked with its own code.
 */
import { Clock, Effect } from "effect"
import * as crypto from "node:crypto"
import * as https from "node:https"
import type { Credentials } from "../../src/Credentials.ts"

export interface Target {
  readonly url: string
  readonly credentials: Credentials
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** The body as it travelled. */
  readonly text: string
}

export interface Options {
  /** Replaces single headers; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** TLS key and chain. Default: the credentials'; `null`: no client certificate. */
  readonly certificate?: { readonly key: string; readonly certificateChain: string } | null
  readonly agent?: https.Agent
  readonly tls?: https.RequestOptions
}

export const pushPath = "/visadirect/fundstransfer/v1/pushfundstransactions"
export const queryPath = "/visadirect/v1/transactionquery"

const basic = (credentials: Credentials) =>
  `Basic ${Buffer.from(`${credentials.userId}:${credentials.password}`).toString("base64")}`

/** One HTTPS request, on a connection of its own unless an agent is given. Interruption aborts it. */
export const send = (
  target: Target,
  method: string,
  path: string,
  body: string | undefined,
  options: Options = {},
): Effect.Effect<Answer, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const { credentials, url } = target
    const headers: Record<string, string> = {
      authorization: basic(credentials),
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    }
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value === null) delete headers[name]
      else headers[name] = value
    }
    const certificate = options.certificate === undefined ? credentials.tls : options.certificate
    const failed = (error: NodeJS.ErrnoException) => resume(Effect.fail(error))
    const request = https.request(
      `${url}${path}`,
      {
        method,
        headers,
        agent: options.agent ?? false,
        ca: credentials.tls.serverRoot,
        ...(certificate === null
          ? {}
          : { key: certificate.key, cert: certificate.certificateChain }),
        ...options.tls,
      },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", failed)
        response.on("end", () => {
          resume(
            Effect.succeed({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString("utf8"),
            }),
          )
        })
      },
    )
    request.on("error", failed)
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

const b64 = (bytes: crypto.BinaryLike) => Buffer.from(bytes as Uint8Array).toString("base64url")

export interface Sealing {
  readonly enc?: "A128GCM" | "A256GCM"
  /** Replaces members of the protected header; `null` leaves one out. */
  readonly header?: Readonly<Record<string, string | number | null>>
  /** PEM of another certificate or public key to seal for. */
  readonly certificate?: string
  readonly now?: number
}

export const seal = (
  credentials: Credentials,
  plaintext: string,
  options: Sealing = {},
): string => {
  const enc = options.enc ?? "A128GCM"
  const header: Record<string, unknown> = {
    alg: "RSA-OAEP-256",
    enc,
    kid: credentials.mle.keyId,
    iat: options.now ?? Date.now(),
    ...options.header,
  }
  for (const [name, value] of Object.entries(header)) if (value === null) delete header[name]
  const head = b64(Buffer.from(JSON.stringify(header)))
  const key = crypto.randomBytes(enc === "A128GCM" ? 16 : 32)
  const iv = crypto.randomBytes(12)
  const cipher = crypto.createCipheriv(enc === "A128GCM" ? "aes-128-gcm" : "aes-256-gcm", key, iv)
  cipher.setAAD(Buffer.from(head))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const wrapped = crypto.publicEncrypt(
    { key: options.certificate ?? credentials.mle.serverCertificate, oaepHash: "sha256" },
    key,
  )
  return [head, b64(wrapped), b64(iv), b64(ciphertext), b64(cipher.getAuthTag())].join(".")
}

export interface Unsealed {
  readonly header: Readonly<Record<string, unknown>>
  readonly plaintext: string
}

export const unseal = (credentials: Credentials, token: string): Unsealed => {
  const [head = "", wrapped = "", iv = "", ciphertext = "", tag = ""] = token.split(".")
  const header: Record<string, unknown> = JSON.parse(Buffer.from(head, "base64url").toString())
  const key = crypto.privateDecrypt(
    { key: credentials.mle.clientPrivateKey, oaepHash: "sha256" },
    Buffer.from(wrapped, "base64url"),
  )
  const decipher = crypto.createDecipheriv(
    header["enc"] === "A256GCM" ? "aes-256-gcm" : "aes-128-gcm",
    key,
    Buffer.from(iv, "base64url"),
  )
  decipher.setAAD(Buffer.from(head))
  decipher.setAuthTag(Buffer.from(tag, "base64url"))
  return {
    header,
    plaintext: Buffer.concat([
      decipher.update(Buffer.from(ciphertext, "base64url")),
      decipher.final(),
    ]).toString(),
  }
}

export interface Body {
  readonly [name: string]: unknown
}

/** The JSON of a body: unsealed when it is sealed, as it is otherwise. */
export const opened = (target: Target, answer: Answer): Body => {
  const body: Body = JSON.parse(answer.text)
  return typeof body.encData === "string"
    ? JSON.parse(unseal(target.credentials, body.encData).plaintext)
    : body
}

export const isSealed = (answer: Answer): boolean => /^\{"encData":"[\w.-]+"\}$/.test(answer.text)

/** A POST with an encrypted body. */
export const post = (
  target: Target,
  path: string,
  body: unknown,
  options: Options & { readonly sealing?: Sealing } = {},
): Effect.Effect<Answer, NodeJS.ErrnoException> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    send(
      target,
      "POST",
      path,
      JSON.stringify({
        encData: seal(target.credentials, JSON.stringify(body), { now, ...options.sealing }),
      }),
      { ...options, headers: { keyid: target.credentials.mle.keyId, ...options.headers } },
    ),
  )

/** A GET that asks for an encrypted reply. */
export const get = (
  target: Target,
  path: string,
  options: Options = {},
): Effect.Effect<Answer, NodeJS.ErrnoException> =>
  send(target, "GET", path, undefined, {
    ...options,
    headers: { keyid: target.credentials.mle.keyId, ...options.headers },
  })

let stans = 0

/** A trace audit number that no other test of this file uses. */
export const newStan = (): string => String(++stans).padStart(6, "0")

/** The OpenAPI export's example of an approved push, with overrides; `undefined` removes. */
export const samplePush = (
  overrides: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  amount: 124.05,
  localTransactionDateTime: "2023-05-05T12:00:00",
  recipientPrimaryAccountNumber: "4060320000000127",
  senderAccountNumber: "4060320000000126",
  acquiringBin: 408999,
  acquirerCountryCode: 840,
  retrievalReferenceNumber: "412770452025",
  systemsTraceAuditNumber: 451018,
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  transactionCurrencyCode: "USD",
  sourceOfFundsCode: "05",
  senderName: "Mohammed Qasim",
  senderAddress: "901 Metro Center Blvd",
  senderCity: "Foster City",
  senderStateCode: "CA",
  senderCountryCode: "124",
  recipientName: "rohan",
  cardAcceptor: {
    idCode: "CA-IDCode-77765",
    terminalId: "TID-9999",
    name: "Visa Inc. USA-Foster City",
    address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
  },
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "00", motoECIIndicator: 0 },
  settlementServiceIndicator: 9,
  ...overrides,
})
