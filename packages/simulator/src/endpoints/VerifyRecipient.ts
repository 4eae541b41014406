/**
 * Account & Wallet: whether a bank account or a wallet exists and belongs to the recipient.
 *
 * Published is `verificationStatus` with `accountVerificationDetail` or `walletVerificationDetail`;
 * their members are those that a public client reads, and the values in them are ours.
 */
import { overlay } from "../internal/overlay.ts"
import type { Endpoint } from "./Endpoint.ts"
import { refusePayout } from "./payoutErrors.ts"
import { verifyRecipientFields } from "./payoutFields.ts"
import { broken, isIban, maskedAccount, recipientRules, viewOf } from "./payoutRules.ts"

const nameOf = (recipient: Readonly<Record<string, unknown>>): string =>
  String(recipient["name"] ?? `${recipient["firstName"]} ${recipient["lastName"]}`)

/** `POST /visapayouts/v1/extensions/verifyRecipient`. */
export const VerifyRecipient: Endpoint = {
  name: "VerifyRecipient",
  method: "POST",
  path: "/visapayouts/v1/extensions/verifyRecipient",
  mle: "project",
  scripted: true,
  fields: verifyRecipientFields({}),
  fieldsOf: verifyRecipientFields,
  refuse: refusePayout,
  prepare: (request, world) => {
    const view = viewOf(request, world)
    const refused = broken(view, recipientRules)
    if (refused !== undefined) return refused
    const { payoutMethod, recipient, target } = view
    const account = String(target["accountNumber"] ?? target["accountIdentifier"])
    const reference = request.body["clientVerificationReference"]
    const facts = {
      ...(reference === undefined ? {} : { clientReferenceId: String(reference) }),
      maskedAccount: maskedAccount(view),
    }
    const exists = target["accountNumberType"] !== "IBAN" || isIban(account)
    const detail = {
      accountIdentifierMatch: exists ? "MATCH" : "NO_MATCH",
      nameMatch: exists ? "MATCH" : "NOT_CHECKED",
    }
    return {
      facts,
      commit: (answer) => ({
        status: 200,
        body: overlay(
          {
            verificationId: world
              .seed("verification", `${request.project}|${account}`)
              .toString("hex", 0, 16),
            verificationStatus: "COMPLETED",
            ...(reference === undefined ? {} : { clientVerificationReference: reference }),
            ...(payoutMethod === "W"
              ? { walletVerificationDetail: detail }
              : { accountVerificationDetail: { ...detail, bankAccountName: nameOf(recipient) } }),
          },
          answer?.fields,
        ),
        kind: "inquiry",
        record: facts,
      }),
    }
  },
}
