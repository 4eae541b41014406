/**
 * Money to and from cards: push funds (OCT) and its status.
 *
 * HTTP 200 is not approval. These operations succeed only when Visa's action code says so; everything
 * else is a {@link VisaError} that says what it means for the money.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025) for paths and fields, Visa's error-code page for
 * 202, 303 and duplicates.
 */
import { Context, Effect, Layer, Option, Result, Schema } from "effect"
import type { Duration } from "effect"
import * as Fields from "../internal/fields.ts"
import { invalidRequest, strictEncoder } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import { Money } from "../Money.ts"
import { failure, fillPath } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import { Transport } from "../Transport.ts"
import type { CallOptions, Exchange } from "../Transport.ts"
import { tagOfCode } from "../VisaError.ts"
import type { VisaError } from "../VisaError.ts"

/** What makes a request recognisable: made once, stored by the caller, then sent. */
const identity = {
  /** STAN. */
  systemsTraceAuditNumber: Stan.Schema,
  /** RRN. */
  retrievalReferenceNumber: Rrn.Schema,
  localTransactionDateTime: Fields.localDateTime,
} as const

const pushFields = {
  ...identity,
  acquiringBin: Fields.acquiringBin,
  acquirerCountryCode: Fields.countryNumeric,
  businessApplicationId: Fields.text(2, 2),
  cardAcceptor: Fields.cardAcceptor,
  accountType: Fields.optionalText(2, 2),
  additionalPOSInformation: Schema.optionalKey(Fields.opaqueObject),
  argentinaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  cardCvv2Value: Schema.optionalKey(Fields.secret(3, 4, /^\d+$/, "3 or 4 digits")),
  cardSequenceNumber: Fields.optionalInteger(0, 999),
  colombiaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  customerReference: Fields.optionalText(1, 17),
  enablerVerificationValue: Fields.optionalText(5, 5),
  feeProgramIndicator: Fields.optionalText(3, 3),
  integratedCircuitCardData: Fields.optionalText(2, 510),
  magneticStripeData: Schema.optionalKey(Schema.Struct({
    track1Data: Fields.secret(1, 76, /./, "track 1 data"),
    track2Data: Fields.secret(1, 19, /./, "track 2 data"),
  })),
  masterCardMerchantPaymentGatewayId: Fields.optionalText(1, 11),
  merchantCategoryCode: Fields.optionalInteger(0, 9_999),
  merchantPseudoAbaNumber: Fields.optionalText(1, 9),
  merchantVerificationValue: Schema.optionalKey(Fields.merchantVerificationValue),
  messageReasonCode: Fields.optionalInteger(0, 9_999),
  mexicoNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  nationalReimbursementFee: Schema.optionalKey(Schema.Finite),
  pinData: Schema.optionalKey(Schema.Struct({
    pinDataBlock: Fields.secret(8, 8, /./, "an 8-byte PIN block"),
    securityRelatedControlInfo: Schema.Struct({
      zoneKeyIndex: Fields.optionalInteger(0, 99),
      pinBlockFormatCode: Fields.integer(0, 99),
    }),
  })),
  pointOfServiceCapability: Schema.optionalKey(Schema.Struct({
    posTerminalType: Fields.integer(0, 9),
    posTerminalEntryCapability: Fields.integer(0, 9),
    acceptsPartialAuthorizations: Fields.optionalInteger(0, 9),
  })),
  pointOfServiceData: Schema.optionalKey(Schema.Struct({
    panEntryMode: Fields.optionalInteger(0, 99),
    posConditionCode: Schema.optionalKey(Fields.matching(/^\d{2}$/, "2 digits")),
    motoECIIndicator: Fields.optionalInteger(0, 8),
    specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
  })),
  purchaseIdentifier: Schema.optionalKey(Schema.Struct({
    type: Fields.text(1, 1),
    referenceNumber: Fields.text(25, 25),
  })),
  purposeOfPayment: Fields.optionalText(1, 12),
  recipientAdditionalData: Schema.optionalKey(Fields.additionalData),
  recipientAddressLine1: Fields.optionalText(1, 99),
  recipientAddressLine2: Fields.optionalText(1, 99),
  recipientBuildingNumber: Fields.optionalText(1, 16),
  recipientCardExpiryDate: Schema.optionalKey(Fields.expiry),
  recipientCity: Fields.optionalText(1, 25),
  recipientCountryCode: Schema.optionalKey(Fields.countryNumeric),
  recipientCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  recipientDateOfBirth: Schema.optionalKey(Fields.date),
  recipientEntityType: Fields.optionalText(1, 1),
  recipientFirstName: Fields.optionalText(1, 35),
  recipientLastName: Fields.optionalText(1, 35),
  recipientLocalNameData: Schema.optionalKey(Fields.opaqueObject),
  recipientMiddleInitial: Fields.optionalText(1, 1),
  recipientMiddleName: Fields.optionalText(1, 35),
  recipientName: Fields.optionalText(1, 30),
  recipientNationality: Schema.optionalKey(Fields.countryAlpha3),
  recipientOccupation: Fields.optionalText(1, 35),
  recipientPaymentCredentialReference: Schema.optionalKey(
    Fields.credentialReference(["PCI_TOKEN_REFID", "PAYNAME"]),
  ),
  recipientPersonalEmailAddress: Fields.optionalText(1, 99),
  recipientPostalCode: Fields.optionalText(1, 16),
  recipientPrimaryAccountNumber: Schema.optionalKey(Fields.pan),
  recipientState: Fields.optionalText(1, 3),
  recipientStreetName: Fields.optionalText(1, 99),
  recipientSubDivisionMinorCode: Fields.optionalText(1, 16),
  schemeIdentifier: Schema.optionalKey(Fields.matching(/^[a-zA-Z0-9]{2}$/, "2 letters or digits")),
  secondaryId: Fields.optionalText(1, 28),
  senderAccountNumber: Schema.optionalKey(Fields.secret(13, 19, /^[0-9A-Za-z]+$/, "letters and digits")),
  senderAdditionalData: Schema.optionalKey(Fields.additionalData),
  senderAddress: Fields.optionalText(1, 35),
  senderAddressLine1: Fields.optionalText(1, 99),
  senderAddressLine2: Fields.optionalText(1, 99),
  senderBuildingNumber: Fields.optionalText(1, 16),
  senderCity: Fields.optionalText(1, 25),
  senderCountryCode: Schema.optionalKey(Fields.countryNumeric),
  senderCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  senderDateOfBirth: Schema.optionalKey(Fields.date),
  senderEntityType: Fields.optionalText(1, 1),
  senderFirstName: Fields.optionalText(2, 35),
  senderIdentificationNumberBusiness: Fields.optionalText(1, 20),
  senderIdentificationNumberIndividual: Fields.optionalText(1, 13),
  senderLastName: Fields.optionalText(2, 35),
  senderLocalNameData: Schema.optionalKey(Fields.opaqueObject),
  senderMiddleInitial: Fields.optionalText(1, 1),
  senderMiddleName: Fields.optionalText(1, 35),
  senderName: Fields.optionalText(2, 30),
  senderNationality: Schema.optionalKey(Fields.countryAlpha3),
  senderOccupation: Fields.optionalText(1, 35),
  senderPaymentCredentialReference: Schema.optionalKey(Fields.credentialReference(["PCI_TOKEN_REFID"])),
  senderPersonalEmailAddress: Fields.optionalText(1, 99),
  senderPostalCode: Fields.optionalText(5, 10),
  senderReference: Fields.optionalText(1, 16),
  senderStateCode: Fields.optionalText(2, 2),
  senderStreetName: Fields.optionalText(1, 99),
  serviceProcessingType: Schema.optionalKey(Fields.serviceProcessingType),
  settlementServiceIndicator: Schema.optionalKey(Schema.Literals([0, 8, 9])),
  sharingGroupCode: Fields.optionalText(1, 30),
  sourceOfFundsCode: Schema.optionalKey(Schema.Literals(["01", "02", "03", "04", "05", "06"])),
  surcharge: Fields.optionalText(1, 13),
  transactionIdentifier: Schema.optionalKey(Fields.transactionIdentifier),
  vauFlag: Fields.optionalText(1, 1),
  visaMerchantIdentifier: Fields.optionalText(8, 8),
} as const

const pushBody = Schema.Struct({
  ...pushFields,
  amount: Schema.Finite,
  transactionCurrencyCode: Fields.text(3, 3),
  sourceAmount: Schema.optionalKey(Schema.Finite),
  sourceCurrencyCode: Schema.optionalKey(Fields.text(3, 3)),
})

const encodePush = strictEncoder(pushBody)

/**
 * One payment to a card. The fields are Visa's own; amounts carry their currency, card numbers are
 * {@link Pan}s, and the identity comes from {@link TransactionIdentity}.
 */
export type PushRequest =
  & Schema.Struct.Type<typeof pushFields>
  & {
    /** Amount and `transactionCurrencyCode`. */
    readonly amount: Money
    /** `sourceAmount` and `sourceCurrencyCode`: before the originator's own exchange. */
    readonly sourceAmount?: Money
    /** Goes out as `X-Client-Transaction-ID`. */
    readonly clientTransactionId?: string
  }

const encodePushRequest = Effect.fnUntraced(
  function*(request: PushRequest): Effect.fn.Return<Encoded, VisaError> {
    const { amount, clientTransactionId, sourceAmount, ...fields } = request
    const hasPan = fields.recipientPrimaryAccountNumber !== undefined
    const hasReference = fields.recipientPaymentCredentialReference !== undefined
    if (hasPan === hasReference) {
      return yield* Effect.fail(
        invalidRequest(
          "recipientPrimaryAccountNumber",
          "Give exactly one of recipientPrimaryAccountNumber and recipientPaymentCredentialReference.",
        ),
      )
    }
    if (fields.senderAccountNumber === undefined && fields.senderReference === undefined) {
      return yield* Effect.fail(
        invalidRequest(
          "senderAccountNumber",
          "Give senderAccountNumber, or senderReference where the money does not come from an account.",
        ),
      )
    }
    const body = yield* encodePush({
      ...fields,
      amount: yield* Money.toVisaNumber(amount),
      transactionCurrencyCode: amount.currency,
      ...(sourceAmount === undefined ? {} : {
        sourceAmount: yield* Money.toVisaNumber(sourceAmount),
        sourceCurrencyCode: sourceAmount.currency,
      }),
    })
    return {
      path: operations.push.path,
      body,
      clientTransactionId,
      corridor: fields.senderCountryCode !== undefined && fields.recipientCountryCode !== undefined
        ? `${fields.senderCountryCode}-${fields.recipientCountryCode}`
        : undefined,
    }
  },
)

const pushReply = Wire.object({
  actionCode: Wire.actionCode,
  approvalCode: Wire.text,
  responseCode: Wire.text,
  transactionIdentifier: Wire.digits(15),
  transmissionDateTime: Wire.text,
  originalActionCode: Wire.actionCode,
  retrievalReferenceNumber: Wire.digits(12),
  networkId: Wire.text,
  last4ofPAN: Wire.digits(4),
  feeProgramIndicator: Wire.text,
  merchantVerificationValue: Wire.text,
  prepaidBalance: Wire.decimal,
  prepaidBalanceCurrency: Wire.text,
  responseReasonCode: Wire.text,
  cvv2ResultCode: Wire.text,
  transactionLinkIdentifier: Wire.text,
  settlementInfo: Wire.object({
    settlementAmount: Wire.decimal,
    settlementCurrencyCode: Wire.digits(3),
    settlementConversionRate: Wire.decimal,
  }),
})

type PushReply = typeof pushReply extends Wire.Reader<infer Read> ? Read : never

/** What Visa answers to an approved push. */
export interface Approved extends Omit<PushReply, "actionCode" | "transactionIdentifier"> {
  readonly _tag: "Approved"
  /** `00` approved, `11` approved (V.I.P.), `94` a repeat of a push that was approved. */
  readonly actionCode: string
  /** Visa's id of the transaction, 15 digits. */
  readonly transactionIdentifier: string
}

/** An approved push together with the exchange that brought the answer. */
export interface Settled extends Approved {
  readonly exchange: Exchange
}

const approvals: ReadonlySet<string> = new Set(["00", "11"])

const declineOf = (code: string, detail?: string): Failure =>
  Option.match(tagOfCode("action", code), {
    onNone: () => failure("UnrecognizedCode", { code, detail }),
    onSome: (tag) => failure(tag, { code, detail }),
  })

const decodePush = (reply: Reply): Result.Result<Approved, Failure> => {
  const read = pushReply(reply.body)
  if (read?.actionCode === undefined) {
    return Result.fail(failure("ResponseMalformed", { detail: "The reply has no actionCode." }))
  }
  const { actionCode, originalActionCode, transactionIdentifier } = read
  if (actionCode === "94" && originalActionCode === undefined) {
    return Result.fail(declineOf(actionCode))
  }
  // Field 39 of the original decides when Visa recognised a repeat.
  const decisive = actionCode === "94" ? originalActionCode ?? actionCode : actionCode
  if (!approvals.has(decisive)) {
    return Result.fail(
      declineOf(decisive, actionCode === "94" ? "Visa recognised a repeat; this is what it answered first." : undefined),
    )
  }
  return transactionIdentifier === undefined
    ? Result.fail(
      failure("ResponseMalformed", { code: actionCode, detail: "The approval has no transactionIdentifier." }),
    )
    : Result.succeed({ _tag: "Approved", ...read, actionCode, transactionIdentifier })
}

const pushPath = "/visadirect/fundstransfer/v1/pushfundstransactions"

/** The operations of this module, as data. */
export const operations: {
  readonly push: Operation<PushRequest, Approved>
  readonly pushStatus: Operation<string, Approved>
} = {
  push: {
    name: "FundsTransfer.push",
    method: "POST",
    path: pushPath,
    mle: "mandatory",
    money: "moves",
    rail: "card",
    findOut: "status",
    encode: encodePushRequest,
    decode: decodePush,
  },
  pushStatus: {
    name: "FundsTransfer.pushStatus",
    method: "GET",
    path: `${pushPath}/{statusIdentifier}`,
    mle: "mandatory",
    money: "reports",
    rail: "card",
    findOut: "query",
    encode: (statusIdentifier) =>
      /^[\w.:-]{1,128}$/.test(statusIdentifier)
        ? Effect.succeed({ path: fillPath(`${pushPath}/{statusIdentifier}`, { statusIdentifier }) })
        : Effect.fail(invalidRequest("statusIdentifier", "It must be the id of a 202 reply.")),
    decode: decodePush,
  },
}

/**
 * Sends money to cards.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { FundsTransfer, VisaDirect } from "effect-visa-direct"
 *
 * const settled = FundsTransfer.pushStatus("1491819372_186_81_l73c003_VDP_ARM").pipe(
 *   Effect.provide(VisaDirect.layerConfig)
 * )
 */
export class FundsTransfer extends Context.Service<FundsTransfer, {
  /**
   * Pushes money to a card (OCT). Succeeds only when Visa approved it. `StillProcessing` carries the
   * id for `pushStatus`; what says `Unknown` must not be sent again.
   */
  readonly push: (
    request: PushRequest,
    options?: CallOptions,
  ) => Effect.Effect<Settled, VisaError>
  /** The result of a push that answered 202, for 24 hours. */
  readonly pushStatus: (statusIdentifier: string) => Effect.Effect<Settled, VisaError>
}>()("effect-visa-direct/FundsTransfer") {
  static readonly make = Effect.gen(function*() {
    const transport = yield* Transport
    return FundsTransfer.of({
      push: (request, options) =>
        Effect.map(
          transport.execute(operations.push, request, options),
          ({ exchange, value }) => ({ ...value, exchange }),
        ),
      pushStatus: (statusIdentifier) =>
        Effect.map(
          transport.execute(operations.pushStatus, statusIdentifier),
          ({ exchange, value }) => ({ ...value, exchange }),
        ),
    })
  })

  static readonly layer: Layer.Layer<FundsTransfer, never, Transport> = Layer.effect(
    FundsTransfer,
    FundsTransfer.make,
  )

  static readonly operations = operations

  static readonly push = (
    request: PushRequest,
    options?: { readonly transactionTimeout?: Duration.Input },
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    Effect.flatMap(FundsTransfer, (service) => service.push(request, options))

  static readonly pushStatus = (
    statusIdentifier: string,
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    Effect.flatMap(FundsTransfer, (service) => service.pushStatus(statusIdentifier))
}
