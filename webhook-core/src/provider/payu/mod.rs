//! PayU in Europe: its REST API, with cards, transfers and BLIK. PayU India and PayU Latin America sign otherwise.
//!
//! | | |
//! |---|---|
//! | signature | `OpenPayU-Signature: sender=…;signature=<hex>;algorithm=MD5;content=DOCUMENT`, the older `X-OpenPayU-Signature` too: hash of the body with the key behind it |
//! | key | the text of the shop's second key |
//! | time window | none: PayU signs no time |
//! | event id | `order.orderId` and `order.status`, joined with `:`; of a refund `refund.refundId` and its status; signed |
//! | kind | `order.` or `refund.` and the status, signed |
//!
//! # What to know
//!
//! - **The signature is weak.** It is a plain hash with the key at its end, not an HMAC, and PayU uses MD5 unless told
//!   otherwise. Two bodies of one MD5 hash, which can be made on purpose, have one signature under every key. Read the
//!   order from PayU's API before you hand anything out, and let PayU sign with SHA-256 if it can.
//! - The sender names the algorithm. Accepted are `MD5`, `SHA-256` (also written `SHA`), `SHA-384` and `SHA-512`; `SHA-1`
//!   only if [asked for](PayU::dangerously_accept_sha1), MD5 unless [refused](PayU::refuse_md5).
//! - PayU's own code trims white space around the body before it hashes. Here the bytes as they came are tried first,
//!   and the trimmed ones only if they differ.
//! - PayU tries up to 20 times in three days, and may send one status more than once.
//!
//! Checked against PayU-EMEA/openpayu_php, `Util.php`, `HttpCurl.php` and `OpenPayU.php`. That PayU signs with MD5 by
//! default is general knowledge. Documentation: ["Payment Lifecycle"](https://developers.payu.com/europe/docs/payment-flows/lifecycle).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `order.NEW`, `order.PENDING` |  | `Pending` | `order.totalAmount` |
//! | `order.WAITING_FOR_CONFIRMATION` |  | `Authorized` | `order.totalAmount` |
//! | `order.COMPLETED` |  | `Paid` | `order.totalAmount` |
//! | `order.CANCELED` |  | `Canceled` | `order.totalAmount` |
//! | `order.REJECTED` |  | `Failed` | `order.totalAmount` |
//! | `refund.PENDING` |  | `RefundPending` | `refund.amount`, a step of id `refund.refundId` |
//! | `refund.FINALIZED` |  | `Refund` | `refund.amount`, a step of id `refund.refundId` |
//! | `refund.CANCELED` |  | `RefundFailed` | `refund.amount`, a step of id `refund.refundId` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.PENDING`, `refund.FINALIZED`, `refund.CANCELED` | `refund.currencyCode`, minor units | `extOrderId` | `orderId` | `refund.statusDateTime`, by RFC 3339 |
//! | all others | `order.currencyCode`, minor units | `order.extOrderId` | `order.orderId` | `localReceiptDateTime`, by RFC 3339 |
//!
//! - A refund is a step, and does not say whether that was all.
//! - `order.WAITING_FOR_CONFIRMATION` only comes where the shop collects by hand. One status may come more than once.
//! - The kinds are from general knowledge of PayU's documentation: a status that is not in the table is `Other`.
//!
//! Dedupe tells events apart by: the hashed body, without blanks around it. A repeat is handled again if it is not
//! recognised: rendered anew.

mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::PayU;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(PayU::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://developers.payu.com/europe/docs/payment-flows/lifecycle")
    .setup(&[
        "Send the URL as `notifyUrl` with each order.",
        "In the panel, open the point of sale and copy its second key (MD5). It becomes `secrets`.",
        "Set `refuse` to `MD5` once PayU signs with SHA-256 for you.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the shop's second key, shown with its point of sale: one or a list, any of which may match",
        ),
        Setting::optional("refuse", "`MD5`, if PayU signs with SHA-2"),
        Setting::optional("dangerously_accept", "`SHA-1`, if PayU signs with nothing better"),
    ])
    .headers(&["openpayu-signature", "x-openpayu-signature"])
    .signed("MD5, or another hash that the header names, in hex of: the body, the key")
    .acknowledgement("200");
