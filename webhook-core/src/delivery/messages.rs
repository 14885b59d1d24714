//! A delivery read as what became of messages.

use crate::delivery::delivery::Delivery;
use crate::delivery::event::FromDelivery;
use crate::json::Text;
use crate::mailing::{Meaning, MessageStatus, MessageUpdate, MessageUpdates};
use crate::message::{Coverage, Message, Unverified};
use crate::outcome::DecodeError;

impl FromDelivery for MessageUpdates {
    /// An event of a list that cannot be read is logged at WARN, and is no error here: it is one in the list.
    ///
    /// # Errors
    /// If the body cannot be read; or it is one event that names no kind, or in which something is there that cannot be read: it is
    /// written twice with different values, or is of another type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        let message = delivery.message();
        let updates = delivery.sender().read_messages(message)?;
        #[cfg(feature = "tracing")]
        for error in updates.iter().filter_map(|update| update.as_ref().err()) {
            tracing::warn!(target: "webhook", ?delivery, code = error.code(), %error, "event not decoded");
        }
        let rules = delivery.sender().mailing_rules();
        let reads_signed_part = rules.is_some_and(Meaning::reads_signed_part);
        let within = |update| within_coverage(message, reads_signed_part, at(delivery, update));
        let updates = updates.into_iter();
        Ok(Self(updates.map(|update| update.map(within)).collect()))
    }
}

/// Says who sent it, and to which variant.
fn at(delivery: &Delivery, update: MessageUpdate) -> MessageUpdate {
    MessageUpdate {
        provider: delivery.provider(),
        variant: delivery.variant().map(Text::from),
        ..update
    }
}

/// Unless all that is read is signed, everything that is read is a claim; and so is all of it where the kind decides what it means and
/// is not signed.
fn within_coverage(
    message: &Message,
    reads_signed_part: bool,
    claimed: MessageUpdate,
) -> MessageUpdate {
    let is_covered = match message.coverage() {
        Coverage::Body | Coverage::BodyHash => true,
        Coverage::Fields => reads_signed_part,
        _ => false,
    };
    let kind_is_signed = message.unverified_kind().is_none();
    let id_is_signed = message.unverified_id().is_none();
    let plain = match is_covered && kind_is_signed {
        true if id_is_signed => return claimed,
        true => MessageUpdate {
            event_id: None,
            ..claimed.clone()
        },
        false => MessageUpdate {
            provider: claimed.provider,
            variant: claimed.variant.clone(),
            status: match claimed.status {
                MessageStatus::Other => MessageStatus::Other,
                _ => MessageStatus::Unconfirmed,
            },
            ..MessageUpdate::signed(message)
        },
    };
    MessageUpdate {
        unverified: Some(Box::new(Unverified::new(claimed))),
        ..plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailing::{Places, Rule};
    use crate::{Proof, Provider, UnixTime};

    const MAILING: Meaning = Meaning::new(
        Places::NONE.to(&["/to"]),
        &[Rule::new(&["bounced"], MessageStatus::Failed)],
    );

    fn update(proof: Proof) -> MessageUpdate {
        read(&MAILING, r#"{"to":"ada"}"#, proof)
    }

    fn read(mailing: &'static Meaning, body: &'static str, proof: Proof) -> MessageUpdate {
        let now = UnixTime::from_secs(0);
        let message = Message::assert_verified(now, false, body.into(), proof);
        let provider = Provider::new("acme").mailing(mailing);
        let delivery = Delivery::assert_verified(provider, Default::default(), message);
        let updates: MessageUpdates = delivery.decode().unwrap();
        updates[0].clone().unwrap()
    }

    #[test]
    fn a_signed_field_is_plain_where_fields_are_signed() {
        const OF_A_FIELD: Meaning = MAILING.of_a_signed_field("/event");
        const OF_A_TEXT: Meaning = MAILING.of_a_signed_text("/event");
        const OF_A_FORM: Meaning = MAILING.of_a_form();
        let proof = |coverage| Proof::dangerously_assert(coverage).kind("bounced");
        let field = |coverage| {
            let body = "event=%7B%22to%22%3A%22ada%22%7D";
            read(&OF_A_FIELD, body, proof(coverage))
        };
        let text = r#"{"event":"{\"to\":\"ada\"}"}"#;
        for update in [
            field(Coverage::Body),
            field(Coverage::Fields),
            read(&OF_A_TEXT, text, proof(Coverage::Fields)),
        ] {
            assert_eq!(update.status, MessageStatus::Failed);
            assert_eq!(update.recipient().unwrap(), &"ada");
            assert!(update.unverified.is_none());
        }
        for update in [
            field(Coverage::SenderOnly),
            field(Coverage::BodyChecksum),
            read(&OF_A_FORM, "to=ada", proof(Coverage::Fields)),
        ] {
            assert_eq!(update.status, MessageStatus::Unconfirmed);
            assert_eq!(update.to.len(), 0);
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.recipient().unwrap(), &"ada");
        }
    }

    #[test]
    fn what_is_signed_is_plain() {
        for coverage in [Coverage::Body, Coverage::BodyHash] {
            let proof = Proof::dangerously_assert(coverage);
            let update = update(proof.id("1").kind("bounced"));
            assert_eq!(update.status, MessageStatus::Failed, "{coverage:?}");
            assert_eq!(update.event_id.as_deref(), Some("1"));
            assert_eq!(update.recipient().unwrap(), &"ada");
            assert!(update.unverified.is_none());
        }
    }

    #[test]
    fn an_id_that_is_not_signed_is_a_claim_alone() {
        let proof = Proof::dangerously_assert(Coverage::Body);
        let update = update(proof.unverified_id("1").kind("bounced"));
        assert_eq!(update.status, MessageStatus::Failed);
        assert_eq!(update.event_id, None);
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.event_id.as_deref(), Some("1"));
    }

    #[test]
    fn a_kind_that_is_not_signed_confirms_nothing() {
        let proof = Proof::dangerously_assert(Coverage::Body);
        let update = update(proof.id("1").unverified_kind("bounced"));
        assert_eq!(update.status, MessageStatus::Unconfirmed);
        assert_eq!(update.event_id.as_deref(), Some("1"));
        assert_eq!((update.kind.clone(), update.to.len()), (None, 0));
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.status, MessageStatus::Failed);
    }

    #[test]
    fn what_covers_less_than_the_body_confirms_nothing() {
        for coverage in [
            Coverage::Fields,
            Coverage::BodyChecksum,
            Coverage::SenderOnly,
        ] {
            let proof = Proof::dangerously_assert(coverage);
            let update = update(proof.id("1").kind("bounced"));
            assert_eq!(update.status, MessageStatus::Unconfirmed, "{coverage:?}");
            assert_eq!(update.to.len(), 0, "{coverage:?}");
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.status, MessageStatus::Failed, "{coverage:?}");
        }
    }
}
