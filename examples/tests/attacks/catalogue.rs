//! The classes of bad input, and how each is exercised.

use std::collections::BTreeSet;

use crate::cases;
use crate::set_ups::set_ups;

/// A class and what exercises it.
struct Class {
    id: &'static str,
    title: &'static str,
    by: By,
}

/// What exercises a class.
enum By {
    /// The cases of this suite.
    Cases,
    /// Tests that do what no single request can: file and function.
    Tests(&'static [(&'static str, &'static str)]),
    /// Nothing: there is nothing here that it could attack.
    Nothing(&'static str),
}

use By::{Cases, Nothing, Tests};

const fn class(id: &'static str, title: &'static str, by: By) -> Class {
    Class { id, title, by }
}

#[rustfmt::skip]
const CLASSES: &[Class] = &[
    class("B01", "no signature header", Cases),
    class("B02", "an empty one", Cases),
    class("B03", "only blanks in it", Cases),
    class("B04", "bytes beyond ASCII", Cases),
    class("B05", "a header over 8 KiB", Cases),
    class("B06", "every prefix of the true code", Cases),
    class("B07", "the true code and more", Cases),
    class("B08", "a mark with nothing behind it", Cases),
    class("B09", "an odd number of hexadecimal digits", Cases),
    class("B10", "letters of two bytes", Cases),
    class("B11", "signs, `0x` and blanks among digits", Cases),
    class("B12", "capital digits, which are genuine", Cases),
    class("B13", "base64 that is not canonical", Cases),
    class("B14", "one encoding for the other", Cases),
    class("B15", "another mark before the true code", Cases),
    class("B16", "only another version", Cases),
    class("B17", "the true code under another version", Cases),
    class("B18", "the key of one version used for the other", Cases),
    class("B19", "a thousand candidates", Cases),
    class("B20", "the true code anywhere in a list, which is genuine", Cases),
    class("B21", "other separators", Cases),
    class("B22", "two different lines", Cases),
    class("B23", "the same line twice, which is genuine", Cases),
    class("B24", "lines that a proxy has folded", Cases),
    class("B25", "two families of headers that disagree", Cases),
    class("B26", "a flipped bit of the code", Cases),
    class("B27", "the code of another algorithm", Cases),
    class("B28", "the code of another body", Cases),
    class("B29", "a secret in the wrong form", Cases),
    class("B30", "an empty secret, also among others", Cases),
    class("B31", "no time", Cases),
    class("B32", "a time that is no number", Cases),
    class("B33", "a number that is no time", Cases),
    class("B34", "two times", Cases),
    class("B35", "a second too old", Cases),
    class("B36", "a second too early", Cases),
    class("B37", "the ends of the window, which are genuine", Cases),
    class("B38", "milliseconds for seconds", Cases),
    class("B39", "a tolerance of nothing, or of everything", Cases),
    class("B40", "a receiver's clock before 1970", Tests(&[("webhook-core/tests/hostile/times.rs", "no_clock_and_no_tolerance_overflows")])),
    class("B41", "other forms of a date", Cases),
    class("B42", "the time changed and the code kept", Cases),
    class("B43", "an exact replay", Cases),
    class("B44", "an event that was signed again", Cases),
    class("B45", "an id with another body", Cases),
    class("B46", "a hundred equal requests at once", Tests(&[
        ("webhook-tower/tests/suite/dedupe.rs", "of_requests_at_once_one_reaches_the_handler"),
        ("webhook-actix/tests/adapter/dedupe.rs", "of_requests_at_once_one_reaches_the_handler")])),
    class("B47", "a forgery that claims an id before its event", Cases),
    class("B48", "ids that are empty, long or look alike", Cases),
    class("B49", "one id in two places", Cases),
    class("B50", "a test event where live ones are wanted", Tests(&[
        ("webhook-core/src/delivery/payments.rs", "a_test_event_is_not_paid_to_an_endpoint_for_real_ones"),
        ("webhook-core/src/delivery/payments.rs", "events_of_accounts_that_are_not_listed_are_refused")])),
    class("B51", "one sender's request at another's receiver", Cases),
    class("B52", "one account's request at another's receiver", Cases),
    class("B53", "lengths that are none", Cases),
    class("B54", "a byte over the limit", Cases),
    class("B55", "bodies without an end", Cases),
    class("B56", "clients that go half-way", Cases),
    class("B57", "clients that fall silent", Cases),
    class("B58", "chunks that are none, chunks and lengths, trailers", Cases),
    class("B59", "encoded bodies, and clients that wait to be asked", Cases),
    class("B60", "a host that begins like the sender's", Cases),
    class("B61", "a host behind an at sign", Cases),
    class("B62", "other kinds of addresses", Cases),
    class("B63", "ports, dots and numbers for a host", Cases),
    class("B64", "a redirect to another host", Tests(&[("webhook-core/tests/fetch.rs", "follows_no_redirect")])),
    class("B65", "another path at the sender's host", Cases),
    class("B66", "a host name that changes its address", Tests(&[("webhook-core/tests/fetch.rs", "a_certificate_for_another_host_is_a_failure")])),
    class("B67", "certificates that are huge, endless or none", Tests(&[
        ("webhook-core/tests/fetch.rs", "a_document_without_end_is_a_failure"),
        ("webhook-core/tests/fetch.rs", "a_huge_document_is_a_failure"),
        ("webhook-core/src/provider/paypal/tests/fetches.rs", "a_document_that_is_no_certificate_is_refused_and_not_got_again_at_once")])),
    class("B68", "a thousand addresses of certificates", Tests(&[("webhook-core/src/provider/paypal/tests/fetches.rs", "a_flood_of_addresses_grows_nothing")])),
    class("B69", "a certificate that cannot be had", Tests(&[("webhook-core/src/provider/paypal/tests/fetches.rs", "a_fetch_that_fails_is_not_the_senders_fault_and_is_tried_again")])),
    class("B70", "certificates of others", Cases),
    class("B71", "keys and paddings that everybody can sign for", Tests(&[
        ("webhook-core/src/crypto/certificate.rs", "an_rsa_key_that_everybody_can_sign_for_verifies_nothing"),
        ("webhook-core/src/crypto/certificate.rs", "a_short_rsa_key_is_none")])),
    class("B72", "an algorithm that the request chooses", Cases),
    class("B73", "another body with the same checksum, for an event that is done", Cases),
    class("B74", "a token that chooses its algorithm", Cases),
    class("B75", "chains of other certificates", Cases),
    class("B76", "a token that brings its key", Cases),
    class("B77", "tokens of another shape", Cases),
    class("B78", "a token for another app", Cases),
    class("B79", "a member twice", Cases),
    class("B80", "texts that are none", Cases),
    class("B81", "depth and numbers without measure", Cases),
    class("B82", "documents that are no event", Cases),
    class("B83", "events that are not known yet, which are genuine", Cases),
    class("B84", "amounts of another type", Cases),
    class("B85", "forms whose fields are moved", Cases),
    class("B86", "JSON that Twilio does not sign", Nothing("Twilio is no provider of this library")),
    class("B87", "another address than the signed one", Cases),
    class("B88", "Adyen's fields and batches", Cases),
    class("B89", "Mollie's unsigned ids", Cases),
    class("B90", "other methods and versions", Cases),
    class("B91", "lines that are too many, too long or none", Cases),
    class("B92", "a store that is down or slow", Tests(&[
        ("webhook-store/tests/process/once.rs", "a_store_that_is_down_is_a_503_and_no_call"),
        ("webhook-store/tests/process/once.rs", "a_slow_store_is_a_503_at_the_deadline")])),
    class("B93", "a receiver without its keys", Cases),
    class("B94", "a handler that panics, fails or takes long", Tests(&[
        ("webhook-store/tests/process/once.rs", "after_a_panic_the_next_try_runs"),
        ("webhook-store/tests/process/once.rs", "after_an_error_the_next_try_runs_and_knows_that_it_is_one"),
        ("webhook-store/tests/process/once.rs", "the_lease_is_renewed_while_a_long_handler_runs")])),
    class("B95", "a body that ends the process every time", Nothing("there is no inbox that would take it up again: the sender repeats it, and the handler reads the number of the attempt")),
    class("B96", "a flood of forgeries", Nothing("a refusal is logged below the level that is on by default, and its cost is bounded here by bytes and codes; how many there may be is for the proxy before the server")),
    class("B97", "errors that show what is secret", Tests(&[("webhook-core/tests/secrecy.rs", "nothing_secret_is_shown_whatever_happens")])),
    class("B98", "keys that change while requests come", Cases),
    class("B99", "a switch that turns verification off", Nothing("there is none: no setting, header, variable or feature skips a verification")),
];

/// What has happened to others: where it is published, what was wrong, its class.
#[rustfmt::skip]
const PUBLISHED: &[(&str, &str, &str)] = &[
    ("RUSTSEC-2024-0010", "codes were compared up to the shorter one", "B06"),
    ("CVE-2026-41432", "an empty secret signed for everybody", "B30"),
    ("CVE-2025-53548", "a list of signatures was not parsed", "B21"),
    ("CVE-2026-21894", "the signature was never read", "B01"),
    ("CVE-2026-33143", "the signature was never read", "B01"),
    ("librefang#3439", "no signature counted as a good one", "B02"),
    ("CVE-2022-43411", "the comparison took as long as its prefix was right", "B26"),
    ("RUSTSEC-2022-0087", "a secret was printed", "B97"),
    ("RUSTSEC-2022-0055", "a body had no limit", "B55"),
    ("RUSTSEC-2024-0336", "a connection could keep a server busy for ever", "B56"),
    ("RUSTSEC-2023-0053", "building a chain cost without measure", "B75"),
    ("RUSTSEC-2021-0078", "requests were smuggled by their framing", "B58"),
    ("CVE-2026-32096", "an address was fetched before verification", "B60"),
    ("CVE-2019-6715", "an address was fetched before verification", "B65"),
    ("Stack Overflow 62870568", "whoever had a certificate could sign", "B70"),
    ("PayPal-Java-SDK SSLUtil", "the request chose its algorithm", "B72"),
    ("apple-iap-tools#23", "any certificate of Apple could sign", "B75"),
    ("dj-stripe validate", "a header replaced the secret", "B99"),
    ("CVE-2026-9189", "an event of another account was taken", "B52"),
    ("stripe-php verifyHeader", "a tolerance of 0 switched the time off", "B39"),
    ("stripe-php verifyHeader", "numbers were read loosely", "B32"),
    ("stripe-php verifyHeader", "of two times the first counted", "B34"),
    ("async-stripe", "of two signatures the last counted", "B20"),
    ("convoy ingest", "a key was stored before verification", "B47"),
    ("convoy ingest", "a body over the limit was cut", "B54"),
];

fn exercised() -> BTreeSet<&'static str> {
    let cases = cases::all().iter().map(|case| case.class);
    cases
        .chain(set_ups().iter().map(|set_up| set_up.0))
        .collect()
}

#[test]
fn every_class_is_exercised_or_says_why_not() {
    let ids: Vec<String> = CLASSES.iter().map(|class| class.id.to_owned()).collect();
    let all: Vec<String> = (1..=99).map(|number| format!("B{number:02}")).collect();
    assert_eq!(ids, all);
    let exercised = exercised();
    for class in CLASSES {
        let has_cases = exercised.contains(class.id);
        let title = format!("{}, {}", class.id, class.title);
        match class.by {
            Cases => assert!(has_cases, "{title}: no cases"),
            Tests(tests) => tests
                .iter()
                .for_each(|(file, name)| assert_there(file, name)),
            Nothing(why) => assert!(!has_cases && !why.is_empty(), "{title}"),
        }
    }
}

fn assert_there(file: &str, name: &str) {
    let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(text.contains(&format!("fn {name}(")), "{file}: no {name}");
}

#[test]
fn every_published_fault_has_its_class() {
    for (published, fault, id) in PUBLISHED {
        let class = CLASSES.iter().find(|class| class.id == *id);
        let by = &class.unwrap_or_else(|| panic!("{published}: {fault}")).by;
        // What cannot be switched off has no case, and is not forgotten.
        assert!(*id == "B99" || !matches!(by, Nothing(_)), "{published}");
    }
}

/// How many attacks there are.
pub(crate) fn attacks() -> usize {
    cases::all().iter().filter(|case| case.is_attack()).count()
}

#[test]
fn readme_says_how_many_cases_there_are() {
    let (attacks, genuine) = (attacks(), cases::all().len() - attacks());
    let (classes, set_ups) = (exercised().len(), set_ups().len());
    // Far below what there is, and far above what is left if a source of cases runs dry.
    assert!(attacks > 2500 && genuine > 150 && classes > 80 && set_ups > 1500);
    let with_comma = |number: usize| match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1000),
    };
    let readme = include_str!("../../../README.md").replace("\n  ", " ");
    for claim in [
        format!("{} bad requests of {classes} classes", with_comma(attacks)),
        format!("{} genuine ones", with_comma(genuine)),
        format!("{} set-ups", with_comma(set_ups)),
    ] {
        assert!(
            readme.contains(&claim),
            "write into README.md, at \"Attacked\": {claim}"
        );
    }
}
