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

/** Spans of Effect's workflow engine, of its activities, and of the stores: they may lie between. */
const between =
  /^(VisaDirectPayout|WorkflowEngine|Claims|Ledger|WorkList|Payouts)\.\w+$|^[a-z-]+(\/\w+)*$/

/** The key of the nearest span around that is in the table. */
const around = ({ parent }: Tracer.Span): string | undefined => {
  const span = Option.getOrUndefined(parent)
  return span?._tag === "Span" ? (rowOf(span)?.[0] ?? around(span)) : undefined
}

/** Everything that the spans of this SDK have and the table does not. */
export const undocumented = (
  spans: ReadonlyArray<Tracer.NativeSpan>,
  /** Attributes that the SDK puts on all spans of a call. */
  ambient: ReadonlyArray<string> = ["visa.correlation_id", "visa.attempt"],
): ReadonlyArray<string> =>
  spans.flatMap((span) => {
    const [, row] = rowOf(span) ?? []
    if (row === undefined) return between.test(span.name) ? [] : [`span ${span.name}`]
    const parent = around(span)
    const known: ReadonlyArray<string> = [...row.attributes, ...ambient]
    return [
      ...(span.kind === row.kind ? [] : [`${span.name} is of kind ${span.kind}`]),
      ...(parent === undefined || row.parents.includes(parent)
        ? []
        : [`${span.name} in ${parent}`]),
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
