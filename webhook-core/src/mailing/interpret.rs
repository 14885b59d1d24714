//! Reads what a body means for messages by the rules of its sender.

use bytes::Bytes;

use crate::json::{EventKind, Text, dotted, elements, member, places_of};
use crate::mailing::meaning::{Meaning, Rule};
use crate::mailing::places::{ChannelAt, Places};
use crate::mailing::status::{Channel, MessageStatus};
use crate::mailing::update::MessageUpdate;
use crate::message::Message;
use crate::outcome::DecodeError;
use crate::rules::{Found, When};

/// What each event says, or why it cannot be read.
pub(crate) type Updates = Vec<Result<MessageUpdate, DecodeError>>;

impl Meaning {
    /// What a message means, signed or not.
    pub(crate) fn read(&self, message: &Message) -> Result<Updates, DecodeError> {
        let base = MessageUpdate::claimed(message);
        let Some(document) = self.document.of(message.body())? else {
            return Ok(vec![Ok(base)]);
        };
        let Some(id) = self.list else {
            message.require_names()?;
            return self.single(&document, &base);
        };
        let mut updates = Vec::new();
        for (index, event) in list(&document, "")?.iter().enumerate() {
            let inside = |error: DecodeError| error.inside(&format!("[{index}]"));
            match self.element(id, event, &base) {
                Ok(read) => updates.extend(read.into_iter().map(|update| update.map_err(inside))),
                Err(error) => updates.push(Err(inside(error))),
            }
        }
        Ok(updates)
    }

    /// What a body means that is one event.
    fn single(&self, event: &Bytes, base: &MessageUpdate) -> Result<Updates, DecodeError> {
        if self.kind.is_empty() {
            let kind = base.kind.clone();
            let kind = kind.ok_or_else(|| DecodeError::new(".", "no kind of event is named"))?;
            return self.updates(&kind, event, base);
        }
        let kind = Found(places_of(event, self.kind)?).first_text(self.kind)?;
        let base = MessageUpdate {
            kind: kind.clone().map(EventKind::from),
            ..base.clone()
        };
        self.updates(kind.as_deref().unwrap_or_default(), event, &base)
    }

    /// What one event of a list means.
    fn element(
        &self,
        id: &[&'static str],
        event: &Bytes,
        base: &MessageUpdate,
    ) -> Result<Updates, DecodeError> {
        let found = Found(places_of(event, &[id, self.kind].concat())?);
        let kind = found.first_text(self.kind)?;
        let missing = || {
            let place = self.kind.first().copied().unwrap_or_default();
            DecodeError::new(dotted(place), "missing")
        };
        let kind = kind.ok_or_else(missing)?;
        let base = MessageUpdate {
            event_id: found.first_text(id)?,
            kind: Some(EventKind::from(kind.clone())),
            ..base.clone()
        };
        self.updates(&kind, event, &base)
    }

    /// What one event means: an update, or one for each recipient.
    fn updates(
        &self,
        kind: &str,
        event: &Bytes,
        base: &MessageUpdate,
    ) -> Result<Updates, DecodeError> {
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.is_of(kind)).collect();
        let each = rules.iter().find_map(|rule| rule.reads(&self.places).each);
        let Some(each) = each else {
            return Ok(vec![Ok(self.follow(&rules, event, None, base)?)]);
        };
        let elements = list(event, each)?;
        if elements.is_empty() {
            return Err(DecodeError::new(dotted(each), "an empty list"));
        }
        let elements = elements.iter().map(|element| Element { each, element });
        Ok(elements
            .map(|element| self.follow(&rules, event, Some(element), base))
            .collect())
    }

    fn follow(
        &self,
        rules: &[&Rule],
        event: &Bytes,
        element: Option<Element<'_>>,
        base: &MessageUpdate,
    ) -> Result<MessageUpdate, DecodeError> {
        let found = read(&self.pointers(rules), event, element)?;
        for rule in rules {
            if let Some(status) = rule.status.of(rule.when, &found)? {
                let places = rule.reads(&self.places);
                return found.message(status, places, event, base);
            }
        }
        Ok(base.clone())
    }

    /// Every place that these rules may ask for, each once.
    fn pointers(&self, rules: &[&Rule]) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = Vec::with_capacity(16);
        let mut add = |pointer| {
            if !all.contains(&pointer) {
                all.push(pointer);
            }
        };
        for rule in rules {
            let places = rule.reads(&self.places);
            let deciding = rule.when.iter().flat_map(When::pointers);
            deciding
                .chain(rule.status.place())
                .chain(places.channel.place())
                .for_each(&mut add);
            let lists = places.lists();
            lists.into_iter().flatten().for_each(|pointer| add(pointer));
        }
        all
    }
}

/// One element of a list, and where the list stands.
#[derive(Clone, Copy)]
struct Element<'a> {
    each: &'static str,
    element: &'a Bytes,
}

/// What stands at these places: in the element where they lead into its list, else in the event.
fn read(
    pointers: &[&'static str],
    event: &Bytes,
    element: Option<Element<'_>>,
) -> Result<Found, DecodeError> {
    let inside = |pointer: &'static str| behind(pointer, element?.each);
    let (inner, outer): (Vec<_>, Vec<_>) = pointers
        .iter()
        .partition(|pointer| inside(pointer).is_some());
    let mut places = places_of(event, &outer)?;
    if let Some(Element { element, .. }) = element {
        let rest: Vec<&'static str> = inner.iter().filter_map(|pointer| inside(pointer)).collect();
        let found = places_of(element, &rest)?;
        let both = inner.into_iter().zip(found);
        places.extend(both.map(|(pointer, place)| place.standing_at(pointer)));
    }
    Ok(Found(places))
}

/// What of a pointer is left behind a list's `/*`.
fn behind(pointer: &'static str, list: &str) -> Option<&'static str> {
    pointer.strip_prefix(list)?.strip_prefix("/*")
}

/// The elements of a list that must be there.
fn list(document: &Bytes, pointer: &'static str) -> Result<Vec<Bytes>, DecodeError> {
    let elements = elements(document, pointer)?;
    let is_there = || Ok(member(document, pointer)?.is_some_and(|list| &*list != b"null"));
    match !elements.is_empty() || is_there()? {
        true => Ok(elements),
        false => Err(DecodeError::new(dotted(pointer), "missing")),
    }
}

impl Found {
    fn message(
        &self,
        status: MessageStatus,
        places: &Places,
        event: &Bytes,
        base: &MessageUpdate,
    ) -> Result<MessageUpdate, DecodeError> {
        let time = self.first(places.time);
        let time = match time.str()? {
            "" => None,
            text => Some(places.read_time.read(text).ok_or_else(|| {
                DecodeError::new(
                    dotted(time.pointer()),
                    "not a time as this sender writes it",
                )
            })?),
        };
        Ok(MessageUpdate {
            status,
            channel: self.channel(places.channel)?,
            to: self.to(places, event)?,
            from: self.first_text(places.from)?,
            message_id: self.first_text(places.message_id)?,
            reference: self.first_text(places.reference)?,
            list: self.first_text(places.list)?,
            reason: self.first_text(places.reason)?,
            code: self.first_text(places.code)?,
            url: self.first_text(places.url)?,
            time,
            ..base.clone()
        })
    }

    fn channel(&self, at: ChannelAt) -> Result<Option<Channel>, DecodeError> {
        match at {
            ChannelAt::Nowhere => Ok(None),
            ChannelAt::Always(channel) => Ok(Some(channel)),
            ChannelAt::By(place, channels) => {
                let place = self.at(place);
                let text = place.str()?;
                let found = channels.iter().find(|(own, _)| *own == text);
                Ok(found.map(|(_, channel)| *channel))
            }
            ChannelAt::Begins(place, channels) => {
                let place = self.at(place);
                let text = place.str()?;
                let found = channels.iter().find(|(own, _)| text.starts_with(own));
                Ok(found.map(|(_, channel)| *channel))
            }
        }
    }

    /// The recipients at the first place that has any.
    fn to(&self, places: &Places, event: &Bytes) -> Result<Vec<Text>, DecodeError> {
        for pointer in places.to {
            let to = match pointer.split_once("/*") {
                Some((list, rest)) if places.each != Some(list) => all(event, list, rest)?,
                _ => self.at(pointer).text()?.into_iter().collect(),
            };
            if !to.is_empty() {
                return Ok(to);
            }
        }
        Ok(Vec::new())
    }
}

/// What stands in every element of a list, at this place behind its `/*`.
fn all(event: &Bytes, list: &'static str, rest: &'static str) -> Result<Vec<Text>, DecodeError> {
    let mut texts = Vec::new();
    for (index, element) in elements(event, list)?.iter().enumerate() {
        let [place] = crate::json::places(element, [rest])?;
        let text = place
            .text()
            .map_err(|error| error.inside(&format!("{}[{index}]", dotted(list))))?;
        texts.extend(text);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailing::MessageStatus::{Delivered, Failed};
    use crate::mailing::{MessageUpdates, Rule};
    use crate::{Coverage, Delivery, Proof, Provider, TimeUnit, UnixTime};

    fn read_by(
        meaning: &'static Meaning,
        kind: Option<&'static str>,
        body: &'static str,
    ) -> Result<MessageUpdates, DecodeError> {
        let proof = Proof::dangerously_assert(Coverage::Body);
        let proof = match kind {
            Some(kind) => proof.kind(kind),
            None => proof,
        };
        let message = Message::assert_verified(UnixTime::from_secs(0), false, body.into(), proof);
        let provider = Provider::new("acme").mailing(meaning);
        Delivery::assert_verified(provider, Default::default(), message).decode()
    }

    const EACH: Meaning = Meaning::new(
        Places::NONE
            .each("/to")
            .to(&["/to/*/number"])
            .message_id(&["/id"])
            .reference(&["/ref"])
            .time(TimeUnit::Seconds, &["/at"]),
        &[Rule::by(
            &["done"],
            "/to/*/status",
            &[("ok", Delivered), ("no", Failed)],
        )],
    );

    #[test]
    fn each_recipient_is_an_update_of_its_own() {
        let body = r#"{"id":"m1","ref":"order 1","at":7,"to":[{"number":"+1","status":"ok"},{"number":"+2","status":"no"},{"number":"+3","status":"?"},{"number":[],"status":"ok"}]}"#;
        let updates = read_by(&EACH, Some("done"), body).unwrap();
        let [one, two, three, four] = &*updates else {
            panic!("not four: {updates:?}");
        };
        let one = one.as_ref().unwrap();
        assert_eq!(one.status, Delivered);
        assert_eq!(one.recipient().unwrap(), &"+1");
        assert_eq!(one.message_id.as_deref(), Some("m1"));
        assert_eq!(one.reference.as_deref(), Some("order 1"));
        assert_eq!(one.time, Some(UnixTime::from_secs(7)));
        assert_eq!(two.as_ref().unwrap().status, Failed);
        assert_eq!(three.as_ref().unwrap().status, MessageStatus::Other);
        let error = four.as_ref().unwrap_err();
        assert_eq!(error.path(), "to.*.number");
    }

    #[test]
    fn a_list_that_names_nobody_is_an_error() {
        for (body, path) in [
            ("{}", "to"),
            (r#"{"to":null}"#, "to"),
            (r#"{"to":[]}"#, "to"),
            (r#"{"to":{}}"#, "to"),
            (r#"{"to":[{}],"to":[{}]}"#, "to"),
        ] {
            let error = read_by(&EACH, Some("done"), body).unwrap_err();
            assert_eq!(error.path(), path, "{body}");
        }
    }

    #[test]
    fn an_event_without_a_kind_is_an_error_and_one_of_another_kind_is_none_of_messages() {
        assert_eq!(read_by(&EACH, None, "{}").unwrap_err().path(), ".");
        let other = read_by(&EACH, Some("begun"), "{}").unwrap();
        assert_eq!(other[0].as_ref().unwrap().status, MessageStatus::Other);
    }
}
