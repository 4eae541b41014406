/**
 * HTTP statuses.
 *
 * Source: Visa's error-code pages of Visa Direct (cards) and of Account and Wallet; 408 and 413 are
 * documented by the payout processor behind the latter.
 */
import { rows } from "./row.ts"

const unknown = rows(
  {
    retry: "Reconcile",
    money: "Unknown",
    runbook: "unknown-outcomes",
    source: "visa",
  },
  {
    StillProcessing: {
      codes: { http: "202" },
      category: "processing",
      meaning: "Visa has accepted the request and is still processing it",
      advice: "the status id is valid for 24 hours; after that only the query answers",
    },
    DuplicateInFlight: {
      codes: { http: "303" },
      category: "processing",
      meaning: "the same request is already being processed",
      advice: "ask with the status id of the first request, and find out who sent it twice",
    },
    RequestTimeout: {
      codes: { http: "408" },
      category: "outage",
      meaning: "Visa's side gave up waiting while it handled the request",
      advice: "query by the client's reference; if it happens often, look at the size of requests",
    },
    ServerError: {
      codes: { http: "500" },
      category: "outage",
      meaning: "Visa answered with an internal error",
      advice: "if asking fails as well, give Visa's production support both correlation ids",
    },
    ServiceUnavailable: {
      codes: { http: "503" },
      category: "outage",
      meaning: "Visa is unavailable",
      advice: "hold further payments until calls succeed again; Visa advises against posting again",
    },
    GatewayTimeout: {
      codes: { http: "504" },
      category: "outage",
      meaning: "Visa's gateway got no answer in time",
      advice: "if asking finds nothing, check the settlement report of the day before resending",
    },
  },
)

/** The request was not let through, so it did nothing. */
const refused = rows(
  {
    retry: "AfterFix",
    money: "NotMoved",
    runbook: "rejected-by-the-gateway",
    source: "visa",
  },
  {
    RequestRejected: {
      codes: { http: "400" },
      category: "request",
      meaning: "Visa rejected the request and gave no code that says why",
      advice: "read the detail; check for spaces in the URL and for a payload that is not JSON",
    },
    Unauthorized: {
      codes: { http: "401" },
      category: "configuration",
      meaning: "Visa did not accept the credentials and gave no code that says why",
      advice: "check user id, password, certificate and environment with GET /vdp/helloworld",
      runbook: "credentials",
    },
    Forbidden: {
      codes: { http: "403" },
      category: "configuration",
      meaning: "Visa refused access",
      advice: "check the project's APIs and the environment of the credentials",
    },
    ResourceNotFound: {
      codes: { http: "404" },
      category: "request",
      meaning: "Visa does not know the resource",
      advice: "check the base URL and the id; a status id is valid for 24 hours",
    },
    MethodNotAllowed: {
      codes: { http: "405" },
      category: "request",
      meaning: "the method is not allowed for this path",
      advice: "report this: it is a defect of the SDK",
    },
    PayloadTooLarge: {
      codes: { http: "413" },
      category: "request",
      meaning: "the request is larger than the 100 KB that are allowed",
      advice: "send fewer payouts in one request, or shorter texts",
      runbook: "invalid-requests",
    },
    UnsupportedMediaType: {
      codes: { http: "415" },
      category: "request",
      meaning: "the media type is not supported",
      advice: "report this: it is a defect of the SDK",
    },
    RateLimited: {
      codes: { http: "429" },
      category: "capacity",
      meaning: "Visa's rate limit was reached",
      advice: "slow down and try again after the time that Visa names",
      retry: "Later",
      runbook: "rate-limiting",
    },
  },
)

export const http = { ...unknown, ...refused }
