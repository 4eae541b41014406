/** Every endpoint of the simulator, and the paths that Visa has and the simulator has not. */
import type { Endpoint } from "./Endpoint.ts"
import { HelloWorld } from "./HelloWorld.ts"
import { PushFunds, PushFundsStatus } from "./PushFunds.ts"
import { TransactionQuery } from "./TransactionQuery.ts"

export const endpoints: ReadonlyArray<Endpoint> = [
  HelloWorld,
  PushFunds,
  PushFundsStatus,
  TransactionQuery,
]

const cards = "/visadirect/fundstransfer"

/**
 * Paths of Visa's that are not simulated: answered 403/9611, as for
 * an API that was not added to the project. An endpoint that is added above leaves this list.
 */
export const elsewhere: ReadonlyArray<string> = [
  `${cards}/v1/pullfundstransactions`,
  `${cards}/v1/reversefundstransactions`,
  `${cards}/v1/multipushfundstransactions`,
  `${cards}/v1/multipullfundstransactions`,
  `${cards}/v1/multireversefundstransactions`,
  "/visadirect/v1/adjustment",
  `${cards}/cancel`,
  "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
  "/paai/generalattinq/v1/cardattributes/generalinquiry",
  "/pav/v1/cardvalidation",
  "/visaaliasdirectory/v1/resolve",
  "/visaaliasdirectory/v2/resolve",
  "/visaaliasdirectory/v1/aliasinquiry",
  "/forexrates/v1/foreignexchangerates",
  "/forexrates/v2/foreignexchangerates",
  "/visadirect/watchlistscreening/v1/watchlistinquiry",
  "/visapayouts/v3/payouts",
  "/visapayouts/v3/payouts/validate",
  "/visapayouts/v1/extensions/verifyRecipient",
  "/visadirect/reports/v1/transactiondata",
]
