/** Memory and sockets over ten thousand pushes. The numbers are printed. */
import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

it(
  "ten thousand pushes leave the heap flat, no fiber, no socket, and a process that ends",
  { timeout: 240_000 },
  async () => {
    const script = fileURLToPath(new URL("support/soak.ts", import.meta.url))
    // That the child ends by itself says that nothing is left running: no fiber, timer or socket.
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script])
    const measured = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
    const grown = (measured.at10000 - measured.at2000) / 1_048_576
    process.stderr.write(
      `soak: heap ${grown.toFixed(2)} MB larger after 10,000 pushes than after 2,000\n`,
    )
    assert.strictEqual(measured.payments, 10_000)
    assert.isBelow(grown, 5)
    assert.isAbove(measured.fibersAt2000, 0)
    assert.strictEqual(measured.fibersAt10000, measured.fibersAt2000)
    assert.isAtMost(measured.connections, measured.concurrency)
    assert.strictEqual(measured.socketsLeft, 0)
  },
)
