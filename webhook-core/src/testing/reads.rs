//! What receivers take for the same: a signature as it is compared. Two texts with one reading are one signature.

/// Every byte counts.
pub(crate) fn exactly(value: &[u8]) -> Vec<u8> {
    value.to_vec()
}

/// As the value of a field of a form.
#[cfg(feature = "asymmetric")]
pub(crate) fn form_value(value: &[u8]) -> Vec<u8> {
    match value.contains(&b'&') {
        true => value.to_vec(),
        false => crate::verify::decode_form(value).into_owned(),
    }
}

/// The hexadecimal digits at the end are read in either case.
pub(crate) fn hex_at_end(value: &[u8]) -> Vec<u8> {
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
    let rest = value.iter().rposition(|byte| !is_digit(byte));
    lower_from(value, rest.map_or(0, |at| at + 1))
}

/// Hexadecimal digits in either case, with or without a prefix.
pub(crate) fn mollie(value: &[u8]) -> Vec<u8> {
    hex_at_end(value.strip_prefix(b"sha256=").unwrap_or(value))
}

/// Case counts in the id of the key alone.
pub(crate) fn worldpay(value: &[u8]) -> Vec<u8> {
    let slash = value.iter().position(|byte| *byte == b'/');
    lower_from(value, slash.unwrap_or(value.len()))
}

/// Case does not count in the name of the hash.
pub(crate) fn worldpay_in_base64(value: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = value.splitn(3, |byte| *byte == b'/').collect();
    match parts[..] {
        [id, hash, code] => [id, &hash.to_ascii_lowercase(), code].join(&b'/'),
        _ => value.to_vec(),
    }
}

/// Case does not count.
pub(crate) fn in_any_case(value: &[u8]) -> Vec<u8> {
    value.to_ascii_lowercase()
}

/// The name of the scheme before the first space is read in either case (RFC 9110, section 11.1).
pub(crate) fn credentials(value: &[u8]) -> Vec<u8> {
    let space = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at(space.unwrap_or(0));
    [scheme.to_ascii_lowercase(), rest.to_vec()].concat()
}

/// `t=…,h=names,v1=hex`: names of headers and digits in either case.
pub(crate) fn hook0(value: &[u8]) -> Vec<u8> {
    let entries = value.split(|byte| *byte == b',');
    let read = |entry: &[u8]| match entry {
        [b'h', b'=', ..] => entry.to_ascii_lowercase(),
        entry => hex_at_end(entry),
    };
    entries.map(read).collect::<Vec<_>>().join(&b',')
}

/// `name=value;…`, of which two entries count.
pub(crate) fn payu(value: &[u8]) -> Vec<u8> {
    let is_form = |part: &[u8]| part.iter().filter(|byte| **byte == b'=').count() == 1;
    let is_visible = value.iter().all(|byte| (0x20..0x7f).contains(byte));
    let whole = value.strip_suffix(b";").unwrap_or(value);
    let parts: Vec<&[u8]> = whole.split(|byte| *byte == b';').collect();
    if !is_visible || !parts.iter().all(|part| is_form(part)) {
        return value.to_vec();
    }
    let read = |part: &&[u8]| match part {
        [b's', b'i', b'g', ..] => Some(hex_at_end(part)),
        [b'a', b'l', b'g', ..] => Some(part.to_vec()),
        _ => None,
    };
    let parts: Vec<_> = parts.iter().filter_map(read).collect();
    parts.join(&b';')
}

fn lower_from(value: &[u8], at: usize) -> Vec<u8> {
    let (before, behind) = value.split_at(at);
    [before.to_vec(), behind.to_ascii_lowercase()].concat()
}
