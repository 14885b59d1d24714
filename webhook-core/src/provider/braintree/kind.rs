//! Names of kinds of events, for `match notification.kind.as_str()`. An unknown kind arrives all the same.

/// What became of stored cards is ready to be fetched.
pub const ACCOUNT_UPDATER_DAILY_REPORT: &str = "account_updater_daily_report";
/// The address was tried from the control panel.
pub const CHECK: &str = "check";
/// A connected merchant's PayPal account was linked or unlinked.
pub const CONNECTED_MERCHANT_PAYPAL_STATUS_CHANGED: &str =
    "connected_merchant_paypal_status_changed";
/// A connected merchant has another status.
pub const CONNECTED_MERCHANT_STATUS_TRANSITIONED: &str = "connected_merchant_status_transitioned";
/// Money was paid out to the merchant's bank.
pub const DISBURSEMENT: &str = "disbursement";
/// Money could not be paid out.
pub const DISBURSEMENT_EXCEPTION: &str = "disbursement_exception";
/// The merchant has accepted a dispute.
pub const DISPUTE_ACCEPTED: &str = "dispute_accepted";
/// A dispute was accepted for the merchant.
pub const DISPUTE_AUTO_ACCEPTED: &str = "dispute_auto_accepted";
/// The merchant has contested a dispute.
pub const DISPUTE_DISPUTED: &str = "dispute_disputed";
/// A dispute was not answered in time.
pub const DISPUTE_EXPIRED: &str = "dispute_expired";
/// A dispute was decided for the payer.
pub const DISPUTE_LOST: &str = "dispute_lost";
/// The payer wants money back.
pub const DISPUTE_OPENED: &str = "dispute_opened";
/// PayPal looks into a dispute.
pub const DISPUTE_UNDER_REVIEW: &str = "dispute_under_review";
/// A dispute was decided for the merchant.
pub const DISPUTE_WON: &str = "dispute_won";
/// A payment method that was granted has been withdrawn.
pub const GRANTED_PAYMENT_METHOD_REVOKED: &str = "granted_payment_method_revoked";
/// A granted payment method has changed; told to who granted it.
pub const GRANTOR_UPDATED_GRANTED_PAYMENT_METHOD: &str = "grantor_updated_granted_payment_method";
/// The payer has agreed to a local payment.
pub const LOCAL_PAYMENT_COMPLETED: &str = "local_payment_completed";
/// A local payment was not made in time.
pub const LOCAL_PAYMENT_EXPIRED: &str = "local_payment_expired";
/// The money of a local payment has come.
pub const LOCAL_PAYMENT_FUNDED: &str = "local_payment_funded";
/// The money of a local payment went back to the payer.
pub const LOCAL_PAYMENT_REVERSED: &str = "local_payment_reversed";
/// A merchant has withdrawn an application's access.
pub const OAUTH_ACCESS_REVOKED: &str = "oauth_access_revoked";
/// A merchant was connected to a partner.
pub const PARTNER_MERCHANT_CONNECTED: &str = "partner_merchant_connected";
/// A merchant was declined.
pub const PARTNER_MERCHANT_DECLINED: &str = "partner_merchant_declined";
/// A merchant was disconnected from a partner.
pub const PARTNER_MERCHANT_DISCONNECTED: &str = "partner_merchant_disconnected";
/// What a payer's wallet says about the payer has changed.
pub const PAYMENT_METHOD_CUSTOMER_DATA_UPDATED: &str = "payment_method_customer_data_updated";
/// A payer has withdrawn a payment method.
pub const PAYMENT_METHOD_REVOKED_BY_CUSTOMER: &str = "payment_method_revoked_by_customer";
/// A granted payment method has changed; told to who received it.
pub const RECIPIENT_UPDATED_GRANTED_PAYMENT_METHOD: &str =
    "recipient_updated_granted_payment_method";
/// A refund has failed after it had begun.
pub const REFUND_FAILED: &str = "refund_failed";
/// A subscription was not billed, because nothing was due.
pub const SUBSCRIPTION_BILLING_SKIPPED: &str = "subscription_billing_skipped";
/// A subscription was called off.
pub const SUBSCRIPTION_CANCELED: &str = "subscription_canceled";
/// A subscription was paid for its next period.
pub const SUBSCRIPTION_CHARGED_SUCCESSFULLY: &str = "subscription_charged_successfully";
/// The payment for a subscription has failed.
pub const SUBSCRIPTION_CHARGED_UNSUCCESSFULLY: &str = "subscription_charged_unsuccessfully";
/// A subscription has reached its end.
pub const SUBSCRIPTION_EXPIRED: &str = "subscription_expired";
/// The free time of a subscription is over.
pub const SUBSCRIPTION_TRIAL_ENDED: &str = "subscription_trial_ended";
/// A subscription was paid for the first time.
pub const SUBSCRIPTION_WENT_ACTIVE: &str = "subscription_went_active";
/// A subscription's payment is overdue.
pub const SUBSCRIPTION_WENT_PAST_DUE: &str = "subscription_went_past_due";
/// The money of a transaction was paid out to the merchant.
pub const TRANSACTION_DISBURSED: &str = "transaction_disbursed";
/// A transaction that was declined was tried again.
pub const TRANSACTION_RETRIED: &str = "transaction_retried";
/// A transaction was looked at for fraud.
pub const TRANSACTION_REVIEWED: &str = "transaction_reviewed";
/// The money of a bank debit or its refund has moved.
pub const TRANSACTION_SETTLED: &str = "transaction_settled";
/// The bank has declined a bank debit or its refund, perhaps after it had settled.
pub const TRANSACTION_SETTLEMENT_DECLINED: &str = "transaction_settlement_declined";
