//! What is printed: data on stdout, talk on stderr, colour only where it is read by a person.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::text;

/// How a command ended badly. The exit code is 1, 2 or 3.
#[derive(Debug)]
pub enum Failure {
    /// 1: a request was refused, a handler answered with something other than 2xx, a vector failed. What to say was said already.
    Refused,
    /// 2: the command was used in a wrong way, or the configuration is wrong. Says what to do.
    Usage(String),
    /// 3: the network did not do what was wanted. Says which address.
    Network(String),
}

impl Failure {
    /// A wrong use: says what to do.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused => 1,
            Self::Usage(_) => 2,
            Self::Network(_) => 3,
        })
    }
}

impl From<webhook_core::ConfigError> for Failure {
    fn from(error: webhook_core::ConfigError) -> Self {
        // It may name what stands in a file.
        Self::Usage(text::block(&error.to_string()))
    }
}

/// What became of a command.
pub type Outcome = Result<(), Failure>;

/// Where a command prints.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// One JSON object per line instead of text.
    pub json: bool,
    colour: bool,
}

/// The colour of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// As it should be.
    Good,
    /// As it should not be.
    Bad,
    /// Less important.
    Faint,
}

impl Terminal {
    /// Colour where stdout is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn new(json: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            colour: !json && !no_colour && std::io::stdout().is_terminal(),
        }
    }

    /// A line of text, if text is wanted. It is yours to make harmless what comes from a request: see [`text::line`].
    pub fn line(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// An object, if JSON is wanted: with the version of the format, and what it is about.
    pub fn object(&self, kind: &str, mut members: Map<String, Value>) {
        if self.json {
            members.insert("v".to_owned(), 1.into());
            members.insert("type".to_owned(), kind.into());
            print(&text::json(&Value::Object(members).to_string()));
        }
    }

    /// Data that is neither: an export, a man page.
    pub fn data(&self, data: &[u8]) {
        let mut out = std::io::stdout().lock();
        // Who closes the pipe wants no more.
        drop(out.write_all(data).and_then(|()| out.flush()));
    }

    /// What a person may want to know, on stderr.
    pub fn say(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        drop(writeln!(err, "{text}"));
    }

    /// A word in a colour.
    #[must_use]
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Good => 32,
            Colour::Bad => 31,
            Colour::Faint => 2,
        };
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}"));
}
