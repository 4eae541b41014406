/** Listening on the loopback interface, and what can go wrong with that. */
import { Effect, Schema } from "effect"
import type { AddressInfo, Server } from "node:net"

/** The simulator could not start. */
export class SimulatorError extends Schema.TaggedError<SimulatorError>()("SimulatorError", {
  reason: Schema.Literals(["PortTaken", "CannotListen"]),
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** Listens on 127.0.0.1 and answers with the port; 0 asks for one that is free. */
export const listen = (server: Server, port: number) =>
  Effect.callback<number, SimulatorError>((resume) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE"
      resume(
        Effect.fail(
          new SimulatorError({
            reason: taken ? "PortTaken" : "CannotListen",
            message: taken
              ? `Port ${port} of 127.0.0.1 is taken by another process.`
              : `Cannot listen on port ${port} of 127.0.0.1: ${cause.message}`,
            cause,
          }),
        ),
      )
    }
    server.once("error", failed)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })
