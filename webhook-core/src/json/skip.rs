//! Steps over JSON: where a value ends, and whether it is one.
//!
//! Most of an event is the object that it is about, of which an envelope or a name keeps nothing: reading it character by
//! character, as a reader of all of JSON has to, is most of the work. Here eight characters of a text are looked at at once.
//!
//! The document is UTF-8. Each function is told where to begin, and says where what it steps over ends, or nothing if that is not JSON.
//! It is so strict as serde_json: `fuzz/src/json.rs` and the tests of the reader hold it to that.

/// So many levels are stepped over, with one bit for each.
const DEEPEST: u32 = 128;

/// The next character that is no space.
#[inline]
pub(super) fn space(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b' ' | b'\n' | b'\r' | b'\t') => spaces(text, at + 1),
        _ => at,
    }
}

/// The same after a space. Documents are often written with a line for each member, far from the margin.
fn spaces(text: &[u8], mut at: usize) -> usize {
    loop {
        while text.get(at..at + 8) == Some(&[b' '; 8]) {
            at += 8;
        }
        match text.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// A value and what is inside of it. No space stands before it.
pub(super) fn value(text: &[u8], mut at: usize) -> Option<usize> {
    // For each level that is open a bit: whether it is an object.
    let (mut objects, mut open) = (0_u128, 0);
    loop {
        match *text.get(at)? {
            b'"' => at = quoted(text, at)?.0,
            first @ (b'{' | b'[') => {
                at = space(text, at + 1);
                let is_object = first == b'{';
                if *text.get(at)? == closing(first) {
                    at += 1;
                } else if open == DEEPEST {
                    return None;
                } else {
                    objects = objects << 1 | u128::from(is_object);
                    open += 1;
                    if is_object {
                        at = name(text, at)?;
                    }
                    continue;
                }
            }
            b'-' | b'0'..=b'9' => at = number(text, at)?,
            b't' => at = word(text, at, "true")?,
            b'f' => at = word(text, at, "false")?,
            b'n' => at = word(text, at, "null")?,
            _ => return None,
        }
        // Here a value has ended. What is around it goes on, or ends too.
        loop {
            if open == 0 {
                return Some(at);
            }
            at = space(text, at);
            let is_object = objects & 1 == 1;
            match (*text.get(at)?, is_object) {
                (b',', _) => {
                    at = space(text, at + 1);
                    if is_object {
                        at = name(text, at)?;
                    }
                    break;
                }
                (b'}', true) | (b']', false) => {
                    at += 1;
                    objects >>= 1;
                    open -= 1;
                }
                _ => return None,
            }
        }
    }
}

/// The bracket that closes what this one opens.
pub(super) const fn closing(opening: u8) -> u8 {
    match opening {
        b'{' => b'}',
        _ => b']',
    }
}

/// The name of a member, its colon and the spaces behind it.
fn name(text: &[u8], at: usize) -> Option<usize> {
    if *text.get(at)? != b'"' {
        return None;
    }
    let at = space(text, quoted(text, at)?.0);
    (*text.get(at)? == b':').then(|| space(text, at + 1))
}

/// A text with its quotes, and whether nothing of it is an escape.
#[inline]
pub(super) fn quoted(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut at = plain(text, at + 1);
    let mut is_plain = true;
    loop {
        match *text.get(at)? {
            b'"' => return Some((at + 1, is_plain)),
            b'\\' => {
                is_plain = false;
                at = plain(text, escape(text, at)?);
            }
            _ => return None,
        }
    }
}

/// The next character that is a quote, a backslash or a control character. Most texts are short.
#[inline]
fn plain(text: &[u8], mut at: usize) -> usize {
    for _ in 0..4 {
        let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) else {
            break;
        };
        let found = ends(u64::from_le_bytes(*eight));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    plain_of_long(text, at)
}

/// The same in a long text, and where the document ends. The compiler looks at all characters of a block at once.
#[inline(never)]
fn plain_of_long(text: &[u8], mut at: usize) -> usize {
    let is_end = |byte: &u8| (*byte == b'"') | (*byte == b'\\') | (*byte < 0x20);
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<64>) {
        if block.iter().fold(false, |any, byte| any | is_end(byte)) {
            break;
        }
        at += 64;
    }
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = ends(u64::from_le_bytes(*eight));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let mut rest = text.get(at..).unwrap_or_default().iter();
    let end = rest.position(is_end);
    end.map_or(text.len(), |end| at + end)
}

/// Eight characters at once: the lowest bit that is set is the highest of the first one that is a quote, a backslash or a control
/// character. What stands above it says nothing, as a subtraction borrows from there.
const fn ends(eight: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    const QUOTE: u64 = EACH * b'"' as u64;
    const BACKSLASH: u64 = EACH * b'\\' as u64;
    let (quote, backslash) = (eight ^ QUOTE, eight ^ BACKSLASH);
    let is_quote = quote.wrapping_sub(EACH) & !quote;
    let is_backslash = backslash.wrapping_sub(EACH) & !backslash;
    let is_control = eight.wrapping_sub(EACH * 0x20) & !eight;
    (is_quote | is_backslash | is_control) & (EACH * 0x80)
}

fn escape(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => {
            let mut digits = text.get(at + 2..at + 6)?.iter();
            digits.all(u8::is_ascii_hexdigit).then_some(at + 6)
        }
        _ => None,
    }
}

/// RFC 8259, section 6.
fn number(text: &[u8], mut at: usize) -> Option<usize> {
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match text.get(at) {
        Some(b'0') => at + 1,
        _ => digits(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at = digits(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = text.get(at) {
            at += 1;
        }
        at = digits(text, at)?;
    }
    Some(at)
}

fn digits(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    (at > start).then_some(at)
}

/// One of the three words that are values.
pub(super) fn word(text: &[u8], at: usize, word: &str) -> Option<usize> {
    let rest = text.get(at..)?;
    rest.starts_with(word.as_bytes()).then(|| at + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_found_wherever_it_stands() {
        for len in 0..200 {
            for filler in [
                "a",
                "\u{7f}",
                "\u{e9}",
                "\u{1f600}",
                " ",
                "!",
                "#",
                "[",
                "]",
            ] {
                let text = filler.repeat(len);
                assert_eq!(plain(text.as_bytes(), 0), text.len(), "{len} {filler:?}");
                for end in ["\"", "\\", "\u{1f}", "\u{0}"] {
                    let whole = format!("{text}{end}\"\\\u{1}{filler}");
                    let found = plain(whole.as_bytes(), 0);
                    assert_eq!(found, text.len(), "{len} {filler:?} {end:?}");
                }
            }
        }
        assert_eq!(plain(b"abc", 7), 3);
    }

    #[test]
    fn levels_have_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(
            value(nested(129).as_bytes(), 0),
            Some(2 * 129),
            "the innermost is empty"
        );
        assert_eq!(value(nested(130).as_bytes(), 0), None);
    }
}
