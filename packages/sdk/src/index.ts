export { AcquiringBin } from "./AcquiringBin.ts"
export { FundsTransfer } from "./api/FundsTransfer.ts"
export type { Approved, PushRequest, Settled } from "./api/FundsTransfer.ts"
export { OpenPayment, Outcome, OutcomeUnknown } from "./api/Outcome.ts"
export type { OutcomeOptions, Paid } from "./api/Outcome.ts"
export { TransactionQuery } from "./api/TransactionQuery.ts"
export type { Query, StatusCode, TransactionRecord } from "./api/TransactionQuery.ts"
export { CertificateStore } from "./CertificateStore.ts"
export type { Credentials, Generation } from "./CertificateStore.ts"
export { Correlation, CorrelationId } from "./Correlation.ts"
export type { CorrelationOptions } from "./Correlation.ts"
export { Country } from "./Country.ts"
export { Currency } from "./Currency.ts"
export { Mle } from "./Mle.ts"
export { Money } from "./Money.ts"
export type { Operation } from "./Operation.ts"
export { Pan } from "./Pan.ts"
export { Redactor } from "./Redactor.ts"
export { Rrn } from "./Rrn.ts"
export { Stan } from "./Stan.ts"
export { TransactionIdentity } from "./TransactionIdentity.ts"
export { environments, Transport } from "./Transport.ts"
export type {
  CallOptions,
  Environment,
  Exchange,
  Options as TransportOptions,
  Response,
} from "./Transport.ts"
export * as VisaDirect from "./VisaDirect.ts"
export * as VisaDirectTest from "./VisaDirectTest.ts"
export { catalogue, tagOfCode, VisaError } from "./VisaError.ts"
export type { ErrorContext, Reason, Row, Tag } from "./VisaError.ts"
