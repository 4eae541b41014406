/**
 * Values that are nobody's, and that can be found again wherever they come out: card numbers, codes,
 * names, addresses, accounts and secrets, made anew for each run under a seed.
 */
import { Effect, Random } from "effect"

const pick = (letters: string) =>
  Effect.map(Random.nextIntBetween(0, letters.length - 1), (at) => letters.charAt(at))

const some = (count: number, letters: string) =>
  Effect.map(Effect.replicateEffect(pick(letters), count), (all) => all.join(""))

const digits = "0123456789"
const vowels = "aeiou"
const consonants = "bdfgklmnprstvz"

/** A name that no dictionary has: `Kovelazumi`. */
const name = Effect.map(
  Effect.replicateEffect(
    Effect.zipWith(pick(consonants), pick(vowels), (a, b) => a + b),
    5,
  ),
  ([first = "", ...rest]) => first.charAt(0).toUpperCase() + first.slice(1) + rest.join(""),
)

/** ISO/IEC 7812-1, annex B: from the right, every second digit is doubled. */
const luhnDigit = (payload: string): string => {
  const sum = [...payload].toReversed().reduce((sum, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return sum + (value > 9 ? value - 9 : value)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

const card = (prefix: string, length: number) =>
  Effect.map(some(length - prefix.length - 1, digits), (rest) => {
    const payload = prefix + rest
    return payload + luhnDigit(payload)
  })

/** ISO 13616: the check digits make the number 1 modulo 97. */
const iban = (country: string, bban: string): string => {
  const number = [...`${bban}${country}00`].map((letter) => Number.parseInt(letter, 36)).join("")
  const check = 98n - (BigInt(number) % 97n)
  return `${country}${String(check).padStart(2, "0")}${bban}`
}

const make = Effect.gen(function* () {
  const lastName = yield* name
  return {
    /** Card numbers by their network; `visa` and `sender` are accepted by the simulator. */
    visa: yield* card("4", 16),
    sender: yield* card("4", 16),
    mastercard: yield* card("52", 16),
    amex: yield* card("37", 15),
    discover: yield* card("6011", 16),
    jcb: yield* card("3530", 16),
    diners: yield* card("36", 14),
    unionPay: yield* card("62", 19),
    maestro: yield* card("6759", 18),
    /** Digits that no status, port or line is likely to have beside such a name. */
    cvv: yield* some(3, "6789"),
    firstName: yield* name,
    middleName: yield* name,
    lastName,
    otherName: yield* name,
    companyName: `${yield* name} ${yield* name}`,
    street: `${yield* name} Street 77`,
    street2: `${yield* name} Lane 5`,
    email: `${(yield* name).toLowerCase()}@${(yield* name).toLowerCase()}.example`,
    /** With the country code of Kenya, digits only. */
    phone: `2547${yield* some(8, digits)}`,
    /** A number of North America: neither area nor exchange begins with 0 or 1. */
    nationalPhone: `6${yield* some(2, "3456789")}7${yield* some(2, "3456789")}${yield* some(4, digits)}`,
    account: `7${yield* some(13, digits)}`,
    senderAccount: `8${yield* some(15, digits)}`,
    iban: iban("DE", yield* some(18, digits)),
    username: `${(yield* name).toLowerCase()}77`,
    document: `P${yield* some(11, digits)}`,
    cavv: yield* some(40, digits),
    track2: `${yield* some(12, "123456789")}=991210`,
    passphrase: yield* some(24, consonants + vowels + digits),
    password: yield* some(24, consonants + vowels + digits),
    token: yield* some(40, consonants + vowels + digits),
  } as const
})

export type Canaries = Effect.Success<typeof make>

/** The same values for the same seed. */
export const canariesOf = (seed: string): Canaries =>
  Effect.runSync(make.pipe(Random.withSeed(seed)))

/** What the program authenticates with: as secret as the rest. */
export interface Secrets {
  readonly userId: string
  readonly password: string
  readonly privateKeys: ReadonlyArray<string>
}

/** The lines of a key that hold no part of its public half, which is in certificates as well. */
const secretLines = (pem: string): ReadonlyArray<string> => {
  const lines = pem.split("\n").filter((line) => line.length === 64 && !line.startsWith("-"))
  return lines.slice(Math.ceil(lines.length * 0.4))
}

/** What must be found nowhere. The security code is too short to be recognised by itself. */
export const needlesOf = ({ cvv: _, ...canaries }: Canaries, secrets: Secrets) => [
  ...Object.entries(canaries).map(([label, value]) => ({ label, value })),
  { label: "basic password", value: secrets.password },
  {
    label: "basic header",
    value: Buffer.from(`${secrets.userId}:${secrets.password}`).toString("base64"),
  },
  ...secrets.privateKeys.flatMap((pem, key) =>
    secretLines(pem).map((line, index) => ({
      label: `private key ${key + 1}, line ${index + 1}`,
      value: line.slice(0, 40),
    })),
  ),
]
