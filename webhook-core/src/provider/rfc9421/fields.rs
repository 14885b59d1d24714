//! Structured fields (RFC 8941), as much of them as signatures and digests are written in: dictionaries of byte sequences and of lists
//! of texts.
//!
//! By hand, because what is signed is the field as it is written again, and all else is refused.

use std::fmt::{self, Write as _};

use base64ct::{Base64, Encoding};

/// The members of a dictionary, in their order. None has the name of another.
pub(super) type Dictionary = Vec<(String, Member)>;

/// A member of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Item(Item),
    List(Vec<Item>, Params),
}

/// A value with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) value: Bare,
    pub(super) params: Params,
}

/// A value alone. Decimals and dates are not among them: nothing that is read here holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Text(String),
    Token(String),
    Integer(i64),
    Bytes(Vec<u8>),
    Flag(bool),
}

/// Names and values, in their order. None has the name of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(pub(super) Vec<(String, Bare)>);

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&Bare> {
        let mut named = self.0.iter().filter(|(own, _)| own == name);
        named.next().map(|(_, value)| value)
    }
}

/// Reads a field. `None` unless it is a dictionary in every byte. An empty one has no members.
pub(super) fn dictionary(text: &str) -> Option<Dictionary> {
    let mut reader = Reader(text.trim_matches(' '));
    let mut members = Dictionary::new();
    if reader.0.is_empty() {
        return Some(members);
    }
    loop {
        let name = reader.name()?;
        if members.iter().any(|(own, _)| *own == name) {
            return None;
        }
        members.push((name, reader.member()?));
        reader.0 = reader.0.trim_start_matches([' ', '\t']);
        if reader.0.is_empty() {
            return Some(members);
        }
        reader.take(',')?;
        reader.0 = reader.0.trim_start_matches([' ', '\t']);
    }
}

/// What is left to be read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, letter: char) -> Option<()> {
        self.0 = self.0.strip_prefix(letter)?;
        Some(())
    }

    /// As long as letters are of this kind.
    fn run(&mut self, is_one: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|letter| !is_one(letter));
        let (run, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        run
    }

    fn name(&mut self) -> Option<String> {
        let begins = |letter: char| letter.is_ascii_lowercase() || letter == '*';
        if !self.0.starts_with(begins) {
            return None;
        }
        let is_one = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-.*".contains(letter)
        };
        Some(self.run(is_one).to_owned())
    }

    fn member(&mut self) -> Option<Member> {
        if self.take('=').is_none() {
            let value = Bare::Flag(true);
            let params = self.params()?;
            return Some(Member::Item(Item { value, params }));
        }
        if self.take('(').is_none() {
            return self.item().map(Member::Item);
        }
        let mut items = Vec::new();
        loop {
            let spaces = self.run(|letter| letter == ' ');
            if self.take(')').is_some() {
                return Some(Member::List(items, self.params()?));
            }
            if !items.is_empty() && spaces.is_empty() {
                return None;
            }
            items.push(self.item()?);
        }
    }

    fn item(&mut self) -> Option<Item> {
        Some(Item {
            value: self.bare()?,
            params: self.params()?,
        })
    }

    fn params(&mut self) -> Option<Params> {
        let mut params = Params::default();
        while self.take(';').is_some() {
            self.run(|letter| letter == ' ');
            let name = self.name()?;
            if params.get(&name).is_some() {
                return None;
            }
            let value = match self.take('=') {
                Some(()) => self.bare()?,
                None => Bare::Flag(true),
            };
            params.0.push((name, value));
        }
        Some(params)
    }

    fn bare(&mut self) -> Option<Bare> {
        match self.0.chars().next()? {
            '"' => self.text(),
            ':' => {
                self.take(':')?;
                let base64 = self.run(|letter| letter != ':');
                self.take(':')?;
                Base64::decode_vec(base64).ok().map(Bare::Bytes)
            }
            '?' => {
                self.take('?')?;
                match self.run(|letter| letter.is_ascii_digit()) {
                    "1" => Some(Bare::Flag(true)),
                    "0" => Some(Bare::Flag(false)),
                    _ => None,
                }
            }
            '-' | '0'..='9' => {
                let text =
                    self.run(|letter| letter == '-' || letter == '.' || letter.is_ascii_digit());
                let digits = text.strip_prefix('-').unwrap_or(text);
                let is_number = digits.len() <= 15 && digits.bytes().all(|it| it.is_ascii_digit());
                is_number.then(|| text.parse().ok().map(Bare::Integer))?
            }
            letter if letter.is_ascii_alphabetic() || letter == '*' => {
                let is_one = |letter: char| {
                    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(letter)
                };
                Some(Bare::Token(self.run(is_one).to_owned()))
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<Bare> {
        self.take('"')?;
        let mut text = String::new();
        let mut letters = self.0.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(Bare::Text(text));
                }
                '\\' => {
                    let (_, escaped) = letters.next()?;
                    text.push(Some(escaped).filter(|it| "\"\\".contains(*it))?);
                }
                ' '..='~' => text.push(letter),
                _ => return None,
            }
        }
        None
    }
}

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                f.write_char('"')?;
                for letter in text.chars() {
                    if "\"\\".contains(letter) {
                        f.write_char('\\')?;
                    }
                    f.write_char(letter)?;
                }
                f.write_char('"')
            }
            Self::Token(token) => f.write_str(token),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => write!(f, ":{}:", Base64::encode_string(bytes)),
            Self::Flag(flag) => write!(f, "?{}", u8::from(*flag)),
        }
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            match value {
                Bare::Flag(true) => write!(f, ";{name}")?,
                value => write!(f, ";{name}={value}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.params)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(item) => item.fmt(f),
            Self::List(items, params) => {
                let items: Vec<String> = items.iter().map(Item::to_string).collect();
                write!(f, "({}){params}", items.join(" "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_is_written_again_in_one_way() {
        for (text, again) in [
            ("", vec![]),
            ("a=1", vec![("a", "1")]),
            ("  a=1 ,\t b ", vec![("a", "1"), ("b", "?1")]),
            (
                r#"a=(  "x"  "y";k="v" );p"#,
                vec![("a", r#"("x" "y";k="v");p"#)],
            ),
            ("a=();b=?1; c=?0;d=-007", vec![("a", "();b;c=?0;d=-7")]),
            (r#"a="\"\\""#, vec![("a", r#""\"\\""#)]),
            ("a=:YWI=:", vec![("a", ":YWI=:")]),
            ("a=::", vec![("a", "::")]),
            ("a=*tok/en:1", vec![("a", "*tok/en:1")]),
            ("*a_-.1=1", vec![("*a_-.1", "1")]),
        ] {
            let read = dictionary(text).unwrap();
            let written: Vec<_> = read
                .iter()
                .map(|(name, it)| (name.clone(), it.to_string()))
                .collect();
            let again: Vec<_> = again
                .into_iter()
                .map(|(name, it)| (name.to_owned(), it.to_owned()))
                .collect();
            assert_eq!(written, again, "{text}");
        }
    }

    #[test]
    fn what_is_no_dictionary_is_refused_whole() {
        for text in [
            ",",
            "a=1,",
            "a=1,,b=2",
            "a=1 b=2",
            "A=1",
            "1=1",
            "=1",
            "a=",
            "a=(",
            "a=(1",
            "a=(1 2",
            "a=(\"x\"\"y\")",
            "a=\"x",
            "a=\"\\n\"",
            "a=\"\u{e9}\"",
            "a=\"\t\"",
            "a=:YQ:",
            "a=:YR==:",
            "a=:YQ==",
            "a=:Y Q:",
            "a=?2",
            "a=?",
            "a=1.5",
            "a=-",
            "a=--1",
            "a=1234567890123456",
            "a=@1",
            "a=1;",
            "a=1;P",
            "a=1;p=1;p=2",
            "a=1,a=1",
            "a=1;p=(1)",
            "a=\u{e9}",
            "\ta=1",
            "a==1",
        ] {
            assert_eq!(dictionary(text), None, "{text}");
        }
    }
}
