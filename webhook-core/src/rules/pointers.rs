//! Places in a body, as JSON pointers.

use crate::rules::sum;

/// That each is a place or a sum of places.
pub(crate) const fn check_sums(mut sums: &[&str]) -> Result<(), &'static str> {
    while let [sum, rest @ ..] = sums {
        if let Err(fault) = sum::check(sum) {
            return Err(fault);
        }
        sums = rest;
    }
    Ok(())
}

/// That each is a JSON pointer into an object.
pub(crate) const fn check_pointers(mut pointers: &[&str]) -> Result<(), &'static str> {
    while let [pointer, rest @ ..] = pointers {
        match pointer.as_bytes() {
            [b'/', _, ..] => pointers = rest,
            _ => return Err("a place does not begin with `/`"),
        }
    }
    Ok(())
}
