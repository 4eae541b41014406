/**
 * Everything that an answer invents (identifiers, approval codes, noise) is derived here from the
 * seed and from the transaction's own identity, so that it does not depend on the order of arrival.
 */
import { createHash } from "node:crypto"

export type Seed = (purpose: string, identity: string) => Buffer

export const make =
  (seed: string): Seed =>
  (purpose, identity) =>
    createHash("sha256").update(`${seed}\u0000${purpose}\u0000${identity}`).digest()

export interface Invented {
  /** Fifteen digits without a leading zero: fits a JSON number (below 2^53). */
  readonly transactionIdentifier: number
  /** Five digits and a letter, as in the recorded `98765X` and `21324K`. */
  readonly approvalCode: string
}

/** What VisaNet and the issuer would make up for a transaction. */
export const transaction = (seed: Seed, identity: string): Invented => {
  const bytes = seed("transaction", identity)
  return {
    transactionIdentifier:
      Number(bytes.readBigUInt64BE(0) % 900_000_000_000_000n) + 100_000_000_000_000,
    approvalCode:
      String(bytes.readUInt32BE(8) % 100_000).padStart(5, "0") +
      String.fromCharCode(65 + (bytes.readUInt8(12) % 26)),
  }
}

/** Reproducible bytes that are not a message: the body of the `garbage` fault. */
export const noise = (seed: Seed, identity: string, length: number): Buffer => {
  const blocks: Array<Buffer> = []
  for (let n = 0; n * 32 < length; n++) blocks.push(seed(`noise-${n}`, identity))
  return Buffer.concat(blocks).subarray(0, length)
}
