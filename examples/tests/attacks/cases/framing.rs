//! Lengths, chunks, lines and methods: what a server may refuse before anybody asks us.

use crate::case::{Case, Want, Wire};
use crate::targets::{IMPATIENT, LIMIT, find, sender};
use webhook_testkit::Request;

const TOO_LARGE: Want = Want::Refused(&["body_too_large"]);

/// B53: values of `Content-Length`. `{}` stands for the true one.
#[rustfmt::skip]
const LENGTHS: &[(&str, &[&str])] = &[
    ("2^40", &["1099511627776"]),
    ("2^63 - 1", &["9223372036854775807"]),
    ("2^63", &["9223372036854775808"]),
    ("2^64 - 1", &["18446744073709551615"]),
    ("2^64", &["18446744073709551616"]),
    ("32 digits", &["99999999999999999999999999999999"]),
    ("a byte over the limit", &["65537"]),
    ("negative", &["-1"]),
    ("plus", &["+{}"]),
    ("hexadecimal", &["0x62"]),
    ("fraction", &["{}.0"]),
    ("blank within", &["1 {}"]),
    ("list", &["{}, 1{}"]),
    ("empty", &[""]),
    ("letters", &["many"]),
    ("Arabic digits", &["\u{664}"]),
    ("two that differ", &["{}", "1{}"]),
    ("two that differ, 0 last", &["{}", "0"]),
];

/// B58: bodies that are no chunks. `{head}` of a genuine request stands before each.
const CHUNKS: &[(&str, &str)] = &[
    ("no size", "\r\n{}\r\n0\r\n\r\n"),
    ("no digit", "x\r\n{}\r\n0\r\n\r\n"),
    ("negative", "-2\r\n{}\r\n0\r\n\r\n"),
    ("overflow", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    ("overflow to 2", "10000000000000002\r\n{}\r\n0\r\n\r\n"),
    ("longer than its size", "2\r\n{}x\r\n0\r\n\r\n"),
    ("no last chunk", "2\r\n{}\r\n"),
    ("no end of the chunk", "2\r\n{}0\r\n\r\n"),
    ("0x", "0x2\r\n{}\r\n0\r\n\r\n"),
];

/// Whole requests that no client library sends. `{path}` stands for the receiver's.
#[rustfmt::skip]
const RAW: &[(&str, &str, &str)] = &[
    ("B90", "HTTP/0.9", "GET {path}\r\n"),
    ("B90", "HTTP/0.9 with POST", "POST {path}\r\n\r\n{}"),
    ("B90", "HTTP/2.0 as text", "POST {path} HTTP/2.0\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"),
    ("B90", "HTTP/3", "POST {path} HTTP/3\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"),
    ("B90", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0"),
    ("B90", "no version", "POST {path} \r\nhost: a\r\n\r\n"),
    ("B90", "method of symbols", "P{ST {path} HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B90", "no method", " {path} HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B90", "asterisk", "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B90", "a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B91", "NUL in a value", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe-signature: a\0b\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "NUL in a name", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe\0signature: a\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "blank in a name", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe-signature : a\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "no name", "POST {path} HTTP/1.1\r\nhost: a\r\n: a\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "no colon", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe-signature\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "a folded line", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe-signature: a\r\n b\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "carriage return in a value", "POST {path} HTTP/1.1\r\nhost: a\r\nstripe-signature: a\rb\r\ncontent-length: 0\r\n\r\n"),
    ("B91", "blanks in the target", "POST {path} a b HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B91", "NUL in the target", "POST {path}\0 HTTP/1.1\r\nhost: a\r\n\r\n"),
    ("B91", "line feeds alone", "POST {path} HTTP/1.1\nhost: a\ncontent-length: 2\n\n{}"),
    ("B58", "chunked twice", "POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("B58", "chunked, then not", "POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("B58", "not quite chunked", "POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("B58", "gzip as transfer", "POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n0\r\n\r\n"),
    ("B58", "chunks and a length of 0", "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    ("B58", "a length and chunks of HTTP/1.0", "POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\ncontent-length: 2\r\n\r\n{}"),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = lengths();
    cases.extend(limits());
    cases.extend(raw());
    cases.extend(chunks());
    cases.extend(lines());
    cases.extend(broken());
    cases.extend(encodings());
    cases
}

fn genuine() -> Request {
    sender("stripe").genuine()
}

fn lengths() -> Vec<Case> {
    let length = genuine().body.len().to_string();
    let case = |(name, values): &(&str, &[&str])| {
        let request = values.iter().fold(genuine(), |request, value| {
            request.and("content-length", value.replace("{}", &length))
        });
        let case = Case::new("B53", *name, "stripe", request, Want::NoEntry);
        case.wire(Wire::Own)
    };
    LENGTHS.iter().map(case).collect()
}

/// One byte more than may be, rightly signed.
fn limits() -> Vec<Case> {
    let stripe = sender("stripe");
    let long = stripe.sign(&vec![b'x'; LIMIT + 1]);
    let unsigned = long.clone().without("stripe-signature");
    let longest = stripe.sign(&vec![b'x'; LIMIT]);
    let case = |class, name, request: &Request, want| {
        Case::new(class, name, "stripe", request.clone(), want)
    };
    vec![
        case("B54", "a byte too long", &long, TOO_LARGE),
        case("B54", "a byte too long, in chunks", &long, TOO_LARGE).wire(Wire::Chunks(1000)),
        case("B54", "a byte too long, in one chunk", &long, TOO_LARGE)
            .wire(Wire::Chunks(usize::MAX)),
        case("B54", "as long as may be", &longest, Want::Accepted),
        case(
            "B54",
            "as long as may be, in chunks",
            &longest,
            Want::Accepted,
        )
        .wire(Wire::Chunks(1000)),
        case(
            "B55",
            "long and unsigned, in chunks",
            &unsigned,
            Want::Refused(&["missing_signature"]),
        )
        .wire(Wire::Chunks(1000)),
        case("B55", "long and unsigned", &unsigned, TOO_LARGE),
        endless("B55", "endless chunks, signed", &genuine()),
        endless(
            "B55",
            "endless chunks, unsigned",
            &genuine().without("stripe-signature"),
        ),
    ]
}

/// Far more than may be, without an end.
fn endless(class: &'static str, name: &str, request: &Request) -> Case {
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let body = chunk.repeat(40);
    let request = request.clone().and("transfer-encoding", "chunked");
    raw_case(class, name, &request, body.as_bytes())
}

fn raw() -> Vec<Case> {
    let path = format!("/{}/", find("stripe"));
    let case = |(class, name, text): &(&'static str, &str, &str)| {
        let bytes = text.replace("{path}", &path).into_bytes();
        let case = Case::new(class, *name, "stripe", genuine(), Want::NoEntry);
        case.wire(Wire::Raw(bytes))
    };
    RAW.iter().map(case).collect()
}

/// The head of a request, and these bytes behind it.
fn raw_case(class: &'static str, name: &str, request: &Request, body: &[u8]) -> Case {
    let target = find("stripe");
    let head = crate::case::message(target, request, &Wire::Own).head();
    let bytes = [&head[..], body].concat();
    let case = Case::new(class, name, "stripe", request.clone(), Want::NoEntry);
    case.wire(Wire::Raw(bytes))
}

/// Signed for `{}`, which is what each of them would be for a lenient reader.
fn chunks() -> Vec<Case> {
    let signed = sender("stripe").sign(b"{}");
    let unsigned = signed.clone().without("stripe-signature");
    let value = signed.text("stripe-signature");
    let trailer = format!("2\r\n{{}}\r\n0\r\nstripe-signature: {value}\r\n\r\n");
    let chunked = signed.clone().and("transfer-encoding", "chunked");
    let case = |(name, body): &(&str, &str)| {
        let name = format!("chunks: {name}");
        raw_case("B58", &name, &chunked, body.as_bytes())
    };
    let mut cases: Vec<Case> = CHUNKS.iter().map(case).collect();
    let unsigned = unsigned.and("transfer-encoding", "chunked");
    cases.push(raw_case(
        "B58",
        "the signature in a trailer",
        &unsigned,
        trailer.as_bytes(),
    ));
    cases
}

/// B91: more and longer lines than any sender has.
fn lines() -> Vec<Case> {
    let unsigned = genuine().without("stripe-signature");
    let many = |count: usize| {
        (0..count).fold(unsigned.clone(), |request, number| {
            request.and(&format!("x-{number}"), "1")
        })
    };
    let length = |request: Request| {
        let length = request.body.len().to_string();
        let body = request.body.to_vec();
        (request.and("content-length", length), body)
    };
    [
        ("50 lines", many(50)),
        ("200 lines", many(200)),
        ("2,000 lines", many(2000)),
        (
            "a line of 64 KiB",
            unsigned.clone().and("x-long", vec![b'a'; 64 * 1024]),
        ),
        (
            "a line of 1 MiB",
            unsigned.clone().and("x-long", vec![b'a'; 1024 * 1024]),
        ),
        (
            "a signature of 1 MiB",
            unsigned
                .clone()
                .and("stripe-signature", vec![b'a'; 1024 * 1024]),
        ),
        (
            "a thousand signatures",
            (0..1000).fold(unsigned.clone(), |request, _| {
                request.and("stripe-signature", "t=1,v1=00")
            }),
        ),
    ]
    .map(|(name, request)| {
        let (request, body) = length(request);
        raw_case("B91", name, &request, &body)
    })
    .into()
}

/// B56, B57: clients that go, or say nothing more.
fn broken() -> Vec<Case> {
    let whole = genuine();
    let length = whole.body.len();
    let announced = |request: Request| request.and("content-length", length.to_string());
    let cut = |at: usize| {
        let request = announced(genuine()).with_body(whole.body.slice(..at));
        let case = Case::new(
            "B56",
            format!("gone after {at} bytes"),
            "stripe",
            request,
            Want::NoEntry,
        );
        case.wire(Wire::Cut)
    };
    let mut cases: Vec<Case> = (0..length).step_by(16).map(cut).collect();
    let longer = genuine().and("content-length", (length + 1).to_string());
    cases.push(
        Case::new(
            "B56",
            "all that is signed, and gone",
            "stripe",
            longer.clone(),
            Want::NoEntry,
        )
        .wire(Wire::Cut),
    );
    let late = Want::NoEntry;
    cases.push(
        Case::new(
            "B57",
            "silent before the last byte",
            IMPATIENT,
            longer,
            late,
        )
        .wire(Wire::Own),
    );
    let none = announced(genuine()).with_body("");
    cases.push(Case::new("B57", "silent after the head", IMPATIENT, none, late).wire(Wire::Own));
    cases
}

/// B59: bodies that would become others, and a client that waits to be asked.
fn encodings() -> Vec<Case> {
    let stripe = sender("stripe");
    let encoded = |name: &str, encoding: &str, body: &[u8]| {
        let request = genuine()
            .with_body(body.to_vec())
            .and("content-encoding", encoding);
        Case::new("B59", name, "stripe", request, Want::Refused(super::BAD))
    };
    let bomb = [&[31, 139, 8, 0, 0, 0, 0, 0, 2, 3][..], &[0; 60_000]].concat();
    let accepted = stripe.sign(GZIP).and("content-encoding", "gzip");
    let expecting = genuine()
        .without("stripe-signature")
        .and("expect", "100-continue");
    let again = |name: &str, encoding: &str| {
        Case::new(
            "B59",
            name,
            "stripe",
            genuine().with_body("{}").and("content-encoding", encoding),
            Want::Refused(super::BAD),
        )
    };
    vec![
        encoded("gzip of what was signed", "gzip", GZIP),
        encoded("the head of a bomb", "gzip", &bomb),
        encoded("deflate", "deflate", GZIP),
        encoded("nested", "gzip, gzip", GZIP),
        again("says gzip and is not", "gzip"),
        again("says br", "br"),
        again("says something", "x-unknown"),
        Case::new(
            "B59",
            "signed as it is sent",
            "stripe",
            accepted,
            Want::Accepted,
        ),
        Case::new(
            "B59",
            "waits to be asked, unsigned",
            "stripe",
            expecting,
            Want::Refused(super::MISSING),
        ),
    ]
}

/// `{"id":"evt_1"}`, compressed.
const GZIP: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 76, 81, 178, 82, 74, 45, 43, 137, 55, 84, 170,
    5, 0, 27, 80, 186, 142, 14, 0, 0, 0,
];
