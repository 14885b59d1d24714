//! Figma: files, comments, libraries.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `passcode` in the body shows the passcode of the webhook |
//! | time window | none |
//! | event id | none |
//! | kind | `event_type` in the body, not signed |
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the passcode can send anything.
//! - The passcode is in the body: what logs or keeps the body keeps the passcode. That is why its deliveries cannot be stored
//!   ([`Endpoint::storable`](crate::Endpoint::storable)): handle them at once.
//! - Figma wants 400 for a wrong passcode, and stops the webhook then. The library answers 401 as for any other sender.
//! - A `PING` comes when the webhook is made, and carries the passcode too.
//!
//! Computed by Figma's documentation; no library of Figma verifies. Documentation:
//! ["Webhooks V2"](https://developers.figma.com/docs/rest-api/webhooks),
//! ["Security"](https://developers.figma.com/docs/rest-api/webhooks-security).
//!
//! Dedupe tells events apart by: body, unsigned.

#[cfg(feature = "testing")]
use crate::ConfigError;
use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Business, "https://developers.figma.com/docs/rest-api/webhooks").setup(&[
    "Choose a long random passcode, of 100 characters at the most.",
    "Create the webhook with `POST /v2/webhooks` of the API, with the URL as `endpoint` and the passcode. The passcode becomes `secrets`.",
]);

/// The passcode in the body.
pub const SCHEME: Scheme = Scheme::new("figma", Algorithm::Token)
    .signature(Signature::first_of(&[Field::Json("/passcode")]).encoding(Encoding::Text))
    .kind(&[Field::Json("/event_type")]);

scheme_provider! {
    /// Verifies that a request shows the passcode of a webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::figma::Figma;
    ///
    /// let endpoint = Endpoint::new(Figma::new(["new passcode", "old passcode"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Figma, SCHEME
}

/// Names of kinds of events. All others arrive too.
pub mod kind {
    /// Somebody commented on a file.
    pub const FILE_COMMENT: &str = "FILE_COMMENT";
    /// A file was deleted.
    pub const FILE_DELETE: &str = "FILE_DELETE";
    /// A file was changed, some time ago.
    pub const FILE_UPDATE: &str = "FILE_UPDATE";
    /// A file has a version with a name.
    pub const FILE_VERSION_UPDATE: &str = "FILE_VERSION_UPDATE";
    /// A library was published.
    pub const LIBRARY_PUBLISH: &str = "LIBRARY_PUBLISH";
    /// The webhook was created.
    pub const PING: &str = "PING";
}

/// The passcode stands in the body, which must be an object.
#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = Sample::of_scheme(SCHEME, keys)?;
    Ok(vec![Sample {
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        place: Place::Body(r#""passcode":""#),
        scheme: None,
        ..sample
    }])
}
