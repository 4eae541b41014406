/**
 * Everything that an answer invents (identifiers, approval codes, noise) is derived here from the
 * seed and from the transaction's own identity, so that it does not depend on the order of arrival.
 */
import { createHash } from "node:crypto"

export type Seed = (purpose: string, identity: string) => Buffer

export const make = (seed: string): Seed => (purpose, identity) =>
  createHash("sha256").update(`${seed}\u0000${purpose}\u0000${identity}`).digest()

/** Fifteen digits without a leading zero: fits a JSON number (below 2^53). */
export const transactionIdentifier = (seed: Seed, identity: string): number =>
  Number(seed("transactionIdentifier", identity).readBigUInt64BE(0) % 900_000_000_000_000n) +
  100_000_000_000_000

/** Five digits and a letter, as in the recorded `98765X` and `21324K`. */
export const approvalCode = (seed: Seed, identity: string): string => {
  const bytes = seed("approvalCode", identity)
  return (
    String(bytes.readUInt32BE(0) % 100_000).padStart(5, "0") +
    String.fromCharCode(65 + ((bytes[4] ?? 0) % 26))
  )
}

/** Reproducible bytes that are not a message: the body of the `garbage` fault. */
export const noise = (seed: Seed, identity: string, length: number): Buffer => {
  const blocks: Array<Buffer> = []
  for (let n = 0; n * 32 < length; n++) blocks.push(seed(`noise-${n}`, identity))
  return Buffer.concat(blocks).subarray(0, length)
}
