/**
 * Amounts and rates of account payouts and foreign exchange. Unlike the card APIs these take a third
 * decimal other than 0 in the currencies that have three, so `Money.toVisaNumber` is too strict.
 */
import { BigDecimal, Exit, Option } from "effect"
import { Currency } from "../Currency.ts"
import { Money } from "../Money.ts"
import type { VisaError } from "../VisaError.ts"
import { andThen, refuse } from "./vocabulary.ts"
import { text } from "./wire.ts"
import type { Reader } from "./wire.ts"

/** A double tells decimals of up to 15 significant digits apart, so JSON writes them unchanged. */
const maximumExact = 999_999_999_999_999

/** The amount as JSON number. */
export const toJsonNumber = (money: Money, field: string): Exit.Exit<number, VisaError> =>
  money.minor <= maximumExact
    ? Exit.succeed(Number(Money.toDecimal(money)))
    : refuse(field, "The amount has more digits than a JSON number holds exactly: split it.")

/** Visa's pattern for amounts that are text: 12 digits or fewer, and up to four of them decimals. */
const decimalText =
  /^(\d{1,8}(\.\d{1,4})?|\d{1,9}(\.\d{1,3})?|\d{1,10}(\.\d{1,2})?|\d{1,11}(\.\d)?|\d{1,12})$/

/** The amount as decimal text with all decimals of its currency. */
export const toDecimalText = (money: Money, field: string): Exit.Exit<string, VisaError> => {
  const decimal = Money.toDecimal(money)
  return decimalText.test(decimal)
    ? Exit.succeed(decimal)
    : refuse(field, "The amount has more than the 12 digits of Visa's field: split it.")
}

/** An amount and its currency as they stood in a reply, if both can be read exactly. */
export const readMoney = (
  amount: string | undefined,
  currency: string | undefined,
): Money | undefined =>
  amount === undefined || currency === undefined
    ? undefined
    : Option.getOrUndefined(
        Exit.getSuccess(andThen(Currency.of(currency), (known) => Money.fromVisa(amount, known))),
      )

/**
 * A conversion rate above zero, exactly. JavaScript writes small numbers with an exponent, which is
 * read too.
 */
export const rate: Reader<BigDecimal.BigDecimal> = (value) => {
  const found = text(value)?.trim()
  return found !== undefined && /^\d+(\.\d+)?(e-\d{1,3})?$/i.test(found)
    ? Option.getOrUndefined(Option.filter(BigDecimal.fromString(found), BigDecimal.isPositive))
    : undefined
}
