import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { networks, sandboxNumbers } from "../src/internal/detectors/networks.ts"
import { makeRules } from "../src/internal/redactorRules.ts"
import { findEdits } from "../src/internal/redactorText.ts"
import { Redactor } from "../src/Redactor.ts"

const { redact, scan, text } = Redactor.default

/** Completes a number with the check digit of ISO/IEC 7812-1. */
const withCheckDigit = (digits: string): string => {
  const sum = [...digits].toReversed().reduce((total, c, index) => {
    const weighted = Number(c) * (index % 2 === 0 ? 2 : 1)
    return total + (weighted > 9 ? weighted - 9 : weighted)
  }, 0)
  return digits + String((10 - (sum % 10)) % 10)
}

const digitString = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""))

/** Card numbers of all networks and lengths, with a right check digit. */
const card = fc
  .constantFrom(
    ...networks.flatMap(({ from, lengths, to }) => lengths.map((length) => ({ from, length, to }))),
  )
  .chain(({ from, length, to }) =>
    fc
      .integer({ min: Number(from), max: Number(to) })
      .chain((prefix) =>
        digitString(length - 1 - from.length).map((rest) => withCheckDigit(`${prefix}${rest}`)),
      ),
  )

const digitsOf = (s: string): string => s.replaceAll(/\D/g, "")

describe("card numbers", () => {
  it("keep their first 6 and last 4 digits", () => {
    assert.strictEqual(text("card 4957030420210462 declined"), "card 495703******0462 declined")
    assert.strictEqual(text("5123280115058611"), "512328******8611")
    assert.strictEqual(text("378282246310005"), "378282*****0005")
  })

  it("are masked in Visa's sandbox although the check digit is wrong there", () => {
    assert.strictEqual(text("4060320000000127"), "406032******0127")
    for (const number of sandboxNumbers) {
      assert.strictEqual(
        text(`to ${number}.`),
        `to ${String(number).slice(0, 6)}******${String(number).slice(-4)}.`,
      )
    }
  })

  it("are found for every network and length", () => {
    fc.assert(
      fc.property(card, (pan) => {
        const visible = Math.min(6, pan.length - 8)
        assert.strictEqual(
          text(pan),
          pan.slice(0, visible) + "*".repeat(pan.length - visible - 4) + pan.slice(-4),
        )
      }),
      { numRuns: 500 },
    )
  })

  it("are found with separators between the groups, which stay", () => {
    assert.strictEqual(text("4957 0304 2021 0462"), "4957 03** **** 0462")
    assert.strictEqual(text("4957-0304-2021-0462"), "4957-03**-****-0462")
    assert.strictEqual(text("4957.0304.2021.0462"), "4957.03**.****.0462")
    assert.strictEqual(text("3782 822463 10005"), "3782 82**** *0005")
    assert.strictEqual(text("4957-0304 2021.0462"), "4957-03** ****.0462")
    assert.strictEqual(text("4957 - 0304 - 2021 - 0462"), "4957 - 03** - **** - 0462")
    assert.strictEqual(
      text("4957\u00a00304\u20112021\u200b0462"),
      "4957\u00a003**\u2011****\u200b0462",
    )
    assert.strictEqual(text("n=4957%200304%202021%200462"), "n=4957%2003**%20****%200462")
    assert.strictEqual(text("4 9 5 7 0 3 0 4 2 0 2 1 0 4 6 2"), "4 9 5 7 0 3 * * * * * * 0 4 6 2")
  })

  it("are found beside other numbers", () => {
    assert.strictEqual(text("4957030420210462 7 123"), "495703******0462 7 123")
    assert.strictEqual(text("1 of 2: 4957 0304 2021 0462 2029"), "1 of 2: 4957 03** **** 0462 2029")
    assert.strictEqual(
      text("2023-05-05T12:00:00.123Z 4957030420210462,5123280115058611"),
      "2023-05-05T12:00:00.123Z 495703******0462,512328******8611",
    )
  })

  it("are found next to letters", () => {
    assert.strictEqual(text("PAN4957030420210462x"), "PAN495703******0462x")
  })

  it("are found in the digits of other scripts", () => {
    const fullWidth = [..."4957030420210462"]
      .map((c) => String.fromCharCode(0xff10 + Number(c)))
      .join("")
    const arabic = [..."4957030420210462"]
      .map((c) => String.fromCharCode(0x660 + Number(c)))
      .join("")
    assert.strictEqual(text(fullWidth), `${fullWidth.slice(0, 6)}******${fullWidth.slice(-4)}`)
    assert.strictEqual(text(arabic), `${arabic.slice(0, 6)}******${arabic.slice(-4)}`)
  })

  it("are not found in a longer row of digits", () => {
    for (const number of [
      "49570304202104620000",
      "14957030420210462",
      "495703042021046200001234567890",
    ]) {
      assert.strictEqual(text(number), number)
    }
  })

  it("are not found without an issuer, a length and a check digit that fit", () => {
    for (const number of [
      "4957030420210463",
      "9957030420210462",
      "495703042021046",
      "1111111111111111",
    ]) {
      assert.strictEqual(text(number), number)
    }
  })

  it("hide every digit that one of several overlapping numbers hides", () => {
    const first = withCheckDigit("411141110000000")
    const tail = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, "0")).find(
      (tail) => {
        const second = first.slice(4) + tail
        return withCheckDigit(second.slice(0, -1)) === second
      },
    )
    const grouped = (first + tail).replaceAll(/(.{4})(?=.)/g, "$1 ")
    assert.strictEqual(text(grouped), `4111 41** **** **** ${tail}`)
  })

  it("are left when they are masked already", () => {
    for (const masked of ["406032******0127", "4060 32** **** 0127", "400397XXXXXX2156"]) {
      assert.strictEqual(text(masked), masked)
    }
  })

  it("become valid JSON again when they stood there as numbers", () => {
    const json = text(`{"recipient":4957030420210462,"cvv":123,"amount":12.5}`)
    assert.deepStrictEqual(JSON.parse(json), {
      recipient: "495703******0462",
      cvv: "[redacted:cvv]",
      amount: 12.5,
    })
    const nested = text(JSON.stringify({ body: `{"recipient":4957030420210462}` }))
    assert.deepStrictEqual(JSON.parse(JSON.parse(nested).body), { recipient: "495703******0462" })
  })

  it("never survive, wherever and with whatever separators they are embedded", () => {
    const separator = fc.constantFrom(" ", "-", ".", "\u00a0", "  ", " - ", "%20", "\u2011")
    const embedded = fc
      .tuple(
        card,
        separator,
        fc.array(fc.integer({ min: 3, max: 6 }), { minLength: 7, maxLength: 7 }),
        fc.boolean(),
        fc.string({ maxLength: 20 }),
        fc.string({ maxLength: 20 }),
      )
      .filter(
        ([, , , , before, after]) =>
          !/[\d.%-]$/.test(before.trimEnd()) && !/^[\d.%-]/.test(after.trimStart()),
      )
      .map(([pan, separator, sizes, grouped, before, after]) => {
        let rest = pan
        const groups: Array<string> = []
        for (const size of sizes) {
          groups.push(rest.slice(0, size))
          rest = rest.slice(size)
        }
        const used = groups.filter((group) => group !== "")
        // Two groups with a dot between them are a decimal number.
        const between = used.length === 2 && separator === "." ? "-" : separator
        const number = grouped ? used.join(between) : pan
        return { pan, before, number, after }
      })
    fc.assert(
      fc.property(embedded, ({ after, before, number, pan }) => {
        const redacted = text(before + number + after)
        assert.notInclude(digitsOf(redacted.replaceAll("%20", "")), pan)
        assert.strictEqual(text(redacted), redacted)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("what looks like a card number and is none", () => {
  it.each([
    ["a STAN", "stan 451018"],
    ["an RRN", "rrn 412770452025"],
    ["an RRN between other numbers", "451018 412770452025 403691507989945 408999 840"],
    ["a transaction identifier", "403691507989945"],
    ["a status identifier", "1491819372_186_81_l73c003_VDP_ARM"],
    ["an acquiring BIN", "acquiringBin=408999"],
    ["an ISO time", "2023-05-05T12:00:00.123Z"],
    ["epoch milliseconds", "1683288000000"],
    ["epoch nanoseconds", "1683288000000000000"],
    ["an amount", "124.05 USD"],
    ["the largest amount", "999999999.999"],
    ["a UUID", "550e8400-4060-4320-8000-446655440000"],
    ["a UUID of decimal digits only", "49570304-2021-0462-8123-123456789012"],
    ["a digest", "a0" + "4957030420210462" + "b".repeat(46)],
    ["a ULID", "01ARYZ6S410000000000000000"],
    ["a correlation id with prefix and time", "payroll-1683288000000-000000000001"],
    ["a CAVV-like row of digits", "0700100038238906000013405823891061668252"],
    ["a floating point number", "0.4957030420210462 and 3456.78901234567"],
    ["an IP address and port", "192.168.100.200:8443"],
    ["a version", "effect 4.1.0, node 24.21.0"],
  ])("%s stays", (_, sample) => {
    assert.strictEqual(text(sample), sample)
  })

  it("stays under a name that says it is an identifier, in texts and in objects", () => {
    // 15 digits with the prefix and the check digit of an American Express card.
    const identifier = "378282246310005"
    assert.strictEqual(
      text(`"transactionIdentifier":${identifier}`),
      `"transactionIdentifier":${identifier}`,
    )
    assert.strictEqual(
      text(`transactionIdentifier=${identifier}`),
      `transactionIdentifier=${identifier}`,
    )
    const reply = { transactionIdentifier: Number(identifier), originalTransactionId: identifier }
    assert.strictEqual(redact(reply), reply)
  })

  it("does not let a real card number pass under such a name", () => {
    assert.deepStrictEqual(redact({ transactionIdentifier: "4957030420210462" }), {
      transactionIdentifier: "495703******0462",
    })
    assert.strictEqual(text("rrn=4957 0304 2021 0462"), "rrn=4957 03** **** 0462")
  })
})

describe("secrets in a text", () => {
  it.each([
    [
      "Basic credentials",
      "sent Basic dXNlcjpwYXNzd29yZA== to",
      "sent Basic [redacted:authorization] to",
    ],
    ["Bearer tokens", "bearer a1b2c3d4e5", "bearer [redacted:authorization]"],
    [
      "an Authorization header",
      "Authorization: Basic abc def\nHost: x",
      "Authorization: [redacted:authorization]\nHost: x",
    ],
    ["a cookie", "cookie: a=b; c=d\r\nx", "cookie: [redacted:authorization]\r\nx"],
    [
      "a password in a URL",
      "postgres://app:hunter2@db/visa",
      "postgres://app:[redacted:password]@db/visa",
    ],
    ["a JWS", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.", "token [redacted:jose]."],
    ["a JWE with a direct key", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVydGV4dA.dGFn", "[redacted:jose]"],
    ["a cut off JWE", "eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.OKOawDo13gRp2ojaHV7LFp", "[redacted:jose]"],
    ["track 2", ";4957030420210462=25121010000012345678?", "[redacted:track]"],
    ["track 2 as chips give it", "4957030420210462D25121010000012345F", "[redacted:track]"],
    ["track 1", "%B4957030420210462^QASIM/MOHAMMED^2512101123456789?", "[redacted:track]"],
    [
      "a field in JSON",
      `{"cardCvv2Value":"022","pin":1234}`,
      `{"cardCvv2Value":"[redacted:cvv]","pin":"[redacted:pin]"}`,
    ],
    ["a field in JSON in JSON", `{\\"cvv\\":\\"022\\"}`, `{\\"cvv\\":\\"[redacted:cvv]\\"}`],
    ["a field with quotes in its value", `"password":"a\\"b"`, `"password":"[redacted:password]"`],
    ["a field without its end", `"password":"hunt`, `"password":"[redacted:password]`],
    [
      "a field in a query",
      "?pan=4957030420210462&cvv=123&x=1",
      "?pan=495703******0462&cvv=[redacted:cvv]&x=1",
    ],
    ["a field in logfmt", "password=hunter2 level=info", "password=[redacted:password] level=info"],
    ["a field in XML", "<cvv>123</cvv><x>1</x>", "<cvv>[redacted:cvv]</cvv><x>1</x>"],
    [
      "a field as Node prints it",
      "{ pin: '1234', 'cvv' => '1' }",
      "{ pin: '[redacted:pin]', 'cvv' => '[redacted:cvv]' }",
    ],
    [
      "a name of several words",
      "senderName=Mohammed Qasim level=info",
      "senderName=[redacted:name] level=info",
    ],
    ["a dotted name", "visa.sender.password=x", "visa.sender.password=[redacted:password]"],
    ["an account number", "iban: GB33BUKB20201555555555.", "iban: ******************5555."],
  ])("%s", (_, sample, expected) => {
    assert.strictEqual(text(sample), expected)
    assert.strictEqual(text(expected), expected)
  })

  it("are private keys, also without an end, but not certificates", () => {
    const block = (label: string) =>
      `-----BEGIN ${label}-----\nMIIEvQIBADANBg\n-----END ${label}-----`
    assert.strictEqual(text(`a ${block("PRIVATE KEY")} b`), "a [redacted:privateKey] b")
    assert.strictEqual(text(block("RSA PRIVATE KEY")), "[redacted:privateKey]")
    assert.strictEqual(text(block("ENCRYPTED PRIVATE KEY").slice(0, 50)), "[redacted:privateKey]")
    assert.strictEqual(text(JSON.stringify(block("EC PRIVATE KEY"))), `"[redacted:privateKey]"`)
    assert.strictEqual(text(block("CERTIFICATE")), block("CERTIFICATE"))
  })

  it.each([
    "basic authentication failed",
    "authorization: declined by the issuer",
    "the bearer of the card",
    "pinned to version 2",
    "Field: recipientPrimaryAccountNumber.",
    "https://sandbox.api.visa.com:443/visadirect/v1",
    "resetPassword: true",
    "password: null",
    "cvv2ResultCode=M",
    "addressVerificationResults=Y",
    "12:30:00 span=4ms",
    "",
  ])("are not seen in %j", (sample) => {
    assert.strictEqual(text(sample), sample)
  })
})

describe("scan of a text", () => {
  it("tells what it is, where it is and what stands there instead", () => {
    assert.deepStrictEqual(scan("pay 4957030420210462, cvv=123"), [
      { kind: "pan", path: "", start: 4, end: 20, masked: "495703******0462" },
      { kind: "cvv", path: "", start: 26, end: 29, masked: "[redacted:cvv]" },
    ])
  })
})

describe("any text", () => {
  const pieces = fc
    .array(
      fc.oneof(
        fc.string({ maxLength: 8 }),
        card,
        fc.constantFrom(
          "pan",
          "cvv",
          "password",
          "senderName",
          "authorization",
          "transactionIdentifier",
          ":",
          "=",
          " ",
          '"',
          '\\"',
          "'",
          "{",
          "}",
          "<",
          ">",
          ",",
          "://",
          "@",
          "Bearer ",
          "Basic ",
          "eyJ",
          ".",
          "-----BEGIN ",
          "PRIVATE KEY-----",
          "-----END ",
          "[redacted:",
          "[redacted:cvv]",
          "]",
          "*",
          "****",
          "^",
          "D",
          "%20",
          "\n",
          "&",
          ";",
          "%B",
          "=>",
          "null",
          "rrn",
        ),
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join(""))

  it("is the same after the second time as after the first", () => {
    fc.assert(
      fc.property(pieces, (sample) => {
        const once = text(sample)
        assert.strictEqual(text(once), once)
      }),
      { numRuns: 3_000 },
    )
  })

  it("is the same text when there is nothing in it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z ,.!?]{0,80}$/), (sample) => {
        assert.strictEqual(text(sample), sample)
      }),
    )
  })
})

/** Counts how many characters are looked at. */
class Counting extends String {
  reads = 0
  private read(count: number): void {
    this.reads += count
  }
  override charCodeAt(index: number): number {
    this.read(1)
    return super.charCodeAt(index)
  }
  override charAt(index: number): string {
    this.read(1)
    return super.charAt(index)
  }
  override slice(from?: number, to?: number): string {
    const part = super.slice(from, to)
    this.read(part.length)
    return part
  }
  override startsWith(part: string, from?: number): boolean {
    this.read(part.length)
    return super.startsWith(part, from)
  }
  override indexOf(part: string, from = 0): number {
    const found = super.indexOf(part, from)
    this.read((found < 0 ? this.length : found) - from + part.length)
    return found
  }
}

describe("the effort", () => {
  const rules = makeRules({})
  const readsOf = (sample: string): number => {
    const counting = new Counting(sample)
    // The scanner only uses the methods of a string that are counted above.
    findEdits(counting as unknown as string, rules)
    return counting.reads
  }

  it("is hardly more than one look at each character of a text without anything in it", () => {
    assert.isAtMost(readsOf("the transfer was accepted ".repeat(40)), 26 * 40 * 2)
  })

  it.each([
    "4",
    "4 ",
    "4060 ",
    "40603 ",
    "4957030420210462",
    "4957030420210462 ",
    "4957030420210462=",
    "4957030420210462^",
    ":",
    "a:",
    "a=",
    "a: ",
    "pin:",
    "pin=",
    "pin: ",
    'pin:"',
    '"pin":"',
    '"pin":',
    "pin:[",
    "<pin>",
    "<pin>x",
    "eyJ",
    "eyJ.",
    " eyJ",
    ".eyJa",
    "-",
    "-----",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "://",
    "://u:p",
    "://u:p@h/",
    "Bearer ",
    "Bearer a",
    "b",
    "basic a1",
    "\\",
    'pan:\\"',
    '\\":',
    "senderName: a ",
    "senderName=a b ",
    "deadbeef-",
    "deadbeef-4957030420210462-",
    "%20",
    "%204",
    "[redacted:",
    "password=[redacted:",
    "=>",
    "authorization: ",
    "transactionIdentifier:1 ",
    "transactionIdentifier:",
    "rrn:1 2 ",
    "pan=4 ",
    "pan=****",
    "a.b-c_d",
    "'",
    "iban: A1 ",
  ])("grows no faster than the text for rows of %j", (piece) => {
    const reads = (length: number) => readsOf(piece.repeat(Math.ceil(length / piece.length)))
    const [short, long] = [reads(4_000), reads(16_000)]
    assert.isAtMost(long, short * 4.2 + 1_000)
    assert.isAtMost(long, 16_000 * 40)
  })
})
