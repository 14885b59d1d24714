//! Webflow: forms, sites and their content.
//!
//! | | |
//! |---|---|
//! | signature | `x-webflow-signature`: hex HMAC-SHA256 of `x-webflow-timestamp`, `:`, body; the time is in milliseconds |
//! | key | the text of the app's client secret, or of the webhook's own secret |
//! | time window | 300 seconds both ways, as Webflow recommends |
//! | event id | none |
//! | kind | `triggerType` in the body, signed |
//!
//! # What to know
//!
//! - The key is the client secret of the app that made the webhook by OAuth. One that was made otherwise has a secret of its own; older
//!   ones of that kind are not signed at all, and are refused here. Which those are is **doubtful**.
//! - Only the time tells two equal events apart: what Webflow sends again, signed anew, looks new.
//!
//! Checked against Webflow's library `webflow-api` 3.3.4, which looks at no time. Documentation:
//! ["Working with Webhooks"](https://developers.webflow.com/data/docs/working-with-webhooks).
//!
//! Dedupe tells events apart by: body and signed time. A repeat is handled again if it is not recognised: signed anew.

use crate::TimeUnit;
use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.webflow.com/data/docs/working-with-webhooks")
    .setup(&[
        "Make a webhook with the URL and its trigger type, by the API or in the site's settings.",
        "The client secret of the app that made it becomes `secrets`; otherwise the secret that Webflow shows for the webhook.",
    ])
    .acknowledgement("200");

/// Hex HMAC-SHA256 of time, `:`, body.
pub const SCHEME: Scheme = Scheme::new("webflow", Algorithm::HmacSha256)
    .signature(Signature::header("x-webflow-signature"))
    .timestamp(
        Timestamp::header("x-webflow-timestamp")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Literal(":"), Part::Body])
    .kind(&[Field::Json("/triggerType")]);

scheme_provider! {
    /// Verifies what Webflow sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::webflow::Webflow;
    ///
    /// let endpoint = Endpoint::new(Webflow::new("4f1c2a9b7d3e8f60a5b4c3d2e1f09182")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Webflow, SCHEME, timed
}

/// Names of kinds. Webflow has more; all of them arrive.
pub mod kind {
    /// An item of a collection was changed.
    pub const COLLECTION_ITEM_CHANGED: &str = "collection_item_changed";
    /// An item of a collection was created.
    pub const COLLECTION_ITEM_CREATED: &str = "collection_item_created";
    /// An item of a collection was deleted.
    pub const COLLECTION_ITEM_DELETED: &str = "collection_item_deleted";
    /// The stock of the shop has changed.
    pub const ECOMM_INVENTORY_CHANGED: &str = "ecomm_inventory_changed";
    /// There is a new order.
    pub const ECOMM_NEW_ORDER: &str = "ecomm_new_order";
    /// An order has changed.
    pub const ECOMM_ORDER_CHANGED: &str = "ecomm_order_changed";
    /// Somebody has sent a form.
    pub const FORM_SUBMISSION: &str = "form_submission";
    /// A page was created.
    pub const PAGE_CREATED: &str = "page_created";
    /// A page was deleted.
    pub const PAGE_DELETED: &str = "page_deleted";
    /// The metadata of a page was changed.
    pub const PAGE_METADATA_UPDATED: &str = "page_metadata_updated";
    /// A site was published.
    pub const SITE_PUBLISH: &str = "site_publish";
}
