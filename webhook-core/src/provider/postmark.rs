//! Postmark: deliveries, bounces, opens, clicks, inbound emails.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `Authorization: Basic` shows the user name and the password of the webhook |
//! | time window | none |
//! | event id | none: `MessageID` is that of the email |
//! | kind | `RecordType` in the body, not signed |
//!
//! Settings: `username`, and `password`: one or a list, any may match.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the password, from a log or a proxy, can send anything.
//! - User name and password stand in the URL that Postmark is given, `https://user:password@shop.example/…`, or are entered beside it. What is not a letter or a digit is
//!   percent-encoded there, and plain in the settings.
//! - A webhook without basic authentication is refused here.
//! - An email has one `MessageID` through all that happens to it: do not take it for the id of an event.
//! - 403 makes Postmark give up, any other refusal makes it try again. The library never answers 403 here.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Webhooks overview"](https://postmarkapp.com/developer/webhooks/webhooks-overview).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use crate::crypto::Algorithm;
use crate::provider::about::{About, Setting};
use crate::provider::macros::basic_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{BasicSigner, Sample, SampleKeys, Sign};
use crate::verify::Basic;
#[cfg(feature = "testing")]
use crate::{ConfigError, Settings};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Postmark(Basic::configured(NAMES, settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new("https://postmarkapp.com/developer/webhooks/webhooks-overview")
    .setup(&[
        "Choose a user name and a long random password. They become `username` and `password`.",
        "In the message stream of the server, open Webhooks, and add a webhook with the URL, both as basic authentication, and its events.",
    ])
    .settings(&[
        Setting::required(
            "username",
            "the user name of the basic authentication, as you entered it at Postmark",
        ),
        Setting::required(
            "password",
            "the password that belongs to it: one or a list, any of which may match",
        ),
    ])
    .headers(&["authorization"])
    .signed("nothing: the sender shows a user name and a password itself");

/// Where the kind stands.
const NAMES: Scheme = Scheme::new("postmark", Algorithm::Token).kind(&[Field::Json("/RecordType")]);

basic_provider! {
    /// Verifies that a request shows the user name and the password of a webhook with Postmark.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::postmark::Postmark;
    ///
    /// let endpoint = Endpoint::new(Postmark::new("postmark", ["new password", "old password"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Postmark, NAMES
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(BasicSigner::configured(settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = BasicSigner::sample(NAMES.name(), keys, |keys| {
        Postmark::new(BasicSigner::USER, keys)
    })?;
    Ok(vec![Sample { id: None, ..sample }])
}
