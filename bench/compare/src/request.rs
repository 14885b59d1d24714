//! The requests.

use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use webhook_core::UnixTime;
use webhook_core::scheme::Scheme;
use webhook_core::testing::{Sign, Signer};

/// Whose text is Stripe's key, and whose base64 is that of Standard Webhooks.
pub const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";

/// A request as a web framework hands it over, with the headers that a sender adds.
#[derive(Clone)]
pub struct Request {
    /// The headers.
    pub headers: HeaderMap,
    /// The body, in one piece.
    pub body: Bytes,
}

impl Request {
    /// A request with a body of this size that was signed just now: most of the libraries look at the clock.
    pub fn signed(scheme: Scheme, size: usize) -> Self {
        let signer = Signer::new(scheme, SECRET).unwrap();
        let now = UnixTime::from(SystemTime::now());
        let signed = signer.sign(event(size).as_bytes(), now).unwrap();
        let (head, body) = signed.into_http::<Bytes>().unwrap().into_parts();
        let mut headers = head.headers;
        for (name, value) in [
            ("host", "shop.example"),
            ("user-agent", "Sender/1.0 (+https://sender.example/docs)"),
            ("accept", "*/*; q=0.5, application/xml"),
            ("cache-control", "no-cache"),
            ("content-type", "application/json; charset=utf-8"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers.insert("content-length", body.len().into());
        Self { headers, body }
    }
}

/// A Stripe event of exactly this size with a refund in it, which every library here that has types for events can read.
/// It is filled with metadata.
fn event(size: usize) -> String {
    const START: &str = concat!(
        r#"{"id":"evt_1PqR5s","object":"event","type":"refund.created","created":1785920400,"#,
        r#""livemode":true,"pending_webhooks":1,"data":{"object":{"id":"re_1PqR5s","object":"refund","#,
        r#""amount":1999,"currency":"eur","created":1785920400,"metadata":{"#
    );
    const LINE: usize = "\n        \"line_000000\": \"il_1PqR5sT2uVwXyZ\",".len();
    const NOTE: &str = r#""n":""#;
    const END: &str = r#""}}}}"#;
    let mut text = START.to_owned();
    let rest = size - START.len() - NOTE.len() - END.len();
    for number in 0..rest / LINE {
        text += &format!("\n        \"line_{number:06}\": \"il_1PqR5sT2uVwXyZ\",");
    }
    text += NOTE;
    text += &"x".repeat(rest % LINE);
    text += END;
    assert_eq!(text.len(), size);
    text
}
