//! The streaming engine and a reference that has everything at once: both accept a request, or neither does.

use webhook_core::provider::{
    asana, cashfree, klarna, notion, paddle, pagbank, rapyd, revolut, sanity, slack, square,
    standard_webhooks, stripe, tabapay, x,
};
use webhook_core::scheme::{Algorithm, Encoding, Field, Hash, KeyFormat, Part, Scheme, Signature};
use webhook_core::testing::FixedClock;
use webhook_core::{Answer, Endpoint, Key, UnixTime};

use crate::Fared;
use crate::input::{Input, Output};
use crate::receive::in_pieces;
use crate::reference::{
    ACCESS_KEY, KEY_IDS, PARAMETER, SENDERS, Sender, accepts, acme_content, answer_to, code_of,
    handed_over, plain_hash_of, rapyd_content,
};
use crate::vectors;
use webhook_testkit::{NOW, Request};

const URL: &str = "https://shop.example/webhooks?from=sender";

/// What no sender has together.
const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    .signature(
        Signature::header("authorization")
            .credentials("Acme")
            .encoding(Encoding::Base64),
    )
    .signed_content(&[
        Part::BodyDigest(Hash::Sha512, Encoding::Base64),
        Part::Literal("\n"),
        Part::FirstOf(&[Field::Header("x-id")]),
        Part::Literal("\n"),
        Part::Path,
    ]);

/// A code in a parameter that the receiver names.
const IN_QUERY: Scheme = Scheme::new("in-query", Algorithm::HmacSha256)
    .signature(Signature::configured_parameter("signature"));

/// The account's keys, and a stranger's.
const KEYS: [&[u8]; 2] = [
    b"the first key of an account",
    b"the key that will replace it",
];
const STRANGER: &[u8] = b"what somebody else signs with";

/// Sender, its time, the body, then the headers, each in words; then the cuts.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    let sender = *input.choice(&SENDERS);
    let now = NOW.as_millis() + i64::from(input.byte());
    let time = time(sender, now, &mut input);
    let id = input.text();
    let body = input.piece();
    let speech = Speech {
        codes: [KEYS[0], KEYS[1], STRANGER].map(|key| code(sender, key, &time, &id, body)),
        time,
        id,
    };
    let lines = speech.headers(sender, &mut input);
    let (parameters, headers) = lines
        .into_iter()
        .partition(|(name, _)| name.starts_with('?'));
    let request = Request {
        method: match sender {
            Sender::Asking => "GET",
            _ => "POST",
        }
        .to_owned(),
        target: target(parameters),
        headers,
        body: body.to_vec().into(),
    };
    let endpoint = endpoint(sender, now);
    let verdict = in_pieces(&endpoint, &request, &mut input);
    let expected = accepts(sender, &KEYS, URL, &request, now);
    // A set-up request is answered where a delivery would be handed over.
    let is_accepted = matches!(verdict, Ok(_) | Err(Answer::Reply(_)));
    assert_eq!(is_accepted, expected, "{sender:?}: {verdict:?}");
    if let (Sender::Asking, Err(Answer::Reply(reply))) = (sender, &verdict) {
        let wanted = answer_to(&KEYS, &request);
        assert_eq!(
            Some(&*String::from_utf8_lossy(reply.body())),
            wanted.as_deref()
        );
    }
    if let (Sender::AsanaSetUp | Sender::NotionSetUp, Err(answer @ Answer::Reply(reply))) =
        (sender, &verdict)
    {
        let handed = reply.setup_secret().map(|handed| handed.secret().expose());
        let (secret, answered) = handed_over(sender, &request).unwrap_or_default();
        assert_eq!(handed, Some(&*secret));
        let lines: Vec<_> = answered.map(|name| (name, &*secret)).into_iter().collect();
        assert_eq!(answer.headers().collect::<Vec<_>>(), lines);
        assert_eq!((answer.status().as_u16(), reply.body().len()), (200, 0));
    }
    match is_accepted {
        true => Fared::Accepted,
        false => Fared::Refused,
    }
}

/// A query of these parameters. What is no letter and no digit is escaped, but for a `%` in front, so that broken escapes occur.
fn target(parameters: Vec<(String, Vec<u8>)>) -> String {
    let mut target = "/".to_owned();
    for (number, (name, value)) in parameters.into_iter().enumerate() {
        target.push(if number == 0 { '?' } else { '&' });
        target.push_str(&name[1..]);
        target.push('=');
        for (at, byte) in value.into_iter().enumerate() {
            match byte {
                b'%' if at == 0 => target.push('%'),
                byte if byte.is_ascii_alphanumeric() => target.push(char::from(byte)),
                byte => target.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    target
}

/// Near the receiver's clock, mostly just inside or just outside of the window, or anything at all.
fn time(sender: Sender, now: i64, input: &mut Input<'_>) -> String {
    let (unit, tolerance) = match sender {
        Sender::Revolut | Sender::Cashfree | Sender::Sanity => (1, 300_000),
        _ => (1000, 300),
    };
    let now = now / unit;
    let offset = i64::from(input.byte() % 4) - 2;
    match input.byte() % 5 {
        0 | 1 => (now + offset).to_string(),
        2 => (now - tolerance + offset).to_string(),
        3 => (now + tolerance + offset).to_string(),
        _ => input.text(),
    }
}

/// What the sender's documentation signs.
fn code(sender: Sender, key: &[u8], time: &str, id: &str, body: &[u8]) -> Vec<u8> {
    let (time, id) = (time.as_bytes(), id.as_bytes());
    match sender {
        Sender::Stripe => code_of(key, &[time, b".", body]),
        Sender::Paddle => code_of(key, &[time, b":", body]),
        Sender::Slack => code_of(key, &[b"v0:", time, b":", body]),
        Sender::Revolut => code_of(key, &[b"v1.", time, b".", body]),
        Sender::StandardWebhooks => code_of(key, &[id, b".", time, b".", body]),
        Sender::Square => code_of(key, &[URL.as_bytes(), body]),
        Sender::Cashfree => code_of(key, &[time, body]),
        Sender::TabaPay | Sender::Sanity => code_of(key, &[time, b".", body]),
        Sender::Klarna => code_of(key, &[body]),
        Sender::PagBank => plain_hash_of(key, body),
        Sender::Rapyd => code_of(key, &rapyd_content(URL, id, time, key, body)),
        Sender::Acme => code_of(key, &[&acme_content(body, id, b"/webhooks")]),
        Sender::InQuery | Sender::Asking | Sender::AsanaSetUp | Sender::NotionSetUp => {
            code_of(key, &[body])
        }
    }
}

/// What headers are made of.
struct Speech {
    codes: [Vec<u8>; 3],
    time: String,
    id: String,
}

impl Speech {
    /// The sender's headers with at most three lines, each with at most 32 words: neither the number of codes nor the
    /// length of a line comes near what the engine refuses for its size.
    fn headers(&self, sender: Sender, input: &mut Input<'_>) -> Vec<(String, Vec<u8>)> {
        let mut headers = Vec::new();
        for (name, usual) in names(sender) {
            // In set-up mode there is mostly no signature.
            let lines = match (sender, *usual) {
                (Sender::AsanaSetUp | Sender::NotionSetUp, SIGNATURE) => [0, 0, 0, 0, 0, 0, 1, 1],
                _ => [1, 1, 1, 1, 1, 2, 3, 0],
            };
            let lines = lines[usize::from(input.byte() % 8)];
            for _ in 0..lines {
                let value = match input.byte() % 4 {
                    0 => self.words(usual.bytes()),
                    1 => {
                        let mut words = usual.as_bytes().to_vec();
                        let at = usize::from(input.byte()) % (words.len() + 1);
                        let end = words.len().min(at + usize::from(input.byte() % 3));
                        words.splice(at..end, input.piece().iter().copied().take(8));
                        self.words(words.into_iter())
                    }
                    2 => self.words(input.piece().iter().copied().take(32)),
                    _ => input.piece().iter().copied().take(256).collect(),
                };
                headers.push(((*name).to_owned(), value));
            }
        }
        headers
    }

    fn words(&self, words: impl Iterator<Item = u8>) -> Vec<u8> {
        words.flat_map(|word| self.word(word)).collect()
    }

    /// A letter means something in this language, everything else itself.
    fn word(&self, word: u8) -> Vec<u8> {
        use base64ct::{Base64, Base64UrlUnpadded, Encoding};

        let [first, second, stranger] = &self.codes;
        match word {
            b'a' => const_hex::encode(first).into(),
            b'b' => const_hex::encode(second).into(),
            b'c' => const_hex::encode(stranger).into(),
            b'd' => const_hex::encode_upper(first).into(),
            b'e' => const_hex::encode(&first[..31]).into(),
            b'A' => Base64::encode_string(first).into(),
            b'B' => Base64::encode_string(second).into(),
            b'C' => Base64::encode_string(stranger).into(),
            b'E' => Base64::encode_string(&first[..31]).into(),
            b'F' => Base64::encode_string(first).trim_end_matches('=').into(),
            b'G' => Base64UrlUnpadded::encode_string(first).into(),
            b'H' => Base64UrlUnpadded::encode_string(second).into(),
            b'J' => Base64::encode_string(const_hex::encode(first).as_bytes()).into(),
            b'K' => Base64::encode_string(const_hex::encode(second).as_bytes()).into(),
            b'k' => KEY_IDS[0].into(),
            b'l' => KEY_IDS[1].into(),
            b'8' => b"v2=".into(),
            b'9' => b"Acme ".into(),
            b'0' => b"v0=".into(),
            b'1' => b"v1=".into(),
            b'2' => b"v1,".into(),
            b'3' => b"h1=".into(),
            b'4' => b"t=".into(),
            b'5' => b"ts=".into(),
            b'6' => b"v1a,".into(),
            b'7' => b"0x".into(),
            b't' => self.time.clone().into(),
            b'u' => format!("0{}", self.time).into(),
            b'v' => b"1785920400".into(),
            b'i' => self.id.clone().into_bytes().into_iter().take(256).collect(),
            other => vec![other],
        }
    }
}

/// A signature of deliveries, in words.
const SIGNATURE: &str = "b";

/// The names of a sender's headers, and what it writes into them, in words.
fn names(sender: Sender) -> &'static [(&'static str, &'static str)] {
    match sender {
        Sender::Stripe => &[("stripe-signature", "4t,1a")],
        Sender::Square => &[("x-square-hmacsha256-signature", "A")],
        Sender::Slack => &[
            ("x-slack-signature", "0a"),
            ("x-slack-request-timestamp", "t"),
        ],
        Sender::StandardWebhooks => &[
            ("webhook-signature", "2A"),
            ("webhook-timestamp", "t"),
            ("webhook-id", "i"),
        ],
        Sender::Paddle => &[("paddle-signature", "5t;3a")],
        Sender::Revolut => &[
            ("revolut-signature", "1a"),
            ("revolut-request-timestamp", "t"),
        ],
        Sender::Cashfree => &[("x-webhook-signature", "A"), ("x-webhook-timestamp", "t")],
        Sender::TabaPay => &[("x-hmac-signature", "4t,1b,8a")],
        Sender::Sanity => &[("sanity-webhook-signature", "4t,1G")],
        Sender::Klarna => &[("klarna-signature", "b"), ("klarna-signing-key-id", "l")],
        Sender::PagBank => &[("x-authenticity-token", "a")],
        Sender::Rapyd => &[("signature", "K"), ("salt", "i"), ("timestamp", "t")],
        Sender::Acme => &[("authorization", "9l:B"), ("x-id", "i")],
        Sender::InQuery => &[("?code", "b")],
        Sender::Asking => &[("?crc_token", "i")],
        Sender::AsanaSetUp => &[("x-hook-secret", "a"), ("x-hook-signature", SIGNATURE)],
        Sender::NotionSetUp => &[("x-notion-signature", SIGNATURE)],
    }
}

fn endpoint(sender: Sender, now: i64) -> Endpoint {
    use base64ct::{Base64, Encoding};

    let texts = KEYS.map(|key| match sender {
        Sender::StandardWebhooks => Base64::encode_string(key),
        _ => String::from_utf8(key.to_vec()).unwrap(),
    });
    let keys: Vec<Key> = texts
        .into_iter()
        .zip(KEY_IDS)
        .map(|(text, id)| Key::new(text).unwrap().named(id))
        .collect();
    let clock = FixedClock::at(UnixTime::from_millis(now));
    let set_up = match sender {
        Sender::AsanaSetUp => Some(asana::SCHEME),
        Sender::NotionSetUp => Some(notion::SCHEME),
        _ => None,
    };
    if let Some(scheme) = set_up {
        let endpoint = Endpoint::new(scheme.set_up().unwrap());
        return endpoint.on_setup_secret(|_| {}).clock(clock);
    }
    let scheme = match sender {
        // Without the form that Stripe's secrets have: the reference has the same keys for all.
        Sender::Stripe => stripe::SCHEME.key(KeyFormat::text()),
        Sender::Square => square::SCHEME,
        Sender::Slack => slack::SCHEME,
        Sender::StandardWebhooks => standard_webhooks::SCHEME,
        Sender::Paddle => paddle::SCHEME,
        Sender::Revolut => revolut::SCHEME,
        Sender::Cashfree => cashfree::SCHEME,
        Sender::TabaPay => tabapay::SCHEME,
        Sender::Sanity => sanity::SCHEME,
        Sender::Klarna => klarna::SCHEME,
        Sender::PagBank => pagbank::SCHEME,
        Sender::Rapyd => rapyd::SCHEME,
        Sender::Acme => ACME,
        Sender::InQuery => IN_QUERY,
        Sender::Asking => x::SCHEME,
        Sender::AsanaSetUp => asana::SCHEME,
        Sender::NotionSetUp => notion::SCHEME,
    };
    let verifier = scheme.verifier(keys).unwrap();
    let verifier = verifier.clone().public_url(URL).unwrap_or(verifier);
    let named = verifier.clone().parameter_name(PARAMETER);
    let verifier = named.unwrap_or(verifier);
    let set = verifier.clone().setting("access_key", ACCESS_KEY);
    let verifier = set.unwrap_or(verifier);
    Endpoint::new(verifier).clock(clock)
}

/// Each sender's genuine request with bodies of its vectors, with a list of codes, with two lines.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (index, sender) in SENDERS.iter().enumerate() {
        let bodies = vectors::of(provider(*sender)).map(|vector| &vector.request.body);
        for (at, body) in bodies.enumerate() {
            let places = [0, 2, 3].map(|place| {
                let start = Output::default().number(index).byte(at as u8);
                let start = start.byte(at as u8).byte(place);
                start.piece(b"msg_1").piece(body)
            });
            let [usual, list, lines] = places;
            seeds.push(
                names(*sender)
                    .iter()
                    .fold(usual, |output, _| output.byte(0).byte(0))
                    .rest(b"\x01\x05\x00"),
            );
            let listed = |output: Output, (_, words): &(&str, &str)| {
                let words = format!("{words}{}{words}", ["0c,", ";3b;", " 2B ", ",1b,"][at % 4]);
                output.byte(0).byte(2).piece(words.as_bytes())
            };
            seeds.push(names(*sender).iter().fold(list, listed).rest(b""));
            let doubled = |output: Output, (_, words): &(&str, &str)| {
                output.byte(5).byte(0).byte(2).piece(words.as_bytes())
            };
            seeds.push(
                names(*sender)
                    .iter()
                    .fold(lines, doubled)
                    .rest(b"\x02\x01\x00\x05\x00"),
            );
        }
    }
    seeds
}

fn provider(sender: Sender) -> &'static str {
    match sender {
        Sender::Stripe => "stripe",
        Sender::Square => "square",
        Sender::Slack => "slack",
        Sender::StandardWebhooks => "standard-webhooks",
        Sender::Paddle => "paddle",
        Sender::Revolut => "revolut",
        Sender::Cashfree => "cashfree",
        Sender::TabaPay => "tabapay",
        Sender::Sanity => "sanity",
        Sender::Klarna => "klarna",
        Sender::PagBank => "pagbank",
        Sender::Rapyd => "rapyd",
        Sender::AsanaSetUp => "asana",
        Sender::NotionSetUp => "notion",
        // Any bodies will do.
        Sender::Acme | Sender::InQuery | Sender::Asking => "github",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_every_sender_is_accepted() {
        let mut accepted: Vec<Sender> = seeds()
            .iter()
            .filter(|seed| run(seed) == Fared::Accepted)
            .map(|seed| *Input::new(seed).choice(&SENDERS))
            .collect();
        accepted.dedup();
        assert_eq!(accepted, SENDERS);
    }
}
