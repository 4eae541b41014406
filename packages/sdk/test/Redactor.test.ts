import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  ConfigProvider,
  Context,
  Data,
  Effect,
  Exit,
  HashMap,
  Layer,
  Option,
  Redacted,
  Schema,
} from "effect"
import { HttpClientRequest } from "effect/http"
import * as fc from "fast-check"
import { inspect } from "node:util"
import { keyRows } from "../src/internal/detectors/fields.ts"
import { cardKinds } from "../src/internal/detectors/kinds.ts"
import { maxNodes } from "../src/internal/redactorWalk.ts"
import { Redactor } from "../src/Redactor.ts"
import type { RedactorOptions } from "../src/Redactor.ts"
import { VisaError } from "../src/VisaError.ts"

const { redact, scan } = Redactor.default

const pan = "4957030420210462"
const masked = "495703******0462"

/** Everything that a printer could make of a value. */
const shown = (value: unknown): string =>
  [
    inspect(value, {
      depth: Infinity,
      showHidden: true,
      maxArrayLength: null,
      maxStringLength: null,
    }),
    String(JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v))),
  ].join("\n")

describe("fields by their name", () => {
  it("are dropped or masked in every row of the table", () => {
    for (const { action, keys, kind } of keyRows) {
      for (const key of keys) {
        const name = key.replace("*", "some")
        const value = kind === "pan" ? "1234567890123456" : "ABC 123456789"
        const expected =
          kind === "pan"
            ? "123456******3456"
            : action === "mask"
              ? "*** *****6789"
              : `[redacted:${kind}]`
        assert.deepStrictEqual(redact({ [name]: value }), { [name]: expected }, name)
      }
    }
  })

  it("are found whatever their spelling, and by the last part of a path", () => {
    for (const key of [
      "senderAccountNumber",
      "sender_account_number",
      "Sender-Account-Number",
      "visa.senderAccountNumber",
    ]) {
      assert.deepStrictEqual(redact({ [key]: "123456789" }), { [key]: "*****6789" }, key)
    }
    assert.deepStrictEqual(redact({ "http.request.header.authorization": "x" }), {
      "http.request.header.authorization": "[redacted:authorization]",
    })
  })

  it("are masked as card numbers also without a right check digit", () => {
    assert.deepStrictEqual(redact({ pan: "4060 3200 0000 0128" }), { pan: "4060 32** **** 0128" })
    assert.deepStrictEqual(redact({ pan: 4060320000000128 }), { pan: "406032******0128" })
    assert.deepStrictEqual(redact({ pan: "no card number" }), { pan: "[redacted:pan]" })
    assert.deepStrictEqual(redact({ pan: "495703******0462" }), { pan: masked })
  })

  it("are account numbers with their last 4 characters, short ones with none", () => {
    assert.deepStrictEqual(redact({ accountNumber: "GB33BUKB20201555555555", iban: "12345678" }), {
      accountNumber: "******************5555",
      iban: "********",
    })
    assert.deepStrictEqual(redact({ senderAccountNumber: pan }), { senderAccountNumber: masked })
  })

  it("are dropped whole, objects and lists as well", () => {
    assert.deepStrictEqual(
      redact({
        pinData: { pinDataBlock: "1234" },
        cvv: [1, 2, 3],
        password: new Map([["a", 1]]),
        pin: 1234,
      }),
      {
        pinData: "[redacted:pin]",
        cvv: "[redacted:cvv]",
        password: "[redacted:password]",
        pin: "[redacted:pin]",
      },
    )
  })

  it("are masked inside of lists and objects under the name", () => {
    assert.deepStrictEqual(redact({ pan: [pan, { value: "1234567890123456" }] }), {
      pan: [masked, { value: "123456******3456" }],
    })
  })

  it("keep what says that there was no value", () => {
    const value = { pin: null, cvv: undefined, password: "", resetPassword: true, pan: "" }
    assert.strictEqual(redact(value), value)
  })

  it("are only personal where they describe a person", () => {
    const person = { name: "Mohammed Qasim", address: { city: "Foster City" }, type: "I" }
    const merchant = {
      name: "Visa Inc. USA-Foster City",
      address: { city: "Foster City" },
      terminalId: "TID-9999",
    }
    assert.deepStrictEqual(
      redact({ senderDetail: person, recipientDetail: person, cardAcceptor: merchant }),
      {
        senderDetail: { name: "[redacted:name]", address: "[redacted:address]", type: "I" },
        recipientDetail: { name: "[redacted:name]", address: "[redacted:address]", type: "I" },
        cardAcceptor: merchant,
      },
    )
  })

  it("are the secret members of a JSON Web Key", () => {
    assert.deepStrictEqual(
      redact({ kty: "RSA", kid: "1", n: "modulus", e: "AQAB", d: "secret", p: "x" }),
      {
        kty: "RSA",
        kid: "1",
        n: "modulus",
        e: "AQAB",
        d: "[redacted:privateKey]",
        p: "[redacted:privateKey]",
      },
    )
    const point = { d: "M0 0", k: 1 }
    assert.strictEqual(redact(point), point)
  })

  it("leave the request that the documentation shows readable", () => {
    const request = {
      amount: 124.05,
      acquiringBin: 408999,
      acquirerCountryCode: 840,
      businessApplicationId: "AA",
      localTransactionDateTime: "2023-05-05T12:00:00",
      retrievalReferenceNumber: "412770452025",
      systemsTraceAuditNumber: 451018,
      transactionCurrencyCode: "USD",
      transactionIdentifier: 403691507989945,
      merchantCategoryCode: 6012,
      sourceOfFundsCode: "05",
      settlementServiceIndicator: 9,
      senderCountryCode: "124",
      cardAcceptor: {
        idCode: "CA-IDCode-77765",
        terminalId: "TID-9999",
        name: "Visa Inc. USA-Foster City",
        address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
      },
      pointOfServiceData: { panEntryMode: 90, posConditionCode: "00", motoECIIndicator: 0 },
      last4ofPAN: 127,
      statusIdentifier: "1491819372_186_81_l73c003_VDP_ARM",
      cvv2ResultCode: "M",
    }
    assert.strictEqual(redact(request), request)
    assert.deepStrictEqual(
      redact({
        ...request,
        recipientPrimaryAccountNumber: "4060320000000127",
        senderAccountNumber: "4060320000000126",
        senderName: "Mohammed Qasim",
        senderAddress: "901 Metro Center Blvd",
        recipientName: "rohan",
        cardCvv2Value: "022",
      }),
      {
        ...request,
        recipientPrimaryAccountNumber: "406032******0127",
        senderAccountNumber: "406032******0126",
        senderName: "[redacted:name]",
        senderAddress: "[redacted:address]",
        recipientName: "[redacted:name]",
        cardCvv2Value: "[redacted:cvv]",
      },
    )
  })
})

describe("values by their look", () => {
  it("are numbers and bigints, too", () => {
    assert.deepStrictEqual(
      redact({ n: Number(pan), b: BigInt(pan), small: 12, float: 4957.5, none: NaN }),
      {
        n: masked,
        b: masked,
        small: 12,
        float: 4957.5,
        none: NaN,
      },
    )
  })

  it("are found in lists, also in sparse ones and in named members of lists", () => {
    // oxlint-disable-next-line no-sparse-arrays -- a list with a gap is what is tested here
    const sparse = [1, , pan]
    const redacted = redact(sparse)
    assert.isArray(redacted)
    assert.notInclude(shown(redacted), pan)
    assert.isFalse(1 in (redacted as Array<unknown>))
    assert.strictEqual((redacted as Array<unknown>).length, 3)
    assert.notInclude(shown(redact(Object.assign(["a"], { input: pan }))), pan)
    assert.notInclude(shown(redact(/(\d)/.exec(pan))), pan)
  })

  it("are found in Map and Set, and in their keys", () => {
    assert.deepStrictEqual(
      redact(
        new Map<unknown, unknown>([
          ["cvv", "1"],
          [pan, { pan }],
        ]),
      ),
      new Map<unknown, unknown>([
        ["cvv", "[redacted:cvv]"],
        [masked, { pan: masked }],
      ]),
    )
    assert.deepStrictEqual(redact(new Set([pan, 1])), new Set([masked, 1]))
  })

  it("are found in the names of fields, which stay distinct", () => {
    const other = "4957039999990462"
    const twins = { [pan]: 1, [`${pan.slice(0, 4)} ${pan.slice(4)}`]: 2, plain: 3 }
    assert.notInclude(shown(redact(twins)), pan)
    assert.strictEqual(Object.keys(redact(twins) as object).length, 3)
    assert.deepStrictEqual(redact({ [pan]: 1, [other]: 2 }), { [masked]: 1, [other]: 2 })
  })

  it("are found in symbols, boxed values, expressions and typed arrays", () => {
    assert.strictEqual(String(redact(Symbol(pan))), `Symbol(${masked})`)
    assert.strictEqual(redact(new String(pan)), masked)
    assert.strictEqual(redact(Object(BigInt(pan))), masked)
    assert.strictEqual(redact(new RegExp(pan)), `/${masked}/`)
    assert.deepStrictEqual(redact(new Float64Array([1, Number(pan)])), [1, masked])
    const measured = new Float64Array([1.5, 2])
    assert.strictEqual(redact(measured), measured)
  })

  it("are found in URLs, query parameters, headers and forms", () => {
    assert.strictEqual(
      redact(new URL(`https://app:hunter2@example.com/cards/${pan}?cvv=123&x=1`)),
      `https://app:[redacted:password]@example.com/cards/${masked}?cvv=[redacted:cvv]&x=1`,
    )
    assert.strictEqual(redact(new URLSearchParams({ pan, x: "1" })), `pan=${masked}&x=1`)
    assert.deepStrictEqual(redact(new Headers({ Authorization: "Basic abc", accept: "*/*" })), {
      authorization: "[redacted:authorization]",
      accept: "*/*",
    })
    const url = new URL("https://sandbox.api.visa.com/visadirect?acquiringBIN=408999")
    assert.strictEqual(redact(url), url)
  })

  it("are found in class instances, whatever these say about themselves", () => {
    class Plain {
      readonly number = pan
      describe() {
        return `card ${this.number}`
      }
    }
    class Secretive {
      readonly #number = pan
      readonly label = "mine"
      toString() {
        return `card ${this.#number}`
      }
      toJSON() {
        return { number: this.#number }
      }
    }
    class Inspected {
      [inspect.custom]() {
        return pan
      }
    }
    const plain = redact(new Plain())
    assert.instanceOf(plain, Plain)
    assert.deepStrictEqual({ ...(plain as Plain) }, { number: masked })
    const secretive = redact(new Secretive())
    assert.strictEqual(String(secretive), `card ${masked}`)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(secretive)), { number: masked })
    assert.notInclude(shown(secretive), pan)
    assert.notInclude(shown(redact(new Inspected())), pan)
  })

  it("are found in functions that carry members", () => {
    const plain = () => pan.length
    assert.strictEqual(redact(plain), plain)
    assert.strictEqual(redact(Object.assign(function card() {}, { pan })), "[Function: card]")
  })

  it("are found in what getters answer, and getters that throw are shown as such", () => {
    const value = {
      get number() {
        return pan
      },
      get boom(): string {
        throw new Error(pan)
      },
    }
    assert.deepStrictEqual(redact(value), { number: masked, boom: "[redacted:unreadable]" })
  })

  it("are found in Effect's data types", () => {
    assert.deepStrictEqual(redact(Option.some(pan)), Option.some(masked))
    assert.strictEqual(
      JSON.stringify(redact(Exit.succeed({ pan }))),
      JSON.stringify(Exit.succeed({ pan: masked })),
    )
    assert.notInclude(shown(redact(HashMap.make(["card", pan]))), pan)
    const Card = Schema.Struct({ number: Schema.String })
    class Payout extends Schema.Class<Payout>("Payout")({ card: Card }) {}
    const redacted = redact(new Payout({ card: { number: pan } }))
    assert.instanceOf(redacted, Payout)
    assert.notInclude(shown(redacted), pan)
  })

  it("are found in Effect's HTTP requests", () => {
    const request = HttpClientRequest.post(`https://example.com/${pan}`).pipe(
      HttpClientRequest.setHeader("authorization", "Basic dXNlcjpwYXNz"),
    )
    const redacted = redact(request)
    assert.notInclude(shown(redacted), pan)
    assert.notInclude(shown(redacted), "dXNlcjpwYXNz")
  })

  it("are shown as redacted when they are Redacted, whatever is in them", () => {
    assert.strictEqual(redact(Redacted.make(pan)), "<redacted>")
    assert.strictEqual(
      redact(Redacted.make("x", { label: `card ${pan}` })),
      `<redacted:card ${masked}>`,
    )
    assert.deepStrictEqual(redact({ a: [Redacted.make("x")] }), { a: ["<redacted>"] })
  })

  it("are not shown when they cannot be looked at", () => {
    assert.strictEqual(redact(new TextEncoder().encode(pan)), "[bytes:16]")
    assert.strictEqual(redact(new ArrayBuffer(3)), "[bytes:3]")
    assert.strictEqual(redact(Promise.resolve(pan)), "[Promise]")
    assert.strictEqual(redact(new Map([[pan, 1]]).keys()), "[Map Iterator]")
  })
})

describe("what is not sensitive", () => {
  const word = fc.stringMatching(/^[A-Za-z ,.!?]{0,20}$/)
  const key = fc.constantFrom(
    "amount",
    "status",
    "operation",
    "items",
    "details",
    "rail",
    "corridor",
    "when",
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      word,
      fc.integer({ min: -1e11, max: 1e11 }),
      // as for the integers: a number of more digits can be a card's
      fc.double({ min: -1e11, max: 1e11 }),
      fc.constantFrom(Infinity, -Infinity),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.date(),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
      fc.array(fc.tuple(key, tie("tree")), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(tie("tree"), { maxLength: 3 }).map((items) => new Set(items)),
    ),
  }))

  it("is returned as the very same value", () => {
    fc.assert(
      fc.property(tree, (value) => {
        assert.isTrue(Object.is(redact(value), value))
        assert.deepStrictEqual(scan(value), [])
      }),
      {
        numRuns: 500,
        // NaN is no other NaN to `===`, by which "the same" is easily decided
        examples: [
          [NaN],
          [[NaN]],
          [{ amount: NaN }],
          [new Map([["amount" as const, NaN]])],
          [-0],
          [[-0]],
        ],
      },
    )
  })

  it("keeps its structure beside what is", () => {
    fc.assert(
      fc.property(tree, (value) => {
        assert.deepStrictEqual(redact({ value, pan, other: [value] }), {
          value,
          pan: masked,
          other: [value],
        })
      }),
      { numRuns: 500 },
    )
  })

  it("is a date, an invalid date, a weak map", () => {
    for (const value of [new Date(0), new Date(NaN), new WeakMap(), new WeakSet()]) {
      assert.strictEqual(redact(value), value)
    }
  })
})

describe("any value", () => {
  const anything = fc.anything({
    key: fc.oneof(
      fc.string(),
      fc.constantFrom("pan", "cvv", "senderDetail", "name", "kty", "d", "message", "cause"),
    ),
    values: [
      fc.string(),
      fc.constantFrom(pan, Number(pan), BigInt(pan), "[redacted:cvv]", "cvv=1", "Basic a1b2c3"),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, undefined),
    ],
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })

  it("is redacted without an error, without a change to itself and without a card number left", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const before = shown(value)
        const redacted = redact(value)
        assert.notInclude(shown(redacted), pan)
        assert.strictEqual(shown(value), before)
        scan(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it("is the same after the second time as after the first", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const once = redact(value)
        assert.strictEqual(shown(redact(once)), shown(once))
        assert.deepStrictEqual(
          scan(once).filter(({ alreadyMasked }) => alreadyMasked !== true),
          [],
        )
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("values that are hard to walk", () => {
  it("may contain themselves", () => {
    interface Node {
      pan?: string
      self?: Node
      list?: Array<Node>
    }
    const value: Node = { pan }
    value.self = value
    value.list = [value]
    const redacted = redact(value) as Node
    assert.strictEqual(redacted.pan, masked)
    assert.strictEqual(redacted.self, redacted)
    assert.strictEqual(redacted.list?.[0], redacted)
    const clean: Node = {}
    clean.self = clean
    assert.strictEqual(redact(clean), clean)
  })

  it("keep references that they share", () => {
    const shared = { pan }
    const { a, b } = redact({ a: shared, b: shared }) as {
      readonly a: unknown
      readonly b: unknown
    }
    assert.strictEqual(a, b)
  })

  it("are told apart by the name under which they are shared", () => {
    const shared = { name: "Mohammed" }
    assert.deepStrictEqual(redact({ cardAcceptor: shared, senderDetail: shared }), {
      cardAcceptor: { name: "Mohammed" },
      senderDetail: { name: "[redacted:name]" },
    })
  })

  it("may be nested ten thousand levels deep", () => {
    const levels = 10_000
    const wrappers: ReadonlyArray<(inner: unknown) => unknown> = [
      (value) => ({ value }),
      (value) => [value],
      (value) => new Map([["value", value]]),
      (value) => new Set([value]),
      (value) => new Error("outer", { cause: value }),
    ]
    const unwrap = (value: unknown): unknown => {
      if (value instanceof Error) return value.cause
      if (value instanceof Map || value instanceof Set) return [...value.values()][0]
      return Object.values(value as object)[0]
    }
    for (const wrap of [...wrappers, undefined]) {
      const wrapAt = (level: number) => wrap ?? wrappers[level % wrappers.length] ?? wrappers[0]
      let deep: unknown = { pan, note: "kept" }
      for (let level = 0; level < levels; level++) deep = wrapAt(level)?.(deep)
      let redacted = redact(deep)
      for (let level = 0; level < levels; level++) redacted = unwrap(redacted)
      assert.deepStrictEqual(redacted, { pan: masked, note: "kept" })
      assert.deepStrictEqual(
        scan(deep).map(({ kind }) => kind),
        ["pan"],
      )
    }
  })

  it("may be bigger than anyone would read", () => {
    const value = Array.from({ length: maxNodes + 10 }, () => ({}))
    const redacted = redact(value) as Array<unknown>
    assert.strictEqual(redacted.length, value.length)
    assert.strictEqual(redacted.at(-1), "[redacted:size]")
  })

  it("may be proxies that throw", () => {
    const fail = () => {
      throw new Error(pan)
    }
    const traps = ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf"] as const
    for (const trap of traps) {
      const value = new Proxy({ pan }, { [trap]: fail })
      assert.notInclude(shown({ redacted: redact({ value }) }), pan, trap)
      assert.isArray(scan({ value }))
    }
    const revoked = Proxy.revocable({ pan }, {})
    revoked.revoke()
    assert.strictEqual(redact(revoked.proxy), "[redacted:unreadable]")
  })

  it("may pretend to be of another type", () => {
    for (const tag of [
      "Date",
      "Map",
      "Set",
      "URL",
      "String",
      "Uint8Array",
      "Headers",
      "Float64Array",
      "Error",
    ]) {
      const value = { number: pan, [Symbol.toStringTag]: tag }
      assert.notInclude(shown({ value: redact(value) }), pan, tag)
    }
  })

  it("may throw when they are written", () => {
    const value = {
      number: pan,
      toJSON() {
        throw new Error(pan)
      },
      toString() {
        throw new Error(pan)
      },
    }
    const redacted = redact(value)
    assert.strictEqual(JSON.stringify(redacted), `"[redacted:unreadable]"`)
    assert.strictEqual(String(redacted), "[redacted:unreadable]")
  })
})

describe("errors", () => {
  class PayoutError extends Error {
    override readonly name = "PayoutError"
    readonly body: unknown
    constructor(message: string, body: unknown, options?: ErrorOptions) {
      super(message, options)
      this.body = body
    }
    get summary() {
      return `${this.name}: ${this.message}`
    }
  }

  it("keep their class and name, and lose the number from message, stack, members and causes", () => {
    const inner = new TypeError(`inner ${pan}`)
    const error = new PayoutError(`declined ${pan}`, { pan }, { cause: inner })
    const redacted = redact(error)
    assert.instanceOf(redacted, PayoutError)
    assert.strictEqual(redacted.name, "PayoutError")
    assert.strictEqual(redacted.message, `declined ${masked}`)
    assert.strictEqual(redacted.summary, `PayoutError: declined ${masked}`)
    assert.deepStrictEqual(redacted.body, { pan: masked })
    assert.instanceOf(redacted.cause, TypeError)
    assert.notInclude(shown(redacted), pan)
    assert.strictEqual(redacted.stack, error.stack?.replace(pan, masked))
    assert.strictEqual(Object.prototype.toString.call(redacted), "[object Error]")
    assert.deepStrictEqual(Object.keys(redacted), Object.keys(error))
  })

  it("are found in aggregate errors and in causes that go in a circle", () => {
    const error = new AggregateError([new Error(pan), pan], `all of ${pan}`)
    error.cause = error
    const redacted = redact(error)
    assert.instanceOf(redacted, AggregateError)
    assert.strictEqual(redacted.cause, redacted)
    assert.strictEqual(redacted.message, `all of ${masked}`)
    assert.strictEqual(redacted.errors[0].message, masked)
    assert.notInclude(inspect(redacted, { depth: Infinity, showHidden: true }), pan)
  })

  it("are the same when there is nothing in them", () => {
    const error = new PayoutError("declined", { amount: 1 }, { cause: new Error("inner") })
    assert.strictEqual(redact(error), error)
  })

  it("keep tag and fields when they are Effect's", () => {
    class Declined extends Data.TaggedError("Declined")<{
      readonly pan: string
      readonly code: string
    }> {}
    const redacted = redact(new Declined({ pan, code: "51" }))
    assert.instanceOf(redacted, Declined)
    assert.strictEqual(redacted._tag, "Declined")
    assert.strictEqual(redacted.pan, masked)
    assert.strictEqual(redacted.code, "51")
    assert.deepStrictEqual(JSON.parse(JSON.stringify(redacted)), {
      _tag: "Declined",
      pan: masked,
      code: "51",
    })
    assert.notInclude(shown(redacted), pan)
  })

  it("whose message is changed after they were made do not cut a number in two", () => {
    const error = new Error(`card ${pan}`)
    error.message = pan.slice(4, 8)
    assert.notInclude(shown(redact(error)), pan)
  })
})

describe("causes", () => {
  const span = { name: `pay ${pan}`, stack: () => "at here", parent: undefined }
  const annotated = (cause: Cause.Cause<unknown>) =>
    cause.pipe(
      Cause.annotate(Context.make(Cause.StackTrace, span)),
      Cause.annotate(Context.make(Cause.InterruptorStackTrace, span)),
    )

  it("keep their reasons, and lose the number from errors, defects and the names of spans", () => {
    const cause = Cause.fromReasons([
      ...annotated(Cause.fail({ _tag: "Declined", pan })).reasons,
      ...annotated(Cause.die(new Error(pan))).reasons,
      ...annotated(Cause.interrupt(7)).reasons,
    ])
    const redacted = redact(cause)
    assert.isTrue(Cause.isCause(redacted))
    const { reasons } = redacted as Cause.Cause<unknown>
    assert.deepStrictEqual(
      reasons.map(({ _tag }) => _tag),
      ["Fail", "Die", "Interrupt"],
    )
    assert.deepStrictEqual(
      reasons.map((r) => r._tag === "Interrupt" && r.fiberId),
      [false, false, 7],
    )
    for (const reason of reasons) {
      assert.strictEqual(
        Context.getOrUndefined(Cause.reasonAnnotations(reason), Cause.StackTrace)?.name,
        `pay ${masked}`,
      )
    }
    const pretty = Cause.pretty(redacted as Cause.Cause<unknown>)
    assert.notInclude(pretty, pan)
    assert.include(pretty, `pay ${masked}`)
    assert.notInclude(shown(redacted), pan)
  })

  it("print as before but for the number", () => {
    const cause = Cause.die(new Error(`bad ${pan}`, { cause: new TypeError(pan) }))
    const redacted = redact(cause) as Cause.Cause<unknown>
    assert.strictEqual(Cause.pretty(redacted), Cause.pretty(cause).replaceAll(pan, masked))
  })

  it("are the same when there is nothing in them", () => {
    const cause = Cause.combine(Cause.fail("declined"), Cause.interrupt(1))
    assert.strictEqual(redact(cause), cause)
  })
})

describe("scan", () => {
  it("gives a JSON Pointer to every finding, without the value", () => {
    const value = {
      "a/b": [{ "c~d": `card ${pan}` }],
      card: new Map([["pan", pan]]),
      error: new Error("outer", { cause: new Error(pan) }),
      senderDetail: { name: "x" },
      pinData: {},
    }
    const findings = scan(value)
    assert.deepStrictEqual(findings, [
      { kind: "pan", path: "/a~1b/0/c~0d", start: 5, end: 21, masked },
      { kind: "pan", path: "/card/pan", start: 0, end: 16, masked },
      { kind: "pan", path: "/error/cause/message", start: 0, end: 16, masked },
      { kind: "name", path: "/senderDetail/name", start: 0, end: 1, masked: "[redacted:name]" },
      { kind: "pin", path: "/pinData", start: 0, end: 0, masked: "[redacted:pin]" },
    ])
    assert.notInclude(JSON.stringify(findings), pan)
  })

  it("does not give away a number that stands in the path", () => {
    assert.notInclude(JSON.stringify(scan({ [pan]: { cvv: "1" } })), pan)
    assert.deepStrictEqual(
      scan({ [pan]: { cvv: "1" } })
        .map(({ kind }) => kind)
        .toSorted(),
      ["cvv", "pan"],
    )
  })
})

describe("options", () => {
  const make = (options: RedactorOptions) => Redactor.make(options).redact

  it("drop: nothing of a number is left", () => {
    assert.deepStrictEqual(
      make({ mode: "drop" })({ pan, iban: "GB33BUKB20201555555555", note: `card ${pan}` }),
      {
        pan: "[redacted:pan]",
        iban: "[redacted:account]",
        note: "card [redacted:pan]",
      },
    )
  })

  it("detectors: personal data may stay, card data may not", () => {
    const redact = make({ detectors: ["password"] })
    assert.deepStrictEqual(
      redact({
        senderName: "Mohammed",
        email: "a@b",
        password: "x",
        pan,
        cvv: "1",
        pin: "1",
        tavv: "1",
        token: "t",
      }),
      {
        senderName: "Mohammed",
        email: "a@b",
        password: "[redacted:password]",
        pan: masked,
        cvv: "[redacted:cvv]",
        pin: "[redacted:pin]",
        tavv: "[redacted:cryptogram]",
        token: "t",
      },
    )
    assert.strictEqual(
      Redactor.make({ detectors: [] }).text("Bearer a1b2c3 x=postgres://a:b@c"),
      "Bearer a1b2c3 x=postgres://a:b@c",
    )
  })

  it("allow: a field that only looks sensitive stays", () => {
    const redact = make({ allow: ["orderId", "senderName"] })
    assert.deepStrictEqual(
      redact({ orderId: pan, order_id: Number(pan), senderName: "Shop", other: pan }),
      {
        orderId: pan,
        order_id: Number(pan),
        senderName: "Shop",
        other: masked,
      },
    )
    assert.strictEqual(
      Redactor.make({ allow: ["orderId"] }).text(`orderId=${pan} ${pan}`),
      `orderId=${pan} ${masked}`,
    )
  })

  it("allow: never applies to fields of card data", () => {
    const redact = make({ allow: ["pan", "cvv", "*", "*cvv2"] })
    assert.deepStrictEqual(redact({ pan, cvv: "1", cardCvv2: "1" }), {
      pan: masked,
      cvv: "[redacted:cvv]",
      cardCvv2: "[redacted:cvv]",
    })
  })

  it("keys: further fields are sensitive, before the built-in ones", () => {
    const redact = make({
      keys: [
        { keys: ["*loyaltyNumber"], kind: "account", action: "mask" },
        { keys: ["senderName"], kind: "identity", action: "drop" },
      ],
    })
    assert.deepStrictEqual(redact({ loyalty_number: "AB1234567", senderName: "x" }), {
      loyalty_number: "*****4567",
      senderName: "[redacted:identity]",
    })
  })

  it("hold for the card kinds of the table", () => {
    assert.deepStrictEqual([...cardKinds], ["pan", "cvv", "pin", "track", "chip", "cryptogram"])
  })
})

describe("layers", () => {
  const withEnv = (env: Record<string, string>, value: unknown) =>
    Redactor.useSync(({ redact }) => redact(value)).pipe(
      Effect.provide(
        Redactor.layerConfig.pipe(
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
        ),
      ),
    )

  it.effect("layer takes the options", () =>
    Effect.gen(function* () {
      const redacted = yield* Redactor.useSync(({ text }) => text(pan)).pipe(
        Effect.provide(Redactor.layer({ mode: "drop" })),
      )
      assert.strictEqual(redacted, "[redacted:pan]")
    }),
  )

  it.effect("layerConfig hides the most when nothing is set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* withEnv({}, { pan, senderName: "x" }), {
        pan: masked,
        senderName: "[redacted:name]",
      })
    }),
  )

  it.effect("layerConfig reads mode, detectors and allowed fields", () =>
    Effect.gen(function* () {
      const env = {
        VISA_DIRECT_REDACTOR_MODE: "drop",
        VISA_DIRECT_REDACTOR_DETECTORS: "email, phone",
        VISA_DIRECT_REDACTOR_ALLOW: "orderId,batchId",
      }
      assert.deepStrictEqual(
        yield* withEnv(env, { pan, orderId: pan, senderName: "x", email: "a@b" }),
        {
          pan: "[redacted:pan]",
          orderId: pan,
          senderName: "x",
          email: "[redacted:email]",
        },
      )
    }),
  )

  it.effect("layerConfig fails on a detector that does not exist or cannot be chosen", () =>
    Effect.gen(function* () {
      for (const [name, value] of [
        ["VISA_DIRECT_REDACTOR_DETECTORS", "pan"],
        ["VISA_DIRECT_REDACTOR_MODE", "off"],
      ] as const) {
        const error = yield* withEnv({ [name]: value }, pan).pipe(Effect.asVoid, Effect.flip)
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, name)
      }
    }),
  )
})
