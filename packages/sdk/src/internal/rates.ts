/** Arithmetic of rates, exact. A rate is in destination units for one source unit. */
import { BigDecimal } from "effect"
import { Currency } from "../Currency.ts"
import type { Money } from "../Money.ts"

const basis = BigDecimal.fromNumberUnsafe(10_000)

/**
 * Whether a rate is worse for who pays than a reference, by more than so many hundredths of a percent:
 * less arrives for each unit that is paid.
 */
export const isWorse = (
  rate: BigDecimal.BigDecimal,
  reference: BigDecimal.BigDecimal,
  bps: number,
): boolean =>
  BigDecimal.isGreaterThan(
    BigDecimal.multiply(BigDecimal.subtract(reference, rate), basis),
    BigDecimal.multiply(reference, BigDecimal.fromNumberUnsafe(bps)),
  )

/** What has to be paid for an amount to arrive, in minor units of the source currency, rounded up. */
export const costOf = (
  amount: Money,
  rate: BigDecimal.BigDecimal,
  sourceCurrency: Currency,
): bigint => {
  const { scale, value } = BigDecimal.normalize(rate)
  const exponent = scale + Currency.exponent(sourceCurrency) - Currency.exponent(amount.currency)
  const numerator = BigInt(amount.minor) * (exponent > 0 ? 10n ** BigInt(exponent) : 1n)
  const denominator = value * (exponent < 0 ? 10n ** BigInt(-exponent) : 1n)
  return (numerator + denominator - 1n) / denominator
}
