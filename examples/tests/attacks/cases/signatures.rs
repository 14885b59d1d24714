//! What stands in the place of a signature: the tables that the library's own tests share.

use base64ct::{Base64, Encoding};

use super::{BAD, MALFORMED, MISSING};
use crate::BODY;
use crate::case::{Case, Want};
use crate::targets::ROTATED;
use webhook_testkit::forge::Words;
use webhook_testkit::rows::{
    ASYMMETRIC, BASE64, FAMILIES, GENUINE, HEX, OTHER_VERSIONS, Row, STANDARD, STRIPE,
};
use webhook_testkit::{Account, accounts_of};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (provider, rows) in [
        ("github", HEX),
        ("slack", HEX),
        ("square", BASE64),
        ("shopify", BASE64),
        ("stripe", STRIPE),
        ("svix", STANDARD),
        ("standard-webhooks", STANDARD),
    ] {
        cases.extend(of_rows(&accounts_of(provider)[0], rows));
    }
    cases.extend(of_rows(&accounts_of("standard-webhooks")[1], ASYMMETRIC));
    cases.extend(other_versions());
    cases.extend(other_families());
    cases.extend(look_alikes());
    cases.extend(prefixes());
    cases.extend(bits());
    cases.push(many_for_two_keys());
    cases
}

/// As many candidates as may be, each for both keys: they cost two codes all the same.
fn many_for_two_keys() -> Case {
    let account = &accounts_of("stripe")[0];
    let value = format!("t=1785920400,{}", ["v1=00"; 100].join(","));
    let request = account.sign(BODY).with(account.signature, value);
    let name = "a hundred codes for two keys";
    Case::new("B19", name, ROTATED, request, Want::Refused(BAD))
}

/// The class stands at the beginning of a row's name.
pub(crate) fn class_of(name: &'static str) -> &'static str {
    &name[..3]
}

fn of_rows(account: &Account, rows: &[Row]) -> Vec<Case> {
    let words = Words::of(account);
    let case = |(name, template, code): &Row| {
        let request = account.sign(BODY).without(account.signature);
        let request = match template {
            Some(template) => request.and(account.signature, words.fill(template)),
            None => request,
        };
        let want = Want::Refused(codes(code));
        Case::new(class_of(name), &name[4..], account.name, request, want)
    };
    rows.iter().map(case).collect()
}

/// The codes of the shared tables.
fn codes(code: &str) -> &'static [&'static str] {
    match code {
        "bad_signature" => BAD,
        "malformed" => MALFORMED,
        "missing_signature" => MISSING,
        "stale" => &["stale"],
        "future" => &["future"],
        _ => panic!("{code} is in no table"),
    }
}

pub(super) fn want(code: &str) -> Want {
    match code {
        "ok" => Want::Accepted,
        code => Want::Refused(codes(code)),
    }
}

fn other_versions() -> Vec<Case> {
    let rows = [("standard-webhooks", MISSING), ("svix", MALFORMED)];
    let of = |(provider, codes): (&'static str, &'static [&'static str])| {
        let account = accounts_of(provider).remove(0);
        let words = Words::of(&account);
        let case = move |(name, template): &(&'static str, &'static str)| {
            let request = account
                .sign(BODY)
                .with(account.signature, words.fill(template));
            let want = Want::Refused(codes);
            Case::new(class_of(name), &name[4..], account.name, request, want)
        };
        OTHER_VERSIONS.iter().map(case)
    };
    rows.into_iter().flat_map(of).collect()
}

fn other_families() -> impl Iterator<Item = Case> {
    FAMILIES.iter().map(|(provider, name, headers, code)| {
        let account = &accounts_of(provider)[0];
        let words = Words::of(account);
        let request = account.sign(BODY).without(account.signature);
        let request = headers.iter().fold(request, |request, (name, template)| {
            request.with(name, words.fill(template))
        });
        Case::new("B25", *name, account.name, request, want(code))
    })
}

/// Rows without a number are no attacks and belong to no class.
fn look_alikes() -> impl Iterator<Item = Case> {
    let numbered = GENUINE.iter().filter(|(_, name, _)| name.starts_with('B'));
    numbered.map(|(provider, name, template)| {
        let account = &accounts_of(provider)[0];
        let value = Words::of(account).fill(template);
        let request = account.sign(BODY).with(account.signature, value);
        let class = class_of(name);
        Case::new(class, &name[4..], account.name, request, Want::Accepted)
    })
}

/// Writes a code as text.
type Write = fn(&[u8]) -> String;

/// Five senders with a code of 32 bytes, and how they write it.
const WRITTEN: [(&str, &str, Write); 5] = [
    ("github", "{p}", hex),
    ("slack", "{p}", hex),
    ("stripe", "t={t},v1=", hex),
    ("square", "", Base64::encode_string),
    ("standard-webhooks", "v1,", Base64::encode_string),
];

fn hex(code: &[u8]) -> String {
    const_hex::encode(code)
}

/// Those of the true code, byte by byte.
fn prefixes() -> Vec<Case> {
    let of = |(provider, before, write): (&'static str, &str, Write)| {
        let account = accounts_of(provider).remove(0);
        let before = Words::of(&account).fill(before);
        let code = true_code(&account);
        let case = move |length: usize| {
            let value = [&before[..], write(&code[..length]).as_bytes()].concat();
            let request = account.sign(BODY).with(account.signature, value);
            let name = format!("the first {length} bytes");
            // Of a signature that is its code alone, nothing is left.
            let none = before.is_empty() && length == 0;
            let want = Want::Refused(if none { MISSING } else { BAD });
            Case::new("B06", name, account.name, request, want)
        };
        (0..32).map(case)
    };
    WRITTEN.into_iter().flat_map(of).collect()
}

/// Each bit of a code for one sender, one of each byte for the others.
fn bits() -> Vec<Case> {
    let of = |(provider, before, write): (&'static str, &str, Write)| {
        let account = accounts_of(provider).remove(0);
        let before = Words::of(&account).fill(before);
        let code = true_code(&account);
        let step = if provider == "github" { 1 } else { 9 };
        let case = move |bit: usize| {
            let mut code = code.clone();
            code[bit / 8] ^= 1 << (bit % 8);
            let value = [&before[..], write(&code).as_bytes()].concat();
            let request = account.sign(BODY).with(account.signature, value);
            let name = format!("bit {bit} flipped");
            Case::new("B26", name, account.name, request, Want::Refused(BAD))
        };
        (0..256).step_by(step).map(case)
    };
    WRITTEN.into_iter().flat_map(of).collect()
}

fn true_code(account: &Account) -> Vec<u8> {
    const_hex::decode(Words::of(account).fill("{hex}")).unwrap()
}
