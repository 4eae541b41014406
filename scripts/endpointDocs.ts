/**
 * `node scripts/endpointDocs.ts`: writes docs/endpoints.md, which says of every endpoint of Visa Direct
 * that is publicly known which operation calls it, or why none does. With `--check` it writes nothing
 * and fails when the file is not what would be written.
 */
import * as Sdk from "effect-visa-direct"
import type { Operation } from "effect-visa-direct"
import { DeferredPushAdvice } from "effect-visa-direct/api/DeferredPushAdvice"
import { below, code, codes, section, table, writeOrCheck } from "./generated.ts"
import type { Generated } from "./generated.ts"

interface Endpoint {
  /** Absent where it is not public. */
  readonly method?: "GET" | "POST" | "DELETE"
  /** Absent where it is not public. */
  readonly path?: string
  readonly purpose: string
  /** What of the SDK reads it, where Visa calls the originator. */
  readonly inbound?: string
  /** Why no operation calls it. */
  readonly without?: string
}

interface Api {
  readonly title: string
  readonly endpoints: ReadonlyArray<Endpoint>
}

const cards = "/visadirect/fundstransfer/v1"
const aliases = "/visaaliasdirectory"
const payouts = "/visapayouts/v3/payouts"

/** A POST and the status of what it started. */
const withStatus = (name: string, purpose: string): ReadonlyArray<Endpoint> => [
  { method: "POST", path: `${cards}/${name}`, purpose },
  {
    method: "GET",
    path: `${cards}/${name}/{statusIdentifier}`,
    purpose: "what became of it, for 24 hours",
  },
]

const posted = (path: string, purpose: string): Endpoint => ({ method: "POST", path, purpose })

const unpublished =
  "Its path is not public. `Transport.execute` takes an operation of your own when Visa has given you the specification."
const anotherProduct = "Another product of Visa's, outside of this SDK."
const issuers = "Visa calls issuers there, not originators."

/** The endpoints that public material names, by API. */
export const apis: ReadonlyArray<Api> = [
  {
    title: "Platform",
    endpoints: [
      { method: "GET", path: "/vdp/helloworld", purpose: "is Visa there, with these credentials" },
    ],
  },
  {
    title: "Funds Transfer",
    endpoints: [
      ...withStatus("pushfundstransactions", "push money to a card (OCT)"),
      ...withStatus("pullfundstransactions", "pull money from a card (AFT)"),
      ...withStatus("reversefundstransactions", "undo a pull (AFTR)"),
      ...withStatus("multipushfundstransactions", "a batch of pushes"),
      ...withStatus("multipullfundstransactions", "a batch of pulls"),
      ...withStatus("multireversefundstransactions", "a batch of reversals"),
      posted("/visadirect/v1/adjustment", "credit a pull back, or correct a push, later"),
      posted("/visadirect/fundstransfer/cancel", "cancel a deferred push"),
      {
        method: "POST",
        path: DeferredPushAdvice.path,
        purpose: "Visa tells the originator what became of a deferred push",
        inbound: "DeferredPushAdvice.decode",
      },
    ],
  },
  {
    title: "Transaction Query and reports",
    endpoints: [
      {
        method: "GET",
        path: "/visadirect/v1/transactionquery",
        purpose: "what Visa knows of a transaction",
      },
      {
        method: "GET",
        path: "/visadirect/reports/v1/transactiondata",
        purpose: "the transactions of some days",
      },
    ],
  },
  {
    title: "Card attributes and validation",
    endpoints: [
      ...["v5", "v2", "v1"].map((version) =>
        posted(
          `/paai/fundstransferattinq/${version}/cardattributes/fundstransferinquiry`,
          `what a card can do, version ${version.slice(1)}`,
        ),
      ),
      posted("/paai/generalattinq/v1/cardattributes/generalinquiry", "general card attributes"),
      posted("/pav/v1/cardvalidation", "is a card valid, and do its details match"),
    ],
  },
  {
    title: "Alias Directory",
    endpoints: [
      posted(`${aliases}/v2/resolve`, "the card behind an alias"),
      posted(`${aliases}/v1/resolve`, "the same, version 1"),
      posted(`${aliases}/v1/aliasinquiry`, "which of many aliases are known"),
      posted(`${aliases}/v1/manage/createalias`, "register a customer's alias"),
      posted(`${aliases}/v1/manage/updatealias`, "change it"),
      posted(`${aliases}/v1/manage/deletealias`, "delete it"),
      posted(`${aliases}/v1/manage/getalias`, "read it"),
      posted(`${aliases}/v1/managemerchant/createalias`, "register a merchant or agent"),
      posted(`${aliases}/v1/managemerchant/updatealias`, "change it"),
      posted(`${aliases}/v1/managemerchant/deletealias`, "delete it"),
      { method: "GET", path: `${aliases}/v1/managemerchant`, purpose: "read it" },
    ],
  },
  {
    title: "Foreign exchange",
    endpoints: [
      posted("/forexrates/v1/foreignexchangerates", "the daily card rate"),
      posted("/forexrates/v2/foreignexchangerates", "daily and live rates, and quotes"),
    ],
  },
  {
    title: "Watch list",
    endpoints: [
      posted(
        "/visadirect/watchlistscreening/v1/watchlistinquiry",
        "screening against the OFAC list; legacy",
      ),
    ],
  },
  {
    title: "Account and wallet payouts",
    endpoints: [
      posted(payouts, "send a payout"),
      { method: "GET", path: payouts, purpose: "what became of it" },
      { method: "DELETE", path: payouts, purpose: "cancel it" },
      posted(`${payouts}/validate`, "check it without sending"),
      posted("/visapayouts/v1/extensions/verifyRecipient", "look the recipient up"),
      { purpose: "balance of the originator's account", without: unpublished },
      { purpose: "posting calendar of a country", without: unpublished },
      { purpose: "payout metadata: what a country demands", without: unpublished },
      {
        method: "POST",
        path: "/v3/payouts/flexibleSettlementNotification",
        purpose: "Visa tells the originator about settlement",
        without: "Inbound; the fields and the signature of Visa's notifications are not public.",
      },
      {
        method: "POST",
        path: "/v3/payouts/metadataChangeNotification",
        purpose: "Visa tells the originator that metadata changed",
        without: "Inbound; the fields and the signature of Visa's notifications are not public.",
      },
      {
        purpose: "notifications of a payout's status or return, of ledger and balance",
        without:
          "Inbound; neither their paths nor their fields are public. Ask with `AccountPayouts.query`: `PayoutStatus.judge` puts statuses in order.",
      },
    ],
  },
  {
    title: "Outside of this SDK",
    endpoints: [
      ...["merchantpushpayments", "cashinpushpayments", "cashoutpushpayments", "mr", "mrr"].map(
        (name): Endpoint => ({
          method: "POST",
          path: `/visadirect/mvisa/v1/${name}`,
          purpose: "mVisa",
          without: anotherProduct,
        }),
      ),
      ...["transactions", "advice"].map((kind): Endpoint => ({
        method: "POST",
        path: `/visadirect/v1/pushpayment/${kind}/receive/{oct,ci,co,p2m}`,
        purpose: "receiving of pushes by an issuer",
        without: issuers,
      })),
      {
        method: "POST",
        path: "/rtx/api/v1/requestToPay…",
        purpose: "Request-to-Pay",
        without: anotherProduct,
      },
      { purpose: "Visa Direct Connect", without: `${anotherProduct} Its paths are not public.` },
    ],
  },
]

/** Every operation that the SDK declares, as `Module.operation`. */
export const declared: ReadonlyArray<{
  readonly name: string
  readonly operation: Operation<never, unknown>
}> = Object.entries(Sdk).flatMap(([module, exported]) =>
  "operations" in exported
    ? Object.entries<Operation<never, unknown>>(exported.operations as never).map(
        ([name, operation]) => ({ name: `${module}.${name}`, operation }),
      )
    : [],
)

/** What of the SDK belongs to an endpoint. */
export const operationsOf = ({ inbound, method, path }: Endpoint): ReadonlyArray<string> =>
  inbound !== undefined
    ? [inbound]
    : declared
        .filter(({ operation }) => operation.method === method && operation.path === path)
        .map(({ name }) => name)

const render = (): string =>
  [
    "<!-- Written by scripts/endpointDocs.ts. Change its table, or the operations of the SDK. -->",
    "",
    "# Endpoints",
    "",
    "Every endpoint of Visa Direct that public material names, and the operation that calls it; where there",
    "is none, why. `packages/sdk/test/endpoints.test.ts` calls each operation against the simulator and",
    "compares what arrives there with Visa's samples.",
    "",
    ...apis.flatMap(({ endpoints, title }) =>
      section(
        title,
        ...table(
          ["endpoint", "what for", "operation"],
          endpoints.map((endpoint) => [
            endpoint.path === undefined
              ? "not public"
              : code([endpoint.method, endpoint.path].join(" ")),
            endpoint.purpose,
            endpoint.without ?? codes(operationsOf(endpoint)),
          ]),
        ),
      ),
    ),
  ]
    .join("\n")
    .trimEnd() + "\n"

/** docs/endpoints.md. */
export const endpointDocs: Generated = {
  path: below("docs", "endpoints.md"),
  from: "scripts/endpointDocs.ts",
  command: "node scripts/endpointDocs.ts",
  render,
}

if (import.meta.main) writeOrCheck(endpointDocs)
