import { spawn } from "node:child_process"
import { delimiter, join } from "node:path"

export const root = join(import.meta.dirname, "..")

/** The workspace's tools come first on PATH, and with them its Node, whoever started this one. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
}

/** Runs a command of the workspace in its root and lets it write to this terminal. */
export const run = (command: string, args: ReadonlyArray<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    spawn(command, args, { cwd: root, env, stdio: "inherit" })
      .on("error", reject)
      .on("close", (code) => resolve(code ?? 1))
  })

/** Runs a command of the workspace and keeps what it writes, in the order written. */
export const capture = (
  command: string,
  args: ReadonlyArray<string>,
  cwd = root,
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    const chunks: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk))
    child
      .on("error", reject)
      .on("close", (code) =>
        resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString().trim() }),
      )
  })
