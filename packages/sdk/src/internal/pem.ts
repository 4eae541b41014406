/** Certificates and private keys out of PEM files, in the states in which people keep them. */
import { Array, Effect, Predicate, Redacted } from "effect"
import { createPrivateKey, X509Certificate } from "node:crypto"
import type { KeyObject } from "node:crypto"
import type { VisaError } from "../VisaError.ts"
import { failure } from "./credentialsPart.ts"
import type { Part } from "./credentialsPart.ts"

interface Block {
  readonly label: string
  /** What stands between the BEGIN and END lines. */
  readonly body: string
}

const malformed = (part: Part, detail: string): VisaError =>
  failure("CredentialMalformed", part, detail)

const startsWith = (bytes: Uint8Array, ...start: ReadonlyArray<number>): boolean =>
  start.every((byte, index) => bytes[index] === byte)

const withoutBlocks = (part: Part, text: string): string => {
  if (startsWith(part.bytes, 0x30)) {
    return "it is binary (DER or PKCS#12), not PEM: convert DER with `openssl x509 -inform DER` or `openssl pkey -inform DER`, and give PKCS#12 as tls.pkcs12"
  }
  if (startsWith(part.bytes, 0xfe, 0xed, 0xfe, 0xed)) {
    return "it is a Java keystore, not PEM: convert it with `keytool -importkeystore -deststoretype PKCS12`"
  }
  return part.path === undefined && !text.includes("\n")
    ? "it holds no PEM block; to read a file, give { path }"
    : "it holds no PEM block"
}

const blocksOf = Effect.fnUntraced(function* (
  part: Part,
): Effect.fn.Return<ReadonlyArray<Block>, VisaError> {
  if (part.bytes.length === 0) {
    return yield* malformed(part, "it is empty")
  }
  // TextDecoder drops a byte order mark. Environment variables often hold line ends as `\n`.
  const text = new TextDecoder().decode(part.bytes).replaceAll("\\n", "\n")
  const blocks: globalThis.Array<Block> = []
  const begin = /-----BEGIN ([A-Z0-9 ]+)-----/g
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = match[1] ?? ""
    const start = begin.lastIndex
    const end = text.indexOf(`-----END ${label}-----`, start)
    if (end === -1) {
      return yield* malformed(part, `it is cut off: its ${label} block has no end`)
    }
    blocks.push({ label, body: text.slice(start, end) })
    begin.lastIndex = end
  }
  return blocks.length === 0 ? yield* malformed(part, withoutBlocks(part, text)) : blocks
})

const labels = (blocks: ReadonlyArray<Block>): string =>
  [...new Set(blocks.map((block) => block.label))].join(", ")

/** Whether the bytes are one ASN.1 SEQUENCE, neither cut off nor followed by anything. */
const isWholeDer = (der: Uint8Array): boolean => {
  const [tag, first] = der
  if (tag !== 0x30 || first === undefined) {
    return false
  }
  if (first < 0x80) {
    return der.length === 2 + first
  }
  const lengthBytes = der.subarray(2, 2 + (first & 0x7f))
  const length = lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0)
  return lengthBytes.length > 0 && der.length === 2 + lengthBytes.length + length
}

/** Node's base64 decoder skips what it does not understand, so damage is looked for here. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const derOf = Effect.fnUntraced(function* (
  part: Part,
  block: Block,
): Effect.fn.Return<Buffer, VisaError> {
  const text = block.body.replaceAll(/\s+/g, "")
  const der = base64.test(text) ? Buffer.from(text, "base64") : undefined
  return der !== undefined && isWholeDer(der)
    ? der
    : yield* malformed(part, `its ${block.label} block is damaged or cut off`)
})

/** Parses DER, as it is found in PEM and in PKCS#12. */
export const certificateOf = (
  part: Part,
  der: Uint8Array,
): Effect.Effect<X509Certificate, VisaError> =>
  Effect.try({
    try: () => new X509Certificate(der),
    catch: () => malformed(part, "it holds a certificate that is not X.509"),
  })

/** All certificates of a PEM file, in its order: at least one. Other blocks are passed over. */
export const readCertificates = Effect.fnUntraced(function* (
  part: Part,
): Effect.fn.Return<Array.NonEmptyReadonlyArray<X509Certificate>, VisaError> {
  const blocks = yield* blocksOf(part)
  const found = blocks.filter((block) => block.label === "CERTIFICATE")
  if (!Array.isReadonlyArrayNonEmpty(found)) {
    return yield* malformed(part, `it holds ${labels(blocks)} where a CERTIFICATE is expected`)
  }
  return yield* Effect.forEach(found, (block) =>
    Effect.flatMap(derOf(part, block), (der) => certificateOf(part, der)),
  )
})

const keyTypes = {
  "PRIVATE KEY": "pkcs8",
  "ENCRYPTED PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
} as const

const isKeyLabel = (label: string): label is keyof typeof keyTypes => Object.hasOwn(keyTypes, label)

const errorCode = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : ""

/**
 * A wrong passphrase mostly ends in bad padding and, once in a few hundred times, in a decrypted
 * block that is no key. Both must read as `PassphraseWrong`, so an input is checked for damage
 * before it is opened, and only a cipher that OpenSSL lacks is told apart here.
 */
const openFailure = (part: Part, cause: unknown): VisaError =>
  /EVP_UNSUPPORTED|UNSUPPORTED_ENCRYPTION/.test(errorCode(cause))
    ? malformed(
        part,
        "it is encrypted with a cipher that this Node does not offer: encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc`",
      )
    : failure("PassphraseWrong", part, "the private key could not be decrypted")

/** The older form: a PKCS#1 or SEC 1 key of which OpenSSL encrypted the base64 content. */
const traditional =
  /^\s*Proc-Type: *4,ENCRYPTED\s*?\n\s*DEK-Info: *([A-Z0-9-]+,(?:[0-9A-F]{16}){1,2})\s*?\n\s*?\n([\s\S]+)$/i

const readTraditional = Effect.fnUntraced(function* (
  part: Part,
  block: Block,
  passphrase: string,
): Effect.fn.Return<KeyObject, VisaError> {
  const [, algorithm, content] = traditional.exec(block.body) ?? []
  const text = content?.replaceAll(/\s+/g, "") ?? ""
  if (text === "" || !base64.test(text)) {
    return yield* malformed(part, `its ${block.label} block is damaged`)
  }
  const key = [
    `-----BEGIN ${block.label}-----`,
    "Proc-Type: 4,ENCRYPTED",
    `DEK-Info: ${algorithm}`,
    "",
    ...(text.match(/.{1,64}/g) ?? []),
    `-----END ${block.label}-----`,
    "",
  ].join("\n")
  return yield* Effect.try({
    try: () => createPrivateKey({ key, passphrase }),
    catch: (cause) => openFailure(part, cause),
  })
})

/** The one private key of a PEM file: PKCS#1, SEC 1 or PKCS#8, each encrypted or not. */
export const readPrivateKey = Effect.fnUntraced(function* (
  part: Part,
  passphrase: Redacted.Redacted | undefined,
): Effect.fn.Return<KeyObject, VisaError> {
  const blocks = yield* blocksOf(part)
  const [block, ...others] = blocks.filter((block) => isKeyLabel(block.label))
  if (block === undefined || !isKeyLabel(block.label)) {
    return yield* malformed(part, `it holds ${labels(blocks)} where a PRIVATE KEY is expected`)
  }
  if (others.length > 0) {
    return yield* malformed(
      part,
      `it holds ${1 + others.length} private keys where one is expected`,
    )
  }
  const isTraditional = block.body.includes("Proc-Type:")
  const isEncrypted = isTraditional || block.label === "ENCRYPTED PRIVATE KEY"
  if (isEncrypted && passphrase === undefined) {
    return yield* failure("PassphraseMissing", part, "the private key is encrypted")
  }
  if (isTraditional && passphrase !== undefined) {
    return yield* readTraditional(part, block, Redacted.value(passphrase))
  }
  const { label } = block
  const der = yield* derOf(part, block)
  return yield* Effect.try({
    try: () =>
      createPrivateKey({
        key: der,
        format: "der",
        type: keyTypes[label],
        ...(isEncrypted && passphrase !== undefined
          ? { passphrase: Redacted.value(passphrase) }
          : {}),
      }),
    catch: (cause) =>
      isEncrypted
        ? openFailure(part, cause)
        : malformed(part, `its ${label} block does not hold such a key`),
  })
})
