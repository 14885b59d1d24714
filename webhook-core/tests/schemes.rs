//! What a scheme can say though no sender that is built in needs it.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used)]

use webhook_core::scheme::Algorithm::HmacSha256;
use webhook_core::scheme::Field::Json;
use webhook_core::scheme::Part::{FirstOf, Literal};
use webhook_core::scheme::{Part, Scheme, Signature, Timestamp};
use webhook_core::testing::{FixedClock, Sign, Signer, receive};
use webhook_core::{Endpoint, UnixTime};

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
