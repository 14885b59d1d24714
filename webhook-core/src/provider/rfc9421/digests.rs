//! The digests of a body that a signature covers (RFC 9530).

use super::fields::{Bare, Item, Member, dictionary};
use crate::crypto::Hash;
use crate::outcome::malformed;
use crate::{Rejection, RequestHead};

pub(super) const CONTENT_DIGEST: &str = "content-digest";

pub(super) type Digests = Vec<(Hash, Vec<u8>)>;

/// The digests of the body (RFC 9530) that a signature covers: of all members of the header, or of the one that is covered.
pub(super) fn digests(
    head: &RequestHead<'_>,
    components: &[Item],
) -> Result<Option<Digests>, Rejection> {
    let is_digest = |it: &&Item| it.value == Bare::Text(CONTENT_DIGEST.to_owned());
    let covered: Vec<&Item> = components.iter().filter(is_digest).collect();
    if covered.is_empty() {
        return Ok(None);
    }
    let is_covered = |name: &str| {
        covered.iter().any(|it| match it.params.get("key") {
            Some(Bare::Text(key)) => key == name,
            _ => it.params.0.is_empty(),
        })
    };
    const UNREADABLE: Rejection =
        malformed("the header is no dictionary of digests").of_header(CONTENT_DIGEST);
    // Exactly what was signed: lines that are equal count twice here, and are refused.
    let lines = head.header_lines(CONTENT_DIGEST)?.join(&b", "[..]);
    let members = std::str::from_utf8(&lines).ok().and_then(dictionary);
    let mut digests = Digests::new();
    for (name, member) in members.ok_or(UNREADABLE)? {
        let hash = match name.as_str() {
            "sha-256" => Hash::Sha256,
            "sha-512" => Hash::Sha512,
            // Of others nothing is known, or they are broken.
            _ => continue,
        };
        let Member::Item(Item {
            value: Bare::Bytes(bytes),
            ..
        }) = member
        else {
            return Err(UNREADABLE);
        };
        if is_covered(&name) {
            digests.push((hash, bytes));
        }
    }
    match digests.is_empty() {
        true => Err(
            malformed("the signature covers no digest by SHA-256 or SHA-512")
                .of_header(CONTENT_DIGEST),
        ),
        false => Ok(Some(digests)),
    }
}
