//! Times and ids that are signed: their grammar, their window, their clock.

use serde_json::json;
use webhook_core::{Endpoint, Settings, Tolerance, UnixTime, provider, testing::FixedClock};

use super::BODY;
use webhook_testkit::forge::signed;
use webhook_testkit::rows::TIMES;
use webhook_testkit::{Account, ID, Request, accounts, code, receive};

#[test]
fn times_are_read_strictly_and_judged() {
    for account in timed() {
        for (name, time, expected) in TIMES {
            let request = signed_at(&account, time.as_bytes());
            let verdict = receive(&account.endpoint(), &request);
            assert_eq!(code(&verdict), *expected, "{}: {name}", account.name);
        }
    }
}

#[test]
fn a_time_or_an_id_that_is_signed_must_be_there() {
    for account in timed() {
        for name in account.signed.iter().copied() {
            let absent = account.sign(BODY).without(name);
            let verdict = receive(&account.endpoint(), &absent);
            assert_eq!(
                code(&verdict),
                "missing_signature",
                "{}: {name}",
                account.name
            );
        }
    }
}

/// B39, B40: clock in milliseconds since 1970, time in seconds, tolerance, code.
#[test]
fn no_clock_and_no_tolerance_overflows() {
    const NOW_MS: i64 = 1_785_920_400_000;
    for account in timed() {
        for (name, clock, time, tolerance, expected) in [
            ("B39 tolerance 0, now", NOW_MS + 999, "1785920400", 0, "ok"),
            (
                "B39 tolerance 0, a second ago",
                NOW_MS + 1000,
                "1785920400",
                0,
                "stale",
            ),
            (
                "B39 tolerance 0, a second ahead",
                NOW_MS - 1,
                "1785920400",
                0,
                "future",
            ),
            ("B39 widest, long ago", NOW_MS, "0", u32::MAX, "ok"),
            (
                "B39 widest, far ahead",
                NOW_MS,
                "9999999999999999",
                u32::MAX,
                "future",
            ),
            ("B40 before 1970", -1, "0", 300, "ok"),
            ("B40 long before 1970", -400_000, "0", 300, "future"),
            (
                "B40 first moment",
                i64::MIN,
                "9999999999999999",
                300,
                "future",
            ),
            (
                "B40 first moment, widest",
                i64::MIN,
                "0",
                u32::MAX,
                "future",
            ),
            ("B40 last moment", i64::MAX, "0", u32::MAX, "stale"),
        ] {
            let verifier = account
                .verifier(account.key)
                .tolerance(Tolerance::secs(tolerance))
                .unwrap();
            let clock = FixedClock::at(UnixTime::from_millis(clock));
            let endpoint = Endpoint::new(verifier).clock(clock);
            let verdict = receive(&endpoint, &signed_at(&account, time.as_bytes()));
            assert_eq!(code(&verdict), expected, "{}: {name}", account.name);
        }
    }
}

#[test]
fn a_tolerance_is_a_number_of_seconds_or_a_fault_of_the_configuration() {
    for value in [
        json!(-1),
        json!(1.5),
        json!("300"),
        json!(4_294_967_296_u64),
        json!([]),
    ] {
        for name in ["tolerance_seconds", "future_tolerance_seconds"] {
            let mut settings = json!({"secrets": ["whsec_of_a_test"], "tolerance_seconds": 300});
            settings[name] = value.clone();
            let settings = Settings::new(settings).unwrap();
            assert!(
                provider::by_name("stripe", &settings).is_err(),
                "{name}: {value}"
            );
        }
    }
}

/// B48: texts for a signed id, each signed as it stands. Two that look alike stay two.
#[test]
fn signed_ids_are_taken_as_they_stand() {
    for account in timed()
        .into_iter()
        .filter(|account| account.signed.len() == 2)
    {
        for (name, id, expected) in [
            ("empty", "", "missing_signature"),
            ("dots", "a.b.1785920400.c", "malformed"),
            ("bars and slashes", "a|b/c", "ok"),
            ("10 kB", &"x".repeat(10_000), "malformed"),
            ("8 KiB", &"x".repeat(8192), "ok"),
            ("NUL", "a\0b", "malformed"),
            ("line feed", "a\nb", "malformed"),
            ("composed", "é", "malformed"),
            ("decomposed", "e\u{301}", "malformed"),
        ] {
            let request = signed(&account, b"1785920400", id, BODY);
            let verdict = receive(&account.endpoint(), &request);
            assert_eq!(code(&verdict), expected, "{}: {name}", account.name);
            if let Ok(delivery) = verdict {
                assert_eq!(delivery.id(), Some(id), "{}: {name}", account.name);
            }
        }
    }
}

/// The accounts whose schemes sign a time.
fn timed() -> Vec<Account> {
    let is_timed = |account: &Account| {
        matches!(
            account.provider,
            "slack" | "standard-webhooks" | "stripe" | "svix"
        )
    };
    accounts().into_iter().filter(is_timed).collect()
}

fn signed_at(account: &Account, time: &[u8]) -> Request {
    signed(account, time, ID, BODY)
}
