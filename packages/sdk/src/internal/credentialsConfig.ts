/** Credentials out of `VISA_DIRECT_*` variables. */
import { Config, Effect, Option, Redacted } from "effect"
import { VisaError } from "../VisaError.ts"
import type { Credentials } from "./credentials.ts"
import type { FilePath, TextPart } from "./credentialsPart.ts"

/** The names for one input: of its value, or of its path and then of its value. */
type Variable = readonly [string] | readonly [path: string, inline: string]

const variables = {
  userId: ["VISA_DIRECT_USER_ID_PATH", "VISA_DIRECT_USER_ID"],
  password: ["VISA_DIRECT_PASSWORD_PATH", "VISA_DIRECT_PASSWORD"],
  tlsCertificate: ["VISA_DIRECT_TLS_CERT_PATH", "VISA_DIRECT_TLS_CERT"],
  tlsKey: ["VISA_DIRECT_TLS_KEY_PATH", "VISA_DIRECT_TLS_KEY"],
  tlsKeyPassphrase: ["VISA_DIRECT_TLS_KEY_PASSPHRASE_PATH", "VISA_DIRECT_TLS_KEY_PASSPHRASE"],
  tlsPkcs12Path: ["VISA_DIRECT_TLS_PKCS12_PATH"],
  tlsPkcs12Passphrase: [
    "VISA_DIRECT_TLS_PKCS12_PASSPHRASE_PATH",
    "VISA_DIRECT_TLS_PKCS12_PASSPHRASE",
  ],
  tlsExtraRoots: ["VISA_DIRECT_TLS_CA_PATH", "VISA_DIRECT_TLS_CA"],
  mleKeyId: ["VISA_DIRECT_MLE_KEY_ID_PATH", "VISA_DIRECT_MLE_KEY_ID"],
  mleServerCertificate: ["VISA_DIRECT_MLE_SERVER_CERT_PATH", "VISA_DIRECT_MLE_SERVER_CERT"],
  mleKey: ["VISA_DIRECT_MLE_PRIVATE_KEY_PATH", "VISA_DIRECT_MLE_PRIVATE_KEY"],
  mleKeyPassphrase: [
    "VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE_PATH",
    "VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE",
  ],
  mleClientCertificate: ["VISA_DIRECT_MLE_CLIENT_CERT_PATH", "VISA_DIRECT_MLE_CLIENT_CERT"],
} as const satisfies { readonly [input: string]: Variable }

const groups = {
  pem: [variables.tlsCertificate, variables.tlsKey, variables.tlsKeyPassphrase],
  pkcs12: [variables.tlsPkcs12Path, variables.tlsPkcs12Passphrase],
  mle: [
    variables.mleKeyId,
    variables.mleServerCertificate,
    variables.mleKey,
    variables.mleKeyPassphrase,
    variables.mleClientCertificate,
  ],
} as const satisfies { readonly [group: string]: ReadonlyArray<Variable> }

/** Everything is looked up as a secret; this is none. */
const legible = (part: FilePath | Redacted.Redacted): TextPart =>
  Redacted.isRedacted(part) ? Redacted.value(part) : part

type Values = ReadonlyMap<string, Redacted.Redacted>

interface Problem {
  readonly names: ReadonlyArray<string>
  readonly detail: string
}

const or = (names: ReadonlyArray<string>): string => names.join(" or ")
const and = (names: ReadonlyArray<string>): string => names.join(" and ")

/** Looks all inputs up and writes down everything that is wrong, so that one run shows it all. */
class Form {
  readonly values: Values
  readonly problems: Array<Problem> = []

  constructor(values: Values) {
    this.values = values
  }

  namesSet(group: ReadonlyArray<Variable>): ReadonlyArray<string> {
    return group.flat().filter((name) => this.values.has(name))
  }

  reject(names: ReadonlyArray<string>, detail: string): undefined {
    this.problems.push({ names, detail })
  }

  text(variable: readonly [string]): Redacted.Redacted | undefined {
    return this.values.get(variable[0])
  }

  part([path, inline]: readonly [string, string]): FilePath | Redacted.Redacted | undefined {
    const file = this.values.get(path)
    const content = this.values.get(inline)
    if (file !== undefined && content !== undefined) {
      return this.reject([path, inline], `${path} and ${inline} are both set; set one`)
    }
    return file === undefined ? content : { path: Redacted.value(file) }
  }

  /** `value`, which is that of `variable`; `set` are the names that make it necessary. */
  required<A>(value: A | undefined, variable: Variable, set: ReadonlyArray<string>): A | undefined {
    if (value === undefined && this.namesSet([variable]).length === 0) {
      this.reject(
        variable,
        set.length === 0
          ? `${or(variable)} is not set`
          : `${and(set)} is set, but ${or(variable)} is not`,
      )
    }
    return value
  }
}

const readTls = (form: Form): Credentials["tls"] | undefined => {
  const pem = form.namesSet(groups.pem)
  const pkcs12 = form.namesSet(groups.pkcs12)
  const extraRoots = form.part(variables.tlsExtraRoots)
  if (pem.length > 0 && pkcs12.length > 0) {
    return form.reject(
      [...pem, ...pkcs12],
      `${and([...pem, ...pkcs12])} are set; give the certificate either as PEM or as PKCS#12`,
    )
  }
  if (pkcs12.length > 0) {
    const path = form.required(form.text(variables.tlsPkcs12Path), variables.tlsPkcs12Path, pkcs12)
    return path === undefined
      ? undefined
      : {
          pkcs12: { path: Redacted.value(path) },
          passphrase: form.part(variables.tlsPkcs12Passphrase),
          extraRoots,
        }
  }
  const certificate = form.required(
    form.part(variables.tlsCertificate),
    variables.tlsCertificate,
    pem,
  )
  const privateKey = form.required(form.part(variables.tlsKey), variables.tlsKey, pem)
  return certificate === undefined || privateKey === undefined
    ? undefined
    : {
        certificate,
        privateKey,
        passphrase: form.part(variables.tlsKeyPassphrase),
        extraRoots,
      }
}

const readMle = (form: Form): Credentials["mle"] => {
  const set = form.namesSet(groups.mle)
  if (set.length === 0) {
    return undefined
  }
  const keyId = form.required(form.part(variables.mleKeyId), variables.mleKeyId, set)
  const serverCertificate = form.required(
    form.part(variables.mleServerCertificate),
    variables.mleServerCertificate,
    set,
  )
  const privateKey = form.required(form.part(variables.mleKey), variables.mleKey, set)
  const clientCertificate = form.part(variables.mleClientCertificate)
  return keyId === undefined || serverCertificate === undefined || privateKey === undefined
    ? undefined
    : {
        keyId: legible(keyId),
        serverCertificate,
        privateKey,
        passphrase: form.part(variables.mleKeyPassphrase),
        clientCertificate,
      }
}

const readForm = (form: Form): Credentials | undefined => {
  const userId = form.required(form.part(variables.userId), variables.userId, [])
  const password = form.required(form.part(variables.password), variables.password, [])
  const tls = readTls(form)
  const mle = readMle(form)
  return userId === undefined || password === undefined || tls === undefined
    ? undefined
    : { tls, basic: { userId: legible(userId), password }, mle }
}

const lookUp = (name: string) =>
  Config.option(Config.Redacted(name)).pipe(
    // The provider's own message may quote the value.
    Effect.mapError(() =>
      VisaError.of("OptionInvalid", {
        field: name,
        detail: "it could not be read from the configuration",
      }),
    ),
    Effect.map(Option.map((value): readonly [string, Redacted.Redacted] => [name, value])),
  )

/** Reads the variables; the files that they name are read later, by the store. */
export const credentialsFromConfig: Effect.Effect<Credentials, VisaError> = Effect.gen(
  function* () {
    const found = yield* Effect.forEach(Object.values(variables).flat(), lookUp)
    const form = new Form(new Map(found.flatMap(Option.toArray)))
    const credentials = readForm(form)
    return credentials === undefined || form.problems.length > 0
      ? yield* VisaError.of("OptionInvalid", {
          field: [...new Set(form.problems.flatMap(({ names }) => names))].join(", "),
          detail: form.problems.map(({ detail }) => detail).join("; "),
        })
      : credentials
  },
)
