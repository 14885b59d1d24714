//! Reads JSON as a type, and says where it differs.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::json::mend::{mended, without_mark};
use crate::json::reader;
use crate::outcome::DecodeError;

/// Reads JSON, behind a byte order mark too; on failure says where, without the values that serde puts into its messages.
/// Texts that were cut are a failure: see [`document`](crate::json::document).
pub(crate) fn decode<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Result<T, DecodeError> {
    let json = without_mark(json);
    // Keeping track of the path costs several times the parsing: done only when there is something to say.
    serde_json::from_slice(json).map_err(|error| match locate::<T>(json) {
        Some(located) => located,
        None => problem(".".to_owned(), &error),
    })
}

/// The same for a type that keeps little of the document: read by the [quick reader](crate::json::reader), if it can.
pub(crate) fn decode_envelope<'a, T: serde::Deserialize<'a>>(
    json: &'a [u8],
) -> Result<T, DecodeError> {
    reader::read(without_mark(json)).map_or_else(|| decode(json), Ok)
}

/// The same for what keeps nothing of the document, with the texts that were cut.
pub(crate) fn decode_owned<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    decode(json).or_else(|error| match mended(json) {
        Some(mended) => decode(&mended),
        None => Err(error),
    })
}

/// The same for what keeps parts of the document, which is mended in this space if it must be.
pub(crate) fn decode_mended<'a, T: serde::Deserialize<'a>>(
    json: &'a [u8],
    space: &'a mut Vec<u8>,
) -> Result<T, DecodeError> {
    decode_envelope(json).or_else(|error| match mended(json) {
        Some(mended) => {
            *space = mended;
            decode_envelope(space)
        }
        None => Err(error),
    })
}

fn locate<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Option<DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err()?;
    Some(problem(known(error.path()), error.inner()))
}

/// The path up to where its last step is known: a document may end before it says which.
fn known(path: &serde_path_to_error::Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text += &format!("[{index}]"),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                text += if text.is_empty() { "" } else { "." };
                text += if is_name(key) { key } else { "*" };
            }
            Segment::Unknown => break,
        }
    }
    match text.as_str() {
        "" => ".".to_owned(),
        _ => text,
    }
}

/// Whether it looks like the name of a field. A key of a map may be anything that the sender was given, such as somebody's
/// address or card number, or a line break: that does not belong into a log.
fn is_name(key: &str) -> bool {
    let begins =
        key.starts_with(|first: char| first.is_ascii_alphabetic() || "_$@".contains(first));
    let mut rest = key.bytes().skip(1);
    let goes_on = rest.all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte));
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    begins && goes_on && digits < 12 && key.len() <= 64
}

pub(crate) fn problem(path: String, error: &serde_json::Error) -> DecodeError {
    use serde_json::error::Category;

    let what = match error.classify() {
        Category::Syntax => "not JSON",
        Category::Eof => "JSON that ends early",
        Category::Data => "a missing field or another type",
        Category::Io => "unreadable",
    };
    let place = format!("{what} (line {}, column {})", error.line(), error.column());
    DecodeError::new(path, place)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Order {
        #[expect(dead_code, reason = "only its type matters")]
        amount: u64,
    }

    #[derive(Debug, Deserialize)]
    struct Envelope {
        #[expect(dead_code, reason = "only its type matters")]
        orders: Vec<Order>,
    }

    fn error(json: &str) -> DecodeError {
        decode::<Envelope>(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn names_the_path_and_not_the_value() {
        let error = error(r#"{"orders":[{"amount":1},{"amount":"4242 4242"}]}"#);
        assert_eq!(error.path(), "orders[1].amount");
        assert!(!format!("{error} {error:?}").contains("4242"));
    }

    #[test]
    fn names_no_key_of_a_map_that_is_not_like_the_name_of_a_field() {
        type Map = std::collections::HashMap<String, std::collections::HashMap<String, u64>>;
        let path = |key: &str| {
            let json = serde_json::json!({"metadata": {key: "x"}}).to_string();
            decode::<Map>(json.as_bytes())
                .unwrap_err()
                .path()
                .to_owned()
        };
        let longest = "x".repeat(64);
        for key in [
            "amount",
            "x",
            "address-line_2",
            "$ref",
            "@type",
            "xml:lang",
            "a.b",
            "_12345678901",
            &longest,
        ] {
            assert_eq!(path(key), format!("metadata.{key}"));
        }
        for key in [
            "",
            "4242424242424242",
            "card-4242-4242-4242",
            "DE89370400440532013000",
            "erika@shop.example",
            "Erika Mustermann",
            "+49 30 1234",
            "x\nWARN webhook: forged line",
            "Größe",
            &format!("{longest}x"),
        ] {
            assert_eq!(path(key), "metadata.*");
        }
    }

    #[test]
    fn tells_broken_json_from_another_type() {
        assert!(error("{").to_string().contains("ends early"));
        assert!(error("}").to_string().contains("not JSON"));
        assert!(error("{}").to_string().contains("missing field"));
        assert!(error(r#"{"orders":[]} x"#).to_string().contains("not JSON"));
        assert_eq!(error("[]").path(), ".");
    }

    #[test]
    fn json_that_ends_early_ends_at_the_last_place_that_is_known() {
        for (json, path) in [
            ("", "."),
            ("{", "."),
            (r#"{"or"#, "."),
            (r#"{"orders""#, "."),
            (r#"{"orders":[{"#, "orders[0]"),
            (r#"{"orders":[{"am"#, "orders[0]"),
            (r#"{"orders":[{"amount":"#, "orders[0].amount"),
        ] {
            assert_eq!(error(json).path(), path, "{json}");
        }
    }

    #[test]
    fn the_answer_does_not_say_where() {
        let error = error(r#"{"orders":7}"#);
        let problem: serde_json::Value = serde_json::from_str(error.problem()).unwrap();
        assert_eq!(error.status(), 500);
        assert_eq!(problem["code"], "undecodable");
        assert!(!error.problem().contains("orders"));
    }

    #[test]
    fn a_path_grows_from_the_inside() {
        let inner = DecodeError::new("amount", "missing");
        assert_eq!(inner.inside("data.object").path(), "data.object.amount");
        assert_eq!(
            DecodeError::new(".", "missing").inside("data").path(),
            "data"
        );
    }
}
