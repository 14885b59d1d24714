//! A small tree of XML, read without trust in its size.

use std::fmt;
use std::slice::Iter;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::json::Place;
use crate::outcome::{DecodeError, Rejection, malformed};

/// Subscriptions nest to about eight levels; some room for what may come.
const MAX_DEPTH: usize = 64;
/// A disbursement lists all of its transactions.
const MAX_ELEMENTS: usize = 50_000;
/// All of one element, in bytes. Braintree writes `type` and `nil`. Attributes are compared with each other, so there must be few.
const MAX_ATTRIBUTES: usize = 1024;

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
        let plain = |byte: u8| if byte == b'_' { b'-' } else { byte };
        self.name.bytes().map(plain).eq(name.bytes().map(plain))
    }

    fn only(&self, name: &str) -> Option<&Element> {
        let mut same = self.children.iter().filter(|child| child.is(name));
        let first = same.next()?;
        same.next().is_none().then_some(first)
    }

    /// Reads a document: one element with all that is in it.
    pub(super) fn parse(xml: &str) -> Result<Self, Rejection> {
        let mut reader = Reader::from_str(xml);
        let mut tree = Tree::default();
        loop {
            match reader.read_event().map_err(|_| BROKEN)? {
                Event::Start(start) => tree.open(&start)?,
                Event::End(_) => tree.close()?,
                Event::Empty(start) => {
                    tree.open(&start)?;
                    tree.close()?;
                }
                Event::Text(text) => tree.write(&text.xml10_content().map_err(|_| BROKEN)?)?,
                Event::CData(text) => tree.write(&text.xml10_content().map_err(|_| BROKEN)?)?,
                Event::GeneralRef(reference) => {
                    tree.write(resolve(&reference)?.encode_utf8(&mut [0; 4]))?
                }
                Event::Decl(declaration) => tree.declare(&declaration)?,
                Event::Comment(_) => {}
                Event::DocType(_) => return Err(malformed("the XML has a document type")),
                Event::PI(_) => return Err(malformed("the XML has a processing instruction")),
                Event::Eof => return tree.finish(),
            }
        }
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

const BROKEN: Rejection = malformed("the payload is not well-formed XML");

/// A document while it is read. No recursion: how deep it may be is for the limits to say.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    is_declared: bool,
    elements: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Rejection> {
        self.elements += 1;
        if self.root.is_some() {
            return Err(malformed("the XML has two roots"));
        }
        if self.open.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(malformed("the XML is too deep or has too many elements"));
        }
        if start.attributes_raw().len() > MAX_ATTRIBUTES {
            return Err(malformed("the XML has too many attributes"));
        }
        let mut element = Element {
            name: utf8(start.name().as_ref())?.to_owned(),
            value_type: None,
            is_nil: false,
            text: String::new(),
            children: Vec::new(),
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| BROKEN)?;
            let value = utf8(&attribute.value)?;
            match attribute.key.as_ref() {
                b"type" => element.value_type = Some(value.to_owned()),
                b"nil" => element.is_nil = value == "true",
                _ => {}
            }
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Rejection> {
        let done = self.open.pop().ok_or(BROKEN)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), Rejection> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(malformed("the XML has text outside of its root")),
        }
        Ok(())
    }

    fn declare(&mut self, declaration: &BytesDecl<'_>) -> Result<(), Rejection> {
        let is_first = self.open.is_empty() && self.root.is_none() && !self.is_declared;
        self.is_declared = true;
        let is_utf8 = match declaration.encoding() {
            None => true,
            Some(encoding) => encoding.is_ok_and(|name| name.eq_ignore_ascii_case(b"utf-8")),
        };
        if !is_first || !is_utf8 {
            return Err(BROKEN);
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, Rejection> {
        // Made when the last element was closed, and no other was opened since.
        self.root.ok_or(malformed("the XML ends early"))
    }
}

/// One of the five entities that XML has, or a character by its number.
fn resolve(reference: &BytesRef<'_>) -> Result<char, Rejection> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| BROKEN)? {
        return Ok(character);
    }
    Ok(match &**reference {
        b"lt" => '<',
        b"gt" => '>',
        b"amp" => '&',
        b"quot" => '"',
        b"apos" => '\'',
        _ => return Err(malformed("the XML has an entity of its own")),
    })
}

fn utf8(bytes: &[u8]) -> Result<&str, Rejection> {
    std::str::from_utf8(bytes).map_err(|_| BROKEN)
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
