/**
 * From an alias, such as a phone number or an email address, to the card that it stands for; and, for
 * issuers and acquirers, the upkeep of the aliases of their customers.
 *
 * Aliases are personal data. They are `Redacted` in requests and answers, and where Visa's refusal
 * quotes one, it is struck out of the error. For the upkeep the same holds of names, street addresses,
 * email addresses and phone numbers.
 *
 * An alias that nobody has registered is the error `AliasNotFound`, not an empty answer: whoever
 * resolves an alias wants to pay to it and cannot go on, the error carries both correlation ids and
 * what to do next, and `Effect.catchReason` turns it into a value where that is wanted. Both versions
 * of the operation say it in the same way, although Visa answers 404 in one and 204 in the other.
 *
 * Source: Visa's OpenAPI export of Visa Direct (September 2025). The body of version 1 is that of
 * version 2 without `aliasType`; `Y` and `N` of `accountLookUp` are from Visa's sample client (2018).
 * Where the codes stand in the refusals of version 1 is from an integrator's contract tests.
 *
 * For the upkeep that export lists paths and no fields. Those here, and which of them are required, are
 * from the tables of Visa's generated sample client (2018) and from what integrators were seen to send
 * since; no public source has lengths. So this part is less certain than the rest: compare it with the
 * specification of your project before you rely on it. That encryption is mandatory, and that an answer
 * without the `guid` or `aliasId` is none, is our reading.
 */
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { answersOf } from "../internal/answers.ts"
import {
  accountLookUps,
  inquiredAliases,
  inquiryBody,
  inquirySummary,
  recipientNumber,
  resolveBody,
  resolvedDetails,
  resolveV1Body,
} from "../internal/aliasFields.ts"
import type { AccountLookUp, InquiredAlias, RecipientNumber } from "../internal/aliasFields.ts"
import { manageOperations, redactedTexts } from "../internal/aliasManage.ts"
import type {
  AliasChanged,
  CreateAliasRequest,
  CreateMerchantAliasRequest,
  DeleteAliasRequest,
  DeleteMerchantAliasRequest,
  GetAliasRequest,
  GetMerchantAliasRequest,
  MerchantAliasChanged,
  UpdateAliasRequest,
  UpdateMerchantAliasRequest,
} from "../internal/aliasManage.ts"
import type { AliasRecord } from "../internal/aliasManageFields.ts"
import type { MerchantAliasRecord } from "../internal/aliasManageMerchantFields.ts"
import { aliasRefusal } from "../internal/aliasRefusal.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import { failure } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export type { AccountLookUp, InquiredAlias, RecipientNumber } from "../internal/aliasFields.ts"
export type {
  AliasChanged,
  CreateAliasRequest,
  CreateMerchantAliasRequest,
  DeleteAliasRequest,
  DeleteMerchantAliasRequest,
  GetAliasRequest,
  GetMerchantAliasRequest,
  MerchantAliasChanged,
  UpdateAliasRequest,
  UpdateMerchantAliasRequest,
} from "../internal/aliasManage.ts"
export type { AliasRecord, RegisteredAlias } from "../internal/aliasManageFields.ts"
export type { MerchantAliasRecord } from "../internal/aliasManageMerchantFields.ts"
export type { Flag } from "../internal/wireCodes.ts"

/**
 * Which alias, and what for. A phone number is written as E.164 without the plus, as in Visa's
 * samples: `254711001987`.
 */
export type ResolveV1Request = (typeof resolveV1Body)["Type"]

/** {@link ResolveV1Request} with the type of the alias, in Visa's codes. */
export type ResolveRequest = (typeof resolveBody)["Type"]

/** 1 to 1000 aliases. */
export type AliasInquiryRequest = (typeof inquiryBody)["Type"]

/** Who the alias stands for. What is absent Visa did not send, or not in a form that can be read. */
export interface ResolvedAlias extends Details {
  readonly recipientPrimaryAccountNumber: RecipientNumber
  /** What was asked for with `accountLookUp: "Y"`, one per network. */
  readonly accountLookUp: ReadonlyArray<AccountLookUp>
}

type Details = typeof resolvedDetails extends Wire.Reader<infer Read> ? Read : never

type Summary = typeof inquirySummary extends Wire.Reader<infer Read> ? Read : never

/** The aliases of an inquiry that Visa knows; those that are missing here it does not know. */
export interface InquiredAliases {
  readonly found: ReadonlyArray<InquiredAlias>
  /** How many were asked for, found and not found, as Visa counted them. */
  readonly summary: Summary
}

const decodeResolved = (reply: Reply): Result.Result<ResolvedAlias, Failure> => {
  const details = resolvedDetails(reply.body)
  const body = Wire.isJsonObject(reply.body) ? reply.body : {}
  const number = recipientNumber(body["recipientPrimaryAccountNumber"])
  return details === undefined || number === undefined
    ? Result.fail(
        failure("ResponseMalformed", {
          detail: "The answer has no recipientPrimaryAccountNumber that can be read.",
        }),
      )
    : Result.succeed({
        ...details,
        recipientPrimaryAccountNumber: number,
        accountLookUp: accountLookUps(body["accountLookUpInfo"]),
      })
}

const decodeInquiry = (reply: Reply): Result.Result<InquiredAliases, Failure> => {
  const malformed = (detail: string) => Result.fail(failure("ResponseMalformed", { detail }))
  if (!Wire.isJsonObject(reply.body)) return malformed("The answer is not an object.")
  const { details, summary } = reply.body
  // Without a single alias that is known there is only the summary.
  const found = details === undefined || details === null ? [] : inquiredAliases(details)
  const counts = inquirySummary(summary)
  if (found === undefined) return malformed("An alias of the answer cannot be read.")
  return found.length === 0 && counts === undefined
    ? malformed("The answer has neither details nor summary.")
    : Result.succeed({ found, summary: counts ?? {} })
}

const encodeResolveV1Body = strictEncoder(resolveV1Body)
const encodeResolveBody = strictEncoder(resolveBody)
const encodeInquiryBody = strictEncoder(inquiryBody)

const sentTo =
  (path: string) =>
  (body: unknown): Encoded => ({ path, body })

const shared = {
  method: "POST",
  mle: "mandatory",
  money: "none",
  rail: "card",
  findOut: "none",
  errorSpace: "alias",
  decodeOther: aliasRefusal,
} as const

const paths = {
  resolve: "/visaaliasdirectory/v2/resolve",
  resolveV1: "/visaaliasdirectory/v1/resolve",
  inquire: "/visaaliasdirectory/v1/aliasinquiry",
} as const

/** The operations of this module, as data. */
export const operations: {
  readonly resolve: Operation<ResolveRequest, ResolvedAlias>
  readonly resolveV1: Operation<ResolveV1Request, ResolvedAlias>
  readonly inquire: Operation<AliasInquiryRequest, InquiredAliases>
} & typeof manageOperations = {
  ...manageOperations,
  resolve: {
    ...shared,
    name: "AliasDirectory.resolve",
    path: paths.resolve,
    encode: (request) => Effect.map(encodeResolveBody(request), sentTo(paths.resolve)),
    decode: decodeResolved,
    decodeOther: (reply) =>
      reply.httpStatus === 204 ? Result.fail(failure("AliasNotFound")) : aliasRefusal(reply),
  },
  resolveV1: {
    ...shared,
    name: "AliasDirectory.resolveV1",
    path: paths.resolveV1,
    encode: (request) => Effect.map(encodeResolveV1Body(request), sentTo(paths.resolveV1)),
    decode: decodeResolved,
  },
  inquire: {
    ...shared,
    name: "AliasDirectory.inquire",
    path: paths.inquire,
    encode: (request) => Effect.map(encodeInquiryBody(request), sentTo(paths.inquire)),
    decode: decodeInquiry,
  },
}

/** Visa may quote an international number with or without its plus. */
const spellings = (alias: Redacted.Redacted): ReadonlyArray<string> => {
  const text = Redacted.value(alias)
  return [text, text.replace(/^\+/, "")]
}

/**
 * Resolves aliases, and keeps them up.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { AliasDirectory, Correlation, Pan, Transport } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: { recipientPrimaryAccountNumber: "4895140000066666", recipientName: "John K Kamau", country: "KE" }
 * }))
 * const card = Effect.gen(function* () {
 *   const recipient = yield* AliasDirectory.resolve({
 *     alias: Redacted.make("254711001987"),
 *     businessApplicationId: "PP"
 *   })
 *   const number = recipient.recipientPrimaryAccountNumber
 *   return number._tag === "Card" ? Pan.masked(number.pan) : "no card number"
 * }).pipe(
 *   Effect.catchReason("VisaError", "AliasNotFound", () => Effect.succeed("ask for another alias"))
 * )
 *
 * const live = card.pipe(
 *   Effect.provide(AliasDirectory.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * )
 * assert.strictEqual(await Effect.runPromise(live), "489514******6666")
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { AliasDirectory, Correlation, Country, Pan, Transport } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(() => ({ status: 200, body: { guid: "customer-1" } }))
 * const register = Effect.gen(function* () {
 *   return yield* AliasDirectory.createAlias({
 *     guid: "customer-1",
 *     alias: Redacted.make("254711333888"),
 *     aliasType: "01",
 *     recipientFirstName: Redacted.make("Jamie"),
 *     recipientLastName: Redacted.make("Bakari"),
 *     recipientPrimaryAccountNumber: yield* Pan.make("4895140000066666"),
 *     issuerName: "Test Bank 1",
 *     cardType: "Visa Classic",
 *     country: yield* Country.of("KE"),
 *     consentDateTime: "2018-03-01 01:02:03"
 *   })
 * }).pipe(
 *   // The alias or the card is registered already: see whose it is before anything else.
 *   Effect.catchReason("VisaError", "AliasRecordExists", () => AliasDirectory.getAlias({ guid: "customer-1" }))
 * )
 *
 * const registered = register.pipe(
 *   Effect.provide(AliasDirectory.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * )
 * assert.strictEqual((await Effect.runPromise(registered)).guid, "customer-1")
 */
export class AliasDirectory extends Context.Service<
  AliasDirectory,
  {
    /**
     * The card behind an alias (version 2). Fails with `AliasNotFound` when there is none, with
     * `RequestInvalid` before sending, with the other reasons of the Alias Directory, and with what the
     * transport meets.
     */
    readonly resolve: (request: ResolveRequest) => Effect.Effect<ResolvedAlias, VisaError>
    /** The same by version 1, for projects that do not have version 2. */
    readonly resolveV1: (request: ResolveV1Request) => Effect.Effect<ResolvedAlias, VisaError>
    /** Which of up to 1000 aliases Visa knows. An alias that it does not know is no error here. */
    readonly inquire: (request: AliasInquiryRequest) => Effect.Effect<InquiredAliases, VisaError>
    /**
     * Registers an alias of a customer. Fails with `AliasRecordExists` when the alias or the card is
     * registered already: also when this very request was sent before and its answer was lost.
     */
    readonly createAlias: (request: CreateAliasRequest) => Effect.Effect<AliasChanged, VisaError>
    /** Changes what is given. A new card needs its `issuerName` and `cardType` with it. */
    readonly updateAlias: (request: UpdateAliasRequest) => Effect.Effect<AliasChanged, VisaError>
    /** Deletes an alias of a customer. `AliasNotFound` when the two do not belong together. */
    readonly deleteAlias: (request: DeleteAliasRequest) => Effect.Effect<AliasChanged, VisaError>
    /** What the directory has of a customer. Fails with `AliasNotFound` for an unknown `guid`. */
    readonly getAlias: (request: GetAliasRequest) => Effect.Effect<AliasRecord, VisaError>
    /** Registers a merchant or agent. */
    readonly createMerchantAlias: (
      request: CreateMerchantAliasRequest,
    ) => Effect.Effect<MerchantAliasChanged, VisaError>
    /** Changes what is given. A convenience fee needs its `transactionCurrencyCode` with it. */
    readonly updateMerchantAlias: (
      request: UpdateMerchantAliasRequest,
    ) => Effect.Effect<MerchantAliasChanged, VisaError>
    readonly deleteMerchantAlias: (
      request: DeleteMerchantAliasRequest,
    ) => Effect.Effect<MerchantAliasChanged, VisaError>
    /** What the directory has of a merchant, or of an agent with `type: "agent"`. */
    readonly getMerchantAlias: (
      request: GetMerchantAliasRequest,
    ) => Effect.Effect<MerchantAliasRecord, VisaError>
  }
>()("effect-visa-direct/AliasDirectory") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    const call = <Request, A>(
      operation: Operation<Request, A>,
      request: Request,
      aliases: () => ReadonlyArray<Redacted.Redacted>,
    ): Effect.Effect<A, VisaError> => answer(operation, request, () => aliases().flatMap(spellings))
    const manage =
      <Request extends object, A>(operation: Operation<Request, A>) =>
      (request: Request): Effect.Effect<A, VisaError> =>
        call(operation, request, () => redactedTexts(request))
    return AliasDirectory.of({
      resolve: (request) => call(operations.resolve, request, () => [request.alias]),
      resolveV1: (request) => call(operations.resolveV1, request, () => [request.alias]),
      inquire: (request) => call(operations.inquire, request, () => request.aliases),
      createAlias: manage(operations.createAlias),
      updateAlias: manage(operations.updateAlias),
      deleteAlias: manage(operations.deleteAlias),
      getAlias: manage(operations.getAlias),
      createMerchantAlias: manage(operations.createMerchantAlias),
      updateMerchantAlias: manage(operations.updateMerchantAlias),
      deleteMerchantAlias: manage(operations.deleteMerchantAlias),
      getMerchantAlias: manage(operations.getMerchantAlias),
    })
  })

  static readonly layer: Layer.Layer<AliasDirectory, never, Transport> = Layer.effect(
    AliasDirectory,
    AliasDirectory.make,
  )

  static readonly operations = operations

  static readonly resolve = (
    request: ResolveRequest,
  ): Effect.Effect<ResolvedAlias, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.resolve(request))

  static readonly resolveV1 = (
    request: ResolveV1Request,
  ): Effect.Effect<ResolvedAlias, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.resolveV1(request))

  static readonly inquire = (
    request: AliasInquiryRequest,
  ): Effect.Effect<InquiredAliases, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.inquire(request))

  static readonly createAlias = (
    request: CreateAliasRequest,
  ): Effect.Effect<AliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.createAlias(request))

  static readonly updateAlias = (
    request: UpdateAliasRequest,
  ): Effect.Effect<AliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.updateAlias(request))

  static readonly deleteAlias = (
    request: DeleteAliasRequest,
  ): Effect.Effect<AliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.deleteAlias(request))

  static readonly getAlias = (
    request: GetAliasRequest,
  ): Effect.Effect<AliasRecord, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.getAlias(request))

  static readonly createMerchantAlias = (
    request: CreateMerchantAliasRequest,
  ): Effect.Effect<MerchantAliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.createMerchantAlias(request))

  static readonly updateMerchantAlias = (
    request: UpdateMerchantAliasRequest,
  ): Effect.Effect<MerchantAliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.updateMerchantAlias(request))

  static readonly deleteMerchantAlias = (
    request: DeleteMerchantAliasRequest,
  ): Effect.Effect<MerchantAliasChanged, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.deleteMerchantAlias(request))

  static readonly getMerchantAlias = (
    request: GetMerchantAliasRequest,
  ): Effect.Effect<MerchantAliasRecord, VisaError, AliasDirectory> =>
    Effect.flatMap(AliasDirectory, (service) => service.getMerchantAlias(request))
}
