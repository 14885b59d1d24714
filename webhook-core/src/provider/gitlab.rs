//! GitLab: projects and groups.
//!
//! | | mode `signing` | mode `token` |
//! |---|---|---|
//! | proof | `webhook-signature`: entries `v1,` and base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body | `X-Gitlab-Token`: the secret token itself |
//! | key | the signing token, `whsec_` and base64; what is decoded is the key | the text of the secret token |
//! | covers | the id, the body | **nothing**: only that the sender knows the token |
//! | time window | 300 seconds both ways | none |
//! | event id | `webhook-id`, signed | `Idempotency-Key`, **not signed** |
//! | kind | `X-Gitlab-Event`, **not signed**; the body's `object_kind` is | `X-Gitlab-Event`, **not signed** |
//!
//! # What to know
//!
//! - A webhook may have a signing token, a secret token, or both. The setting `mode` says which one is looked at. The default is `signing`,
//!   which GitLab has since 19: whoever has seen one request with a secret token can send others.
//! - `webhook-id` and `webhook-timestamp` come with every request. Without `webhook-signature` nothing is signed, and in mode
//!   `signing` such a request is refused, with or without a secret token.
//! - `X-Gitlab-Event-UUID` is the same for webhooks that another webhook has set off: it is no id of an event.
//! - `Idempotency-Key` is equal to `webhook-id`, and stays the same when GitLab tries again. Older ones do not send it.
//!
//! Mode `signing` is checked against Standard Webhooks' library `standardwebhooks` (Python) and the text of GitLab's change that brought
//! it; mode `token` by hand. Documentation: ["Webhooks"](https://docs.gitlab.com/user/project/integrations/webhooks/).
//!
//! Dedupe tells events apart by: signing: `webhook-id`; token: body, unsigned `Idempotency-Key` and kind.

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{ConfigError, IntoKeyring, Tolerance};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    match settings.text("mode")? {
        None | Some("signing") => Ok(SCHEME),
        Some("token") => Ok(TOKEN_SCHEME),
        Some(_) => Err(ConfigError::new("`mode` is neither `signing` nor `token`")),
    }
})
.tested(testing!(samples));

const ABOUT: About = About::new(Group::Developer, "https://docs.gitlab.com/user/project/integrations/webhooks/")
    .setup(&[
        "In the project or the group, open Settings, Webhooks, and add a webhook with the URL and its triggers.",
        "Make a signing token, `whsec_…`: it becomes `secrets`.",
        "Where there are only secret tokens, enter a long random one: it becomes `secrets`, with `mode` set to `token`.",
    ])
    .settings(&[Setting::optional(
        "mode",
        "`signing`, the default, or `token` for a secret token, which signs nothing",
    )])
    .headers(&[
        "webhook-signature",
        "webhook-timestamp",
        "webhook-id",
        "x-gitlab-token",
        "idempotency-key",
        "x-gitlab-event",
    ])
    .signed(
        "`signing`: HMAC-SHA256 in base64 of: the id, `.`, the time, `.`, the body; `token`: nothing, the sender shows the token itself",
    );

/// GitLab's own limit of a payload.
const BODY_LIMIT: usize = 25 * 1024 * 1024;

/// What is something else of GitLab: a personal access token, a key of Standard Webhooks that signs.
const NEVER: &[&str] = &["glpat-", "whpk_", "whsk_"];

/// With a signing token, as Standard Webhooks `v1`.
pub const SCHEME: Scheme = Scheme::new("gitlab", Algorithm::HmacSha256)
    // <https://docs.gitlab.com/user/gitlab_com/>. Who runs GitLab can set another time.
    .waits_secs(10)
    .key(
        KeyFormat::base64()
            .strip_prefix("whsec_")
            .reject_prefixes(NEVER),
    )
    .signature(
        Signature::header("webhook-signature")
            .separator(b' ')
            .prefix("v1,")
            .encoding(Encoding::Base64)
            .ignore_other_versions(),
    )
    .timestamp(Timestamp::header("webhook-timestamp").tolerance(300))
    .signed_content(&[
        Part::FirstOf(&[Field::Header("webhook-id")]),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .body_limit(BODY_LIMIT)
    .id(&[Field::Header("webhook-id")])
    .kind(&[Field::Header("x-gitlab-event")]);

/// With a secret token in a header.
pub const TOKEN_SCHEME: Scheme = Scheme::new("gitlab", Algorithm::Token)
    .waits_secs(10)
    .key(KeyFormat::text().reject_prefixes(NEVER))
    .signature(Signature::header("x-gitlab-token").encoding(Encoding::Text))
    .body_limit(BODY_LIMIT)
    .id(&[Field::Header("idempotency-key")])
    .kind(&[Field::Header("x-gitlab-event")]);

scheme_provider! {
    /// Verifies what GitLab sends to one webhook.
    ///
    /// [`new`](Self::new) is for a webhook with a signing token.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::gitlab::GitLab;
    ///
    /// let signed = Endpoint::new(GitLab::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// let shown = Endpoint::new(GitLab::with_token(["new secret token", "old secret token"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    GitLab, SCHEME
}

impl GitLab {
    /// For a webhook with a secret token: accepts requests that show any of these.
    ///
    /// # Errors
    /// If there is no token, or one is empty.
    ///
    /// # Security
    /// Nothing of the request is signed.
    pub fn with_token(tokens: impl IntoKeyring) -> Result<Self, ConfigError> {
        TOKEN_SCHEME.verifier(tokens).map(Self)
    }

    /// Another tolerance than the 300 seconds both ways.
    ///
    /// # Errors
    /// If no time is signed, because the sender shows a [token](Self::with_token).
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        self.0.tolerance(tolerance).map(Self)
    }
}

/// Names of kinds, as `X-Gitlab-Event` has them. GitLab has more; all of them arrive.
pub mod kind {
    /// A deployment begins, succeeds, fails or is canceled.
    pub const DEPLOYMENT: &str = "Deployment Hook";
    /// Somebody put an emoji on something, or took it away.
    pub const EMOJI: &str = "Emoji Hook";
    /// A feature flag was turned on or off.
    pub const FEATURE_FLAG: &str = "Feature Flag Hook";
    /// Something happened to an issue or another work item.
    pub const ISSUE: &str = "Issue Hook";
    /// A job has another status.
    pub const JOB: &str = "Job Hook";
    /// Of a group: somebody became a member, or is none any more.
    pub const MEMBER: &str = "Member Hook";
    /// Something happened to a merge request.
    pub const MERGE_REQUEST: &str = "Merge Request Hook";
    /// A milestone was created, closed, reopened or deleted.
    pub const MILESTONE: &str = "Milestone Hook";
    /// Somebody wrote a comment, or changed one.
    pub const NOTE: &str = "Note Hook";
    /// A pipeline has another status.
    pub const PIPELINE: &str = "Pipeline Hook";
    /// Of a group: a project was created or deleted.
    pub const PROJECT: &str = "Project Hook";
    /// Commits were pushed.
    pub const PUSH: &str = "Push Hook";
    /// A release was created, changed or deleted.
    pub const RELEASE: &str = "Release Hook";
    /// An access token of the project or the group expires soon.
    pub const RESOURCE_ACCESS_TOKEN: &str = "Resource Access Token Hook";
    /// Of a group: a subgroup was created or removed.
    pub const SUBGROUP: &str = "Subgroup Hook";
    /// A tag was created or deleted.
    pub const TAG_PUSH: &str = "Tag Push Hook";
    /// A vulnerability was found, or changed.
    pub const VULNERABILITY: &str = "Vulnerability Hook";
    /// A page of the wiki was created, changed or deleted.
    pub const WIKI_PAGE: &str = "Wiki Page Hook";
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let signing = Sample::of_scheme(SCHEME, keys)?.made_by(GitLab::new);
    let token = Sample::of_scheme(TOKEN_SCHEME, keys)?.made_by(GitLab::with_token);
    Ok(vec![
        signing.named("gitlab signing").set("mode", "signing"),
        token.named("gitlab token").set("mode", "token"),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::support;
    use crate::testing::support::NOW;
    use crate::testing::{Sign, Signer};
    use crate::{Settings, provider};

    #[test]
    fn an_unknown_mode_is_refused_and_the_default_is_the_one_that_signs() {
        let made = |settings| provider::by_name("gitlab", &Settings::new(settings).unwrap());
        let word = "a token for tests";
        let error = made(json!({"secrets": word, "mode": "tokens"})).unwrap_err();
        assert!(error.to_string().contains("mode"));
        assert!(made(json!({"secrets": word, "mode": "token"})).is_ok());
        assert!(made(json!({"secrets": word})).is_err());
    }

    #[test]
    fn a_token_does_not_stand_in_for_a_signature() {
        let secret = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";
        let signer = Signer::new(SCHEME, secret).unwrap();
        let request = signer.sign(b"{}", NOW).unwrap();
        let request = request
            .without_header("webhook-signature")
            .with_header("x-gitlab-token", secret);
        let settings = json!({"secrets": secret, "mode": "signing"});
        let rejection = support::refused("gitlab", settings, request);
        assert_eq!(rejection.code(), "missing_signature");
    }

    #[test]
    fn a_token_has_no_tolerance() {
        let tolerance = Tolerance::secs(60);
        let token = GitLab::with_token("a token for tests").unwrap();
        assert!(token.tolerance(tolerance).is_err());
        let signing = GitLab::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=").unwrap();
        assert!(signing.tolerance(tolerance).is_ok());
    }
}
