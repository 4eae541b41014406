/** From what `Config` complains of to a `VisaError` that names the variable and never its value. */
import type { Config } from "effect"
import { VisaError } from "../VisaError.ts"

export const optionInvalid = ({ message }: Config.ConfigError): VisaError => {
  const expected = /Expected (.+?)\s+at \[/s.exec(message)?.[1]
  return VisaError.of("OptionInvalid", {
    field: /VISA_DIRECT_\w+/.exec(message)?.[0],
    detail: expected === undefined ? "it cannot be read" : `it must be ${expected}`,
  })
}
