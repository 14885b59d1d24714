//! Typed readings of a delivery.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::delivery::Delivery;
use crate::json;
use crate::unsigned::Unsigned;
use crate::verifier::Coverage;

/// A type that can be read from a delivery: what a handler asks for as `Verified<E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a webhook delivery",
    note = "take an event of the provider such as `stripe::Event`, `PaymentUpdates` for what happened to money, `Delivery` itself, or `JsonEvent<T>` (`UnsignedJsonEvent<T>` where the body is not signed whole) for your own `T: Deserialize`"
)]
pub trait FromDelivery: Sized {
    /// Reads the event.
    ///
    /// # Errors
    /// If the delivery, authentic as it is, cannot be read as this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError>;
}

impl FromDelivery for Delivery {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        Ok(delivery.clone())
    }
}

/// A body that is signed whole, read as your own type.
///
/// Where the signature covers less than the whole body, this is a [`DecodeError`]: take [`UnsignedJsonEvent`] there.
///
/// ```
/// use serde::Deserialize;
/// use webhook_core::JsonEvent;
///
/// #[derive(Deserialize)]
/// struct Shipped { order: u64 }
///
/// async fn handler(/* Verified( */ JsonEvent(shipped): JsonEvent<Shipped> /* ) */) {
///     println!("order {} is on its way", shipped.order);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonEvent<T>(pub T);

impl<T: DeserializeOwned> FromDelivery for JsonEvent<T> {
    /// # Errors
    /// If the signature does not cover the whole body, or the body is no JSON of this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        if delivery.coverage() != Coverage::Body {
            return Err(DecodeError::new(
                ".",
                "the signature does not cover the whole body: take `UnsignedJsonEvent<T>` instead of `JsonEvent<T>`",
            ));
        }
        decode_owned(delivery.body()).map(Self)
    }
}

/// A body read as your own type, whatever the signature covers of it: a claim, of which whoever replays the request may
/// have written every word. For senders whose [`Coverage`] is not [`Body`](Coverage::Body); it works for all.
///
/// ```
/// use serde::Deserialize;
/// use webhook_core::{Unsigned, UnsignedJsonEvent};
///
/// #[derive(Deserialize)]
/// struct Invoice { id: String }
///
/// async fn handler(/* Verified( */ UnsignedJsonEvent(claimed): UnsignedJsonEvent<Invoice> /* ) */) {
///     let id = &claimed.unverified().id;
///     println!("ask the sender's interface whether {id} is paid");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsignedJsonEvent<T>(pub Unsigned<T>);

impl<T: DeserializeOwned> FromDelivery for UnsignedJsonEvent<T> {
    /// # Errors
    /// If the body is no JSON of this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        decode_owned(delivery.body()).map(|claimed| Self(Unsigned::new(claimed)))
    }
}

/// Why an authentic delivery could not be read as the type that was asked for.
///
/// Names the place, never what stands there. Nothing is lost: ask for `Result<Verified<E>, _>` or for
/// `Verified<Delivery>` and the body is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    problem: Cow<'static, str>,
}

impl DecodeError {
    /// An error at a place such as `data.object.amount`; `.` is the whole body.
    pub fn new(path: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// Where the body differs from the type, such as `data.object.amount`; `.` is the whole body. A key of a map that does
    /// not look like the name of a field, as an address or a number of a card would not, is `*`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A stable word for logs, metrics and the response body.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "undecodable"
    }

    /// The status to answer with: the request is genuine, so the fault is ours and the sender should try again.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// The headers to answer with.
    #[must_use]
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("content-type", "application/problem+json")]
    }

    /// The body to answer with, of type `application/problem+json` (RFC 9457). Where it differs is for our own logs.
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        r#"{"type":"about:blank","title":"Internal error","code":"undecodable"}"#
    }

    /// The same error seen from further out: `prefix` is put before the path.
    #[must_use]
    pub fn inside(mut self, prefix: &str) -> Self {
        self.path = match self.path.as_str() {
            "." => prefix.to_owned(),
            path if path.starts_with('[') => format!("{prefix}{path}"),
            path => format!("{prefix}.{path}"),
        };
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the event does not decode at `{}`: {}",
            self.path, self.problem
        )
    }
}

impl Error for DecodeError {}

/// Refuses the delivery of another sender, whose body would be read as something that it is not; and one that a verifier
/// of this name has let through without a proof of its body, whose every word would be a claim.
pub(crate) fn require_events_of(name: &str, delivery: &Delivery) -> Result<(), DecodeError> {
    if !delivery.sender().has_events_of(name) {
        return Err(DecodeError::new(".", "a delivery of another provider"));
    }
    match delivery.coverage() {
        Coverage::Body | Coverage::Fields => Ok(()),
        Coverage::BodyChecksum | Coverage::SenderOnly => Err(DecodeError::new(
            ".",
            "the signature does not cover the body: take `UnsignedJsonEvent<T>`",
        )),
    }
}

/// Reads JSON, behind a byte order mark too; on failure says where, without the values that serde puts into its messages.
/// Texts that were cut are a failure: see [`json::document`].
pub(crate) fn decode<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Result<T, DecodeError> {
    let json = json::without_mark(json);
    // Keeping track of the path costs several times the parsing: done only when there is something to say.
    serde_json::from_slice(json).map_err(|error| match locate::<T>(json) {
        Some(located) => located,
        None => problem(".".to_owned(), &error),
    })
}

/// The same for what keeps nothing of the document, with the texts that were cut.
pub(crate) fn decode_owned<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    decode(json).or_else(|error| match json::mended(json) {
        Some(mended) => decode(&mended),
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

    fn delivery(provider: &'static str, coverage: Coverage, body: &'static str) -> Delivery {
        let proof = crate::Proof::dangerously_assert(coverage);
        let (origin, now) = (Default::default(), crate::UnixTime::from_secs(0));
        // As the module of this name would.
        let provider = crate::Provider::new(provider).with_events();
        Delivery::assert_verified(provider, origin, now, body.into(), proof)
    }

    const COVERAGES: [(Coverage, bool); 4] = [
        (Coverage::Body, true),
        (Coverage::BodyChecksum, false),
        (Coverage::Fields, false),
        (Coverage::SenderOnly, false),
    ];

    #[test]
    fn a_body_that_is_not_signed_whole_is_a_claim() {
        for (coverage, is_plain) in COVERAGES {
            let delivery = delivery("acme", coverage, r#"{"orders":[]}"#);
            let plain = delivery.decode::<JsonEvent<Envelope>>();
            assert_eq!(plain.is_ok(), is_plain, "{coverage:?}");
            let told = plain.err().map(|error| error.to_string());
            assert!(told.is_none_or(|told| told.contains("take `UnsignedJsonEvent<T>`")));
            let claimed = delivery.decode::<UnsignedJsonEvent<Envelope>>();
            assert!(claimed.is_ok(), "{coverage:?}");
        }
    }

    #[test]
    fn a_sender_that_borrows_a_name_borrows_neither_events_nor_payments() {
        use crate::payment::{PaymentStatus, PaymentUpdates};
        use crate::provider::stripe;

        let proof = crate::Proof::dangerously_assert(Coverage::Body).kind("invoice.paid");
        let body = r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{}}}"#;
        let (origin, now) = (Default::default(), crate::UnixTime::from_secs(0));
        let named = crate::Provider::new("stripe");
        let delivery = Delivery::assert_verified(named, origin, now, body.into(), proof);
        assert!(delivery.decode::<stripe::Event>().is_err());
        let updates: PaymentUpdates = delivery.decode().unwrap();
        assert_eq!(updates[0].status, PaymentStatus::Other);
    }

    #[test]
    fn a_providers_event_needs_more_than_the_providers_name() {
        use crate::provider::stripe;
        let body = r#"{"id":"evt_1","object":"event","type":"a","data":{"object":{}}}"#;
        for (coverage, is_read) in [
            (Coverage::Body, true),
            (Coverage::BodyChecksum, false),
            (Coverage::SenderOnly, false),
        ] {
            let event = delivery("stripe", coverage, body).decode::<stripe::Event>();
            assert_eq!(event.is_ok(), is_read, "{coverage:?}");
        }
    }
}
