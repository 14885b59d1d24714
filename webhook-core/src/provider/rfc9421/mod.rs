//! HTTP message signatures (RFC 9421) with digests of the body (RFC 9530), whoever sends them.
//!
//! | | |
//! |---|---|
//! | signature | `Signature`, with what it covers in `Signature-Input`: base64 of a signature over the base that RFC 9421 describes |
//! | key | by `keyid`: `hmac-sha256`, `ed25519`, `ecdsa-p256-sha256`, `ecdsa-p384-sha384`, `rsa-pss-sha512`, `rsa-v1_5-sha256` |
//! | time window | `created`: 300 seconds both ways, ours; and until `expires`, if it is there |
//! | event id | `nonce`, signed, if it is there |
//! | kind | none: read it from the body |
//!
//! # What to know
//!
//! - A signature must cover `@method`, `@authority`, `@path`, `@query` if the request has a query, and `content-digest`. [`Rfc9421::require`]
//!   requires other components beside `content-digest`. `@target-uri` covers authority, path and query too, `@request-target` path and query. A
//!   genuine signature that covers less is `bad_signature`: so are the examples B.2.1 and B.2.5 of RFC 9421, which cover no digest, but with
//!   [`Rfc9421::dangerously_require`].
//! - **A signature over `content-digest` alone vouches for no body**: the digest is compared with the body too. `sha-256` and `sha-512` count, all that
//!   are there; other members are passed over. The body is digested as it arrives, with its content coding.
//! - The algorithm belongs to the key. A signature whose `alg` names another one is refused.
//! - Several signatures may stand in a request: the first that holds counts. Set the tag of the sender, since labels are not signed. At most four are
//!   looked at, and two of one key are refused.
//! - `@authority`, `@path`, `@scheme` and `@target-uri` are taken from `public_url`, else from the request, its authority from `Host`.
//!   Over HTTP/2 there may be no `Host`: set `public_url`. The query is always that of the request.
//! - Webhooks come by `POST` or `PUT`.
//! - Components of responses (`@status`) and the parameters `req`, `tr`, `sf` and `bs` are refused; `key` and `@query-param` are read.
//! - A header that is covered counts with all its lines. `Signature-Input` and `Signature` on several lines are joined; two different lines of
//!   `Content-Digest` are refused.
//!
//! Checked against the examples of RFC 9421, appendix B.2, and the community's `http-message-signatures` 3.0.0 (Python). Documentation:
//! ["RFC 9421"](https://www.rfc-editor.org/rfc/rfc9421), ["RFC 9530"](https://www.rfc-editor.org/rfc/rfc9530).
//!
//! Dedupe tells events apart by: `nonce`; without one body and the signed time. A repeat is handled again if it is not
//! recognised: signed anew.

mod base;
mod digests;
mod fields;
mod key;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use key::HttpKey;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Rfc9421;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Rfc9421::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Standards, "https://www.rfc-editor.org/rfc/rfc9421")
    .setup(&[
        "Ask the sender for its key, its `keyid`, its algorithm and its `tag`, and what its signatures cover.",
        "The key becomes an entry of `keys`, under its `keyid`: its algorithm as `alg`, a shared secret as `secret_base64`, a public key as `public_pem`.",
        "Write the URL of your endpoint into `public_url`, and the tag into `tag`.",
    ])
    .settings(&[
        Setting::required(
            "keys",
            "a table of keys by their `keyid`, each a table: `alg`, with `secret_base64` for `hmac-sha256`, else with `public_pem`",
        ),
        Setting::optional("tag", "the `tag` of the signatures to look at; all if absent"),
        Setting::optional(
            "require",
            "the components that a signature must cover beside `content-digest`; an empty list for none; if absent `@method`, \
             `@authority`, `@path`, and `@query` where there is a query",
        ),
        Setting::optional(
            "dangerously_require",
            "the same without `content-digest`, for senders that sign no body; an empty list for none",
        ),
        Setting::optional(
            "public_url",
            "the URL that the sender was given; its query does not count",
        ),
        Setting::optional("tolerance_seconds", "how old `created` may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["signature", "signature-input", "content-digest"])
    .signed(
        "the base of RFC 9421: the covered components, each with its name, and the parameters of the signature; `content-digest` holds the \
         SHA-256 or SHA-512 of the body",
    )
    .tolerance_secs(300);
