/**
 * Many JSON values of few shapes, kept for ever in little memory. The names and the structure are kept
 * once for each shape, and of each value only its leaves, as bytes outside of V8's heap: its garbage
 * collector goes over everything that is in it, again and again.
 */
import type { Schema } from "effect"

type Json = Schema.Json

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The JSON text of the value with 0 for each leaf, which go to `leaves` in their order. */
const shapeOf = (value: Json, leaves: Array<Json>): string => {
  if (Array.isArray(value)) {
    return `[${value.map((each: Json) => shapeOf(each, leaves)).join(",")}]`
  }
  if (isObject(value)) {
    let text = ""
    for (const [key, each] of Object.entries(value)) {
      text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${shapeOf(each, leaves)}`
    }
    return `{${text}}`
  }
  leaves.push(value)
  return "0"
}

const filled = (shape: Json, leaves: Iterator<Json>): Json => {
  if (Array.isArray(shape)) return shape.map((each: Json) => filled(each, leaves))
  if (isObject(shape)) {
    return Object.fromEntries(
      Object.entries(shape).map(([key, each]) => [key, filled(each, leaves)]),
    )
  }
  const { done, value } = leaves.next()
  if (done === true) throw new Error("A packed value has lost a leaf")
  return value
}

const blockBytes = 2 ** 18
/** The length of an entry stands before it. */
const headBytes = 4

export interface Shelf {
  /** Keeps a value, and answers where. */
  readonly put: (value: Json) => number
  readonly get: (at: number) => Json
}

export const makeShelf = (): Shelf => {
  const numbers = new Map<string, number>()
  const shapes: Array<string> = []
  const blocks: Array<Buffer> = []
  let used = blockBytes

  const pack = (value: Json): string => {
    const leaves: Array<Json> = []
    const shape = shapeOf(value, leaves)
    const found = numbers.get(shape)
    const number = found ?? shapes.push(shape) - 1
    if (found === undefined) numbers.set(shape, number)
    return `${number}${JSON.stringify(leaves)}`
  }

  const unpack = (packed: string): Json => {
    const from = packed.indexOf("[")
    const shape = shapes[Number(packed.slice(0, from))]
    if (shape === undefined) throw new Error("A packed value has no shape")
    const leaves = JSON.parse(packed.slice(from)) as ReadonlyArray<Json>
    return filled(JSON.parse(shape) as Json, leaves.values())
  }

  return {
    put: (value) => {
      const packed = pack(value)
      const length = Buffer.byteLength(packed)
      const bytes = headBytes + length
      if (used + bytes > blockBytes) {
        // Not one of Node's pool, of which other slices could hold personal data.
        blocks.push(Buffer.allocUnsafeSlow(Math.max(bytes, blockBytes)))
        used = 0
      }
      const block = blocks.length - 1
      const into = blocks[block]
      if (into === undefined) throw new Error("A shelf has no room")
      const at = used
      into.writeUInt32LE(length, at)
      into.write(packed, at + headBytes)
      used += bytes
      return block * blockBytes + at
    },
    get: (at) => {
      const block = blocks[Math.floor(at / blockBytes)]
      if (block === undefined) throw new Error("Nothing is kept there")
      const from = (at % blockBytes) + headBytes
      return unpack(block.toString("utf8", from, from + block.readUInt32LE(from - headBytes)))
    },
  }
}
