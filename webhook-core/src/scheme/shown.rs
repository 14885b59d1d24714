//! Where a sender that shows a word shows it.

use crate::account::Key;
use crate::request::Field;
use crate::scheme::account::{Account, SchemeVerifier};
use crate::scheme::model::Source;

/// A place of the word.
pub(crate) enum ShownAt {
    Header(String),
    Parameter(String),
    Body,
}

impl SchemeVerifier {
    /// The places, as they are where the scheme's algorithm is a token.
    pub(crate) fn shown_at(&self) -> impl Iterator<Item = ShownAt> {
        let Account {
            scheme,
            header_name,
            ..
        } = &*self.0;
        let header = |name: &str| ShownAt::Header(name.to_owned());
        let places: Vec<ShownAt> = match scheme.signature.source {
            Source::Header(name) => vec![header(name)],
            Source::Configured => header_name.iter().map(|name| header(name)).collect(),
            Source::Numbered(stem) => (1..=scheme.algorithm.max_candidates())
                .map(|number| ShownAt::Header(format!("{stem}{number}")))
                .collect(),
            Source::FirstOf(fields) => fields.iter().map(of_field).collect(),
            Source::Parameter(_) => {
                let names = self.0.parameter().into_iter();
                names
                    .map(|name| ShownAt::Parameter(name.to_owned()))
                    .collect()
            }
        };
        places.into_iter()
    }

    /// Whether it is one that refuses everything.
    pub(crate) fn is_decoy(&self) -> bool {
        self.0.is_decoy
    }

    /// The words, in the order of the keys.
    pub(crate) fn words(&self) -> Vec<Key> {
        self.0.keys.iter().map(|key| key.key.clone()).collect()
    }
}

fn of_field(field: &Field) -> ShownAt {
    match field {
        Field::Header(name) => ShownAt::Header((*name).to_owned()),
        Field::Query(name) => ShownAt::Parameter((*name).to_owned()),
        Field::Json(_) | Field::Form(_) => ShownAt::Body,
    }
}
