/**
 * A corpus of card numbers and of ordinary log lines, made under a seed. It shares nothing with the
 * detectors: its networks, digits and separators are written down here a second time, from
 * https://en.wikipedia.org/wiki/Payment_card_number, so that a mistake in one of them shows.
 */

/** Numbers from 0 up to 1: mulberry32, which is small and good enough for test data. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

class Generator {
  private readonly random: () => number

  constructor(seed: number) {
    this.random = randomFrom(seed)
  }

  int(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1))
  }

  pick<A>(items: ReadonlyArray<A>): A {
    const item = items[this.int(0, items.length - 1)]
    if (item === undefined) throw new Error("nothing to pick from")
    return item
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => this.int(0, 9)).join("")
  }

  hex(count: number): string {
    return Array.from({ length: count }, () => this.int(0, 15).toString(16)).join("")
  }
}

/** Prefixes and lengths of the networks. */
const networks: ReadonlyArray<
  readonly [name: string, prefixes: ReadonlyArray<string>, lengths: ReadonlyArray<number>]
> = [
  ["Visa", ["4"], [13, 16, 19]],
  ["Mastercard", ["51", "52", "53", "54", "55", "2221", "2345", "2500", "2720"], [16]],
  ["American Express", ["34", "37"], [15]],
  ["Discover", ["6011", "644", "649", "65", "622126", "622925"], [16, 17, 18, 19]],
  ["Diners Club", ["30", "36", "38", "39"], [14, 15, 16, 17, 18, 19].filter((n) => n !== 15)],
  ["JCB", ["3528", "3556", "3589"], [16, 17, 18, 19]],
  ["UnionPay", ["62"], [16, 17, 18, 19]],
  [
    "Maestro",
    ["5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763"],
    [12, 13, 14, 15, 16, 17, 18, 19],
  ],
  ["Mir", ["2200", "2204"], [16, 17, 18, 19]],
  ["RuPay", ["60", "65", "81", "82", "508"], [16]],
  ["Troy", ["9792"], [16]],
  ["Verve", ["506099", "506198", "650002", "650027", "507865", "507964"], [16, 18, 19]],
  ["Elo", ["401178", "438935", "504175", "506699", "509000", "627780", "636297", "650031"], [16]],
  ["Hipercard", ["606282"], [16]],
  ["UATP", ["1"], [15]],
  ["InterPayment", ["636"], [16, 17, 18, 19]],
  ["InstaPayment", ["637", "638", "639"], [16]],
  ["Dankort", ["5019"], [16]],
  ["Napas", ["9704"], [16, 19]],
  ["Uzcard", ["8600", "5614"], [16]],
  ["Humo", ["9860"], [16]],
  ["GPN", ["1946", "50", "56", "58", "60", "61", "62", "63"], [16, 18, 19]],
]

const luhnDigit = (body: string): string => {
  let sum = 0
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body.charAt(body.length - 1 - i))
    sum += i % 2 === 0 ? Math.floor((digit * 2) / 10) + ((digit * 2) % 10) : digit
  }
  return String((10 - (sum % 10)) % 10)
}

/** Zeros of some scripts, and of mathematical digits. */
const scripts = [0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1d7ce, 0x1d7d8, 0x1d7f6]

const separators = [" ", "-", ".", "\u00a0", "/", "_", "\u200b", "\u2011", "\u202f", " - ", "\t"]

const grouped = (pan: string, separator: string): string => {
  if (pan.length === 15) return [pan.slice(0, 4), pan.slice(4, 10), pan.slice(10)].join(separator)
  return (pan.match(/.{1,4}/g) ?? []).join(separator)
}

const base64 = (text: string): string => Buffer.from(text).toString("base64")

/** What a number stands in. */
const embeddings: ReadonlyArray<(number: string) => string> = [
  (number) => number,
  (number) => `card ${number} declined`,
  (number) => `recipient=${number}&amount=12.50`,
  (number) => `2026-03-14T09:26:53.589Z INFO pay to ${number}, attempt 2`,
  (number) => JSON.stringify({ to: number, amount: 12.5 }),
  (number) => JSON.stringify({ body: JSON.stringify({ to: number }) }),
  (number) => `<to>${number}</to>`,
  (number) => `Error: no such card (${number})\n    at pay (payouts.js:12:3)`,
  (number) => `GET /cards/${number}?x=1 HTTP/1.1`,
  (number) => `PAN${number}x`,
  (number) => `a,${number},12`,
  (number) => `${number} exp 12/29`,
  (number) => `q=${encodeURIComponent(number)}&p=1`,
  (number) => `blob ${base64(`card ${number}`)} end`,
  (number) => `["${number}"]`,
]

export interface Sample {
  readonly network: string
  readonly length: number
  /** The number as it is, in ASCII digits. */
  readonly pan: string
  readonly text: string
}

/** Every network and length in turn. */
export const cardSamples = (seed: number, count: number): ReadonlyArray<Sample> => {
  const g = new Generator(seed)
  const kinds = networks.flatMap(([network, prefixes, lengths]) =>
    lengths.map((length) => ({ network, prefixes, length })),
  )
  return Array.from({ length: count }, (_, index) => {
    const { length, network, prefixes } = g.pick(
      index < kinds.length ? kinds.slice(index, index + 1) : kinds,
    )
    const prefix = g.pick(prefixes)
    const body = prefix + g.digits(length - 1 - prefix.length)
    const pan = body + luhnDigit(body)
    const zero = g.int(0, 4) === 0 ? g.pick(scripts) : 0x30
    const written = g.int(0, 1) === 0 ? pan : grouped(pan, g.pick(separators))
    const number = Array.from(written, (c) =>
      /\d/.test(c) ? String.fromCodePoint(zero + Number(c)) : c,
    ).join("")
    return { network, length, pan, text: g.pick(embeddings)(number) }
  })
}

const two = (n: number): string => String(n).padStart(2, "0")

const uuid = (g: Generator): string =>
  `${g.hex(8)}-${g.hex(4)}-4${g.hex(3)}-${g.pick(["8", "9", "a", "b"])}${g.hex(3)}-${g.hex(12)}`

const ip = (g: Generator): string => Array.from({ length: 4 }, () => g.int(1, 254)).join(".")

const time = (g: Generator): string =>
  `${two(g.int(0, 23))}:${two(g.int(0, 59))}:${two(g.int(0, 59))}`

const iso = (g: Generator): string =>
  `2026-${two(g.int(1, 12))}-${two(g.int(1, 28))}T${time(g)}.${g.digits(3)}Z`

const millis = (g: Generator): string => `17${g.digits(11)}`

const ulid = (g: Generator): string =>
  `01J${Array.from({ length: 23 }, () => g.pick([..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"])).join("")}`

const paths = ["/api/v1/payouts", "/healthz", "/static/app.js", "/orders", "/metrics"]

/** One line each, as common servers and services write them, without personal data. */
const lines: ReadonlyArray<(g: Generator) => string> = [
  // nginx, Apache
  (g) =>
    `${ip(g)} - - [14/Mar/2026:${time(g)} +0000] "GET ${g.pick(paths)}/${g.int(1, 999_999)}?page=${g.int(1, 99)} HTTP/1.1" ${g.pick([200, 304, 404, 500])} ${g.int(0, 90_000)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/${g.int(90, 140)}.0.0.0 Safari/537.36" rt=0.${g.digits(3)}`,
  (g) =>
    `[Sat Mar 14 ${time(g)}.${g.digits(6)} 2026] [core:error] [pid ${g.int(1, 65_535)}:tid ${g.digits(15)}] [client ${ip(g)}:${g.int(1024, 65_535)}] AH00126: Invalid URI in request`,
  // syslog, systemd, the kernel
  (g) =>
    `Mar 14 ${time(g)} host-${g.int(1, 99)} sshd[${g.int(100, 99_999)}]: Connection closed by ${ip(g)} port ${g.int(1024, 65_535)} [preauth]`,
  (g) =>
    `Mar 14 ${time(g)} host systemd[1]: Started user@${g.int(1000, 2000)}.service - User Manager for UID ${g.int(1000, 2000)}.`,
  (g) => `[${g.int(1, 999_999)}.${g.digits(6)}] eth0: renamed from veth${g.hex(7)}`,
  // PostgreSQL
  (g) =>
    `2026-03-14 ${time(g)}.${g.digits(3)} UTC [${g.int(1, 65_535)}] LOG:  checkpoint complete: wrote ${g.int(1, 9_999)} buffers (${g.int(0, 99)}.${g.int(0, 9)}%); lsn=${g.hex(1)}/${g.hex(8).toUpperCase()}`,
  (g) =>
    `2026-03-14 ${time(g)} UTC [${g.int(1, 65_535)}] LOG:  duration: ${g.int(0, 9_999)}.${g.digits(3)} ms  statement: SELECT * FROM orders WHERE id = ${g.int(1, 99_999_999)}`,
  // Kubernetes
  (g) =>
    `I0314 ${time(g)}.${g.digits(6)} ${g.int(1, 9_999)} controller.go:${g.int(1, 999)}] "Reconciled" pod="payouts/api-${g.hex(9)}-${g.hex(5)}" uid="${uuid(g)}"`,
  (g) =>
    `${iso(g)} stdout F {"level":"info","ts":${g.digits(10)}.${g.digits(7)},"msg":"synced","generation":${g.int(1, 9_999)}}`,
  // JSON loggers
  (g) =>
    JSON.stringify({
      level: 30,
      time: Number(millis(g)),
      pid: g.int(1, 65_535),
      reqId: uuid(g),
      msg: "request completed",
      responseTime: g.int(1, 9_999) / 10,
    }),
  (g) =>
    JSON.stringify({
      "@timestamp": iso(g),
      "trace.id": g.hex(32),
      "span.id": g.hex(16),
      message: `order ${g.digits(10)} shipped`,
      status: g.int(100, 599),
    }),
  (g) =>
    JSON.stringify({
      dd: { trace_id: `${g.int(1, 9)}${g.digits(18)}`, span_id: `${g.int(1, 9)}${g.digits(17)}` },
      message: "ok",
    }),
  // payments
  (g) =>
    `${iso(g)} INFO push accepted stan=${g.digits(6)} rrn=6${two(g.int(0, 3))}${g.digits(9)} transactionIdentifier=${g.digits(15)} amount=${g.int(1, 9_999)}.${g.digits(2)} USD correlationId=${ulid(g)}`,
  (g) => `fx quote ${uuid(g)} USD/EUR 0.${g.digits(9)} valid until ${millis(g)}`,
  // ids, hashes, versions, order numbers
  (g) => `commit ${g.hex(40)} by ci, image sha256:${g.hex(64)}`,
  (g) =>
    `order no. ${g.int(200, 999)}-${g.int(200, 999)}-${g.digits(4)} packed in ${g.int(1, 99)} s, ref ORD-${g.digits(8)}`,
  (g) =>
    `upload ${g.hex(8)}.bin ${g.int(1, 9_999_999)} bytes in ${g.int(1, 9_999)} ms from ${ip(g)}:${g.int(1024, 65_535)}`,
  (g) =>
    `npm http fetch GET 200 https://registry.example.org/effect/-/effect-${g.int(1, 9)}.${g.int(0, 99)}.${g.int(0, 99)}.tgz ${g.int(1, 999)}ms (cache hit)`,
  (g) =>
    `    at Object.<anonymous> (/app/node_modules/pg/lib/client.js:${g.int(1, 999)}:${g.int(1, 99)})`,
  (g) =>
    `gc ${g.int(1, 999)} @${g.int(1, 999)}.${g.digits(3)}s ${g.int(0, 9)}%: 0.${g.digits(3)}+${g.int(1, 9)}.${g.int(1, 9)}+0.${g.digits(3)} ms clock, ${g.int(1, 999)}->${g.int(1, 999)}->${g.int(1, 999)} MB`,
]

export const logLines = (seed: number, count: number): ReadonlyArray<string> => {
  const g = new Generator(seed)
  return Array.from({ length: count }, () => g.pick(lines)(g))
}

/** Whether the digits of a number are still together in a text, however it is encoded. */
export const survives = (pan: string, text: string): boolean => {
  const plain = Array.from(text.normalize("NFKC"), (c) => {
    if (/^\d$/.test(c)) return c
    const zero = scripts.find((start) => {
      const point = c.codePointAt(0) ?? 0
      return point >= start && point < start + 10
    })
    return zero === undefined ? c : String((c.codePointAt(0) ?? 0) - zero)
  }).join("")
  if (plain.replaceAll(/\D/g, "").includes(pan)) return true
  const encoded = /blob (\S+) end/.exec(text)?.[1]
  return encoded !== undefined && survives(pan, Buffer.from(encoded, "base64").toString())
    ? true
    : /%[\dA-F]{2}/.test(text) && survives(pan, decodeURIComponent(text))
}
