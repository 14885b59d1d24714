//! What is signed in a request, part by part: for tools that show it.

use bytes::Bytes;

use crate::outcome::Rejection;
use crate::request::{RequestHead, field_in_body};
use crate::scheme::account::Account;
use crate::scheme::check::SchemeCheck;
use crate::scheme::entries::Entries;
use crate::scheme::part::Part;

impl SchemeCheck {
    /// The parts with their names, in order; what cannot be read is left out.
    pub(crate) fn parts(&self, head: &RequestHead<'_>, body: &Bytes) -> Vec<(String, Vec<u8>)> {
        let account = &*self.account.0;
        let time = account.time(head).ok().flatten();
        let content = account.scheme.content.iter().enumerate();
        let parts = content.filter_map(|(index, part)| {
            let in_head = account.part_in_head(index, *part, head, time.as_deref());
            let bytes = match (in_head, part) {
                // Nothing shows it.
                (_, Part::Secret) => return None,
                (Ok(None), Part::BodyDigest(hash, encoding)) => {
                    encoding.encode(&hash.of(body)).into_bytes()
                }
                (Ok(Some(bytes)), _) => bytes.into_owned(),
                (Ok(None), Part::Body) => body.to_vec(),
                (Ok(None), Part::FirstOf(fields)) => {
                    let mut values = fields.iter().map(|field| field_in_body(body, *field));
                    let value = values.find_map(|value| value.ok().flatten())?;
                    value.into_owned().into_bytes()
                }
                _ => return None,
            };
            Some((part.in_words(), bytes))
        });
        parts.collect()
    }
}

impl Account {
    /// The time as it is written in the head.
    fn time(&self, head: &RequestHead<'_>) -> Result<Option<Vec<u8>>, Rejection> {
        let values = self.signatures_in_head(head)?;
        let mut entries = Entries::default();
        for value in &values {
            entries.read(&self.scheme, value)?;
        }
        let time = self.time_in_head(head, &entries, false)?;
        Ok(time.map(std::borrow::Cow::into_owned))
    }
}
