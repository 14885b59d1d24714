//! A capture as something else.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};
use serde::Serialize;
use url::Url;

use super::asked::problem;
use crate::capture::Capture;
use crate::request::Request;
use crate::write;

/// Where a command sends to if nothing is forwarded.
const USUAL: &str = "http://127.0.0.1:3000";

const MASKED: &str =
    "Signatures and secrets are masked. The vector and the test have the signature.";

#[derive(Serialize)]
struct Exported {
    files: Vec<File>,
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct File {
    name: String,
    text: Option<String>,
    /// What is no text.
    base64: Option<String>,
}

impl File {
    fn new(name: String, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self {
                name,
                text: Some(text),
                base64: None,
            },
            Err(error) => Self {
                name,
                text: None,
                base64: Some(Base64::encode_string(error.as_bytes())),
            },
        }
    }
}

/// `GET captures/ID/export?as=…`: the files that it makes.
pub(super) fn export(capture: &Capture, form: &str, forwards_to: &[String]) -> Response {
    let name = format!("capture-{}", capture.id);
    let (files, note) = match form {
        "http" => masked(capture, |request| {
            File::new(format!("{name}.http"), write::http(request))
        }),
        "curl" => masked(capture, |request| {
            let command = write::curl(request, &address(request, forwards_to));
            File::new(format!("{name}.sh"), command.into_bytes())
        }),
        "vector" => {
            let case = format!("{:#}\n", write::vector(capture));
            let file = File::new(format!("{name}.json"), case.into_bytes());
            (vec![file], None)
        }
        "rust-test" => {
            let test = write::rust(capture);
            let test_file = File::new(format!("{}.rs", test.name), test.rs.into_bytes());
            let vectors = File::new(format!("{}.json", test.name), test.json.into_bytes());
            (vec![test_file, vectors], None)
        }
        _ => {
            return problem(
                StatusCode::BAD_REQUEST,
                "`as` is rust-test, vector, curl or http",
            );
        }
    };
    Json(Exported { files, note }).into_response()
}

fn masked(
    capture: &Capture,
    write: impl Fn(&Request) -> File,
) -> (Vec<File>, Option<&'static str>) {
    let masked = write::without_signatures(capture.request.clone());
    let note = (!masked.names.is_empty()).then_some(MASKED);
    (vec![write(&masked.request)], note)
}

/// Where the request goes: to what it is forwarded to, else to the usual port with its own path. With its query.
fn address(request: &Request, forwards_to: &[String]) -> String {
    let Some(mut url) = forwards_to.first().and_then(|to| Url::parse(to).ok()) else {
        return format!("{USUAL}{}", request.target);
    };
    if let Some((_, query)) = request.target.split_once('?') {
        let joined = match url.query() {
            Some(own) => format!("{own}&{query}"),
            None => query.to_owned(),
        };
        url.set_query(Some(&joined));
    }
    url.to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request {
        Request {
            target: target.to_owned(),
            ..Request::default()
        }
    }

    #[test]
    fn a_command_goes_where_the_request_is_forwarded_to() {
        let to = ["http://localhost:8080/hooks?a=1".to_owned()];
        let joined = address(&request("/in?b=2"), &to);
        assert_eq!(joined, "http://localhost:8080/hooks?a=1&b=2");
        assert_eq!(address(&request("/in"), &to), to[0]);
        let usual = address(&request("/in?b=2"), &[]);
        assert_eq!(usual, "http://127.0.0.1:3000/in?b=2");
    }

    #[test]
    fn what_is_no_text_is_base64() {
        let file = File::new("x".to_owned(), vec![0xff]);
        assert_eq!((file.text, file.base64.unwrap()), (None, "/w==".to_owned()));
    }
}
