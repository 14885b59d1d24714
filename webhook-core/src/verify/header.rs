//! What a header says, read as the scheme engine reads it.

use crate::outcome::{Rejection, RejectionKind};
use crate::outcome::{malformed, missing};
use crate::request::RequestHead;

/// Refuses every method but the one that deliveries come by.
pub(crate) fn require_post(head: &RequestHead<'_>) -> Result<(), Rejection> {
    match head.method() {
        "POST" => Ok(()),
        _ => Err(Rejection::new(
            RejectionKind::MethodNotAllowed,
            "method not allowed: webhooks are delivered by POST",
        )),
    }
}

/// The value of the header with the signature; a blank one counts as absent.
pub(crate) fn signature_header<'a>(
    head: &RequestHead<'a>,
    name: &'static str,
) -> Result<&'a [u8], Rejection> {
    let value = head.header(name)?.map(<[u8]>::trim_ascii);
    let value = value.filter(|value| !value.is_empty());
    value.ok_or(missing("the request has no signature").of_header(name))
}

/// The values of these names in a list such as `t=1,v1=ab`. Entries are split at their first `=`, and spaces around
/// name and value do not count. Other names are passed over; one name with two values is refused.
pub(crate) fn pairs<'a, const N: usize>(
    list: &'a [u8],
    at: u8,
    names: [&str; N],
) -> Result<[Option<&'a [u8]>; N], Rejection> {
    let mut values: [Option<&[u8]>; N] = [None; N];
    for entry in list.split(|byte| *byte == at) {
        let Some(equals) = entry.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = entry.split_at(equals);
        let name = name.trim_ascii();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        for (known, found) in names.iter().zip(&mut values) {
            if name == known.as_bytes() {
                if found.is_some_and(|before| before != value) {
                    return Err(malformed("the signature header holds one name twice"));
                }
                *found = Some(value);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_at_the_first_equals_sign() {
        let [t, sig, none] = pairs(b" t = 1 ;x;sig=a==;t=1", b';', ["t", "sig", "none"]).unwrap();
        assert_eq!(t, Some(&b"1"[..]));
        assert_eq!(sig, Some(&b"a=="[..]));
        assert_eq!(none, None);
    }

    #[test]
    fn one_name_with_two_values_is_refused() {
        assert!(pairs(b"t=1,t=2", b',', ["t"]).is_err());
    }
}
