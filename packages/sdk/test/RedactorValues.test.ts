import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import * as fc from "fast-check"
import { digitRows, zeros } from "../src/internal/detectors/characters.ts"
import { fieldSources, identifierRows, keyRows } from "../src/internal/detectors/fields.ts"
import { cardSources, networks } from "../src/internal/detectors/networks.ts"
import { layoutRows, tokenRows } from "../src/internal/detectors/values.ts"
import { wordRows } from "../src/internal/detectors/words.ts"
import { Redactor } from "../src/Redactor.ts"

const { redact, scan, text } = Redactor.default

const pan = "4957030420210462"
const masked = "495703******0462"

type Case = readonly [sample: string, expected: string]

/** Each sample becomes what is expected, and stays that. */
const become = (cases: ReadonlyArray<Case>) => {
  for (const [sample, expected] of cases) {
    assert.strictEqual(text(sample), expected)
    assert.strictEqual(text(expected), expected, "the second time")
  }
}

const stay = (samples: ReadonlyArray<string>) => {
  for (const sample of samples) assert.strictEqual(text(sample), sample)
}

describe("the tables", () => {
  it("know the digits of every script that the JavaScript engine knows", () => {
    const known = new Set(zeros.flatMap((zero) => Array.from({ length: 10 }, (_, i) => zero + i)))
    const missing: Array<string> = []
    for (let point = 0; point <= 0x10ffff; point++) {
      if (/\p{Nd}/u.test(String.fromCodePoint(point)) && !known.has(point)) {
        missing.push(point.toString(16))
      }
    }
    assert.deepStrictEqual(missing, [])
    for (const { digits, from } of digitRows) {
      for (let i = 0; i < digits.length; i++) {
        // Black circled digits have no decomposition.
        const digit = String.fromCodePoint(from + i).normalize("NFKC")
        if (/^\d$/.test(digit)) assert.strictEqual(digit, digits.charAt(i))
      }
    }
  })

  it("name the source of each row", () => {
    for (const { source } of keyRows) assert.property(fieldSources, source ?? "none")
    for (const { source } of identifierRows) assert.property(fieldSources, source)
    for (const { source } of networks) assert.property(cardSources, source)
    for (const { source } of [...layoutRows, ...tokenRows]) assert.isAbove(source.length, 5)
  })

  it("are written in lower case where words are compared without case", () => {
    for (const { words } of wordRows) {
      for (const word of words) assert.strictEqual(word, word.toLowerCase())
    }
  })
})

describe("card numbers", () => {
  it("are found in digits of every script, in mathematical, circled and keycap digits", () => {
    const inScript = (zero: number) =>
      Array.from(pan, (digit) => String.fromCodePoint(zero + Number(digit))).join("")
    for (const zero of zeros) {
      const redacted = text(`to ${inScript(zero)}.`)
      const stars = redacted.split("*").length - 1
      assert.strictEqual(stars, 6, zero.toString(16))
      assert.strictEqual(text(redacted), redacted)
    }
    const circled = Array.from(pan, (digit) =>
      digit === "0" ? "\u24ea" : String.fromCodePoint(0x245f + Number(digit)),
    ).join("")
    assert.strictEqual(text(circled).split("*").length - 1, 6)
    const keycaps = Array.from(pan, (digit) => `${digit}\ufe0f\u20e3`).join("")
    assert.strictEqual(text(keycaps).split("*").length - 1, 6)
  })

  it("are found with slashes, underscores, tabs, middle dots, commas and invisible characters", () => {
    const separators = [
      "/",
      "_",
      "\t",
      "\u00b7",
      ",",
      "\u200b",
      "\u200f",
      "\u2066",
      "\u00ad",
      "\uff0f",
    ]
    for (const separator of separators) {
      const expected = ["4957", "03**", "****", "0462"].join(separator)
      become([[["4957", "0304", "2021", "0462"].join(separator), expected]])
    }
  })

  it("of UnionPay are found without a right check digit, too", () => {
    become([
      ["6212345678901234", "621234******1234"],
      ["6212 3456 7890 1234 567", "6212 34** **** ***4 567"],
    ])
  })

  it("leave at least four digits hidden", () => {
    become([
      ["501800000009", "5018****0009"],
      ["4000000000006", "40000****0006"],
    ])
  })

  it("are told from numbers that Visa finds a payment by, where these are called so", () => {
    // Both pass for a card number: of Maestro, of American Express.
    stay(["RRN 501800000009 done", "transaction id: 378282246310005"])
    become([["card 501800000009 done", "card 5018****0009 done"]])
  })

  it("are not found in amounts, lists of small numbers, and decimals", () => {
    stay([
      "4,957,030,420,210,462",
      "balance 4.957.030,42",
      "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9",
      "4957030.420210462",
      "1 0 4 0 2 0 1 1 1 0 0 3 2 1 4 0 5 0 0 1 0 7 4 2",
    ])
  })

  it("take the expiry date and the CVV with them that stand beside", () => {
    become([
      [`${pan} 12/29 123`, `${masked} [redacted:expiry] [redacted:cvv]`],
      [`${pan}|12|2029|123`, `${masked}|[redacted:expiry]|[redacted:cvv]`],
      [`card ${pan}, valid thru 12/29`, `card ${masked}, valid thru [redacted:expiry]`],
      [`${pan} exp: 1/29`, `${masked} exp: 1/29`],
      [`exp 12/29, card ${pan}`, `exp [redacted:expiry], card ${masked}`],
    ])
    stay(["the lease expires 12/29", "12/29 123"])
  })

  it("take the fields with them that belong to a card", () => {
    const card = { number: "1234567890123456", exp: "12/29", holder: "X", brand: "visa" }
    const hidden = {
      number: "123456******3456",
      exp: "[redacted:expiry]",
      holder: "[redacted:name]",
      brand: "visa",
    }
    assert.deepStrictEqual(redact({ card }), { card: hidden })
    assert.deepStrictEqual(redact({ to: pan, expiryDate: "12/29", expMonth: 12 }), {
      to: masked,
      expiryDate: "[redacted:expiry]",
      expMonth: "[redacted:expiry]",
    })
    assert.deepStrictEqual(
      redact(
        new Map<string, unknown>([
          ["pan", pan],
          ["exp", 1229],
        ]),
      ),
      new Map([
        ["pan", masked],
        ["exp", "[redacted:expiry]"],
      ]),
    )
    const token = { sub: "payouts", exp: 1_741_944_413, expires: "2026-01-01" }
    assert.strictEqual(redact(token), token)
  })
})

describe("card numbers that are masked already", () => {
  it("stay, and are reported as masked", () => {
    for (const number of [
      "406032******0127",
      "4060 32** **** 0127",
      "400397XXXXXX2156",
      "************1234",
      "XXXX-XXXX-XXXX-1234",
      "•••• •••• •••• 4242",
    ]) {
      const sample = `card ${number}, declined`
      assert.strictEqual(text(sample), sample)
      assert.deepStrictEqual(scan(sample), [
        {
          kind: "pan",
          path: "",
          start: 5,
          end: 5 + number.length,
          masked: number,
          alreadyMasked: true,
        },
      ])
    }
    assert.deepStrictEqual(scan({ pan: masked }), [
      { kind: "pan", path: "/pan", start: 0, end: 16, masked, alreadyMasked: true },
    ])
  })

  it("are not seen in ids, prose and formulas", () => {
    for (const sample of [
      "0x1234",
      "2 ** 1024",
      "fox1234",
      "a*b*c*1234d",
      "version 4.x",
      "#1234",
    ]) {
      assert.deepStrictEqual(scan(sample), [])
    }
  })
})

describe("mail addresses", () => {
  it("are found in prose, lists, headers and URLs", () => {
    become([
      ["write to john.doe+x@mail.example.co.uk, please", "write to [redacted:email], please"],
      ["From: <j_d@example.com>", "From: <[redacted:email]>"],
      ["mailto:someone@example.com?subject=x", "mailto:[redacted:email]?subject=x"],
      ["to=j@x.io;cc=jürgen@müller.de", "to=[redacted:email];cc=[redacted:email]"],
      ["q=john%40example.com&x=1", "q=%5Bredacted%3Aemail%5D&x=1"],
    ])
  })

  it("are not found in packages, repositories, units and users of hosts", () => {
    stay([
      "effect@4.1.0",
      "@effect/platform@4.x",
      "git@github.com:visa/sdk.git",
      "Started user@1000.service.",
      "root@db-1",
      "https://app@db.example.com/x",
      "a @ b.com",
      "Main@1a2b3c4d",
    ])
  })
})

describe("phone numbers", () => {
  it("are found in international and North American form, and after a word for them", () => {
    become([
      ["call +44 20 7946 0958 now", "call [redacted:phone] now"],
      ["+4915112345678", "[redacted:phone]"],
      ["+1 (202) 555-0123", "[redacted:phone]"],
      ["(202) 555-0123", "[redacted:phone]"],
      ["202-555-0123, 202.555.0123", "[redacted:phone], [redacted:phone]"],
      ["tel: 020 7946 0958.", "tel: [redacted:phone]."],
      ["phone number 07700 900123", "phone number [redacted:phone]"],
      ["tel:+1-201-555-0123", "tel:[redacted:phone]"],
    ])
  })

  it("are not found in order numbers, addresses, offsets and times", () => {
    stay([
      "order 415-555-2671",
      "ORD-415-555-2671",
      "invoice no. 202-555-0123",
      "192.168.100.200:8443",
      "+0000",
      "09:26:53+01:00",
      "1.5e+12345678",
      "123-456-7890",
      "202-555-01234",
      "phone 12",
    ])
  })
})

describe("national ids", () => {
  it("are found by their layout and check digits", () => {
    become([
      ["ssn 078-05-1120", "ssn [redacted:identity]"],
      ["123-45-6789", "[redacted:identity]"],
      ["AB123456C", "[redacted:identity]"],
      ["529.982.247-25", "[redacted:identity]"],
      ["11.222.333/0001-81", "[redacted:identity]"],
      ["756.9217.0769.85", "[redacted:identity]"],
      ["811218-9876", "[redacted:identity]"],
      ["900101-1234567", "[redacted:identity]"],
      ["11010519491231002X", "[redacted:identity]"],
      ["RSSMRA85T10A562S", "[redacted:identity]"],
      ["HEGG560427MVZRRL04", "[redacted:identity]"],
    ])
  })

  it("are found after a word for them", () => {
    become([
      ["SSN: 123456789", "SSN: [redacted:identity]"],
      ["Aadhaar 2341 2341 2346", "Aadhaar [redacted:identity]"],
      ["passport no. C01X00T47", "passport no. [redacted:identity]"],
      ["PESEL 44051401359", "PESEL [redacted:identity]"],
    ])
  })

  it("are not found where the rule of the number is broken, or in longer numbers", () => {
    stay([
      "000-12-3456",
      "666-12-3456",
      "123-45-67890",
      "1-123-45-6789",
      "529.982.247-26",
      "756.9217.0769.86",
      "811218-9875",
      "110105194912310021",
      "ZZ123456C",
      "XAB123456C",
      "2026-03-14",
    ])
  })
})

describe("bank accounts", () => {
  it("are IBANs with right check digits, also in groups", () => {
    become([
      ["to GB33BUKB20201555555555 today", "to ******************5555 today"],
      ["DE89 3704 0044 0532 0130 00", "**** **** **** **** **30 00"],
      ["NO9386011117947", "***********7947"],
    ])
    stay(["GB34BUKB20201555555555", "GB33BUKB2020155555555", "XGB33BUKB20201555555555"])
  })

  it("are numbers after the words for them", () => {
    become([
      ["account number 12345678", "account number ********"],
      ["'account number 12345678', '…'", "'account number ********', '…'"],
      ["acct# 00123456789", "acct# *******6789"],
      ["Account No.: 001234567890", "Account No.: ********7890"],
    ])
    stay(["account 12345678", "accounts 12345678", "sort of 123456"])
  })
})

describe("what words announce", () => {
  it("is CVV, PIN and date of birth", () => {
    become([
      ["cvv 123", "cvv [redacted:cvv]"],
      ["the CVC2 is 1234.", "the CVC2 is [redacted:cvv]."],
      ["security code: 123", "security code: [redacted:cvv]"],
      ["PIN code is 4321", "PIN code is [redacted:pin]"],
      ["PIN block: 041234FFFFFFFFFF", "PIN block: [redacted:pin]"],
      ["born on 12/03/1971", "born on [redacted:birth]"],
      ["DOB 1971-03-12", "DOB [redacted:birth]"],
      ["Date of birth: 12 March 1971, male", "Date of birth: [redacted:birth], male"],
      ["first name: Bob", "first name: [redacted:name]"],
      ["Card number = 1234 5678 9012 3456", "Card number = 1234 56** **** 3456"],
    ])
    stay([
      "status 123",
      "pinned 1234",
      "took 123 ms",
      "cvv 12",
      "cvv 12345",
      "born in 1971",
      "name: x of y",
      "the code: 51",
      "2026-03-14",
    ])
  })

  it("are tokens that begin like those of well-known services", () => {
    become([
      ["key AKIAIOSFODNN7EXAMPLE.", "key [redacted:secret]."],
      [`ghp_${"a1B2".repeat(9)}`, "[redacted:secret]"],
    ])
    stay(["AKIA is short", "ghp_short"])
  })
})

describe("JSON inside of a text", () => {
  const inside = (value: unknown) => text(JSON.stringify(value))
  const parsed = (value: unknown): unknown => JSON.parse(inside(value))

  it("is redacted as the object that it stands for", () => {
    const values: ReadonlyArray<unknown> = [
      { pinData: { block: "x" }, cvv: [1, 2], password: { a: 1 }, pan: [pan, { x: pan }] },
      { senderDetail: { name: "Bob", address: { city: "X" } }, cardAcceptor: { name: "Shop" } },
      { sender: { companyName: "Bob & Sons" }, companyName: "Shop" },
      { d: "secret", kty: "RSA", n: "modulus", p: 1 },
      { card: { number: pan, exp: "12/29", name: "Bob" } },
      [{ exp: "12/29", to: pan }, { exp: 1 }],
      { a: ["4957", "0304", "2021", "0462"], b: { a: "49570304", b: "20210462" } },
      { transactionIdentifier: 378282246310005, x: 378282246310005 },
      { amount: 124.05, list: [1, 2, 3], nothing: null, yes: true, [pan]: "as a name" },
    ]
    for (const value of values) assert.deepStrictEqual(parsed(value), redact(value))
  })

  it("keeps its spaces, its numbers of any size, and what stands around it", () => {
    become([
      [
        `body={ "id" : 12345678901234567890123, "cvv":"1",\n "x": 1.50 } (sent)`,
        `body={ "id" : 12345678901234567890123, "cvv":"[redacted:cvv]",\n "x": 1.50 } (sent)`,
      ],
      [`INFO [1, 2] {"pan":4957030420210462}`, `INFO [1, 2] {"pan":"${masked}"}`],
      [`senderDetail={"name":"Bob"} ok`, `senderDetail={"name":"[redacted:name]"} ok`],
      [`[4957030420210462, 1]`, `["${masked}", 1]`],
    ])
  })

  it("may be cut off, or be none", () => {
    become([
      [`{"a":{"pan":"${pan}","cvv":"12`, `{"a":{"pan":"${masked}","cvv":"[redacted:cvv]`],
      [`{"pinData":{"a":1`, `{"pinData":"[redacted:pin]"`],
      ["[4957 0304 2021 0462]", "[4957 03** **** 0462]"],
      [`{"a" 4957030420210462}`, `{"a" ${masked}}`],
      ["[2026-03-14 09:26:53] cvv=123", "[2026-03-14 09:26:53] cvv=[redacted:cvv]"],
      [`{pan: ${pan}, cvv: '1'}`, `{pan: ${masked}, cvv: '[redacted:cvv]'}`],
    ])
  })

  it("may be encoded several times", () => {
    let value: unknown = { pan, note: `card ${pan}`, senderDetail: { name: "Bob" } }
    const expected = {
      pan: masked,
      note: `card ${masked}`,
      senderDetail: { name: "[redacted:name]" },
    }
    let encoded = JSON.stringify(value)
    for (let level = 1; level <= 4; level++) {
      value = JSON.parse(text(encoded))
      for (let i = 1; i < level; i++) value = JSON.parse(String((value as { body: string }).body))
      assert.deepStrictEqual(value, expected)
      encoded = JSON.stringify({ body: encoded })
    }
  })

  it("may hide its digits and names in escapes", () => {
    const escaped = (s: string) =>
      Array.from(s, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
    const redacted: unknown = JSON.parse(
      text(`{"to":"${escaped(pan)}","${escaped("cvv")}":"123","line":"a\\ncvv=1 ${pan}"}`),
    )
    assert.deepStrictEqual(redacted, {
      to: masked,
      cvv: "[redacted:cvv]",
      line: `a\ncvv=[redacted:cvv] ${masked}`,
    })
  })

  it("is redacted as the object that it stands for, whatever it is", () => {
    const key = fc.constantFrom(
      "pan",
      "cvv",
      "a",
      "b",
      "name",
      "senderDetail",
      "exp",
      "iban",
      "rrn",
    )
    const leaf = fc.oneof(
      fc.constantFrom(pan, "x", "4957", "20210462", "12/29", "a\\b\n", ""),
      fc.integer({ min: 0, max: 99_999 }),
      fc.boolean(),
      fc.constant(null),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 5 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(key, tree, { noNullPrototype: true }), (value) => {
        assert.deepStrictEqual(parsed(value), redact(value))
        const nested = parsed({ body: JSON.stringify(value) }) as { readonly body: string }
        assert.deepStrictEqual(JSON.parse(nested.body), redact(value))
      }),
      { numRuns: 500 },
    )
  })
})

describe("encoded texts", () => {
  const base64 = (s: string) => Buffer.from(s).toString("base64")
  const unbase64 = (s: string) => Buffer.from(s, "base64").toString()

  it("are looked into when they are base64, and encoded again", () => {
    for (const content of [pan, `card ${pan}`, JSON.stringify({ cvv: "123", pan }), `ü ${pan}`]) {
      const redacted = text(`data ${base64(content)} end`)
      const inner = /^data (\S+) end$/.exec(redacted)?.[1] ?? ""
      assert.strictEqual(unbase64(inner), text(content))
      assert.strictEqual(text(redacted), redacted)
      const url = Buffer.from(content).toString("base64url")
      assert.strictEqual(unbase64(text(`/files/${url}`).slice("/files/".length)), text(content))
      assert.strictEqual(unbase64(unbase64(text(base64(base64(content))))), text(content))
    }
  })

  it("are left when they are base64 of something harmless, or none", () => {
    const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) % 256))
    stay([
      base64("nothing to see here at all"),
      bytes.toString("base64"),
      "/usr/local/lib/node_modules/effect/dist/index",
      "internationalisation_of_everything",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ])
  })

  it("are looked into when they are percent-encoded, also twice", () => {
    const json = JSON.stringify({ pan, cvv: "1" })
    const once = text(`https://x.io/?q=${encodeURIComponent(json)}&p=1`)
    assert.deepStrictEqual(JSON.parse(new URL(once).searchParams.get("q") ?? ""), {
      pan: masked,
      cvv: "[redacted:cvv]",
    })
    const twice = text(`q=${encodeURIComponent(encodeURIComponent(json))}`)
    assert.deepStrictEqual(
      JSON.parse(decodeURIComponent(decodeURIComponent(twice.slice("q=".length)))),
      { pan: masked, cvv: "[redacted:cvv]" },
    )
    const digits = Array.from(pan, (digit) => `%3${digit}`).join("")
    become([
      [`n=${digits}`, `n=${masked}`],
      ["cvv%3D123", "cvv%3D%5Bredacted%3Acvv%5D"],
      ["4957%20%200304%202021%2F0462", "4957%20%2003**%20****%2F0462"],
    ])
    stay(["100%", "50%25 off", "%zz", "a%20b"])
  })
})

describe("a number in parts", () => {
  it("is hidden in adjacent elements and fields", () => {
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [
        ["4957", "0304", "2021", "0462"],
        ["4957", "03**", "****", "0462"],
      ],
      [
        ["x", "4957", "0304", "2021", "0462", "y"],
        ["x", "4957", "03**", "****", "0462", "y"],
      ],
      [
        { a: "49570304", b: "20210462" },
        { a: "495703**", b: "****0462" },
      ],
      [
        { panPart1: "495703", panPart2: "042021", panPart3: "0462", amount: 1 },
        { panPart1: "495703", panPart2: "******", panPart3: "0462", amount: 1 },
      ],
      [
        { card1: 49570304, card2: 20210462, x: "y" },
        { card1: "495703**", card2: "****0462", x: "y" },
      ],
      [Array.from(pan), Array.from(masked)],
      [Array.from(pan, Number), Array.from(masked)],
      [
        { deep: [{ list: ["4957", "0304", "2021", "0462"] }] },
        { deep: [{ list: ["4957", "03**", "****", "0462"] }] },
      ],
    ]
    for (const [value, expected] of cases) {
      assert.deepStrictEqual(redact(value), expected)
      assert.deepStrictEqual(redact(expected), expected)
      assert.isAbove(scan(value).length, 0)
    }
  })

  it("is not seen in numbers that have nothing to do with each other", () => {
    const values: ReadonlyArray<unknown> = [
      { acquiringBin: "408999", systemsTraceAuditNumber: "451018", merchantCategoryCode: "6012" },
      { width: 4957, height: 304, depth: 2021, weight: 462 },
      { userId: "49570304", orderId: "20210462", ok: true },
      [4957, 1304, 2021, 462, 77],
      ["4957", "x", "0304", "2021", "0462"],
      Array.from({ length: 30 }, (_, i) => i % 10),
    ]
    for (const value of values) assert.strictEqual(redact(value), value)
  })
})

describe("mode hash", () => {
  const redactorOf = (key: string) => Redactor.make({ mode: { hash: Redacted.make(key) } })
  const { redact: hash, text: hashText } = redactorOf("first ".repeat(8))
  const tag = /^\[redacted:pan:[a-p]{16}\]$/

  it("gives the same number the same tag, however it is written", () => {
    const written = hash([
      pan,
      "4957 0304 2021 0462",
      Number(pan),
      { pan },
    ]) as ReadonlyArray<unknown>
    assert.match(String(written[0]), tag)
    assert.strictEqual(new Set(written.slice(0, 3)).size, 1)
    assert.deepStrictEqual(written[3], { pan: written[0] })
    assert.strictEqual(hashText(`to ${pan}.`), `to ${String(written[0])}.`)
    assert.notStrictEqual(hash(pan), hash("4000056655665556"))
    assert.notStrictEqual(hash(pan), redactorOf("other ".repeat(8)).redact(pan))
  })

  it("leaves no digit, and is stable", () => {
    const value = { pan, email: "A@b.io", iban: "GB33BUKB20201555555555", note: `x ${pan}` }
    const once = hash(value)
    assert.notMatch(JSON.stringify(once), /\d/)
    assert.strictEqual(hash(once), once)
    assert.deepStrictEqual(hash({ email: " a@B.io" }), { email: (once as { email: string }).email })
  })

  it("drops what must not be kept in any form", () => {
    assert.deepStrictEqual(hash({ cvv: "123", pin: "1234", password: "x", track2: "y" }), {
      cvv: "[redacted:cvv]",
      pin: "[redacted:pin]",
      password: "[redacted:password]",
      track2: "[redacted:track]",
    })
  })

  it("refuses a weak key", () => {
    assert.throws(() => redactorOf("short"), /OptionInvalid/)
  })
})

describe("allow", () => {
  it("lets the numbers pass that it names, however they are written", () => {
    const { redact, text } = Redactor.make({ allow: [pan] })
    assert.strictEqual(
      text(`order 4957-0304-2021-0462, ${pan}`),
      `order 4957-0304-2021-0462, ${pan}`,
    )
    assert.deepStrictEqual(redact({ order: Number(pan), other: "4000056655665556" }), {
      order: Number(pan),
      other: "400005******5556",
    })
    assert.deepStrictEqual(redact({ pan }), { pan: masked })
  })
})
