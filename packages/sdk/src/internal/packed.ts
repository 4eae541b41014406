/**
 * JSON values of few shapes, in little memory: the names and the structure are kept once for each shape,
 * and of each value only its leaves, as text.
 */
import type { Schema } from "effect"

type Json = Schema.Json

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The value with 0 for each leaf, which go to `leaves` in their order. */
const shapeOf = (value: Json, leaves: Array<Json>): Json => {
  if (Array.isArray(value)) return value.map((each: Json) => shapeOf(each, leaves))
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, shapeOf(each, leaves)]),
    )
  }
  leaves.push(value)
  return 0
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

export const makePacker = () => {
  const numbers = new Map<string, number>()
  const shapes: Array<string> = []
  return {
    pack: (value: Json): string => {
      const leaves: Array<Json> = []
      const shape = JSON.stringify(shapeOf(value, leaves))
      const number = numbers.get(shape) ?? shapes.push(shape) - 1
      numbers.set(shape, number)
      return `${number}${JSON.stringify(leaves)}`
    },
    unpack: (packed: string): Json => {
      const from = packed.indexOf("[")
      const shape = shapes[Number(packed.slice(0, from))]
      if (shape === undefined) throw new Error("A packed value has no shape")
      const leaves = JSON.parse(packed.slice(from)) as ReadonlyArray<Json>
      return filled(JSON.parse(shape) as Json, leaves.values())
    },
  }
}
