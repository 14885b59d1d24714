//! How Stripe signs.

use super::payment::MEANING;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::{Identity, Whose};
use crate::provider::macros::scheme_provider;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

/// Hex HMAC-SHA256 of the time, a dot and the body, in `Stripe-Signature: t=1785920400,v1=5b4b…`.
///
/// Only `v1` counts: `v0`, which Stripe adds to test events, and unknown versions are not looked at. The key
/// is the whole text of the secret, `whsec_` included; Stripe's libraries take any text. Source: "Verify webhook signatures manually" in Stripe's
/// documentation, and the verification code of its Python, Node, Go and PHP libraries.
pub const SCHEME: Scheme = Scheme::new("stripe", Algorithm::HmacSha256)
    .key(
        KeyFormat::text()
            .usual_prefix("whsec_")
            .reject_prefixes(&["sk_", "pk_", "rk_"]),
    )
    .signature(
        Signature::header("stripe-signature")
            .separator(b',')
            .prefix("v1=")
            .ignore_other_versions(),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Json("/id")])
    // A platform gets an event of a connected account under the same id as that of another account.
    .identity(Identity::fields(&[
        &[Field::Json("/id")],
        &[Field::Json("/account")],
        &[Field::Json("/type")],
    ]))
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .with_events()
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/account"), Field::Json("/context")])
    .api_version(&[Field::Json("/api_version")])
    .live(Field::Json("/livemode"), &["true"])
    .test(Field::Json("/livemode"), &["false"]);

scheme_provider! {
    /// Accepts what Stripe has signed, up to 300 seconds before or after the receiver's clock.
    ///
    /// The secret is the one of the endpoint, `whsec_…`, exactly as Stripe shows it; an API key (`sk_…`,
    /// `rk_…`, `pk_…`) or an id (`we_…`) is refused, as is all that begins with another word and `_`. `stripe listen` prints a secret of its own. Give two secrets while one is
    /// being rolled, and where two of Stripe's endpoints, such as one for your account and one for connected
    /// accounts, send to the same URL: each has its own.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::Stripe;
    ///
    /// let one = Endpoint::new(Stripe::new("whsec_4f1c")?);
    /// let two = Endpoint::new(Stripe::new(["whsec_account", "whsec_connect"])?);
    /// assert!(Stripe::new("sk_live_4f1c").is_err());
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Stripe, SCHEME, timed
}
