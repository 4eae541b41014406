/**
 * The alias directory's book: the aliases of the simulator's options, which other clients of Visa's
 * have registered, and those that are registered, changed and deleted while it runs.
 */
import { type AliasBook, type AliasRecord, serves } from "../Aliases.ts"

export type Holder = NonNullable<AliasRecord["holder"]>

/** One customer, merchant or agent, as it was registered. */
export interface Registration {
  /** Whose it is. */
  readonly project: string
  readonly holder: Holder
  /** `guid` of a consumer, `aliasId` of a merchant or agent. */
  readonly id: string
  /** What was sent, under the names of the wire. */
  readonly members: Readonly<Record<string, string>>
}

const place = ({ holder, id, project }: Pick<Registration, "holder" | "id" | "project">): string =>
  [project, holder, id].join("\n")

const namesOf = (members: Registration["members"], ...names: ReadonlyArray<string>): string =>
  names
    .map((name) => members[name])
    .filter((part) => part !== undefined)
    .join(" ")

const picked = (
  members: Registration["members"],
  ...names: ReadonlyArray<string>
): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = members[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

/** What a resolution of it tells. A consumer's name is put together from its parts. */
const resolved = ({ holder, id, members }: Registration): AliasRecord => {
  const local = namesOf(
    members,
    "recipientFirstNameLocal",
    "recipientMiddleNameLocal",
    "recipientLastNameLocal",
  )
  return holder === "consumer"
    ? {
        alias: members["alias"] ?? "",
        ...(members["aliasType"] === undefined ? {} : { aliasType: members["aliasType"] }),
        holder,
        recipientName: namesOf(
          members,
          "recipientFirstName",
          "recipientMiddleName",
          "recipientLastName",
        ),
        recipientPrimaryAccountNumber: members["recipientPrimaryAccountNumber"] ?? "",
        country: members["country"] ?? "",
        details: {
          ...(local === "" ? {} : { recipientNameLocal: local }),
          ...picked(
            members,
            "address1",
            "address2",
            "city",
            "postalCode",
            "issuerName",
            "cardType",
          ),
        },
        paymentInstrTypes: [members["paymentType"] ?? "PAN"],
      }
    : {
        alias: id,
        holder,
        recipientName: members["recipientName"] ?? "",
        recipientPrimaryAccountNumber: members["merchantId"] ?? "",
        country: members["country"] ?? "",
        details: picked(
          members,
          "city",
          "postalCode",
          "merchantCategoryCode",
          "pointOfInitiationMethod",
          "transactionCurrencyCode",
          "tipConvenienceFeeIndicator",
          "convenienceFeeAmount",
          "convenienceFeePercentage",
        ),
      }
}

/** A record, and whose it is in the eyes of the project that asks. */
export interface Found {
  readonly record: AliasRecord
  readonly owner: "REQUESTOR" | "OTHER"
}

export class Registrations {
  readonly #listed: AliasBook
  readonly #byId = new Map<string, Registration>()
  readonly #byAlias = new Map<string, Set<Registration>>()

  constructor(listed: AliasBook) {
    this.#listed = listed
  }

  get(by: Pick<Registration, "holder" | "id" | "project">): Registration | undefined {
    return this.#byId.get(place(by))
  }

  /** Takes the place of `before`, if that is given. */
  put(registration: Registration, before?: Registration): void {
    if (before !== undefined) this.remove(before)
    this.#byId.set(place(registration), registration)
    const { alias } = resolved(registration)
    const same = this.#byAlias.get(alias) ?? new Set()
    this.#byAlias.set(alias, same.add(registration))
  }

  remove(registration: Registration): void {
    this.#byId.delete(place(registration))
    const { alias } = resolved(registration)
    const same = this.#byAlias.get(alias)
    same?.delete(registration)
    if (same?.size === 0) this.#byAlias.delete(alias)
  }

  /** The first with this alias that agrees: what was registered comes before what is listed. */
  find(
    alias: string,
    project: string,
    agrees: (record: AliasRecord) => boolean,
  ): Found | undefined {
    for (const registration of this.#byAlias.get(alias) ?? []) {
      const record = resolved(registration)
      if (agrees(record)) {
        return { record, owner: registration.project === project ? "REQUESTOR" : "OTHER" }
      }
    }
    const record = this.#listed.get(alias)?.find(agrees)
    return record === undefined ? undefined : { record, owner: record.owner ?? "OTHER" }
  }

  /** Whether somebody else is found under this alias for the purpose of such a holder. */
  isTaken(alias: string, holder: Holder, but?: Registration): boolean {
    const purpose = { consumer: "PP", merchant: "MP", agent: "CO" }[holder]
    const others = [...(this.#byAlias.get(alias) ?? [])].filter((other) => other !== but)
    return (
      others.some((other) => other.holder === holder) ||
      this.#listed.get(alias)?.some((record) => serves(record, purpose)) === true
    )
  }

  /** Whether another customer has this card. */
  hasCard(pan: string, but?: Registration): boolean {
    for (const registration of this.#byId.values()) {
      if (registration !== but && registration.members["recipientPrimaryAccountNumber"] === pan) {
        return true
      }
    }
    return false
  }

  clear(): void {
    this.#byId.clear()
    this.#byAlias.clear()
  }
}
