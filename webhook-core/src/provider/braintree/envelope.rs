//! What a verification wants to know of an event, read without the tree of all of it.

use super::sink::{Sink, Start, same_name};
use super::xml;
use crate::outcome::Rejection;
use crate::{TimeUnit, UnixTime};

/// The members of the root that say what an event is about.
#[derive(Default)]
pub(super) struct Envelope {
    depth: usize,
    is_notification: bool,
    kind: Member,
    timestamp: Member,
    merchant: Member,
    open: Option<Name>,
}

#[derive(Clone, Copy)]
enum Name {
    Kind,
    Timestamp,
    Merchant,
}

/// What a name stands for. As [`Element::text_at`](super::element::Element::text_at), it is nothing if it is written twice.
#[derive(Default)]
struct Member {
    times: usize,
    is_nil: bool,
    text: String,
}

impl Member {
    fn text(&self) -> Option<&str> {
        let text = self.text.trim();
        (self.times == 1 && !self.is_nil && !text.is_empty()).then_some(text)
    }
}

impl Envelope {
    /// Reads all of a document: what is not plain XML is refused wherever it stands.
    pub(super) fn parse(xml: &str) -> Result<Self, Rejection> {
        xml::read(xml)
    }

    /// Whether the root is that of an event.
    pub(super) fn is_notification(&self) -> bool {
        self.is_notification
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.kind.text()
    }

    /// If it is there and in RFC 3339.
    pub(super) fn timestamp(&self) -> Option<UnixTime> {
        time_of(self.timestamp.text()?)
    }

    /// The merchant on whose behalf a partner is told.
    pub(super) fn merchant(&self) -> Option<&str> {
        self.merchant.text()
    }

    fn member(&mut self, name: Name) -> &mut Member {
        match name {
            Name::Kind => &mut self.kind,
            Name::Timestamp => &mut self.timestamp,
            Name::Merchant => &mut self.merchant,
        }
    }
}

impl Sink for Envelope {
    fn open(&mut self, start: &Start<'_>) {
        self.depth += 1;
        match self.depth {
            1 => self.is_notification = same_name(start.name, "notification"),
            2 => {
                let names = [
                    (KIND, Name::Kind),
                    (TIMESTAMP, Name::Timestamp),
                    (MERCHANT, Name::Merchant),
                ];
                let mut names = names.into_iter();
                self.open =
                    names.find_map(|(own, name)| same_name(start.name, own).then_some(name));
                if let Some(name) = self.open {
                    let member = self.member(name);
                    member.times += 1;
                    member.is_nil = start.is_nil;
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        if let Some(name) = self.open.filter(|_| self.depth == 2) {
            self.member(name).text.push_str(text);
        }
    }

    fn close(&mut self) {
        self.depth -= 1;
    }
}

pub(super) const KIND: &str = "kind";
pub(super) const TIMESTAMP: &str = "timestamp";
pub(super) const MERCHANT: &str = "source-merchant-id";

pub(super) fn time_of(timestamp: &str) -> Option<UnixTime> {
    TimeUnit::Rfc3339.parse(timestamp.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::element::Element;
    use super::*;

    /// What is told, by the envelope.
    fn told(xml: &str) -> Result<(bool, [Option<String>; 3]), Rejection> {
        let envelope = Envelope::parse(xml)?;
        let texts = [&envelope.kind, &envelope.timestamp, &envelope.merchant];
        let texts = texts.map(|member| member.text().map(str::to_owned));
        Ok((envelope.is_notification(), texts))
    }

    /// The same, by the tree.
    fn told_by_tree(xml: &str) -> Result<(bool, [Option<String>; 3]), Rejection> {
        let tree = Element::parse(xml)?;
        let texts = [KIND, TIMESTAMP, MERCHANT];
        let texts = texts.map(|name| tree.text_at(name).map(str::to_owned));
        Ok((tree.is("notification"), texts))
    }

    #[test]
    fn the_envelope_is_what_the_tree_says() {
        for (xml, kind) in [
            ("<notification><kind>a</kind></notification>", Some("a")),
            (
                "<notification><kind> a\r\n b </kind></notification>",
                Some("a\n b"),
            ),
            (
                "<notification><kind>a&amp;<![CDATA[<b>]]>c<!-- d --></kind></notification>",
                Some("a&<b>c"),
            ),
            (
                "<notification><kind>a<x>b</x>c</kind></notification>",
                Some("ac"),
            ),
            ("<notification>x<kind>a</kind>y</notification>", Some("a")),
            (
                "<notification><kind>a</kind><kind>b</kind></notification>",
                None,
            ),
            ("<notification><kind/><kind>b</kind></notification>", None),
            (
                "<notification><kind>a</kind><kind nil=\"true\"/></notification>",
                None,
            ),
            (
                "<notification><kind nil=\"true\">a</kind></notification>",
                None,
            ),
            (
                "<notification><kind nil=\"true\" a=\"b\">a</kind></notification>",
                None,
            ),
            (
                "<notification><kind nil=\"false\">a</kind></notification>",
                Some("a"),
            ),
            ("<notification><kind> </kind></notification>", None),
            (
                "<notification><subject><kind>a</kind></subject></notification>",
                None,
            ),
            (
                "<notification><subject><kind>a</kind></subject><kind>b</kind></notification>",
                Some("b"),
            ),
            ("<kind>a</kind>", None),
            ("<notification/>", None),
        ] {
            let (_, [found, ..]) = told(xml).unwrap();
            assert_eq!(found.as_deref(), kind, "{xml}");
            assert_eq!(told(xml), told_by_tree(xml), "{xml}");
        }
        let both = "<notification><source_merchant_id>a</source_merchant_id>\
            <source-merchant-id>b</source-merchant-id></notification>";
        assert_eq!(told(both), Ok((true, [None, None, None])));
        assert_eq!(told(both), told_by_tree(both));
    }

    const PIECES: [&str; 32] = [
        "<notification>",
        "</notification>",
        "<kind>",
        "</kind>",
        "<timestamp type=\"datetime\">",
        "</timestamp>",
        "<source-merchant-id>",
        "</source-merchant-id>",
        "<source_merchant_id>",
        "</source_merchant_id>",
        "<kind nil=\"true\"/>",
        "<kind nil='true'>",
        "<subject>",
        "</subject>",
        "<a b=\"c\" d=\"e\">",
        "</a>",
        "<a b=\"c\" b=\"d\"/>",
        "2026-08-05T09:00:00Z",
        "text",
        " ",
        "\r\n",
        "&amp;",
        "&#65;",
        "&own;",
        "<![CDATA[x]]>",
        "<!-- c -->",
        "<?xml version=\"1.0\"?>",
        "<?pi?>",
        "<!DOCTYPE a>",
        "<",
        "&",
        "\u{e9}",
    ];

    proptest! {
        #[test]
        fn the_envelope_of_anything_is_what_the_tree_says(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
            let inside: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            for xml in [format!("<notification>{inside}</notification>"), inside] {
                prop_assert_eq!(told(&xml), told_by_tree(&xml), "{}", xml);
            }
        }

        #[test]
        fn the_members_of_a_notification_are_what_the_tree_says(
            members in proptest::collection::vec((0..4_usize, 0..4_usize, 0..4_usize), 0..6),
        ) {
            let mut xml = "<notification>".to_owned();
            for (name, attribute, text) in members {
                let name = [KIND, TIMESTAMP, MERCHANT, "subject"][name];
                let attribute = ["", " nil=\"true\"", " type=\"a\" nil=\"true\"", " nil=\"false\""][attribute];
                let text = ["", "a", " a<kind>b</kind>c ", "&lt;"][text];
                xml += &format!("<{name}{attribute}>{text}</{name}>\n");
            }
            xml += "</notification>";
            prop_assert!(told(&xml).is_ok());
            prop_assert_eq!(told(&xml), told_by_tree(&xml), "{}", xml);
        }
    }
}
