//! Opayo Server, once Sage Pay Server: card payments in the United Kingdom and Ireland, notification of the result.
//!
//! | | |
//! |---|---|
//! | signature | `VPSSignature` in the form: hex MD5 of up to 24 fields, the vendor's name and the key, with nothing between them |
//! | key | the `SecurityKey` that Opayo gave out when this transaction was registered: one for each |
//! | time window | none: Opayo signs no time |
//! | event id | `VPSTxId` and `Status`, joined with `:`; signed |
//! | kind | `TxType`, **not signed** |
//! | acknowledgement | `Status=OK` and `RedirectURL=…`, see [`acknowledgement`] |
//!
//! # What to know
//!
//! - The list of fields is known from third-party code alone, and the form of the acknowledgement from general knowledge.
//! - MD5 over joined fields is a weak signature: characters can be moved from one field to the next without changing it.
//!   What follows from their form is checked: id, transaction code, status and authorisation number can only be read in
//!   one way. **Not covered are** `TxType`, `StatusDetail`, `Surcharge`, every parameter that is not in the list, and
//!   where one ends and the next begins among the fields behind `AVSCV2`.
//! - A successful `TOKEN` registration is signed in another way, which cannot be turned into that of a payment.
//! - `VendorTxCode` says which key counts before anything is proven. It is looked up only if it has the form of one: at
//!   most 40 letters, digits and `-._{}`. A code that is unknown is answered like a wrong signature.
//! - The values are hashed as the bytes that were sent; Opayo writes ISO 8859-1.
//! - Opayo cancels a transaction whose notification is not acknowledged.
//!
//! Checked against `ServerNotifyTrait.php` of thephpleague/omnipay-sagepay. Documentation:
//! ["You Confirm the Transaction"](https://developer-eu.elavon.com/docs/opayo-server/taking-payments/step-4-you-confirm-transaction).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `PAYMENT` | `Status` is `OK` | `Paid` |  |
//! | `DEFERRED` | `Status` is `OK` | `Authorized` |  |
//! | `AUTHENTICATE` | `Status` is `OK` | `Pending` |  |
//! | any other | `Status` is `NOTAUTHED` or `REJECTED` or `ERROR` | `Failed` |  |
//! | any other | `Status` is `ABORT` | `Canceled` |  |
//! | any other | `Status` is `PENDING` or `AUTHENTICATED` or `REGISTERED` | `Pending` |  |
//! | any other |  | `Other` |  |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all |  | `VendorTxCode` | `VPSTxId` |  |
//!
//! - `TxType`, the kind, is not signed: where `Status` is `OK`, the update is `Unconfirmed`, and the table says what is
//!   [claimed](crate::payment::PaymentUpdate::unverified). You chose the type when you registered the transaction. All other
//!   statuses hold for any type.
//! - A `TOKEN` registration with `OK` is `Other`: nothing is paid.
//! - A notification says no amount and no time. Refunds and disputes are not told.
//!
//! Dedupe tells events apart by: all signed fields.

mod payment;
mod signed;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::{OpayoServer, acknowledgement};

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(OpayoServer::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://developer-eu.elavon.com/docs/opayo-server/taking-payments/step-4-you-confirm-transaction",
)
.setup(&[
    "Send the URL as `NotificationURL` with each transaction that you register.",
    "Keep the `SecurityKey` of the answer under your `VendorTxCode`. It becomes an entry of `security_key_by_vendor_tx_code`.",
    "Set `vendor` to the vendor's name that Opayo gave you.",
    "Set `redirect_url` to where the payer goes next, if that is one page for all.",
])
.settings(&[
    Setting::required("vendor", "the vendor's name, in either case"),
    Setting::required(
        "security_key_by_vendor_tx_code",
        "a table of the `SecurityKey` of each transaction by its `VendorTxCode`",
    ),
    Setting::optional("redirect_url", "where the payer is sent after every notification"),
])
.signed(
    "MD5 in hex of: up to 24 fields of the form, with the vendor's name and the key between them",
)
.acknowledgement(
    "a text with `Status=OK` and `RedirectURL`; set `redirect_url`, or let the handler answer",
);
