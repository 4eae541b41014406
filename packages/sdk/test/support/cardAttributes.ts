/** Entries of answers to the attributes inquiry. */

/** The old sample card of a Brazilian bank, in the fields of version 5. */
export const brazilian = {
  issuerName: "Visa Test Bank",
  issuerCountryCode: 76,
  billingCurrency: 986,
  billingCurrencyCodeMinorDigits: "2",
  accountCurrencyCode: 36,
  cardProductType: "C",
  cardPlatformCode: "CN",
  cardSubTypeCode: "R",
  comboCardRange: "0",
  geoRestrictionInd: "N",
  pullFundsCrossBorder: "Y",
  pushFundsCrossBorderAuthApprovalInd: "OPTIMIZED",
  moneyTransferPushFundsDomestic: "Y",
  moneyTransferPushFundsCrossBorder: "Y",
  moneyTransferFastFundsDomestic: "Y",
  moneyTransferFastFundsCrossBorder: "N",
  nonMoneyTransferPushFundsDomestic: "Y",
  nonMoneyTransferPushFundsCrossBorder: "N",
  nonMoneyTransferFastFundsDomestic: "N",
  nonMoneyTransferFastFundsCrossBorder: "N",
  onlineGamblingPushFundsDomestic: "N",
  onlineGamblingPushFundsCrossBorder: "N",
  onlineGamblingFastFundsDomestic: "N",
  onlineGamblingFastFundsCrossBorder: "N",
}

export const star = {
  networkId: 8,
  cardTypeCode: "D",
  cardPlatformCode: "CN",
  cardIssuerCountryCode: 840,
  billingCurrencyCode: 840,
  billingCurrencyMinorDigits: 2,
  octDomParticipant: "Y",
  octXbParticipant: "N",
  aftDomParticipant: "Y",
  aftXbParticipant: "N",
  octFastFunds: "D",
  gamingAndGambling: "N",
}
