/** A Visa Direct that behaves. See `Simulator` and `SimulatorProcess`. */
export { type AliasRecord, testAliases } from "./Aliases.ts"
export { type CardProfile, cardProfiles, type CardRecord, type NetworkAttributes } from "./Cards.ts"
export {
  Credentials,
  CredentialsFile,
  read as readCredentials,
  write as writeCredentials,
} from "./Credentials.ts"
export { Fault, type FaultKind } from "./Fault.ts"
export { KeySetContent, KeySetRequest, RotatedKeys, RotateKeysRequest } from "./KeySet.ts"
export {
  Direction,
  Identity,
  LedgerEntry,
  LedgerFilter,
  LedgerKind,
  type LedgerOptions,
  LedgerStats,
} from "./Ledger.ts"
export { Match } from "./Match.ts"
export { type TestCard, testCards } from "./Outcomes.ts"
export {
  CertificateDefect,
  type ClientAuthority,
  exportKey,
  type KeyForm,
  type MleKeySet,
  Pki,
  type PkiOptions,
  type ServerCredential,
  ServerDefect,
  SetDefect,
  type TlsCredential,
  type Validity,
} from "./Pki.ts"
export { ScriptedAnswer, ScriptRule } from "./Script.ts"
export type { SimulatorOptions } from "./Settings.ts"
export {
  ExpireRequest,
  IssueRequest,
  PresentRequest,
  RevokeRequest,
  Simulator,
  type SimulatorControl,
  SimulatorError,
  SimulatorStats,
  Trust,
  TrustRequest,
} from "./Simulator.ts"
export {
  SimulatorProcess,
  SimulatorProcessError,
  type SimulatorProcessOptions,
} from "./SimulatorProcess.ts"
export type { WatchListEntry, WatchListOptions } from "./WatchLists.ts"
export { Webhooks, type WebhookName, WebhookTarget } from "./Webhook.ts"
