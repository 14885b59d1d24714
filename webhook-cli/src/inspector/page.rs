//! The page, and what its browser is told not to do.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64ct::{Base64, Encoding};
use ring::digest::{SHA256, digest};

const PAGE: &str = include_str!("page.html");

/// Only the style and the script that are in the page, nothing from anywhere, and no text becomes markup.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let script = hash_of("<script>", "</script>");
    let style = hash_of("<style>", "</style>");
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::try_from(policy).ok()
});

/// For everything but the page: whatever it is, it does nothing.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

const STRICT: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// The page.
pub(super) async fn page() -> Response {
    let mut response = Html(PAGE).into_response();
    if let Some(policy) = &*POLICY {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}

/// Adds what every answer has.
pub(super) fn make_strict(headers: &mut HeaderMap) {
    for (name, value) in STRICT {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(NOTHING);
}

/// `'sha256-…'` of what stands between these marks.
fn hash_of(start: &str, end: &str) -> String {
    let text = PAGE
        .split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or("", |(text, _)| text);
    let hash = digest(&SHA256, text.as_bytes());
    format!("'sha256-{}'", Base64::encode_string(hash.as_ref()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nobody_for_anything() {
        for word in ["http://", "https://", "src=", "@import", "url(", "import("] {
            assert!(!PAGE.contains(word), "{word}");
        }
        // Without this one, a browser would ask for an icon, which is a path for webhooks.
        assert_eq!(PAGE.matches("href=").count(), 1);
        assert!(PAGE.contains(r#"<link rel="icon" href="data:,">"#));
    }

    #[test]
    fn the_page_never_makes_markup_of_text() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "DOMParser",
            "setAttribute(\"on",
            " onclick=",
            "style=\"",
        ] {
            assert!(!PAGE.contains(word), "{word}");
        }
    }

    #[test]
    fn the_page_has_one_script_and_one_style() {
        for mark in ["<script>", "</script>", "<style>", "</style>"] {
            assert_eq!(PAGE.matches(mark).count(), 1, "{mark}");
        }
        assert_eq!(PAGE.matches("<script").count(), 1);
    }
}
