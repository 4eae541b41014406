/**
 * What the simulated issuers answer when no script says otherwise.
 *
 * In this order: the card is one of Visa's public test cards; the amount is a trigger; the number
 * fails its check digit (`14`); the amount is zero (`13`); else approved.
 */

export interface TestCard {
  readonly pan: string
  readonly actionCode: string
  readonly approvalCode?: string
  readonly note: string
}

/**
 * Recipients of Visa's sandbox test data and sample tests. For the declined one no code is
 * published; `05` (do not honor) is our choice, because it is what a card that cannot take pushes
 * commonly answers.
 */
export const testCards: ReadonlyArray<TestCard> = [
  { pan: "4060320000000127", actionCode: "00", note: "push approved" },
  { pan: "4003974278332156", actionCode: "05", note: "push declined" },
  { pan: "4104920120500001", actionCode: "00", note: "token" },
  { pan: "4104920120500002", actionCode: "00", note: "token" },
  { pan: "4957030420210454", actionCode: "00", note: "older push" },
  { pan: "4957030420210462", actionCode: "00", approvalCode: "21324K", note: "older push" },
  { pan: "4957030420210496", actionCode: "65", note: "answered 65 on a single push in 2026" },
]

const byPan = new Map(testCards.map((card) => [card.pan, card]))

/** 1100.NN is answered with action code NN, as in Cybersource's pull-funds simulator. */
const amountTrigger = /^1100\.(\d{2})$/

export const passesLuhn = (pan: string): boolean => {
  let sum = 0
  for (let n = 0; n < pan.length; n++) {
    const digit = pan.charCodeAt(pan.length - 1 - n) - 48
    sum += n % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

export interface IssuerAnswer {
  readonly actionCode: string
  readonly approvalCode?: string
}

/** `pan` is absent when the recipient was named by a credential reference. */
export const issuerAnswer = (
  pan: string | undefined,
  amount: string,
  options: { readonly amountTriggers: boolean },
): IssuerAnswer => {
  const card = pan === undefined ? undefined : byPan.get(pan)
  if (card !== undefined && card.actionCode !== "00") return card
  if (options.amountTriggers) {
    // A JSON number drops trailing zeros, so 1100.1 means 1100.10.
    const trigger = amountTrigger.exec(Number(amount).toFixed(2))
    if (trigger?.[1] !== undefined && Number(amount) === Number(trigger[0])) {
      return { actionCode: trigger[1] }
    }
  }
  if (card !== undefined) return card
  if (pan !== undefined && !passesLuhn(pan)) return { actionCode: "14" }
  if (Number(amount) === 0) return { actionCode: "13" }
  return { actionCode: "00" }
}
