//! Writes JSON anew without reading it: order, numbers and members that occur twice stay as they are.

/// The white space between the parts of a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spacing {
    /// None.
    Compact,
    /// A space behind each `:` and `,`, as Python writes it.
    Spaced,
    /// One line for each member, with this before each level.
    Indented(&'static str),
}

impl Spacing {
    pub(super) const ALL: &[Self] = &[
        Self::Compact,
        Self::Spaced,
        Self::Indented("  "),
        Self::Indented("    "),
        Self::Indented("\t"),
    ];
}

/// What could be a JSON document with other white space. Nothing for what is no document.
pub(super) fn spaced(body: &[u8], spacing: Spacing) -> Option<Vec<u8>> {
    let mut writer = Writer {
        out: Vec::with_capacity(body.len()),
        spacing,
        depth: 0,
        is_empty: false,
    };
    let mut rest = body;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'"' => {
                let end = end_of_text(tail)?;
                writer.before_value();
                writer.out.push(b'"');
                writer.out.extend_from_slice(tail.get(..end)?);
                rest = tail.get(end..)?;
            }
            b'{' | b'[' => {
                writer.before_value();
                writer.open(*first)?;
            }
            b'}' | b']' => writer.close(*first)?,
            b',' => writer.comma(),
            b':' => writer.colon(),
            other => {
                writer.before_value();
                writer.out.push(*other);
            }
        }
    }
    (writer.depth == 0).then_some(writer.out)
}

struct Writer {
    out: Vec<u8>,
    spacing: Spacing,
    depth: usize,
    /// Whether a list or a map was just opened.
    is_empty: bool,
}

impl Writer {
    /// Deeper documents are none that a sender writes.
    const DEEPEST: usize = 128;

    fn before_value(&mut self) {
        if std::mem::take(&mut self.is_empty) {
            self.line();
        }
    }

    fn open(&mut self, bracket: u8) -> Option<()> {
        self.out.push(bracket);
        self.depth += 1;
        self.is_empty = true;
        (self.depth <= Self::DEEPEST).then_some(())
    }

    fn close(&mut self, bracket: u8) -> Option<()> {
        self.depth = self.depth.checked_sub(1)?;
        if !std::mem::take(&mut self.is_empty) {
            self.line();
        }
        self.out.push(bracket);
        Some(())
    }

    fn comma(&mut self) {
        self.out.push(b',');
        match self.spacing {
            Spacing::Compact => {}
            Spacing::Spaced => self.out.push(b' '),
            Spacing::Indented(_) => self.line(),
        }
    }

    fn colon(&mut self) {
        self.out.push(b':');
        if !matches!(self.spacing, Spacing::Compact) {
            self.out.push(b' ');
        }
    }

    fn line(&mut self) {
        if let Spacing::Indented(indent) = self.spacing {
            self.out.push(b'\n');
            for _ in 0..self.depth {
                self.out.extend_from_slice(indent.as_bytes());
            }
        }
    }
}

/// Where a text ends that began just before: behind its quote.
fn end_of_text(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match rest.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// How characters that need no escape are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Escapes {
    /// As they are: neither `\/` nor `\u00e9`.
    Fewest,
    /// All but ASCII as `\u00e9`, in lower case.
    Ascii,
    /// The same, and `\/`, as PHP writes it.
    AsciiAndSlash,
    /// `\/` only.
    Slash,
    /// What HTML could read: `<`, `>`, `&` as `\u003c`, as Go writes it.
    Html,
}

impl Escapes {
    pub(super) const ALL: &[Self] = &[
        Self::Fewest,
        Self::Ascii,
        Self::AsciiAndSlash,
        Self::Slash,
        Self::Html,
    ];
}

/// The same document with other escapes. Nothing for what is no text.
pub(super) fn escaped(body: &[u8], escapes: Escapes) -> Option<Vec<u8>> {
    let plain = unescaped(std::str::from_utf8(body).ok()?)?;
    let mut out = String::with_capacity(plain.len());
    for char in plain.chars() {
        let is_html = matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        match (escapes, char) {
            (Escapes::AsciiAndSlash | Escapes::Slash, '/') => out.push_str("\\/"),
            (Escapes::Html, char) if is_html => escape(&mut out, char),
            (Escapes::Ascii | Escapes::AsciiAndSlash, char) if !char.is_ascii() => {
                escape(&mut out, char);
            }
            _ => out.push(char),
        }
    }
    Some(out.into_bytes())
}

fn escape(out: &mut String, char: char) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

/// Without the escapes that nobody needs.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at..)?;
        let length = match rest.as_bytes() {
            [_, b'/', ..] => {
                out.push('/');
                2
            }
            [_, b'u', ..] => {
                let (char, length) = code_point(rest)?;
                match char {
                    Some(char) if char >= ' ' && char != '"' && char != '\\' => out.push(char),
                    _ => out.push_str(rest.get(..length)?),
                }
                length
            }
            [_, _, ..] => {
                out.push_str(rest.get(..2)?);
                2
            }
            _ => return None,
        };
        rest = rest.get(length..)?;
    }
    out.push_str(rest);
    Some(out)
}

/// The character of `\u00e9` or of a pair of them, and how long its escape is.
fn code_point(rest: &str) -> Option<(Option<char>, usize)> {
    let unit = |from: usize| {
        let escape = rest.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let first = unit(0)?;
    let pair = unit(6).map(|second| [first, second]);
    let decoded = pair.and_then(|pair| char::decode_utf16(pair).next()?.ok());
    match decoded {
        Some(char) if char.len_utf16() == 2 => Some((Some(char), 12)),
        _ => Some((char::from_u32(first.into()), 6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPACT: &str = r#"{"a":[1,2.50,{}],"b":"x, y: \"z\"","a":[],"c":null}"#;

    #[test]
    fn white_space_is_written_as_senders_and_layers_do() {
        let as_text =
            |spacing| String::from_utf8(spaced(COMPACT.as_bytes(), spacing).unwrap()).unwrap();
        assert_eq!(as_text(Spacing::Compact), COMPACT);
        assert_eq!(
            as_text(Spacing::Spaced),
            r#"{"a": [1, 2.50, {}], "b": "x, y: \"z\"", "a": [], "c": null}"#
        );
        let indented = as_text(Spacing::Indented("  "));
        assert_eq!(
            indented,
            "{\n  \"a\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"b\": \"x, y: \\\"z\\\"\",\n  \"a\": [],\n  \"c\": null\n}"
        );
        assert_eq!(
            spaced(indented.as_bytes(), Spacing::Compact).unwrap(),
            COMPACT.as_bytes()
        );
    }

    #[test]
    fn what_is_no_document_is_left_alone() {
        for body in ["{", "}", "\"", "[\"\\", "]["] {
            assert_eq!(spaced(body.as_bytes(), Spacing::Compact), None, "{body}");
        }
        for (depth, is_one) in [(128, true), (129, false)] {
            let body = ["[".repeat(depth), "]".repeat(depth)].concat();
            let spaced = spaced(body.as_bytes(), Spacing::Compact);
            assert_eq!(spaced.is_some(), is_one, "{depth}");
        }
        assert_eq!(escaped(b"\xff", Escapes::Fewest), None);
        assert_eq!(escaped(b"\"\\", Escapes::Fewest), None);
        assert_eq!(escaped(b"\"\\u12", Escapes::Fewest), None);
    }

    #[test]
    fn escapes_are_written_as_senders_and_layers_do() {
        let plain = "\"gr\u{fc}n <a/b> \u{1f600} \\\" \\n\"";
        let as_text =
            |text: &str, how| String::from_utf8(escaped(text.as_bytes(), how).unwrap()).unwrap();
        let php = as_text(plain, Escapes::AsciiAndSlash);
        assert_eq!(php, "\"gr\\u00fcn <a\\/b> \\ud83d\\ude00 \\\" \\n\"");
        assert_eq!(as_text(&php, Escapes::Fewest), plain);
        assert_eq!(
            as_text(plain, Escapes::Html),
            "\"gr\u{fc}n \\u003ca/b\\u003e \u{1f600} \\\" \\n\""
        );
        assert_eq!(
            as_text(r#""\u0022\u0001\ud83d""#, Escapes::Fewest),
            r#""\u0022\u0001\ud83d""#
        );
    }
}
