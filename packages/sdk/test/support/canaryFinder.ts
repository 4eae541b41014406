/**
 * Looks for canaries in what a process wrote, however they are written: as they are, in another case,
 * with separators or in pieces, escaped, in hexadecimal or base64, compressed, and in each other.
 */
import { gunzipSync } from "node:zlib"

export interface Needle {
  readonly label: string
  readonly value: string
}

export interface Found {
  readonly label: string
  /** How it was written: the path of decodings, and in which form it stood there. */
  readonly as: string
  /** What stands around it. */
  readonly near: string
}

const isDigit = (byte: number) => byte >= 48 && byte <= 57
const isLetter = (byte: number) => byte >= 97 && byte <= 122

/** In small letters. */
const lower = (byte: number) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)

interface Form {
  readonly name: string
  readonly keeps: (byte: number) => boolean
  readonly takes: (needle: string) => boolean
}

/** Bytes outside of ASCII stay: they are parts of letters. */
const forms: ReadonlyArray<Form> = [
  {
    name: "letters and digits",
    keeps: (byte) => isDigit(byte) || isLetter(byte) || byte >= 128,
    takes: (needle) => needle.length >= 8,
  },
  {
    // Of shorter ones there are too many by chance.
    name: "digits alone",
    keeps: isDigit,
    takes: (needle) => /^\d{13,}$/.test(needle),
  },
]

/** The bytes that a form keeps, and where each of them was. */
const reduced = (bytes: Uint8Array, { keeps }: Form) => {
  const kept = new Uint8Array(bytes.length)
  const origins = new Int32Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = lower(bytes[at] ?? 0)
    if (keeps(byte)) {
      kept[length] = byte
      origins[length++] = at
    }
  }
  return { kept: kept.subarray(0, length), origins }
}

/** All needles at once, in one pass (Aho and Corasick, 1975). */
const automaton = (needles: ReadonlyArray<Needle>) => {
  const size = 1 + needles.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)
  const goTo = new Int32Array(size * 256).fill(-1)
  const ends: Array<Array<string>> = [[]]
  const step = (state: number, byte: number): number => goTo[state * 256 + byte] ?? -1
  for (const { label, value } of needles) {
    let state = 0
    for (const byte of Buffer.from(value)) {
      if (step(state, byte) === -1) goTo[state * 256 + byte] = ends.push([]) - 1
      state = step(state, byte)
    }
    ends[state]?.push(label)
  }
  const fails = new Int32Array(ends.length)
  const queue = [0]
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0
    const fail = fails[state] ?? 0
    if (state !== 0) ends[state]?.push(...(ends[fail] ?? []))
    for (let byte = 0; byte < 256; byte++) {
      const next = step(state, byte)
      const instead = state === 0 ? 0 : step(fail, byte)
      if (next === -1) goTo[state * 256 + byte] = instead
      else {
        fails[next] = instead
        queue.push(next)
      }
    }
  }
  const isEnd = Uint8Array.from(ends, ({ length }) => (length > 0 ? 1 : 0))
  return (bytes: Uint8Array, hit: (label: string, end: number) => void): void => {
    let state = 0
    for (let at = 0; at < bytes.length; at++) {
      state = step(state, bytes[at] ?? 0)
      if (isEnd[state] === 1) for (const label of ends[state] ?? []) hit(label, at)
    }
  }
}

const joined = (parts: ReadonlyArray<Buffer>): Buffer =>
  Buffer.concat(parts.flatMap((part) => [part, Buffer.from("\0")]))

const runs = (text: string, run: RegExp) => Array.from(text.matchAll(run), ([found]) => found)

/** What else the bytes can stand for. Empty where they hold nothing of the kind. */
const decodings: ReadonlyArray<readonly [name: string, decode: (text: string) => Buffer]> = [
  [
    "escapes",
    (text) =>
      /[\\%&]/.test(text)
        ? Buffer.from(
            text
              .replace(/\\+u([0-9a-f]{4})/gi, (_, hex) =>
                String.fromCharCode(Number.parseInt(hex, 16)),
              )
              .replace(/(?:\\+x|%(?:25)*)([0-9a-f]{2})/gi, (_, hex) =>
                String.fromCharCode(Number.parseInt(hex, 16)),
              )
              .replace(/&#(\d{2,5});/g, (_, code) => String.fromCharCode(Number(code)))
              .replace(/&#x([0-9a-f]{2,4});/gi, (_, hex) =>
                String.fromCharCode(Number.parseInt(hex, 16)),
              )
              // What is left are line feeds and the like: `\n` is no letter.
              .replace(/\\+[nrtbf]/g, " "),
            "latin1",
          )
        : Buffer.alloc(0),
  ],
  [
    "base64",
    (text) =>
      joined(
        runs(text, /[A-Za-z0-9+/_-]{12,}/g).flatMap((run) =>
          // Where it begins in a longer run is not known.
          [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), "base64")),
        ),
      ),
  ],
  [
    "hexadecimal",
    (text) =>
      joined(
        runs(text, /[0-9a-f]{16,}/gi).flatMap((run) =>
          [0, 1].map((from) => Buffer.from(run.slice(from), "hex")),
        ),
      ),
  ],
  [
    "numbers of bytes",
    (text) =>
      joined(
        runs(text, /\d{1,3}(?:\s*,\s*\d{1,3}){7,}/g).map((run) =>
          Buffer.from(run.split(",").map(Number)),
        ),
      ),
  ],
  [
    "hexadecimal bytes",
    (text) =>
      joined(
        runs(text, /[0-9a-f]{2}(?: [0-9a-f]{2}){7,}/gi).map((run) =>
          Buffer.from(run.replaceAll(" ", ""), "hex"),
        ),
      ),
  ],
]

/** Files of databases are mostly zeros. */
const withoutBlanks = (bytes: Uint8Array): Uint8Array => {
  const kept = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0 || bytes[at - 1] !== 0) kept[length++] = bytes[at] ?? 0
  }
  return kept.subarray(0, length)
}

/** Nothing where it is not compressed: what was decoded can begin like it by chance. */
const gunzipped = (bytes: Uint8Array): Uint8Array | undefined => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined
  try {
    return gunzipSync(bytes)
  } catch {
    return undefined
  }
}

const normal = (value: string): string =>
  value.toLowerCase().replace(/[\x00-\x7f]/g, (letter) => (/[a-z0-9]/.test(letter) ? letter : ""))

/**
 * Makes a search for the needles. Values of less than 8 letters and digits are too common to be
 * recognised by themselves: `codes` are, after the name of a security code.
 */
export const finder = (needles: ReadonlyArray<Needle>, codes: ReadonlyArray<Needle>) => {
  const normalized = needles.map(({ label, value }) => ({ label, value: normal(value) }))
  const searches = forms.map((form) => ({
    form,
    search: automaton(normalized.filter(({ value }) => form.takes(value))),
  }))
  const named = codes.map(({ label, value }) => ({
    label,
    pattern: new RegExp(`(?:c[vs][vc]|security.?code)2?[^\\d]{0,40}?${value}(?!\\d)`, "gi"),
  }))

  const look = (
    bytes: Uint8Array,
    path: string,
    depth: number,
    found: Map<string, Found>,
  ): void => {
    const unpacked = gunzipped(bytes)
    if (unpacked !== undefined) return look(unpacked, `${path}gzip > `, depth, found)
    const text = Buffer.from(bytes).toString("latin1")
    const note = (label: string, form: string, from: number, to: number) => {
      const as = `${path}${form}`
      if (!found.has(`${label} ${as}`)) {
        const near = text.slice(Math.max(0, from - 120), to + 40)
        found.set(`${label} ${as}`, { label, as, near })
      }
    }
    for (const { form, search } of searches) {
      const { kept, origins } = reduced(bytes, form)
      search(kept, (label, end) =>
        note(label, form.name, (origins[end] ?? 0) - 40, origins[end] ?? 0),
      )
    }
    for (const { label, pattern } of named) {
      for (const { 0: hit, index } of text.matchAll(pattern)) {
        note(label, "a named field", index, index + hit.length)
      }
    }
    if (depth === 0) return
    for (const [name, decode] of decodings) {
      const decoded = decode(text)
      if (decoded.length > 0) look(decoded, `${path}${name} > `, depth - 1, found)
    }
  }

  /** What is found in the bytes, each canary once for each way of writing it. */
  return (bytes: Uint8Array): ReadonlyArray<Found> => {
    const found = new Map<string, Found>()
    look(gunzipped(bytes) ?? withoutBlanks(bytes), "", 2, found)
    return [...found.values()]
  }
}
