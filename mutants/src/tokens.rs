//! SQL and Lua as words: enough to change one of them, and to write the text again.

/// A word, a number, a text in quotes or a sign, and whether something blank stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As it is written.
    pub text: String,
    /// Where it begins in the text.
    pub at: usize,
    spaced: bool,
}

/// Signs of more than one character; longer ones first.
const SIGNS: &[&str] = &[
    "->>", "->", "<=", ">=", "<>", "==", "~=", "..", "::", "||", "!=",
];

impl Token {
    /// One that stands at the same place.
    #[must_use]
    pub fn with(&self, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..self.clone()
        }
    }

    /// Whether it is this word, in capitals as SQL is written here, or this sign.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.text.parse().ok()
    }

    /// What stands between its quotes, if it is a text.
    #[must_use]
    pub fn quoted(&self) -> Option<&str> {
        self.text.strip_prefix('\'')?.strip_suffix('\'')
    }

    fn is_sign(&self) -> bool {
        self.text.chars().all(|c| c.is_ascii_punctuation()) && self.text.len() < 4
    }
}

/// Reads a text. What stands behind `--` on a line is left out: it says nothing to a server.
#[must_use]
pub fn read(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut spaced = false;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            spaced = true;
            first.len_utf8()
        } else if rest.starts_with("--") {
            spaced = true;
            rest.find('\n').unwrap_or(rest.len())
        } else {
            let length = token_length(rest, first);
            tokens.push(Token {
                text: rest.chars().take_bytes(length),
                at: text.len() - rest.len(),
                spaced,
            });
            spaced = false;
            length
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn token_length(rest: &str, first: char) -> usize {
    let while_true = |is: &dyn Fn(char) -> bool| {
        let skipped = first.len_utf8();
        let after = rest.get(skipped..).unwrap_or_default();
        skipped + after.find(|c| !is(c)).unwrap_or(after.len())
    };
    match first {
        '\'' | '"' | '`' => {
            let inner = while_true(&|c| c != first);
            (inner + 1).min(rest.len())
        }
        // A parameter: `$1`, `?1`, `?`.
        '$' | '?' => while_true(&|c| c.is_ascii_digit()),
        c if c.is_ascii_digit() => while_true(&|c| c.is_ascii_digit() || c == '.'),
        c if c.is_alphanumeric() || c == '_' || c == '@' => {
            while_true(&|c| c.is_alphanumeric() || c == '_' || c == '@')
        }
        _ => SIGNS
            .iter()
            .find(|sign| rest.starts_with(**sign))
            .map_or(first.len_utf8(), |sign| sign.len()),
    }
}

trait TakeBytes {
    fn take_bytes(self, length: usize) -> String;
}

impl TakeBytes for std::str::Chars<'_> {
    fn take_bytes(self, length: usize) -> String {
        self.as_str().get(..length).unwrap_or_default().to_owned()
    }
}

/// The text of these tokens, with one space where there was something blank, or as short as it can be if it must be.
#[must_use]
pub fn write(tokens: &[Token], longest: usize) -> String {
    let spaced = join(tokens, |before, token| token.spaced && !before.is("("));
    if spaced.len() <= longest {
        return spaced;
    }
    join(tokens, must_be_apart)
}

fn join(tokens: &[Token], are_apart: impl Fn(&Token, &Token) -> bool) -> String {
    let mut text = String::new();
    let mut before: Option<&Token> = None;
    for token in tokens {
        if before.is_some_and(|before| are_apart(before, token)) {
            text.push(' ');
        }
        text.push_str(&token.text);
        before = Some(token);
    }
    text
}

fn must_be_apart(before: &Token, token: &Token) -> bool {
    const ALONE: &[&str] = &["(", ")", ",", ";", "{", "}", "[", "]"];
    let is_alone = |token: &Token| ALONE.contains(&token.text.as_str());
    if is_alone(before) || is_alone(token) {
        return false;
    }
    // Two signs could be read as one.
    token.spaced && before.is_sign() == token.is_sign() || !before.is_sign() && !token.is_sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        read(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_numbers_texts_and_signs_are_told_apart() {
        let cases: &[(&str, &[&str])] = &[
            ("a <= $1", &["a", "<=", "$1"]),
            ("x ->> 0 <> 'a b'", &["x", "->>", "0", "<>", "'a b'"]),
            ("LIMIT ? -- not said\n;", &["LIMIT", "?", ";"]),
            (
                "now + 1.5 ~= ARGV[4]",
                &["now", "+", "1.5", "~=", "ARGV", "[", "4", "]"],
            ),
            ("`key`::text", &["`key`", "::", "text"]),
        ];
        for (text, expected) in cases {
            assert_eq!(texts(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_written_shorter_only_if_it_must_be() {
        let tokens = read("SELECT a\n    FROM t WHERE a <> - 1 AND (b)");
        assert_eq!(write(&tokens, 99), "SELECT a FROM t WHERE a <> - 1 AND (b)");
        assert_eq!(write(&tokens, 1), "SELECT a FROM t WHERE a<> -1 AND(b)");
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        let text =
            "UPDATE t SET a = a + ?2, b = 'x y' WHERE c ->> 0 >= 1 OR NOT d -- why\nRETURNING a";
        let expected = texts(text);
        assert_eq!(texts(&write(&read(text), usize::MAX)), expected);
        assert_eq!(texts(&write(&read(text), 0)), expected);
    }
}
