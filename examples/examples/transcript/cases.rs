//! What is sent, and what must become of it.

use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Clock, ConfigError, SystemClock};

use crate::seen::Seen;
use crate::server::SECRET;

/// A request, and words that must be seen afterwards.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) request: SignedRequest,
    answer: &'static str,
    log: [&'static str; 2],
    metrics: &'static str,
}

impl Case {
    /// Words that are not there.
    pub(crate) fn missing(&self, seen: &Seen) -> Vec<&'static str> {
        let log = self.log.iter().map(|words| (*words, &seen.log));
        let all = log.chain([(self.answer, &seen.answer), (self.metrics, &seen.metrics)]);
        let missing = all.filter(|(words, text)| !text.contains(words));
        missing.map(|(words, _)| words).collect()
    }
}

pub(crate) fn all() -> Result<[Case; 4], ConfigError> {
    let genuine = signed("/webhooks/stripe")?;
    Ok([
        Case {
            name: "accepted",
            request: genuine.clone(),
            answer: "HTTP/1.1 200 OK",
            log: ["DEBUG", "request accepted"],
            metrics: r#"outcome="accepted",code="accepted"} 1"#,
        },
        Case {
            name: "duplicate",
            request: genuine.clone(),
            answer: "HTTP/1.1 200 OK",
            log: ["DEBUG", "duplicate acknowledged"],
            metrics: r#"outcome="duplicate",code="duplicate"} 1"#,
        },
        Case {
            name: "refused",
            request: genuine.with_body("{}"),
            answer: "HTTP/1.1 401 Unauthorized",
            log: ["DEBUG", "request refused"],
            metrics: r#"outcome="refused",code="bad_signature"} 1"#,
        },
        Case {
            name: "misconfigured",
            request: signed("/misconfigured")?,
            answer: "HTTP/1.1 500 Internal Server Error",
            log: ["ERROR", "call `Resolved::variant`"],
            metrics: r#"outcome="refused",code="misconfigured"} 1"#,
        },
    ])
}

fn signed(path: &str) -> Result<SignedRequest, ConfigError> {
    let body = br#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;
    let signer = Signer::new(stripe::SCHEME, SECRET)?.target(path);
    signer.sign(body, SystemClock.now())
}
