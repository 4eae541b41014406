/** The default redactor for texts, for code that words errors and runs outside of a fiber. */
import { defaultRedactor } from "./redactor.ts"

export const redactText: (text: string) => string = defaultRedactor.text
