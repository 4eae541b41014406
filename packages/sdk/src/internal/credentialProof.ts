/** The calls with which a set of credentials is tried at Visa, and the answers that refuse it. */
import { Effect, Predicate, Result } from "effect"
import type { Proof } from "../CertificateStore.ts"
import { failure } from "../Operation.ts"
import type { Failure, Operation, Reply } from "../Operation.ts"
import { conditions } from "../VisaError.ts"
import type { Tag, VisaError } from "../VisaError.ts"
import { isJsonObject } from "./wire.ts"

const refusals: ReadonlySet<Tag> = new Set<Tag>([
  ...conditions.unauthorized.filter((tag) => tag !== "AliasUnauthorized"),
  "EncryptionNotRecognized",
  // Visa's reply was made for another key than that of the set.
  "MleDecryptFailed",
])

/** Whether a reason says that Visa and the set of credentials do not fit together. */
export const refusesCredentials = (tag: Tag): boolean => refusals.has(tag)

/** What a call has shown to work. */
interface Shown {
  /** Visa decrypts what is encrypted to the server certificate. */
  readonly requests: boolean
  /** We decrypt what Visa encrypts for the Key-ID. */
  readonly replies: boolean
}

const codeOf = ({ body }: Reply): unknown =>
  isJsonObject(body) && isJsonObject(body["responseStatus"])
    ? body["responseStatus"]["code"]
    : undefined

/** A message that was refused for what is in it was read. */
const wasRead = (reply: Reply): boolean => {
  const code = codeOf(reply)
  return reply.httpStatus === 400 && Predicate.isString(code) && !/^912[45]$/.test(code)
}

/**
 * Any answer is good that Visa's side of message level encryption let through, a refusal of the
 * message included. A project may lack the API. The rest is read as for every other call.
 */
const read =
  (carriesBody: boolean) =>
  (reply: Reply): Result.Result<Shown, Failure> | undefined => {
    if (reply.httpStatus === 401 || reply.httpStatus === 429 || reply.httpStatus >= 500) {
      return undefined
    }
    switch (reply.protection) {
      case "unreadable":
        return Result.fail(failure("MleDecryptFailed"))
      case "encrypted":
        return Result.succeed({ requests: carriesBody, replies: true })
      default:
        return reply.httpStatus === 403 || reply.httpStatus === 404 || wasRead(reply)
          ? Result.succeed({ requests: carriesBody && wasRead(reply), replies: false })
          : undefined
    }
  }

const unencrypted = { money: "none", findOut: "none" } as const

const ignoreBody = () => Result.succeed(undefined)

/** Certificate, user id and password. */
const helloWorld: Operation<void, void> = {
  ...unencrypted,
  name: "CertificateStore.helloWorld",
  method: "GET",
  path: "/vdp/helloworld",
  mle: "none",
  encode: () => Effect.succeed({ path: "/vdp/helloworld" }),
  decode: ignoreBody,
}

const query = "/visadirect/v1/transactionquery"

/** A query without a body: the reply is encrypted for the Key-ID of the header. */
const encryptedQuery: Operation<void, Shown> = {
  ...unencrypted,
  name: "CertificateStore.encryptedQuery",
  method: "GET",
  path: query,
  mle: "mandatory",
  encode: () =>
    Effect.succeed({
      path: query,
      query: { acquiringBIN: "400000", transactionIdentifier: "000000000000001" },
    }),
  decode: () => Result.succeed({ requests: false, replies: true }),
  decodeOther: read(false),
}

const inquiry = "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry"

/** An inquiry about no card: Visa has to decrypt it to see that it is empty. */
const encryptedInquiry: Operation<void, Shown> = {
  ...unencrypted,
  name: "CertificateStore.encryptedInquiry",
  method: "POST",
  path: inquiry,
  mle: "mandatory",
  encode: () => Effect.succeed({ path: inquiry, body: {} }),
  decode: () => Result.succeed({ requests: true, replies: true }),
  decodeOther: read(true),
}

/** Makes the calls that a proof asks for. `encrypted`: whether calls of this set are encrypted. */
export const proveCredentials = Effect.fnUntraced(function* (
  execute: <A>(
    operation: Operation<void, A>,
    request: void,
  ) => Effect.Effect<{ readonly value: A }, VisaError>,
  proof: Proof,
  encrypted: boolean,
): Effect.fn.Return<void, VisaError> {
  if (proof === "none") return
  yield* execute(helloWorld, undefined)
  if (proof === "connection" || !encrypted) return
  const shown = [
    yield* execute(encryptedQuery, undefined),
    yield* execute(encryptedInquiry, undefined),
  ].map(({ value }) => value)
  const unproved = [
    ...(shown.some(({ replies }) => replies) ? [] : ["that its replies can be read"]),
    ...(shown.some(({ requests }) => requests) ? [] : ["that it can read requests"]),
  ]
  if (unproved.length > 0) {
    yield* Effect.logWarning(
      `The APIs of this project do not let Visa show ${unproved.join(" or ")}: that part of the message level encryption keys is not proved`,
    )
  }
})
