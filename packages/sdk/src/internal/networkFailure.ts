/** From what undici, TLS and the socket report to a row of the catalogue. */
import { FenceClosed } from "./channel.ts"
import type { ChannelFailure } from "./channel.ts"
import { errorCode } from "./errorCode.ts"
import type { Failure } from "../Operation.ts"
import { failure } from "../Operation.ts"
import type { Tag } from "../VisaError.ts"

/** Codes that mean the same in whichever phase they appear. */
const codes: { readonly [code: string]: Tag } = {
  ENOTFOUND: "HostNotFound",
  EAI_AGAIN: "HostNotFound",
  ECONNREFUSED: "ConnectionRefused",
  UND_ERR_CONNECT_TIMEOUT: "ConnectTimeout",
  ETIMEDOUT: "ConnectTimeout",
  ERR_SSL_WRONG_VERSION_NUMBER: "ServerNotTls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "ServerNotTls",
  ERR_SSL_HTTP_REQUEST: "ServerNotTls",
  EPROTO: "ServerNotTls",
  ERR_TLS_CERT_ALTNAME_INVALID: "ServerCertificateRejected",
  CERT_HAS_EXPIRED: "ServerCertificateRejected",
  CERT_NOT_YET_VALID: "ServerCertificateRejected",
  CERT_REVOKED: "ServerCertificateRejected",
  CERT_REJECTED: "ServerCertificateRejected",
  CERT_SIGNATURE_FAILURE: "ServerCertificateRejected",
  CERT_UNTRUSTED: "ServerCertificateRejected",
  DEPTH_ZERO_SELF_SIGNED_CERT: "ServerCertificateRejected",
  HOSTNAME_MISMATCH: "ServerCertificateRejected",
  INVALID_CA: "ServerCertificateRejected",
  INVALID_PURPOSE: "ServerCertificateRejected",
  SELF_SIGNED_CERT_IN_CHAIN: "ServerCertificateRejected",
  UNABLE_TO_GET_ISSUER_CERT: "ServerCertificateRejected",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "ServerCertificateRejected",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "ServerCertificateRejected",
  UND_ERR_CLOSED: "CredentialsClosed",
  UND_ERR_DESTROYED: "CredentialsClosed",
}

/**
 * A TLS alert of the server. With TLS 1.3 it can arrive after the client's handshake "succeeded" and
 * the request was written; it still proves that the server never finished its side of the handshake,
 * so it cannot have read the request.
 */
const isHandshakeAlert = (code: string): boolean =>
  /^ERR_SSL_(TLSV1|TLSV13|SSLV3)_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|DECRYPT_ERROR)$/.test(
    code,
  )

const messageOf = (cause: unknown): string | undefined =>
  cause instanceof Error && cause.message !== "" ? cause.message.split("\n")[0] : undefined

const startedTag = (code: string, phase: "headers" | "body"): Tag => {
  switch (code) {
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return "ResponseTimeout"
    case "UND_ERR_RES_EXCEEDED_MAX_SIZE":
      return "ResponseTooLarge"
    default:
      if (code.startsWith("HPE_")) return "ResponseMalformed"
      return phase === "body" ? "ResponseTruncated" : "ConnectionLost"
  }
}

/** The row for a failure of the exchange, and what the runtime said about it. */
/** Not sent from here; what the other worker sends is unknown, and so is the tag's money. */
export const fenceClosed: Failure = failure("ClaimLost", {
  detail: "The request was broken off before its first byte",
})

export const networkFailure = ({ cause, phase }: ChannelFailure): Failure => {
  if (cause instanceof FenceClosed) return fenceClosed
  const code = errorCode(cause)
  const detail = [code, messageOf(cause)].filter(Boolean).join(": ") || undefined
  if (isHandshakeAlert(code)) return failure("ClientCertificateRejected", { detail })
  return failure(
    phase === "unsent" ? (codes[code] ?? "ConnectionFailed") : startedTag(code, phase),
    { detail },
  )
}
