import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Console, Deferred, Effect, Fiber, FileSystem, Path, Sink, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"
import { scan } from "../src/Scan.ts"
import { run } from "./support/cli.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** The command in this process: a process of its own takes a while to start. */
const runHere = Effect.fnUntraced(function* (args: ReadonlyArray<string>, stdin: string) {
  const out: Array<string> = []
  const stdio = Stdio.layerTest({
    stdin: bytes(stdin),
    stdout: () =>
      Sink.forEach((text) =>
        Effect.sync(() => {
          out.push(String(text))
        }),
      ),
  })
  const code = yield* Command.runWith(scan, { version: "0" })(args).pipe(
    Effect.as(0),
    Effect.catchTag("ExitWith", ({ code }) => Effect.succeed(code)),
    Effect.provideService(Console.Console, { ...globalThis.console, error: () => undefined }),
    Effect.provide(stdio),
  )
  return { code, stdout: out.join("") }
})

const bytes = (text: string) => Stream.succeed(new TextEncoder().encode(text))

layer(NodeServices.layer, { excludeTestServices: true })("visa-direct scan", (it) => {
  /** A directory with files of the given contents. */
  const files = Effect.fnUntraced(function* (
    contents: Readonly<Record<string, string | Uint8Array>>,
  ) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fs.makeTempDirectoryScoped()
    for (const [name, content] of Object.entries(contents)) {
      const data = typeof content === "string" ? new TextEncoder().encode(content) : content
      yield* fs.writeFile(path.join(directory, name), data)
    }
    return (name: string) => path.join(directory, name)
  })

  it.effect("prints file, line, column, kind and what may be shown, and ends with 1", () =>
    Effect.gen(function* () {
      const file = yield* files({ "a.log": `x\ncard ${pan} of j@example.com\n`, "b.log": "clean" })
      const [a, b] = [file("a.log"), file("b.log")]
      const { code, stderr, stdout } = yield* run(["scan", a, b])
      assert.deepStrictEqual(stdout.split("\n"), [
        `${a}:2:6: pan ${masked}`,
        `${a}:2:26: email [redacted:email]`,
        "",
      ])
      assert.include(stderr, "2 findings (1 pan, 1 email) in 2 files")
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )

  it.effect("reads a pipe, and ends with 0 when there is nothing", () =>
    Effect.gen(function* () {
      const clean = yield* run(["scan", "-"], bytes("stan 451018 accepted\n"))
      assert.deepStrictEqual([clean.code, clean.stdout], [0, ""])
      const leaky = yield* run(["scan", "-"], bytes(`to ${pan}`))
      assert.deepStrictEqual([leaky.code, leaky.stdout], [1, `-:1:4: pan ${masked}\n`])
    }),
  )

  it.effect("prints one line of JSON for each finding", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run(
        ["scan", "--json", "-"],
        bytes(`to ${pan}\n${masked}\n`),
      )
      assert.deepStrictEqual(
        stdout
          .trim()
          .split("\n")
          .map((line): unknown => JSON.parse(line)),
        [
          { file: "-", line: 1, column: 4, kind: "pan", masked },
          { file: "-", line: 2, column: 1, kind: "masked", masked },
        ],
      )
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 1)
    }),
  )

  it.effect("ends with 2 when a file cannot be read, after it has looked into the others", () =>
    Effect.gen(function* () {
      const file = yield* files({ "a.log": pan })
      const { code, stderr, stdout } = yield* run(["scan", file("none.log"), file("a.log")])
      assert.include(stdout, masked)
      assert.include(stderr, "none.log: cannot be read")
      assert.strictEqual(code, 2)
    }).pipe(Effect.scoped),
  )

  it.effect("fails only on the kinds that it is told to, and not on what it is told to allow", () =>
    Effect.gen(function* () {
      const text = `to ${pan} of j@example.com, orderId=4000056655665556`
      const codeOf = (...args: ReadonlyArray<string>) =>
        Effect.map(runHere([...args, "-"], text), ({ code }) => code)
      assert.strictEqual(yield* codeOf("--fail-on", "cvv,pin"), 0)
      assert.strictEqual(yield* codeOf("--fail-on", "cvv", "--fail-on", "email"), 1)
      assert.strictEqual(yield* codeOf("--fail-on", "any"), 1)
      assert.strictEqual(yield* codeOf("--fail-on", "none"), 0)
      assert.strictEqual(yield* codeOf("--fail-on", "bogus"), 2)
      const allowing = yield* runHere(["--allow", `orderId,${pan}`, "-"], text)
      assert.match(allowing.stdout, /^-:1:\d+: email \[redacted:email\]\n$/)
      assert.deepStrictEqual(yield* runHere(["-"], masked), {
        code: 0,
        stdout: `-:1:1: masked ${masked}\n`,
      })
      assert.strictEqual((yield* runHere(["--fail-on", "masked", "-"], masked)).code, 1)
    }),
  )

  it.effect("takes binary files and UTF-16, and lets nothing in them steer the terminal", () =>
    Effect.gen(function* () {
      const file = yield* files({
        "binary\u001b[2J.bin": new Uint8Array([
          0,
          255,
          254,
          ...Buffer.from(`${pan}\u001b[31m\0cvv=1`),
          128,
        ]),
        "utf16.txt": Buffer.from(`\ufeffcard ${pan}`, "utf16le"),
      })
      const { stdout } = yield* run(["scan", file("binary\u001b[2J.bin"), file("utf16.txt")])
      assert.strictEqual(stdout.split(masked).length - 1, 2)
      assert.include(stdout, "utf16.txt:1:6: pan")
      assert.notMatch(stdout, /[\p{Cc}--\n]/v)
    }).pipe(Effect.scoped),
  )

  it.effect("gives away no card number, not even one that is the name of a file", () =>
    Effect.gen(function* () {
      const file = yield* files({ [`${pan}.log`]: `${pan} ${Buffer.from(pan).toString("base64")}` })
      const { stderr, stdout } = yield* run(["scan", file(`${pan}.log`), file(`${pan}.txt`)])
      assert.notInclude(stdout + stderr, pan)
      assert.include(stdout, `${masked}.log:1:1: pan`)
    }).pipe(Effect.scoped),
  )

  it.effect(
    "needs no more memory for a line of 120 MB",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const size = 120_000_000
        const path = (yield* files({ "big.bin": "" }))("big.bin")
        yield* fs.truncate(path, size)
        yield* fs.writeFileString(path, pan, { flag: "a" })
        // The line alone would not fit.
        const child = yield* ChildProcess.make(process.execPath, [
          "--max-old-space-size=112",
          entry,
          "scan",
          path,
        ])
        const stdout = yield* Stream.mkString(Stream.decodeText(child.stdout))
        assert.strictEqual(stdout, `${path}:1:${size + 1}: pan ${masked}\n`)
        assert.strictEqual(Number(yield* child.exitCode), 1)
      }).pipe(Effect.scoped),
    60_000,
  )

  it.effect("ends quietly when nobody reads on", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = yield* files({ "a.log": `card ${pan}\n`.repeat(100_000), code: "", stderr: "" })
      const child = yield* ChildProcess.make("sh", [
        "-c",
        `{ "$0" "$1" scan "$2" 2>"$3"; echo $? >"$4"; } | head -n 1`,
        process.execPath,
        entry,
        file("a.log"),
        file("stderr"),
        file("code"),
      ])
      const stdout = yield* Stream.mkString(Stream.decodeText(child.stdout))
      yield* child.exitCode
      assert.strictEqual(stdout, `${file("a.log")}:1:6: pan ${masked}\n`)
      assert.notInclude(yield* fs.readFileString(file("stderr")), "EPIPE")
      assert.strictEqual(yield* fs.readFileString(file("code")), "1\n")
    }).pipe(Effect.scoped),
  )

  it.effect("ends with 130 when it is stopped, without a word", () =>
    Effect.gen(function* () {
      const child = yield* ChildProcess.make(process.execPath, [entry, "scan", "-"], {
        stdin: Stream.concat(bytes(`card ${pan}\n`.repeat(30_000)), Stream.never),
      })
      const underWay = yield* Deferred.make<void>()
      const stderr = yield* Effect.forkChild(Stream.mkString(Stream.decodeText(child.stderr)))
      yield* Effect.forkChild(
        child.stdout.pipe(
          Stream.tap(() => Deferred.succeed(underWay, undefined)),
          Stream.runDrain,
        ),
      )
      yield* Deferred.await(underWay)
      process.kill(child.pid, "SIGINT")
      assert.strictEqual(Number(yield* child.exitCode), 130)
      assert.strictEqual(yield* Fiber.join(stderr), "")
    }).pipe(Effect.scoped),
  )
})
