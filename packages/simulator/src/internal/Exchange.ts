/** One request on its way through the simulator. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { TLSSocket } from "node:tls"
import type { Endpoint, EntryFacts } from "../endpoints/Endpoint.ts"
import type { Fault } from "../Fault.ts"
import type { MutableEntry } from "../Ledger.ts"
import type { KeySet } from "./Clients.ts"
import type { ContentEncryption } from "./Jwe.ts"

export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  readonly path: string
  readonly query: string
  /** The request body as it travelled. */
  readonly wire: string
  readonly correlationId: string

  endpoint: Endpoint | undefined
  /** The last path segment, for endpoints that have one. */
  id = ""
  /** What the ledger will say about the request, collected as it becomes known. */
  readonly known: EntryFacts = {}
  project = ""
  /** Set once the request counts as encrypted: the reply goes to this key. */
  keys: KeySet | undefined
  enc: ContentEncryption = "A128GCM"
  payload = ""
  /** The clock fault that struck this request, in milliseconds. */
  skew = 0
  faults: ReadonlyArray<Fault> = []
  entry: MutableEntry | undefined
  bytesSent = 0

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    wire: string,
    correlationId: string,
  ) {
    const url = request.url ?? "/"
    const mark = url.indexOf("?")
    this.request = request
    this.response = response
    this.method = request.method ?? "GET"
    this.path = mark === -1 ? url : url.slice(0, mark)
    this.query = mark === -1 ? "" : url.slice(mark + 1)
    this.wire = wire
    this.correlationId = correlationId
  }

  get socket(): TLSSocket {
    return this.request.socket as TLSSocket
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return typeof value === "string" ? value : undefined
  }

  /** Visa's default is XML: JSON has to be asked for (docs-request-response-headers). */
  get xml(): boolean {
    const accept = this.header("accept")
    return accept === undefined || (!accept.includes("json") && accept.includes("xml"))
  }
}
