//! Verifies senders by their documentation, in the plainest way: everything is in memory, nothing is shared with the
//! engine, and codes are compared as texts.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use webhook_core::Secret;
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
    TabaPay,
    Sanity,
    Klarna,
    PagBank,
    Rapyd,
    /// Nobody: a digest, a path and credentials, as a scheme can say it.
    Acme,
    /// The same with the code in a parameter of the query that the receiver names.
    InQuery,
    /// X, where it asks for a code of its token: nothing is signed, and the answer is the code.
    Asking,
    /// Asana in set-up mode, which hands over a secret in a header: nothing is signed, and the answer is the header.
    AsanaSetUp,
    /// Notion in set-up mode, which hands over a token in the body: nothing is signed, and the answer is empty.
    NotionSetUp,
}

pub(crate) const SENDERS: [Sender; 17] = [
    Sender::Stripe,
    Sender::Square,
    Sender::Slack,
    Sender::StandardWebhooks,
    Sender::Paddle,
    Sender::Revolut,
    Sender::Cashfree,
    Sender::TabaPay,
    Sender::Sanity,
    Sender::Klarna,
    Sender::PagBank,
    Sender::Rapyd,
    Sender::Acme,
    Sender::InQuery,
    Sender::Asking,
    Sender::AsanaSetUp,
    Sender::NotionSetUp,
];

/// The ids of the keys, for senders that name the one that they have signed with.
pub(crate) const KEY_IDS: [&str; 2] = ["key-1", "key-2"];

/// What Rapyd signs beside the secret key.
pub(crate) const ACCESS_KEY: &str = "rak_for_tests";

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
        // `t=<seconds>,v1=<hex>[,v2=<hex>]`, the new and the old secret; signs `t.body`; 300 s.
        Sender::TabaPay => {
            let entries = entries(header("x-hmac-signature")?, b',');
            let time = time_entry(&entries, b"t=")?;
            within(moment(time)?, now / 1000, 300)?;
            let codes = [behind(&entries, b"v1="), behind(&entries, b"v2=")].concat();
            hex_matches(keys, &[time, b".", &request.body], &codes)
        }
        // `t=<milliseconds>,v1=<base64url, no padding>`; signs `t.body`; five minutes.
        Sender::Sanity => {
            let entries = entries(header("sanity-webhook-signature")?, b',');
            let time = time_entry(&entries, b"t=")?;
            within(moment(time)?, now, 300_000)?;
            let codes = behind(&entries, b"v1=");
            let signed: &[&[u8]] = &[time, b".", &request.body];
            let write = |key: &&[u8]| Base64UrlUnpadded::encode_string(&code_of(key, signed));
            any_is(keys, write, &codes)
        }
        // Hex of the code of the body, by the key of this id alone.
        Sender::Klarna => {
            let key = key_named(keys, header("klarna-signing-key-id")?)?;
            let code = header("klarna-signature")?.trim_ascii();
            hex_matches(&[key], &[&request.body], &[code])
        }
        // Hex of the hash of token, hyphen and body; a body that is no text may have been hashed on.
        Sender::PagBank => {
            std::str::from_utf8(&request.body).ok()?;
            let code = header("x-authenticity-token")?.trim_ascii();
            let code = code.to_ascii_lowercase();
            let write = |key: &&[u8]| const_hex::encode(plain_hash_of(key, &request.body));
            any_is(keys, write, &[&code])
        }
        // Base64 of the hex of the code of URL, salt, time, access key, secret and body; 300 s. Only its ten digits tell the
        // time from the salt.
        Sender::Rapyd => {
            let salt = header("salt").filter(|salt| is_text(salt))?;
            let time = header("timestamp")?;
            within(moment(time)?, now / 1000, 300)?;
            (time.len() == 10).then_some(())?;
            let code = header("signature")?.trim_ascii();
            let body = &request.body;
            let write = |key: &&[u8]| {
                let code = code_of(key, &rapyd_content(url, salt, time, key, body));
                Base64::encode_string(const_hex::encode(code).as_bytes())
            };
            any_is(keys, write, &[code])
        }
        // `Acme <key id>:<base64>`, the word in any case; signs base64 SHA-512 of the body, id and path, a line feed between.
        Sender::Acme => {
            let value = header("authorization")?.trim_ascii();
            let (word, rest) = value.split_at_checked(4)?;
            let pair = rest.strip_prefix(b" ")?.trim_ascii();
            let colon = pair.iter().position(|byte| *byte == b':')?;
            let key = key_named(keys, &pair[..colon])?;
            let id = header("x-id").filter(|id| is_text(id))?;
            // That of the URL that the sender was given.
            let behind_host = url.splitn(4, '/').nth(3)?;
            let path = format!("/{}", behind_host.split('?').next()?);
            let content = acme_content(&request.body, id, path.as_bytes());
            let is_acme = word.eq_ignore_ascii_case(b"acme");
            is_acme.then_some(())?;
            base64_matches(&[key], &[&content], &[&pair[colon + 1..]])
        }
        // `code=<hex>` in the query, of the body.
        Sender::InQuery => {
            let code = one_parameter(request, PARAMETER)?;
            hex_matches(keys, &[&request.body], &[code.trim_ascii()])
        }
        // A token; one that could be the body of a delivery is not signed.
        Sender::Asking => token_of(request).map(drop),
        Sender::AsanaSetUp | Sender::NotionSetUp => handed_over(sender, request).map(drop),
    }
}

/// What is handed over in set-up mode, and the header that the answer has: whoever signs wants something else.
pub(crate) fn handed_over(
    sender: Sender,
    request: &Request,
) -> Option<(String, Option<&'static str>)> {
    let is_there = |name: &str| request.headers.iter().any(|(own, _)| own == name);
    let (signature, secret, answered) = match sender {
        Sender::AsanaSetUp => {
            const SECRET: &str = "x-hook-secret";
            let value = one_value(request, SECRET)?.to_vec();
            (
                "x-hook-signature",
                String::from_utf8(value).ok()?,
                Some(SECRET),
            )
        }
        Sender::NotionSetUp => {
            let secret = only_member(&request.body, "verification_token")?;
            ("x-notion-signature", secret, None)
        }
        _ => return None,
    };
    let is_one = secret.len() <= 1024 && secret.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    // What looks like something else that was pasted is none either: that is for the tests of secrets.
    let is_one = is_one && Secret::new(secret.as_str()).is_ok();
    (request.method == "POST" && !is_there(signature) && is_one).then_some((secret, answered))
}

/// The text in `{"name":"text"}`, with any space between.
fn only_member(body: &[u8], name: &str) -> Option<String> {
    let rest = skip_space(body).strip_prefix(b"{")?;
    let (own, rest) = json_text(skip_space(rest))?;
    let rest = skip_space(rest).strip_prefix(b":")?;
    let (text, rest) = json_text(skip_space(rest))?;
    let rest = skip_space(rest).strip_prefix(b"}")?;
    (own == name && skip_space(rest).is_empty()).then_some(text)
}

fn skip_space(json: &[u8]) -> &[u8] {
    let end = json.iter().position(|byte| !b" \t\r\n".contains(byte));
    &json[end.unwrap_or(json.len())..]
}

/// A JSON string, up to the first quote that is not escaped, and what stands behind it.
fn json_text(json: &[u8]) -> Option<(String, &[u8])> {
    json.strip_prefix(b"\"")?;
    let mut at = 1;
    while *json.get(at)? != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    let (text, rest) = json.split_at(at + 1);
    Some((serde_json::from_slice(text).ok()?, rest))
}

/// The parameter of the query with the code.
pub(crate) const PARAMETER: &str = "code";

/// What X asks to be signed, as text.
fn token_of(request: &Request) -> Option<String> {
    let token = one_parameter(request, "crc_token")?;
    let token = String::from_utf8_lossy(&token).into_owned();
    let body = token.strip_prefix('\u{feff}').unwrap_or(&token);
    let begins = body.bytes().find(|byte| !byte.is_ascii_whitespace());
    (!token.is_empty() && begins != Some(b'{')).then_some(token)
}

/// What is answered to it: the code by the first key.
pub(crate) fn answer_to(keys: &[&[u8]], request: &Request) -> Option<String> {
    let token = token_of(request)?;
    let code = Base64::encode_string(&code_of(keys.first()?, &[token.as_bytes()]));
    Some(format!(r#"{{"response_token":"sha256={code}"}}"#))
}

/// All values of a parameter, if they are the same text.
fn one_parameter(request: &Request, name: &str) -> Option<Vec<u8>> {
    let (_, query) = request.target.split_once('?')?;
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let own = pairs.filter(|(own, _)| decoded(own) == name.as_bytes());
    let mut values: Vec<String> = own
        .map(|(_, value)| String::from_utf8_lossy(&decoded(value)).into_owned())
        .collect();
    values.dedup();
    match values.len() {
        1 => values.pop().map(String::into_bytes),
        _ => None,
    }
}

/// Of a form: `+` is a space, and `%` begins two hexadecimal digits, or itself.
fn decoded(text: &str) -> Vec<u8> {
    let text = text.as_bytes();
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3);
        // `0x` is no digits, though a decoder may take it for what stands before some.
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits.and_then(|digits| const_hex::decode(digits).ok());
        match (byte, escaped) {
            (b'%', Some(escaped)) => {
                bytes.extend(escaped);
                at += 2;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        at += 1;
    }
    bytes
}

pub(crate) fn plain_hash_of(token: &[u8], body: &[u8]) -> Vec<u8> {
    use sha2::Digest;

    Sha256::digest([token, b"-", body].concat()).to_vec()
}

pub(crate) fn rapyd_content<'a>(
    url: &'a str,
    salt: &'a [u8],
    time: &'a [u8],
    key: &'a [u8],
    body: &'a [u8],
) -> [&'a [u8]; 6] {
    let access_key = ACCESS_KEY.as_bytes();
    [url.as_bytes(), salt, time, access_key, key, body]
}

pub(crate) fn acme_content(body: &[u8], id: &[u8], path: &[u8]) -> Vec<u8> {
    use sha2::Digest;

    let digest = Base64::encode_string(&sha2::Sha512::digest(body));
    [digest.as_bytes(), b"\n", id, b"\n", path].concat()
}

fn key_named<'a>(keys: &[&'a [u8]], id: &[u8]) -> Option<&'a [u8]> {
    let place = KEY_IDS.iter().position(|own| own.as_bytes() == id)?;
    keys.get(place).copied()
}

/// There, and of characters that a field that is signed may have.
fn is_text(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Whether one of the keys writes one of these.
fn any_is(keys: &[&[u8]], write: impl Fn(&&[u8]) -> String, codes: &[&[u8]]) -> Option<()> {
    let matches = |key| codes.contains(&write(key).as_bytes());
    keys.iter().any(matches).then_some(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_no_two_hexadecimal_digits_is_itself() {
        let cases = [
            ("%41+%42", "A B"),
            ("%0x41", "%0x41"),
            ("%0X", "%0X"),
            ("%+1", "% 1"),
            ("%4", "%4"),
            ("%", "%"),
        ];
        for (text, wanted) in cases {
            assert_eq!(decoded(text), wanted.as_bytes(), "{text}");
        }
    }
}
