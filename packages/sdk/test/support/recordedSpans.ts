/** A tracer that keeps its spans, and what the table of spans says about them. */
import { Layer, Option, Tracer } from "effect"
import { spans as table } from "../../src/Telemetry.ts"
import type { SpanRow } from "../../src/Telemetry.ts"

export const recordedSpans = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

const rows: ReadonlyArray<readonly [string, SpanRow]> = Object.entries(table)

const filled = (name: string, attributes: ReadonlyMap<string, unknown>): string =>
  name.replace(/\{(.+?)\}/g, (_, attribute: string) => String(attributes.get(attribute)))

const rowOf = ({ attributes, name }: Tracer.Span) =>
  rows.find(([, row]) => filled(row.name, attributes) === name)

/** Everything that the spans of this SDK have and the table does not. */
export const undocumented = (
  spans: ReadonlyArray<Tracer.NativeSpan>,
  /** Attributes of the program around, which it has put on all spans. */
  ambient: ReadonlyArray<string> = ["visa.correlation_id", "visa.attempt"],
): ReadonlyArray<string> =>
  spans.flatMap((span) => {
    const [, row] = rowOf(span) ?? []
    if (row === undefined) return [`span ${span.name}`]
    const parent = Option.getOrUndefined(span.parent)
    const parentKey = parent?._tag === "Span" ? rowOf(parent)?.[0] : undefined
    const known: ReadonlyArray<string> = [...row.attributes, ...ambient]
    return [
      ...(span.kind === row.kind ? [] : [`${span.name} is of kind ${span.kind}`]),
      ...(parentKey === undefined || row.parents.includes(parentKey)
        ? []
        : [`${span.name} in ${parentKey}`]),
      ...[...span.attributes.keys()]
        .filter((attribute) => !known.includes(attribute))
        .map((attribute) => `${span.name} has ${attribute}`),
    ]
  })

/** The spans as a tree of names, children in the order in which they began. */
export const treeOf = (spans: ReadonlyArray<Tracer.NativeSpan>): ReadonlyArray<string> => {
  const depthOf = (span: Tracer.AnySpan): number =>
    span._tag === "Span"
      ? Option.match(span.parent, { onNone: () => 0, onSome: (parent) => depthOf(parent) + 1 })
      : 0
  return spans.map((span) => `${"  ".repeat(depthOf(span))}${span.name}`)
}
