/** How ids look; see the `format` option of `Correlation`. */
export type CorrelationFormat = "uuid" | "ulid" | "prefix+ts"

/**
 * Random bytes drawn in one go and used up piece by piece: asking the platform for 16 bytes costs
 * nearly as much as asking it for thousands.
 */
export class RandomPool {
  bytes: Uint8Array = new Uint8Array(0)
  private offset = 0

  /** Enough for any single id. */
  static readonly perId = 16
  static readonly size = 256 * RandomPool.perId

  get ready(): boolean {
    return this.bytes.length - this.offset >= RandomPool.perId
  }

  refill(bytes: Uint8Array): void {
    if (bytes.length < RandomPool.perId) {
      throw new RangeError(
        `SecureRandom.randomBytes returned ${bytes.length} bytes where ${RandomPool.size} were asked for`,
      )
    }
    this.bytes = bytes
    this.offset = 0
  }

  /** Where the next `count` unused bytes start. */
  take(count: number): number {
    const start = this.offset
    this.offset += count
    return start
  }
}

/** Makes the next id at a time in epoch milliseconds. The pool must be ready. */
export type NextId = (now: number, pool: RandomPool) => string

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** Two base 32 digits for every 10 bits. */
const pairs: ReadonlyArray<string> = Array.from(
  { length: 1024 },
  (_, bits) => crockford.charAt(bits >>> 5) + crockford.charAt(bits & 31),
)

const pair = (bits: number): string => pairs[bits & 1023] ?? ""

const fourDigits = (bits20: number): string => pair(bits20 >>> 10) + pair(bits20)

const eightDigits = (bits40: number): string => {
  const high = Math.floor(bits40 / 2 ** 20)
  return fourDigits(high) + fourDigits(bits40 - high * 2 ** 20)
}

const bits40 = (pool: RandomPool): number => {
  const start = pool.take(5)
  let bits = 0
  for (let i = start; i < start + 5; i++) bits = bits * 256 + (pool.bytes[i] ?? 0)
  return bits
}

const maxTime = 2 ** 48 - 1

/** 48 bits of time as ten base 32 digits. */
const timeDigits = (time: number): string => {
  const high = Math.floor(time / 2 ** 30)
  const low = time - high * 2 ** 30
  return fourDigits(high) + pair(low >>> 20) + fourDigits(low & 0xfffff)
}

/**
 * A time and a random number that only ever grow: within a millisecond, or when the clock stands
 * still or goes back, the number is counted up. When it overflows, the time is moved on by 1 ms and
 * the number drawn anew, so that ids never repeat and never fail. The order ends with the last
 * millisecond that 48 bits can hold, in the year 10889.
 */
class Sequence {
  time = -1
  high = 0
  low = 0
  private readonly highLimit: number

  constructor(highBits: number) {
    this.highLimit = 2 ** highBits
  }

  /** Whether anything above `low` has changed. */
  advance(now: number, pool: RandomPool): boolean {
    const time = now >= 0 ? Math.min(Math.trunc(now), maxTime) : 0
    if (time > this.time) {
      this.time = time
      this.draw(pool)
      return true
    }
    if (this.low < 2 ** 40 - 1) {
      this.low++
      return false
    }
    if (this.high < this.highLimit - 1) {
      this.high++
      this.low = 0
      return true
    }
    this.time = Math.min(this.time + 1, maxTime)
    this.draw(pool)
    return true
  }

  private draw(pool: RandomPool): void {
    this.high = bits40(pool) % this.highLimit
    this.low = bits40(pool)
  }
}

const ulid = (): NextId => {
  const sequence = new Sequence(40)
  let fixed = ""
  return (now, pool) => {
    if (sequence.advance(now, pool)) fixed = timeDigits(sequence.time) + eightDigits(sequence.high)
    return fixed + eightDigits(sequence.low)
  }
}

const prefixed = (prefix: string): NextId => {
  const sequence = new Sequence(20)
  let fixed = ""
  return (now, pool) => {
    if (sequence.advance(now, pool))
      fixed = `${prefix}-${sequence.time}-${fourDigits(sequence.high)}`
    return fixed + eightDigits(sequence.low)
  }
}

const hex: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
)

/** Version 4 of RFC 9562. */
const uuid: NextId = (_now, pool) => {
  const { bytes } = pool
  const start = pool.take(16)
  const octet = (index: number) => hex[bytes[start + index] ?? 0] ?? ""
  const version = hex[((bytes[start + 6] ?? 0) & 0x0f) | 0x40] ?? ""
  const variant = hex[((bytes[start + 8] ?? 0) & 0x3f) | 0x80] ?? ""
  return (
    octet(0) +
    octet(1) +
    octet(2) +
    octet(3) +
    "-" +
    octet(4) +
    octet(5) +
    "-" +
    version +
    octet(7) +
    "-" +
    variant +
    octet(9) +
    "-" +
    octet(10) +
    octet(11) +
    octet(12) +
    octet(13) +
    octet(14) +
    octet(15)
  )
}

export const nextIdOf = (format: CorrelationFormat, prefix: string): NextId => {
  switch (format) {
    case "uuid":
      return uuid
    case "ulid":
      return ulid()
    case "prefix+ts":
      return prefixed(prefix)
  }
}
