import { catalogue } from "../catalogue.ts"
import type { Catalogue, Tag } from "../catalogue.ts"
import type { Row } from "./row.ts"

type Criteria = {
  readonly [F in "category" | "retry"]?: ReadonlyArray<Row[F]>
}

/**
 * Groups of reasons for programs that do not want to name each: a reason is in a group when each
 * field that the group names has one of its values. No reason is in two groups.
 */
export const groups = {
  /** Visa, the issuer or a bank said no, and no money moved. */
  declines: { category: ["decline"] },
  /** Nothing was done, and the same call may be made again after a pause. */
  transient: { category: ["connectivity", "capacity", "outage"], retry: ["Now", "Later"] },
  /** Options, credentials or the project must be put right; no call will succeed before. */
  configuration: { category: ["configuration", "connectivity", "security"], retry: ["AfterFix"] },
  /** This request is wrong; others may well succeed. */
  invalidRequests: { category: ["request"] },
  /** Money may have moved: find out before anything else. */
  unknownOutcomes: {
    category: ["connectivity", "security", "processing", "outage"],
    retry: ["Reconcile"],
  },
  /** A compliance rule stands against the payment. */
  compliance: { category: ["compliance"] },
} as const satisfies { readonly [group: string]: Criteria }

export type Group = keyof typeof groups

type Accepted<G extends Group> = {
  readonly [F in keyof (typeof groups)[G]]: (typeof groups)[G][F] extends ReadonlyArray<infer Value>
    ? Value
    : never
}

type TagsByGroup = {
  [G in Group]: { [T in Tag]: Catalogue[T] extends Accepted<G> ? T : never }[Tag]
}

/**
 * The reasons of a group. A table `{ readonly [T in GroupTag<"declines">]: string }` does not compile
 * until it names each of them, and stops compiling when the catalogue gets another.
 */
// Looked up, not computed, so that it is cheap where `G` is not known.
export type GroupTag<G extends Group> = TagsByGroup[G]

const names = Object.keys(groups) as ReadonlyArray<Group>

const accepts = (criteria: Criteria, row: Row): boolean =>
  (criteria.category?.includes(row.category) ?? true) &&
  (criteria.retry?.includes(row.retry) ?? true)

const groupByTag: ReadonlyMap<string, Group> = new Map(
  Object.entries<Row>(catalogue).flatMap(([tag, row]) => {
    const group = names.find((name) => accepts(groups[name], row))
    return group === undefined ? [] : [[tag, group]]
  }),
)

/** The group of a reason; some are in none. */
export const groupOf = (tag: Tag): Group | undefined => groupByTag.get(tag)
