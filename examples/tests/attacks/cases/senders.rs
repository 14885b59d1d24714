//! What holds for every sender of the library, by hand or by a scheme.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use webhook_core::UnixTime;

use super::{UNPROVEN, UNREADABLE};
use crate::case::{Case, Want, Wire};
use crate::targets::{LIMIT, all, stranger};
use webhook_testkit::{BODY, Code, NOW, Request, Sender};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (place, sender) in all().iter().enumerate() {
        let others = all().iter().cycle().skip(place + 5);
        let another = others
            .take(all().len())
            .find(|other| is_told_from(sender, other));
        cases.extend(signatures(sender));
        cases.extend(codes(sender));
        cases.extend(second_lines(sender));
        cases.extend(windows(sender));
        cases.extend(bodies(sender));
        cases.extend(methods(sender));
        cases.push(at_home(sender));
        cases.push(at_a_stranger(sender));
        cases.push(at_another(sender, another.unwrap()));
    }
    cases
}

/// Those over Standard Webhooks sign alike, and their samples have one secret.
fn is_told_from(sender: &Sender, other: &Sender) -> bool {
    let is_standard = |sender: &Sender| {
        let mut signed = sender.signed.iter();
        signed.any(|name| ["webhook-id", "svix-id"].contains(name))
    };
    !(is_standard(sender) && is_standard(other))
}

fn refused(
    class: &'static str,
    name: impl Into<String>,
    sender: &Sender,
    request: Request,
) -> Case {
    let want = Want::Refused(UNPROVEN);
    Case::new(class, name, sender.name, request, want)
}

/// No signature, and such as are none.
fn signatures(sender: &Sender) -> Vec<Case> {
    let genuine = sender.genuine();
    let with = |class, name, signature: &[u8]| {
        let request = sender.with_signature(&genuine, signature);
        refused(class, name, sender, request)
    };
    let every: Vec<u8> = (0x80..=0xff).collect();
    let mut cases = vec![
        with("B02", "empty", b""),
        with("B03", "blank", b"  \t "),
        with("B04", "bytes beyond ASCII", &every),
        with("B05", "9 KiB", &vec![b'a'; 9 * 1024]),
    ];
    if let Some(header) = sender.header() {
        let absent = genuine.clone().without(header);
        cases.push(refused("B01", "absent", sender, absent.clone()));
        let chunked = refused("B01", "absent, in chunks", sender, absent);
        cases.push(chunked.wire(Wire::Chunks(7)));
    }
    cases
}

/// Codes that are nearly right.
fn codes(sender: &Sender) -> Vec<Case> {
    let genuine = sender.genuine();
    let signature = std::str::from_utf8(sender.signature(&genuine)).unwrap();
    let [before, code, behind] = sender.parts(signature);
    let with = |class, name: &str, code: &str| {
        let signature = format!("{before}{code}{behind}");
        refused(
            class,
            name,
            sender,
            sender.with_signature(&genuine, signature),
        )
    };
    let mut cases = vec![
        with("B06", "half of the code", &code[..code.len() / 2]),
        with("B06", "all but the last digit", &code[..code.len() - 1]),
        with("B07", "a digit more", &format!("{code}0")),
        with("B07", "the code twice", &format!("{code}{code}")),
        with("B08", "no code", ""),
    ];
    let flipped = [0.0, 0.5, 1.0].map(|place| flip(sender.code, code, place));
    for (name, code) in ["first", "middle", "last"].into_iter().zip(flipped) {
        cases.push(with(
            "B26",
            &format!("a bit of the {name} byte flipped"),
            &code,
        ));
    }
    match sender.code {
        Code::Hex => {
            let base64 = Base64::encode_string(&const_hex::decode(code).unwrap());
            cases.push(with("B09", "a digit less", &code[1..]));
            cases.push(with("B11", "0x", &format!("0x{code}")));
            cases.push(with("B14", "base64 for hexadecimal digits", &base64));
        }
        Code::Base64 | Code::HexInBase64 => {
            let hex = const_hex::encode(Base64::decode_vec(code).unwrap());
            cases.push(with("B13", "padding too much", &format!("{code}=")));
            cases.push(with("B14", "hexadecimal digits for base64", &hex));
        }
        Code::Base64Url => cases.push(with("B13", "padding too much", &format!("{code}="))),
        Code::Token | Code::Text => {}
    }
    cases
}

/// The code with a bit flipped in the byte at this part of its length.
fn flip(written: Code, code: &str, place: f64) -> String {
    let flipped = |mut bytes: Vec<u8>| {
        let at = ((bytes.len() - 1) as f64 * place) as usize;
        bytes[at] ^= 1;
        bytes
    };
    match written {
        Code::Hex => const_hex::encode(flipped(const_hex::decode(code).unwrap())),
        Code::Base64 | Code::HexInBase64 => {
            Base64::encode_string(&flipped(Base64::decode_vec(code).unwrap()))
        }
        Code::Base64Url => {
            Base64UrlUnpadded::encode_string(&flipped(Base64UrlUnpadded::decode_vec(code).unwrap()))
        }
        Code::Text => String::from_utf8(flipped(code.as_bytes().to_vec())).unwrap(),
        Code::Token => {
            let (signed, code) = code.rsplit_once('.').unwrap();
            let code = flipped(Base64UrlUnpadded::decode_vec(code).unwrap());
            format!("{signed}.{}", Base64UrlUnpadded::encode_string(&code))
        }
    }
}

/// A second line of the signature's header, where no sender has one.
fn second_lines(sender: &Sender) -> Vec<Case> {
    let (Some(header), "malformed") = (sender.header(), sender.second_line) else {
        return Vec::new();
    };
    let genuine = sender.genuine();
    let value = genuine.header(header).to_vec();
    let lines = |first: &[u8], second: &[u8]| {
        let request = genuine.clone().without(header);
        request.and(header, first).and(header, second)
    };
    vec![
        refused("B22", "right, then wrong", sender, lines(&value, b"x")),
        refused("B22", "wrong, then right", sender, lines(b"x", &value)),
        Case::new(
            "B23",
            "the same line twice",
            sender.name,
            lines(&value, &value),
            Want::Accepted,
        ),
    ]
}

/// Signed a second too early or too late, and as early and late as may be.
fn windows(sender: &Sender) -> Vec<Case> {
    let Some([past, future]) = sender.window else {
        return Vec::new();
    };
    let signed = |seconds: i64| sender.sign_at(BODY, UnixTime::from_secs(NOW.as_secs() + seconds));
    let case =
        |class, name, seconds, want| Case::new(class, name, sender.name, signed(seconds), want);
    vec![
        case(
            "B35",
            "a second too old",
            -past - 1,
            Want::Refused(&["stale"]),
        ),
        case(
            "B36",
            "a second too early",
            future + 1,
            Want::Refused(&["future"]),
        ),
        case("B37", "as old as may be", -past, Want::Accepted),
        case("B37", "as early as may be", future, Want::Accepted),
    ]
}

/// Another body under the signature.
fn bodies(sender: &Sender) -> Vec<Case> {
    if !sender.signs_the_body() {
        return Vec::new();
    }
    let genuine = sender.genuine();
    let body = &genuine.body;
    let case = |class, name, altered: Vec<u8>| {
        refused(class, name, sender, genuine.clone().with_body(altered))
    };
    let flipped = |at: usize| {
        let mut body = body.to_vec();
        body[at] ^= 1;
        body
    };
    let mut cases = vec![
        case("B28", "first bit of the body", flipped(0)),
        case("B28", "last bit of the body", flipped(body.len() - 1)),
        case("B28", "in lower case", body.to_ascii_lowercase()),
        case(
            "B80",
            "byte order mark before",
            [&b"\xef\xbb\xbf"[..], body].concat(),
        ),
        case(
            "B82",
            "another document behind",
            [&body[..], b"{}"].concat(),
        ),
        case("B82", "empty", Vec::new()),
        case("B54", "another body, as long as may be", vec![b' '; LIMIT]),
        case(
            "B79",
            "a second id before",
            [b"{\"id\":\"evt_2\",", &body[1..]].concat(),
        ),
    ];
    // PayU says to strip what is blank around the body.
    if sender.provider != "payu" {
        cases.push(case("B28", "a blank behind", [&body[..], b" "].concat()));
    }
    cases
}

fn methods(sender: &Sender) -> Vec<Case> {
    let case = |method: &str| {
        let mut request = sender.genuine();
        method.clone_into(&mut request.method);
        // Mailchimp sets a webhook up by any GET.
        let want = match (sender.provider, method) {
            ("mailchimp-marketing", "GET") => Want::Answered,
            _ => Want::Refused(&["method_not_allowed", "malformed", "handshake_refused"]),
        };
        Case::new("B90", method, sender.name, request, want)
    };
    let methods = ["GET", "PUT", "PATCH", "DELETE", "post"].into_iter();
    let others = methods.filter(|method| !sender.methods.contains(method));
    others.map(case).collect()
}

/// What shows that the refusals are not for nothing.
fn at_home(sender: &Sender) -> Case {
    let name = "genuine for this account";
    Case::new("B52", name, sender.name, sender.genuine(), Want::Accepted)
}

/// The key of one account, the receiver of another.
fn at_a_stranger(sender: &Sender) -> Case {
    let want = match sender.refusal {
        "wrong_audience" => Want::Refused(&["wrong_audience"]),
        _ => Want::Refused(UNREADABLE),
    };
    let target = stranger(sender);
    Case::new(
        "B52",
        "genuine for another account",
        &target,
        sender.genuine(),
        want,
    )
}

/// One sender's request at another sender's receiver.
fn at_another(sender: &Sender, another: &Sender) -> Case {
    let name = format!("genuine of {}", sender.name);
    refused("B51", name, another, sender.genuine())
}
