//! How far the public description of a scheme reaches: senders that are not built in, described with nothing
//! but the public API, pass the vectors that their vendors' own libraries agreed with.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::StatusCode;
use webhook_core::TimeUnit::Rfc3339;
use webhook_core::scheme::Algorithm::{HmacSha1, HmacSha256, Token};
use webhook_core::scheme::Field::{Form, Header, Json, Query};
use webhook_core::scheme::Part::{Body, FirstOf, Literal};
use webhook_core::scheme::{
    Condition, Encoding, Handshake, HandshakeReply, Part, ReplyValue, Scheme, Signature, Timestamp,
};
use webhook_core::testing::vectors::VectorFile;
use webhook_core::testing::{FixedClock, Sign, Signer, receive};
use webhook_core::{Endpoint, UnixTime};

const BASE64: Encoding = Encoding::Base64;

const AUTH0: Scheme =
    Scheme::new("auth0", Token).signature(Signature::configured_header().encoding(Encoding::Text));

const BITBUCKET: Scheme = Scheme::new("bitbucket", HmacSha256)
    .signature(Signature::header("x-hub-signature").prefix("sha256="))
    .id(&[Header("x-request-uuid")])
    .kind(&[Header("x-event-key")]);

const CALENDLY: Scheme = Scheme::new("calendly", HmacSha256)
    .signature(
        Signature::header("calendly-webhook-signature")
            .separator(b',')
            .prefix("v1="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(180))
    .signed_content(&[Part::Timestamp, Literal("."), Body])
    .kind(&[Json("/event")]);

const CLOUDFLARE_NOTIFICATIONS: Scheme = Scheme::new("cloudflare-notifications", Token)
    .signature(Signature::header("cf-webhook-auth"))
    .kind(&[Json("/alert_type")]);

const CLOUDFLARE_STREAM: Scheme = Scheme::new("cloudflare-stream", HmacSha256)
    .signature(
        Signature::header("webhook-signature")
            .separator(b',')
            .prefix("sig1="),
    )
    .timestamp(Timestamp::entry("time=").tolerance(300))
    .signed_content(&[Part::Timestamp, Literal("."), Body]);

const DOCUSIGN: Scheme = Scheme::new("docusign", HmacSha256)
    .signature(Signature::numbered("x-docusign-signature-").encoding(BASE64))
    .kind(&[Json("/event")]);

const DROPBOX: Scheme = Scheme::new("dropbox", HmacSha256)
    .signature(Signature::header("x-dropbox-signature"))
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(Query("challenge"))],
        HandshakeReply::Echo(Query("challenge")),
    )]);

const INTERCOM: Scheme = Scheme::new("intercom", HmacSha1)
    .signature(Signature::header("x-hub-signature").prefix("sha1="))
    .id(&[Json("/id")])
    .kind(&[Json("/topic")])
    .handshakes(&[Handshake::unsigned(
        "HEAD",
        &[],
        HandshakeReply::Empty(StatusCode::OK),
    )]);

const MAILGUN: Scheme = Scheme::new("mailgun", HmacSha256)
    .signature(Signature::first_of(&[
        Json("/signature/signature"),
        Form("signature"),
    ]))
    .timestamp(
        Timestamp::first_of(&[Json("/signature/timestamp"), Form("timestamp")]).tolerance(300),
    )
    .signed_content(&[
        Part::Timestamp,
        FirstOf(&[Json("/signature/token"), Form("token")]),
    ])
    .id(&[Json("/signature/token"), Form("token")])
    .kind(&[Json("/event-data/event"), Form("event")]);

const OKTA: Scheme = AUTH0
    .id(&[Json("/eventId")])
    .kind(&[Json("/eventType")])
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(Header("x-okta-verification-challenge"))],
        HandshakeReply::Json(&[(
            "verification",
            ReplyValue::Echo(Header("x-okta-verification-challenge")),
        )]),
    )]);

const TWITCH: Scheme = Scheme::new("twitch", HmacSha256)
    .signature(Signature::header("twitch-eventsub-message-signature").prefix("sha256="))
    .timestamp(
        Timestamp::header("twitch-eventsub-message-timestamp")
            .unit(Rfc3339)
            .tolerance(600),
    )
    .signed_content(&[
        FirstOf(&[Header("twitch-eventsub-message-id")]),
        Part::Timestamp,
        Body,
    ])
    .id(&[Header("twitch-eventsub-message-id")])
    .kind(&[Header("twitch-eventsub-subscription-type")])
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(
            Header("twitch-eventsub-message-type"),
            "webhook_callback_verification",
        )],
        HandshakeReply::Echo(Json("/challenge")),
    )]);

const ZENDESK: Scheme = Scheme::new("zendesk", HmacSha256)
    .methods(&["POST", "PUT", "PATCH", "GET", "DELETE"])
    .signature(Signature::header("x-zendesk-webhook-signature").encoding(BASE64))
    .timestamp(
        Timestamp::header("x-zendesk-webhook-signature-timestamp")
            .unit(Rfc3339)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Body])
    .id(&[Header("x-zendesk-webhook-invocation-id")])
    .kind(&[Json("/type")]);

/// File, the `mode` of its cases that the row is for, and the row.
const ROWS: &[(&str, Option<&str>, Scheme)] = &[
    ("auth0", None, AUTH0),
    ("bitbucket", None, BITBUCKET),
    ("calendly", None, CALENDLY),
    ("cloudflare-notifications", None, CLOUDFLARE_NOTIFICATIONS),
    ("cloudflare-stream", None, CLOUDFLARE_STREAM),
    ("docusign", None, DOCUSIGN),
    ("dropbox", None, DROPBOX),
    ("intercom", None, INTERCOM),
    ("mailgun", None, MAILGUN),
    ("okta", None, OKTA),
    ("twitch", None, TWITCH),
    ("zendesk", None, ZENDESK),
];

#[test]
fn described_senders_pass_their_vectors() {
    let mut differences = Vec::new();
    for (name, mode, scheme) in ROWS {
        let mut file = read(name);
        let mode = mode.map(serde_json::Value::from);
        file.cases
            .retain(|case| case.config.get("mode") == mode.as_ref());
        assert!(
            !file.cases.is_empty(),
            "{name} has no case of mode {mode:?}"
        );
        let found = file.run_with(|settings| Ok(Arc::new(scheme.configured(settings)?)));
        differences.extend(
            found
                .iter()
                .map(|difference| format!("{name}/{difference}")),
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_mode_of_every_file_has_its_row() {
    let folder = format!("{}/tests/vectors/schemes", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        for case in read(name).cases {
            let mode = case.config.get("mode").and_then(|mode| mode.as_str());
            let has_row = ROWS.iter().any(|row| row.0 == name && row.1 == mode);
            assert!(has_row, "{name} has no row for mode {mode:?}");
        }
    }
}

fn read(name: &str) -> VectorFile {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/schemes");
    VectorFile::parse(&std::fs::read(format!("{folder}/{name}.json")).unwrap()).unwrap()
}

/// Nobody is known to sign so, but a scheme can say it: signature and time in one text of the body.
const IN_ONE_TEXT: Scheme = Scheme::new("in-one-text", HmacSha256)
    .signature(
        Signature::first_of(&[Json("/signature")])
            .separator(b',')
            .prefix("v1="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .signed_content(&[Part::Timestamp, Literal("."), FirstOf(&[Json("/id")])]);

#[test]
fn a_time_beside_a_signature_in_the_body_is_judged() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let sent = UnixTime::from_secs(1_785_920_400);
    let signer = Signer::new(IN_ONE_TEXT, "a secret for tests").unwrap();
    let request = signer.sign(br#"{"id":"1"}"#, sent).unwrap();
    for (age, wanted) in [
        (0, None),
        (300, None),
        (301, Some("stale")),
        (-301, Some("future")),
    ] {
        let verifier = IN_ONE_TEXT.verifier("a secret for tests").unwrap();
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(sent.plus_secs(age)));
        let outcome = runtime.block_on(receive(&endpoint, request.clone()));
        assert_eq!(
            outcome.err().map(|rejection| rejection.code()),
            wanted,
            "{age}"
        );
    }
}
