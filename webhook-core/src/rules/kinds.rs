//! Kinds as rules write them: a name, or a beginning that ends with `*`.

/// Whether one of these is, or stands for, this kind.
pub(crate) fn are_of(kinds: &[&str], kind: &str) -> bool {
    kinds.iter().any(|own| match own.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => *own == kind,
    })
}

/// That there is one, and each is a name or a beginning that ends with `*`.
pub(crate) const fn check_kinds(mut kinds: &[&str]) -> Result<(), &'static str> {
    if kinds.is_empty() {
        return Err("a rule has no kind");
    }
    while let [kind, rest @ ..] = kinds {
        let mut letters = kind.as_bytes();
        if letters.is_empty() {
            return Err("a kind is empty");
        }
        while let [letter, behind @ ..] = letters {
            if *letter == b'*' && !behind.is_empty() {
                return Err("a kind has a `*` before its end");
            }
            letters = behind;
        }
        kinds = rest;
    }
    Ok(())
}

/// Whether every event of this kind is of one of the others too.
pub(crate) const fn is_among(kind: &[u8], mut others: &[&str]) -> bool {
    while let [other, rest @ ..] = others {
        let is = match other.as_bytes() {
            [prefix @ .., b'*'] => begins_with(kind, prefix),
            other => kind.len() == other.len() && begins_with(kind, other),
        };
        if is {
            return true;
        }
        others = rest;
    }
    false
}

const fn begins_with(mut text: &[u8], mut prefix: &[u8]) -> bool {
    while let ([own, text_rest @ ..], [wanted, prefix_rest @ ..]) = (text, prefix) {
        if *own != *wanted {
            return false;
        }
        (text, prefix) = (text_rest, prefix_rest);
    }
    prefix.is_empty()
}
