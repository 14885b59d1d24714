//! What several examples share: a setting with a default, a payment to talk about, a `curl` to try it with, and a server in a process of its own.

mod cookbook;
pub mod process;

use std::env;
use std::net::SocketAddr;

use webhook_core::testing::SignedRequest;

/// What Stripe sends when a customer has paid for the order 4711, shortened.
pub const CHECKOUT_COMPLETED: &str = concat!(
    r#"{"id":"evt_1","object":"event","type":"checkout.session.completed","livemode":false,"data":{"object":"#,
    r#"{"id":"cs_test_1","object":"checkout.session","client_reference_id":"4711","payment_status":"paid","#,
    r#""amount_total":1099,"currency":"eur"}}}"#
);

/// The environment variable `name`, or `default` if it is not set.
#[must_use]
pub fn env_or(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Says where the server listens, and how to send it these requests by hand.
pub fn print_curls(address: SocketAddr, requests: &[SignedRequest]) {
    println!("Listening on http://{address}. To send it a signed request:");
    for request in requests {
        println!("\n{}", curl(address, request));
    }
    println!("\nThe signature holds for five minutes: then start the server again for a new one.");
    println!("Change one character of the body, and the answer is 401.\n");
}

/// The command that sends this request.
#[must_use]
pub fn curl(address: SocketAddr, request: &SignedRequest) -> String {
    let url = quoted(&format!("http://{address}{}", request.target));
    let mut command = format!("curl -i {url}");
    for (name, value) in &request.headers {
        let header = quoted(&format!("{name}: {value}"));
        command.push_str(&format!(" \\\n  -H {header}"));
    }
    let body = quoted(&String::from_utf8_lossy(&request.body));
    command.push_str(&format!(" \\\n  --data-raw {body}"));
    command
}

/// One word of a shell's command line, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curl_survives_quotes_in_the_body() {
        let request = SignedRequest {
            method: "POST".to_owned(),
            target: "/hook".to_owned(),
            headers: vec![("signature".to_owned(), "ab".to_owned())],
            body: "it's".into(),
        };
        let command = curl(([127, 0, 0, 1], 3000).into(), &request);
        let wanted =
            r"curl -i 'http://127.0.0.1:3000/hook' -H 'signature: ab' --data-raw 'it'\''s'";
        assert_eq!(command.replace(" \\\n ", ""), wanted);
    }
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
