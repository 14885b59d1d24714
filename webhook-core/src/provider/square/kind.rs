//! Names of kinds of events, for `match event.kind.as_str()`. Square has many more; all of them arrive.

/// A dispute was opened.
pub const DISPUTE_CREATED: &str = "dispute.created";
/// A dispute has another state.
pub const DISPUTE_STATE_UPDATED: &str = "dispute.state.updated";
/// A payment for an invoice was made.
pub const INVOICE_PAYMENT_MADE: &str = "invoice.payment_made";
/// A seller has revoked the app's authorisation.
pub const OAUTH_AUTHORIZATION_REVOKED: &str = "oauth.authorization.revoked";
/// An order was made.
pub const ORDER_CREATED: &str = "order.created";
/// An order was changed.
pub const ORDER_UPDATED: &str = "order.updated";
/// A payment was made.
pub const PAYMENT_CREATED: &str = "payment.created";
/// A payment was changed: its `status` says what came of it.
pub const PAYMENT_UPDATED: &str = "payment.updated";
/// A refund was made.
pub const REFUND_CREATED: &str = "refund.created";
/// A refund was changed: its `status` says what came of it.
pub const REFUND_UPDATED: &str = "refund.updated";
/// A subscription was made.
pub const SUBSCRIPTION_CREATED: &str = "subscription.created";
/// A subscription was changed.
pub const SUBSCRIPTION_UPDATED: &str = "subscription.updated";
