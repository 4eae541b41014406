/** Replies on their way out: rendering, encryption, and the faults that spoil them. */
import type { Socket } from "node:net"
import { PlainText, type Reply } from "../endpoints/Endpoint.ts"
import type { Fault, FaultKind } from "../Fault.ts"
import type { SimulatorSettings } from "../Settings.ts"
import type { Exchange } from "./Exchange.ts"
import { seal } from "./Jwe.ts"
import { noise, type Seed } from "./Seed.ts"

const json = "application/json;charset=UTF-8"
const xml = "application/xml;charset=UTF-8"
const html = "text/html"

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" }

const element = (name: string, value: unknown): string => {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join("")
  const content =
    typeof value === "object" && value !== null
      ? Object.entries(value)
          .map(([key, item]) => element(key, item))
          .join("")
      : String(value).replace(/[&<>]/g, (character) => escapes[character] ?? character)
  return `<${name}>${content}</${name}>`
}

const render = (value: unknown, asXml: boolean): string => {
  if (value instanceof PlainText) return value.text
  return asXml
    ? `<?xml version="1.0" encoding="UTF-8"?>${element("response", value)}`
    : JSON.stringify(value)
}

interface Message {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A string leaves in one write together with the headers; bytes take two. */
  readonly body: string | Buffer
}

export interface WireContext {
  readonly settings: SimulatorSettings
  readonly seed: Seed
  /** Unix milliseconds. */
  now(): number
  /** The TCP socket below a TLS socket: the only one that can be reset. */
  rawSocket(x: Exchange): Socket | undefined
}

const page = (title: string) =>
  `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`

/** Changes one character in the middle of the ciphertext. */
const tampered = (token: string) => {
  const parts = token.split(".")
  const ciphertext = parts[3] ?? ""
  const middle = Math.floor(ciphertext.length / 2)
  const other = ciphertext[middle] === "A" ? "B" : "A"
  parts[3] = ciphertext.slice(0, middle) + other + ciphertext.slice(middle + 1)
  return parts.join(".")
}

const sealed = (x: Exchange, payload: string, context: WireContext, spoil: Fault | undefined) => {
  const { keys } = x
  if (keys === undefined || spoil?.kind === "plainJson") return payload
  const key = spoil?.kind === "wrongKey" ? keys.serverPublic : keys.clientPublic
  const token = seal(payload, key, { kid: keys.keyId, iat: context.now() + x.skew, enc: x.enc })
  const encData =
    spoil?.kind !== "badEncData"
      ? token
      : spoil.variant === "notJwe"
        ? "not-a-jwe"
        : tampered(token)
  return x.xml
    ? `<?xml version="1.0" encoding="UTF-8"?><response><encData>${encData}</encData></response>`
    : `{"encData":"${encData}"}`
}

const regular = (
  x: Exchange,
  reply: Reply,
  context: WireContext,
  spoil: Fault | undefined,
): Message => {
  const { status, headers = {}, raw } = reply
  if (raw !== undefined) {
    return {
      status,
      headers: { ...headers, "content-type": raw.contentType },
      body: raw.content,
    }
  }
  if (reply.body === undefined) return { status, headers, body: "" }
  const payload = render(reply.body, x.xml)
  const encrypt = status < 400 || context.settings.errorBodies === "encrypted"
  const content = encrypt ? sealed(x, payload, context, spoil) : payload
  return {
    status,
    headers: { ...headers, "content-type": x.xml ? xml : json },
    body: content,
  }
}

const spoilers: ReadonlySet<FaultKind> = new Set([
  "status",
  "rateLimit",
  "garbage",
  "notJson",
  "html",
  "empty",
  "hugeBody",
  "badEncData",
  "wrongKey",
  "plainJson",
])

const messageOf = (x: Exchange, reply: Reply, context: WireContext): Message => {
  const spoil = x.faults.find((fault) => spoilers.has(fault.kind))
  const labelled = (body: string | Buffer): Message => ({
    status: reply.status,
    headers: { ...reply.headers, "content-type": json },
    body,
  })
  switch (spoil?.kind) {
    case "status":
      return {
        status: spoil.status,
        headers: { "content-type": spoil.contentType ?? json, ...spoil.headers },
        body: spoil.body ?? "",
      }
    case "rateLimit":
      return {
        status: 429,
        headers: {
          "content-type": html,
          ...(spoil.retryAfter === undefined ? {} : { "retry-after": String(spoil.retryAfter) }),
        },
        body: page("Too Many Requests"),
      }
    case "garbage":
      return labelled(noise(context.seed, x.payload, spoil.bytes ?? 256))
    case "notJson":
      return labelled("this is not JSON")
    case "html":
      return {
        status: reply.status,
        headers: { "content-type": html },
        body: page("Gateway"),
      }
    case "empty":
      return labelled("")
    case "hugeBody":
      return labelled(
        Buffer.concat([
          Buffer.from('{"encData":"'),
          Buffer.alloc(Math.max(0, spoil.bytes - 14), "A"),
          Buffer.from('"}'),
        ]),
      )
    default:
      return regular(x, reply, context, spoil)
  }
}

const has = (x: Exchange, kind: FaultKind) => x.faults.some((fault) => fault.kind === kind)

/** Cuts the connection as a crashed peer does: RST, and no TLS alert before it. */
export const reset = (x: Exchange, context: WireContext): void => {
  const raw = context.rawSocket(x)
  if (raw === undefined) x.socket.destroy()
  else raw.resetAndDestroy()
}

/** Sends a reply, or what the faults leave of it. Returns the bytes of the body that was meant. */
export const deliver = (x: Exchange, reply: Reply, context: WireContext): number => {
  if (has(x, "dropAfterCommit")) {
    reset(x, context)
    return 0
  }
  if (has(x, "hang")) return 0
  const { status, headers, body } = messageOf(x, reply, context)
  const { response } = x
  if (response.destroyed || x.socket.destroyed) return 0
  const length = Buffer.byteLength(body)
  const truncate = has(x, "truncate")
  response.writeHead(status, {
    date: new Date(context.now() + x.skew).toUTCString(),
    "x-correlation-id": x.correlationId,
    "cache-control": "no-cache, no-store",
    ...(status === 204 ? {} : { "content-length": length + (truncate ? 1_000 : 0) }),
    ...headers,
  })
  if (truncate) {
    response.write(body, () => x.socket.end())
  } else if (has(x, "resetMidBody")) {
    const half = Buffer.from(body).subarray(0, Math.floor(length / 2))
    response.write(half, () => reset(x, context))
  } else {
    response.end(body)
  }
  return length
}
