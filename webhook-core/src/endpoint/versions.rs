//! The versions of the sender's API that an endpoint is written for.

use std::sync::Arc;

use crate::json::Text;
use crate::message::Message;
use crate::outcome::{Rejection, RejectionKind};

/// The versions that an endpoint expects, and what becomes of the others.
#[derive(Debug)]
pub(crate) struct Versions {
    known: Arc<[Text]>,
    others: Others,
}

/// What becomes of an event of another version, or of none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Others {
    /// It goes on, and the log says so.
    Told,
    /// It is refused, so that the sender tries again.
    Refused,
}

impl Versions {
    pub(crate) fn new<V: Into<Text>>(
        versions: impl IntoIterator<Item = V>,
        others: Others,
    ) -> Self {
        Self {
            known: versions.into_iter().map(Into::into).collect(),
            others,
        }
    }

    /// Whether the message is of one of them. One that is not, and may go on all the same, is `false`.
    pub(crate) fn require(&self, message: &Message) -> Result<bool, Rejection> {
        if !message.signs_api_version() {
            return Err(NO_VERSIONS);
        }
        let version = message.api_version();
        let is_known = version.is_some_and(|version| self.known.contains(&version));
        match self.others {
            Others::Refused if !is_known => Err(OTHER_VERSION),
            Others::Refused | Others::Told => Ok(is_known),
        }
    }
}

const NO_VERSIONS: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the endpoint names API versions, and this sender signs none: remove `expect_api_versions` or `require_api_versions`",
);

const OTHER_VERSION: Rejection = Rejection::new(
    RejectionKind::UnexpectedApiVersion,
    "the event is written in an API version that `Endpoint::require_api_versions` does not name, or names none: set the version at \
     the sender's endpoint, or change the code that reads its events and name the version",
);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::{Arc, Mutex};

    use crate::endpoint::Endpoint;
    use crate::observe::Observed;
    use crate::provider::github::{self, GitHub};
    use crate::provider::stripe::{self, Stripe};
    use crate::testing::{Sign, Signer, receive};
    use crate::time::{SystemClock, UnixTime};
    use crate::{Answer, Clock, Delivery};

    const SECRET: &str = "whsec_of_a_shop_in_a_test";
    const KNOWN: [&str; 2] = ["2026-10-28.endive", "2025-03-31.basil"];

    fn received(endpoint: &Endpoint, body: &str) -> Result<Delivery, Answer> {
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
        let request = signer.sign(body.as_bytes(), SystemClock.now()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(endpoint, request))
    }

    fn code(outcome: &Result<Delivery, Answer>) -> &'static str {
        outcome.as_ref().map_or_else(Answer::code, |_| "accepted")
    }

    #[test]
    fn another_version_is_told_or_refused() {
        let noted: Arc<Mutex<Vec<bool>>> = Arc::default();
        let stripe = || {
            let noted = Arc::clone(&noted);
            let note = move |seen: &Observed| {
                let mut noted = noted.lock().unwrap();
                noted.push(seen.has_unexpected_api_version());
            };
            Endpoint::new(Stripe::new(SECRET).unwrap()).observe(note)
        };
        let expects = stripe().expect_api_versions(KNOWN);
        let requires = stripe().require_api_versions(KNOWN);
        let refused = "unexpected_api_version";
        for (body, version, answer) in [
            (
                r#"{"api_version":"2026-10-28.endive"}"#,
                Some(KNOWN[0]),
                "accepted",
            ),
            (
                r#"{"api_version":"2025-03-31.basil"}"#,
                Some(KNOWN[1]),
                "accepted",
            ),
            (
                r#"{"api_version":"2026-10-28"}"#,
                Some("2026-10-28"),
                refused,
            ),
            (r#"{"api_version":""}"#, None, refused),
            (r#"{"api_version":null}"#, None, refused),
            (
                r#"{"api_version":"2025-03-31.basil","api_version":"2026-10-28.endive"}"#,
                None,
                refused,
            ),
            (
                r#"{"data":{"api_version":"2026-10-28.endive"}}"#,
                None,
                refused,
            ),
            ("not JSON", None, refused),
            ("", None, refused),
        ] {
            let delivery = received(&expects, body).unwrap();
            assert_eq!(delivery.api_version().as_deref(), version, "{body}");
            let is_other = answer == refused;
            assert_eq!(
                std::mem::take(&mut *noted.lock().unwrap()),
                [is_other],
                "{body}"
            );
            assert_eq!(code(&received(&requires, body)), answer, "{body}");
            assert_eq!(
                std::mem::take(&mut *noted.lock().unwrap()),
                [false],
                "{body}"
            );
            assert_eq!(code(&received(&stripe(), body)), "accepted", "{body}");
            noted.lock().unwrap().clear();
        }
        let refusal = received(&requires, "{}").unwrap_err();
        assert_eq!(refusal.status(), 503);
    }

    #[test]
    fn a_sender_that_signs_no_version_cannot_be_asked_for_one() {
        let github = || Endpoint::new(GitHub::new(SECRET).unwrap());
        let signer = Signer::new(github::SCHEME, SECRET).unwrap();
        for endpoint in [
            github().expect_api_versions(KNOWN),
            github().require_api_versions(KNOWN),
        ] {
            let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let outcome = runtime.unwrap().block_on(receive(&endpoint, request));
            assert_eq!(code(&outcome), "misconfigured");
        }
    }
}
