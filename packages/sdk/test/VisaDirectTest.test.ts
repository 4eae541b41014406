import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"

const visaThatKnows = (transactionIdentifier: string) =>
  VisaDirectTest.layerWith(() => ({
    status: 200,
    body: [{ statusCode: "COMPLETED", actionCode: "00", transactionIdentifier }],
  }))

const find = Effect.map(
  TransactionQuery.find({ acquiringBin: "408999", transactionIdentifier: "234234322342343" }),
  ([record]) => record?.transactionIdentifier,
)

it.effect("a second set of services inside of the first has a transport of its own", () =>
  Effect.gen(function* () {
    const inner = yield* Effect.provide(find, visaThatKnows("222222222222222"))
    assert.strictEqual(inner, "222222222222222")
    assert.strictEqual(yield* find, "111111111111111")
  }).pipe(Effect.provide(visaThatKnows("111111111111111"))),
)
