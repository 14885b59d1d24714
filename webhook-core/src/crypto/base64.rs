//! Base64 that somebody sends: codes, and events. Secrets are read by `base64ct`, in a time that tells nothing of them, which takes ten
//! times as long.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands in base64 in one line, and how many bytes it is; they fit if there is room for whole groups of three.
pub(super) fn decode_base64(text: &[u8], bytes: &mut [u8]) -> Option<usize> {
    STANDARD.decode_slice(text, bytes).ok()
}

/// What stands in base64 in lines: as strict as [`decode_base64`], but that a line may end anywhere.
#[cfg(feature = "xml")]
pub(crate) fn decode_base64_lines(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).chain([text.len()]) {
        digits.extend_from_slice(text.get(start..end)?);
        start = end + 1;
    }
    STANDARD.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};
    use proptest::prelude::*;

    use super::*;

    /// By the decoder that takes the same time for every text.
    fn of_base64ct(text: &[u8]) -> Option<Vec<u8>> {
        Base64::decode_vec(std::str::from_utf8(text).ok()?).ok()
    }

    fn in_one_line(text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = [0; 300];
        let len = decode_base64(text, &mut bytes)?;
        Some(bytes[..len].to_vec())
    }

    /// What it reads of a text without its line feeds.
    #[cfg(feature = "xml")]
    fn joined(text: &[u8]) -> Option<Vec<u8>> {
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\n').collect();
        of_base64ct(&digits)
    }

    const TEXTS: [&str; 44] = [
        "",
        "\n",
        "\n\n",
        "=",
        "==",
        "===",
        "====",
        "A",
        "A=",
        "A==",
        "A===",
        "AA",
        "AA=",
        "AA==",
        "AA===",
        "AAA",
        "AAA=",
        "AAA==",
        "AAAA",
        "AAAA=",
        "AAAA==",
        "AAAA====",
        "AB==",
        "Ag==",
        "AAB=",
        "AAE=",
        "AA==AA==",
        "AA==\nAAAA",
        "=AAA",
        "A=AA",
        "AA=A",
        "A\nA\nA\nA",
        "\nAAAA",
        "AAAA\n",
        "AA\n==",
        "AA=\n=\n",
        "AAA\nAAAAA",
        "AAAAAA\nAA",
        "AAAAA\nAAA\nAAAA\nA\nAAA",
        "AA-_",
        "AA*A",
        "\u{e9}AA",
        "AA \n",
        "AAAA\r\nAAAA",
    ];

    #[test]
    fn it_is_as_strict_as_the_decoder_of_secrets() {
        let same = |text: &[u8]| {
            let shown = text.escape_ascii();
            assert_eq!(in_one_line(text), of_base64ct(text), "{shown}");
            #[cfg(feature = "xml")]
            assert_eq!(decode_base64_lines(text), joined(text), "{shown} in lines");
        };
        for text in TEXTS {
            same(text.as_bytes());
        }
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut text = *b"AAAAAAAA";
                text[place] = byte;
                same(&text);
            }
        }
    }

    #[test]
    fn what_has_no_room_is_nothing() {
        let mut bytes = [0; 6];
        for (text, len) in [
            ("AAAAAAAA", Some(6)),
            ("AAAAAAA=", Some(5)),
            ("AAAAAAAAAA==", None),
            ("AAAAAAAAAAAA", None),
        ] {
            assert_eq!(decode_base64(text.as_bytes(), &mut bytes), len, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_reads_what_the_decoder_of_secrets_reads(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            feeds in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let mut text = Base64::encode_string(&bytes).into_bytes();
            if let Some((place, byte)) = change.filter(|_| !text.is_empty()) {
                let place = place.index(text.len());
                text[place] = byte;
            }
            prop_assert_eq!(in_one_line(&text), of_base64ct(&text));
            for feed in feeds {
                text.insert(feed.index(text.len() + 1), b'\n');
            }
            #[cfg(feature = "xml")]
            prop_assert_eq!(decode_base64_lines(&text), joined(&text));
        }
    }
}
