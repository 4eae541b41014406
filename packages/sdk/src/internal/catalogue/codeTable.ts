/** Tables of codes that say something and are no errors. */

interface Entry {
  readonly tag: string
}

/** A code that this version does not know. */
export interface UnrecognizedCode {
  readonly _tag: "Unrecognized"
  /** As it was received. */
  readonly code: string
}

/** What a table makes of its codes: a union over them, so that `_tag` and `code` narrow it. */
export type Known<T extends { readonly [code: string]: Entry }> = {
  readonly [C in keyof T & string]: {
    readonly _tag: T[C]["tag"]
    /** As it was received. */
    readonly code: C
  } & Omit<T[C], "tag">
}[keyof T & string]

/** A decoder that never fails: it keeps what it does not know. */
export const decoder = <const T extends { readonly [code: string]: Entry }>(
  table: T,
): ((code: string) => Known<T> | UnrecognizedCode) => {
  const known = new Map(
    Object.entries(table).map(([code, { tag, ...entry }]) => [code, { _tag: tag, code, ...entry }]),
  )
  // Each value was made from the entry of its code.
  return (code) => (known.get(code) as Known<T> | undefined) ?? { _tag: "Unrecognized", code }
}
