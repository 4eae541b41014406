import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CardAttributes } from "../../src/api/CardAttributes.ts"
import type { Purpose } from "../../src/api/CardAttributes.ts"
import { Country } from "../../src/Country.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import { brazilian, star } from "../support/cardAttributes.ts"
import { recorded } from "../support/recordedCalls.ts"

describe("CardAttributes.canReceive", () => {
  const asked = Effect.fnUntraced(function* (
    networks: { readonly visa?: ReadonlyArray<object>; readonly gateway?: ReadonlyArray<object> },
    from: string,
    purpose: Purpose,
  ) {
    const { outcome } = yield* recorded(
      CardAttributes.inquire({
        primaryAccountNumber: yield* Pan.make("4060320000000127"),
        systemsTraceAuditNumber: yield* Stan.make("451018"),
        retrievalReferenceNumber: yield* Rrn.make("412770452025"),
      }),
      CardAttributes.layer,
      () => ({
        status: 200,
        body: { visaNetworkInfo: networks.visa ?? [], ppgsNetworkInfo: networks.gateway ?? [] },
      }),
    )
    const attributes = yield* Effect.fromResult(outcome)
    return CardAttributes.canReceive(attributes, {
      purpose,
      originatorCountry: yield* Country.of(from),
    })
  })

  const { geoRestrictionInd: _, ...withoutGeo } = brazilian
  const { issuerCountryCode: __, ...withoutCountry } = brazilian
  const { moneyTransferPushFundsCrossBorder: ___, ...withoutFlag } = brazilian

  interface Case {
    readonly name: string
    readonly visa?: ReadonlyArray<object>
    readonly gateway?: ReadonlyArray<object>
    readonly from?: string
    readonly purpose?: Purpose
    readonly canReceive: "Yes" | "No" | "Unknown"
    readonly fastFunds: "Yes" | "No" | "Unknown"
    readonly because: ReadonlyArray<string>
  }

  const geo = "geoRestrictionInd"
  const home = "moneyTransferPushFundsDomestic"
  const abroad = "moneyTransferPushFundsCrossBorder"

  const cases: ReadonlyArray<Case> = [
    {
      name: "a money transfer at home, fast",
      visa: [brazilian],
      from: "BR",
      canReceive: "Yes",
      fastFunds: "Yes",
      because: [home, geo],
    },
    {
      name: "a money transfer from abroad, not fast",
      visa: [brazilian],
      canReceive: "Yes",
      fastFunds: "No",
      because: [abroad, geo],
    },
    {
      name: "a disbursement at home",
      visa: [brazilian],
      from: "BR",
      purpose: "nonMoneyTransfer",
      canReceive: "Yes",
      fastFunds: "No",
      because: ["nonMoneyTransferPushFundsDomestic", geo],
    },
    {
      name: "a disbursement from abroad",
      visa: [brazilian],
      purpose: "nonMoneyTransfer",
      canReceive: "No",
      fastFunds: "No",
      because: ["nonMoneyTransferPushFundsCrossBorder"],
    },
    {
      name: "a gambling payout",
      visa: [brazilian],
      from: "BR",
      purpose: "onlineGambling",
      canReceive: "No",
      fastFunds: "No",
      because: ["onlineGamblingPushFundsDomestic"],
    },
    {
      name: "from a country that the issuer refuses",
      visa: [{ ...brazilian, geoRestrictionInd: "Y" }],
      canReceive: "No",
      fastFunds: "No",
      because: [geo],
    },
    {
      name: "from abroad, when Visa says nothing of the country",
      visa: [withoutGeo],
      canReceive: "Unknown",
      fastFunds: "No",
      because: [geo],
    },
    {
      name: "at home, when Visa says nothing of the country",
      visa: [withoutGeo],
      from: "BR",
      canReceive: "Yes",
      fastFunds: "Yes",
      because: [home],
    },
    {
      name: "when the flag is missing",
      visa: [withoutFlag],
      canReceive: "Unknown",
      fastFunds: "No",
      because: [abroad],
    },
    {
      name: "when the flag is no Y and no N",
      visa: [{ ...brazilian, moneyTransferPushFundsCrossBorder: "M" }],
      canReceive: "Unknown",
      fastFunds: "No",
      because: [abroad],
    },
    {
      name: "when the issuer's country is not known but both flags agree",
      visa: [withoutCountry],
      canReceive: "Yes",
      fastFunds: "Unknown",
      because: [home, abroad, geo],
    },
    {
      name: "when the issuer's country is not known and the flags differ",
      visa: [withoutCountry],
      purpose: "nonMoneyTransfer",
      canReceive: "Unknown",
      fastFunds: "No",
      because: ["issuerCountryCode"],
    },
    {
      name: "a combo card whose accounts agree",
      visa: [brazilian, brazilian],
      from: "BR",
      canReceive: "Yes",
      fastFunds: "Yes",
      because: [home, geo],
    },
    {
      name: "a combo card whose accounts differ",
      visa: [brazilian, { ...brazilian, moneyTransferPushFundsDomestic: "N" }],
      from: "BR",
      canReceive: "Unknown",
      fastFunds: "Unknown",
      because: [home, geo],
    },
    { name: "no network", canReceive: "Unknown", fastFunds: "Unknown", because: [] },
    {
      name: "another network at home",
      gateway: [star],
      from: "US",
      canReceive: "Yes",
      fastFunds: "Yes",
      because: ["octDomParticipant"],
    },
    {
      name: "another network from abroad",
      gateway: [star],
      from: "CA",
      canReceive: "No",
      fastFunds: "No",
      because: ["octXbParticipant"],
    },
    {
      name: "a gambling payout by another network",
      gateway: [star],
      from: "US",
      purpose: "onlineGambling",
      canReceive: "No",
      fastFunds: "No",
      because: ["gamingAndGambling"],
    },
    {
      name: "one of two other networks",
      gateway: [{ ...star, octDomParticipant: "N" }, star],
      from: "US",
      canReceive: "Yes",
      fastFunds: "Yes",
      because: ["octDomParticipant"],
    },
    {
      name: "two other networks of which one says nothing",
      gateway: [
        { ...star, octDomParticipant: "N" },
        { ...star, octDomParticipant: "" },
      ],
      from: "US",
      canReceive: "Unknown",
      fastFunds: "Unknown",
      because: ["octDomParticipant"],
    },
    {
      name: "a card of Visa's that only another network would pay",
      visa: [{ ...brazilian, moneyTransferPushFundsCrossBorder: "N" }],
      gateway: [star],
      canReceive: "No",
      fastFunds: "No",
      because: [abroad],
    },
  ]
  for (const {
    because,
    canReceive,
    fastFunds,
    from = "US",
    gateway,
    name,
    purpose = "moneyTransfer",
    visa,
  } of cases) {
    it.effect(`${name}: ${canReceive}`, () =>
      Effect.gen(function* () {
        const networks = {
          ...(visa === undefined ? {} : { visa }),
          ...(gateway === undefined ? {} : { gateway }),
        }
        assert.deepStrictEqual(yield* asked(networks, from, purpose), {
          canReceive,
          fastFunds,
          because,
        })
      }),
    )
  }
})
