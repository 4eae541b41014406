/**
 * Exchange rates and quotes.
 *
 * What is wrong with a request for daily rates is told by 3001, with the texts of Visa's OpenAPI
 * export; with one for live rates by 3003, as an integrator met it. A rate product that is not in
 * the subscription is 4001 (403), and 3004 (500) an error of Visa's own.
 */
import { fitsCurrency } from "../internal/formats.ts"
import { isObject } from "../internal/FieldTable.ts"
import { overlay } from "../internal/overlay.ts"
import { destinationFor, sourceFor, withoutMarkup } from "../internal/Rates.ts"
import type {
  Endpoint,
  EntryFacts,
  JsonObject,
  Prepared,
  Refusal,
  Reply,
  World,
} from "./Endpoint.ts"
import { errorResponse } from "./errorResponse.ts"
import { isLive, ratesFields, ratesV1Fields, writtenAmount } from "./foreignExchangeFields.ts"

interface Wording {
  readonly httpStatus: number
  readonly message: string
  /** Of the field that is wrong. */
  readonly detail?: (location: string) => string
}

const codes: Readonly<Record<string, Wording>> = {
  "3001": {
    httpStatus: 400,
    message: "Missing or Invalid Request Parameters",
    detail: () => "Missing or Invalid content",
  },
  "3003": {
    httpStatus: 400,
    message: "Invalid Schema",
    detail: (location) => `${location} is invalid`,
  },
  "3004": {
    httpStatus: 500,
    message: "Internal error, contact Visa",
  },
  "4001": {
    httpStatus: 403,
    message: "Rate product is not in the subscription",
  },
}

const refuse = ({ body, code, location, message, problem }: Refusal): Reply => {
  const reason = code ?? (body !== undefined && isLive(body) ? "3003" : "3001")
  const wording = codes[reason] ?? { httpStatus: 400, message: "The request was refused." }
  const where = location ?? problem?.element
  const refused = errorResponse({
    httpStatus: wording.httpStatus,
    reason,
    message: message ?? wording.message,
    ...(where === undefined || wording.detail === undefined
      ? {}
      : { details: [{ location: where, message: wording.detail(where) }] }),
  })
  return where === undefined
    ? refused
    : {
        ...refused,
        record: { ...refused.record, problem: `${where}: ${problem?.kind ?? "scripted"}` },
      }
}

const invalid = (body: JsonObject, element: string): Reply =>
  refuse({ body, problem: { kind: "invalid", element } })

const textOf = (value: unknown): string | undefined =>
  value === undefined ? undefined : String(value)

interface Asked {
  readonly from: string
  readonly to: string
  readonly sourceAmount: string | undefined
  readonly destinationAmount: string | undefined
  readonly rate: string
}

/** The pair, its rate and the amounts, or the first of them that is wrong. */
const askedOf = (body: JsonObject, world: World, decimals?: number): Asked | Reply => {
  const from = String(body["sourceCurrencyCode"])
  const to = String(body["destinationCurrencyCode"])
  const sourceAmount = textOf(body["sourceAmount"])
  const destinationAmount = textOf(body["destinationAmount"])
  const rate = world.rates.between(from, to, decimals)
  if (!world.rates.knows(from)) return invalid(body, "sourceCurrencyCode")
  if (rate === undefined) return invalid(body, "destinationCurrencyCode")
  if (sourceAmount !== undefined && !fitsCurrency(sourceAmount, from)) {
    return invalid(body, "sourceAmount")
  }
  if (destinationAmount !== undefined && !fitsCurrency(destinationAmount, to)) {
    return invalid(body, "destinationAmount")
  }
  return { from, to, sourceAmount, destinationAmount, rate }
}

const recordOf = ({ destinationAmount, from, sourceAmount, to }: Asked): EntryFacts => ({
  ...(sourceAmount === undefined
    ? destinationAmount === undefined
      ? {}
      : { amount: destinationAmount }
    : { amount: sourceAmount }),
  currency: sourceAmount === undefined && destinationAmount !== undefined ? to : from,
})

const answered = (asked: Asked, bodyOf: () => Readonly<Record<string, unknown>>): Prepared => ({
  facts: recordOf(asked),
  commit: (answer) => ({
    status: 200,
    body: overlay(bodyOf(), answer?.fields),
    kind: "inquiry",
    record: recordOf(asked),
  }),
})

/** Products A and B: strings, and the markup beside the rate, which excludes it. */
const dailyRate = (body: JsonObject, asked: Asked, world: World): Prepared | Reply => {
  const { destinationAmount, from, rate, sourceAmount, to } = asked
  const markup = textOf(body["markupRate"])
  const details = isObject(body["acquirerDetails"]) ? body["acquirerDetails"] : {}
  const currencyCode = isObject(details["settlement"])
    ? textOf(details["settlement"]["currencyCode"])
    : undefined
  // Without its markup, what the sender pays; only the one that was not given is in the reply.
  const bare =
    sourceAmount === undefined
      ? sourceFor(destinationAmount ?? "0", rate, from)
      : withoutMarkup(sourceAmount, from, markup)
  const paid = sourceAmount ?? sourceFor(destinationAmount ?? "0", rate, from, markup)
  const arriving =
    sourceAmount === undefined ? undefined : destinationFor(sourceAmount, rate, to, markup)
  const settlementRate =
    currencyCode === undefined ? undefined : world.rates.between(from, currencyCode)
  if (currencyCode !== undefined && settlementRate === undefined) {
    return invalid(body, "acquirerDetails.settlement.currencyCode")
  }
  const amounts = [bare, paid, ...(arriving === undefined ? [] : [arriving])]
  if (!amounts.every((amount) => writtenAmount.test(amount))) {
    return invalid(body, sourceAmount === undefined ? "destinationAmount" : "sourceAmount")
  }
  return answered(asked, () => ({
    rateProductCode: body["rateProductCode"],
    conversionRate: rate,
    ...(arriving === undefined ? { sourceAmount: bare } : { destinationAmount: arriving }),
    ...(markup === undefined
      ? {}
      : {
          markupRateApplied: markup,
          ...(arriving === undefined
            ? { sourceAmountWithMarkup: paid }
            : { sourceAmountWithoutMarkup: bare }),
        }),
    ...(currencyCode === undefined || settlementRate === undefined
      ? {}
      : {
          acquirerDetails: {
            settlement: {
              amount: destinationFor(paid, settlementRate, currencyCode),
              currencyCode,
              conversionRate: settlementRate,
            },
          },
        }),
  }))
}

/** `YYYY-MM-DDThh:mm:ss.sss+00:00`, as the sample has it. */
const moment = (at: number) => new Date(at).toISOString().replace("Z", "+00:00")

/** Products BANK and WALLET: numbers, and a quote when one is asked for. */
const liveRate = (body: JsonObject, asked: Asked, project: string, world: World): Prepared => {
  const { destinationAmount, from, rate, sourceAmount, to } = asked
  const rateProductCode = String(body["rateProductCode"])
  const arriving =
    destinationAmount ??
    (sourceAmount === undefined ? undefined : destinationFor(sourceAmount, rate, to))
  const paid =
    sourceAmount ??
    (destinationAmount === undefined ? undefined : sourceFor(destinationAmount, rate, from))
  return {
    facts: recordOf(asked),
    commit: (answer, now) => {
      // A rate that a script tells is the rate that a quote holds.
      const scripted = answer?.fields?.["conversionRate"]
      const expiresAt = now + world.settings.quoteLifetime
      const quote =
        body["quoteIdRequired"] === true
          ? world.quotes.issue({
              project,
              initiatingPartyId: String(body["initiatingPartyId"]),
              rateProductCode,
              source: from,
              destination: to,
              rate: typeof scripted === "number" ? String(scripted) : rate,
              expiresAt,
            })
          : undefined
      return {
        status: 200,
        body: overlay(
          {
            rateProductCode,
            sourceCurrencyCode: from,
            destinationCurrencyCode: to,
            conversionRate: Number(rate),
            ...(paid === undefined ? {} : { sourceAmount: Number(paid) }),
            ...(arriving === undefined ? {} : { destinationAmount: Number(arriving) }),
            ...(quote === undefined
              ? {}
              : { quoteId: quote.quoteId, quoteIdExpiryDateTime: moment(expiresAt) }),
          },
          answer?.fields,
        ),
        kind: "inquiry",
        record: {
          ...recordOf(asked),
          ...(quote === undefined ? {} : { quoteId: String(quote.quoteId) }),
        },
      }
    },
  }
}

/** `POST /forexrates/v2/foreignexchangerates`. */
export const ForeignExchange: Endpoint = {
  name: "ForeignExchange",
  method: "POST",
  path: "/forexrates/v2/foreignexchangerates",
  mle: "project",
  scripted: true,
  fields: ratesFields({}),
  fieldsOf: ratesFields,
  refuse,
  prepare: ({ body, project }, world) => {
    const product = String(body["rateProductCode"])
    if (!world.settings.rateProducts.has(product)) {
      const message = `Rate product ${product} is not in the subscription`
      return refuse({ code: "4001", message })
    }
    const given = ["sourceAmount", "destinationAmount"].filter((name) => body[name] !== undefined)
    // Of a quote the pair is enough.
    if (given.length === 0 && body["quoteIdRequired"] !== true) {
      return refuse({ body, problem: { kind: "missing", element: "sourceAmount" } })
    }
    if (given.length === 2) return invalid(body, "destinationAmount")
    const asked = askedOf(body, world)
    if (!("rate" in asked)) return asked
    return isLive(body) ? liveRate(body, asked, project, world) : dailyRate(body, asked, world)
  },
}

/** Room for the rate in a reply of version 1: nine characters. */
const v1Decimals = 7

/**
 * `POST /forexrates/v1/foreignexchangerates`. No error of it is published; those of version 2 are
 * taken.
 */
export const ForeignExchangeV1: Endpoint = {
  name: "ForeignExchangeV1",
  method: "POST",
  path: "/forexrates/v1/foreignexchangerates",
  mle: "project",
  scripted: true,
  fields: ratesV1Fields,
  refuse,
  prepare: ({ body }, world) => {
    if (body["markupRate"] !== undefined && body["markUpRate"] !== undefined) {
      return invalid(body, "markUpRate")
    }
    const asked = askedOf(body, world, v1Decimals)
    if (!("rate" in asked)) return asked
    const markup = textOf(body["markupRate"] ?? body["markUpRate"])
    const { rate, sourceAmount = "0", to } = asked
    const destinationAmount = destinationFor(sourceAmount, rate, to, markup)
    const before = destinationFor(sourceAmount, rate, to)
    if (!writtenAmount.test(before)) return invalid(body, "sourceAmount")
    return answered(asked, () => ({
      conversionRate: rate,
      destinationAmount,
      markUpRateApplied: markup ?? "0",
      originalDestnAmtBeforeMarkUp: before,
    }))
  },
}
