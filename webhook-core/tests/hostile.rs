//! What strangers send: bad inputs by catalogue. Every row is a fact about one or more providers.
//!
//! Values are templates: `{hex}` stands for the true code of the request in hexadecimal digits, `{base64}` for the
//! same in base64, and so on; see [`forge::Words`]. A row is run with the right code over exactly the bytes that the row
//! shows, so that nothing but the row's own fault can refuse it.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "hostile/bodies.rs"]
mod bodies;
#[path = "hostile/times.rs"]
mod times;

use webhook_testkit::forge::BODY;
use webhook_testkit::forge::Words;
use webhook_testkit::rows::*;
use webhook_testkit::{Account, accounts_of, code, receive, senders};

#[test]
fn bad_signatures_in_hexadecimal_digits_are_refused() {
    refuses("github", HEX);
    refuses("slack", HEX);
}

#[test]
fn bad_signatures_in_base64_are_refused() {
    refuses("square", BASE64);
    refuses("shopify", BASE64);
}

#[test]
fn bad_lists_of_stripe_are_refused() {
    refuses("stripe", STRIPE);
}

#[test]
fn bad_lists_of_standard_webhooks_are_refused() {
    refuses("svix", STANDARD);
    let [shared, public] = <[Account; 2]>::try_from(accounts_of("standard-webhooks"))
        .unwrap_or_else(|_| panic!("two schemes"));
    refuses_of(&shared, STANDARD);
    refuses_of(&public, ASYMMETRIC);
}

/// Both vendors' libraries say no; what they call it differs.
#[test]
fn lists_of_other_versions_are_refused() {
    for (provider, expected) in [
        ("standard-webhooks", "missing_signature"),
        ("svix", "malformed"),
    ] {
        let account = &accounts_of(provider)[0];
        for (name, template) in OTHER_VERSIONS {
            refuses_of(account, &[(*name, Some(*template), expected)]);
        }
    }
}

#[test]
fn what_looks_odd_and_is_genuine_is_accepted() {
    for (provider, name, template) in GENUINE {
        let account = &accounts_of(provider)[0];
        let value = Words::of(account).fill(template);
        let request = account.sign(BODY).with(account.signature, value);
        let verdict = receive(&account.endpoint(), &request);
        assert_eq!(code(&verdict), "ok", "{provider}: {name}");
    }
}

fn refuses(provider: &'static str, rows: &[Row]) {
    for account in accounts_of(provider) {
        refuses_of(&account, rows);
    }
}

fn refuses_of(account: &Account, rows: &[Row]) {
    let words = Words::of(account);
    for (name, template, expected) in rows {
        let request = account.sign(BODY).without(account.signature);
        let request = match template {
            Some(template) => request.and(account.signature, words.fill(template)),
            None => request,
        };
        let verdict = receive(&account.endpoint(), &request);
        assert_eq!(code(&verdict), *expected, "{}: {name}", account.name);
    }
}

#[test]
fn lines_of_one_name_may_repeat_and_not_differ() {
    for sender in senders() {
        let Some(name) = sender.header() else {
            continue;
        };
        let genuine = sender.genuine();
        let value = genuine.header(name).to_vec();
        for (row, lines, expected) in [
            (
                "B22 right, then wrong",
                vec![value.clone(), b"x".to_vec()],
                sender.second_line,
            ),
            (
                "B22 wrong, then right",
                vec![b"x".to_vec(), value.clone()],
                sender.second_line,
            ),
            (
                "B22 right, then empty",
                vec![value.clone(), Vec::new()],
                sender.second_line,
            ),
            (
                "B23 twice the same",
                vec![value.clone(), value.clone()],
                "ok",
            ),
        ] {
            let request = genuine.clone().without(name);
            let request = lines
                .into_iter()
                .fold(request, |request, line| request.and(name, line));
            let verdict = receive(&sender.endpoint(), &request);
            assert_eq!(code(&verdict), expected, "{}: {row}", sender.name);
        }
    }
}

#[test]
fn the_other_family_of_headers_is_no_way_around() {
    for (provider, name, headers, expected) in FAMILIES {
        let account = &accounts_of(provider)[0];
        let words = Words::of(account);
        let request = account.sign(BODY).without(account.signature);
        let request = headers.iter().fold(request, |request, (name, template)| {
            request.with(name, words.fill(template))
        });
        let verdict = receive(&account.endpoint(), &request);
        assert_eq!(code(&verdict), *expected, "{provider}: {name}");
    }
}
