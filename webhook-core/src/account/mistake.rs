//! What stands in the place of a secret by mistake, and can be told from a secret by its look alone.

use crate::outcome::ConfigError;

/// A secret below this length is guessed from one signed request, or is a piece of one. In bytes.
pub(crate) const SHORTEST: usize = 8;

/// What says why this cannot be a secret, and what to do. Never shows it.
pub(super) fn mistake(text: &str) -> Option<ConfigError> {
    /// Whether it is this one, and how it is called.
    type Mistake = (fn(&str) -> bool, &'static str);

    const MISTAKES: &[Mistake] = &[
        (
            |text| text.chars().any(is_invisible),
            "a secret holds a character that cannot be seen, such as a byte order mark, a zero-width space or a line \
             feed: copy it anew, without",
        ),
        (is_quoted, "a secret stands in quotes: give it without them"),
        (
            is_template,
            "a secret is the name of a variable, such as `${NAME}`, that nothing has replaced: give its value",
        ),
        (
            is_reference,
            "a secret is an address of where something is kept: give what is kept there",
        ),
        (
            is_assignment,
            "a secret is a line such as `NAME=value`: give what stands behind the `=`",
        ),
        (
            is_document,
            "a secret is a JSON document: give the text in it that is the secret",
        ),
        (
            is_cut,
            "a secret is cut off or masked, as documents and dashboards show it: copy the whole one",
        ),
        (
            is_placeholder,
            "a secret is a placeholder, such as `changeme` or `your_secret_here`: give the one that the sender shows",
        ),
    ];
    let found = MISTAKES.iter().find(|(is_it, _)| is_it(text));
    found.map(|(_, why)| ConfigError::fixed(why))
}

/// What stands by mistake in the place of a text that is no secret, to be read behind the name of its setting.
pub(super) fn mistake_of_text(text: &str) -> Option<&'static str> {
    if is_quoted(text) {
        Some("is in quotes: write it without them")
    } else if is_template(text) {
        Some(
            "is the name of a variable, such as `${NAME}`, that nothing has replaced: give its value",
        )
    } else {
        None
    }
}

/// Characters that a copy brings along and nobody sees, and those that stand for what could not be read.
pub(crate) fn is_invisible(char: char) -> bool {
    char.is_control()
        || (char.is_whitespace() && char != ' ')
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_quoted(text: &str) -> bool {
    const QUOTES: [(char, char); 7] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('\u{201c}', '\u{201d}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{2018}', '\u{2019}'),
        ('\u{ab}', '\u{bb}'),
    ];
    QUOTES.iter().any(|(open, close)| {
        text.len() > open.len_utf8() && text.starts_with(*open) && text.ends_with(*close)
    })
}

/// `${NAME}` anywhere; `$NAME`, `%NAME%`, `{{ name }}`, `<name>`, `$(command)` or a look-up in a program as the whole.
fn is_template(text: &str) -> bool {
    let between = |open: &str, close: &str| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.is_empty()).then_some(inner)
    };
    let in_braces = text
        .split_once("${")
        .and_then(|(_, rest)| rest.split_once('}'))
        .is_some_and(|(name, _)| is_name(name.split(':').next().unwrap_or_default()));
    let has_letters = |inner: &str| {
        inner.bytes().any(|b| b.is_ascii_alphabetic())
            && inner
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b" _-.'".contains(&b))
    };
    in_braces
        || between("{{", "}}").is_some()
        || between("$(", ")").is_some()
        || between("<", ">").is_some_and(has_letters)
        || between("[", "]").is_some_and(|inner| has_letters(inner) && is_placeholder(inner))
        || between("%", "%").is_some_and(is_upper_name)
        || text.strip_prefix('$').is_some_and(is_upper_name)
        || ["process.env.", "os.environ", "env!(", "std::env::", "ENV["]
            .iter()
            .any(|lookup| text.starts_with(lookup))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// As environment variables are called, of two words at least: `STRIPE_SECRET`.
fn is_upper_name(text: &str) -> bool {
    let usual = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    is_name(text) && text.contains('_') && text.bytes().all(usual)
}

fn is_reference(text: &str) -> bool {
    const ADDRESSES: [&str; 9] = [
        "https://",
        "http://",
        "op://",
        "vault://",
        "file://",
        "arn:aws:",
        "aws-sm://",
        "gcp-sm://",
        "ref+",
    ];
    ADDRESSES.iter().any(|address| text.starts_with(address))
}

/// A line of a file of variables. The name has to look like one: random texts hold a `=` too, base64 ends with it.
fn is_assignment(text: &str) -> bool {
    const ABOUT: [&str; 6] = ["secret", "token", "passw", "api_key", "apikey", "webhook"];
    let line = text.strip_prefix("export ").unwrap_or(text);
    let Some((name, value)) = line.split_once('=') else {
        return false;
    };
    let (name, value) = (name.trim_end(), value.trim_matches('='));
    let lower = name.to_ascii_lowercase();
    let is_telling = is_upper_name(name) || ABOUT.iter().any(|word| lower.contains(word));
    is_name(name) && is_telling && !value.is_empty()
}

fn is_document(text: &str) -> bool {
    (text.starts_with("{\"") && text.ends_with('}'))
        || (text.starts_with("[\"") && text.ends_with(']'))
}

fn is_cut(text: &str) -> bool {
    text.contains('\u{2026}')
        || text.ends_with("...")
        || text.starts_with("...")
        || text.contains("****")
        || text.contains("\u{2022}\u{2022}")
}

/// Words that make a text of such words a placeholder.
const TELLING: &[&str] = &[
    "change",
    "dummy",
    "enter",
    "example",
    "fill",
    "fixme",
    "foobar",
    "here",
    "insert",
    "my",
    "none",
    "null",
    "paste",
    "password",
    "passw0rd",
    "placeholder",
    "put",
    "redacted",
    "replace",
    "sample",
    "tbd",
    "todo",
    "undefined",
    "your",
    "123456",
    "12345678",
    "123456789",
    "1234567890",
];

/// Words that may stand beside them.
const OTHERS: &[&str] = &[
    "a",
    "account",
    "actual",
    "adyen",
    "an",
    "and",
    "api",
    "app",
    "auth",
    "authorization",
    "be",
    "callback",
    "client",
    "code",
    "dashboard",
    "default",
    "dev",
    "endpoint",
    "env",
    "for",
    "from",
    "github",
    "goes",
    "hash",
    "hmac",
    "hook",
    "in",
    "is",
    "it",
    "key",
    "keys",
    "live",
    "me",
    "merchant",
    "mollie",
    "must",
    "ntfset",
    "of",
    "one",
    "own",
    "paddle",
    "paypal",
    "paystack",
    "pdl",
    "pin",
    "pk",
    "please",
    "polar",
    "private",
    "prod",
    "production",
    "public",
    "razorpay",
    "real",
    "sandbox",
    "secret",
    "secrets",
    "shared",
    "shopify",
    "shpss",
    "sign",
    "signature",
    "signing",
    "sk",
    "slack",
    "square",
    "string",
    "stripe",
    "test",
    "text",
    "the",
    "this",
    "to",
    "token",
    "value",
    "variable",
    "verification",
    "verify",
    "webhook",
    "webhooks",
    "whs",
    "whsec",
    "with",
    "wsk",
];

/// Whether it is made of nothing but words for a secret, one of them telling that it is none, or is one character many
/// times, each perhaps behind a label such as `whsec_`.
fn is_placeholder(text: &str) -> bool {
    let unlabelled = match text.rsplit_once('_') {
        Some((label, rest)) if label.len() < 13 && label.bytes().all(is_in_label) => rest,
        _ => text,
    };
    let mut chars = unlabelled.chars();
    let first = chars.next();
    if unlabelled.len() > 2 && chars.all(|char| Some(char) == first) {
        return true;
    }
    if text.len() > 80 || !text.is_ascii() {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    are_words(&letters)
}

fn is_in_label(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

/// Whether this can be read as such words one after the other, a telling one among them.
fn are_words(letters: &str) -> bool {
    // For each place: whether the words before it end there, without and with a telling one.
    let mut ends = vec![[false; 2]; letters.len() + 1];
    let set = |ends: &mut Vec<[bool; 2]>, place: usize, told: bool| {
        if let Some(end) = ends
            .get_mut(place)
            .and_then(|end| end.get_mut(usize::from(told)))
        {
            *end = true;
        }
    };
    set(&mut ends, 0, false);
    for place in 0..letters.len() {
        let Some(rest) = letters.get(place..) else {
            continue;
        };
        for told in [false, true] {
            let reached = ends.get(place).and_then(|end| end.get(usize::from(told)));
            if reached != Some(&true) {
                continue;
            }
            let words = TELLING.iter().map(|word| (word, true));
            for (word, tells) in words.chain(OTHERS.iter().map(|word| (word, false))) {
                if rest.starts_with(word) {
                    set(&mut ends, place + word.len(), told || tells);
                }
            }
            let crosses = rest.len() - rest.trim_start_matches('x').len();
            if crosses > 2 {
                set(&mut ends, place + crosses, true);
            }
        }
    }
    ends.last().and_then(|end| end.get(1)) == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the mistakes are called, by a word of their message.
    #[test]
    fn a_mistake_is_called_by_its_name() {
        for (word, texts) in [
            (
                "seen",
                &[
                    "\u{feff}4f1c2a9b7d3e8f60",
                    "4f1c2a9b\u{200b}7d3e8f60",
                    "4f1c2a9b7d3e8f60\u{200b}",
                    "4f1c2a9b\n7d3e8f60",
                    "4f1c2a9b\x007d3e8f60",
                    "4f1c\u{a0}2a9b7d3e",
                    "4f1c2a9b\u{fffd}7d3e8f60",
                    "4f1c2a9b\u{2060}7d3e8f60",
                    "4f1c2a9b\t7d3e8f60",
                ][..],
            ),
            (
                "quotes",
                &[
                    "\"4f1c2a9b7d3e8f60\"",
                    "'4f1c2a9b7d3e8f60'",
                    "`4f1c2a9b7d3e8f60`",
                    "\u{201c}4f1c2a9b7d3e8f60\u{201d}",
                    "\u{201e}4f1c2a9b7d3e8f60\u{201c}",
                    "\u{2018}4f1c2a9b7d3e8f60\u{2019}",
                    "\u{ab}4f1c2a9b7d3e8f60\u{bb}",
                ],
            ),
            (
                "variable",
                &[
                    "${STRIPE_SECRET}",
                    "whsec_${SECRET}",
                    "${SECRET:-nothing}",
                    "$STRIPE_SECRET",
                    "%STRIPE_SECRET%",
                    "{{ stripe_secret }}",
                    "{{ .Values.secret }}",
                    "<secret>",
                    "<your secret>",
                    "$(cat secret)",
                    "[your secret here]",
                    "process.env.STRIPE_SECRET",
                    "os.environ['STRIPE_SECRET']",
                    "env!(\"STRIPE_SECRET\")",
                    "std::env::var(\"STRIPE_SECRET\")",
                    "ENV['STRIPE_SECRET']",
                ],
            ),
            (
                "address",
                &[
                    "https://dashboard.stripe.com/",
                    "http://localhost:8200/v1/stripe",
                    "op://vault/stripe/secret",
                    "vault://secret/stripe",
                    "file:///run/secrets/stripe",
                    "arn:aws:secretsmanager:eu-1:1:secret:x",
                    "aws-sm://stripe",
                    "gcp-sm://stripe",
                    "ref+vault://secret/stripe",
                ],
            ),
            (
                "NAME=value",
                &[
                    "STRIPE_SECRET=whsec_4f1c2a9b",
                    "export STRIPE_SECRET=whsec_4f1c2a9b",
                    "secret=4f1c2a9b7d3e8f60",
                    "token=4f1c2a9b7d3e8f60",
                    "password=4f1c2a9b7d3e8f60",
                    "api_key=4f1c2a9b7d3e8f60",
                    "apikey=4f1c2a9b7d3e8f60",
                    "webhook=4f1c2a9b7d3e8f60",
                    "STRIPE_SECRET = whsec_4f1c2a9b",
                ],
            ),
            (
                "JSON",
                &[
                    r#"{"secret":"4f1c2a9b7d3e8f60"}"#,
                    r#"["4f1c2a9b7d3e8f60"]"#,
                ],
            ),
            (
                "cut off",
                &[
                    "\u{2026}",
                    "whsec_\u{2026}",
                    "whsec_...",
                    "...8f60",
                    "whsec_4f1c\u{2026}8f60",
                    "whsec_********",
                    "\u{2022}\u{2022}\u{2022}",
                ],
            ),
            (
                "placeholder",
                &[
                    "changeme",
                    "CHANGEME",
                    "change-me",
                    "ChangeMe123456",
                    "change_this",
                    "replace_me",
                    "your_secret_here",
                    "YOUR-WEBHOOK-SECRET",
                    "yoursecret",
                    "my_secret",
                    "mysecretkey",
                    "whsec_your_secret",
                    "whsec_xxx",
                    "whsec_xxxxxxxxxxxxxxxxxxxxxxxx",
                    "XXXXXXXXXXXXXXXX",
                    "0000000000000000",
                    "--------",
                    "placeholder",
                    "insert secret here",
                    "password",
                    "todo: secret",
                    "undefined",
                    "12345678",
                ],
            ),
        ] {
            for text in texts {
                let error = mistake(text).map(|error| error.to_string());
                let error = error.unwrap_or_default();
                assert!(error.contains(word), "{text:?}: {error}");
            }
        }
    }

    /// Each is there for the words that no other has: without one of them it is a secret.
    #[test]
    fn a_placeholder_is_known_by_each_of_its_words() {
        for text in [
            "changeit",
            "default_password",
            "dummy_secret",
            "enter an api key",
            "enter one here",
            "example key and secret",
            "example of a token",
            "example text",
            "example_public_key",
            "fill this",
            "fixme",
            "foobar",
            "insert a secret",
            "my app secret",
            "my secret string",
            "my shared secret",
            "my variable",
            "my-dev-secret",
            "my-prod-secret",
            "my-webhooks-secret",
            "my_adyen_hmac_key",
            "my_code",
            "my_hash_key",
            "my_hook_secret",
            "my_mollie_secret",
            "my_private_key",
            "my_secrets",
            "my_sign_key",
            "my_verify_token",
            "none",
            "null",
            "passw0rd",
            "paste from the dashboard",
            "paste it",
            "pdl_ntfset_your_secret",
            "pk_test_example",
            "placeholder for the token",
            "please change this",
            "put this in env",
            "redacted",
            "replace with actual secret",
            "replace with real key",
            "sample_key",
            "secret goes here",
            "secret to replace",
            "secret-123456",
            "secret-12345678",
            "secret-123456789",
            "secret-1234567890",
            "shpss_example",
            "sk_live_your_key",
            "tbd",
            "this is my secret",
            "this must be your secret",
            "todo",
            "undefined",
            "whs_your_secret",
            "whsec_example",
            "wsk_example",
            "your authorization token",
            "your own secret",
            "your production secret",
            "your secret value",
            "your-github-webhook-secret",
            "your_account_key",
            "your_api_keys",
            "your_auth_token",
            "your_callback_token",
            "your_client_secret",
            "your_endpoint_secret",
            "your_merchant_key",
            "your_paddle_secret",
            "your_paypal_secret",
            "your_paystack_secret",
            "your_pin",
            "your_polar_secret",
            "your_razorpay_secret",
            "your_sandbox_token",
            "your_shopify_secret",
            "your_signature_key",
            "your_signing_secret",
            "your_slack_secret",
            "your_square_secret",
            "your_stripe_secret",
            "your_verification_token",
        ] {
            let error = mistake(text).map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains("placeholder"), "{text}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_said_wherever_it_stands() {
        for char in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{17b5}',
            '\u{180b}',
            '\u{180f}',
            '\u{200b}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{fffd}',
            '\u{e0000}',
            '\u{e0fff}',
        ] {
            for text in [
                format!("{char}4f1c2a9b7d3e8f60"),
                format!("4f1c2a9b{char}7d3e8f60"),
                format!("4f1c2a9b7d3e8f60{char}"),
            ] {
                let error = mistake(&text).map(|error| error.to_string());
                let error = error.unwrap_or_default();
                assert!(error.contains("seen"), "{text:?}: {error}");
            }
        }
    }

    /// The forms in which senders give secrets out, and those that people choose.
    #[test]
    fn what_may_be_a_secret_is_none() {
        for text in [
            "It's a Secret to Everybody",
            "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182",
            "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
            "v1,whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
            "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8",
            "pdl_ntfset_VaogzkQesd3EzDxgEICm3Vwe3s_1laFjTgeGMfOmUbNGQpqad",
            "SB-Mid-server-MU1DkStkBRt74ibYNCQptb66",
            "cfsk_ma_test_1872df14e36f41c63351403e533e4b0d",
            "3019232b-5667-49a5-8968-f56f07d971e0",
            "19058805be9ceda33c16cafb2d9e7816",
            "tWFvU1HW:LQqAjt",
            "Bearer 4f1c2a9b7d3e8f60",
            "correct horse battery staple",
            "Gr\u{f6}\u{df}e \u{43a}\u{43b}\u{44e}\u{447} 4711",
            "p=q&r=\"s\"<t>${",
            "ABCDEFGHIJKLMNOP=",
            "X9=Kq2=7fTz",
            "a_test_secret_of_the_shop",
            "whsec_test_secret",
            "the secret",
            "your move, creep 4711",
            "xoxo-and-so-on",
            "$ecret$ of 2 shops",
            "[4f1c2a9b7d3e8f60]",
            "100% of it, 50%",
            "4f1c2a9b7d3e8f60_aaa",
        ] {
            let error = mistake(text);
            assert!(error.is_none(), "{text}: {error:?}");
        }
    }
}
