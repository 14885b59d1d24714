//! What nobody has signed, or not so, is refused, in the same words everywhere.

use crate::case::{Case, Sent, Want, run};
use crate::senders::*;
use webhook_testkit::message::Message;

const MISSING: Want = Want::Refusal(400, "missing_signature");
const MALFORMED: Want = Want::Refusal(400, "malformed");
const BAD: Want = Want::Refusal(401, "bad_signature");

/// A case for every sender, made by a change to its genuine request.
fn for_all(want: Want, change: impl Fn(Message, &'static str) -> Message) -> Vec<Case> {
    let all = all(EVENT).into_iter();
    all.map(|(message, signature)| Case::new(signature, change(message, signature), want))
        .collect()
}

fn in_every_framing(cases: Vec<Case>) -> impl Iterator<Item = Case> {
    cases.into_iter().flat_map(Case::in_every_framing)
}

#[test]
fn a_changed_body_is_refused() {
    let last_bit = for_all(BAD, |mut message, _| {
        *message.body.last_mut().unwrap() ^= 1;
        message
    });
    let longer = for_all(BAD, |message, _| message.body(&[EVENT, b" "].concat()));
    let shorter = for_all(BAD, |message, _| message.body(&EVENT[1..]));
    let empty = for_all(BAD, |message, _| message.body(b""));
    run(in_every_framing(last_bit)
        .chain(longer)
        .chain(shorter)
        .chain(empty));
}

#[test]
fn another_secret_is_refused() {
    let message = stripe_by("whsec_of_somebody_else", EVENT);
    let rotated = message.clone().target(ROTATED);
    let cases = [
        Case::new("one key", message, BAD),
        Case::new("two keys", rotated, BAD),
    ];
    run(cases.into_iter().flat_map(Case::in_every_framing));
}

#[test]
fn an_unknown_tenant_looks_like_a_bad_signature() {
    let genuine = stripe(EVENT).target(UNKNOWN_TENANT);
    run(Case::new("decoy", genuine, BAD).in_every_framing());
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let absent = for_all(MISSING, |message, signature| message.without(signature));
    let empty = for_all(MISSING, |message, signature| message.with(signature, ""));
    let blank = for_all(MISSING, |message, signature| {
        message.with(signature, " \t ")
    });
    run(in_every_framing(absent).chain(empty).chain(blank));
}

#[test]
fn lines_that_conflict_are_refused() {
    let other = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
    let after = for_all(MALFORMED, |message, signature| {
        message.and(signature, other)
    });
    let before = for_all(MALFORMED, |message, signature| {
        let genuine = message.value(signature);
        message.with(signature, other).and(signature, genuine)
    });
    let more = [
        (slack(EVENT), "x-slack-request-timestamp"),
        (standard(EVENT), "webhook-timestamp"),
        (standard(EVENT), "webhook-id"),
        (github(EVENT), "x-github-delivery"),
        (github(EVENT), "x-github-event"),
    ];
    let more = more.map(|(message, name)| Case::new(name, message.and(name, "1"), MALFORMED));
    run(after.into_iter().chain(before).chain(more));
}

#[test]
fn bytes_beyond_ascii_are_refused() {
    let every: Vec<u8> = (0x80..=0xff).collect();
    let stripe_with = |value: &[u8]| stripe(EVENT).with("stripe-signature", value);
    let time = |value: &[u8]| {
        let genuine = stripe(EVENT).value("stripe-signature");
        let code = genuine.splitn(2, |byte| *byte == b',').nth(1).unwrap();
        stripe_with(&[b"t=", value, b",", code].concat())
    };
    let cases = [
        Case::new("nothing else", stripe_with(&every), MISSING),
        Case::new(
            "in the code",
            stripe_with(&[b"t=1785920400,v1=", &every[..]].concat()),
            BAD,
        ),
        Case::new("in the time", time(&every), MALFORMED),
        Case::new(
            "in a key",
            stripe_with(&[&every[..], b"=1"].concat()),
            MISSING,
        ),
        Case::new(
            "in a signed header",
            standard(EVENT).with("webhook-id", &every),
            MALFORMED,
        ),
        Case::new(
            "in a time of its own",
            slack(EVENT).with("x-slack-request-timestamp", &every),
            MALFORMED,
        ),
        Case::new(
            "in an id",
            github(EVENT).with("x-github-delivery", &every),
            MALFORMED,
        ),
    ];
    run(cases);
}

#[test]
fn headers_that_are_too_long_are_refused() {
    let cases = for_all(MALFORMED, |message, signature| {
        message.with(signature, vec![b'a'; 9 * 1024])
    });
    run(cases);
}

#[test]
fn times_outside_the_window_are_refused() {
    let cases = [
        ("stale", -301, Want::Refusal(401, "stale")),
        ("future", 301, Want::Refusal(401, "future")),
        ("long ago", -1_785_920_400, Want::Refusal(401, "stale")),
    ];
    run(cases.into_iter().flat_map(|(name, seconds, want)| {
        [stripe_at, slack_at, standard_at]
            .map(|sign| Case::new(name, sign(EVENT, later(seconds)), want))
            .into_iter()
            .flat_map(Case::in_every_framing)
    }));
}

#[test]
fn methods_that_no_sender_uses_are_refused() {
    let want = Want::Refusal(405, "method_not_allowed");
    let cases = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .flat_map(|method| {
            let cases = for_all(want, |message, _| message.method(method));
            let empty = for_all(want, |message, _| {
                message.method(method).body(b"").unframed()
            });
            cases.into_iter().chain(empty)
        });
    run(cases);
}

#[test]
fn keys_that_are_not_valid_now_make_the_sender_try_again() {
    let want = Want::Refusal(503, "keys_unavailable");
    run([Case::new("expired", stripe(EVENT).target(EXPIRED), want)]);
}

#[test]
fn a_resolver_that_hangs_makes_the_sender_try_again() {
    let want = Want::Refusal(503, "resolver_timeout");
    let message = stripe(EVENT).target(HANGING);
    let case = |message: Message| Case::new("hanging", message, want);
    let unread = case(message.clone()).sent(Sent::UpTo(0));
    let expecting = case(message.clone().and("expect", "100-continue")).sent(Sent::UpTo(0));
    run(case(message)
        .in_every_framing()
        .into_iter()
        .chain([unread, expecting]));
}

/// Of several faults the first of this list is told, before a byte of the body is sent: length, method, signature, time.
#[test]
fn of_several_faults_the_first_is_told() {
    type Fault = (fn(Message) -> Message, Want);
    let faults: [Fault; 5] = [
        (
            |message| {
                message
                    .unframed()
                    .and("content-length", (LIMIT + 1).to_string())
            },
            Want::Refusal(413, "body_too_large"),
        ),
        (
            |message| message.method("PUT"),
            Want::Refusal(405, "method_not_allowed"),
        ),
        (|message| message.without("stripe-signature"), MISSING),
        (
            |message| message.with("stripe-signature", "t=x,v1=00"),
            MALFORMED,
        ),
        (|message| message, Want::Refusal(401, "stale")),
    ];
    let stale = stripe_at(EVENT, later(-301));
    let cases = (0..faults.len()).flat_map(|first| {
        let (stale, faults) = (stale.clone(), &faults);
        (first..faults.len()).map(move |last| {
            // A signature that is missing cannot be malformed as well.
            let mut message = faults[last].0(stale.clone());
            if first != last {
                message = faults[first].0(message);
            }
            Case::new(format!("{first} and {last}"), message, faults[first].1).sent(Sent::UpTo(0))
        })
    });
    run(cases);
}

#[test]
fn what_is_genuine_but_of_another_type_makes_the_sender_try_again() {
    let want = Want::Refusal(500, "undecodable");
    // Those who say which value they did not like must not say it here.
    let card = format!("\"{CARD}\"");
    let typed = [
        ("list", "[]".to_owned()),
        ("text", card.clone()),
        ("list for an id", format!("{{\"id\":[{card}]}}")),
        (
            "text for a time",
            format!("{{\"id\":\"evt_1\",\"type\":\"a\",\"created\":{card}}}"),
        ),
        ("no end", format!("{{\"id\":{card}")),
    ];
    run(typed.into_iter().flat_map(|(name, body)| {
        let message = stripe(body.as_bytes()).target(TYPED);
        Case::new(name, message, want).in_every_framing()
    }));
}

#[test]
fn forged_handshakes_are_refused() {
    let changed = |from: &str, to: &str| {
        let message = handshake();
        let body = String::from_utf8(message.body.clone()).unwrap();
        message.body(body.replace(from, to).as_bytes())
    };
    let cases = [
        Case::new("another challenge", changed(CHALLENGE, "mine"), BAD),
        Case::new("another type", changed("url_verification", "other"), BAD),
        Case::new(
            "unsigned",
            handshake().without("x-slack-signature"),
            MISSING,
        ),
        Case::new("another sender's", handshake().target("/stripe"), MISSING),
    ];
    run(cases.into_iter().flat_map(Case::in_every_framing));
}

#[test]
fn a_bad_head_is_refused_before_the_body_is_sent() {
    let expecting = |message: Message| message.and("expect", "100-continue");
    let cases = [
        (
            "missing",
            stripe(EVENT).without("stripe-signature"),
            MISSING,
        ),
        (
            "stale",
            stripe_at(EVENT, later(-301)),
            Want::Refusal(401, "stale"),
        ),
        (
            "method",
            stripe(EVENT).method("PUT"),
            Want::Refusal(405, "method_not_allowed"),
        ),
    ];
    run(cases.into_iter().flat_map(|(name, message, want)| {
        let chunked = message.clone().in_chunks(7);
        [
            message.clone(),
            chunked.clone(),
            expecting(message),
            expecting(chunked),
        ]
        .map(|message| Case::new(name, message, want).sent(Sent::UpTo(0)))
    }));
}

#[test]
fn a_challenge_is_not_answered_without_the_configured_token() {
    const REFUSED: Want = Want::Refusal(403, "handshake_refused");
    let configured = ["", "&token=", "&token=another"].map(|token| challenge(ECHOING, token));
    let token = format!("&token={TOKEN}");
    let not_configured = ["", "&token=", &token].map(|token| challenge(WITHOUT_TOKEN, token));
    let cases = configured.into_iter().chain(not_configured).enumerate();
    run(cases.map(|(number, message)| Case::new(number.to_string(), message, REFUSED)));
}

#[test]
fn without_a_limit_of_ones_own_that_of_the_sender_counts() {
    const TOO_LARGE: Want = Want::Refusal(413, "body_too_large");
    let usual = stripe(b"").target(USUAL).unframed();
    let long = github(b"").target(LONG).unframed();
    run([
        Case::new("usual", usual.and("content-length", "1048577"), TOO_LARGE),
        Case::new("long", long.and("content-length", "26214401"), TOO_LARGE),
    ]);
}
