//! Changes a body that is a form. What is not changed keeps its bytes.

use url::form_urlencoded::{Serializer, parse};

/// The first field of this name.
#[must_use]
pub fn form_get(body: &str, name: &str) -> Option<String> {
    let mut fields = parse(body.as_bytes());
    let found = fields.find(|(own, _)| own == name);
    found.map(|(_, value)| value.into_owned())
}

/// The form with this field: in its place if it is there, else at the end.
#[must_use]
pub fn form_set(body: &str, name: &str, value: &str) -> String {
    let mut pair = Serializer::new(String::new());
    let pair = pair.append_pair(name, value).finish();
    let mut is_written = false;
    let mut pairs: Vec<&str> = Vec::new();
    for own in body.split('&') {
        match is_named(own, name) {
            false => pairs.push(own),
            true if is_written => {}
            true => {
                is_written = true;
                pairs.push(&pair);
            }
        }
    }
    if !is_written {
        pairs.push(&pair);
    }
    pairs.retain(|pair| !pair.is_empty());
    pairs.join("&")
}

/// The form without this field, and whether it was there.
#[must_use]
pub fn form_remove(body: &str, name: &str) -> (String, bool) {
    let all: Vec<&str> = body.split('&').collect();
    let mut rest = all.clone();
    rest.retain(|pair| !is_named(pair, name));
    (rest.join("&"), rest.len() < all.len())
}

fn is_named(pair: &str, name: &str) -> bool {
    let mut read = parse(pair.as_bytes());
    read.next().is_some_and(|(own, _)| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "a=1&b+c=%7Bx%7D&d=&b+c=2";

    #[test]
    fn what_is_not_changed_keeps_its_bytes() {
        assert_eq!(
            form_set(FORM, "a", "x y&z"),
            "a=x+y%26z&b+c=%7Bx%7D&d=&b+c=2"
        );
        assert_eq!(form_set(FORM, "b c", "1"), "a=1&b+c=1&d=");
        assert_eq!(form_set(FORM, "new", "1"), format!("{FORM}&new=1"));
        assert_eq!(form_set("", "new", "1"), "new=1");
    }

    #[test]
    fn a_field_is_removed_wherever_it_stands() {
        assert_eq!(form_remove(FORM, "b c"), ("a=1&d=".to_owned(), true));
        assert_eq!(form_remove(FORM, "e"), (FORM.to_owned(), false));
        assert_eq!(form_get(FORM, "b c").as_deref(), Some("{x}"));
    }
}
