/** Exact decimal arithmetic for amounts and rates: a fraction of two whole numbers. */

export type Ratio = readonly [numerator: bigint, denominator: bigint]

/** Of a plain decimal: `100.55`, without sign and exponent. */
export const ratio = (written: string): Ratio => {
  const [whole = "0", fraction = ""] = written.split(".")
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length)]
}

export const times = (a: Ratio, b: Ratio): Ratio => [a[0] * b[0], a[1] * b[1]]

export const over = (a: Ratio, b: Ratio): Ratio => [a[0] * b[1], a[1] * b[0]]

/** With so many decimals, `75.85`. */
export const decimal = (
  [numerator, denominator]: Ratio,
  decimals: number,
  rounding: "down" | "up",
): string => {
  const scaled = numerator * 10n ** BigInt(decimals)
  const down = scaled / denominator
  const units = rounding === "up" && scaled % denominator !== 0n ? down + 1n : down
  const digits = String(units).padStart(decimals + 1, "0")
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
