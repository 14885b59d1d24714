//! Hex and base64, read strictly.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Two hexadecimal digits a byte, in either case.
    Hex,
    /// Standard alphabet with padding, nothing after it.
    Base64,
    /// As it stands.
    Text,
}

impl Encoding {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Text => "text",
        }
    }

    /// The bytes that a text stands for; none if it is not in the encoding, so that it never matches.
    pub(crate) fn decode(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Text => text.to_vec(),
            Self::Hex if is_hex(text) => const_hex::decode(text).unwrap_or_default(),
            Self::Hex => Vec::new(),
            Self::Base64 => {
                let text = std::str::from_utf8(text).unwrap_or_default();
                Base64::decode_vec(text).unwrap_or_default()
            }
        }
    }

    /// The same without an allocation: how many bytes it is. `None` if it is not in the encoding, or too long.
    pub(crate) fn decode_into(self, text: &[u8], bytes: &mut [u8]) -> Option<usize> {
        match self {
            Self::Text => None,
            Self::Hex => {
                let len = text.len() / 2;
                // The decoder refuses all other letters.
                if text.starts_with(b"0x") || text.starts_with(b"0X") {
                    return None;
                }
                const_hex::decode_to_slice(text, bytes.get_mut(..len)?).ok()?;
                Some(len)
            }
            Self::Base64 => Base64::decode(text, bytes).ok().map(<[u8]>::len),
        }
    }
}

/// The decoder also takes a leading `0x` or `0X`.
fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// What a sender wrote in hex, in either case; empty if it is not hex, so that it matches nothing.
pub(crate) fn decode_hex(text: &[u8]) -> Vec<u8> {
    Encoding::Hex.decode(text)
}

/// Base64 in the alphabet for URLs, without padding.
pub(crate) fn decode_base64_url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Standard alphabet, padded or not: dashboards show both. Some senders leave bits in the last digit that belong to no
/// byte, and decode it all the same.
pub(crate) fn loose_base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if padding > 0 && (padding > 2 || text.len() % 4 != 0) {
        return None;
    }
    let kept = match digits.len() % 4 {
        2 => 0b11_0000,
        3 => 0b11_1100,
        _ => return Base64Unpadded::decode_vec(digits).ok(),
    };
    let (last, rest) = digits.as_bytes().split_last()?;
    let place = DIGITS.iter().position(|digit| digit == last)?;
    let last = DIGITS.get(place & kept)?;
    let canonical = Zeroizing::new([rest, &[*last]].concat());
    Base64Unpadded::decode_vec(std::str::from_utf8(&canonical).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_encoding_is_nothing() {
        for text in ["0xab", "0Xab", "abc", "a b ", "+f", "aéa", "\u{660}1"] {
            assert_eq!(Encoding::Hex.decode(text.as_bytes()), b"", "{text}");
        }
        for text in ["YQ", "YQ===", "Y-==", "YR==", "YQ==\n", "=YQ="] {
            assert_eq!(Encoding::Base64.decode(text.as_bytes()), b"", "{text}");
        }
        assert_eq!(Encoding::Hex.decode(b"aB"), [0xab]);
        assert_eq!(Encoding::Base64.decode(b"YQ=="), b"a");
        assert_eq!(Encoding::Hex.decode(b"\xff\xff"), b"");
    }

    #[test]
    fn both_ways_of_decoding_say_the_same() {
        for encoding in [Encoding::Hex, Encoding::Base64] {
            for text in [
                "", "0xab", "0Xab", "aB", "abc", "YQ==", "YQ", "Y-==", "zz", "a b ",
            ] {
                let mut bytes = [0; 8];
                let len = encoding.decode_into(text.as_bytes(), &mut bytes);
                let whole = encoding.decode(text.as_bytes());
                assert_eq!(bytes[..len.unwrap_or(0)], whole[..], "{encoding:?} {text}");
            }
        }
    }
}
