//! The objects inside of events that matter for payments.
//!
//! Only an `id` is needed to read one; what else is missing, `null` or new does not matter. Amounts are in the
//! smallest unit of their currency. Words that Stripe may add to, such as a status, stay text. `Debug` shows
//! the id and nothing else, because the rest is somebody's name, money or secret.

mod charge;
mod checkout_session;
mod dispute;
mod expandable;
mod invoice;
mod object;
mod payment_intent;
mod read;
mod refund;
mod subscription;

pub use charge::Charge;
pub use checkout_session::CheckoutSession;
pub use dispute::Dispute;
pub use expandable::Expandable;
pub use invoice::{Invoice, InvoiceParent, InvoiceSubscription};
pub use object::Object;
pub use payment_intent::{PaymentError, PaymentIntent};
pub use refund::Refund;
pub use subscription::{Price, Subscription, SubscriptionItem};
