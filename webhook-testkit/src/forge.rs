//! Makes requests that no sender makes, with the codes that they would have.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use webhook_core::scheme::Algorithm::{HmacSha1, HmacSha256, HmacSha512};
use webhook_core::scheme::{Algorithm, KeyFormat, Scheme};
use webhook_core::testing::{Sign, Signer};

use crate::{Account, ID, NOW, Request, URL};

/// What is signed here.
pub const BODY: &[u8] =
    br#"{"id":"evt_1","event_id":"evt_1","type":"order.paid","card":"canary-card-4242"}"#;

/// A request with the right signature over any bytes in the place of its time and its id.
pub fn signed(account: &Account, time: &[u8], id: &str, body: &[u8]) -> Request {
    let mac = mac_of(account, account.secret, &content(account, time, id, body));
    let base64 = Base64::encode_string(&mac);
    let hex = const_hex::encode(&mac);
    let request = Request::from(account.signer().id(id).sign(body, NOW).unwrap());
    match account.name {
        "stripe" => {
            let value = [b"t=", time, b",v1=", hex.as_bytes()].concat();
            request.with("stripe-signature", value)
        }
        "slack" => request
            .with("x-slack-request-timestamp", time)
            .with("x-slack-signature", format!("v0={hex}")),
        "svix" => request
            .with("svix-timestamp", time)
            .with("svix-signature", format!("v1,{base64}")),
        "standard-webhooks" => request
            .with("webhook-timestamp", time)
            .with("webhook-signature", format!("v1,{base64}")),
        _ => request
            .with("webhook-timestamp", time)
            .with("webhook-signature", format!("v1a,{base64}")),
    }
}

/// What a sender signs, by its documentation, without the help of the engine.
fn content(account: &Account, time: &[u8], id: &str, body: &[u8]) -> Vec<u8> {
    match account.provider {
        "square" => [URL.as_bytes(), body].concat(),
        "stripe" => [time, b".", body].concat(),
        "slack" => [b"v0:", time, b":", body].concat(),
        "standard-webhooks" | "svix" => [id.as_bytes(), b".", time, b".", body].concat(),
        _ => body.to_vec(),
    }
}

fn mac_of(account: &Account, secret: &str, content: &[u8]) -> Vec<u8> {
    let algorithm = if account.is_asymmetric() {
        Algorithm::Ed25519
    } else {
        HmacSha256
    };
    mac(algorithm, account, secret, content)
}

fn mac(algorithm: Algorithm, account: &Account, secret: &str, content: &[u8]) -> Vec<u8> {
    let format = match account.provider {
        "standard-webhooks" | "svix" => KeyFormat::base64().strip_prefix("whsec_"),
        _ => KeyFormat::text(),
    };
    let signer = Signer::new(Scheme::new("bare", algorithm).key(format), secret).unwrap();
    let request = signer.sign(content, NOW).unwrap();
    const_hex::decode(request.header("signature").unwrap()).unwrap()
}

/// In the alphabet for URLs; a code that has no letter where the two differ gets one.
fn in_url_alphabet(code: &[u8]) -> String {
    let url = Base64UrlUnpadded::encode_string(code);
    if url.contains(['-', '_']) {
        return url;
    }
    url.replacen(char::is_alphanumeric, "-", 1)
}

/// With a bit set that belongs to no byte of the code.
fn with_loose_bits(code: &[u8]) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let base64 = Base64::encode_string(code);
    let digits = base64.trim_end_matches('=');
    let (rest, last) = digits.split_at(digits.len() - 1);
    let next = &ALPHABET[ALPHABET.find(last).unwrap() + 1..][..1];
    format!("{rest}{next}{}", &base64[digits.len()..])
}

/// What stands for what in templates.
pub struct Words(Vec<(&'static str, String)>);

impl Words {
    pub fn of(account: &Account) -> Self {
        let content = content(account, b"1785920400", ID, BODY);
        let code = mac_of(account, account.secret, &content);
        let other = mac_of(account, account.secret, &[&content[..], b" "].concat());
        // A public key, or the secret of a stranger, used as a shared secret.
        let known = account.other_key.replace("whpk_", "whsec_");
        let stranger = mac(HmacSha256, account, &known, &content);
        let public = account.key.replace("whpk_", "whsec_");
        let public = mac(HmacSha256, account, &public, &content);
        let sha1 = mac(HmacSha1, account, account.secret, &content);
        let sha512 = mac(HmacSha512, account, account.secret, &content);
        let digest = Sha256::digest(&content);
        let hex = const_hex::encode(&code);
        let prefix = match account.provider {
            "github" => "sha256=",
            "slack" => "v0=",
            _ => "",
        };
        Self(vec![
            ("{p}", prefix.to_owned()),
            ("{P}", prefix.to_uppercase()),
            ("{t}", NOW.as_secs().to_string()),
            ("{hex}", hex.clone()),
            ("{HEX}", hex.to_uppercase()),
            ("{short}", hex[1..].to_owned()),
            ("{half}", hex[..32].to_owned()),
            ("{half2}", hex[32..].to_owned()),
            ("{hex64}", Base64::encode_string(hex.as_bytes())),
            ("{base64}", Base64::encode_string(&code)),
            ("{unpadded}", Base64Unpadded::encode_string(&code)),
            ("{url64}", in_url_alphabet(&code)),
            ("{loose}", with_loose_bits(&code)),
            (
                "{long64}",
                Base64::encode_string(&[&code[..], b"\0"].concat()),
            ),
            ("{sha1}", const_hex::encode(&sha1)),
            ("{sha1_64}", Base64::encode_string(&sha1)),
            ("{sha512}", const_hex::encode(&sha512)),
            ("{sha512cut}", const_hex::encode(&sha512[..32])),
            ("{sha512_64}", Base64::encode_string(&sha512)),
            ("{other}", const_hex::encode(&other)),
            ("{other64}", Base64::encode_string(&other)),
            ("{digest}", const_hex::encode(digest)),
            ("{digest64}", Base64::encode_string(&digest)),
            ("{stranger}", const_hex::encode(&stranger)),
            ("{stranger64}", Base64::encode_string(&stranger)),
            ("{public64}", Base64::encode_string(&public)),
            ("{1000}", vec!["v1=00"; 1000].join(",")),
            ("{1000std}", vec!["v1,AA=="; 1000].join(" ")),
            ("{1000v1a}", vec!["v1a,AA=="; 900].join(" ")),
            ("{9v1a}", ["v1a,AA=="; 9].join(" ")),
            ("{4k}", "x".repeat(4096)),
            ("{8k}", "x".repeat(8192)),
        ])
    }

    pub fn fill(&self, template: &str) -> Vec<u8> {
        let filled = self
            .0
            .iter()
            .fold(template.to_owned(), |text, (word, value)| {
                text.replace(word, value)
            });
        let mut pieces = filled.split("{ff}").map(str::as_bytes);
        let first = pieces.next().unwrap().to_vec();
        pieces.fold(first, |value, piece| [&value, &b"\xff"[..], piece].concat())
    }
}
