//! PagBank (PagSeguro): orders, charges, checkouts.
//!
//! | | |
//! |---|---|
//! | signature | `X-Authenticity-Token`: hex SHA-256 of the token, `-` and the body, a hash without a key of its own |
//! | key | the text of the account's token |
//! | time window | none: PagBank signs no time |
//! | event id | none: `id` in the body is that of the order |
//! | kind | none |
//!
//! # What to know
//!
//! - The body must be taken as it came: written anew it has another hash.
//! - Whoever holds one genuine request can hash on from it: its body, bytes that are no text, and what they like. So a body that is no text
//!   (UTF-8) is refused, and the coverage is [`Coverage::BodyHash`](crate::Coverage::BodyHash). Nobody who lacks the token can make a request
//!   whose body is JSON.
//! - An order keeps its `id` through all of its states: do not take it for the id of an event.
//! - PagBank's documents also name a newer header `x-payload-signature`, by ECDSA, for other notices. It is not read; requests without
//!   `X-Authenticity-Token` are refused. Some have seen none in the sandbox.
//! - Payments are not read: what each status means for money is more than we could check. Read the order from PagBank's API.
//!
//! Checked against vectors that we computed, by PagBank's documentation; no library of PagBank verifies:
//! ["Confirmar autenticidade da notificação"](https://developer.pagbank.com.br/reference/confirmar-autenticidade-da-notificacao).
//!
//! Dedupe tells events apart by: body.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Part, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.pagbank.com.br/reference/confirmar-autenticidade-da-notificacao",
)
.setup(&[
    "In iBanking, open the sales integrations, and copy the account's token. It becomes `secrets`.",
    "Give the URL of your endpoint in `notification_urls` with each order or checkout.",
]);

/// Hex SHA-256 of token, hyphen and body.
pub const SCHEME: Scheme = Scheme::new("pagbank", Algorithm::Sha256)
    .signature(Signature::header("x-authenticity-token"))
    .signed_content(&[Part::Secret, Part::Literal("-"), Part::Body]);

scheme_provider! {
    /// Verifies what PagBank sends to one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::pagbank::PagBank;
    ///
    /// let endpoint = Endpoint::new(PagBank::new(["new token", "old token"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    PagBank, SCHEME
}
