//! Undoes the quoting of `cmd.exe`, in which browsers copy a command for Windows.

use crate::parse::input::ParseError;

/// Whether the first quote is written as `^"`.
#[must_use]
pub fn is_quoted(input: &[u8]) -> bool {
    let first = input.iter().position(|byte| matches!(byte, b'"' | b'\''));
    let before = first.and_then(|at| input.get(..at));
    before.is_some_and(|before| before.ends_with(b"^"))
}

/// The words of a command.
///
/// # Errors
/// If a quote is open at the end.
pub fn split(input: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
    words(&without_carets(input))
}

/// A caret keeps the next character as it is. Before a line break it joins the lines, and an empty line then is a line break.
fn without_carets(input: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(input.len());
    let mut rest = input;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'^' {
            // An escaped line break is marked by its NUL, which no command has.
            written.push(if *first == b'\n' { 0 } else { *first });
            continue;
        }
        match after_line_break(rest) {
            None => {
                written.extend(rest.first());
                rest = rest.get(1..).unwrap_or_default();
            }
            Some(after) => match after_line_break(after) {
                None => rest = after,
                Some(after) => {
                    written.push(b'\n');
                    rest = after;
                }
            },
        }
    }
    written
}

fn after_line_break(rest: &[u8]) -> Option<&[u8]> {
    let after = rest.strip_prefix(b"\n");
    after.or_else(|| rest.strip_prefix(b"\r\n"))
}

/// As programs for Windows split their command line: `\"` is a quote, and other backslashes stand for themselves.
fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut is_quoted = false;
    let mut backslashes = 0;
    // The first line break that is not escaped ends the command.
    for byte in line.split(|byte| *byte == 0).next().unwrap_or_default() {
        if *byte == b'\\' {
            backslashes += 1;
            continue;
        }
        if *byte == b'"' {
            let word = word.get_or_insert_default();
            word.extend(std::iter::repeat_n(b'\\', backslashes / 2));
            match backslashes % 2 {
                0 => is_quoted = !is_quoted,
                _ => word.push(b'"'),
            }
        } else {
            if backslashes > 0 {
                let word = word.get_or_insert_default();
                word.extend(std::iter::repeat_n(b'\\', backslashes));
            }
            match !is_quoted && byte.is_ascii_whitespace() {
                true => words.extend(word.take()),
                false => word.get_or_insert_default().push(*byte),
            }
        }
        backslashes = 0;
    }
    if is_quoted {
        return Err(ParseError::new(
            "the command is cut: a quote does not end. Copy all of it",
        ));
    }
    if backslashes > 0 {
        let word = word.get_or_insert_default();
        word.extend(std::iter::repeat_n(b'\\', backslashes));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_quoting_of_windows_is_undone() {
        let input = "curl ^\"https://shop.example/a?b=1^&c=2^\" ^\r\n  -H ^\"x: y^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"C:^\\^\\^\\^\\x^\\^\"^}^\n\nz^\"\r\n";
        assert!(is_quoted(input.as_bytes()));
        let words = split(input.as_bytes()).unwrap();
        let words: Vec<String> = words
            .into_iter()
            .map(|word| String::from_utf8(word).unwrap())
            .collect();
        assert_eq!(
            words,
            [
                "curl",
                "https://shop.example/a?b=1&c=2",
                "-H",
                "x: y",
                "--data-raw",
                "{\"a\":\"C:\\\\\\\\x\"}\nz"
            ]
        );
    }

    #[test]
    fn the_quoting_of_other_shells_is_not_taken_for_it() {
        assert!(!is_quoted(br#"curl 'a^"b'"#));
        assert!(!is_quoted(br#"curl "a^"b"#));
        assert!(!is_quoted(b"curl a^b"));
    }

    #[test]
    fn an_open_quote_is_refused() {
        assert!(split(b"curl ^\"x").is_err());
    }
}
