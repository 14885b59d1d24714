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
//! | `Status` | status |
//! |---|---|
//! | `OK` | `Unconfirmed`: whether the money was taken or only reserved stands in `TxType`, which you chose when you registered the transaction; claimed is `Paid` for `PAYMENT`, `Authorized` for `DEFERRED`, otherwise `Other` |
//! | `OK` of a `TOKEN` registration | `Other` |
//! | `NOTAUTHED`, `REJECTED`, `ERROR` | `Failed` |
//! | `ABORT` | `Canceled` |
//! | `PENDING`, `AUTHENTICATED`, `REGISTERED` | `Pending` |
//! | anything else | `Other` |
//!
//! | field | where |
//! |---|---|
//! | amount | none: a notification does not say it |
//! | reference | `VendorTxCode` |
//! | transaction id | `VPSTxId` |
//! | time | none |
//!
//! Dedupe tells events apart by: all signed fields.

mod payments;
#[cfg(feature = "testing")]
mod signer;
mod verifier;

#[cfg(feature = "testing")]
pub use signer::Signer;
pub(crate) use verifier::PROVIDER;
pub use verifier::{OpayoServer, acknowledgement};
