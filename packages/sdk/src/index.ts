export { AcquiringBin } from "./AcquiringBin.ts"
export { AccountPayouts, PayoutStatus } from "./api/AccountPayouts.ts"
export type {
  Accepted,
  Cancellation as PayoutCancellation,
  KnownPayoutStatus,
  Payout as AccountPayout,
  PayoutRequest,
  PayoutSelector,
  Sent,
  Standing,
  Transition,
  UnrecognizedStatus,
  Validated,
  Verification as RecipientVerification,
  VerificationRequest,
} from "./api/AccountPayouts.ts"
export { AliasDirectory } from "./api/AliasDirectory.ts"
export type {
  AccountLookUp,
  AliasChanged,
  AliasInquiryRequest,
  AliasRecord,
  CreateAliasRequest,
  CreateMerchantAliasRequest,
  DeleteAliasRequest,
  DeleteMerchantAliasRequest,
  Flag,
  GetAliasRequest,
  GetMerchantAliasRequest,
  InquiredAlias,
  InquiredAliases,
  MerchantAliasChanged,
  MerchantAliasRecord,
  RecipientNumber,
  RegisteredAlias,
  ResolvedAlias,
  ResolveRequest,
  ResolveV1Request,
  UpdateAliasRequest,
  UpdateMerchantAliasRequest,
} from "./api/AliasDirectory.ts"
export { CardAttributes } from "./api/CardAttributes.ts"
export type {
  ByPurpose,
  ByReach,
  CardAttributesRequest,
  Eligibility,
  GatewayNetwork,
  GeneralAttributes,
  GeneralInquiryRequest,
  Intention,
  LetterAttributes,
  NetworkAttributes,
  OlderAttributesRequest,
  Purpose,
  VisaNetwork,
} from "./api/CardAttributes.ts"
export { CardValidation } from "./api/CardValidation.ts"
export type {
  CardValidationRequest,
  DetailResult,
  IdentityResult,
  NameResult,
  ValidCard,
  VerificationResults,
} from "./api/CardValidation.ts"
export { Connectivity } from "./api/Connectivity.ts"
export type { Greeting } from "./api/Connectivity.ts"
export { ForeignExchange, Quote } from "./api/ForeignExchange.ts"
export type {
  Conversion,
  CurrencyPair,
  DailyRate,
  IndicativeRate,
  IndicativeRequest,
  LiveRequest,
  QuoteRequest,
  Rate,
  RateReply,
  RateRequest,
} from "./api/ForeignExchange.ts"
export { DeferredPushAdvice } from "./api/DeferredPushAdvice.ts"
export type { Comparison, SentPush } from "./api/DeferredPushAdvice.ts"
export { Batch, FundsTransfer } from "./api/FundsTransfer.ts"
export type {
  AcceptedBatch,
  Adjusted,
  AdjustmentApproved,
  AdjustmentRequest,
  Approved,
  BatchItem,
  BatchRequest,
  BatchResult,
  Cancellation as PushCancellation,
  Cancelled,
  CancelRequest,
  NotAnswered,
  PullAnswer,
  PullApproved,
  Pulled,
  PullPartiallyApproved,
  PullRequest,
  PullStatus,
  PushRequest,
  ReversalOptions,
  Reversed,
  ReverseApproved,
  ReverseRequest,
  ReversibleAnswer,
  Settled as SettledPush,
} from "./api/FundsTransfer.ts"
export { OpenPayment, Outcome, OutcomeUnknown } from "./api/Outcome.ts"
export type {
  Debited,
  OutcomeOptions,
  Paid,
  ResumeOptions,
  Taken,
  Undone,
  Via,
} from "./api/Outcome.ts"
export { Reports } from "./api/Reports.ts"
export type { ReportPageRequest, ReportRange, ReportRow } from "./api/Reports.ts"
export { TransactionQuery } from "./api/TransactionQuery.ts"
export type {
  Query,
  QueryField,
  QueryOptions,
  StatusCode,
  TransactionRecord,
} from "./api/TransactionQuery.ts"
export { WatchList } from "./api/WatchList.ts"
export type { LegacyScreening, LegacyScreeningRequest } from "./api/WatchList.ts"
export { Breaker, BreakerStore, CircuitRejection } from "./Breaker.ts"
export type { BreakerChange, BreakerOptions, BreakerState } from "./Breaker.ts"
export { CertificateStore } from "./CertificateStore.ts"
export type {
  AutoRollback,
  CertificateStoreOptions,
  Credentials,
  ExpiryWarning,
  Generation,
  Proof,
  ReloadOptions,
  RotationEvent,
  WatchOptions,
} from "./CertificateStore.ts"
export { Correlation, CorrelationId } from "./Correlation.ts"
export type { CorrelationOptions } from "./Correlation.ts"
export { Country } from "./Country.ts"
export { Currency } from "./Currency.ts"
export { HostBreaker } from "./HostBreaker.ts"
export type { HostBreakerOptions } from "./HostBreaker.ts"
export { HostLimiter } from "./HostLimiter.ts"
export type { HostLimiterOptions, HostLimiterStoreOptions } from "./HostLimiter.ts"
export { Jwks } from "./Jwks.ts"
export type { EncryptionKey, JwksChange, JwksOptions } from "./Jwks.ts"
export { Mle } from "./Mle.ts"
export { Money } from "./Money.ts"
export type { Operation } from "./Operation.ts"
export { Pan } from "./Pan.ts"
export { Claim, Claims } from "./payouts/Claims.ts"
export type {
  Busy,
  Claimed,
  ClaimId,
  ClaimRequest,
  ClaimStore,
  Completed,
  Consumption,
} from "./payouts/Claims.ts"
export { FundingConfirmation, FundingGuard } from "./payouts/FundingGuard.ts"
export type { FundingGuardOptions } from "./payouts/FundingGuard.ts"
export type { Guard } from "./payouts/Guard.ts"
export { Ledger } from "./payouts/Ledger.ts"
export type { Balance, Deposit, Reservation } from "./payouts/Ledger.ts"
export { LedgerGuard } from "./payouts/LedgerGuard.ts"
export { ReceiptGuard } from "./payouts/ReceiptGuard.ts"
export type { Receipt, ReceiptGuardOptions, VerifiedReceipt } from "./payouts/ReceiptGuard.ts"
export { Compensation, DecidedNotPaid, Declined } from "./payouts/Compensation.ts"
export type { MadePull, Proof as CompensationProof } from "./payouts/Compensation.ts"
export { DayCounter } from "./payouts/DayCounter.ts"
export type { DayCount, DayCounterStore } from "./payouts/DayCounter.ts"
export { Compliance, ComplianceDecision } from "./payouts/Compliance.ts"
export type { ComplianceOptions, ComplianceRequest } from "./payouts/Compliance.ts"
export { Screening } from "./payouts/Screening.ts"
export type { ScreeningVerdict, Subject, WatchListOptions } from "./payouts/Screening.ts"
export { LockedRate, Quotes } from "./payouts/Quotes.ts"
export type { QuotesOptions, RateQuestion } from "./payouts/Quotes.ts"
export { Policy, PolicyDecision, PolicyDocument, PolicySet } from "./payouts/Policy.ts"
export type { PolicyRequest, Rules } from "./payouts/Policy.ts"
export { Fingerprint } from "./payouts/Fingerprint.ts"
export type { FingerprintOptions, Prints } from "./payouts/Fingerprint.ts"
export { Originator } from "./payouts/Originator.ts"
export { Payout } from "./payouts/Payout.ts"
export type {
  Address,
  CardFields,
  Complete as CompletePayout,
  Corridor,
  Destination,
  Draft as PayoutDraft,
  Exchange as PayoutExchange,
  Funding,
  Party,
  Purpose as PayoutPurpose,
  Sender,
} from "./payouts/Payout.ts"
export { PayoutEvent, PayoutEvents } from "./payouts/PayoutEvents.ts"
export type { DeliveryOptions, EventStore, RecordedEvent } from "./payouts/PayoutEvents.ts"
export { PayoutDeclined, PayoutRefused, PayoutUnknown, Settled } from "./payouts/PayoutResult.ts"
export type { Compensated } from "./payouts/PayoutResult.ts"
export { Payouts } from "./payouts/Payouts.ts"
export type {
  BulkOptions,
  BulkResult,
  InProgress,
  PayoutsOptions,
  PayoutState,
} from "./payouts/Payouts.ts"
export { PayoutVault, Sealed } from "./payouts/PayoutVault.ts"
export type { VaultOptions } from "./payouts/PayoutVault.ts"
export { WorkList } from "./payouts/WorkList.ts"
export type {
  Decision,
  OpenStep,
  ResolverOptions,
  WorkItem,
  WorkStore,
} from "./payouts/WorkList.ts"
export { Redactor } from "./Redactor.ts"
export { ResponseSource } from "./ResponseSource.ts"
export { RetryBudget } from "./RetryBudget.ts"
export type { RetryBudgetOptions } from "./RetryBudget.ts"
export { RetryPolicy } from "./RetryPolicy.ts"
export type {
  OperationClass,
  Policies,
  Policy as OperationPolicy,
  Repeats,
  RetryOptions,
} from "./RetryPolicy.ts"
export { Rrn } from "./Rrn.ts"
export { SendFence } from "./SendFence.ts"
export { Stan } from "./Stan.ts"
export { Telemetry } from "./Telemetry.ts"
export { Identity, TransactionIdentity } from "./TransactionIdentity.ts"
export type { IdentityOwner, Reserve, TransactionIdentityOptions } from "./TransactionIdentity.ts"
export { environments, Transport } from "./Transport.ts"
export type {
  CallOptions,
  Environment,
  Exchange,
  Options as TransportOptions,
  Response,
} from "./Transport.ts"
export { Verification } from "./Verification.ts"
export * as VisaDirect from "./VisaDirect.ts"
export * as VisaDirectTest from "./VisaDirectTest.ts"
export { catalogue, tagOfCode, VisaError } from "./VisaError.ts"
export type { ErrorContext, Reason, Row, Tag } from "./VisaError.ts"
