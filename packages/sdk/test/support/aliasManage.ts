/** Visa's sample values for the upkeep of aliases, and a Visa that answers so. */
import { Effect, Redacted, Result } from "effect"
import type { Exit } from "effect"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import type {
  CreateAliasRequest,
  CreateMerchantAliasRequest,
} from "../../src/api/AliasDirectory.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Pan } from "../../src/Pan.ts"
import type { TestReply } from "../../src/Transport.ts"
import type { VisaError } from "../../src/VisaError.ts"
import { recorded } from "./recordedCalls.ts"

export const made = <A>(exit: Exit.Exit<A, VisaError>): A => Effect.runSync(exit)

/** The values of Visa's sample client. */
export const guid = "574f4b6a4c2b70472f306f300099515a789092348832455975343637a4e3710"
export const phone = "254711334999"
export const card = "4005520201264821"
export const merchantNumber = "4123450131001381"

const kenya = made(Country.of("KE"))

export const jamie: CreateAliasRequest = {
  guid,
  recipientFirstName: Redacted.make("Jamie"),
  recipientMiddleName: Redacted.make("M"),
  recipientLastName: Redacted.make("Bakari"),
  address1: Redacted.make("Street 1"),
  address2: Redacted.make("Region 1"),
  city: "Nairobi",
  country: kenya,
  postalCode: "00111",
  consentDateTime: "2018-03-01 01:02:03",
  recipientPrimaryAccountNumber: made(Pan.make(card)),
  issuerName: "Test Bank 1",
  cardType: "Visa Classic",
  alias: Redacted.make(phone),
  aliasType: "01",
}

export const jamieOnTheWire = {
  guid,
  recipientFirstName: "Jamie",
  recipientMiddleName: "M",
  recipientLastName: "Bakari",
  address1: "Street 1",
  address2: "Region 1",
  city: "Nairobi",
  country: "KE",
  postalCode: "00111",
  consentDateTime: "2018-03-01 01:02:03",
  recipientPrimaryAccountNumber: card,
  issuerName: "Test Bank 1",
  cardType: "Visa Classic",
  alias: phone,
  aliasType: "01",
}

export const personal = [phone, card, "Jamie", "Bakari", "Street 1", "Region 1"]

export const shop: CreateMerchantAliasRequest = {
  aliasId: "888111",
  merchantId: made(Pan.make(merchantNumber)),
  merchantCategoryCode: "6012",
  payloadFormatIndicator: "01",
  pointOfInitiationMethod: "11",
  transactionCurrencyCode: made(Currency.of("KES")),
  recipientName: Redacted.make("Test brand"),
  city: "Nairobi",
  country: kenya,
}

export const shopOnTheWire = {
  aliasId: "888111",
  merchantId: merchantNumber,
  merchantCategoryCode: "6012",
  payloadFormatIndicator: "01",
  pointOfInitiationMethod: "11",
  transactionCurrencyCode: "404",
  recipientName: "Test brand",
  city: "Nairobi",
  country: "KE",
}

export const running = <A>(
  program: Effect.Effect<A, VisaError, AliasDirectory>,
  reply: TestReply = { status: 200, body: { guid, aliasId: "888111" } },
) => recorded(program, AliasDirectory.layer, () => reply)

export const failing = <A>(
  program: Effect.Effect<A, VisaError, AliasDirectory>,
  reply?: TestReply,
): Effect.Effect<{ readonly error: VisaError; readonly calls: number }> =>
  Effect.flatMap(running(program, reply), ({ calls, outcome }) =>
    Result.isFailure(outcome)
      ? Effect.succeed({ error: outcome.failure, calls: calls.length })
      : Effect.die("expected a failure"),
  )
