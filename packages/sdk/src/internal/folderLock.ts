/**
 * One process per folder. The lock is one of the operating system, on a file in the folder, so it ends
 * with the process however that ends, and holds between containers that share the folder. SQLite is
 * the way to such a lock that Node has on every platform; nothing is stored in it.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { VisaError } from "../VisaError.ts"

const inUse = (folder: string) => (): VisaError =>
  VisaError.of("OptionInvalid", {
    field: "folder",
    detail: `Another process uses the database in ${folder}, or it cannot be locked there: give each process a folder of its own, or use a server`,
  })

/** Holds the lock until the scope closes. Fails with `OptionInvalid` while another process holds it. */
export const lockFolder = (folder: string): Effect.Effect<void, VisaError, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          // Where an older Node warns that SQLite is experimental, it warns only those who use this.
          const { DatabaseSync } = await import("node:sqlite")
          const file = new DatabaseSync(`${folder}/lock`)
          try {
            file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")
          } catch (error) {
            file.close()
            throw error
          }
          return file
        },
        catch: inUse(folder),
      }),
      (file) => Effect.sync(() => file.close()),
    ),
  )
