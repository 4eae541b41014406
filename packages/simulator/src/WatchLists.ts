/** The watch list of the simulator, and how closely a name comes to it. */

export interface WatchListEntry {
  readonly name: string
  /** ISO alpha-3; an inquiry about another country does not meet the entry. */
  readonly country?: string
  /** Of a name that is the same, 0 to 100. Default 100. */
  readonly score?: number
}

export interface WatchListOptions {
  /** Added to an invented `Listed Person`. */
  readonly entries?: ReadonlyArray<WatchListEntry> | undefined
  /** The score from which on the status is `hitStatus`. Visa's is not published. Default 75. */
  readonly threshold?: number | undefined
  /**
   * The status of a hit. Published is only the status of the opposite, `Approved`, in a sample.
   * Default `Declined`.
   */
  readonly hitStatus?: string | undefined
}

export interface WatchListSettings {
  readonly entries: ReadonlyArray<WatchListEntry>
  readonly threshold: number
  readonly hitStatus: string
}

export const watchListOf = (options: WatchListOptions = {}): WatchListSettings => ({
  entries: [{ name: "Listed Person" }, ...(options.entries ?? [])],
  threshold: options.threshold ?? 75,
  hitStatus: options.hitStatus ?? "Declined",
})

/** Words without case, accents and punctuation. */
const wordsOf = (name: string): ReadonlySet<string> =>
  new Set(
    name
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toUpperCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== ""),
  )

/** How much of a listed name is in a name: 0 to 100, whole. */
const closeness = (entry: WatchListEntry, words: ReadonlySet<string>): number => {
  const listed = wordsOf(entry.name)
  const shared = [...listed].filter((word) => words.has(word)).length
  return listed.size === 0 ? 0 : Math.floor(((entry.score ?? 100) * shared) / listed.size)
}

/** The score of a name: that of the entry that it comes closest to. */
export const scoreOf = (
  name: string,
  country: string,
  entries: ReadonlyArray<WatchListEntry>,
): number => {
  const words = wordsOf(name)
  let score = 0
  for (const entry of entries) {
    if (entry.country !== undefined && entry.country !== country) continue
    score = Math.max(score, closeness(entry, words))
  }
  return score
}
