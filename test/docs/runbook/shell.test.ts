import { tmpdir } from "node:os"
import { describe, expect, it } from "vitest"
import { commandsOf, complaint, runSession, sessionsOf, unseen } from "./shell.ts"

const page = (...lines: ReadonlyArray<string>) => sessionsOf("page.md", lines.join("\n"))

const complaints = async (...lines: ReadonlyArray<string>) => {
  const [session] = page(...lines)
  if (session === undefined) throw new Error("No session")
  const ran = await runSession(session, { cwd: tmpdir(), env: process.env })
  return session.steps.map((step, at) => {
    const outcome = ran[at]
    return outcome && complaint("page.md", step, outcome)
  })
}

describe("finding commands", () => {
  it("takes the sh blocks under each heading, with what one sees", () => {
    expect(
      page(
        "# One",
        "1. Do it:",
        "",
        "   ```sh",
        "   echo hello",
        "   ```",
        "",
        "   ```text",
        "   hello",
        "   ```",
        "## Two",
        "```sh exit 1",
        "false",
        "```",
      ),
    ).toStrictEqual([
      { title: "One", steps: [{ line: 5, code: "echo hello", exit: 0, sees: ["hello"] }] },
      { title: "Two", steps: [{ line: 13, code: "false", exit: 1, sees: [] }] },
    ])
  })

  it("refuses what nobody would check", () => {
    expect(() => page("# One", "```text", "hello", "```")).toThrow(
      "page.md:2: what is it that one sees?",
    )
    expect(() => page("```sh", "true", "```", "Later:", "```text", "hello", "```")).toThrow(
      "page.md:5: what is it that one sees?",
    )
    expect(() => page("```bash", "true", "```")).toThrow(
      'page.md:1: nobody checks blocks of "bash"',
    )
    expect(() => page("```sh no-run", "true", "```")).toThrow('page.md:1: unknown mark "no-run"')
    expect(() => page("```sh", "true")).toThrow("page.md:1: unclosed block")
  })

  it("counts commands and not lines", () => {
    const [session] = page("```sh", "# A comment", "(", "curl \\", "  --head |", "  wc", ")", "```")
    expect(session?.steps.map(commandsOf)).toStrictEqual([["curl --head | wc"]])
  })
})

describe("comparing", () => {
  it("lets … stand for anything in a line, and other lines come between", () => {
    const output = "a table\nINVOICE-77   push  12m\nthe end.\n"
    expect(unseen(["INVOICE-77  push  …", "", "the …."], output)).toBeUndefined()
  })

  it("names the first line that is not there, in its place", () => {
    expect(unseen(["two", "one"], "one\ntwo\n")).toBe("one")
    expect(unseen(["one"], "one more")).toBe("one")
    expect(unseen(["1.5"], "125")).toBe("1.5")
  })
})

describe("running", () => {
  it("shares a shell between the blocks of a heading", async () => {
    const found = await complaints(
      "```sh",
      "NAME=night",
      "```",
      "```sh",
      'echo "good $NAME"',
      "```",
      "```text",
      "good night",
      "```",
    )
    expect(found).toStrictEqual([undefined, undefined])
  })

  it("complains of a command that fails, also in the middle of a block and of a pipe", async () => {
    const [middle, pipe] = await complaints(
      "```sh",
      "false",
      "true",
      "```",
      "```sh",
      "false | cat",
      "true",
      "```",
    )
    expect(middle).toContain("page.md:2: exit 1 of: false")
    expect(pipe).toContain("page.md:6: exit 1 of")
  })

  it("complains of another exit code than the one promised", async () => {
    const [wrong, right] = await complaints(
      "```sh exit 2",
      "true",
      "```",
      "```sh exit 1",
      "false",
      "```",
    )
    expect(wrong).toContain("page.md:2: exit 0 in place of 2")
    expect(right).toBeUndefined()
  })

  it("complains of a variable that is not set, and of what nobody sees", async () => {
    const [unset] = await complaints("```sh", 'echo "$NOBODY_SET_THIS"', "```")
    expect(unset).toContain("page.md:2: the shell ended before this block did")
    const [other] = await complaints("```sh", "echo hello", "```", "```text", "goodbye", "```")
    expect(other).toContain('page.md:2: nobody sees "goodbye"')
  })
})
