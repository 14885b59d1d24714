//! What a body becomes on its way through proxies and frameworks.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use crate::explain::json::{Escapes, Spacing, escaped, spaced};

/// A body with a change undone.
pub(super) struct Mended {
    /// The code of the change.
    pub(super) code: &'static str,
    /// What was done to the body, for the sentence "the body …".
    pub(super) what: &'static str,
    /// The body before.
    pub(super) body: Bytes,
}

/// Longer bodies are not changed: each change takes a copy.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

type Change = (&'static str, &'static str, fn(&[u8]) -> Option<Vec<u8>>);

/// What is undone, the likelier first.
const CHANGES: &[Change] = &[
    ("body_newline", "got a line feed at its end", |body| {
        without_end(body, b"\n")
    }),
    ("body_newline", "got a line ending at its end", |body| {
        without_end(body, b"\r\n")
    }),
    ("body_newline", "lost a line feed at its end", |body| {
        Some([body, b"\n"].concat())
    }),
    ("body_newline", "lost a line ending at its end", |body| {
        Some([body, b"\r\n"].concat())
    }),
    ("body_newline", "got white space around it", |body| {
        Some(body.trim_ascii().to_vec())
    }),
    (
        "body_crlf",
        "got other line endings: CRLF instead of LF",
        |body| replaced(body, b"\r\n", b"\n"),
    ),
    (
        "body_crlf",
        "got other line endings: LF instead of CRLF",
        |body| {
            let plain = replaced(body, b"\r\n", b"\n");
            replaced(plain.as_deref().unwrap_or(body), b"\n", b"\r\n")
        },
    ),
    ("body_bom", "got a byte order mark", |body| {
        body.strip_prefix(BOM).map(<[u8]>::to_vec)
    }),
    ("body_bom", "lost its byte order mark", |body| {
        Some([BOM, body].concat())
    }),
    ("body_gzip", "was compressed", decompressed),
    (
        "body_reserialised",
        "is a form that was written anew: a space as `%20`",
        |body| if_form(body, |body| replaced(body, b"%20", b"+")),
    ),
    (
        "body_reserialised",
        "is a form that was written anew: a space as `+`",
        |body| if_form(body, |body| replaced(body, b"+", b"%20")),
    ),
    (
        "body_reserialised",
        "is a form that was written anew",
        |body| {
            if_form(body, |body| {
                let pairs = form_urlencoded::parse(body);
                let mut form = form_urlencoded::Serializer::new(String::new());
                Some(form.extend_pairs(pairs).finish().into_bytes())
            })
        },
    ),
];

/// Everything that this body could have been, one after the other.
pub(super) fn mended(body: &Bytes) -> impl Iterator<Item = Mended> + '_ {
    let single = CHANGES.iter().filter_map(move |(code, what, undo)| {
        Some(Mended {
            code,
            what,
            body: undo(body)?.into(),
        })
    });
    single
        .chain(rewritten(body))
        .filter(move |mended| mended.body != body)
}

/// The JSON with other spaces, other escapes, or both.
fn rewritten(body: &Bytes) -> impl Iterator<Item = Mended> + '_ {
    let is_document = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let spacings = || std::iter::once(None).chain(Spacing::ALL.iter().map(Some));
    let escapes = std::iter::once(None).chain(Escapes::ALL.iter().map(Some));
    let pairs = escapes.flat_map(move |escapes| spacings().map(move |spacing| (escapes, spacing)));
    pairs
        .filter(move |_| is_document)
        .filter_map(move |(escapes, spacing)| {
            let (code, what) = match (escapes, spacing) {
                (None, None) => return None,
                (Some(_), None) => (
                    "body_unescaped",
                    "was written anew: its characters are escaped in another way",
                ),
                _ => (
                    "body_reserialised",
                    "was written anew: its white space is another",
                ),
            };
            let escaped = match escapes {
                Some(escapes) => Bytes::from(escaped(body, *escapes)?),
                None => body.clone(),
            };
            let body = match spacing {
                Some(spacing) => spaced(&escaped, *spacing)?.into(),
                None => escaped,
            };
            Some(Mended { code, what, body })
        })
}

fn without_end(body: &[u8], end: &[u8]) -> Option<Vec<u8>> {
    body.strip_suffix(end).map(<[u8]>::to_vec)
}

fn replaced(body: &[u8], what: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(body, what) {
        out.extend_from_slice(body.get(from..at)?);
        out.extend_from_slice(by);
        from = at + what.len();
    }
    out.extend_from_slice(body.get(from..)?);
    (from > 0).then_some(out)
}

fn if_form(body: &[u8], change: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let is_form = body.contains(&b'=') && !matches!(body.first(), Some(b'{' | b'[' | b'<'));
    is_form.then(|| change(body)).flatten()
}

/// Bounded: a small file can become a large one.
fn decompressed(body: &[u8]) -> Option<Vec<u8>> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut out = Vec::new();
    let limit = u64::try_from(LONGEST).ok()?;
    let read = MultiGzDecoder::new(body).take(limit).read_to_end(&mut out);
    read.ok().filter(|length| *length < LONGEST).map(|_| out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn compressed(body: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap().into()
    }

    /// What was signed, what has arrived, and what is said of it: every change but compression.
    const UNDONE: &[(&str, &str, &str, &str)] = &[
        ("a", "a\n", "body_newline", "got a line feed at its end"),
        ("a", "a\r\n", "body_newline", "got a line ending at its end"),
        ("a\n", "a", "body_newline", "lost a line feed at its end"),
        (
            "a\r\n",
            "a",
            "body_newline",
            "lost a line ending at its end",
        ),
        ("a", "\t a \n", "body_newline", "got white space around it"),
        (
            "a\nb",
            "a\r\nb",
            "body_crlf",
            "got other line endings: CRLF instead of LF",
        ),
        (
            "a\r\nb\r\nc",
            "a\nb\r\nc",
            "body_crlf",
            "got other line endings: LF instead of CRLF",
        ),
        ("a", "\u{feff}a", "body_bom", "got a byte order mark"),
        ("\u{feff}a", "a", "body_bom", "lost its byte order mark"),
        (
            "a=b+c",
            "a=b%20c",
            "body_reserialised",
            "is a form that was written anew: a space as `%20`",
        ),
        (
            "a=b%20c",
            "a=b+c",
            "body_reserialised",
            "is a form that was written anew: a space as `+`",
        ),
        (
            "a=%C3%A4",
            "a=%c3%a4",
            "body_reserialised",
            "is a form that was written anew",
        ),
    ];

    #[test]
    fn every_change_is_undone_and_told_in_its_words() {
        for (signed, arrived, code, what) in UNDONE {
            let found = mended(&Bytes::from(*arrived)).find(|it| it.body == *signed);
            let found = found.map(|it| (it.code, it.what));
            assert_eq!(found, Some((*code, *what)), "{arrived:?}");
        }
        let changes = CHANGES.iter().map(|(code, what, _)| (*code, *what));
        let changes = changes.filter(|(code, _)| *code != "body_gzip");
        assert!(changes.eq(UNDONE.iter().map(|(.., code, what)| (*code, *what))));
    }

    /// A document as it was signed and as it has arrived.
    const REWRITTEN: &[(&str, &str, &str)] = &[
        (r#"{"a":[1]}"#, r#"{"a": [ 1 ]}"#, "body_reserialised"),
        (r#"{"a": [1, 2]}"#, r#"{"a":[1,2]}"#, "body_reserialised"),
        ("{\n  \"a\": 1\n}", r#"{"a":1}"#, "body_reserialised"),
        ("{\n    \"a\": 1\n}", r#"{"a":1}"#, "body_reserialised"),
        ("{\n\t\"a\": 1\n}", r#"{"a":1}"#, "body_reserialised"),
        (r#"["/<ä"]"#, r#"["\/\u003c\u00e4"]"#, "body_unescaped"),
        (r#"["/<\u00e4"]"#, r#"["/<ä"]"#, "body_unescaped"),
        (r#"["\/<\u00e4"]"#, r#"["/<ä"]"#, "body_unescaped"),
        (r#"["\/<ä"]"#, r#"["/<ä"]"#, "body_unescaped"),
        (r#"["/\u003cä"]"#, r#"["/<ä"]"#, "body_unescaped"),
        (r#"["\/", 1]"#, r#"["/",1]"#, "body_reserialised"),
    ];

    #[test]
    fn a_document_is_found_in_every_form_in_which_senders_write_it() {
        for (signed, arrived, code) in REWRITTEN {
            let found = mended(&Bytes::from(*arrived)).find(|it| it.body == *signed);
            assert_eq!(found.map(|it| it.code), Some(*code), "{signed}");
        }
    }

    #[test]
    fn what_is_compressed_is_read_up_to_a_limit() {
        let small = compressed(b"{\"id\":1}");
        let plain = mended(&small).find(|it| it.body == "{\"id\":1}");
        let plain = plain.map(|it| (it.code, it.what));
        assert_eq!(plain, Some(("body_gzip", "was compressed")));
        for (length, is_read) in [(8_388_607, true), (8_388_608, false)] {
            let bomb = compressed(&vec![b' '; length]);
            assert!(bomb.len() < 100_000);
            assert_eq!(decompressed(&bomb).is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn forms_are_written_anew_and_documents_are_not_taken_for_forms() {
        let form = Bytes::from("text=a%20b&id=1");
        assert!(mended(&form).any(|it| it.body == "text=a+b&id=1"));
        let document = Bytes::from(r#"{"text":"a=b%20c"}"#);
        assert!(mended(&document).all(|it| it.body != r#"{"text":"a=b+c"}"#));
    }
}
