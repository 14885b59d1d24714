//! Splits a command as a POSIX shell does, with what browsers add to it.
//!
//! Nothing is run. Two things that a shell would run are read, since our own exports write them: `printf '%b' '…'` before a pipe, and in
//! `$(…)`.

use crate::parse::input::ParseError;

/// The first command: its words, and what is piped into it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The words, without their quotes.
    pub words: Vec<Vec<u8>>,
    /// What `printf` writes before the pipe.
    pub stdin: Option<Vec<u8>>,
    /// Whether there is a `$NAME`, which is not replaced.
    pub has_variables: bool,
    /// Whether another command follows, which is not read.
    pub has_more: bool,
}

/// Splits the input.
///
/// # Errors
/// If a quote is open at the end, or the shell would run something.
pub fn split(input: &[u8]) -> Result<Command, ParseError> {
    let mut lexer = Lexer {
        rest: input,
        has_variables: false,
    };
    let (mut words, mut end) = lexer.words(Within::Command)?;
    let mut stdin = None;
    if end == End::Pipe && words.first().is_some_and(|word| word == b"printf") {
        stdin = Some(printed(&words)?);
        (words, end) = lexer.words(Within::Command)?;
    }
    Ok(Command {
        words,
        stdin,
        has_variables: lexer.has_variables,
        has_more: end == End::Pipe || !lexer.rest.trim_ascii().is_empty(),
    })
}

struct Lexer<'a> {
    rest: &'a [u8],
    has_variables: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Command,
    Substitution,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Pipe,
    Other,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, start: &[u8]) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_line_break(&mut self) -> bool {
        self.take(b"\n") || self.take(b"\r\n")
    }

    fn words(&mut self, within: Within) -> Result<(Vec<Vec<u8>>, End), ParseError> {
        let mut words = Vec::new();
        // `None` between words: an empty word in quotes is one.
        let mut word: Option<Vec<u8>> = None;
        let mut end = End::Other;
        while let Some(byte) = self.next() {
            match byte {
                // Shells of three kinds: POSIX, cmd, PowerShell.
                b'\\' | b'^' | b'`' if self.take_line_break() => {}
                b'\\' => word.get_or_insert_default().extend(self.next()),
                b' ' | b'\t' | b'\r' => words.extend(word.take()),
                b'\n' | b';' | b'&' if within == Within::Command => break,
                b'\n' => words.extend(word.take()),
                b'|' if within == Within::Command => {
                    end = End::Pipe;
                    break;
                }
                b')' if within == Within::Substitution => {
                    words.extend(word.take());
                    return Ok((words, End::Other));
                }
                b'#' if word.is_none() => self.skip_line(),
                b'\'' => self.single_quoted(word.get_or_insert_default())?,
                b'"' => self.double_quoted(word.get_or_insert_default(), within)?,
                b'$' => self.dollar(word.get_or_insert_default(), within)?,
                _ => word.get_or_insert_default().push(byte),
            }
        }
        words.extend(word);
        match within {
            Within::Command => Ok((words, end)),
            Within::Substitution => Err(open("$(")),
        }
    }

    fn skip_line(&mut self) {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let end = end.unwrap_or(self.rest.len());
        self.rest = self.rest.get(end..).unwrap_or_default();
    }

    fn single_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), ParseError> {
        let end = self.rest.iter().position(|byte| *byte == b'\'');
        let (quoted, rest) = self.rest.split_at(end.ok_or_else(|| open("'"))?);
        word.extend_from_slice(quoted);
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(())
    }

    fn double_quoted(&mut self, word: &mut Vec<u8>, within: Within) -> Result<(), ParseError> {
        loop {
            match self.next().ok_or_else(|| open("\""))? {
                b'"' => return Ok(()),
                b'\\' if self.take_line_break() => {}
                b'\\' => match self.rest.first() {
                    Some(b'"' | b'\\' | b'$' | b'`') => word.extend(self.next()),
                    _ => word.push(b'\\'),
                },
                b'$' if matches!(self.rest.first(), Some(b'\'' | b'"')) => word.push(b'$'),
                b'$' => self.dollar(word, within)?,
                byte => word.push(byte),
            }
        }
    }

    /// What follows a dollar that is not in single quotes.
    fn dollar(&mut self, word: &mut Vec<u8>, within: Within) -> Result<(), ParseError> {
        if self.take(b"'") {
            return self.ansi_quoted(word);
        }
        if self.take(b"\"") {
            return self.double_quoted(word, within);
        }
        if self.take(b"(") {
            if within == Within::Substitution {
                return Err(ParseError::new("a `$(…)` in another is not read"));
            }
            let (words, _) = self.words(Within::Substitution)?;
            let printed = printed(&words)?;
            // As a shell does.
            let end = printed.iter().rposition(|byte| *byte != b'\n');
            word.extend(printed.iter().take(end.map_or(0, |end| end + 1)));
            return Ok(());
        }
        let next = self.rest.first().copied().unwrap_or_default();
        self.has_variables |= next.is_ascii_alphabetic() || next == b'_' || next == b'{';
        word.push(b'$');
        Ok(())
    }

    /// `$'…'`, as bash and zsh read it.
    fn ansi_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), ParseError> {
        loop {
            match self.next().ok_or_else(|| open("$'"))? {
                b'\'' => return Ok(()),
                b'\\' => {
                    let (bytes, rest) =
                        escape(self.rest, Dialect::Quotes).ok_or_else(|| open("$'"))?;
                    word.extend(bytes);
                    self.rest = rest;
                }
                byte => word.push(byte),
            }
        }
    }
}

fn open(quote: &str) -> ParseError {
    ParseError::new(format!(
        "the command is cut: what begins with {quote} does not end. Copy all of it"
    ))
}

/// What `printf '%b' TEXT` or `printf '%s' TEXT` writes.
fn printed(words: &[Vec<u8>]) -> Result<Vec<u8>, ParseError> {
    match words {
        [printf, format, text] if printf == b"printf" && format == b"%s" => Ok(text.clone()),
        [printf, format, text] if printf == b"printf" && format == b"%b" => Ok(unescaped(text)),
        _ => Err(ParseError::new(
            "nothing is run, so the output of a command cannot be read: only `printf '%b' TEXT` and `printf '%s' TEXT` are",
        )),
    }
}

fn unescaped(mut rest: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (*first == b'\\')
            .then(|| escape(rest, Dialect::Printf))
            .flatten()
        {
            Some((bytes, after)) => {
                written.extend(bytes);
                rest = after;
            }
            None => written.push(*first),
        }
    }
    written
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `$'…'`
    Quotes,
    /// The text of `printf '%b'`: an octal number may begin with a zero more.
    Printf,
}

/// The bytes of an escape, behind its backslash, and what follows it.
fn escape(rest: &[u8], dialect: Dialect) -> Option<(Vec<u8>, &[u8])> {
    let (letter, after) = rest.split_first()?;
    let byte = |byte: u8| Some((vec![byte], after));
    match *letter {
        b'a' => byte(0x07),
        b'b' => byte(0x08),
        b'e' | b'E' => byte(0x1b),
        b'f' => byte(0x0c),
        b'n' => byte(b'\n'),
        b'r' => byte(b'\r'),
        b't' => byte(b'\t'),
        b'v' => byte(0x0b),
        b'\\' | b'\'' | b'"' | b'?' => byte(*letter),
        b'0' if dialect == Dialect::Printf => {
            let (value, after) = number(after, 8, 3);
            Some((vec![low_byte(value.unwrap_or_default())], after))
        }
        b'0'..=b'7' => {
            let (value, after) = number(rest, 8, 3);
            Some((vec![low_byte(value?)], after))
        }
        b'x' => match number(after, 16, 2) {
            (Some(value), after) => Some((vec![low_byte(value)], after)),
            (None, after) => Some((b"\\x".to_vec(), after)),
        },
        b'u' | b'U' => {
            let digits = if *letter == b'u' { 4 } else { 8 };
            let (value, after) = number(after, 16, digits);
            let letter = value.and_then(char::from_u32).unwrap_or('\u{fffd}');
            Some((letter.to_string().into_bytes(), after))
        }
        b'c' if dialect == Dialect::Quotes => {
            let (control, after) = after.split_first()?;
            Some((vec![control & 0x1f], after))
        }
        other => Some((vec![b'\\', other], after)),
    }
}

fn low_byte(value: u32) -> u8 {
    value.to_le_bytes().into_iter().next().unwrap_or_default()
}

/// As many digits as there are, up to a limit.
fn number(rest: &[u8], radix: u32, most: usize) -> (Option<u32>, &[u8]) {
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let len = rest.iter().take(most).take_while(is_digit).count();
    let (digits, after) = rest.split_at(len);
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    (u32::from_str_radix(digits, radix).ok(), after)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn words(input: &str) -> Vec<String> {
        let command = split(input.as_bytes()).unwrap();
        let words = command.words.into_iter();
        words.map(|word| String::from_utf8(word).unwrap()).collect()
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        let cases: [(&str, &[&str]); 12] = [
            ("curl  a\tb", &["curl", "a", "b"]),
            (r#"a '' "" b"#, &["a", "", "", "b"]),
            (r"'a b'\''c'", &["a b'c"]),
            (r#""a\"b\\c\d\$e""#, &[r#"a"b\c\d$e"#]),
            ("a \\\n b ^\r\n c `\n d", &["a", "b", "c", "d"]),
            ("a # no\n b", &["a"]),
            (
                r"$'a\'b\n\x41\u00e4\101\\'",
                &["a'b\nAä A\\".replace(' ', "").leak()],
            ),
            (r#"$"a""#, &["a"]),
            ("'ä\n'x", &["ä\nx"]),
            (r"a\ b", &["a b"]),
            (r#""$(printf '%b' 'x\0101\n\n')y""#, &["xAy"]),
            ("a#b", &["a#b"]),
        ];
        for (input, wanted) in cases {
            assert_eq!(words(input), wanted, "{input}");
        }
    }

    #[test]
    fn what_printf_pipes_is_read() {
        let command = split(br"printf '%b' 'a\0377\0000\n\\' | curl x").unwrap();
        assert_eq!(command.words, [b"curl".to_vec(), b"x".to_vec()]);
        assert_eq!(command.stdin.unwrap(), b"a\xff\x00\n\\");
    }

    #[test]
    fn what_is_not_read_is_told() {
        assert!(split(b"curl $HOST/x").unwrap().has_variables);
        assert!(split(b"curl x | jq .").unwrap().has_more);
        assert!(split(b"curl x\ncurl y").unwrap().has_more);
        assert!(!split(b"curl 'a|b$c'\n").unwrap().has_more);
    }

    #[test]
    fn open_quotes_and_what_would_be_run_are_refused() {
        for input in [
            "'a",
            "\"a",
            "$'a",
            "$'a\\",
            "$(printf",
            "$(id)",
            "$(printf '%b' $(id))",
            "\"$(id)\"",
            "printf x | curl y",
        ] {
            assert!(split(input.as_bytes()).is_err(), "{input}");
        }
    }
}
