//! A case of the vector format.

use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};

use crate::capture::Capture;
use crate::write::masked::without_secrets_of;

/// The capture as a case of the vector format, with `provider` and `received_ms`, and without `config`: nothing secret is in it.
///
/// A header or a place of the body that holds the secret itself is masked, and `masked` names it. The signature stays.
#[must_use]
pub fn vector(capture: &Capture) -> Value {
    let provider = capture.verdict.provider.as_deref();
    let masked = without_secrets_of(provider, capture.request.clone());
    let request = masked.request;
    let mut headers = Vec::with_capacity(request.headers.len());
    let mut exact = Vec::new();
    for (index, (name, value)) in request.headers.iter().enumerate() {
        let text = bytes_as_text(value);
        headers.push(json!([name, text]));
        if text.as_bytes() != value {
            exact.push(json!([index, Base64::encode_string(value)]));
        }
    }
    let mut written = json!({
        "method": request.method,
        "url": request.target,
        "headers": headers,
        "body_base64": Base64::encode_string(&request.body),
    });
    if let (Value::Object(written), false) = (&mut written, exact.is_empty()) {
        written.insert("headers_base64".to_owned(), exact.into());
    }
    let verdict = &capture.verdict;
    let mut case = Map::new();
    case.insert("name".to_owned(), format!("capture-{}", capture.id).into());
    case.insert("provider".to_owned(), verdict.provider.clone().into());
    case.insert("request".to_owned(), written);
    case.insert("now".to_owned(), capture.at.as_secs().into());
    case.insert("received_ms".to_owned(), capture.at.as_millis().into());
    let expect = json!({"outcome": verdict.code, "id": verdict.id, "kind": verdict.kind});
    case.insert("expect".to_owned(), expect);
    if !masked.names.is_empty() {
        case.insert("masked".to_owned(), masked.names.into());
    }
    Value::Object(case)
}

/// For JSON. What is no UTF-8 is replaced: the exact bytes stand beside it.
#[must_use]
pub fn bytes_as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
