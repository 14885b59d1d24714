//! What senders write and strict readers refuse: texts that were cut, and a mark at the beginning.

/// The document without a byte order mark, which RFC 8259 lets a reader ignore.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The document with `\ufffd` for every escape that is half of a surrogate pair, byte for byte in the same place; `None` if
/// there is none.
pub(crate) fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(rest) = body.get(at..) {
        let Some(backslash) = rest.iter().position(|byte| *byte == b'\\') else {
            break;
        };
        at += backslash;
        let escape = |at: usize| body.get(at..at.checked_add(ESCAPE)?).and_then(code_unit);
        at += match (escape(at), escape(at + ESCAPE)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                let copy = mended.get_or_insert_with(|| body.to_vec());
                if let Some(place) = copy.get_mut(at..at + ESCAPE) {
                    place.copy_from_slice(br"\ufffd");
                }
                ESCAPE
            }
            (Some(_), _) => ESCAPE,
            (None, _) => 2,
        };
    }
    mended
}

/// How long `\uXXXX` is.
const ESCAPE: usize = 6;

fn code_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(json: &str) -> Option<String> {
        mended(json.as_bytes()).map(|mended| String::from_utf8(mended).unwrap())
    }

    #[test]
    fn only_halves_of_pairs_are_mended_each_in_its_place() {
        for (cut, whole) in [
            (r"\ud83d", r"\ufffd"),
            (r"\uDFFF", r"\ufffd"),
            (r"a\ud83d\ud83d\ude00\ude00b", r"a\ufffd\ud83d\ude00\ufffdb"),
            (r"\ud83d\ud83d", r"\ufffd\ufffd"),
            (r"\\\ud83d", r"\\\ufffd"),
            (r"\ud83d\", r"\ufffd\"),
            (r"\ud83d\ude0", r"\ufffd\ude0"),
        ] {
            assert_eq!(mend(cut).as_deref(), Some(whole), "{cut}");
        }
        for json in [
            "",
            r"\",
            r"\u",
            r"\ud83",
            r"\ud83d\ude00",
            r"\\ud83d",
            r"\u0041",
            "é",
            r"\ud83g",
        ] {
            assert_eq!(mend(json), None, "{json}");
        }
    }

    #[test]
    fn a_large_body_of_halves_is_mended_in_one_pass() {
        let body = format!("\"{}\"", r"\ud83d".repeat(200_000));
        let mended = mended(body.as_bytes()).unwrap();
        assert_eq!(
            crate::json::decode::<String>(&mended)
                .unwrap()
                .chars()
                .count(),
            200_000
        );
    }
}
