/** The options of a redactor, compiled into what can be looked up. */
import { Redacted } from "effect"
import { createHmac } from "node:crypto"
import { besideCardRows, identifierRows, jwkRow, keyRows, withinRows } from "./detectors/fields.ts"
import type { KeyRow } from "./detectors/fields.ts"
import { cardKinds, hashableKinds, optionalKinds } from "./detectors/kinds.ts"
import type { Kind, OptionalKind } from "./detectors/kinds.ts"
import { asciiDigits } from "./redactorCharacters.ts"

/** What a field's name says about its value. */
export interface KeyRule {
  /** `keep` exempts the value from card detection; `within` only changes what names inside mean. */
  readonly action: "mask" | "drop" | "keep" | "within"
  readonly kind: Kind
  readonly line: boolean
  /** For `keep`: only values of at most so many digits; `undefined` for every value. */
  readonly digits: number | undefined
  readonly inside: Names | undefined
}

/** How what is found is shown. */
export type Mode = "mask" | "drop" | { readonly hash: Redacted.Redacted<string> }

export interface RulesOptions {
  readonly detectors?: ReadonlyArray<OptionalKind> | undefined
  readonly mode?: Mode | undefined
  readonly allow?: ReadonlyArray<string> | undefined
  readonly keys?: ReadonlyArray<KeyRow> | undefined
}

/** The options of a redactor, ready to be looked up. */
export interface Rules {
  readonly kinds: ReadonlySet<Kind>
  /** What names mean in an object with `kty`, and beside the number of a card. */
  readonly jwk: KeyRule
  readonly besideCard: KeyRule
  readonly lookup: (key: string) => KeyRule | undefined
  /** The last words of names of several words, in lower case. */
  readonly lastWords: ReadonlySet<string>
  /** What stands in place of a value, given its masked form. */
  readonly show: (kind: Kind, value: string, masked: string) => string
  /** Whether a value is known to be no card number. */
  readonly isAllowed: (value: string) => boolean
}

const kindNames: ReadonlyMap<string, string> = new Map(
  [...cardKinds, ...optionalKinds].map((kind) => [kind, `[redacted:${kind}]`]),
)

export const marker = (kind: Kind): string => kindNames.get(kind) ?? `[redacted:${kind}]`

const lessThan = 60
const openBracket = 91

/** Whether a value was already replaced, here or by other tools, so that nothing is redacted twice. */
export const isMarker = (text: string): boolean => {
  if (text.charCodeAt(0) === lessThan) return text === "<redacted>"
  if (text.charCodeAt(0) !== openBracket || text.length > 48) return false
  const [marker, kind] = /^\[redacted(?::([A-Za-z]+)(?::[a-p]{16})?)?\]$/i.exec(text) ?? []
  return marker !== undefined && (kind === undefined || kindNames.has(kind))
}

/** Whether a value may stay under a name that says it is an identifier of at most so many digits. */
export const isKept = (text: string, digits: number | undefined): boolean =>
  digits === undefined ? /^[\d .-]{1,64}$/.test(text) : text.length <= digits && /^\d+$/.test(text)

const isLetterOrDigit = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57)

/** Lower case, letters and digits only: `sender_account-number` is `senderaccountnumber`. */
const normalise = (key: string): string => {
  const lower = key.toLowerCase()
  let out = ""
  let from = 0
  for (let i = 0; i < lower.length; i++) {
    if (isLetterOrDigit(lower.charCodeAt(i))) continue
    out += lower.slice(from, i)
    from = i + 1
  }
  return from === 0 ? lower : out + lower.slice(from)
}

const lastPart = (key: string): string => {
  let start = key.length
  while (start > 0 && !".:/[]".includes(key.charAt(start - 1))) start--
  return key.slice(start)
}

/** Longer names are no field names. */
const maxKeyLength = 128
const maxCached = 2_000

/** Names with their rules. The first rule given for a name is the one that holds. */
export class Names {
  private readonly exact = new Map<string, KeyRule>()
  private readonly endings: Array<readonly [ending: string, rule: KeyRule]> = []
  private readonly cache = new Map<string, KeyRule | null>()
  private readonly before: ReadonlyArray<Names>

  /** With names that come before its own. */
  constructor(before: ReadonlyArray<Names> = []) {
    this.before = before
  }

  add(keys: ReadonlyArray<string>, rule: KeyRule): this {
    for (const key of keys) {
      const name = normalise(key)
      if (key.startsWith("*")) this.endings.push([name, rule])
      else if (!this.exact.has(name)) this.exact.set(name, rule)
    }
    return this
  }

  /** By the whole name, else by its last part. */
  find(key: string): KeyRule | undefined {
    const cached = this.cache.get(key)
    if (cached !== undefined) return cached ?? undefined
    if (key.length > maxKeyLength) return undefined
    const rule = this.search(key)
    // Names can be made of data, so the cache must not grow with it.
    if (this.cache.size >= maxCached) this.cache.clear()
    this.cache.set(key, rule ?? null)
    return rule
  }

  private search(key: string): KeyRule | undefined {
    for (const names of this.before) {
      const rule = names.search(key)
      if (rule !== undefined) return rule
    }
    const whole = this.named(normalise(key))
    if (whole !== undefined) return whole
    const last = lastPart(key)
    return last.length === key.length ? undefined : this.named(normalise(last))
  }

  private named(name: string): KeyRule | undefined {
    const exact = this.exact.get(name)
    if (exact !== undefined) return exact
    for (const [ending, rule] of this.endings) {
      if (name.endsWith(ending)) return rule
    }
    return undefined
  }
}

const sensitive = ({ action, kind, line }: KeyRow, mode: Mode | undefined): KeyRule => ({
  action: mode === "drop" ? "drop" : action,
  kind,
  line: line === true,
  digits: undefined,
  inside: undefined,
})

const keep = (digits: number | undefined): KeyRule => ({
  action: "keep",
  kind: "pan",
  line: false,
  digits,
  inside: undefined,
})

const within = (inside: Names): KeyRule => ({
  action: "within",
  kind: "name",
  line: false,
  digits: undefined,
  inside,
})

/** `dateOfBirth` ends with `birth`; a name of one word has no last one. */
const lastWord = (key: string): ReadonlyArray<string> => {
  const words = key.split(/(?=[A-Z])/)
  return words.length === 1 ? [] : words.slice(-1).map((word) => word.toLowerCase())
}

const hashable = new Set<Kind>(hashableKinds)

/** Kinds whose digits are what is hashed, so that `4957 0304…` and `49570304…` have one tag. */
const numeric: ReadonlySet<Kind> = new Set<Kind>(["pan", "phone"])

const comparable = (kind: Kind, value: string): string => {
  if (numeric.has(kind)) return asciiDigits(value)
  const text = value.normalize("NFKC").trim().toLowerCase()
  return kind === "account" || kind === "identity" ? text.replaceAll(/[^\p{L}\p{N}]/gu, "") : text
}

const letterA = "a".charCodeAt(0)

/** 64 bits as letters: a tag of digits could pass for a card number itself. */
const letters = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 8), (byte) =>
    String.fromCharCode(letterA + (byte >> 4), letterA + (byte & 15)),
  ).join("")

const tagged = (key: Redacted.Redacted<string>, kind: Kind, value: string): string => {
  const hmac = createHmac("sha256", Redacted.value(key))
  return `[redacted:${kind}:${letters(hmac.update(`${kind}\n${comparable(kind, value)}`).digest())}]`
}

const showIn = (mode: Mode): Rules["show"] => {
  if (mode === "mask") return (_kind, _value, masked) => masked
  if (mode === "drop") return marker
  return (kind, value) => (hashable.has(kind) ? tagged(mode.hash, kind, value) : marker(kind))
}

const isNumber = (text: string): boolean => asciiDigits(text).length >= 8 && !/\p{L}/u.test(text)

export const makeRules = (options: RulesOptions): Rules => {
  const kinds: ReadonlySet<Kind> = new Set<Kind>([
    ...cardKinds,
    ...(options.detectors ?? optionalKinds),
  ])
  const namesOf = (rows: ReadonlyArray<KeyRow>): Names =>
    rows.reduce(
      (names, row) =>
        kinds.has(row.kind) ? names.add(row.keys, sensitive(row, options.mode)) : names,
      new Names(),
    )

  const rows = [...(options.keys ?? []), ...keyRows]
  const allow = options.allow ?? []
  const card = rows.filter(({ kind }) => cardKinds.some((cardKind) => cardKind === kind))
  const allowed = new Names().add(
    allow.filter((entry) => !isNumber(entry)).map((key) => key.replace(/^\*/, "")),
    keep(undefined),
  )
  const allowedNumbers = new Set(allow.filter(isNumber).map(asciiDigits))
  const names = namesOf(rows)
  for (const { containers, rows } of withinRows) names.add(containers, within(namesOf(rows)))
  for (const { digits, keys } of identifierRows) names.add(keys, keep(digits))
  const all = new Names([namesOf(card), allowed, names])

  return {
    kinds,
    jwk: within(namesOf([jwkRow])),
    besideCard: within(namesOf(besideCardRows)),
    lookup: (key) => all.find(key),
    lastWords: new Set(rows.flatMap(({ keys }) => keys.flatMap(lastWord))),
    show: showIn(options.mode ?? "mask"),
    isAllowed: (value) => allowedNumbers.size > 0 && allowedNumbers.has(asciiDigits(value)),
  }
}
