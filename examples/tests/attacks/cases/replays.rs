//! Events that come again, or seem to.

use super::BAD;
use crate::case::{Case, Want};
use crate::targets::{ONCE, ONCE_ELSEWHERE, PAYPAL_ONCE, ROTATED, sender};
use webhook_core::UnixTime;
use webhook_testkit::{NOW, Request, Sender};

pub(crate) fn cases() -> Vec<Case> {
    let stripe = sender("stripe");
    let at = |seconds: i64| UnixTime::from_secs(NOW.as_secs() + seconds);
    let event = |id: &str, note: &str| {
        format!(r#"{{"id":"{id}","object":"event","type":"a","note":"{note}"}}"#)
    };
    let signed = |id: &str, note: &str| stripe.sign(event(id, note).as_bytes());
    let later = |id: &str, note: &str| stripe.sign_at(event(id, note).as_bytes(), at(30));
    let forged = |id: &str| signed("evt_other", "").with_body(event(id, ""));
    let case = |class, name: &str, before, request, want| {
        Case::new(class, name, ONCE, request, want).after(ONCE, before)
    };
    vec![
        case(
            "B43",
            "exact replay",
            signed("r1", ""),
            signed("r1", ""),
            Want::Duplicate,
        ),
        case(
            "B44",
            "the same event, signed later",
            signed("r2", ""),
            later("r2", ""),
            Want::Duplicate,
        ),
        case(
            "B45",
            "the same id, another body",
            signed("r3", ""),
            later("r3", "x"),
            Want::Duplicate,
        ),
        case(
            "B47",
            "genuine after a forgery of its id",
            forged("r4"),
            signed("r4", ""),
            Want::Accepted,
        ),
        Case::new(
            "B47",
            "forgery of an id that will come",
            ONCE,
            forged("r5"),
            Want::Refused(BAD),
        ),
        case(
            "B48",
            "composed after decomposed",
            signed("e\u{301}", ""),
            signed("é", ""),
            Want::Accepted,
        ),
        Case::new(
            "B49",
            "the same id elsewhere",
            ONCE_ELSEWHERE,
            signed("r6", ""),
            Want::Accepted,
        )
        .after(ONCE, signed("r6", "")),
        same_checksum(sender("paypal")),
        both_keys(stripe, false),
        both_keys(stripe, true),
    ]
}

/// PayPal signs a checksum of the body that everybody can meet: the first body of a transmission is the only one. Had the
/// forged one come first, it would be an unconfirmed payment, as `Coverage::BodyChecksum` says.
fn same_checksum(paypal: &Sender) -> Case {
    let genuine = paypal.genuine();
    let forged = br#"{"id":"evt_1","event_type":"PAYMENT.CAPTURE.COMPLETED","amount":"9999.00"}"#;
    let forged = with_checksum(forged, checksum(&genuine.body));
    let request = genuine.clone().with_body(forged);
    let name = "the same event with another amount and the same CRC-32";
    let want = Want::Refused(&["signature_reused"]);
    Case::new("B73", name, PAYPAL_ONCE, request, want).after(PAYPAL_ONCE, genuine)
}

/// While one key replaces the other, either will do, and no third.
fn both_keys(stripe: &Sender, altered: bool) -> Case {
    let genuine = stripe.genuine();
    match altered {
        false => Case::new(
            "B98",
            "either of two keys",
            ROTATED,
            genuine,
            Want::Accepted,
        ),
        true => {
            let request: Request = genuine.with_body("{}");
            Case::new(
                "B98",
                "none of two keys",
                ROTATED,
                request,
                Want::Refused(BAD),
            )
        }
    }
}

/// Blanks and tabs behind a document, of which each turns bits of the checksum: those that are needed solve a system of
/// linear equations.
fn with_checksum(document: &[u8], wanted: u32) -> Vec<u8> {
    const PLACES: usize = 64;
    let start = document.len();
    let mut body = [document, &[b' '; PLACES]].concat();
    let plain = checksum(&body);
    let effect = |place: usize| {
        let mut body = body.clone();
        body[start + place] = b'\t';
        checksum(&body) ^ plain
    };
    // Each row: what turns the bits, and which places it takes.
    let mut basis: Vec<(u32, u64)> = Vec::new();
    let reduced = |mut row: (u32, u64), basis: &[(u32, u64)]| {
        for (bits, places) in basis {
            if row.0 ^ bits < row.0 {
                row = (row.0 ^ bits, row.1 ^ places);
            }
        }
        row
    };
    for place in 0..PLACES {
        let row = reduced((effect(place), 1 << place), &basis);
        if row.0 != 0 {
            basis.push(row);
            basis.sort_by_key(|row| std::cmp::Reverse(row.0));
        }
    }
    let (rest, places) = reduced((plain ^ wanted, 0), &basis);
    assert_eq!(rest, 0);
    for place in (0..PLACES).filter(|place| places >> place & 1 == 1) {
        body[start + place] = b'\t';
    }
    assert_eq!(checksum(&body), wanted);
    body
}

fn checksum(body: &[u8]) -> u32 {
    !body.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
