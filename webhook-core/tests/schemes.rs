//! How far the public description of a scheme reaches: senders that are not built in, described with nothing
//! but the public API, pass the vectors that their vendors' own libraries agreed with.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::StatusCode;
use webhook_core::TimeUnit::Milliseconds;
use webhook_core::provider::{standard_webhooks, svix};
use webhook_core::scheme::Algorithm::{EcdsaP256, Ed25519, HmacSha1, HmacSha256, Token};
use webhook_core::scheme::Field::{Header, Json, Query};
use webhook_core::scheme::Part::{Body, FirstOf, Literal};
use webhook_core::scheme::{
    Condition, Encoding, Handshake, HandshakeReply, KeyFormat, Part, ReplyValue, Scheme, Signature,
    Timestamp,
};
use webhook_core::testing::vectors::VectorFile;
use webhook_core::testing::{FixedClock, Sign, Signer, receive};
use webhook_core::{Endpoint, UnixTime};

const BASE64: Encoding = Encoding::Base64;

/// HMAC-SHA256 of the body in one header.
const fn body_hmac(name: &'static str, header: &'static str) -> Scheme {
    Scheme::new(name, HmacSha256).signature(Signature::header(header))
}

const CLERK: Scheme = svix::SCHEME;

const DISCORD: Scheme = Scheme::new("discord", Ed25519)
    .key(KeyFormat::hex())
    .signature(Signature::header("x-signature-ed25519"))
    .timestamp(Timestamp::header("x-signature-timestamp"))
    .signed_content(&[Part::Timestamp, Body])
    .id(&[Json("/id")])
    .kind(&[Json("/type")])
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(Json("/type"), "1")],
        HandshakeReply::Json(&[("type", ReplyValue::Number(1))]),
    )]);

const DISCORD_EVENTS: Scheme =
    DISCORD
        .id(&[])
        .kind(&[Json("/event/type")])
        .handshakes(&[Handshake::signed(
            &[Condition::Equals(Json("/type"), "0")],
            HandshakeReply::Empty(StatusCode::NO_CONTENT),
        )]);

const GITLAB_SIGNING: Scheme = standard_webhooks::SCHEME.kind(&[Header("x-gitlab-event")]);

const GITLAB_TOKEN: Scheme = Scheme::new("gitlab", Token)
    .signature(Signature::header("x-gitlab-token"))
    .id(&[Header("idempotency-key")])
    .kind(&[Header("x-gitlab-event")]);

const LINEAR: Scheme = body_hmac("linear", "linear-signature")
    .timestamp(
        Timestamp::first_of(&[Json("/webhookTimestamp")])
            .unit(Milliseconds)
            .tolerance(60),
    )
    .id(&[Header("linear-delivery")])
    .kind(&[Header("linear-event")]);

const META: Scheme = Scheme::new("meta", HmacSha256)
    .signature(Signature::header("x-hub-signature-256").prefix("sha256="))
    .kind(&[Json("/object")])
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[
            Condition::Equals(Query("hub.mode"), "subscribe"),
            Condition::Present(Query("hub.challenge")),
        ],
        HandshakeReply::Echo(Query("hub.challenge")),
    )
    .expects(Query("hub.verify_token"), StatusCode::FORBIDDEN)]);

const PAGERDUTY: Scheme = Scheme::new("pagerduty", HmacSha256)
    .signature(
        Signature::header("x-pagerduty-signature")
            .separator(b',')
            .prefix("v1=")
            .ignore_other_versions(),
    )
    .id(&[Json("/event/id")])
    .kind(&[Json("/event/event_type")]);

const RESEND: Scheme = svix::SCHEME;

const SENDGRID: Scheme = Scheme::new("sendgrid", EcdsaP256)
    .key(KeyFormat::base64())
    .signature(Signature::header("x-twilio-email-event-webhook-signature").encoding(BASE64))
    .timestamp(Timestamp::header("x-twilio-email-event-webhook-timestamp"))
    .signed_content(&[Part::Timestamp, Body])
    .id(&[Json("/0/sg_event_id")])
    .kind(&[Json("/0/event")]);

const SENTRY: Scheme = body_hmac("sentry", "sentry-hook-signature")
    .id(&[Header("request-id")])
    .kind(&[Header("sentry-hook-resource")]);

const TYPEFORM: Scheme = Scheme::new("typeform", HmacSha256)
    .signature(
        Signature::header("typeform-signature")
            .prefix("sha256=")
            .encoding(BASE64),
    )
    .id(&[Json("/event_id")])
    .kind(&[Json("/event_type")]);

const VERCEL: Scheme = Scheme::new("vercel", HmacSha1)
    .signature(Signature::header("x-vercel-signature"))
    .id(&[Json("/id")])
    .kind(&[Json("/type")]);

const ZOOM: Scheme = Scheme::new("zoom", HmacSha256)
    .signature(Signature::header("x-zm-signature").prefix("v0="))
    .timestamp(Timestamp::header("x-zm-request-timestamp").tolerance(300))
    .signed_content(&[Literal("v0:"), Part::Timestamp, Literal(":"), Body])
    .kind(&[Json("/event")])
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(Json("/event"), "endpoint.url_validation")],
        HandshakeReply::Json(&[
            ("plainToken", ReplyValue::Echo(Json("/payload/plainToken"))),
            (
                "encryptedToken",
                ReplyValue::Signed(Json("/payload/plainToken")),
            ),
        ]),
    )]);

/// File, the `mode` of its cases that the row is for, and the row.
const ROWS: &[(&str, Option<&str>, Scheme)] = &[
    ("clerk", None, CLERK),
    ("discord", None, DISCORD),
    ("discord", Some("events"), DISCORD_EVENTS),
    ("gitlab", Some("signing"), GITLAB_SIGNING),
    ("gitlab", Some("token"), GITLAB_TOKEN),
    ("linear", None, LINEAR),
    ("meta", None, META),
    ("pagerduty", None, PAGERDUTY),
    ("resend", None, RESEND),
    ("sendgrid", None, SENDGRID),
    ("sentry", None, SENTRY),
    ("typeform", None, TYPEFORM),
    ("vercel", None, VERCEL),
    ("zoom", None, ZOOM),
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
