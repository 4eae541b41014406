/** The upkeep of aliases: operations as data. Their field tables are in `aliasManage*Fields.ts`. */
import { Effect, Predicate, Redacted, Result } from "effect"
import type { Schema } from "effect"
import { failure } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import type { VisaError } from "../VisaError.ts"
import * as Consumer from "./aliasManageFields.ts"
import type { AliasRecord } from "./aliasManageFields.ts"
import * as Merchant from "./aliasManageMerchantFields.ts"
import type { MerchantAliasRecord } from "./aliasManageMerchantFields.ts"
import { aliasRefusal } from "./aliasRefusal.ts"
import { strictEncoder } from "./invalidRequest.ts"
import { checkRules } from "./rules.ts"
import type { Rule } from "./rules.ts"
import type { Reader } from "./wire.ts"

/**
 * A customer of the issuer, the alias, the card that it shall stand for, and when the customer
 * agreed. Another alias of the same customer needs another `guid`. A phone number is written as E.164
 * without the plus; `aliasType` is `01` for phone numbers and `02` for email addresses;
 * `consentDateTime` is in UTC, `YYYY-MM-DD hh:mm:ss`. `guid` is an identifier of the issuer's own
 * choice: it is not redacted, so let it say nothing about the customer.
 */
export type CreateAliasRequest = (typeof Consumer.createAliasBody)["Type"]

/** What shall change of the customer `guid`; what is left out stays as it is. */
export type UpdateAliasRequest = (typeof Consumer.updateAliasBody)["Type"]

/** Which alias of which customer. */
export type DeleteAliasRequest = (typeof Consumer.deleteAliasBody)["Type"]

export type GetAliasRequest = (typeof Consumer.getAliasBody)["Type"]

/**
 * A merchant, or an agent with `isAgentAlias: "Y"`. `aliasId` is the acquirer's own identifier of it,
 * `merchantId` the 16 digits to which it is paid. The convenience fee is in `transactionCurrencyCode`.
 */
export type CreateMerchantAliasRequest = (typeof Merchant.createMerchantAliasBody)["Type"]

/** What shall change of the merchant or agent `aliasId`; what is left out stays as it is. */
export type UpdateMerchantAliasRequest = (typeof Merchant.updateMerchantAliasBody)["Type"]

export type DeleteMerchantAliasRequest = (typeof Merchant.deleteMerchantAliasBody)["Type"]

export type GetMerchantAliasRequest = (typeof Merchant.merchantAliasQuery)["Type"]

/** Visa has done it for this customer: after a change of the guid, under the new one. */
export interface AliasChanged {
  readonly guid: string
}

/** Visa has done it for this merchant or agent. */
export interface MerchantAliasChanged {
  readonly aliasId: string
}

const shared = {
  method: "POST",
  mle: "mandatory",
  money: "none",
  rail: "card",
  findOut: "none",
  errorSpace: "alias",
  decodeOther: aliasRefusal,
} as const

const checked = <T, E>(
  schema: Schema.Codec<T, E>,
  rules: ReadonlyArray<Rule<T>>,
  encoded: (wire: E) => Encoded,
): ((request: T) => Effect.Effect<Encoded, VisaError>) => {
  const encode = strictEncoder(schema)
  return (request) =>
    Effect.flatMap(encode(request), (wire) => Effect.as(checkRules(rules, request), encoded(wire)))
}

const answered =
  <A>(read: Reader<A>, detail: string) =>
  ({ body }: Reply): Result.Result<A, Failure> => {
    const found = read(body)
    return found === undefined
      ? Result.fail(failure("ResponseMalformed", { detail }))
      : Result.succeed(found)
  }

// The tables call the field optional, and say that it is there when the change was made.
const changed = answered((body): AliasChanged | undefined => {
  const guid = Consumer.guidOf(body)
  return guid === undefined ? undefined : { guid }
}, "The answer has no guid: read the alias to see whether the change was made.")

const merchantChanged = answered((body): MerchantAliasChanged | undefined => {
  const aliasId = Merchant.aliasIdOf(body)
  return aliasId === undefined ? undefined : { aliasId }
}, "The answer has no aliasId: read the alias to see whether the change was made.")

const consumer = "/visaaliasdirectory/v1/manage"
const merchant = "/visaaliasdirectory/v1/managemerchant"

const posted = <T, E>(path: string, schema: Schema.Codec<T, E>, rules: ReadonlyArray<Rule<T>>) => ({
  ...shared,
  path,
  encode: checked(schema, rules, (body) => ({ path, body })),
})

const changing = <T, E>(
  path: string,
  schema: Schema.Codec<T, E>,
  rules: ReadonlyArray<Rule<T>>,
) => ({ ...posted(path, schema, rules), changes: true })

/** The operations for the upkeep of aliases, as data. */
export const manageOperations: {
  readonly createAlias: Operation<CreateAliasRequest, AliasChanged>
  readonly updateAlias: Operation<UpdateAliasRequest, AliasChanged>
  readonly deleteAlias: Operation<DeleteAliasRequest, AliasChanged>
  readonly getAlias: Operation<GetAliasRequest, AliasRecord>
  readonly createMerchantAlias: Operation<CreateMerchantAliasRequest, MerchantAliasChanged>
  readonly updateMerchantAlias: Operation<UpdateMerchantAliasRequest, MerchantAliasChanged>
  readonly deleteMerchantAlias: Operation<DeleteMerchantAliasRequest, MerchantAliasChanged>
  readonly getMerchantAlias: Operation<GetMerchantAliasRequest, MerchantAliasRecord>
} = {
  createAlias: {
    ...changing(`${consumer}/createalias`, Consumer.createAliasBody, Consumer.createAliasRules),
    name: "AliasDirectory.createAlias",
    decode: changed,
  },
  updateAlias: {
    ...changing(`${consumer}/updatealias`, Consumer.updateAliasBody, Consumer.updateAliasRules),
    name: "AliasDirectory.updateAlias",
    decode: changed,
  },
  deleteAlias: {
    ...changing(`${consumer}/deletealias`, Consumer.deleteAliasBody, []),
    name: "AliasDirectory.deleteAlias",
    decode: changed,
  },
  getAlias: {
    ...posted(`${consumer}/getalias`, Consumer.getAliasBody, []),
    name: "AliasDirectory.getAlias",
    decode: answered(
      Consumer.aliasRecord,
      "The answer has no guid, or an alias of it cannot be read.",
    ),
  },
  createMerchantAlias: {
    ...changing(
      `${merchant}/createalias`,
      Merchant.createMerchantAliasBody,
      Merchant.merchantAliasRules,
    ),
    name: "AliasDirectory.createMerchantAlias",
    decode: merchantChanged,
  },
  updateMerchantAlias: {
    ...changing(
      `${merchant}/updatealias`,
      Merchant.updateMerchantAliasBody,
      Merchant.merchantAliasRules,
    ),
    name: "AliasDirectory.updateMerchantAlias",
    decode: merchantChanged,
  },
  deleteMerchantAlias: {
    ...changing(
      `${merchant}/deletealias`,
      Merchant.deleteMerchantAliasBody,
      Merchant.merchantIdRules,
    ),
    name: "AliasDirectory.deleteMerchantAlias",
    decode: merchantChanged,
  },
  getMerchantAlias: {
    ...shared,
    name: "AliasDirectory.getMerchantAlias",
    method: "GET",
    path: merchant,
    encode: checked(Merchant.merchantAliasQuery, [], ({ aliasId, type }) => ({
      path: merchant,
      query: { merchantaliasid: aliasId, ...(type === undefined ? {} : { type }) },
    })),
    decode: answered(Merchant.merchantAliasRecord, "The answer has no aliasId that can be read."),
  },
}

/** Every text of a request that is marked as confidential: card numbers, aliases, names. */
export const redactedTexts = (request: object): ReadonlyArray<Redacted.Redacted> =>
  Object.values(request).filter(
    (value): value is Redacted.Redacted =>
      Redacted.isRedacted(value) && Predicate.isString(Redacted.value(value)),
  )
