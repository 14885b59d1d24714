//! Names of the commonly used kinds of events, for `match event.kind.as_str()`.
//!
//! The list is for convenience and not complete: any other name is compared as text.
//!
//! ```
//! use webhook_core::EventKind;
//! use webhook_core::provider::stripe::kind;
//!
//! let paid = |kind: &EventKind| match kind.as_str() {
//!     kind::INVOICE_PAID | kind::PAYMENT_INTENT_SUCCEEDED => true,
//!     _ => false,
//! };
//! assert!(paid(&EventKind::from("invoice.paid")));
//! assert!(!paid(&EventKind::from("terminal.reader.action_failed")));
//! ```

/// A connected account, or what is still required of it, has changed.
pub const ACCOUNT_UPDATED: &str = "account.updated";
/// A connected account has disconnected from your platform.
pub const ACCOUNT_APPLICATION_DEAUTHORIZED: &str = "account.application.deauthorized";
/// A capability of a connected account has changed.
pub const CAPABILITY_UPDATED: &str = "capability.updated";

/// A charge has succeeded.
pub const CHARGE_SUCCEEDED: &str = "charge.succeeded";
/// A charge has failed.
pub const CHARGE_FAILED: &str = "charge.failed";
/// A charge waits for a slow method, such as a bank debit.
pub const CHARGE_PENDING: &str = "charge.pending";
/// An authorized charge has been captured.
pub const CHARGE_CAPTURED: &str = "charge.captured";
/// An authorized charge has expired without capture.
pub const CHARGE_EXPIRED: &str = "charge.expired";
/// A charge has been refunded, wholly or in part.
pub const CHARGE_REFUNDED: &str = "charge.refunded";
/// The description, the metadata or the settlement of a charge has changed.
pub const CHARGE_UPDATED: &str = "charge.updated";
/// A customer has disputed a charge with their bank.
pub const CHARGE_DISPUTE_CREATED: &str = "charge.dispute.created";
/// A dispute has changed, usually its evidence.
pub const CHARGE_DISPUTE_UPDATED: &str = "charge.dispute.updated";
/// A dispute is over; its status says how.
pub const CHARGE_DISPUTE_CLOSED: &str = "charge.dispute.closed";
/// The disputed amount has been taken from your balance.
pub const CHARGE_DISPUTE_FUNDS_WITHDRAWN: &str = "charge.dispute.funds_withdrawn";
/// The disputed amount has been put back into your balance.
pub const CHARGE_DISPUTE_FUNDS_REINSTATED: &str = "charge.dispute.funds_reinstated";

/// A customer has finished a checkout. Not always paid yet: see the session's `payment_status`.
pub const CHECKOUT_SESSION_COMPLETED: &str = "checkout.session.completed";
/// A checkout has expired.
pub const CHECKOUT_SESSION_EXPIRED: &str = "checkout.session.expired";
/// The slow payment of a finished checkout has succeeded.
pub const CHECKOUT_SESSION_ASYNC_PAYMENT_SUCCEEDED: &str =
    "checkout.session.async_payment_succeeded";
/// The slow payment of a finished checkout has failed.
pub const CHECKOUT_SESSION_ASYNC_PAYMENT_FAILED: &str = "checkout.session.async_payment_failed";

/// A customer has been created.
pub const CUSTOMER_CREATED: &str = "customer.created";
/// A customer has changed.
pub const CUSTOMER_UPDATED: &str = "customer.updated";
/// A customer has been deleted.
pub const CUSTOMER_DELETED: &str = "customer.deleted";
/// A subscription has been created.
pub const CUSTOMER_SUBSCRIPTION_CREATED: &str = "customer.subscription.created";
/// A subscription has changed: plan, status, period.
pub const CUSTOMER_SUBSCRIPTION_UPDATED: &str = "customer.subscription.updated";
/// A subscription has ended.
pub const CUSTOMER_SUBSCRIPTION_DELETED: &str = "customer.subscription.deleted";
/// A subscription has been paused.
pub const CUSTOMER_SUBSCRIPTION_PAUSED: &str = "customer.subscription.paused";
/// A paused subscription goes on.
pub const CUSTOMER_SUBSCRIPTION_RESUMED: &str = "customer.subscription.resumed";
/// A trial ends in three days, or has just been ended.
pub const CUSTOMER_SUBSCRIPTION_TRIAL_WILL_END: &str = "customer.subscription.trial_will_end";

/// An invoice has been created, as a draft.
pub const INVOICE_CREATED: &str = "invoice.created";
/// A subscription will renew in a few days. The invoice of this event has no id yet.
pub const INVOICE_UPCOMING: &str = "invoice.upcoming";
/// An invoice has changed.
pub const INVOICE_UPDATED: &str = "invoice.updated";
/// A draft has become an open invoice.
pub const INVOICE_FINALIZED: &str = "invoice.finalized";
/// A draft could not be finalized.
pub const INVOICE_FINALIZATION_FAILED: &str = "invoice.finalization_failed";
/// An invoice has been sent to the customer.
pub const INVOICE_SENT: &str = "invoice.sent";
/// An invoice is paid, by whatever way, also outside of Stripe.
pub const INVOICE_PAID: &str = "invoice.paid";
/// A payment of an invoice has succeeded.
pub const INVOICE_PAYMENT_SUCCEEDED: &str = "invoice.payment_succeeded";
/// A payment of an invoice has failed.
pub const INVOICE_PAYMENT_FAILED: &str = "invoice.payment_failed";
/// The customer must confirm the payment of an invoice.
pub const INVOICE_PAYMENT_ACTION_REQUIRED: &str = "invoice.payment_action_required";
/// An invoice is past its due date.
pub const INVOICE_OVERDUE: &str = "invoice.overdue";
/// An invoice has been voided.
pub const INVOICE_VOIDED: &str = "invoice.voided";
/// An invoice is not expected to be paid any more.
pub const INVOICE_MARKED_UNCOLLECTIBLE: &str = "invoice.marked_uncollectible";

/// A payment has been prepared.
pub const PAYMENT_INTENT_CREATED: &str = "payment_intent.created";
/// A payment is under way with a slow method.
pub const PAYMENT_INTENT_PROCESSING: &str = "payment_intent.processing";
/// The customer must confirm a payment.
pub const PAYMENT_INTENT_REQUIRES_ACTION: &str = "payment_intent.requires_action";
/// A payment is authorized and can be captured.
pub const PAYMENT_INTENT_AMOUNT_CAPTURABLE_UPDATED: &str =
    "payment_intent.amount_capturable_updated";
/// A customer has transferred a part of the amount.
pub const PAYMENT_INTENT_PARTIALLY_FUNDED: &str = "payment_intent.partially_funded";
/// A payment has succeeded.
pub const PAYMENT_INTENT_SUCCEEDED: &str = "payment_intent.succeeded";
/// An attempt to pay has failed; the customer may try again.
pub const PAYMENT_INTENT_PAYMENT_FAILED: &str = "payment_intent.payment_failed";
/// A payment has been canceled.
pub const PAYMENT_INTENT_CANCELED: &str = "payment_intent.canceled";

/// A payment method has been stored with a customer.
pub const PAYMENT_METHOD_ATTACHED: &str = "payment_method.attached";
/// A payment method has been taken from a customer.
pub const PAYMENT_METHOD_DETACHED: &str = "payment_method.detached";
/// A payment method is ready for later payments.
pub const SETUP_INTENT_SUCCEEDED: &str = "setup_intent.succeeded";
/// A payment method could not be made ready for later payments.
pub const SETUP_INTENT_SETUP_FAILED: &str = "setup_intent.setup_failed";

/// A payout to your bank has been created.
pub const PAYOUT_CREATED: &str = "payout.created";
/// A payout should have arrived. It can still fail.
pub const PAYOUT_PAID: &str = "payout.paid";
/// A payout has failed.
pub const PAYOUT_FAILED: &str = "payout.failed";
/// A payout has been canceled.
pub const PAYOUT_CANCELED: &str = "payout.canceled";

/// A refund has been created.
pub const REFUND_CREATED: &str = "refund.created";
/// A refund has changed.
pub const REFUND_UPDATED: &str = "refund.updated";
/// A refund has failed.
pub const REFUND_FAILED: &str = "refund.failed";

/// A payment is held for review because it may be fraud.
pub const REVIEW_OPENED: &str = "review.opened";
/// The review of a payment is over.
pub const REVIEW_CLOSED: &str = "review.closed";
/// A card network reports a payment as likely fraud.
pub const RADAR_EARLY_FRAUD_WARNING_CREATED: &str = "radar.early_fraud_warning.created";
