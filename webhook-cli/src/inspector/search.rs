//! Finds captures by what is in them.

use std::sync::Arc;

use memchr::memchr2_iter;

use crate::capture::Capture;

/// Those whose body, target, id or kind has this text in it, whatever the case of its ASCII letters.
pub(super) fn find(captures: Vec<Arc<Capture>>, text: &str) -> Vec<Arc<Capture>> {
    let mut found = captures;
    found.retain(|capture| is_in(capture, text.as_bytes()));
    found
}

fn is_in(capture: &Capture, text: &[u8]) -> bool {
    let verdict = &capture.verdict;
    let names = [&verdict.id, &verdict.kind].into_iter().flatten();
    has(&capture.request.body, text)
        || has(capture.request.target.as_bytes(), text)
        || names
            .map(|name| name.as_bytes())
            .any(|name| has(name, text))
}

/// Looks only where the rarest byte of the needle is: far fewer places than there are bytes.
fn has(hay: &[u8], needle: &[u8]) -> bool {
    let bytes = needle.iter().enumerate();
    let Some((at, rarest)) = bytes.min_by_key(|(_, byte)| how_frequent(**byte)) else {
        return true;
    };
    let places = memchr2_iter(
        rarest.to_ascii_lowercase(),
        rarest.to_ascii_uppercase(),
        hay,
    );
    places
        .filter_map(|place| place.checked_sub(at))
        .filter_map(|start| hay.get(start..start + needle.len()))
        .any(|part| part.eq_ignore_ascii_case(needle))
}

/// How often a byte stands in JSON, roughly.
const fn how_frequent(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'j' | b'k' | b'q' | b'v' | b'w' | b'x' | b'z' => 0,
        b'0'..=b'9' => 2,
        b'"' | b':' | b',' | b' ' | b'_' => 3,
        b'a' | b'e' | b'i' | b'n' | b'o' | b'r' | b's' | b't' => 4,
        _ => 1,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_text_at_every_place_in_any_case() {
        let hay = b"{\"Name\":\"Jane Doe\"}";
        for needle in [
            "",
            "{",
            "jane doe",
            "JANE",
            "\"}",
            "}",
            "{\"name\":\"jane doe\"}",
        ] {
            assert!(has(hay, needle.as_bytes()), "{needle}");
        }
        for needle in ["john", "}}", "jane  doe", "{\"Name\":\"Jane Doe\"}x"] {
            assert!(!has(hay, needle.as_bytes()), "{needle}");
        }
    }

    #[test]
    fn finds_bytes_that_are_no_letters() {
        assert!(has("Zürich".as_bytes(), "ü".as_bytes()));
        assert!(!has("Zurich".as_bytes(), "ü".as_bytes()));
        assert!(!has(b"", b"x"));
        assert!(has(b"", b""));
    }
}
