/** What has to be true of every cell, whatever the table says. */
import type { Cell, Seen } from "./cell.ts"

const soundness = (
  moment: string,
  { listed, moved: { adjusted, debited, paid, reversed }, reserved, result, taken }: Seen,
  isMadeGood: boolean,
): ReadonlyArray<string> => {
  const { _tag } = result
  const law = (name: string, holds: boolean) => (holds ? [] : [`${moment}: ${name}`])
  return [
    ...law("paid at most once", paid <= 1),
    ...law("debited at most once", debited <= 1),
    ...law("a debit is given back at most once", reversed + adjusted <= debited),
    ...law("what is paid is not given back", paid + reversed + adjusted <= 1),
    ...(_tag === "PayoutUnknown"
      ? [...law("on the work list", listed), ...law("still held", taken === reserved)]
      : [
          ...law("settled where it is paid, and only there", (_tag === "Settled") === (paid === 1)),
          ...law("nothing is held any more", reserved === 0),
          ...law("off the work list", !listed),
        ]),
    ...(_tag === "Settled"
      ? law("the account has paid for it", taken > 0 || debited === 1)
      : _tag === "PayoutUnknown"
        ? []
        : [
            ...law("the account has all of its money", taken === 0),
            ...law(
              "the debit is given back, or a person has made it good",
              debited === reversed + adjusted || isMadeGood,
            ),
          ]),
  ]
}

/** The laws that a cell breaks; none, as it has to be. */
export const broken = ({ decided, final, first, struck }: Cell): ReadonlyArray<string> => [
  ...(struck === 0 ? ["the fault never struck"] : []),
  ...soundness("at first", first, false),
  ...soundness("in the end", final, decided.includes("makeGood: done")),
  ...(final.result._tag === "PayoutUnknown" ? ["it has no end"] : []),
]
