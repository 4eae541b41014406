/** From what `Config` complains of to a `VisaError` that names the variable. */
import type { Config } from "effect"
import { VisaError } from "../VisaError.ts"

export const optionInvalid = ({ message }: Config.ConfigError): VisaError =>
  VisaError.of("OptionInvalid", { field: message.match(/VISA_DIRECT_\w+/)?.[0], detail: message })
