import { Config, Context, DateTime, Effect, Hash, Layer, Option, Schema, Semaphore } from "effect"
import { SecureRandom } from "effect/crypto"
import type { AcquiringBin } from "./AcquiringBin.ts"
import { Rrn } from "./Rrn.ts"
import { Stan } from "./Stan.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { VisaError } from "./VisaError.ts"

/**
 * What makes one transaction itself, for Visa and for us: made once, stored by the caller, then sent,
 * and sent again unchanged on every retry. The first three are fields of the request, the last is its
 * `X-Client-Transaction-ID` header.
 */
export const Identity = Schema.Struct({
  systemsTraceAuditNumber: Stan.Schema,
  retrievalReferenceNumber: Rrn.Schema,
  /** `YYYY-MM-DDThh:mm:ss`, without a zone. It is UTC unless the option `timeZone` says otherwise. */
  localTransactionDateTime: Schema.String.check(
    Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, {
      message: "not a local date and time: YYYY-MM-DDThh:mm:ss is needed",
    }),
  ),
  /** A random UUID, version 4. */
  clientTransactionId: Schema.String,
})

export type Identity = typeof Identity.Type

/** Whose numbers are counted: a terminal under an acquiring BIN. */
export interface IdentityOwner {
  readonly acquiringBin: AcquiringBin
  /** `cardAcceptor.terminalId` of the request. */
  readonly terminalId: string
  /** `cardAcceptor.idCode` of the request, where several card acceptors share terminal ids. */
  readonly cardAcceptorId?: string | undefined
}

/**
 * Draws numbers for a process from a store that many processes share: adds `size` to the count that
 * is kept under `key`, atomically, and answers what the count was before (0 for a new key). There is
 * a key per BIN, terminal and UTC day, e.g. `2026-02-01/408999/TID-9999`; a store may forget it when
 * the next day is over. `INCRBY` of Redis, less `size`, is such a draw.
 */
export type Reserve = (key: string, size: number) => Effect.Effect<number, VisaError>

export interface TransactionIdentityOptions {
  /** The zone of `localTransactionDateTime`. UTC when absent. */
  readonly timeZone?: DateTime.TimeZone | undefined
  /** A shared store, for several processes that use the same BIN and terminal. */
  readonly reserve?: Reserve | undefined
  /** How many numbers a draw from the store takes. 100 when absent; a restart loses what is left. */
  readonly blockSize?: number | undefined
}

/**
 * 000001 to 999999. Hosts commonly take an all-zero field for an absent one, so 000000 is left out.
 */
const ringSize = 999_999
const millisPerDay = 86_400_000

/** The numbers of one owner and day: where they begin, and the stretch that may be given out here. */
interface Ring {
  readonly day: number
  readonly base: number
  readonly lock: Semaphore.Semaphore
  next: number
  end: number
}

const sixDigits = (value: number): Stan =>
  // At most 999 999 in both uses.
  String(value).padStart(6, "0") as Stan

/** The next of the numbers that were drawn. */
const drawn = (ring: Ring): number | undefined =>
  ring.next < ring.end && ring.next < ringSize
    ? 1 + ((ring.base + ring.next++) % ringSize)
    : undefined

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/**
 * By how much the last six digits of the RRN differ from the STAN. The transaction query finds by
 * BIN, STAN and RRN, not by terminal, and the rings of two terminals run close together when their
 * processes started together: with the same six digits in both, a query could answer with another
 * terminal's payment. With a million offsets, processes that know nothing of each other keep their
 * terminals apart; two terminals have the same offset by a chance of one in a million.
 */
const offsetOf = ({ cardAcceptorId = "", terminalId }: IdentityOwner): number =>
  (Hash.string(`${cardAcceptorId}/${terminalId}`) >>> 0) % 1_000_000

const make = Effect.fnUntraced(function* (
  options: TransactionIdentityOptions = {},
): Effect.fn.Return<TransactionIdentity["Service"], VisaError, SecureRandom.SecureRandom> {
  const { blockSize = 100, reserve, timeZone } = options
  if (!isCount(blockSize) || blockSize < 1 || blockSize > ringSize) {
    return yield* VisaError.of("OptionInvalid", {
      field: "blockSize",
      detail: `give a whole number from 1 to ${ringSize}`,
    })
  }
  const random = yield* SecureRandom.SecureRandom
  // Without a store the whole ring is drawn at once.
  const draw = reserve ?? (() => Effect.succeed(0))
  const drawSize = reserve === undefined ? ringSize : blockSize
  const rings = new Map<string, Ring>()

  const ringOf = (key: string, millis: number): Ring => {
    const found = rings.get(key)
    if (found !== undefined) return found
    const day = Math.floor(millis / millisPerDay)
    // The day before is kept: a clock that is set back over midnight must find its numbers used.
    for (const [other, ring] of rings) if (ring.day < day - 1) rings.delete(other)
    const slot = Math.floor(((millis - day * millisPerDay) * ringSize) / millisPerDay)
    const base = reserve === undefined ? slot : 0
    const ring: Ring = { day, base, lock: Semaphore.makeUnsafe(1), next: 0, end: 0 }
    rings.set(key, ring)
    return ring
  }

  const take = (ring: Ring, key: string): Effect.Effect<number, VisaError> => {
    if (ring.next >= ringSize) {
      return Effect.fail(
        VisaError.of("IdentityExhausted", { detail: `the numbers of ${key} are used up` }),
      )
    }
    const number = drawn(ring)
    if (number !== undefined) return Effect.succeed(number)
    return Effect.flatMap(draw(key, drawSize), (start) => {
      if (!isCount(start)) {
        return Effect.fail(
          VisaError.of("OptionInvalid", {
            field: "reserve",
            detail: "the store must answer the count before the draw, a whole number from 0 up",
          }),
        )
      }
      ring.next = start
      ring.end = start + drawSize
      return take(ring, key)
    })
  }

  return TransactionIdentity.of({
    next: Effect.fnUntraced(function* (owner) {
      const now = yield* DateTime.now
      const utc = DateTime.formatIso(now)
      const key = `${utc.slice(0, "YYYY-MM-DD".length)}/${owner.acquiringBin}/${owner.terminalId}`
      const ring = ringOf(key, DateTime.toEpochMillis(now))
      const number =
        drawn(ring) ?? (yield* ring.lock.withPermit(Effect.suspend(() => take(ring, key))))
      const local =
        timeZone === undefined ? utc : DateTime.formatIsoOffset(DateTime.setZone(now, timeZone))
      return {
        systemsTraceAuditNumber: sixDigits(number),
        retrievalReferenceNumber: Rrn.derive(
          now,
          sixDigits((number + offsetOf(owner)) % 1_000_000),
        ),
        localTransactionDateTime: local.slice(0, "YYYY-MM-DDThh:mm:ss".length),
        clientTransactionId: yield* random.uuidV4(),
      }
    }),
  })
})

/** Counts up instead of drawing at random, so that tests know every id. */
const countingRandom = Effect.sync(() => {
  let count = 0
  return SecureRandom.make((size) => {
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(size - 4, ++count)
    return bytes
  })
})

/**
 * Allocates what makes a transaction itself: STAN, RRN, local time and client transaction id.
 *
 * **What is guaranteed.** Within one service no STAN is given out twice on a UTC day for a BIN and
 * terminal; the 1,000,000th request of a day fails with `IdentityExhausted`. Nothing is stored, so a
 * restarted process cannot know what was given out before it. It therefore starts at the place in the
 * ring that belongs to the time of day (999,999 numbers over 24 hours, one every 86.4 ms) and counts
 * up from there. Over restarts no number comes twice on a day as long as each process allocates less
 * than 11.5 per second on average, counted from its first allocation of the day to the restart or to
 * midnight; the clock is not set back from one process to the next; and no two of them run at the
 * same time under one BIN and terminal.
 *
 * For a higher rate, or for several processes at the same time under one BIN and terminal, give the
 * option `reserve`; {@link TransactionIdentity.reserveMemory} is one for tests and single processes.
 * Processes with different terminal ids need none.
 *
 * The RRN is `ydddhhnnnnnn` in UTC whatever the `timeZone`. Its last six digits are the STAN moved by
 * a distance that belongs to terminal and card acceptor. The transaction query asks for BIN, STAN and
 * RRN but not for the terminal: without this, two terminals that came to the same STAN in the same
 * hour would get each other's answers.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { AcquiringBin, TransactionIdentity } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const identities = yield* TransactionIdentity
 *   const acquiringBin = yield* AcquiringBin.make("408999")
 *   const identity = yield* identities.next({ acquiringBin, terminalId: "TID-9999" })
 *   // Store it first, then send it; a retry sends the same.
 *   assert.match(identity.systemsTraceAuditNumber, /^\d{6}$/)
 * })
 * Effect.runSync(program.pipe(Effect.provide(TransactionIdentity.layer())))
 */
export class TransactionIdentity extends Context.Service<
  TransactionIdentity,
  {
    /**
     * A new identity. Fails with `IdentityExhausted` when the day's numbers are used up, and with
     * whatever the store of the option `reserve` fails with.
     */
    readonly next: (owner: IdentityOwner) => Effect.Effect<Identity, VisaError>
  }
>()("effect-visa-direct/TransactionIdentity") {
  /** Fails with `OptionInvalid` for a block size that is none. */
  static readonly make = make

  /** With cryptographic randomness of the platform. */
  static readonly layer = (
    options?: TransactionIdentityOptions,
  ): Layer.Layer<TransactionIdentity, VisaError> =>
    Layer.effect(TransactionIdentity, make(options)).pipe(
      Layer.provide(SecureRandom.layerWebCrypto),
    )

  /** Reads `VISA_DIRECT_TIME_ZONE`, e.g. `Europe/London` or `+01:00`; UTC when it is not set. */
  static readonly layerConfig: Layer.Layer<TransactionIdentity, VisaError> = Layer.unwrap(
    Config.option(Config.schema(Schema.TimeZoneFromString, "VISA_DIRECT_TIME_ZONE")).pipe(
      Effect.map((timeZone) =>
        TransactionIdentity.layer({ timeZone: Option.getOrUndefined(timeZone) }),
      ),
      Effect.mapError(optionInvalid),
    ),
  )

  /** For tests: client transaction ids count up from 1; with `TestClock` the whole identity is exact. */
  static readonly layerTest = (
    options?: TransactionIdentityOptions,
  ): Layer.Layer<TransactionIdentity, VisaError> =>
    Layer.effect(TransactionIdentity, make(options)).pipe(
      Layer.provide(Layer.effect(SecureRandom.SecureRandom, countingRandom)),
    )

  /** A store in memory for the option `reserve`: allocators that share it never give out the same number. */
  static readonly reserveMemory: Effect.Effect<Reserve> = Effect.sync(() => {
    const counts = new Map<string, number>()
    return (key, size) =>
      Effect.sync(() => {
        const before = counts.get(key) ?? 0
        counts.set(key, before + size)
        return before
      })
  })
}
