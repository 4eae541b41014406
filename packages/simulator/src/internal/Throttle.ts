/** Counts requests by project in windows that follow each other. */
import type { SimulatorSettings } from "../Settings.ts"

export class Throttle {
  readonly #limit: SimulatorSettings["rateLimit"]
  readonly #windows = new Map<string, { readonly begin: number; count: number }>()

  constructor(limit: SimulatorSettings["rateLimit"]) {
    this.#limit = limit
  }

  /** Counts a request; milliseconds until the next window when this one is full. */
  count(project: string, now: number): number | undefined {
    if (this.#limit === undefined) return undefined
    const { requests, window } = this.#limit
    const begin = now - (now % window)
    const found = this.#windows.get(project)
    const current = found?.begin === begin ? found : { begin, count: 0 }
    this.#windows.set(project, current)
    if (current.count >= requests) return begin + window - now
    current.count += 1
    return undefined
  }
}
