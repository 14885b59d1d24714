//! Verifies seven senders by their documentation, in the plainest way: everything is in memory, nothing is shared with the
//! engine, and codes are compared as texts.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use webhook_testkit::Request;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Stripe,
    Square,
    Slack,
    StandardWebhooks,
    Paddle,
    Revolut,
    Cashfree,
}

pub(crate) const SENDERS: [Sender; 7] = [
    Sender::Stripe,
    Sender::Square,
    Sender::Slack,
    Sender::StandardWebhooks,
    Sender::Paddle,
    Sender::Revolut,
    Sender::Cashfree,
];

/// Whether one of these keys has signed this request for this moment, in milliseconds since 1970.
pub(crate) fn accepts(
    sender: Sender,
    keys: &[&[u8]],
    url: &str,
    request: &Request,
    now: i64,
) -> bool {
    let verdict = judge(sender, keys, url, request, now);
    verdict.is_some()
}

fn judge(sender: Sender, keys: &[&[u8]], url: &str, request: &Request, now: i64) -> Option<()> {
    let header = |name: &str| one_value(request, name);
    match sender {
        // `t=<seconds>,v1=<hex>`, `v1` as often as there are secrets; signs `t.body`; 300 s.
        Sender::Stripe => {
            let value = header("stripe-signature")?;
            let entries = entries(value, b',');
            let time = time_entry(&entries, b"t=")?;
            within(moment(time)?, now / 1000, 300)?;
            let codes = behind(&entries, b"v1=");
            hex_matches(keys, &[time, b".", &request.body], &codes)
        }
        // `ts=<seconds>;h1=<hex>`; signs `ts:body`; 300 s, wider than the 5 s of Paddle's own libraries.
        Sender::Paddle => {
            let value = header("paddle-signature")?;
            let entries = entries(value, b';');
            let time = time_entry(&entries, b"ts=")?;
            within(moment(time)?, now / 1000, 300)?;
            let codes = behind(&entries, b"h1=");
            hex_matches(keys, &[time, b":", &request.body], &codes)
        }
        // `v0=<hex>`; signs `v0:time:body`; 300 s.
        Sender::Slack => {
            let time = header("x-slack-request-timestamp")?;
            within(moment(time)?, now / 1000, 300)?;
            let code = header("x-slack-signature")?
                .trim_ascii()
                .strip_prefix(b"v0=")?;
            hex_matches(keys, &[b"v0:", time, b":", &request.body], &[code])
        }
        // `v1=<hex>[,v1=<hex>]`; signs `v1.time.body`; milliseconds, five minutes.
        Sender::Revolut => {
            let time = header("revolut-request-timestamp")?;
            within(moment(time)?, now, 300_000)?;
            let entries = entries(header("revolut-signature")?, b',');
            let codes = behind(&entries, b"v1=");
            hex_matches(keys, &[b"v1.", time, b".", &request.body], &codes)
        }
        // `v1,<base64>` as often as there are secrets, a space between; signs `id.time.body`; 300 s.
        Sender::StandardWebhooks => {
            let id = header("webhook-id")?;
            // A dot ends it.
            let fits = |byte: &u8| (0x20..0x7f).contains(byte) && *byte != b'.';
            if id.is_empty() || !id.iter().all(fits) {
                return None;
            }
            let time = header("webhook-timestamp")?;
            within(moment(time)?, now / 1000, 300)?;
            let entries = entries(header("webhook-signature")?, b' ');
            let codes = behind(&entries, b"v1,");
            base64_matches(keys, &[id, b".", time, b".", &request.body], &codes)
        }
        // Base64 of the code of the URL and the body.
        Sender::Square => {
            let code = header("x-square-hmacsha256-signature")?.trim_ascii();
            base64_matches(keys, &[url.as_bytes(), &request.body], &[code])
        }
        // Base64 of the code of the time, in milliseconds, and the body; no window. Only its 13 digits tell the time from
        // a body that begins with a digit.
        Sender::Cashfree => {
            let time = header("x-webhook-timestamp")?;
            moment(time).filter(|_| time.len() == 13)?;
            let code = header("x-webhook-signature")?.trim_ascii();
            base64_matches(keys, &[time, &request.body], &[code])
        }
    }
}

/// All lines of a header, if they are the same.
pub(crate) fn one_value<'a>(request: &'a Request, name: &str) -> Option<&'a [u8]> {
    let lines = request.headers.iter().filter(|(own, _)| own == name);
    let mut values: Vec<&[u8]> = lines.map(|(_, value)| value.as_slice()).collect();
    values.dedup();
    match values[..] {
        [value] => Some(value),
        _ => None,
    }
}

pub(crate) fn entries(value: &[u8], separator: u8) -> Vec<&[u8]> {
    value
        .split(|byte| *byte == separator)
        .map(<[u8]>::trim_ascii)
        .collect()
}

pub(crate) fn behind<'a>(entries: &[&'a [u8]], prefix: &[u8]) -> Vec<&'a [u8]> {
    entries
        .iter()
        .filter_map(|entry| entry.strip_prefix(prefix))
        .collect()
}

/// Written once, or each time alike.
pub(crate) fn time_entry<'a>(entries: &[&'a [u8]], prefix: &[u8]) -> Option<&'a [u8]> {
    let mut times = behind(entries, prefix);
    times.dedup();
    match times[..] {
        [time] => Some(time),
        _ => None,
    }
}

/// Digits, no zero in front, as many as mean a moment.
pub(crate) fn moment(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text && (0..10_000_000_000_000_000).contains(&number)).then_some(number)
}

pub(crate) fn within(time: i64, now: i64, tolerance: i64) -> Option<()> {
    ((time - now).abs() <= tolerance).then_some(())
}

pub(crate) fn hex_matches(keys: &[&[u8]], content: &[&[u8]], codes: &[&[u8]]) -> Option<()> {
    let matches = |key: &&[u8]| {
        let code = const_hex::encode(code_of(key, content));
        codes
            .iter()
            .any(|given| given.to_ascii_lowercase() == code.as_bytes())
    };
    keys.iter().any(matches).then_some(())
}

fn base64_matches(keys: &[&[u8]], content: &[&[u8]], codes: &[&[u8]]) -> Option<()> {
    let matches = |key: &&[u8]| {
        let code = Base64::encode_string(&code_of(key, content));
        codes.contains(&code.as_bytes())
    };
    keys.iter().any(matches).then_some(())
}

/// The code of these parts with nothing between them.
pub(crate) fn code_of(key: &[u8], content: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(&content.concat());
    mac.finalize().into_bytes().to_vec()
}
