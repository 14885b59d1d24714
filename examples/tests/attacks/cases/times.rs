//! Times and ids that are signed.

use super::signatures::{class_of, want};
use super::{BAD, MALFORMED, MISSING};
use crate::BODY;
use crate::case::{Case, Want};
use crate::targets::STRICT;
use webhook_core::UnixTime;
use webhook_testkit::forge::signed;
use webhook_testkit::rows::TIMES;
use webhook_testkit::{Account, ID, NOW, accounts_of};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for account in timed() {
        cases.extend(texts(&account));
        cases.extend(without(&account));
        cases.extend(ids(&account));
        cases.extend(moved(&account));
    }
    cases.extend(without_tolerance());
    cases
}

/// The accounts whose schemes sign a time, by [`signed`].
fn timed() -> impl Iterator<Item = Account> {
    let providers = ["slack", "standard-webhooks", "stripe", "svix"];
    providers.into_iter().flat_map(accounts_of)
}

/// Times with the right code over just this text. A server strips the blanks around a header's value: then it is another
/// text.
fn texts(account: &Account) -> Vec<Case> {
    let numbered = TIMES.iter().filter(|(name, ..)| name.starts_with('B'));
    let case = |(name, time, code): &(&'static str, &str, &str)| {
        let request = signed(account, time.as_bytes(), ID, BODY);
        let want = match time.starts_with(' ') {
            true => Want::Refused(&["malformed", "bad_signature"]),
            false => want(code),
        };
        Case::new(class_of(name), &name[4..], account.name, request, want)
    };
    numbered.map(case).collect()
}

fn without(account: &Account) -> Vec<Case> {
    let case = |name: &&'static str| {
        let request = account.sign(BODY).without(name);
        let want = Want::Refused(MISSING);
        Case::new("B31", format!("no {name}"), account.name, request, want)
    };
    account.signed.iter().map(case).collect()
}

/// A signed id, each signed as it stands.
fn ids(account: &Account) -> Vec<Case> {
    if account.signed.len() != 2 {
        return Vec::new();
    }
    let long = "x".repeat(10_000);
    let case = |(name, id, codes): (&str, &str, &'static [&'static str])| {
        let request = signed(account, b"1785920400", id, BODY);
        Case::new("B48", name, account.name, request, Want::Refused(codes))
    };
    [
        ("empty", "", MISSING),
        ("10 kB", &*long, MALFORMED),
        ("NUL", "a\0b", MALFORMED),
        ("line feed", "a\nb", MALFORMED),
        ("composed", "é", MALFORMED),
        ("decomposed", "e\u{301}", MALFORMED),
    ]
    .map(case)
    .into()
}

/// What is signed with the body, changed after that.
fn moved(account: &Account) -> Vec<Case> {
    let case = |name: &&'static str| {
        let request = account.sign(BODY);
        let mut value = request.header(name).to_vec();
        let last = value.last_mut().unwrap();
        *last = if *last == b'1' { b'2' } else { b'1' };
        let request = request.with(name, value);
        let want = Want::Refused(BAD);
        Case::new(
            "B42",
            format!("another {name}"),
            account.name,
            request,
            want,
        )
    };
    account.signed.iter().map(case).collect()
}

fn without_tolerance() -> Vec<Case> {
    let account = accounts_of("stripe").remove(0);
    let case = |(name, seconds, want): (&str, i64, Want)| {
        let time = UnixTime::from_secs(NOW.as_secs() + seconds);
        let request = account.sign_at(BODY, time);
        Case::new("B39", name, STRICT, request, want)
    };
    [
        ("tolerance 0, a second ago", -1, Want::Refused(&["stale"])),
        ("tolerance 0, a second ahead", 1, Want::Refused(&["future"])),
        ("tolerance 0, now", 0, Want::Accepted),
    ]
    .map(case)
    .into()
}
