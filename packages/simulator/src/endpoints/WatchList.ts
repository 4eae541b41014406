/**
 * Watch list screening, as in Visa's sample code and generated clients of 2018; the operation is
 * no longer in the OpenAPI exports of 2025. `referenceNumber` is matched and recorded as `rrn`.
 */
import {
  type FieldTable,
  isObject,
  object,
  required,
  text,
  wording,
} from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { countryOf } from "../internal/iso.ts"
import { overlay } from "../internal/overlay.ts"
import { scoreOf } from "../WatchLists.ts"
import { type Endpoint, validationError } from "./Endpoint.ts"

const watchListFields: FieldTable = {
  name: required(text(1, 255)),
  address: required(
    object({
      city: required(text(1, 255)),
      cardIssuerCountryCode: required(
        text(3, 3, { pattern: /^[A-Z]{3}$/, valid: (code) => countryOf(code) !== undefined }),
      ),
    }),
  ),
  referenceNumber: required(text(12, 12)),
  acquiringBin: format.acquiringBin,
  acquirerCountryCode: format.numericCountry,
}

export const WatchList: Endpoint = {
  name: "WatchList",
  method: "POST",
  path: "/visadirect/watchlistscreening/v1/watchlistinquiry",
  mle: "project",
  scripted: true,
  fields: watchListFields,
  prepare({ body }, world) {
    const { acquirerCountryCode, acquiringBin, address } = body
    if (acquirerCountryCode !== undefined && acquiringBin === undefined) {
      return validationError(wording({ kind: "missing", element: "acquiringBin" }))
    }
    const name = String(body["name"])
    const referenceNumber = String(body["referenceNumber"])
    const country = isObject(address) ? String(address["cardIssuerCountryCode"]) : ""
    const record = {
      rrn: referenceNumber,
      ...(acquiringBin === undefined ? {} : { acquiringBin: String(acquiringBin) }),
    }
    return {
      facts: { ...record, name },
      commit: (answer) => {
        const { entries, hitStatus, threshold } = world.settings.watchList
        const score = scoreOf(name, country, entries)
        const content = {
          referenceNumber,
          ofacScore: String(score),
          status: score >= threshold ? hitStatus : "Approved",
        }
        return {
          status: 200,
          body: overlay(content, answer?.fields),
          kind: "inquiry",
          record,
        }
      },
    }
  },
}
