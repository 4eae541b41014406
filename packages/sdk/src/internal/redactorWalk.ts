/** Walks through values of any kind and makes redacted copies of them. */
import { Cause, Context, Predicate, Redactable, Redacted } from "effect"
import type { References } from "effect"
import type { Kind } from "./detectors/kinds.ts"
import { bailed, redactPlain, smallestCard } from "./redactorFast.ts"
import { isPart, Parts } from "./redactorParts.ts"
import { isKept, isMarker, marker } from "./redactorRules.ts"
import type { KeyRule, Names, Rules } from "./redactorRules.ts"
import { hideValue, redactText } from "./redactorString.ts"
import { applyEdits, findEdits } from "./redactorText.ts"

/** Something sensitive in a value; never the sensitive text itself. */
export interface Finding {
  readonly kind: Kind
  /** Where it is, as a JSON Pointer (RFC 6901): `/recipient/pan`; empty for the value itself. */
  readonly path: string
  /** Offsets in the text at that place. Both are 0 when a whole object or list is replaced. */
  readonly start: number
  readonly end: number
  /** What `redact` puts there. */
  readonly masked: string
  /** Present when it is a card number that is masked already: `redact` leaves it as it is. */
  readonly alreadyMasked?: true
}

/** What is deeper is put off until the levels above are done, so that the stack cannot run out. */
const maxDepth = 128

/** What has more parts is cut off. */
export const maxNodes = 20_000

const tooDeep = "[redacted:depth]"
const tooMany = "[redacted:size]"
const unreadable = "[redacted:unreadable]"

const inspect = Symbol.for("nodejs.util.inspect.custom")

const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

const define = (target: object, key: PropertyKey, value: unknown, enumerable: boolean): void => {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

const isError = (value: object): value is Error =>
  value instanceof Error || tagOf(value) === "Error"

const inheritedTexts = [Object.prototype, Array.prototype, Error.prototype, Function.prototype].map(
  (prototype) => prototype.toString,
)

/** Reads the content of an object whose place is known, from a level on. */
type Fill = (depth: number) => void

/**
 * One pass over a value.
 *
 * - `check` only finds out whether anything has to change, and stops at the first thing that has.
 * - `copy` makes the redacted copy. Shared and circular references stay as they are.
 * - `scan` collects findings.
 */
class Walk {
  changed = false
  readonly findings: Array<Finding> = []
  private readonly rules: Rules
  private readonly mode: "check" | "copy" | "scan"
  private path: Array<string> = []
  private nodes = 0
  /** What was put off, and where it is. */
  private readonly postponed: Array<{ readonly path: Array<string>; readonly fill: Fill }> = []
  /** How many values are being read whose own fate depends on everything in them. */
  private immediate = 0
  /** What became of an object, for each rule under which it was met. */
  private readonly seen = new Map<KeyRule | undefined, Map<object, unknown>>()

  constructor(rules: Rules, mode: "check" | "copy" | "scan") {
    this.rules = rules
    this.mode = mode
  }

  /** The whole value, with what is put off on the way. */
  whole(value: unknown): unknown {
    const result = this.value(value, undefined, 0)
    for (let next = this.postponed.pop(); next !== undefined; next = this.postponed.pop()) {
      this.path = next.path
      next.fill(0)
    }
    return result
  }

  private value(value: unknown, rule: KeyRule | undefined, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.string(value, rule)
      case "number":
        return rule === undefined && !(Math.abs(value) >= smallestCard && Number.isInteger(value))
          ? value
          : this.number(value, rule)
      case "bigint":
        return this.number(value, rule)
      case "symbol":
        return this.symbol(value)
      case "object":
        return value === null ? null : this.object(value, rule, depth)
      case "function":
        return this.function(value, rule, depth)
      default:
        return value
    }
  }

  private get done(): boolean {
    return this.changed && this.mode === "check"
  }

  private found(
    kind: Kind,
    start: number,
    end: number,
    masked: string,
    alreadyMasked = false,
  ): void {
    if (!alreadyMasked) this.changed = true
    if (this.mode !== "scan") return
    const path = this.path
      .map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`)
      .join("")
    const finding = { kind, path, start, end, masked }
    this.findings.push(alreadyMasked ? { ...finding, alreadyMasked } : finding)
  }

  /** Reads what is in an object, now or when the levels above are done. */
  private fill(depth: number, fill: Fill): void {
    if (depth < maxDepth || this.immediate > 0) fill(depth)
    else this.postponed.push({ path: [...this.path], fill })
  }

  private at<A>(token: string, visit: () => A): A {
    if (this.mode !== "scan") return visit()
    this.path.push(this.text(token))
    const result = visit()
    this.path.pop()
    return result
  }

  private text(text: string): string {
    return redactText(text, this.rules)
  }

  private string(text: string, rule: KeyRule | undefined): string {
    switch (rule?.action) {
      case "mask":
      case "drop": {
        const shown = hideValue(text, rule, this.rules)
        if (shown !== text) this.found(rule.kind, 0, text.length, shown)
        else if (text !== "" && !isMarker(text)) this.found(rule.kind, 0, text.length, text, true)
        return shown
      }
      case "keep":
        if (isKept(text, rule.digits)) return text
    }
    const edits = findEdits(text, this.rules, this.mode === "scan")
    if (edits === undefined) return text
    for (const { end, isMasked, kind, replacement, start } of edits) {
      this.found(kind, start, end, replacement, isMasked)
    }
    return this.mode === "copy" ? applyEdits(text, edits, this.rules) : text
  }

  private number(value: number | bigint, rule: KeyRule | undefined): unknown {
    const text = String(value)
    const redacted = this.string(text, rule)
    return redacted === text ? value : redacted
  }

  private symbol(value: symbol): symbol {
    const text = value.description ?? ""
    const redacted = this.string(text, undefined)
    return redacted === text ? value : Symbol(redacted)
  }

  /** A function cannot be copied, only be replaced by its name. */
  private function(value: object, rule: KeyRule | undefined, depth: number): unknown {
    if (Object.keys(value).length === 0) return value
    return this.guarded(value, rule, depth, () =>
      this.unless(value, () => {
        this.properties(value, undefined, rule, depth)
        return this.string(`[Function: ${String(Reflect.get(value, "name"))}]`, rule)
      }),
    )
  }

  /** The value itself, unless something changed while its replacement was made. */
  private unless(value: object, replacement: () => unknown): unknown {
    const before = this.changed
    this.changed = false
    this.immediate++
    const redacted = replacement()
    this.immediate--
    const changed = this.changed
    this.changed ||= before
    return changed ? redacted : value
  }

  private object(value: object, rule: KeyRule | undefined, depth: number): unknown {
    if (rule?.action === "drop") {
      const masked = marker(rule.kind)
      this.found(rule.kind, 0, 0, masked)
      return masked
    }
    return this.guarded(value, rule, depth, () => this.read(value, rule, depth))
  }

  /** Limits, cycles, and objects that throw when they are read. */
  private guarded(
    value: object,
    rule: KeyRule | undefined,
    depth: number,
    read: () => unknown,
  ): unknown {
    if (this.done) return value
    const seen = this.seenUnder(rule)
    if (seen.has(value)) return seen.get(value)
    // Only what cannot be put off gets that deep.
    if (depth > 2 * maxDepth) return this.replaced(tooDeep, rule)
    if (++this.nodes > maxNodes) return this.replaced(tooMany, rule)
    seen.set(value, value)
    const pathLength = this.path.length
    const { immediate } = this
    let result: unknown
    try {
      result = read()
    } catch {
      this.path.length = pathLength
      this.immediate = immediate
      result = this.replaced(unreadable, rule)
    }
    seen.set(value, result)
    return result
  }

  private seenUnder(rule: KeyRule | undefined): Map<object, unknown> {
    const seen = this.seen.get(rule)
    if (seen !== undefined) return seen
    const made = new Map<object, unknown>()
    this.seen.set(rule, made)
    return made
  }

  /** Something that cannot be shown; under a sensitive name not even what it was. */
  private replaced(by: string, rule: KeyRule | undefined): string {
    this.changed = true
    return this.string(by, rule)
  }

  /** Where a copy must be known before its content is read, because the content may refer to it. */
  private copied<A extends object>(
    value: object,
    rule: KeyRule | undefined,
    make: () => A,
  ): A | undefined {
    if (this.mode !== "copy") return undefined
    const copy = make()
    this.seenUnder(rule).set(value, copy)
    return copy
  }

  private read(value: object, rule: KeyRule | undefined, depth: number): unknown {
    if (Redacted.isRedacted(value)) return this.replaced(String(value), rule)
    if (Redactable.isRedactable(value)) {
      const redacted = Redactable.getRedacted(value)
      if (redacted !== value) {
        this.changed = true
        return this.value(redacted, rule, depth + 1)
      }
    }
    if (Array.isArray(value)) return this.array(value, rule, depth)
    if (Cause.isCause(value)) return this.cause(value, depth)
    if (isError(value)) return this.error(value, rule, depth)
    switch (tagOf(value)) {
      case "Object":
        return this.record(value, rule, depth)
      case "Boolean":
      case "Date":
      case "WeakMap":
      case "WeakSet":
        return this.plain(value, rule, depth)
      case "Map":
        return this.map(value as Map<unknown, unknown>, rule, depth)
      case "Set":
        return this.set(value as Set<unknown>, rule, depth)
      case "String":
      case "Number":
      case "BigInt":
      case "Symbol":
        return this.boxed(value, rule, depth)
      case "URL":
      case "URLSearchParams":
      case "RegExp": {
        const text = String(value)
        const redacted = this.string(text, rule)
        return redacted === text ? this.plain(value, rule, depth) : redacted
      }
      case "Headers":
      case "FormData":
        return this.asRecord(value as Iterable<readonly [string, unknown]>, rule, depth)
      case "Uint8Array":
      case "Uint8ClampedArray":
      case "Int8Array":
      case "ArrayBuffer":
      case "SharedArrayBuffer":
      case "DataView":
        return this.replaced(`[bytes:${Number(Reflect.get(value, "byteLength"))}]`, rule)
      case "BigInt64Array":
      case "BigUint64Array":
      case "Float64Array":
        return ArrayBuffer.isView(value)
          ? this.numbers(value as Float64Array | BigInt64Array, depth)
          : this.record(value, rule, depth)
      case "Promise":
      case "WeakRef":
      case "Map Iterator":
      case "Set Iterator":
      case "Array Iterator":
        return this.replaced(`[${tagOf(value)}]`, rule)
      default:
        return this.record(value, rule, depth)
    }
  }

  /**
   * What a name inside an object means, given what the object itself was called and what else is in
   * it.
   */
  private ruleFor(
    key: PropertyKey,
    outer: KeyRule | undefined,
    beside?: Names,
  ): KeyRule | undefined {
    if (typeof key === "string") {
      const own = this.rules.lookup(key) ?? beside?.find(key) ?? outer?.inside?.find(key)
      if (own !== undefined) return own
    }
    return outer?.action === "mask" || outer?.action === "within" ? outer : undefined
  }

  /** The names that are sensitive in an object because it is a JSON Web Key or a card. */
  private beside(members: ReadonlyArray<readonly [string, unknown]>): Names | undefined {
    if (members.some(([name]) => name === "kty")) return this.rules.jwk.inside
    const card = this.rules.besideCard.inside
    if (card === undefined || !members.some(([name]) => card.find(name) !== undefined))
      return undefined
    return members.some(([name, value]) => this.isPan(name, value)) ? card : undefined
  }

  private isPan(name: string, value: unknown): boolean {
    if (typeof value !== "string" && typeof value !== "number") return false
    const rule = this.rules.lookup(name)
    if (rule?.action === "mask" || rule?.action === "drop") return rule.kind === "pan"
    if (rule?.action === "keep" && isKept(String(value), rule.digits)) return false
    return findEdits(String(value), this.rules)?.some(({ kind }) => kind === "pan") === true
  }

  private array(value: ReadonlyArray<unknown>, rule: KeyRule | undefined, depth: number): unknown {
    const copy = this.copied(value, rule, () => {
      const array: Array<unknown> = []
      array.length = value.length
      return array
    })
    this.fill(depth, (depth) => this.properties(value, copy, rule, depth))
    return copy ?? value
  }

  private record(value: object, rule: KeyRule | undefined, depth: number): unknown {
    const copy = this.copied(value, rule, () => Object.create(Object.getPrototypeOf(value)))
    this.fill(depth, (depth) => {
      const findings = this.findings.length
      this.properties(value, copy, rule, depth)
      if (this.findings.length === findings) this.renderings(value, copy, rule, depth)
    })
    return copy ?? value
  }

  /** Own properties, the hidden ones as well: inspection tools show them. */
  private properties(
    value: object,
    copy: object | undefined,
    outer: KeyRule | undefined,
    depth: number,
  ): void {
    const isList = Array.isArray(value)
    const parts = outer === undefined ? new Parts<string>(isList) : undefined
    const dense = isList && copy === undefined ? this.elements(value, outer, parts, depth) : 0
    if (!isList || dense < value.length || Object.keys(value).length > dense) {
      this.members(value, copy, outer, parts, dense, depth)
    }
    for (const { at, masked } of parts?.close() ?? []) {
      this.at(at, () => this.found("pan", 0, String(Reflect.get(value, at)).length, masked))
      if (copy !== undefined) define(copy, at, masked, true)
    }
  }

  private members(
    value: object,
    copy: object | undefined,
    outer: KeyRule | undefined,
    parts: Parts<string> | undefined,
    dense: number,
    depth: number,
  ): void {
    const isList = Array.isArray(value)
    const beside = isList ? undefined : this.beside(plainMembers(value))
    for (const key of Reflect.ownKeys(value)) {
      if (this.done) return
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
      if (descriptor === undefined) continue
      if (isList && (key === "length" || Number(key) < dense)) continue
      const name = this.name(key)
      const rule = isList ? outer : this.ruleFor(name, outer, beside)
      const member = this.property(value, key, descriptor)
      part(parts, key, rule, member)
      const redacted = this.at(String(key), () => this.value(member, rule, depth + 1))
      if (copy !== undefined) this.put(copy, key, name, redacted, descriptor.enumerable === true)
    }
  }

  /** The name of a property; it may be sensitive, too. */
  private name(key: PropertyKey): PropertyKey {
    return typeof key === "string" ? this.string(key, undefined) : key
  }

  private put(
    copy: object,
    key: PropertyKey,
    name: PropertyKey,
    value: unknown,
    enumerable: boolean,
  ): void {
    let unique = name
    for (let count = 2; name !== key && Object.hasOwn(copy, unique); count++)
      unique = `${String(name)} (${count})`
    define(copy, unique, value, enumerable)
  }

  /** The fast way over the elements of an array; how many there were before the first gap. */
  private elements(
    value: ReadonlyArray<unknown>,
    rule: KeyRule | undefined,
    parts: Parts<string> | undefined,
    depth: number,
  ): number {
    let index = 0
    for (; index < value.length && !this.done; index++) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, index)
      if (descriptor === undefined || descriptor.get !== undefined) return index
      part(parts, String(index), rule, descriptor.value)
      this.at(String(index), () => this.value(descriptor.value, rule, depth + 1))
    }
    return index
  }

  /** A getter may answer differently the next time, so its answer is copied. */
  private property(value: object, key: PropertyKey, descriptor: PropertyDescriptor): unknown {
    if (descriptor.get === undefined) return descriptor.value
    this.changed = true
    try {
      return Reflect.get(value, key)
    } catch {
      return unreadable
    }
  }

  /** What an object says about itself when it is written as JSON, as text or to a console. */
  private renderings(
    value: object,
    copy: object | undefined,
    rule: KeyRule | undefined,
    depth: number,
  ): void {
    const json = Reflect.get(value, "toJSON")
    const text = Reflect.get(value, "toString")
    const inspection = Reflect.get(value, inspect)
    const hasJson = Predicate.isFunction(json)
    const hasText = Predicate.isFunction(text) && !inheritedTexts.includes(text)
    let shown: unknown
    if (hasJson) {
      shown = this.value(
        attempt(() => Reflect.apply(json, value, [])),
        rule,
        depth + 1,
      )
      if (copy !== undefined) define(copy, "toJSON", () => shown, false)
    }
    if (this.done) return
    if (hasText) {
      const own = attempt(() => Reflect.apply(text, value, []))
      const string = this.value(own, rule, depth + 1)
      if (copy !== undefined) define(copy, "toString", () => String(string), false)
      if (!hasJson) shown = string
    }
    if (!Predicate.isFunction(inspection)) return
    if (copy !== undefined)
      define(copy, inspect, hasJson || hasText ? () => shown : undefined, false)
    // Without another rendering to judge it by, it is not trusted.
    else if (!hasJson && !hasText) this.changed = true
  }

  private map(value: Map<unknown, unknown>, rule: KeyRule | undefined, depth: number): unknown {
    const copy = this.copied(value, rule, () => new Map<unknown, unknown>())
    this.fill(depth, (depth) => {
      const named: Array<readonly [string, unknown]> = []
      Map.prototype.forEach.call(value, (item, key) => {
        if (typeof key === "string") named.push([key, item])
      })
      const beside = this.beside(named)
      let index = 0
      Map.prototype.forEach.call(value, (item, key) => {
        if (this.done) return
        const at = typeof key === "string" || typeof key === "number" ? String(key) : String(index)
        index++
        this.at(at, () => {
          const name = this.value(key, undefined, depth + 1)
          const redacted = this.value(
            item,
            this.ruleFor(typeof name === "string" ? name : index, rule, beside),
            depth + 1,
          )
          copy?.set(name, redacted)
        })
      })
      this.properties(value, undefined, rule, depth)
    })
    return copy ?? value
  }

  private set(value: Set<unknown>, rule: KeyRule | undefined, depth: number): unknown {
    const copy = this.copied(value, rule, () => new Set<unknown>())
    this.fill(depth, (depth) => {
      let index = 0
      Set.prototype.forEach.call(value, (item) => {
        if (this.done) return
        const redacted = this.at(String(index++), () => this.value(item, rule, depth + 1))
        copy?.add(redacted)
      })
      this.properties(value, undefined, rule, depth)
    })
    return copy ?? value
  }

  private boxed(value: object, rule: KeyRule | undefined, depth: number): unknown {
    const primitive: unknown = value.valueOf()
    if (typeof primitive === "object") return this.record(value, rule, depth)
    const redacted = this.value(primitive, rule, depth)
    return redacted === primitive ? value : redacted
  }

  /** An object that shows nothing but itself, unless somebody has put properties on it. */
  private plain(value: object, rule: KeyRule | undefined, depth: number): unknown {
    const keys = Reflect.ownKeys(value).filter((key) => key !== "lastIndex")
    return keys.length === 0 ? value : this.record(value, rule, depth)
  }

  private asRecord(
    value: object & Iterable<readonly [string, unknown]>,
    rule: KeyRule | undefined,
    depth: number,
  ): unknown {
    return this.unless(value, () => this.record(Object.fromEntries(value), rule, depth))
  }

  private numbers(value: Float64Array | BigInt64Array, depth: number): unknown {
    return this.unless(value, () =>
      this.array(Array.from<number | bigint>(value), undefined, depth),
    )
  }

  /**
   * The copy is an error of the same class with the same members, so that loggers and error
   * reporters treat it as before; only its texts differ.
   */
  private error(error: Error, rule: KeyRule | undefined, depth: number): unknown {
    const copy = this.copied(error, rule, () => {
      const made = new Error()
      delete made.stack
      return Object.setPrototypeOf(made, Object.getPrototypeOf(error)) as Error
    })
    this.fill(depth, (depth) => this.errorMembers(error, copy, rule, depth))
    return copy ?? error
  }

  private errorMembers(
    error: Error,
    copy: Error | undefined,
    rule: KeyRule | undefined,
    depth: number,
  ): void {
    const name = this.member(error, "name", depth)
    const message = this.member(error, "message", depth)
    const stack = attempt(() => error.stack)
    const texts = new Map<PropertyKey, unknown>([
      ["name", name],
      ["message", message],
    ])
    if (typeof stack === "string") texts.set("stack", this.stack(stack, error, name, message))
    const findings = this.findings.length
    const beside = this.beside(plainMembers(error))
    for (const key of Reflect.ownKeys(error)) {
      if (this.done) return
      const descriptor = Reflect.getOwnPropertyDescriptor(error, key)
      // Effect's errors hold their arguments a second time, under a symbol.
      if (descriptor === undefined || (this.mode === "scan" && typeof key === "symbol")) continue
      const member = this.name(key)
      const redacted = texts.has(key)
        ? texts.get(key)
        : this.at(String(key), () =>
            this.value(
              this.property(error, key, descriptor),
              this.ruleFor(member, rule, beside),
              depth + 1,
            ),
          )
      texts.delete(key)
      if (copy !== undefined) this.put(copy, key, member, redacted, descriptor.enumerable === true)
    }
    if (this.findings.length === findings) this.renderings(error, copy, rule, depth)
    if (copy === undefined) return
    for (const [key, text] of texts) define(copy, key, text, false)
  }

  private member(error: Error, key: "name" | "message", depth: number): unknown {
    const value = attempt(() => error[key])
    return this.at(key, () => this.value(value, undefined, depth + 1))
  }

  /** A stack starts with name and message; they must stay equal, because printers look for them. */
  private stack(stack: string, error: Error, name: unknown, message: unknown): string {
    const header = attempt(() => `${error.name}: ${error.message}`)
    if (typeof header === "string" && stack.startsWith(header)) {
      const frames = stack.slice(header.length)
      if (frames === "" || frames.startsWith("\n")) {
        return `${String(name)}: ${String(message)}${this.at("stack", () => this.string(frames, undefined))}`
      }
    }
    return this.at("stack", () => this.string(stack, undefined))
  }

  /** An equal cause: the same reasons in the same order, with redacted errors and annotations. */
  private cause(cause: Cause.Cause<unknown>, depth: number): unknown {
    const reasons = cause.reasons.flatMap((reason, index) =>
      this.at(String(index), () => this.reason(reason, depth).reasons),
    )
    return this.mode === "copy" ? Cause.fromReasons(reasons) : cause
  }

  private reason(reason: Cause.Reason<unknown>, depth: number): Cause.Cause<unknown> {
    const annotations = this.annotations(reason)
    switch (reason._tag) {
      case "Fail": {
        const error = this.at("error", () => this.value(reason.error, undefined, depth + 1))
        return Cause.annotate(Cause.fail(error), annotations, { overwrite: true })
      }
      case "Die": {
        const defect = this.at("defect", () => this.value(reason.defect, undefined, depth + 1))
        return Cause.annotate(Cause.die(defect), annotations, { overwrite: true })
      }
      case "Interrupt":
        return Cause.annotate(Cause.fromReasons([reason]), annotations, { overwrite: true })
    }
  }

  /** Printed causes show the names of spans. */
  private annotations(reason: Cause.Reason<unknown>): Context.Context<never> {
    let annotations = Cause.reasonAnnotations(reason)
    for (const key of [Cause.StackTrace.key, Cause.InterruptorStackTrace.key]) {
      const frame = reason.annotations.get(key) as References.StackFrame | undefined
      const redacted = frame && this.frame(frame, 0)
      if (redacted !== frame) annotations = Context.addUnsafe(annotations, key, redacted)
    }
    return annotations
  }

  private frame(frame: References.StackFrame, depth: number): References.StackFrame {
    const name = this.string(frame.name, undefined)
    const parent =
      frame.parent === undefined || depth > maxDepth
        ? undefined
        : this.frame(frame.parent, depth + 1)
    return name === frame.name && parent === frame.parent
      ? frame
      : { name, stack: frame.stack, parent }
  }
}

const attempt = (read: () => unknown): unknown => {
  try {
    return read()
  } catch {
    return unreadable
  }
}

/** The members that can be read without running anything. */
const plainMembers = (value: object): ReadonlyArray<readonly [string, unknown]> =>
  Object.getOwnPropertyNames(value).map((name) => [
    name,
    Reflect.getOwnPropertyDescriptor(value, name)?.value,
  ])

/** Notes a member that may hold one part of a card number. */
const part = (
  parts: Parts<string> | undefined,
  key: PropertyKey,
  rule: KeyRule | undefined,
  value: unknown,
): void => {
  if (parts === undefined || typeof key !== "string") return
  if (rule === undefined) {
    if (typeof value === "string" && isPart(value)) return parts.add(key, value, true, key)
    if (typeof value === "number" && isPart(String(value)))
      return parts.add(key, String(value), false, key)
  }
  parts.interrupt()
}

/** A value without anything sensitive in it; the very same value when there was nothing. */
export const redactValue = (value: unknown, rules: Rules): unknown => {
  try {
    const plain = redactPlain(value, rules)
    if (plain !== bailed) return plain
    const check = new Walk(rules, "check")
    const redacted = check.whole(value)
    return check.changed ? new Walk(rules, "copy").whole(value) : redacted
  } catch {
    return unreadable
  }
}

export const scanValue = (value: unknown, rules: Rules): ReadonlyArray<Finding> => {
  const scan = new Walk(rules, "scan")
  attempt(() => scan.whole(value))
  return scan.findings
}
