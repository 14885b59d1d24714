//! The senders, with their secrets and endpoints.

use std::future::pending;
use std::time::Duration;

use axum::http::StatusCode;

use webhook_core::provider::{github, slack, square, standard_webhooks, stripe};
use webhook_core::resolver::{Resolve, Resolved, from_fn};
use webhook_core::scheme::{
    Algorithm, Condition, Field, Handshake, HandshakeReply, Scheme, SchemeVerifier, Signature,
};
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{CloudEvents, Endpoint, Key, Keyring, Rejection, Secret, UnixTime};

use webhook_testkit::hygiene::{forbid, forbid_codes};
use webhook_testkit::message::Message;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The longest body that every endpoint takes.
pub(crate) const LIMIT: usize = 64 * 1024;

/// The address whose handler reads a Stripe event.
pub(crate) const TYPED: &str = "/typed";

/// Addresses for what Stripe signs, each with a set-up of its own.
pub(crate) const ROTATED: &str = "/rotated";
pub(crate) const EXPIRED: &str = "/expired";
pub(crate) const UNKNOWN_TENANT: &str = "/unknown-tenant";
pub(crate) const IMPATIENT: &str = "/impatient";
/// Who says that he is the sender and wants to hear his challenge: with the configured token, and where none is.
pub(crate) const CLOUD_EVENTS: &str = "/cloud-events";
pub(crate) const ORIGIN: &str = "events.example";
pub(crate) const ECHOING: &str = "/echoing";
pub(crate) const WITHOUT_TOKEN: &str = "/echoing-without-token";
/// GitHub, whose requests may be longer than those of others, with no limit of our own.
pub(crate) const LONG: &str = "/long";
/// Stripe, with no limit of our own.
pub(crate) const USUAL: &str = "/usual";
/// Its resolver does not answer.
pub(crate) const HANGING: &str = "/hanging";

pub(crate) const EVENT: &[u8] =
    br#"{"id":"evt_1","object":"event","type":"invoice.paid","event_id":"Ev1","event":{"type":"message"},"card":"canary-card-4242"}"#;
pub(crate) const CHALLENGE: &str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";

pub(crate) const CARD: &str = "canary-card-4242";

const STRIPE: &str = "whsec_of_stripe";
pub(crate) const OLD_STRIPE: &str = "whsec_of_stripe_last_year";
const SLACK: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SQUARE: &str = "asdf1234";
const SQUARE_URL: &str = "https://shop.example/webhooks/square";
const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const GITHUB: &str = "It's a Secret to Everybody";
pub(crate) const TOKEN: &str = "token-of-the-console";

/// A sender that asks, before it sends anything, whether its challenge is read.
const ECHO: Scheme = Scheme::new("echo", Algorithm::HmacSha256)
    .signature(Signature::header("x-signature"))
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Equals(Field::Query("mode"), "subscribe")],
        HandshakeReply::Echo(Field::Query("challenge")),
    )
    .expects(Field::Query("token"), StatusCode::FORBIDDEN)]);

/// None of the secrets may get out, nor the number of a card that stands in [`EVENT`].
pub(crate) fn forbid_canaries() {
    for canary in [
        STRIPE, OLD_STRIPE, SLACK, SQUARE, STANDARD, GITHUB, CARD, TOKEN,
    ] {
        forbid(canary);
    }
}

type Found = Result<Resolved<'static>, Rejection>;

/// Address and endpoint of all but [`TYPED`].
pub(crate) fn endpoints() -> Vec<(&'static str, Endpoint)> {
    let stripe = || stripe::Stripe::new(STRIPE).unwrap();
    let rotated = stripe::Stripe::new([STRIPE, OLD_STRIPE]).unwrap();
    let last_year = Key::new(STRIPE).unwrap().valid(UnixTime::from_secs(0)..NOW);
    let expired = stripe::Stripe::new(Keyring::new(last_year)).unwrap();
    let square = square::Square::new(SQUARE, SQUARE_URL).unwrap();
    let standard = standard_webhooks::StandardWebhooks::new(STANDARD).unwrap();
    let soon = Duration::from_millis(50);
    let echo = || ECHO.verifier("a secret for tests").unwrap();
    let with_token = echo().handshake_token(Secret::new(TOKEN).unwrap());
    let cloud_events = CloudEvents::over(stripe()).allow_origin(ORIGIN).unwrap();
    vec![
        (CLOUD_EVENTS, endpoint(cloud_events)),
        (ECHOING, endpoint(with_token.unwrap())),
        (WITHOUT_TOKEN, endpoint(echo())),
        (LONG, unlimited(github::GitHub::new(GITHUB).unwrap())),
        (USUAL, unlimited(stripe())),
        ("/stripe", endpoint(stripe())),
        ("/slack", endpoint(slack::Slack::new(SLACK).unwrap())),
        ("/square", endpoint(square)),
        ("/standard-webhooks", endpoint(standard)),
        ("/github", endpoint(github::GitHub::new(GITHUB).unwrap())),
        (ROTATED, endpoint(rotated)),
        (EXPIRED, endpoint(expired)),
        (
            UNKNOWN_TENANT,
            endpoint(SchemeVerifier::decoy(stripe::SCHEME).unwrap()),
        ),
        (IMPATIENT, endpoint(stripe()).body_timeout(soon)),
        (
            HANGING,
            endpoint(from_fn(|_| pending::<Found>())).resolver_timeout(soon),
        ),
    ]
}

/// So many seconds after [`NOW`], or before it.
pub(crate) fn later(seconds: i64) -> UnixTime {
    UnixTime::from_secs(NOW.as_secs() + seconds)
}

pub(crate) fn typed() -> Endpoint {
    endpoint(stripe::Stripe::new(STRIPE).unwrap())
}

fn endpoint(resolver: impl Resolve + 'static) -> Endpoint {
    unlimited(resolver).body_limit(LIMIT)
}

/// With the limit that fits the sender.
fn unlimited(resolver: impl Resolve + 'static) -> Endpoint {
    Endpoint::new(resolver).clock(FixedClock::at(NOW))
}

/// A question of the echo's sender.
pub(crate) fn challenge(address: &str, token: &str) -> Message {
    stripe(b"")
        .method("GET")
        .without("stripe-signature")
        .target(&format!(
            "{address}?mode=subscribe&challenge={CHALLENGE}{token}"
        ))
}

/// A sender of CloudEvents of this origin that asks whether it may send.
pub(crate) fn asking_to_send(origin: &str) -> Message {
    stripe(b"")
        .method("OPTIONS")
        .without("stripe-signature")
        .and("webhook-request-origin", origin)
        .target(CLOUD_EVENTS)
}

/// One genuine request of every sender, with the header of its signature.
pub(crate) fn all(body: &[u8]) -> [(Message, &'static str); 5] {
    [
        (stripe(body), "stripe-signature"),
        (slack(body), "x-slack-signature"),
        (square(body), "x-square-hmacsha256-signature"),
        (standard(body), "webhook-signature"),
        (github(body), "x-hub-signature-256"),
    ]
}

pub(crate) fn stripe(body: &[u8]) -> Message {
    stripe_at(body, NOW)
}

pub(crate) fn stripe_at(body: &[u8], time: UnixTime) -> Message {
    sign(signer("/stripe", stripe::SCHEME, STRIPE), body, time)
}

/// By a secret of one's own choice, under the target of the real one.
pub(crate) fn stripe_by(secret: &str, body: &[u8]) -> Message {
    sign(signer("/stripe", stripe::SCHEME, secret), body, NOW)
}

pub(crate) fn slack(body: &[u8]) -> Message {
    slack_at(body, NOW)
}

pub(crate) fn slack_at(body: &[u8], time: UnixTime) -> Message {
    sign(signer("/slack", slack::SCHEME, SLACK), body, time)
}

/// What Slack sends when an address is entered.
pub(crate) fn handshake() -> Message {
    let body = format!(r#"{{"type":"url_verification","challenge":"{CHALLENGE}"}}"#);
    slack(body.as_bytes())
}

pub(crate) fn square(body: &[u8]) -> Message {
    let signer = signer("/square", square::SCHEME, SQUARE).public_url(SQUARE_URL);
    sign(signer, body, NOW)
}

pub(crate) fn standard(body: &[u8]) -> Message {
    standard_at(body, NOW)
}

pub(crate) fn standard_at(body: &[u8], time: UnixTime) -> Message {
    let scheme = standard_webhooks::SCHEME;
    let signer = signer("/standard-webhooks", scheme, STANDARD).id("msg_1");
    sign(signer, body, time)
}

pub(crate) fn github(body: &[u8]) -> Message {
    let signer = signer("/github", github::SCHEME, GITHUB);
    sign(signer.id("72d3162e").kind("push"), body, NOW)
}

fn signer(target: &str, scheme: Scheme, secret: &str) -> Signer {
    Signer::new(scheme, secret).unwrap().target(target)
}

fn sign(signer: Signer, body: &[u8], time: UnixTime) -> Message {
    let signed = signer.sign(body, time).unwrap();
    for (_, value) in &signed.headers {
        forbid_codes(value.as_bytes());
    }
    Message::new(signed)
}
