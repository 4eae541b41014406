import { Data, Effect, Redacted } from "effect"
import type { Generation } from "effect-visa-direct"
import { connect, getCACertificates } from "node:tls"

class NotReached extends Data.TaggedError("NotReached")<{ readonly message: string }> {}

/** Whom the server's certificate names, seen on a connection of our own. */
export const serverName = (url: string, { tls }: Generation) =>
  Effect.callback<{ readonly subject: string; readonly protocol: string }, NotReached>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect({
      host: hostname,
      port: Number(port),
      servername: hostname,
      cert: tls.certificateChain,
      key: Redacted.value(tls.privateKey),
      ca: [...getCACertificates("default"), ...tls.extraRoots],
    })
      .once("secureConnect", () => {
        const { issuer, subject } = socket.getPeerCertificate()
        resume(
          Effect.succeed({
            subject: `CN=${subject.CN}, certificate of CN=${issuer.CN}`,
            protocol: socket.getProtocol() ?? "unknown protocol",
          }),
        )
        socket.destroy()
      })
      .once("error", ({ message }) => resume(Effect.fail(new NotReached({ message }))))
    return Effect.sync(() => socket.destroy())
  })
