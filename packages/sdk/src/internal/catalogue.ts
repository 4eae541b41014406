/**
 * The catalogue: one row per reason, in tables by where the reason comes from.
 *
 * To add a code, add its row to the table of its space. The compiler then asks for it wherever all
 * reasons, or all of a group or space, must be known.
 */
import { action } from "./catalogue/action.ts"
import { alias } from "./catalogue/alias.ts"
import { gateway } from "./catalogue/gateway.ts"
import { http } from "./catalogue/http.ts"
import { own } from "./catalogue/own.ts"
import { payout } from "./catalogue/payout.ts"
import type { Row, Space } from "./catalogue/row.ts"

/** The tables of which {@link catalogue} is made; no tag may be in two. */
export const tables: ReadonlyArray<{ readonly [tag: string]: Row }> = [
  own,
  http,
  gateway,
  action,
  alias,
  payout,
]

/** One row per reason. The key is the reason's tag. */
export const catalogue = { ...own, ...http, ...gateway, ...action, ...alias, ...payout } as const

/** The rows with their literal types. */
export type Catalogue = typeof catalogue

/** The name of a reason: the key of its row. */
export type Tag = keyof Catalogue

type TagsBySpace = {
  [S in Space]: {
    [T in Tag]: Catalogue[T]["codes"] extends { readonly [P in S]: string } ? T : never
  }[Tag]
}

/** The reasons that have a code in a space. Looked up, not computed: cheap where `S` is not known. */
export type TagIn<S extends Space> = TagsBySpace[S]

export const tags = Object.keys(catalogue) as ReadonlyArray<Tag>

type Claims<S extends Space> = {
  [T in TagIn<S> as Extract<Catalogue[T]["codes"], { readonly [P in S]: string }>[S]]: T
}

type IsOne<T, Each = T> = Each extends unknown ? ([T] extends [Each] ? true : false) : never

/** The codes of a space that two rows claim: never, or `tagOfCode` does not compile. */
export type Contested<S extends Space> = {
  [C in keyof Claims<S>]: IsOne<Claims<S>[C]> extends true ? never : C
}[keyof Claims<S>]
