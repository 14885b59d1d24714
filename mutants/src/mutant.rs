//! One change.

use std::fmt;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An alternative of a pattern is gone.
    Pattern,
    /// An entry of a table is gone.
    Entry,
    /// The values of two entries beside each other are exchanged.
    Swap,
    /// A number of a constant.
    Number,
    /// A text of a constant.
    Word,
    /// A statement.
    Sql,
    /// A script.
    Lua,
}

impl Kind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Pattern,
        Self::Entry,
        Self::Swap,
        Self::Number,
        Self::Word,
        Self::Sql,
        Self::Lua,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::Entry => "entry",
            Self::Swap => "swap",
            Self::Number => "number",
            Self::Word => "word",
            Self::Sql => "sql",
            Self::Lua => "lua",
        }
    }
}

/// Where it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// These bytes of the file become this text, from the last to the first.
    Source(Vec<Edit>),
    /// This text of the program that is built becomes this one, which is no longer.
    Program {
        /// What stands there.
        old: String,
        /// What stands there then.
        new: String,
    },
}

/// A part of a file that becomes another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The first byte.
    pub from: usize,
    /// The byte behind it.
    pub to: usize,
    /// What is there then.
    pub text: String,
}

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// From the root of the workspace.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is changed.
    pub kind: Kind,
    /// In words, without the line.
    pub what: String,
    /// How it is done.
    pub place: Place,
}

impl Mutant {
    /// The file with the change, if it is one of its source.
    #[must_use]
    pub fn applied(&self, source: &str) -> Option<String> {
        let Place::Source(edits) = &self.place else {
            return None;
        };
        let mut edits = edits.clone();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.from));
        let mut text = source.to_owned();
        for edit in edits {
            text.get(edit.from..edit.to)?;
            text.replace_range(edit.from..edit.to, &edit.text);
        }
        Some(text)
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            kind,
            what,
            ..
        } = self;
        write!(f, "{file}:{line}: {}: {what}", kind.name())
    }
}
