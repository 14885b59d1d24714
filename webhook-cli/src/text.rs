//! Text from strangers made harmless, and secrets made short.
//!
//! What a request holds may be written for the terminal that shows it: escapes that move the cursor, letters that turn the line
//! around, letters that nobody sees. They are shown as what they are, such as `\u{1b}`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use webhook_core::provider;

/// One line of text for a terminal: nothing in it moves the cursor, turns the line around or is hidden.
///
/// ```
/// use webhook_cli::text;
///
/// assert_eq!(text::line("paid\u{1b}[2J\n"), r"paid\u{1b}[2J\n");
/// ```
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    match text.contains(is_unsafe) {
        true => Cow::Owned(escaped(text)),
        false => Cow::Borrowed(text),
    }
}

/// The same for several lines: what ends a line stays.
#[must_use]
pub fn block(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// The same for bytes: what is no UTF-8 is shown as `\xff`.
#[must_use]
pub fn bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&line(chunk.valid()));
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}

/// The same with at most so many letters of the text, and how many bytes were cut.
#[must_use]
pub fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => line(text).into_owned(),
        Some((at, _)) => {
            let (start, rest) = text.split_at(at);
            format!("{}… ({} bytes more)", line(start), rest.len())
        }
    }
}

/// JSON that means the same, with nothing in it that a terminal obeys.
///
/// ```
/// use webhook_cli::text;
///
/// assert_eq!(text::json("{\"a\":\"\u{9b}2J\"}"), r#"{"a":"\u009b2J"}"#);
/// ```
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    if is_harmless(json) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        // Between its texts JSON has no such letter, but for white space.
        match is_unsafe(letter) {
            true if letter.is_ascii_whitespace() => shown.push(letter),
            true => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal shows this text as it stands. A line feed is no part of a line.
#[must_use]
pub fn is_harmless(text: &str) -> bool {
    !text.contains(is_unsafe)
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match is_unsafe(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

/// Controls of a terminal (C0, delete, C1), and letters that turn text around, take no room or end a line.
fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A secret that can be told from others and not be used: its last four letters, and never more than a quarter of it.
///
/// ```
/// use webhook_cli::text;
///
/// assert_eq!(text::mask("whsec_0123456789ab9f2c"), "…9f2c");
/// assert_eq!(text::mask("hunter2"), "…2");
/// ```
#[must_use]
pub fn mask(secret: &str) -> String {
    if is_masked(secret) {
        return line(secret).into_owned();
    }
    let len = secret.chars().count();
    let shown = (len / 4).min(4);
    let tail: String = secret.chars().skip(len - shown).collect();
    format!("…{}", line(&tail))
}

/// What [`mask`] writes: it is not masked a second time.
fn is_masked(text: &str) -> bool {
    text.strip_prefix('…')
        .is_some_and(|tail| tail.chars().count() <= 4)
}

/// What a header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A secret: who reads it can send in the name of the sender.
    Secret,
    /// A signature: it proves one request, and for a while.
    Signature,
    /// Neither.
    Text,
}

/// What the header of this name holds, by its name: the headers of the providers are known, others are judged by the words in them.
#[must_use]
pub fn holds(name: &str) -> Holds {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if SECRET_HEADERS.contains(&name.as_str()) || TOKENS.contains(name.as_str()) || has(SECRETS) {
        Holds::Secret
    } else if SIGNATURES.contains(name.as_str()) || has(&["sig", "hmac"]) {
        Holds::Signature
    } else {
        Holds::Text
    }
}

const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    // The older way of Flutterwave, which its description does not name.
    "verif-hash",
];

const SECRETS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "api-key",
    "apikey",
    "api_key",
    "access-key",
];

/// Where senders show the secret itself.
static TOKENS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| first_headers(shows));

/// Where the others have their signature.
static SIGNATURES: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| first_headers(|signed| !shows(signed)));

pub(crate) fn shows(signed: &str) -> bool {
    signed.starts_with("nothing: the sender shows")
}

/// The signature's header stands first.
fn first_headers(is_wanted: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let described = provider::names().filter_map(|name| provider::describe(name).ok());
    let wanted = described.filter(|description| is_wanted(&description.signed));
    wanted
        .filter_map(|description| description.headers.first().copied())
        .collect()
}

/// A target for people: what may be a secret or a signature in its query is masked.
///
/// ```
/// use webhook_cli::text;
///
/// assert_eq!(text::masked_target("/hook?from=eu&token=0123456789ab9f2c"), "/hook?from=eu&token=…9f2c");
/// ```
#[must_use]
pub fn masked_target(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let pair = |pair: &str| match pair.split_once('=') {
        // The name of the parameter may be a setting: a long value tells enough.
        Some((name, value)) if holds(name) != Holds::Text || is_code(&decoded(value)) => {
            format!("{name}={}", mask(&decoded(value)))
        }
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(pair).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn decoded(value: &str) -> String {
    let pairs = url::form_urlencoded::parse(value.as_bytes());
    pairs.map(|(text, _)| text.into_owned()).collect()
}

/// A header's value for people: secrets and signatures are masked so that their shape can still be seen, such as
/// `t=1785920400,v1=…9f2c`.
#[must_use]
pub fn masked_header(name: &str, value: &[u8]) -> String {
    line(&masked_value(name, value)).into_owned()
}

/// The same for files: what is not masked is as it was. Bytes that are no UTF-8 are shown as `\xff` where a part is masked.
#[must_use]
pub fn masked_value(name: &str, value: &[u8]) -> String {
    match (holds(name), std::str::from_utf8(value)) {
        (Holds::Text, _) => bytes(value),
        (Holds::Secret, Ok(value)) => masked_secret(value),
        (Holds::Signature, Ok(value)) => masked_codes(value),
        // What it is cannot be seen.
        (_, Err(_)) => "…".to_owned(),
    }
}

/// `Bearer …9f2c`. Of a name and password in base64, or of cookies, no letter is shown.
fn masked_secret(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => format!("{scheme} …"),
        Some((scheme, rest)) if is_word(scheme) && !rest.contains([' ', '=', ';']) => {
            format!("{scheme} {}", mask(rest))
        }
        Some(_) => "…".to_owned(),
        None => mask(value),
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Masks what looks like a code; times, versions and names of algorithms stay.
fn masked_codes(value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    for part in value.split_inclusive([',', ';', ' ', ':', '.']) {
        let end = part.trim_end_matches([',', ';', ' ', ':', '.']);
        let (name, code) = named(end);
        masked.push_str(name);
        match is_code(code) {
            true => masked.push_str(&mask(code)),
            false => masked.push_str(code),
        }
        masked.push_str(part.strip_prefix(end).unwrap_or_default());
    }
    masked
}

/// `v1=` and the code. The equals signs at the end of base64 are no such thing.
fn named(part: &str) -> (&str, &str) {
    match part.find('=') {
        Some(at) if at < 16 && at < part.trim_end_matches('=').len() => part.split_at(at + 1),
        _ => ("", part),
    }
}

fn is_code(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    text.len() >= 16 && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_as_what_it_is() {
        let cases = [
            ("plain ünï 日本 🦀", "plain ünï 日本 🦀"),
            ("\u{1b}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
            ("a\tb\r\n", r"a\tb\r\n"),
            ("\u{9b}2J\u{7f}", r"\u{9b}2J\u{7f}"),
            ("\u{202e}moc", r"\u{202e}moc"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
        ];
        for (text, shown) in cases {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn only_what_ends_a_line_stays_of_several() {
        assert_eq!(block("a\n\u{1b}\r\nb"), "a\n\\u{1b}\\r\nb");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_numbers() {
        assert_eq!(bytes(b"a\xff\xc3(\x1b"), r"a\xff\xc3(\u{1b}");
    }

    #[test]
    fn a_long_text_is_cut_and_says_by_how_much() {
        assert_eq!(short("äöü", 3), "äöü");
        assert_eq!(short("äöüß", 2), "äö… (4 bytes more)");
        assert_eq!(short("\u{1b}", 0), "… (1 bytes more)");
    }

    #[test]
    fn a_mask_shows_at_most_a_quarter() {
        let cases = [
            ("", "…"),
            ("abc", "…"),
            ("abcd", "…d"),
            ("0123456789abcdef", "…cdef"),
        ];
        for (secret, masked) in cases {
            assert_eq!(mask(secret), masked);
            assert_eq!(mask(masked), masked);
        }
    }

    #[test]
    fn a_masked_signature_keeps_its_shape() {
        let code = "5b4bef37cb98233f2690fc9389e6adf7cacfcb72d7b80d727b194be27970272a";
        let cases = [
            (
                "Stripe-Signature",
                format!("t=1785920398,v1={code}"),
                "t=1785920398,v1=…272a",
            ),
            (
                "webhook-signature",
                "v1,lWyy0tbjgRnL897u8VvpkU7q8oMLUvrfFNG24fQyKMA= v1,AAAA".to_owned(),
                "v1,…KMA= v1,AAAA",
            ),
            (
                "HmacSignature",
                "o2zSRE4HAlXfvc2D/69Fez8jIA+5zUBeSX89qLcoaPc=".to_owned(),
                "…aPc=",
            ),
            (
                "OpenPayu-Signature",
                "sender=checkout;signature=21ddeddad86a666922bfad0e11289558;algorithm=MD5"
                    .to_owned(),
                "sender=checkout;signature=…9558;algorithm=MD5",
            ),
            ("content-type", code.to_owned(), code),
        ];
        for (name, value, masked) in cases {
            assert_eq!(masked_header(name, value.as_bytes()), masked, "{name}");
        }
    }

    #[test]
    fn a_secret_in_a_header_is_never_shown() {
        let cases = [
            ("Authorization", "Basic MXh3Wm84Qnc6dFdGdlUx", "Basic …"),
            ("authorization", "Bearer KA0NOfKCI4fg2tOn", "Bearer …2tOn"),
            ("Cookie", "a=b; session=0123456789abcdef", "…"),
            ("X-Callback-Token", "TRHSrcLDBBuwHvvLwAUM", "…wAUM"),
            ("verif-hash", "bCETAsiF3bJJFKElJ3Z5tiW8", "…tiW8"),
            ("x-api-key", "0123456789abcdef", "…cdef"),
        ];
        for (name, value, masked) in cases {
            assert_eq!(masked_header(name, value.as_bytes()), masked, "{name}");
            assert_eq!(masked_header(name, masked.as_bytes()), masked, "{name}");
        }
        assert_eq!(masked_header("authorization", b"\xff1234567"), "…");
    }

    #[test]
    fn the_header_of_every_sender_is_known_for_what_it_holds() {
        for (name, kind) in [
            ("stripe-signature", Holds::Signature),
            ("paypal-transmission-sig", Holds::Signature),
            ("plaid-verification", Holds::Signature),
            ("x-callback-token", Holds::Secret),
            ("webhook-id", Holds::Text),
            ("content-type", Holds::Text),
        ] {
            assert_eq!(holds(name), kind, "{name}");
        }
    }
}
