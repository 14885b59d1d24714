//! GitHub: repositories, organisations and apps.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature-256: sha256=` and hex HMAC-SHA256 of the body; the key is the secret's text |
//! | time window | none: GitHub signs no time |
//! | event id | `X-GitHub-Delivery`, **not signed** |
//! | kind | `X-GitHub-Event`, **not signed**; the body's `action` is |
//! | set-up | an ordinary signed delivery of kind `ping` |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id and another kind. Where that would hurt, look at the body,
//!   and do not take the id alone as proof that an event is new.
//! - A webhook without a secret is not signed at all, and is refused here.
//! - The older `X-Hub-Signature`, with SHA-1, comes along and is not looked at.
//! - A webhook may be set to `application/x-www-form-urlencoded`. What is signed is the form; [`Event`] reads
//!   both, and [`Delivery::body`] is the form then.
//! - GitHub does not rotate secrets for you: configure both until the change has been made there.
//!
//! Checked against GitHub's library `@octokit/webhooks-methods` 6.0.0 and the example in GitHub's documentation:
//! ["Validating webhook deliveries"](https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
//!
//! Dedupe tells events apart by: body, unsigned `X-GitHub-Delivery` and event.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use crate::crypto::{Algorithm, KeyFormat};
use crate::delivery::require_events_of;
use crate::json::{Slice, decode, document};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::{Field, form_field};
use crate::scheme::{Scheme, Signature};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, Unverified};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Developer,
    "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
)
.setup(&[
    "In the settings of the repository, the organisation or the app, add a webhook with \
             the URL of your endpoint; choose `application/json`.",
    "Enter a long random secret there: it becomes `secrets`.",
    "Choose the events. A `ping` arrives at once.",
]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("github", Algorithm::HmacSha256)
    // <https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks>. GitHub Enterprise Server waits for 30.
    .waits_secs(10)
    .key(KeyFormat::text().reject_prefixes(&[
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ]))
    .signature(Signature::header("x-hub-signature-256").prefix("sha256="))
    // GitHub's own limit. It never sends again what was refused.
    .body_limit(25 * 1024 * 1024)
    .id(&[Field::Header("x-github-delivery")])
    .kind(&[Field::Header("x-github-event")])
    .with_events();

scheme_provider! {
    /// Verifies what GitHub sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::github::GitHub;
    ///
    /// let endpoint = Endpoint::new(GitHub::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    GitHub, SCHEME
}

/// Names of kinds of events, for `match event.kind.unverified().as_str()`. GitHub has many more; all of them arrive.
pub mod kind {
    /// A run of a check was created, completed or asked for again.
    pub const CHECK_RUN: &str = "check_run";
    /// A suite of checks was completed or asked for.
    pub const CHECK_SUITE: &str = "check_suite";
    /// A branch or a tag was created.
    pub const CREATE: &str = "create";
    /// A branch or a tag was deleted.
    pub const DELETE: &str = "delete";
    /// A deployment was created.
    pub const DEPLOYMENT: &str = "deployment";
    /// A deployment has another state.
    pub const DEPLOYMENT_STATUS: &str = "deployment_status";
    /// A repository was forked.
    pub const FORK: &str = "fork";
    /// An app was installed, removed or suspended.
    pub const INSTALLATION: &str = "installation";
    /// An installed app may see other repositories than before.
    pub const INSTALLATION_REPOSITORIES: &str = "installation_repositories";
    /// Somebody commented on an issue or a pull request.
    pub const ISSUE_COMMENT: &str = "issue_comment";
    /// Something happened to an issue.
    pub const ISSUES: &str = "issues";
    /// The webhook was created: GitHub tries it.
    pub const PING: &str = "ping";
    /// Something happened to a pull request.
    pub const PULL_REQUEST: &str = "pull_request";
    /// A pull request was reviewed.
    pub const PULL_REQUEST_REVIEW: &str = "pull_request_review";
    /// Somebody commented on the changes of a pull request.
    pub const PULL_REQUEST_REVIEW_COMMENT: &str = "pull_request_review_comment";
    /// Commits or tags were pushed.
    pub const PUSH: &str = "push";
    /// Something happened to a release.
    pub const RELEASE: &str = "release";
    /// Something happened to a repository itself.
    pub const REPOSITORY: &str = "repository";
    /// Somebody called the API for an event of their own; `action` is its name.
    pub const REPOSITORY_DISPATCH: &str = "repository_dispatch";
    /// A repository got or lost a star.
    pub const STAR: &str = "star";
    /// A commit has another status.
    pub const STATUS: &str = "status";
    /// A job of a workflow was queued, started or completed.
    pub const WORKFLOW_JOB: &str = "workflow_job";
    /// A run of a workflow was requested, started or completed.
    pub const WORKFLOW_RUN: &str = "workflow_run";
}

/// An event: what nearly all kinds have in common, and the payload.
///
/// ```
/// use webhook_core::provider::github::{Event, kind};
///
/// fn handle(event: Event) {
///     match (event.kind.unverified().as_str(), event.action.as_deref()) {
///         (kind::PUSH, _) => println!("a push to {:?}", event.repository),
///         (kind::ISSUES, Some("opened")) => println!("a new issue"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// What happened, from `X-GitHub-Event`: not signed.
    pub kind: Unverified<EventKind>,
    /// What about it, such as `opened`, for kinds that have several.
    pub action: Option<Text>,
    /// The id of the delivery, from `X-GitHub-Delivery`: not signed.
    pub delivery_id: Option<Unverified<Text>>,
    /// Which installation of an app it was sent for.
    pub installation_id: Option<u64>,
    /// Where it happened.
    pub repository: Option<Repository>,
    /// Who did it.
    pub sender: Option<Sender>,
    /// The whole payload.
    pub payload: RawJson,
}

/// Where something happened.
///
/// ```
/// use webhook_core::provider::github::Event;
///
/// fn is_ours(event: &Event) -> bool {
///     event.repository.as_ref().is_some_and(|repository| repository.full_name.starts_with("acme/"))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repository {
    /// Its id, which outlives a change of name.
    pub id: u64,
    /// Owner and name, such as `rust-lang/rust`.
    pub full_name: Text,
}

/// Who did something.
///
/// ```
/// use webhook_core::provider::github::Event;
///
/// fn is_dependabot(event: &Event) -> bool {
///     event.sender.as_ref().is_some_and(|sender| sender.login == "dependabot[bot]")
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sender {
    /// The account's id, which outlives a change of name.
    pub id: u64,
    /// The account's name.
    pub login: Text,
}

impl Event {
    /// Reads the payload as your type.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.payload.decode()
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        let kind = delivery
            .message()
            .unverified_kind_text()
            .ok_or_else(|| DecodeError::new("x-github-event", "the header is missing"))?;
        document(&json_of(delivery.body())?, |json| {
            let fields: Fields<'_> = decode(json)?;
            Ok(Self {
                kind: kind.clone().map(EventKind::from),
                action: fields.action.map(|action| action.into_text(json)),
                delivery_id: delivery.message().unverified_id_text(),
                installation_id: fields.installation.map(|installation| installation.id),
                repository: fields.repository.map(|repository| Repository {
                    id: repository.id,
                    full_name: repository.full_name.into_text(json),
                }),
                sender: fields.sender.map(|sender| Sender {
                    id: sender.id,
                    login: sender.login.into_text(json),
                }),
                payload: json.whole()?,
            })
        })
    }
}

impl fmt::Debug for Event {
    /// Says which event it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("action", &self.action)
            .field("delivery_id", &self.delivery_id)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    action: Option<Slice<'a>>,
    installation: Option<InstallationFields>,
    #[serde(borrow)]
    repository: Option<RepositoryFields<'a>>,
    #[serde(borrow)]
    sender: Option<SenderFields<'a>>,
}

#[derive(Deserialize)]
struct InstallationFields {
    id: u64,
}

#[derive(Deserialize)]
struct RepositoryFields<'a> {
    id: u64,
    #[serde(borrow)]
    full_name: Slice<'a>,
}

#[derive(Deserialize)]
struct SenderFields<'a> {
    id: u64,
    #[serde(borrow)]
    login: Slice<'a>,
}

/// The body, or what the form in it carries.
fn json_of(body: &Bytes) -> Result<Bytes, DecodeError> {
    if !body.starts_with(b"payload=") {
        return Ok(body.clone());
    }
    match form_field(body, "payload") {
        Ok(json) => Ok(Bytes::from(json.unwrap_or_default().into_owned())),
        Err(_) => Err(DecodeError::new("payload", "two fields of this name")),
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};

    fn delivery(kind: &str, body: &str) -> Delivery {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.id("72d3162e").kind(kind);
        support::signed(
            "github",
            json!({"secrets": "a secret for tests"}),
            &signer,
            body,
        )
    }

    fn event(kind: &str, body: &str) -> Result<Event, DecodeError> {
        Event::from_delivery(&delivery(kind, body))
    }

    const OPENED: &str = r#"{
        "action": "opened",
        "issue": {"number": 1347, "title": "canary"},
        "repository": {"id": 1296269, "full_name": "octocat/Hello-World", "private": false},
        "sender": {"id": 21031067, "login": "octocat", "type": "User"},
        "installation": {"id": 5, "node_id": "MDQ6"}
    }"#;

    #[test]
    fn reads_what_kinds_have_in_common() {
        let event = event(kind::ISSUES, OPENED).unwrap();
        assert_eq!(*event.kind.unverified(), kind::ISSUES);
        assert_eq!(event.action.as_deref(), Some("opened"));
        assert_eq!(
            event.delivery_id.unwrap().into_unverified().as_str(),
            "72d3162e"
        );
        assert_eq!(event.installation_id, Some(5));
        assert_eq!(
            event.repository,
            Some(Repository {
                id: 1_296_269,
                full_name: "octocat/Hello-World".into()
            })
        );
        let octocat = Sender {
            id: 21_031_067,
            login: "octocat".into(),
        };
        assert_eq!(event.sender, Some(octocat));
        assert_eq!(event.payload.get(), OPENED);
    }

    #[test]
    fn the_payload_decodes_as_a_type_of_the_user() {
        #[derive(Deserialize)]
        struct Opened {
            issue: Issue,
        }
        #[derive(Deserialize)]
        struct Issue {
            number: u64,
        }
        let event = event(kind::ISSUES, OPENED).unwrap();
        assert_eq!(event.decode::<Opened>().unwrap().issue.number, 1347);
    }

    #[test]
    fn a_form_carries_the_same_event() {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", OPENED)
            .finish();
        let event = event(kind::ISSUES, &form).unwrap();
        assert_eq!(event.action.as_deref(), Some("opened"));
        assert_eq!(event.payload.get(), OPENED);
    }

    #[test]
    fn a_form_with_two_payloads_is_no_event() {
        let error = event(kind::PUSH, "payload=%7B%7D&payload=%5B%5D").unwrap_err();
        assert_eq!(error.path(), "payload");
    }

    #[test]
    fn every_accepted_vector_of_json_is_an_event() {
        for (case, delivery) in support::vectors("github") {
            let event = Event::from_delivery(&delivery);
            assert_eq!(event.is_ok(), case != "ok_vendor_doc_vector", "{case}");
        }
    }

    #[test]
    fn a_kind_from_the_future_without_any_field_is_an_event() {
        let event = event("telepathy", "{}").unwrap();
        assert_eq!(*event.kind.unverified(), "telepathy");
        assert!(event.action.is_none() && event.repository.is_none() && event.sender.is_none());
    }

    #[test]
    fn names_the_place_of_another_type() {
        for (body, path) in [
            (r#"{"action":1}"#, "action"),
            (r#"{"installation":{"id":"5"}}"#, "installation.id"),
            (r#"{"repository":{"id":1.5}}"#, "repository.id"),
            (r#"{"sender":{"id":1,"login":[]}}"#, "sender.login"),
            ("7", "."),
            ("", "."),
        ] {
            assert_eq!(event("push", body).unwrap_err().path(), path, "{body}");
        }
    }

    #[test]
    fn a_delivery_without_kind_is_no_event() {
        assert_eq!(event("", "{}").unwrap_err().path(), "x-github-event");
    }

    #[test]
    fn bytes_that_are_no_text_are_no_event() {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let secrets = json!({"secrets": "a secret for tests"});
        let delivery = support::signed("github", secrets, &signer, b"{\"x\":\"\xff\"}");
        assert!(Event::from_delivery(&delivery).is_err());
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("shopify").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn texts_share_the_memory_of_the_body() {
        let delivery = delivery("push", r#"{"action":"opened"}"#);
        let event = Event::from_delivery(&delivery).unwrap();
        assert_eq!(
            event.action.unwrap().as_ptr(),
            delivery.body()[11..].as_ptr()
        );
        assert_eq!(event.payload.get().as_ptr(), delivery.body().as_ptr());
    }

    #[test]
    fn debug_does_not_show_the_payload() {
        let shown = format!("{:?}", event(kind::ISSUES, OPENED).unwrap());
        assert!(shown.contains("issues") && !shown.contains("canary"));
    }
}
