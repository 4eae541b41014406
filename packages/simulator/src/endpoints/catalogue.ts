/** Every endpoint of the simulator, and the paths that Visa has and the simulator has not. */
import { Adjustment } from "./Adjustment.ts"
import { AliasInquiry, AliasResolve, AliasResolveV2 } from "./AliasDirectory.ts"
import { aliasUpkeep } from "./AliasManage.ts"
import {
  CardAttributes,
  CardAttributesV1,
  CardAttributesV2,
  GeneralInquiry,
} from "./CardAttributes.ts"
import { CancelDeferred } from "./CancelDeferred.ts"
import { CardValidation } from "./CardValidation.ts"
import type { Endpoint } from "./Endpoint.ts"
import { ForeignExchange, ForeignExchangeV1 } from "./ForeignExchange.ts"
import { HelloWorld } from "./HelloWorld.ts"
import { Jwks } from "./Jwks.ts"
import { multiFunds } from "./MultiFunds.ts"
import { CancelPayout, PayoutQuery } from "./PayoutQuery.ts"
import { PullFunds, PullFundsStatus } from "./PullFunds.ts"
import { PushFunds, PushFundsStatus } from "./PushFunds.ts"
import { ReverseFunds, ReverseFundsStatus } from "./ReverseFunds.ts"
import { SendPayout, ValidatePayout } from "./SendPayout.ts"
import { TransactionQuery } from "./TransactionQuery.ts"
import { TransactionReport } from "./TransactionReport.ts"
import { VerifyRecipient } from "./VerifyRecipient.ts"
import { WatchList } from "./WatchList.ts"

export const endpoints: ReadonlyArray<Endpoint> = [
  HelloWorld,
  Jwks,
  PushFunds,
  PushFundsStatus,
  PullFunds,
  PullFundsStatus,
  ReverseFunds,
  ReverseFundsStatus,
  ...multiFunds,
  Adjustment,
  CancelDeferred,
  TransactionQuery,
  TransactionReport,
  AliasResolve,
  AliasResolveV2,
  AliasInquiry,
  ...aliasUpkeep,
  CardAttributes,
  CardAttributesV1,
  CardAttributesV2,
  GeneralInquiry,
  CardValidation,
  WatchList,
  SendPayout,
  PayoutQuery,
  CancelPayout,
  ValidatePayout,
  VerifyRecipient,
  ForeignExchange,
  ForeignExchangeV1,
]

/**
 * Paths of Visa's that are not simulated: answered 403/9611, as for
 * an API that was not added to the project. An endpoint that is added above leaves this list.
 */
export const elsewhere: ReadonlyArray<string> = [
  "merchantpushpayments",
  "cashinpushpayments",
  "cashoutpushpayments",
  "mr",
  "mrr",
].map((name) => `/visadirect/mvisa/v1/${name}`)
