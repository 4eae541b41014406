/** The status GET that goes with every asynchronous API (docs-error-codes). */
import { accepted, type Endpoint, notFound } from "./Endpoint.ts"

/**
 * Answers what the original call would have answered; 202 again while it is not there; 404 for an
 * identifier that is unknown, older than 24 hours, of another API or of another project.
 */
export const statusEndpoint = (name: string, path: string): Endpoint => ({
  name,
  method: "GET",
  path: `${path}/:id`,
  mle: "project",
  scripted: false,
  prepare: ({ id, project }, world) => ({
    facts: {},
    commit: (_answer, now) => {
      const result = world.results.find(id, now)
      const record = { statusIdentifier: id }
      if (result === undefined || result.project !== project || result.path !== path) {
        return { ...notFound, kind: "status", record }
      }
      if (result.reply === undefined || result.pollsLeft > 0) {
        if (result.reply !== undefined) result.pollsLeft--
        return accepted(world.settings.accepted, path, id, "status")
      }
      const { status, body, record: original } = result.reply
      const actionCode = original?.actionCode
      return {
        status,
        body,
        kind: "status",
        record: { ...record, ...(actionCode === undefined ? {} : { actionCode }) },
      }
    },
  }),
})
