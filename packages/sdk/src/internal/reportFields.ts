/** The request of the transaction report: its parameters, limits and windows. */
import { DateTime, Option, Schema } from "effect"
import * as Fields from "./fields.ts"
import type { Rule } from "./rules.ts"

const dayMillis = 86_400_000

/** Visa answers for so many days in one call, first and last included. */
const maxDays = 5

/** How far back Visa answers. */
const maxAge = 120

export const maxLimit = 100

export const rangeFields = Schema.Struct({
  /** `YYYY-MM-DD`, included. */
  fromDate: Fields.date,
  /** `YYYY-MM-DD`, included. */
  toDate: Fields.date,
  /** Rows of one call. Default: 100, which is the most. */
  limit: Fields.optionalInteger(1, maxLimit),
  /** Names of fields that Visa leaves out unless they are asked for, such as `networkId`. */
  fields: Schema.optionalKey(Schema.Array(Fields.matching(/^\w{1,60}$/, "the name of a field"))),
})

export const pageFields = Schema.Struct({
  ...rangeFields.fields,
  /** Counted from 1, which is the default. */
  page: Fields.optionalInteger(1, 1_000_000),
})

/** Days, first and last included, over which the report is wanted. */
export type ReportRange = (typeof rangeFields)["Type"]

/** One page of the report of at most five days. */
export type ReportPageRequest = (typeof pageFields)["Type"]

const dateOf = (day: number): string =>
  DateTime.formatIsoDateUtc(DateTime.makeUnsafe(day * dayMillis))

/** Days since 1970-01-01; none for a day that no month has. */
const dayOf = (date: string): number | undefined =>
  Option.getOrUndefined(
    Option.map(
      Option.filter(
        DateTime.make(`${date}T00:00:00Z`),
        (instant) => DateTime.formatIsoDateUtc(instant) === date,
      ),
      (instant) => DateTime.toEpochMillis(instant) / dayMillis,
    ),
  )

/** `DDMMYYYY`, as the query wants it. */
export const visaDate = (date: string): string => date.split("-").toReversed().join("")

const exists = (field: "fromDate" | "toDate"): Rule<ReportRange> => ({
  field,
  demand: "Give a day of the calendar.",
  broken: (range) => dayOf(range[field]) === undefined,
})

const days = ({ fromDate, toDate }: ReportRange): readonly [first: number, last: number] => [
  dayOf(fromDate) ?? Number.NaN,
  dayOf(toDate) ?? Number.NaN,
]

const today = (now: number): number => Math.floor(now / dayMillis)

export const rangeRules: ReadonlyArray<Rule<ReportRange>> = [
  exists("fromDate"),
  exists("toDate"),
  {
    field: "toDate",
    demand: "Give a day that is not before fromDate.",
    broken: (range) => {
      const [first, last] = days(range)
      return last < first
    },
  },
  {
    field: "toDate",
    demand: "Give a day that is not in the future, in UTC.",
    broken: (range, now) => days(range)[1] > today(now),
  },
  {
    field: "fromDate",
    demand: `Give a day of the last ${maxAge} days: Visa keeps no older ones.`,
    broken: (range, now) => days(range)[0] < today(now) - maxAge,
  },
]

export const pageRules: ReadonlyArray<Rule<ReportPageRequest>> = [
  ...rangeRules,
  {
    field: "toDate",
    demand: `Give at most ${maxDays} days in one call, or use Reports.transactions.`,
    broken: (range) => {
      const [first, last] = days(range)
      return last - first >= maxDays
    },
  },
]

/** The range in windows that Visa answers, oldest first. */
export const windows = (range: ReportRange): ReadonlyArray<ReportRange> => {
  const [first, last] = days(range)
  return Array.from({ length: Math.ceil((last - first + 1) / maxDays) }, (_, index) => {
    const from = first + index * maxDays
    return {
      ...range,
      fromDate: dateOf(from),
      toDate: dateOf(Math.min(from + maxDays - 1, last)),
    }
  })
}
