/** The header `Retry-After`: seconds, or an HTTP date. */

/** IMF-fixdate, as it must be sent, and the older form with a two-digit year. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .{16,26} GMT$/

/** Not every text that JavaScript takes for a date: `-1` would be one of 2001. */
const timeOf = (header: string | undefined): number | undefined => {
  const text = header?.trim()
  if (text === undefined || !httpDate.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/**
 * In milliseconds from now; absent when the header says neither. A date is counted from the `date` of
 * the same reply, so that a clock that is wrong here does not matter, and else from `now`, an epoch time.
 */
export const parseRetryAfter = (
  header: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined => {
  const text = header?.trim()
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const at = timeOf(text)
  return at === undefined ? undefined : Math.max(0, at - (timeOf(date) ?? now))
}
