//! The typed reading of an event.

use std::fmt;

use sha2::Sha256;

use super::element::Element;
use super::envelope::{KIND, MERCHANT, TIMESTAMP, time_of};
use crate::crypto::{decode_base64_lines, digest};
use crate::delivery::require_events_of;
use crate::message::Message;
use crate::outcome::{Rejection, malformed};
use crate::verify::Form;
use crate::{DecodeError, Delivery, EventKind, FromDelivery, Text, UnixTime};

pub(super) const NAME: &str = "braintree";

/// An event: what happened, when, and to what.
///
/// ```
/// use webhook_core::provider::braintree::{Notification, kind};
///
/// fn handle(notification: &Notification) {
///     let subject = &notification.subject;
///     match notification.kind.as_str() {
///         kind::TRANSACTION_SETTLED => {
///             let (id, amount) = (subject.text_at("transaction/id"), subject.text_at("transaction/amount"));
///             println!("{id:?} settled: {amount:?}");
///         }
///         kind::SUBSCRIPTION_CANCELED => println!("{:?} ends", subject.text_at("subscription/id")),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Notification {
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub timestamp: UnixTime,
    /// The merchant on whose behalf a partner is told.
    pub source_merchant_id: Option<Text>,
    /// What it happened to: an element with one element inside, which is named for what it is. Where Braintree tells of
    /// an error, this is the `api-error-response` in the subject.
    pub subject: Element,
    xml: String,
}

impl Notification {
    /// A key by which a retry can be told, although Braintree has no id for events: kind, the first `id` in the subject
    /// and timestamp, joined with `:`. An event about nothing that has an id gets `sha256:` and the hex SHA-256 of its
    /// XML. All of it is signed.
    ///
    /// Within one account: add the account's name where one table serves several.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        match self.subject.first("id") {
            Some(id) => format!("{}:{id}:{}", self.kind, self.timestamp),
            None => format!("sha256:{}", digest::<Sha256>([&self.xml]).to_hex()),
        }
    }

    /// The event as it was signed, for a parser of your own.
    #[must_use]
    pub fn xml(&self) -> &str {
        &self.xml
    }
}

impl FromDelivery for Notification {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(NAME, delivery)?;
        Self::of(delivery.message())
    }
}

impl Notification {
    pub(super) fn of(message: &Message) -> Result<Self, DecodeError> {
        let unreadable = |rejection: Rejection| DecodeError::new(".", rejection.reason());
        let missing = |path: &str| DecodeError::new(path, "missing, empty or written twice");

        let xml = event_xml(message.body()).map_err(unreadable)?;
        let event = Element::parse(&xml).map_err(unreadable)?;
        let subject = event.find("subject").ok_or_else(|| missing("subject"))?;
        let kind = event.text_at(KIND).ok_or_else(|| missing(KIND))?;
        Ok(Self {
            kind: EventKind::from(kind),
            timestamp: event
                .text_at(TIMESTAMP)
                .and_then(time_of)
                .ok_or_else(|| DecodeError::new(TIMESTAMP, "missing or not in RFC 3339"))?,
            source_merchant_id: event.text_at(MERCHANT).map(Text::from),
            subject: subject
                .find("api-error-response")
                .unwrap_or(subject)
                .clone(),
            xml,
        })
    }
}

impl fmt::Debug for Notification {
    /// Says which event it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("kind", &self.kind)
            .field("timestamp", &self.timestamp)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

pub(super) const SIGNATURE: &str = "bt_signature";
const PAYLOAD: &str = "bt_payload";
pub(super) const FIELDS: [&str; 2] = [SIGNATURE, PAYLOAD];

/// The event in the form of a delivery.
fn event_xml(body: &[u8]) -> Result<String, Rejection> {
    decode(payload(&Form::read(body, &FIELDS)?)?)
}

/// The payload, if it is written in nothing but base64 and line feeds.
pub(super) fn payload<'a>(form: &'a Form<'_>) -> Result<&'a [u8], Rejection> {
    let payload = form.get(PAYLOAD);
    let payload = payload.ok_or_else(|| malformed("the form has no bt_payload"))?;
    match may_be_base64(payload) {
        true => Ok(payload),
        false => Err(malformed("bt_payload is not base64")),
    }
}

/// Whether there is nothing but digits, padding and line feeds. In pieces, each of which is looked at as a whole: so the compiler looks at
/// many bytes at once.
fn may_be_base64(payload: &[u8]) -> bool {
    let is_known = |byte: u8| {
        (byte | 0x20).wrapping_sub(b'a') < 26
            // `/` stands before `0`.
            || byte.wrapping_sub(b'/') < 11
            || byte == b'+'
            || byte == b'='
            || byte == b'\n'
    };
    let mut pieces = payload.chunks(64);
    pieces.all(|piece| piece.iter().fold(true, |all, byte| all & is_known(*byte)))
}

pub(super) fn decode(payload: &[u8]) -> Result<String, Rejection> {
    let xml = decode_base64_lines(payload).ok_or(malformed("bt_payload is not base64"))?;
    String::from_utf8(xml).map_err(|_| malformed("the event is not UTF-8"))
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::signer::Signer;
    use super::*;
    use crate::testing::support;
    use crate::testing::support::NOW;

    fn read(xml: &str) -> Result<Notification, DecodeError> {
        let signer = Signer::new("public", "a private key").unwrap();
        let settings = json!({"public_key": "public", "private_key": "a private key"});
        Notification::from_delivery(&support::signed(NAME, settings, &signer, xml))
    }

    fn event(kind: &str, subject: &str) -> String {
        format!(
            "<notification>\n  <timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp>\n  \
             <kind>{kind}</kind>\n  <subject>{subject}</subject>\n</notification>\n"
        )
    }

    #[test]
    fn a_payload_is_digits_padding_and_line_feeds() {
        for byte in 0..=u8::MAX {
            let known = byte.is_ascii_alphanumeric() || b"+/=\n".contains(&byte);
            for (len, place) in [(1, 0), (64, 63), (65, 64), (200, 100)] {
                let mut payload = vec![b'A'; len];
                payload[place] = byte;
                assert_eq!(may_be_base64(&payload), known, "{byte} at {place} of {len}");
            }
        }
        assert!(may_be_base64(b""));
    }

    #[test]
    fn reads_the_envelope() {
        let xml = event("disbursement", "<disbursement><id>d1</id></disbursement>").replace(
            "<subject>",
            "<source-merchant-id>partner</source-merchant-id><subject>",
        );
        let notification = read(&xml).unwrap();
        assert_eq!(notification.kind, "disbursement");
        assert_eq!(notification.timestamp, NOW);
        assert_eq!(notification.source_merchant_id.as_deref(), Some("partner"));
        assert_eq!(notification.subject.text_at("disbursement/id"), Some("d1"));
        assert_eq!(notification.xml(), xml);
    }

    #[test]
    fn every_accepted_vector_is_a_notification() {
        for (case, delivery) in support::vectors(NAME) {
            let notification = Notification::from_delivery(&delivery).unwrap();
            assert_eq!(Some(notification.kind.as_str()), delivery.kind(), "{case}");
            assert_eq!(Some(notification.timestamp), delivery.sent_at(), "{case}");
            assert_eq!(delivery.id(), None, "{case}");
        }
    }

    #[test]
    fn a_kind_from_the_future_is_a_notification() {
        let xml = event("moon_landed", "<moon><flag/></moon>");
        assert_eq!(read(&xml).unwrap().kind, "moon_landed");
    }

    #[test]
    fn the_subject_of_an_error_is_what_the_error_is_about() {
        let subject = "<api-error-response><message>No</message><merchant-account><id>m</id>\
            </merchant-account></api-error-response>";
        let notification = read(&event("partner_merchant_declined", subject)).unwrap();
        let subject = notification.subject;
        assert_eq!(subject.text_at("merchant-account/id"), Some("m"));
        assert_eq!(subject.text_at("message"), Some("No"));
    }

    #[test]
    fn retries_have_one_key_and_other_events_have_others() {
        let key = |kind, subject| read(&event(kind, subject)).unwrap().dedupe_key();
        let dispute = "<dispute><amount>1</amount><id>dsp</id><transaction><id>tx</id></transaction></dispute>";
        assert_eq!(
            key("dispute_opened", dispute),
            "dispute_opened:dsp:2026-08-05T09:00:00Z"
        );
        assert_ne!(key("dispute_won", dispute), key("dispute_opened", dispute));
        let later = event("dispute_opened", dispute).replace("09:00:00Z", "09:00:01Z");
        assert_ne!(
            read(&later).unwrap().dedupe_key(),
            key("dispute_opened", dispute)
        );
    }

    #[test]
    fn an_event_without_an_id_has_the_hash_of_its_xml_as_key() {
        let xml = event("check", "<check type=\"boolean\">\n true\n</check>");
        let hash = digest::<Sha256>([&xml]).to_hex();
        assert_eq!(read(&xml).unwrap().dedupe_key(), format!("sha256:{hash}"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = event("check", "<check>true</check>");
        for (replace, with, path) in [
            ("<kind>check</kind>", "", "kind"),
            ("<kind>check</kind>", "<kind>a</kind><kind>b</kind>", "kind"),
            ("<kind>check</kind>", "<kind nil=\"true\"/>", "kind"),
            ("2026-08-05T09:00:00Z", "", "timestamp"),
            ("2026-08-05T09:00:00Z", "2026-08-05 09:00:00", "timestamp"),
            ("subject>", "object>", "subject"),
        ] {
            let error = read(&whole.replace(replace, with)).unwrap_err();
            assert_eq!(error.path(), path, "{with}");
        }
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_notification() {
        let (_, delivery) = support::vectors("github").remove(0);
        let error = Notification::from_delivery(&delivery).unwrap_err();
        assert_eq!(error.path(), ".");
    }

    #[test]
    fn debug_does_not_show_the_subject() {
        let notification = read(&event("check", "<check>canary</check>")).unwrap();
        let shown = format!("{notification:?}");
        assert!(shown.contains("check") && !shown.contains("canary"));
    }
}
