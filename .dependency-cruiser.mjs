// The import rules of the house (CONTRIBUTING.md, "Floors"). test/tooling/floors.test.ts seeds a
// violation of each of them.

/**
 * The floors of packages/sdk/src, lowest first. A module may import from its own floor and from
 * those below. What no pattern names is vocabulary: floor 0. `internal/` is on no floor: it is
 * checked by what it reaches.
 */
const sdk = "^packages/sdk/src/"
const floors = [
  { name: "vocabulary", path: `${sdk}(?!internal/|api/|payouts/)` },
  { name: "credentials and keys", path: `${sdk}(CertificateStore|Mle|Jwks)\\.ts$` },
  { name: "one request", path: `${sdk}(Transport|Operation|RetryPolicy)\\.ts$` },
  { name: "Visa's APIs", path: `${sdk}api/` },
  { name: "payouts", path: `${sdk}payouts/` },
  { name: "composition roots", path: `${sdk}(VisaDirect|VisaDirectTest|index)\\.ts$` },
]

const above = (floor) => floors.slice(floor + 1).map(({ path }) => path)

const floorRules = floors.slice(0, -1).flatMap(({ name, path }, floor) => {
  const from = { path, pathNot: above(floor) }
  return [
    {
      name: `floor-${floor}`,
      severity: "error",
      comment: `Floor ${floor} (${name}) imports from its own floor and from those below, never from above.`,
      from,
      to: { path: above(floor) },
    },
    {
      name: `floor-${floor}-through-internal`,
      severity: "error",
      comment: `Floor ${floor} (${name}) reaches a floor above it by way of internal/.`,
      from,
      to: { path: above(floor), reachable: true },
    },
  ]
})

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...floorRules,
    {
      name: "no-circles",
      severity: "error",
      comment: "Modules that import each other cannot be read, tested or loaded one at a time.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-barrels-inside",
      severity: "error",
      comment: "Inside a package, import the module that has the thing, not index.ts.",
      from: { path: "^packages/([^/]+)/src/" },
      to: { path: "^packages/$1/src/.*\\bindex\\.ts$" },
    },
    {
      name: "internal-stays-in-its-package",
      severity: "error",
      comment: "internal/ belongs to its package: no other package may import it.",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/[^/]+/(src|dist)/.*\\binternal/", pathNot: "^packages/$1/" },
    },
    {
      name: "internal-stays-in-packages",
      severity: "error",
      comment: "internal/ belongs to its package: nothing outside of the packages may import it.",
      from: { pathNot: "^packages/" },
      to: { path: "^packages/[^/]+/(src|dist)/.*\\binternal/" },
    },
    {
      name: "simulator-knows-no-sdk",
      severity: "error",
      comment:
        "The simulator is a second opinion on Visa's wire format: it must not share the SDK's.",
      from: { path: "^packages/simulator/" },
      to: { path: "^packages/sdk/" },
    },
    {
      name: "sdk-knows-no-simulator",
      severity: "error",
      comment: "Only the SDK's tests may use the simulator; its sources may not.",
      from: { path: "^packages/sdk/src/" },
      to: { path: "^packages/simulator/" },
    },
    {
      name: "sources-know-no-tests",
      severity: "error",
      comment: "Sources are published, tests are not.",
      from: { path: "^packages/[^/]+/src/" },
      to: { path: "^(test|examples|bench|scripts)/|^packages/[^/]+/test/" },
    },
    {
      name: "no-relative-way-out",
      severity: "error",
      comment: "Another package is imported by its name, not by a path.",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^packages/",
        pathNot: "^packages/$1/",
        dependencyTypes: ["local"],
        dependencyTypesNot: ["npm", "npm-dev", "npm-peer"],
      },
    },
    {
      name: "sources-need-declared-dependencies",
      severity: "error",
      comment:
        "What a published source imports is in its package's dependencies or peerDependencies.",
      from: { path: "^packages/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm", "npm-peer"],
      },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "The import leads nowhere.",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // `import type` counts: a type from above is knowledge from above.
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages/[^/]+/dist|\\.doc-examples)/" },
    enhancedResolveOptions: {
      conditionNames: ["types", "import", "node", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json", ".d.ts"],
    },
    skipAnalysisNotInRules: true,
  },
}
