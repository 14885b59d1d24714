//! DocuSign Connect: envelopes and their recipients.
//!
//! | | |
//! |---|---|
//! | signature | `X-DocuSign-Signature-1`, `-2`, …: base64 HMAC-SHA256 of the body, one for each key of the account; any may match |
//! | key | the text of one of the account's Connect keys |
//! | time window | none: DocuSign signs no time |
//! | event id | none |
//! | kind | `event` in a JSON body, signed, such as `envelope-completed` |
//!
//! # What to know
//!
//! - A configuration signs only if "Include HMAC Signature" is ticked; what is not signed is refused here.
//! - The headers are read from 1 up to the first gap, 100 at the most. `X-Authorization-Digest` names the algorithm, and is not looked
//!   at: it would let a forger choose.
//! - The body may be JSON or XML, as the configuration says. What is signed is the body to its last line ending. An XML body has no kind
//!   here.
//! - There is no event id. `retryCount` in the body counts up, so that a repeat is another body: envelope, recipient, event and the time
//!   that it was generated tell events apart. Whether that time stays the same in a repeat is not documented.
//!
//! Checked against vectors that we computed, by DocuSign's documentation:
//! ["How to validate an HMAC signature"](https://developers.docusign.com/platform/webhooks/connect/validate).
//!
//! Dedupe tells events apart by: `data.envelopeId`, kind, `generatedDateTime`, `data.recipientId`; without an envelope the body. A
//! repeat is handled again if it is not recognised: generated anew, or XML.

#[cfg(feature = "testing")]
use crate::ConfigError;
use crate::crypto::{Algorithm, Encoding};
use crate::message::{Identity, Whose};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About =
    About::new(Group::Business, "https://developers.docusign.com/platform/webhooks/connect/validate")
        .setup(&[
            "In eSignature Admin, open Connect, Connect Keys, and add a secret key. It is shown once and becomes `secrets`.",
            "Add a configuration with the URL of your endpoint, choose its events and tick Include HMAC Signature.",
        ])
        .headers(&["x-docusign-signature-1"]);

/// Base64 HMAC-SHA256 of the body, in numbered headers.
pub const SCHEME: Scheme = Scheme::new("docusign", Algorithm::HmacSha256)
    .signature(Signature::numbered("x-docusign-signature-").encoding(Encoding::Base64))
    .kind(&[Field::Json("/event")])
    .identity(Identity::fields(&[
        &[Field::Json("/data/envelopeId")],
        &[Field::Json("/event")],
        &[Field::Json("/generatedDateTime")],
        &[Field::Json("/data/recipientId")],
    ]))
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/data/accountId")]);

scheme_provider! {
    /// Verifies what DocuSign Connect sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::docusign::DocuSign;
    ///
    /// let endpoint = Endpoint::new(DocuSign::new("nMsMAXJafpRdPl0GqsgXnDNoE11sGJK7aL4x3C8+d2g=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    DocuSign, SCHEME
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![Sample::of_scheme_in(
        SCHEME,
        "x-docusign-signature-1",
        keys,
    )?])
}
