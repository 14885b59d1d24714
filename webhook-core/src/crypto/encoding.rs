//! Hex and base64, read strictly.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use crate::crypto::base64::decode_base64;

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Two hexadecimal digits a byte, in either case.
    Hex,
    /// Standard alphabet with padding, nothing after it.
    Base64,
    /// The alphabet for URLs without padding, nothing after it.
    Base64Url,
    /// Base64 of two hexadecimal digits a byte, in lower case.
    HexInBase64,
    /// As it stands.
    Text,
}

impl Encoding {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64Url => "base64 for URLs",
            Self::HexInBase64 => "base64 of hex",
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
            Self::Base64Url => {
                let text = std::str::from_utf8(text).unwrap_or_default();
                decode_base64_url(text).unwrap_or_default()
            }
            Self::HexInBase64 => {
                let digits = Self::Base64.decode(text);
                match is_lower_hex(&digits) {
                    true => Self::Hex.decode(&digits),
                    false => Vec::new(),
                }
            }
        }
    }

    /// How these bytes are written; hexadecimal digits in lower case.
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => const_hex::encode(bytes),
            Self::Base64 => Base64::encode_string(bytes),
            Self::Base64Url => Base64UrlUnpadded::encode_string(bytes),
            Self::HexInBase64 => Base64::encode_string(const_hex::encode(bytes).as_bytes()),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
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
            Self::Base64 => decode_base64(text, bytes),
            Self::Base64Url => Base64UrlUnpadded::decode(text, bytes).ok().map(<[u8]>::len),
            Self::HexInBase64 => {
                let mut digits = [0; 2 * LONGEST];
                let digits = Base64::decode(text, &mut digits).ok()?;
                match is_lower_hex(digits) {
                    true => Self::Hex.decode_into(digits, bytes),
                    false => None,
                }
            }
        }
    }
}

/// The longest code in bytes that is written in hexadecimal digits within base64: that of SHA-512.
const LONGEST: usize = 64;

fn is_lower_hex(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The decoder also takes a leading `0x` or `0X`.
fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// The standard alphabet of base64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
        for text in ["YQ==", "Y+", "YR", "YQ\n", "="] {
            assert_eq!(Encoding::Base64Url.decode(text.as_bytes()), b"", "{text}");
        }
        // `AB`, `abc`, `0xab` and `ab` without padding.
        for text in ["QUI=", "YWJj", "MHhhYg==", "YWI", "ab"] {
            assert_eq!(Encoding::HexInBase64.decode(text.as_bytes()), b"", "{text}");
        }
        assert_eq!(Encoding::Base64Url.decode(b"-_8"), [0xfb, 0xff]);
        assert_eq!(Encoding::HexInBase64.decode(b"YWI="), [0xab]);
        assert_eq!(Encoding::Hex.decode(b"aB"), [0xab]);
        assert_eq!(Encoding::Base64.decode(b"YQ=="), b"a");
        assert_eq!(Encoding::Hex.decode(b"\xff\xff"), b"");
    }

    #[test]
    fn a_code_in_hex_within_base64_has_64_bytes_at_most() {
        for (length, read) in [(64, Some(64)), (65, None)] {
            let written = Encoding::HexInBase64.encode(&vec![7; length]);
            let decoded = Encoding::HexInBase64.decode_into(written.as_bytes(), &mut [0; 72]);
            assert_eq!(decoded, read, "{length}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for encoding in [
            Encoding::Hex,
            Encoding::Base64,
            Encoding::Base64Url,
            Encoding::HexInBase64,
        ] {
            let bytes: Vec<u8> = (0..64).map(|byte| byte * 4 + 3).collect();
            let written = encoding.encode(&bytes);
            assert_eq!(encoding.decode(written.as_bytes()), bytes, "{encoding:?}");
            let mut read = [0; 72];
            let len = encoding.decode_into(written.as_bytes(), &mut read);
            assert_eq!(
                len.map(|len| &read[..len]),
                Some(&bytes[..]),
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn both_ways_of_decoding_say_the_same() {
        for encoding in [
            Encoding::Hex,
            Encoding::Base64,
            Encoding::Base64Url,
            Encoding::HexInBase64,
        ] {
            for text in [
                "", "0xab", "0Xab", "aB", "abc", "YQ==", "YQ", "Y-==", "zz", "a b ", "Y-", "YWI=",
                "YUI=", "YWJj", "MHhhYg==",
            ] {
                let mut bytes = [0; 8];
                let len = encoding.decode_into(text.as_bytes(), &mut bytes);
                let whole = encoding.decode(text.as_bytes());
                assert_eq!(bytes[..len.unwrap_or(0)], whole[..], "{encoding:?} {text}");
            }
        }
    }
}
