//! A small tree of XML.

use std::fmt;
use std::slice::Iter;

use super::sink::{Sink, Start, same_name};
use super::xml;
use crate::json::Place;
use crate::outcome::{DecodeError, Rejection, malformed};

/// An element of an event: its name, its text, and the elements in it.
///
/// Names match with `-` and `_` alike, since Braintree writes both.
///
/// ```
/// use webhook_core::provider::braintree::Notification;
///
/// fn card(notification: &Notification) -> Option<&str> {
///     notification.subject.text_at("transaction/credit-card/last-4")
/// }
/// ```
#[derive(Clone)]
pub struct Element {
    name: String,
    value_type: Option<String>,
    is_nil: bool,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Its name as it is written, such as `currency-iso-code`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text without the white space around it; `None` if it is `nil`, or has none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = self.text.trim();
        (!self.is_nil && !text.is_empty()).then_some(text)
    }

    /// What the text is, such as `integer`, `boolean`, `datetime`, `date` or, of the elements inside, `array`. Plain
    /// texts and decimal amounts have no type.
    #[must_use]
    pub fn value_type(&self) -> Option<&str> {
        self.value_type.as_deref()
    }

    /// The elements in it, in their order.
    #[must_use]
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The element at a path of names, such as `transaction/amount`; `None` if it is absent, or a name on the way is
    /// written more than once: then go through [`children`](Self::children).
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, Self::only)
    }

    /// The text of the element at a path, as [`find`](Self::find) and [`text`](Self::text) say.
    #[must_use]
    pub fn text_at(&self, path: &str) -> Option<&str> {
        self.find(path)?.text()
    }

    /// The same where an element that is written more than once must not be taken for one that is absent.
    pub(super) fn at(&self, path: &str) -> Result<Option<&Self>, DecodeError> {
        let mut found = self;
        for name in path.split('/') {
            let mut same = found.children.iter().filter(|child| child.is(name));
            found = match (same.next(), same.next()) {
                (Some(only), None) => only,
                (None, _) => return Ok(None),
                (Some(_), Some(_)) => return Err(DecodeError::new(name, "written twice")),
            };
        }
        Ok(Some(found))
    }

    /// What stands at a path such as `/transaction/amount`, told by this pointer.
    pub(super) fn place(&self, pointer: &'static str, path: &str) -> Place {
        match self.at(path.trim_start_matches('/')) {
            Err(_) => Place::twice(pointer),
            Ok(Some(element)) if element.text().is_none() && !element.children.is_empty() => {
                Place::no_text(pointer)
            }
            Ok(element) => Place::at(pointer, element.and_then(Self::text)),
        }
    }

    /// The first element of this name that has a text, at whatever depth, in the order of the document.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        let mut open: Vec<Iter<'_, Element>> = vec![self.children.iter()];
        while let Some(siblings) = open.last_mut() {
            match siblings.next() {
                None => drop(open.pop()),
                Some(next) => match next.text().filter(|_| next.is(name)) {
                    Some(text) => return Some(text),
                    None => open.push(next.children.iter()),
                },
            }
        }
        None
    }

    pub(super) fn is(&self, name: &str) -> bool {
        same_name(&self.name, name)
    }

    fn only(&self, name: &str) -> Option<&Element> {
        let mut same = self.children.iter().filter(|child| child.is(name));
        let first = same.next()?;
        same.next().is_none().then_some(first)
    }

    /// Reads a document: one element with all that is in it.
    pub(super) fn parse(xml: &str) -> Result<Self, Rejection> {
        let tree: Tree = xml::read(xml)?;
        tree.root.ok_or(malformed("the XML has no root"))
    }
}

impl fmt::Debug for Element {
    /// Its name and how much is in it, not what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", &self.name)
            .field("children", &self.children.len())
            .finish_non_exhaustive()
    }
}

/// A document while it is read. No recursion: how deep it may be is for the limits to say.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Sink for Tree {
    fn open(&mut self, start: &Start<'_>) {
        self.open.push(Element {
            name: start.name.to_owned(),
            value_type: start.value_type.as_deref().map(str::to_owned),
            is_nil: start.is_nil,
            text: String::new(),
            children: Vec::new(),
        });
    }

    fn write(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn close(&mut self) {
        if let Some(done) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => self.root = Some(done),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RejectionKind;

    fn text(xml: &str, path: &str) -> Option<String> {
        let root = Element::parse(xml).unwrap();
        root.text_at(path).map(str::to_owned)
    }

    #[test]
    fn texts_are_found_by_path() {
        for (xml, path, want) in [
            ("<a><b>x</b></a>", "b", Some("x")),
            ("<a><b><c>x</c></b></a>", "b/c", Some("x")),
            ("<a><b-c>x</b-c></a>", "b_c", Some("x")),
            ("<a><b_c>x</b_c></a>", "b-c", Some("x")),
            ("<a>\n <b>\n x y \n</b>\n</a>", "b", Some("x y")),
            ("<a><b>&lt;&amp;&#62;&#x41;</b></a>", "b", Some("<&>A")),
            ("<a><b>&gt;&quot;&apos;</b></a>", "b", Some(">\"'")),
            ("<a><b>1<!-- c -->2</b></a>", "b", Some("12")),
            ("<a><b><![CDATA[<x> & y]]></b></a>", "b", Some("<x> & y")),
            ("<a><b>\u{1f680}é</b></a>", "b", Some("\u{1f680}é")),
            ("<a><b>x</b></a>", "", None),
            ("<a><b>x</b></a>", "c", None),
            ("<a><b>x</b></a>", "b/c", None),
            ("<a><b/></a>", "b", None),
            ("<a><b></b></a>", "b", None),
            ("<a><b nil=\"true\"/></a>", "b", None),
            ("<a><b nil=\"true\">x</b></a>", "b", None),
            ("<a><b nil=\"false\">x</b></a>", "b", Some("x")),
            ("<a><b>x</b><b>y</b></a>", "b", None),
            (
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b>x</b></a>\n",
                "b",
                Some("x"),
            ),
        ] {
            assert_eq!(text(xml, path).as_deref(), want, "{xml} {path}");
        }
    }

    #[test]
    fn types_and_lists_are_told() {
        let xml = "<a><l type=\"array\"><i>1</i><i type='integer'>2</i></l></a>";
        let root = Element::parse(xml).unwrap();
        let list = root.find("l").unwrap();
        assert_eq!(list.value_type(), Some("array"));
        let items: Vec<_> = list.children().iter().map(Element::text).collect();
        assert_eq!(items, [Some("1"), Some("2")]);
        assert_eq!(list.children()[1].value_type(), Some("integer"));
    }

    #[test]
    fn the_first_of_a_name_is_that_of_the_document() {
        for (xml, want) in [
            ("<a><b><id>1</id></b><id>2</id></a>", Some("1")),
            ("<a><id>1</id><b><id>2</id></b></a>", Some("1")),
            ("<a><id/><b><id>2</id></b></a>", Some("2")),
            ("<a><b><c/></b></a>", None),
        ] {
            assert_eq!(Element::parse(xml).unwrap().first("id"), want, "{xml}");
        }
    }

    #[test]
    fn what_is_not_plain_xml_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"lol\"><!ENTITY y \"&x;&x;&x;&x;\">]><a>&y;</a>";
        let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
        let many = format!("<a>{}</a>", "<b/>".repeat(50_000));
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        let just_too_deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let open = "<a>".repeat(100_000);
        let huge = format!("<a b=\"{}\"/>", "x".repeat(1_000_000));
        let attributes: String = (0..100_000).map(|n| format!(" a{n}=\"\"")).collect();
        let wide = format!("<a{attributes}/>");
        for xml in [
            "",
            " ",
            "x",
            "<a>",
            "<a",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "x<a/>",
            "<a/>&amp;",
            "<a>&</a>",
            "<a>&amp</a>",
            "<a>&nbsp;</a>",
            "<a>&#0;</a>",
            "<a>&#xd800;</a>",
            "<a>&#x110000;</a>",
            "<a b=1/>",
            "<a b=\"1\" b=\"2\"/>",
            "<a><![CDATA[x</a>",
            "<a><!-- x</a>",
            "<?php x ?><a/>",
            "<a><?php x ?></a>",
            "<a><?xml version=\"1.0\"?></a>",
            "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><a/>",
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>",
            "<!doctype a><a/>",
            bomb,
            external,
            &many,
            &deep,
            &just_too_deep,
            &open,
            &huge,
            &wide,
        ] {
            let rejection = Element::parse(xml).unwrap_err();
            assert_eq!(rejection.kind(), RejectionKind::Malformed, "{xml:.60}");
        }
    }

    #[test]
    fn the_limits_leave_room() {
        let deep = format!("{}{}", "<a>".repeat(64), "</a>".repeat(64));
        assert!(Element::parse(&deep).is_ok());
        let many = format!("<a>{}</a>", "<b/>".repeat(49_999));
        assert!(Element::parse(&many).is_ok());
        let attribute = |len: usize| format!("<a b=\"{}\"/>", "x".repeat(len - " b=\"\"".len()));
        assert!(Element::parse(&attribute(1024)).is_ok());
        assert!(Element::parse(&attribute(1025)).is_err());
    }

    #[test]
    fn debug_shows_no_text() {
        let shown = format!("{:?}", Element::parse("<a><b>canary</b></a>").unwrap());
        assert!(shown.contains('a') && !shown.contains("canary"), "{shown}");
    }
}
