/** How long certificates still last, and when that is worth a warning. */
import { DateTime } from "effect"
import type { CertificateInfo } from "./credentials.ts"

/** A certificate and how long it still lasts. */
export interface Expiry extends CertificateInfo {
  /** Whole days from now to `notAfter`, rounded down: negative once it has expired. */
  readonly daysLeft: number
}

/** A certificate that has come down to one of {@link expiryThresholds}. */
export interface ExpiryWarning extends Expiry {
  /** The lowest threshold that `daysLeft` has reached. */
  readonly threshold: number
}

/** Days left at which a certificate is warned of. Visa says so in its portal only, and not by mail. */
export const expiryThresholds: ReadonlyArray<number> = [60, 30, 14, 7, 3, 1, 0]

const dayMillis = 86_400_000

export const expiryAt =
  (now: number) =>
  (certificate: CertificateInfo): Expiry => ({
    ...certificate,
    daysLeft: Math.floor((DateTime.toEpochMillis(certificate.notAfter) - now) / dayMillis),
  })

/**
 * The warnings that are due and have not been given. `given` holds the last threshold by fingerprint
 * and is brought up to date: only the lowest of several thresholds is warned of.
 */
export const takeWarnings = (
  expiries: ReadonlyArray<Expiry>,
  given: Map<string, number>,
): ReadonlyArray<ExpiryWarning> =>
  expiries.flatMap((expiry) => {
    const threshold = expiryThresholds.findLast((days) => expiry.daysLeft <= days)
    const last = given.get(expiry.fingerprint256) ?? Number.POSITIVE_INFINITY
    if (threshold === undefined || threshold >= last) return []
    given.set(expiry.fingerprint256, threshold)
    return [{ ...expiry, threshold }]
  })
