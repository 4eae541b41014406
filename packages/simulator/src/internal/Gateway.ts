/**
 * What stands before the APIs: client certificate, Basic auth, the project's list of URLs, media
 * types, message level encryption.
 *
 * Which status and code belong to which fault, and how that is known: [V] a page of
 * developer.visa.com (`docs-error-codes`, `docs-authentication`, `encryption_guide`), [VC] the Visa
 * developer community, [I] an issue of Visa's SampleCode repository, [T] measured by integrators.
 * "reading" is ours, where all of them are silent.
 *
 * | fault | answer | |
 * |---|---|---|
 * | no client certificate | 400 / 9124 | [T] keyless call to production helloworld, [I] 66 |
 * | certificate foreign, expired, without clientAuth | 401 / 9125 | reading of [V] "does not match the one issued" |
 * | certificate not the one issued, or withdrawn | 401 / 9125 | [V] |
 * | no `Authorization` | 401 / 9124 | reading: 9123 and 9124 are both listed for user id and password |
 * | wrong user id or password | 401 / 9123 | [V] |
 * | certificate of another credential set | 401 / 9209 | [V] user id / password / subject DN mismatch |
 * | URL not in the project | 403 / 9611 | [V] |
 * | more requests than the rate limit | 429 with `Retry-After` | [V] for 429; the header is a reading |
 * | unknown URL | 404, HTML | [V] "do not parse" |
 * | wrong verb | 405 | [V] |
 * | wrong `Content-Type` or `Accept` | 415 | [V] |
 * | `keyId` or `encData` missing | 400 / 9125 | [T] |
 * | members beside `encData` | 400 / 9125 | reading |
 * | unknown `keyId`, other `kid`, wrong alg, undecryptable | 401 / 9210 | reading of [V] "JWE format invalid; kid missing" and [VC] |
 * | `iat` older than two minutes | 401 / 9210 | [T] for the two minutes, reading for the answer |
 * | `iat` ahead, in seconds, or missing | 401 / 9210 | reading |
 */
import type { Reply, World } from "../endpoints/Endpoint.ts"
import type { Clients, KeySet } from "./Clients.ts"
import type { Exchange } from "./Exchange.ts"
import { isObject } from "./FieldTable.ts"
import { kidOf, open } from "./Jwe.ts"
import type { PublishedKeys } from "./PublishedKeys.ts"

const iatLifetime = 120_000

/** Clocks on one machine may still step; more than this ahead is refused. */
const iatTolerance = 1_000

const envelope = (status: number, code: string, message: string, problem: string): Reply => ({
  status,
  body: { responseStatus: { status, code, severity: "ERROR", message, info: "" } },
  kind: "refused",
  record: { problem, ...(code === "" ? {} : { errorCode: code }) },
})

const missing = (status: number, code: string, problem: string) =>
  envelope(status, code, "Expected input credential was not present", problem)

const invalid = (code: string, problem: string) =>
  envelope(401, code, "Token validation failed", problem)

/** What a connection's certificate is; asked of OpenSSL once per connection. */
interface Peer {
  readonly fingerprint: string | undefined
  readonly problem: string | undefined
}

const peers = new WeakMap<object, Peer>()

const peerOf = (x: Exchange): Peer => {
  let peer = peers.get(x.socket)
  if (peer === undefined) {
    const fingerprint = x.socket.getPeerX509Certificate()?.fingerprint256
    peer = {
      fingerprint,
      problem: x.socket.authorized
        ? undefined
        : String(x.socket.authorizationError ?? "not authorized"),
    }
    peers.set(x.socket, peer)
  }
  return peer
}

/** Certificate and password: both known, and of the same credential set. */
export const authenticate = (x: Exchange, clients: Clients): Reply | undefined => {
  const peer = peerOf(x)
  if (peer.fingerprint === undefined) return missing(400, "9124", "no client certificate")
  x.known.fingerprint = peer.fingerprint
  const authorization = x.header("authorization")
  if (authorization === undefined) return missing(401, "9124", "no Authorization header")
  if (peer.problem !== undefined) return invalid("9125", `client certificate: ${peer.problem}`)
  const issued = clients.ofCertificate(peer.fingerprint)
  if (issued === undefined) return invalid("9125", "client certificate is not one that was issued")
  if (clients.hasExpired(issued.userId)) {
    return invalid("9125", "client certificate: expired, as was ordered")
  }
  const [scheme = "", token = ""] = authorization.split(" ")
  const account = scheme.toLowerCase() === "basic" ? clients.ofAuthorization(token) : undefined
  if (account === undefined) return invalid("9123", "user id or password is wrong")
  x.known.userId = account.userId
  if (account !== issued) {
    return invalid("9209", "certificate and user id belong to different credential sets")
  }
  x.project = account.project
  x.known.project = account.project
  return undefined
}

export const notInProject = envelope(
  403,
  "9611",
  "Authorization Failed for the URL",
  "URL is not part of the project",
)

const unparsableStatuses: ReadonlySet<number> = new Set([401, 403, 404, 429])

/**
 * Of these errors of Account & Wallet, clients are told not to parse the body ([V] docs-error-codes
 * of May 2024), so there it cannot be parsed.
 */
export const unparsable = (path: string, reply: Reply): Reply => {
  if (!path.startsWith("/visapayouts/") || !unparsableStatuses.has(reply.status)) return reply
  const { body: _body, ...rest } = reply
  return {
    ...rest,
    raw: {
      contentType: "text/html",
      content: `<html><head><title>${reply.status}</title></head><body>${reply.status}</body></html>\n`,
    },
  }
}

/** `millis`: until requests are let through again. */
export const tooMany = (millis: number): Reply => ({
  ...envelope(429, "", "Too Many Requests", "over the rate limit"),
  headers: { "retry-after": String(Math.ceil(millis / 1_000)) },
})

export const wrongVerb = envelope(405, "", "Method Not Allowed", "wrong verb for the URL")

export const internalError = envelope(500, "", "Internal Server Error", "")

const wrongType = (header: string) =>
  envelope(415, "", "Unsupported Media Type", `${header} is not application/json`)

/** A wrong `Content-Type` or `Accept` is a 415. XML request bodies are not simulated. */
export const mediaTypes = (x: Exchange): Reply | undefined => {
  const accept = x.header("accept")
  if (accept !== undefined && !/json|xml|\*\/\*|application\/\*/.test(accept)) {
    return wrongType("Accept")
  }
  return x.endpoint?.fields !== undefined &&
    !/^application\/json\s*(;|$)/i.test(x.header("content-type") ?? "")
    ? wrongType("Content-Type")
    : undefined
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const unsealed = (
  x: Exchange,
  keys: KeySet,
  published: PublishedKeys,
  now: number,
): Reply | undefined => {
  const body = parse(x.wire)
  const token = isObject(body) ? body["encData"] : undefined
  if (typeof token !== "string") return missing(400, "9125", "encData is missing")
  if (Object.keys(body as object).length !== 1) {
    return missing(400, "9125", "there are members beside encData")
  }
  const kid = kidOf(token)
  const publishedKey =
    kid === undefined || kid === keys.keyId ? undefined : published.privateKey(kid)
  const opened = open(token, publishedKey ?? keys.serverPrivate)
  if ("problem" in opened) return invalid("9210", `encData: ${opened.problem}`)
  const { header } = opened
  if (publishedKey !== undefined && kid !== undefined) x.known.sealedFor = kid
  else if (kid !== keys.keyId) return invalid("9210", "kid is not the keyId of the header")
  const iat = header["iat"]
  if (typeof iat !== "number" || !Number.isInteger(iat)) {
    return invalid("9210", "iat is missing or not a whole number")
  }
  if (now - iat > iatLifetime) return invalid("9210", `iat is ${now - iat} ms old`)
  if (iat - now > iatTolerance) return invalid("9210", `iat is ${iat - now} ms ahead`)
  x.enc = opened.enc
  x.payload = opened.plaintext
  return undefined
}

/**
 * Message level encryption. Afterwards `x.payload` is the plaintext, and `x.keys` the key set that
 * the reply is sealed for (absent: a project that does not enforce it, spoken to in clear).
 */
export const openMessage = (
  x: Exchange,
  clients: Clients,
  { publishedKeys, settings }: World,
  now: number,
): Reply | undefined => {
  if (x.endpoint?.mle === "never") return undefined
  const takesBody = x.endpoint?.fields !== undefined
  const keyId = x.header("keyid")
  if (keyId === undefined) {
    const body = settings.mle === "optional" && takesBody ? parse(x.wire) : undefined
    if (settings.mle === "required" || (isObject(body) && "encData" in body)) {
      return missing(400, "9125", "keyId header is missing")
    }
    x.payload = x.wire
    return undefined
  }
  x.known.keyId = keyId
  const keys = clients.keys(keyId)
  if (keys !== undefined && clients.hasExpired(keyId)) {
    return invalid("9210", "MLE certificates: expired, as was ordered")
  }
  if (keys === undefined || keys.project !== x.project) {
    // Nothing can be sealed for a key that is not known, so this is the clear envelope.
    return takesBody && !isObject(parse(x.wire))
      ? missing(400, "9125", "encData is missing")
      : invalid("9210", "keyId is not one of the project's")
  }
  if (takesBody) {
    const refused = unsealed(x, keys, publishedKeys, now)
    if (refused !== undefined) return refused
  }
  x.keys = keys
  return undefined
}
