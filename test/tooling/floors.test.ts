import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { capture, root } from "../../scripts/run.ts"

type Files = Readonly<Record<string, string>>

/** A small house in which nothing is wrong. */
const house: Files = {
  "package.json": `{ "devDependencies": { "effect-visa-direct": "workspace:*" } }`,
  "examples/demo/main.ts": `import { VisaDirect } from "effect-visa-direct"; export { VisaDirect }`,
  "packages/sdk/package.json": `{
    "name": "effect-visa-direct",
    "type": "module",
    "exports": { ".": "./src/index.ts", "./*": "./src/*.ts" },
    "peerDependencies": { "effect": "~4.1.0" },
    "devDependencies": { "effect": "4.1.0", "vitest": "5.1.1" }
  }`,
  "packages/sdk/src/index.ts": `export * as VisaDirect from "./VisaDirect.ts"`,
  "packages/sdk/src/VisaDirect.ts": `import "./payouts/Payout.ts"`,
  "packages/sdk/src/VisaDirectTest.ts": `import "./VisaDirect.ts"`,
  "packages/sdk/src/payouts/Payout.ts": `import "../api/FundsTransfer.ts"`,
  "packages/sdk/src/api/FundsTransfer.ts": `import "../Operation.ts"; import "./Reports.ts"`,
  "packages/sdk/src/api/Reports.ts": `import "../internal/wire.ts"`,
  "packages/sdk/src/Operation.ts": `import type { Generation } from "./CertificateStore.ts"; export type G = Generation`,
  "packages/sdk/src/CertificateStore.ts": `import "./Money.ts"; export type Generation = string`,
  "packages/sdk/src/Money.ts": `import { Effect } from "effect"; import "./internal/wire.ts"; export { Effect }`,
  "packages/sdk/src/internal/wire.ts": `import "node:crypto"`,
  "packages/sdk/test/arbitraries.ts": `import "vitest"; import "../src/internal/wire.ts"; import "effect-visa-direct-simulator"`,
  "packages/simulator/package.json": `{
    "name": "effect-visa-direct-simulator",
    "type": "module",
    "exports": { ".": "./src/index.ts" }
  }`,
  "packages/simulator/src/index.ts": `export { ledger } from "./Ledger.ts"`,
  "packages/simulator/src/Ledger.ts": `export const ledger = 1`,
}

interface Violation {
  readonly sentence: string
  readonly rule: string
  readonly file: string
  readonly text: string
}

const src = "packages/sdk/src"

/** One violation of each rule, each in a file of its own. */
const violations: ReadonlyArray<Violation> = [
  {
    sentence: "vocabulary imports credentials",
    rule: "floor-0",
    file: `${src}/Pan.ts`,
    text: `import "./CertificateStore.ts"`,
  },
  {
    sentence: "vocabulary imports a type of the composition root",
    rule: "floor-0",
    file: `${src}/Country.ts`,
    text: `import type * as Root from "./VisaDirect.ts"; export type R = Root.R`,
  },
  {
    sentence: "credentials import one request",
    rule: "floor-1",
    file: `${src}/Mle.ts`,
    text: `import "./Operation.ts"`,
  },
  {
    sentence: "one request imports an API",
    rule: "floor-2",
    file: `${src}/RetryPolicy.ts`,
    text: `import "./api/Reports.ts"`,
  },
  {
    sentence: "an API imports payouts",
    rule: "floor-3",
    file: `${src}/api/WatchList.ts`,
    text: `import "../payouts/Payout.ts"`,
  },
  {
    sentence: "payouts import the composition root",
    rule: "floor-4",
    file: `${src}/payouts/Policy.ts`,
    text: `import "../VisaDirectTest.ts"`,
  },
  {
    sentence: "one request reaches an API by way of internal/",
    rule: "floor-2-through-internal",
    file: `${src}/Transport.ts`,
    text: `import "./internal/upward.ts"`,
  },
  {
    sentence: "a module imports itself by way of another",
    rule: "no-circles",
    file: `${src}/api/Arc.ts`,
    text: `import type { Circle } from "./Circle.ts"; export type Arc = Circle`,
  },
  {
    sentence: "a module imports the barrel of its package",
    rule: "no-barrels-inside",
    file: "packages/simulator/src/Script.ts",
    text: `import "./index.ts"`,
  },
  {
    sentence: "another package imports internal/",
    rule: "internal-stays-in-its-package",
    file: "packages/cli/src/inside.ts",
    text: `import "../../sdk/src/internal/wire.ts"`,
  },
  {
    sentence: "an example imports internal/",
    rule: "internal-stays-in-packages",
    file: "examples/inside/main.ts",
    text: `import "../../packages/sdk/src/internal/wire.ts"`,
  },
  {
    sentence: "the simulator imports the SDK",
    rule: "simulator-knows-no-sdk",
    file: "packages/simulator/src/Client.ts",
    text: `import "effect-visa-direct"`,
  },
  {
    sentence: "the SDK imports the simulator",
    rule: "sdk-knows-no-simulator",
    file: `${src}/Correlation.ts`,
    text: `import "effect-visa-direct-simulator"`,
  },
  {
    sentence: "a source imports a test",
    rule: "sources-know-no-tests",
    file: `${src}/Currency.ts`,
    text: `import "../test/arbitraries.ts"`,
  },
  {
    sentence: "a package takes a path into another",
    rule: "no-relative-way-out",
    file: "packages/cli/src/path.ts",
    text: `import "../../sdk/src/Money.ts"`,
  },
  {
    sentence: "a source imports a type of a development dependency",
    rule: "sources-need-declared-dependencies",
    file: `${src}/Redactor.ts`,
    text: `import type { Mock } from "vitest"; export type M = Mock`,
  },
  {
    sentence: "an import leads nowhere",
    rule: "resolvable",
    file: `${src}/Telemetry.ts`,
    text: `import "./Monye.ts"`,
  },
]

const accomplices: Files = {
  [`${src}/api/Circle.ts`]: `import type { Arc } from "./Arc.ts"; export type Circle = Arc`,
  [`${src}/internal/upward.ts`]: `import "../api/Reports.ts"`,
}

/** The violations found in a copy of the files, each as `rule: file`. */
const cruise = async (files: Files): Promise<ReadonlyArray<string>> => {
  const copy = mkdtempSync(join(tmpdir(), "floors-"))
  const link = (to: string, from: string): void => {
    mkdirSync(dirname(join(copy, from)), { recursive: true })
    symlinkSync(to, join(copy, from))
  }
  try {
    cpSync(join(root, ".dependency-cruiser.mjs"), join(copy, ".dependency-cruiser.mjs"))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      writeFileSync(join(copy, file), text)
    }
    link(join(copy, "packages/sdk"), "node_modules/effect-visa-direct")
    link(join(copy, "packages/simulator"), "node_modules/effect-visa-direct-simulator")
    for (const name of ["effect", "vitest"]) {
      link(join(root, "node_modules", name), `packages/sdk/node_modules/${name}`)
    }
    const args = ["--output-type", "json", "packages", "examples"]
    const { output } = await capture("depcruise", args, copy)
    const result: {
      readonly summary: {
        readonly violations: ReadonlyArray<{
          readonly from: string
          readonly rule: { readonly name: string }
        }>
      }
    } = JSON.parse(output)
    return result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

it("nothing is wrong with a house that keeps the rules", async () => {
  expect(await cruise(house)).toStrictEqual([])
})

describe("refused:", () => {
  let found: ReadonlyArray<string>

  beforeAll(async () => {
    const seeded = violations.map(({ file, text }) => [file, text])
    found = await cruise({ ...house, ...accomplices, ...Object.fromEntries(seeded) })
  })

  it.each(violations)("$sentence", ({ rule, file }) => {
    expect(found).toContain(`${rule}: ${file}`)
  })
})
