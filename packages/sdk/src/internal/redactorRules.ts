import {
  cardKinds,
  identifierRows,
  jwkRow,
  keyRows,
  optionalKinds,
  withinRows,
} from "./detectors.ts"
import type { KeyRow, Kind, OptionalKind } from "./detectors.ts"

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

export interface RulesOptions {
  readonly detectors?: ReadonlyArray<OptionalKind> | undefined
  readonly mode?: "mask" | "drop" | undefined
  readonly allow?: ReadonlyArray<string> | undefined
  readonly keys?: ReadonlyArray<KeyRow> | undefined
}

/** The options of a redactor, ready to be looked up. */
export interface Rules {
  readonly drop: boolean
  readonly kinds: ReadonlySet<Kind>
  readonly jwk: KeyRule
  readonly lookup: (key: string) => KeyRule | undefined
}

export const marker = (kind: Kind): string => `[redacted:${kind}]`

const markers: ReadonlySet<string> = new Set([
  "<redacted>",
  ...[...cardKinds, ...optionalKinds].map(marker),
])

/** Whether a value was already replaced, so that redacting twice changes nothing. */
export const isMarker = (text: string): boolean => text.length < 32 && markers.has(text)

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

/** Names with their rules. The first rule given for a name is the one that holds. */
export class Names {
  private readonly exact = new Map<string, KeyRule>()
  private readonly endings: Array<readonly [ending: string, rule: KeyRule]> = []

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

const sensitive = ({ action, kind, line }: KeyRow, drop: boolean): KeyRule => ({
  action: drop ? "drop" : action,
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

/** Longer names are no field names. */
const maxKeyLength = 128
const maxCached = 2_000

export const makeRules = (options: RulesOptions): Rules => {
  const drop = options.mode === "drop"
  const kinds: ReadonlySet<Kind> = new Set<Kind>([
    ...cardKinds,
    ...(options.detectors ?? optionalKinds),
  ])
  const namesOf = (rows: ReadonlyArray<KeyRow>): Names =>
    rows.reduce(
      (names, row) => (kinds.has(row.kind) ? names.add(row.keys, sensitive(row, drop)) : names),
      new Names(),
    )

  const rows = [...(options.keys ?? []), ...keyRows]
  const card = namesOf(rows.filter(({ kind }) => cardKinds.some((cardKind) => cardKind === kind)))
  const allowed = new Names().add(
    (options.allow ?? []).map((key) => key.replace(/^\*/, "")),
    keep(undefined),
  )
  const names = namesOf(rows)
  for (const { containers, rows } of withinRows) names.add(containers, within(namesOf(rows)))
  for (const { digits, keys } of identifierRows) names.add(keys, keep(digits))

  const cache = new Map<string, KeyRule | undefined>()
  const lookup = (key: string): KeyRule | undefined => {
    if (key.length > maxKeyLength) return undefined
    const cached = cache.get(key)
    if (cached !== undefined || cache.has(key)) return cached
    const rule = card.find(key) ?? allowed.find(key) ?? names.find(key)
    // Names can be made of data, so the cache must not grow with it.
    if (cache.size >= maxCached) cache.clear()
    cache.set(key, rule)
    return rule
  }

  return { drop, kinds, jwk: within(namesOf([jwkRow])), lookup }
}
