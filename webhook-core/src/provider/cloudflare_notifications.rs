//! Cloudflare Notifications: alerts of an account, by its generic webhooks.
//!
//! | | |
//! |---|---|
//! | proof | the header `cf-webhook-auth`: the secret itself |
//! | covered | **nothing**: only that the sender knows the secret |
//! | time window | none |
//! | event id | none; `alert_correlation_id` groups several |
//! | kind | `alert_type` in the body, **not signed** |
//!
//! # What to know
//!
//! - Whoever has seen one request can send others with any content. Ask Cloudflare's API before you act.
//! - A webhook without a secret shows none, and is refused here.
//! - Cloudflare sends a test when the webhook is saved, and wants a 2xx: it is an ordinary delivery, without a kind.
//! - Stream signs: see [Cloudflare Stream](super::cloudflare_stream). Stream *Live* comes by this way.
//!
//! Checked against vectors that we computed, by Cloudflare's documentation:
//! ["Configure webhooks"](https://developers.cloudflare.com/notifications/get-started/configure-webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned, with its kind. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
)
.setup(&[
    "Make a long random text: it becomes `secrets`. Start the endpoint with it: Cloudflare tries the webhook when it is saved.",
    "In the dashboard, open Notifications, Destinations, and create a webhook with the URL of your endpoint and that text as its secret.",
    "Choose the webhook in the notifications that it shall get.",
]);

/// The secret in a header of its own.
pub const SCHEME: Scheme = Scheme::new("cloudflare-notifications", Algorithm::Token)
    .signature(Signature::header("cf-webhook-auth"))
    .kind(&[Field::Json("/alert_type")]);

scheme_provider! {
    /// Verifies what Cloudflare's notifications send to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::cloudflare_notifications::CloudflareNotifications;
    ///
    /// let endpoint = Endpoint::new(CloudflareNotifications::new("Zm9vYmFyIGJheiBxdXV4IHF1dXV4")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CloudflareNotifications, SCHEME
}
