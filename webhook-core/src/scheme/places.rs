//! What names and places must look like, checked at compile time where the scheme is a constant.

use crate::request::Field;

/// What is wrong, and what to change.
pub(crate) type Checked = Result<(), &'static str>;

/// Stops at the first rule that is broken; the operator `?` is not available at compile time.
macro_rules! keep {
    ($($rule:expr),+ $(,)?) => {
        $(if let Err(fault) = $rule {
            return Err(fault);
        })+
    };
}
pub(crate) use keep;

/// One place, whether it can be looked at.
pub(super) const fn place(field: Field) -> Checked {
    match field {
        Field::Header(name) => header_name(name),
        Field::Query(name) | Field::Form(name) if name.is_empty() => {
            Err("give the parameter or the form's field a name")
        }
        Field::Query(_) | Field::Form(_) => Ok(()),
        Field::Json(pointer) => json_pointer(pointer.as_bytes()),
    }
}

pub(super) const fn header_name(name: &str) -> Checked {
    if has_upper_case(name.as_bytes()) {
        return Err("write the name of a header in lower case");
    }
    if name.is_empty() || !all(name.as_bytes(), Class::Token) {
        return Err("this cannot be the name of a header");
    }
    Ok(())
}

pub(super) const fn json_pointer(pointer: &[u8]) -> Checked {
    let [b'/', rest @ ..] = pointer else {
        return Err("begin a JSON pointer with `/`, such as `/data/id`");
    };
    let mut rest = rest;
    let mut is_step_empty = true;
    while let [byte, behind @ ..] = rest {
        match byte {
            b'~' => return Err("a JSON pointer with escapes (`~`) is not supported"),
            b'/' if is_step_empty => break,
            b'/' => is_step_empty = true,
            _ => is_step_empty = false,
        }
        rest = behind;
    }
    if is_step_empty {
        return Err("a step of a JSON pointer has no name");
    }
    Ok(())
}

/// The characters that a name is made of.
#[derive(Clone, Copy)]
pub(super) enum Class {
    UpperCase,
    Token,
}

pub(super) const fn all(mut bytes: &[u8], class: Class) -> bool {
    while let [byte, rest @ ..] = bytes {
        let is_one = match class {
            Class::UpperCase => byte.is_ascii_uppercase(),
            Class::Token => byte.is_ascii_alphanumeric() || contains(b"!#$%&'*+-.^_`|~", *byte),
        };
        if !is_one {
            return false;
        }
        bytes = rest;
    }
    true
}

pub(super) const fn contains(mut bytes: &[u8], wanted: u8) -> bool {
    while let [byte, rest @ ..] = bytes {
        if *byte == wanted {
            return true;
        }
        bytes = rest;
    }
    false
}

pub(super) const fn has_upper_case(mut bytes: &[u8]) -> bool {
    while let [byte, rest @ ..] = bytes {
        if byte.is_ascii_uppercase() {
            return true;
        }
        bytes = rest;
    }
    false
}

/// Whether this text is one of them.
pub(super) const fn names(mut texts: &[&str], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    while let [text, rest @ ..] = texts {
        let text = text.as_bytes();
        if text.len() == wanted.len() && begins_with(text, wanted) {
            return true;
        }
        texts = rest;
    }
    false
}

pub(super) const fn begins_with(mut text: &[u8], mut start: &[u8]) -> bool {
    while let [wanted, rest @ ..] = start {
        match text {
            [byte, behind @ ..] if *byte == *wanted => text = behind,
            _ => return false,
        }
        start = rest;
    }
    true
}

pub(super) const fn ends_with(mut text: &[u8], mut end: &[u8]) -> bool {
    while let [rest @ .., wanted] = end {
        match text {
            [before @ .., byte] if *byte == *wanted => text = before,
            _ => return false,
        }
        end = rest;
    }
    true
}
