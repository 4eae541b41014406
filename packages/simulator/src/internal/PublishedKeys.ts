/** The keys of the JWKS endpoint, and what it makes of them. */
import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto"
import type { KeySetContent, KeySetRequest } from "../KeySet.ts"
import { rsaKeyPair } from "./x509.ts"

interface Published {
  readonly kid: string
  readonly key: KeyObject
}

type Jwk = Readonly<Record<string, unknown>>

const mint = async (bits: number): Promise<KeyObject> =>
  createPrivateKey((await rsaKeyPair(bits)).pem)

const jwk = ({ key, kid }: Published, use = "enc", alg = "RSA-OAEP-256"): Jwk => ({
  ...createPublicKey(key).export({ format: "jwk" }),
  kid,
  use,
  alg,
})

export class PublishedKeys {
  /** Newest first. */
  #served: ReadonlyArray<Published> = []
  /** Every key that was ever served: requests that were sealed meanwhile still open. */
  readonly #all = new Map<string, KeyObject>()
  #content: KeySetContent = "keys"
  /** Besides the keys, for contents that are wrong. */
  #spare: KeyObject | undefined
  cacheControl = ""
  /** Requests that have reached the endpoint, whatever became of them. */
  fetches = 0

  /** Publishes the first key; later ones come by {@link rotate}. */
  begin(kid: string, privateKey: string): void {
    if (this.#served.length === 0) this.#publish({ kid, key: createPrivateKey(privateKey) }, 0)
  }

  async rotate(keep: number): Promise<string> {
    const next = { kid: randomUUID(), key: await mint(2048) }
    this.#publish(next, keep)
    return next.kid
  }

  #publish(next: Published, keep: number): void {
    this.#served = [next, ...this.#served.slice(0, keep)]
    this.#all.set(next.kid, next.key)
  }

  async serve({ cacheControl, content }: KeySetRequest): Promise<void> {
    if (content === "weak" || content === "duplicateKids") {
      this.#spare = await mint(content === "weak" ? 1024 : 2048)
    }
    this.#content = content ?? this.#content
    this.cacheControl = cacheControl ?? this.cacheControl
  }

  privateKey(kid: string): KeyObject | undefined {
    return this.#all.get(kid)
  }

  get body(): string {
    if (this.#content === "notAKeySet") return JSON.stringify({ error: "no keys here" })
    return JSON.stringify({ keys: this.#keys() })
  }

  #keys(): ReadonlyArray<Jwk> {
    const [newest] = this.#served
    switch (this.#content) {
      case "empty":
        return []
      case "signatureOnly":
        return this.#served.map((key) => jwk(key, "sig", "RS256"))
      case "weak":
        return this.#spare === undefined ? [] : [jwk({ kid: randomUUID(), key: this.#spare })]
      case "duplicateKids":
        return newest === undefined || this.#spare === undefined
          ? []
          : [jwk(newest), jwk({ kid: newest.kid, key: this.#spare })]
      default:
        return this.#served.map((key) => jwk(key))
    }
  }
}
