/** The variables of a program that talks to a simulator, with its credentials in files. */
import { Effect, FileSystem } from "effect"
import { writeCredentials } from "effect-visa-direct-simulator"
import type { Credentials } from "effect-visa-direct-simulator"

/** Files as the portal hands them out, and the variables that name them. */
export const variables = Effect.fnUntraced(function* (url: string, credentials: Credentials) {
  const files = yield* FileSystem.FileSystem
  const directory = yield* files.makeTempDirectoryScoped()
  yield* writeCredentials(directory, url, credentials)
  const { keyId } = credentials.mle
  return {
    directory,
    env: {
      VISA_DIRECT_ENVIRONMENT: "sandbox",
      VISA_DIRECT_BASE_URL: url,
      VISA_DIRECT_USER_ID: credentials.userId,
      VISA_DIRECT_PASSWORD: credentials.password,
      VISA_DIRECT_TLS_CERT_PATH: `${directory}/cert.pem`,
      VISA_DIRECT_TLS_KEY_PATH: `${directory}/privateKey.pem`,
      VISA_DIRECT_TLS_CA_PATH: `${directory}/server_root.pem`,
      VISA_DIRECT_MLE_KEY_ID: keyId,
      VISA_DIRECT_MLE_SERVER_CERT_PATH: `${directory}/server_cert_${keyId}.pem`,
      VISA_DIRECT_MLE_PRIVATE_KEY_PATH: `${directory}/key_${keyId}.pem`,
      VISA_DIRECT_MLE_CLIENT_CERT_PATH: `${directory}/client_cert_${keyId}.pem`,
    },
  }
})
