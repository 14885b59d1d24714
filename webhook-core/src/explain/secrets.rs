//! What a secret becomes on its way from the sender's page into a configuration.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use crate::account::is_invisible;

/// A secret with a mistake undone.
pub(super) struct Mended {
    /// The code of the mistake.
    pub(super) code: &'static str,
    /// What the mistake is, for the sentence "the secret …".
    pub(super) what: &'static str,
    /// The secret without it.
    pub(super) secret: String,
}

impl Mended {
    fn new(code: &'static str, what: &'static str, secret: impl Into<String>) -> Self {
        Self {
            code,
            what,
            secret: secret.into(),
        }
    }
}

const SPACE: &str = "secret_space";
const QUOTES: &str = "secret_quotes";
const PREFIX: &str = "secret_prefix";
const ENCODING: &str = "secret_encoding";

/// Everything that this secret could have been.
pub(super) fn mended(secret: &str) -> Vec<Mended> {
    let mut all = Vec::new();
    let is_space = |char: char| char.is_whitespace() || is_invisible(char);
    let trimmed = secret.trim_matches(is_space);
    let plain = unquoted(trimmed);
    if let Some(plain) = plain {
        all.push(Mended::new(QUOTES, "stands in quotes", plain));
    }
    all.push(Mended::new(
        SPACE,
        "has a space, a line feed or another character around it that cannot be seen",
        trimmed,
    ));
    let inner: String = secret.chars().filter(|char| !is_space(*char)).collect();
    all.push(Mended::new(
        SPACE,
        "has a space, a line feed or another character in it that cannot be seen",
        inner,
    ));
    let plain = plain.unwrap_or(trimmed);
    for (what, secret) in other_prefixes(plain) {
        all.push(Mended::new(PREFIX, what, secret));
    }
    for (what, secret) in other_encodings(plain) {
        all.push(Mended::new(ENCODING, what, secret));
    }
    all.retain(|mended| mended.secret != secret && !mended.secret.is_empty());
    all
}

fn unquoted(text: &str) -> Option<&str> {
    const QUOTES: [char; 11] = [
        '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}',
        '\u{bb}', '\\',
    ];
    let plain = text.trim_matches(QUOTES);
    (plain.len() < text.len() && !plain.is_empty()).then(|| plain.trim())
}

fn other_prefixes(text: &str) -> Vec<(&'static str, String)> {
    const PREFIXES: [&str; 10] = [
        "v1,", "v1a,", "v1=", "v0=", "whsec_", "whpk_", "sha256=", "sha1=", "Bearer ", "Basic ",
    ];
    const MORE: &str = "has a prefix that does not belong to it";
    let without = |prefix: &&str| text.strip_prefix(*prefix).map(str::to_owned);
    let mut found: Vec<_> = PREFIXES
        .iter()
        .filter_map(without)
        .map(|text| (MORE, text))
        .collect();
    if let Some((_, value)) = text.split_once('=') {
        let value = unquoted(value).unwrap_or(value).trim();
        found.push(("is a line `NAME=value`", value.to_owned()));
    }
    for prefix in ["whsec_", "whpk_"] {
        if !text.starts_with(prefix) {
            found.push(("lacks its prefix", format!("{prefix}{text}")));
        }
    }
    found
}

fn other_encodings(text: &str) -> Vec<(&'static str, String)> {
    let mut found = vec![
        ("is written in other letters", text.to_lowercase()),
        ("is written in other letters", text.to_uppercase()),
        (
            "is decoded from base64",
            Base64::encode_string(text.as_bytes()),
        ),
        ("is decoded from hex", const_hex::encode(text)),
    ];
    let mut as_bytes = |bytes: Vec<u8>, is_hex: bool| {
        if is_hex {
            found.push(("is in hex instead of base64", Base64::encode_string(&bytes)));
        } else {
            found.push(("is in base64 instead of hex", const_hex::encode(&bytes)));
            found.push((
                "is in another form of base64",
                Base64::encode_string(&bytes),
            ));
        }
        if let Ok(text) = String::from_utf8(bytes) {
            found.push(("is encoded once too often", text));
        }
    };
    if let Ok(bytes) = const_hex::decode(text) {
        as_bytes(bytes, true);
    }
    type Decode = fn(&str) -> Result<Vec<u8>, base64ct::Error>;
    let decoders: [Decode; 4] = [
        Base64::decode_vec,
        Base64Unpadded::decode_vec,
        Base64Url::decode_vec,
        Base64UrlUnpadded::decode_vec,
    ];
    if let Some(bytes) = decoders.iter().find_map(|decode| decode(text).ok()) {
        as_bytes(bytes, false);
    }
    found
}

/// Settings that are no secrets. What is wrong in them says so by itself.
const NO_SECRETS: [&str; 12] = [
    "audience",
    "auth_header",
    "captures",
    "cert_url_hosts",
    "environment",
    "mode",
    "public_url",
    "redirect_url",
    "refuse",
    "signature_encoding",
    "signed_part",
    "service_account_email",
];

/// Longer texts are certificates and sets of keys.
const LONGEST: usize = 1024;

/// Where secrets stand in the settings of an account, as JSON pointers, with the secrets.
pub(super) fn places(settings: &Map<String, Value>) -> Vec<(String, String)> {
    let mut places = Vec::new();
    for (name, value) in settings {
        if !NO_SECRETS.contains(&name.as_str()) {
            collect(
                &format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                value,
                &mut places,
            );
        }
    }
    places
}

fn collect(at: &str, value: &Value, places: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if text.len() <= LONGEST => places.push((at.to_owned(), text.clone())),
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(&format!("{at}/{index}"), value, places);
            }
        }
        Value::Object(table) => {
            for (name, value) in table {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(&format!("{at}/{name}"), value, places);
            }
        }
        _ => {}
    }
}

/// The settings with another secret at this place. Of a list nothing else stays: what else is wrong in it does not matter.
pub(super) fn replaced(
    settings: &Map<String, Value>,
    at: &str,
    secret: String,
) -> Map<String, Value> {
    let mut settings = Value::Object(settings.clone());
    let list = at.rsplit_once('/').map_or("", |(list, _)| list);
    if let Some(Value::Array(list)) = settings.pointer_mut(list) {
        *list = vec![Value::String(secret)];
    } else if let Some(place) = settings.pointer_mut(at) {
        *place = Value::String(secret);
    }
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}

/// What may be shown of a secret: its last four characters, and only of a long one.
pub(super) fn masked(secret: &str) -> String {
    let count = secret.chars().count();
    match count >= 16 {
        true => format!(
            "\u{2026}{}",
            secret.chars().skip(count - 4).collect::<String>()
        ),
        false => "\u{2026}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(spoiled: &str, wanted: &str) -> Option<&'static str> {
        let mut all = mended(spoiled).into_iter();
        all.find(|mended| mended.secret == wanted)
            .map(|mended| mended.code)
    }

    #[test]
    fn each_mistake_is_undone() {
        const SECRET: &str = "whsec_4f1c2a9b7d3e8f60";
        for (spoiled, code) in [
            (" whsec_4f1c2a9b7d3e8f60", SPACE),
            ("whsec_4f1c2a9b7d3e8f60\n", SPACE),
            ("\u{feff}whsec_4f1c2a9b7d3e8f60\r\n", SPACE),
            ("whsec_4f1c2a9b7d3e8f60\u{200b}", SPACE),
            ("whsec_4f1c2a9b\n7d3e8f60", SPACE),
            ("\"whsec_4f1c2a9b7d3e8f60\"", QUOTES),
            ("'whsec_4f1c2a9b7d3e8f60'\n", QUOTES),
            ("\u{201c}whsec_4f1c2a9b7d3e8f60\u{201d}", QUOTES),
            ("v1,whsec_4f1c2a9b7d3e8f60", PREFIX),
            ("STRIPE_SECRET=whsec_4f1c2a9b7d3e8f60", PREFIX),
            ("STRIPE_SECRET=\"whsec_4f1c2a9b7d3e8f60\"", PREFIX),
            ("4f1c2a9b7d3e8f60", PREFIX),
            ("WHSEC_4F1C2A9B7D3E8F60", ENCODING),
            ("d2hzZWNfNGYxYzJhOWI3ZDNlOGY2MA==", ENCODING),
        ] {
            assert_eq!(codes(spoiled, SECRET), Some(code), "{spoiled:?}");
        }
    }

    #[test]
    fn every_quote_and_every_prefix_is_known() {
        const SECRET: &str = "4f1c2a9b7d3e8f60";
        for (opens, closes) in [
            ("\"", "\""),
            ("'", "'"),
            ("`", "`"),
            ("\u{201c}", "\u{201d}"),
            ("\u{201e}", "\u{201c}"),
            ("\u{2018}", "\u{2019}"),
            ("\u{ab}", "\u{bb}"),
            ("\\\"", "\\\""),
        ] {
            let spoiled = format!("{opens}{SECRET}{closes}");
            assert_eq!(codes(&spoiled, SECRET), Some(QUOTES), "{spoiled}");
        }
        for prefix in [
            "v1,", "v1a,", "v1=", "v0=", "whsec_", "whpk_", "sha256=", "sha1=", "Bearer ", "Basic ",
        ] {
            let spoiled = format!("{prefix}{SECRET}");
            let found = mended(&spoiled)
                .into_iter()
                .find(|it| it.secret == SECRET)
                .map(|it| (it.code, it.what));
            let wanted = (PREFIX, "has a prefix that does not belong to it");
            assert_eq!(found, Some(wanted), "{prefix}");
        }
    }

    #[test]
    fn what_is_no_secret_is_not_taken_for_one() {
        let settings = json!({
            "audience": "4f1c2a9b", "auth_header": "x-4f1c2a9b", "captures": "4f1c2a9b", "cert_url_hosts": ["acme.example"],
            "environment": "live", "mode": "live", "public_url": "https://acme.example/", "redirect_url": "https://acme.example/",
            "refuse": ["4f1c2a9b"], "service_account_email": "acme@acme.example", "signature_encoding": "hex", "signed_part": "body",
        });
        let Value::Object(settings) = settings else {
            panic!("a table");
        };
        assert_eq!(places(&settings), []);
    }

    #[test]
    fn what_is_longer_than_a_kib_is_no_secret() {
        for (length, found) in [(1024, 1), (1025, 0)] {
            let mut settings = Map::new();
            settings.insert("secrets".to_owned(), json!("x".repeat(length)));
            assert_eq!(places(&settings).len(), found, "{length}");
        }
    }

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let settings = json!({
            "secrets": ["one", "two"], "by_id": {"a/b": "three"}, "mode": "v3", "count": 3,
        });
        let Value::Object(settings) = settings else {
            panic!("a table");
        };
        let mut found = places(&settings);
        found.sort();
        let found: Vec<&str> = found.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(found, ["/by_id/a~1b", "/secrets/0", "/secrets/1"]);
        let changed = replaced(&settings, "/by_id/a~1b", "four".to_owned());
        assert_eq!(changed["by_id"]["a/b"], "four");
        let changed = replaced(&settings, "/secrets/1", "four".to_owned());
        assert_eq!(changed["secrets"], json!(["four"]));
    }

    #[test]
    fn little_of_a_secret_is_shown() {
        assert_eq!(masked("whsec_4f1c2a9b7d3e8f60"), "\u{2026}8f60");
        assert_eq!(masked("short"), "\u{2026}");
    }
}
