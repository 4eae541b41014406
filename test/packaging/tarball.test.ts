import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { capture, root } from "../../scripts/run.ts"

interface Manifest {
  readonly name: string
  readonly engines?: { readonly node?: string }
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | null>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const published = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .map((folder) => ({ folder, ...readManifest(folder) }))
  .filter((manifest) => manifest.private !== true)

const succeed = async (
  command: string,
  args: ReadonlyArray<string>,
  cwd?: string,
): Promise<string> => {
  const { code, output } = await capture(command, args, cwd)
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}\n${output}`)
  return output
}

/** The pnpm that runs these tests, where one does. */
const pnpm = (args: ReadonlyArray<string>, cwd: string): Promise<string> => {
  const running = process.env["npm_execpath"] ?? ""
  return running.includes("pnpm")
    ? succeed(running, args, cwd)
    : succeed("npx", ["--yes", "pnpm@12", ...args], cwd)
}

/** A project of a user: outside of the workspace, with nothing but the tarballs in it. */
let project: string

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "tarballs-"))
  await succeed("node", ["scripts/build.ts"])
  for (const { name, folder } of published) {
    await pnpm(["pack", "--out", join(project, `${name}.tgz`)], folder)
  }

  const tarballs = published.map(({ name }) => [name, `file:./${name}.tgz`])
  // What the packages declare comes from the workspace, so that no registry is asked: what they do
  // not declare is not there.
  const overrides = published.flatMap(({ folder, dependencies, peerDependencies }) =>
    Object.keys({ ...dependencies, ...peerDependencies }).map((name) => [
      name,
      `link:${realpathSync(join(folder, "node_modules", name))}`,
    ]),
  )
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      // With the optional peers: every public path is imported below.
      dependencies: {
        ...Object.assign({}, ...published.map(({ peerDependencies }) => peerDependencies)),
        ...Object.fromEntries(tarballs),
      },
    }),
  )
  writeFileSync(
    join(project, "pnpm-workspace.yaml"),
    JSON.stringify({ overrides: Object.fromEntries([...overrides, ...tarballs]) }),
  )
  await pnpm(["install", "--offline", "--ignore-scripts"], project)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

/** Everything that can be imported from an installed package. */
const specifiers = (name: string): ReadonlyArray<string> => {
  const folder = join(project, "node_modules", name)
  const { exports } = readManifest(folder)
  const closed = (subpath: string) =>
    Object.entries(exports).some(
      ([key, target]) => target === null && subpath.startsWith(key.replace("*", "")),
    )
  return Object.entries(exports).flatMap(([key, target]) => {
    if (target === null || key === "./package.json") return []
    if (!key.includes("*")) return [join(name, key)]
    const [before = "", after = ""] = target.split("*")
    return globSync(target.replace("*", "**/*"), { cwd: folder })
      .map((file) => `./${file}`.slice(before.length).slice(0, -after.length))
      .map((match) => key.replace("*", match))
      .filter((subpath) => !closed(subpath))
      .map((subpath) => join(name, subpath))
  })
}

const runScript = (code: string): Promise<string> => {
  const file = join(project, "program.js")
  writeFileSync(file, code)
  return succeed("node", [file], project)
}

const importAndCount = (names: ReadonlyArray<string>) => `
  const counts = {}
  for (const name of ${JSON.stringify(names)}) {
    counts[name] = Object.keys(await import(name)).length
  }
  console.log(JSON.stringify(counts))
`

describe.each(published)("$name", ({ exports, name, folder }) => {
  // A package of commands alone has nothing to import.
  const main = Object.hasOwn(exports, ".") ? [name] : []

  it("contains what it needs and nothing else", () => {
    const files = globSync("**/*", {
      cwd: join(project, "node_modules", name),
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map(
        (entry) => join(entry.parentPath, entry.name).split(`/node_modules/${name}/`).at(-1) ?? "",
      )
    const foreign = files.filter(
      (file) =>
        !/^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(file) &&
        !/^src\/[\w/]+\.ts$/.test(file) &&
        !/^generated\/\w+\.(json|yaml)$/.test(file) &&
        !/^dist\/[\w/]+(\.js|\.js\.map|\.d\.ts|\.d\.ts\.map)$/.test(file),
    )
    expect(foreign).toStrictEqual([])
    expect(files).toContain("LICENSE")
    const sources = globSync("**/*.ts", { cwd: join(folder, "src") }).map((file) => `src/${file}`)
    expect(files.filter((file) => file.startsWith("src/")).toSorted()).toStrictEqual(
      sources.toSorted(),
    )
    const emitted = sources.flatMap((file) =>
      [".js", ".d.ts"].map((ending) => `dist/${file.slice("src/".length, -".ts".length)}${ending}`),
    )
    expect(files).toStrictEqual(expect.arrayContaining(emitted))
  })

  it("can be imported from JavaScript by every public path", async () => {
    const counts: Readonly<Record<string, number>> = JSON.parse(
      await runScript(importAndCount(specifiers(name))),
    )
    expect(Object.keys(counts)).toStrictEqual(specifiers(name))
    expect(main.filter((specifier) => counts[specifier] === 0)).toStrictEqual([])
  })

  it("keeps its internals to itself", async () => {
    const internals = globSync("dist/**/internal/**/*.js", {
      cwd: join(project, "node_modules", name),
    }).map((file) => `${name}/${file.slice("dist/".length, -".js".length)}`)
    const program = `
      const codes = new Set()
      for (const name of ${JSON.stringify([...internals, `${name}/internal/x`])}) {
        codes.add(await import(name).then(() => name, (error) => error.code))
      }
      console.log([...codes].join())
    `
    expect(await runScript(program)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED")
  })

  it("type-checks in a strict project that checks libraries, too", async () => {
    const imports = specifiers(name).map(
      (specifier, index) => `export * as module${index} from ${JSON.stringify(specifier)}`,
    )
    mkdirSync(join(project, "types"), { recursive: true })
    writeFileSync(join(project, "types", "program.ts"), imports.join("\n"))
    writeFileSync(
      join(project, "types", "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "ES2024",
          // Effect's own declarations name types of the DOM.
          lib: ["ES2024", "DOM"],
          module: "NodeNext",
          types: ["node"],
          typeRoots: [join(root, "node_modules", "@types")],
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
        },
        files: ["program.ts"],
      }),
    )
    expect(await succeed("tsc", ["-p", join(project, "types"), "--pretty", "false"])).toBe("")
  })
})

describe.each(published.filter(({ bin }) => bin !== undefined))("$name", ({ name }) => {
  it("installs its commands", () => {
    const { bin = {} } = readManifest(join(project, "node_modules", name))
    for (const [command, file] of Object.entries(bin)) {
      expect(file).toMatch(/^(\.\/)?dist\//)
      expect(readFileSync(join(project, "node_modules", name, file), "utf8")).toMatch(
        /^#!\/usr\/bin\/env node\n/,
      )
      expect(readdirSync(join(project, "node_modules", ".bin"))).toContain(command)
    }
  })
})

/** A push against the simulator, both from their tarballs. */
const onePush = `
  import { Effect, Layer, Redacted } from "effect"
  import {
    AcquiringBin, Country, FundsTransfer, Money, Pan, TransactionIdentity, VisaDirect
  } from "effect-visa-direct"
  import { Simulator } from "effect-visa-direct-simulator"

  const push = Effect.gen(function* () {
    const acquiringBin = yield* AcquiringBin.make("408999")
    const identities = yield* TransactionIdentity
    const us = yield* Country.of("US")
    return yield* FundsTransfer.push({
      ...(yield* identities.next({ acquiringBin, terminalId: "TID-9999" })),
      amount: yield* Money.of("124.05", "USD"),
      acquiringBin,
      acquirerCountryCode: us,
      businessApplicationId: "AA",
      merchantCategoryCode: 6012,
      cardAcceptor: {
        name: "Visa Inc. USA-Foster City",
        idCode: "CA-IDCode-77765",
        terminalId: "TID-9999",
        address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" }
      },
      recipientPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
      senderAccountNumber: Redacted.make("4060320000000126"),
      senderName: "Mohammed Qasim",
      senderAddress: "901 Metro Center Blvd",
      senderCity: "Foster City",
      senderStateCode: "CA",
      senderCountryCode: us,
      sourceOfFundsCode: "05"
    })
  })
  const sdk = Layer.unwrap(Effect.map(Simulator, ({ credentials, url }) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: url,
      credentials: {
        tls: {
          certificate: credentials.tls.certificateChain,
          privateKey: Redacted.make(credentials.tls.key),
          extraRoots: credentials.tls.serverRoot
        },
        basic: { userId: credentials.userId, password: Redacted.make(credentials.password) },
        mle: {
          keyId: credentials.mle.keyId,
          serverCertificate: credentials.mle.serverCertificate,
          privateKey: Redacted.make(credentials.mle.clientPrivateKey)
        }
      }
    })
  ))
  const program = push.pipe(Effect.provide(sdk.pipe(Layer.provide(Simulator.layer()))))
  const { actionCode } = await Effect.runPromise(program)
  console.log(process.version, "action code", actionCode)
`

describe("on the oldest Node that the packages declare", () => {
  const [declared = ""] = new Set(published.map(({ engines }) => engines?.node ?? ""))

  it("they declare the same", () => {
    expect(declared).toMatch(/^>=\d+\.\d+$/)
    for (const { engines } of published) expect(engines?.node).toBe(declared)
  })

  it("a push is approved", async ({ skip }) => {
    const version = `${declared.slice(">=".length)}.0`
    const node = (args: ReadonlyArray<string>) =>
      capture("npx", ["--yes", `--package=node@${version}`, "--", "node", ...args], project)
    const found = await node(["--version"])
    if (found.output !== `v${version}`) {
      const why = `Node ${version} could not be had from npm, so that nothing was tried on it: ${found.output}`
      process.stderr.write(`\nSKIPPED: ${why}\n`)
      skip(why)
    }
    const file = join(project, "push.js")
    writeFileSync(file, onePush)
    const { code, output } = await node([file])
    expect(output).toContain(`v${version} action code 00`)
    expect(code).toBe(0)
  })
})
