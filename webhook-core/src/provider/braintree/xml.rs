//! Reads XML without trust in its size.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::quick;
use super::sink::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Sink, Start};
use crate::outcome::{Rejection, malformed};

const BROKEN: Rejection = malformed("the payload is not well-formed XML");

const ENDS_EARLY: Rejection = malformed("the XML ends early");

/// Reads a document: one element with all that is in it.
pub(super) fn read<S: Sink + Default>(xml: &str) -> Result<S, Rejection> {
    let mut sink = S::default();
    match quick::read(xml, &mut sink) {
        Some(()) => Ok(sink),
        None => {
            // So that there are never two trees of one document.
            drop(sink);
            read_any(xml)
        }
    }
}

/// The same for all of XML.
pub(super) fn read_any<S: Sink + Default>(xml: &str) -> Result<S, Rejection> {
    let mut sink = S::default();
    let mut reader = Reader::from_str(xml);
    let mut document = Document::default();
    loop {
        match reader.read_event().map_err(|_| BROKEN)? {
            Event::Start(start) => document.open(&start, &mut sink)?,
            Event::End(_) => document.close(&mut sink)?,
            Event::Empty(start) => {
                document.open(&start, &mut sink)?;
                document.close(&mut sink)?;
            }
            Event::Text(text) => {
                document.write(&text.xml10_content().map_err(|_| BROKEN)?, &mut sink)?;
            }
            Event::CData(text) => {
                document.write(&text.xml10_content().map_err(|_| BROKEN)?, &mut sink)?;
            }
            Event::GeneralRef(reference) => {
                document.write(resolve(&reference)?.encode_utf8(&mut [0; 4]), &mut sink)?;
            }
            Event::Decl(declaration) => document.declare(&declaration)?,
            Event::Comment(_) => {}
            Event::DocType(_) => return Err(malformed("the XML has a document type")),
            Event::PI(_) => return Err(malformed("the XML has a processing instruction")),
            Event::Eof if document.is_whole => return Ok(sink),
            Event::Eof => return Err(ENDS_EARLY),
        }
    }
}

/// How far a document has been read.
#[derive(Default)]
struct Document {
    depth: usize,
    elements: usize,
    is_declared: bool,
    /// Whether the root was closed.
    is_whole: bool,
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>, sink: &mut impl Sink) -> Result<(), Rejection> {
        self.elements += 1;
        if self.is_whole {
            return Err(malformed("the XML has two roots"));
        }
        if self.depth >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(malformed("the XML is too deep or has too many elements"));
        }
        if start.attributes_raw().len() > MAX_ATTRIBUTES {
            return Err(malformed("the XML has too many attributes"));
        }
        sink.open(&begins(start)?);
        self.depth += 1;
        Ok(())
    }

    fn close(&mut self, sink: &mut impl Sink) -> Result<(), Rejection> {
        self.depth = self.depth.checked_sub(1).ok_or(BROKEN)?;
        self.is_whole = self.depth == 0;
        sink.close();
        Ok(())
    }

    fn write(&self, text: &str, sink: &mut impl Sink) -> Result<(), Rejection> {
        if self.depth > 0 {
            sink.write(text);
        } else if !text.trim().is_empty() {
            return Err(malformed("the XML has text outside of its root"));
        }
        Ok(())
    }

    fn declare(&mut self, declaration: &BytesDecl<'_>) -> Result<(), Rejection> {
        let is_first = self.depth == 0 && !self.is_whole && !self.is_declared;
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
}

fn begins<'a>(start: &'a BytesStart<'_>) -> Result<Start<'a>, Rejection> {
    let mut read = Start {
        name: utf8(start.name().into_inner())?,
        value_type: None,
        is_nil: false,
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| BROKEN)?;
        let value = match attribute.value {
            Cow::Borrowed(value) => Cow::Borrowed(utf8(value)?),
            Cow::Owned(value) => Cow::Owned(utf8(&value)?.to_owned()),
        };
        match attribute.key.into_inner() {
            b"type" => read.value_type = Some(value),
            b"nil" => read.is_nil = value == "true",
            _ => {}
        }
    }
    Ok(read)
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
    use proptest::prelude::*;

    use super::*;

    /// All that a reader says.
    #[derive(Debug, Default, PartialEq)]
    struct Said(Vec<String>);

    impl Sink for Said {
        fn open(&mut self, start: &Start<'_>) {
            let Start {
                name,
                value_type,
                is_nil,
            } = start;
            self.0.push(format!("<{name} {value_type:?} {is_nil}"));
        }

        fn write(&mut self, text: &str) {
            match self.0.last_mut() {
                Some(last) if last.starts_with('"') => *last += text,
                _ => self.0.push(format!("\"{text}")),
            }
        }

        fn close(&mut self) {
            self.0.push(">".to_owned());
        }
    }

    /// Whether the quick reader reads it. If so, as the other does.
    fn is_for_the_quick_reader(xml: &str) -> bool {
        let mut said = Said::default();
        let read = quick::read(xml, &mut said);
        if read.is_some() {
            assert_eq!(read_any(xml), Ok(said), "{xml}");
        }
        read.is_some()
    }

    #[test]
    fn what_braintree_writes_is_for_the_quick_reader() {
        for xml in [
            "<a/>",
            "<a></a>",
            " \n\t<a>\n</a>\r\n",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n",
            "<a><b-c type=\"datetime\">2026-08-05T09:00:00Z</b-c><d_e nil=\"true\"/></a>",
            "<a><b type=\"integer\" nil=\"true\"/><b nil=\"false\" type=\"\"></b></a>",
            "<a type=\"array\"><a type=\"array\"/></a>",
            "<a>x &lt;&gt;&amp;&quot;&apos; ]]> > \u{e9}\u{1f680}\n</a>",
            "<A1><last-4>1111</last-4></A1>",
            "<a type=\"<b> = 'c' &amp;\"/>",
            "<a>0123456789012345678901234567890123456789&amp;</a>",
        ] {
            assert!(is_for_the_quick_reader(xml), "{xml}");
        }
    }

    #[test]
    fn what_else_there_is_in_xml_is_for_the_other_reader() {
        for xml in [
            "",
            "x",
            "<",
            "<a",
            "<a>",
            "<a/",
            "</a>",
            "</>",
            "<>",
            "<></>",
            "<a></b>",
            "<a></ab>",
            "<ab></a>",
            "<a></a ></a>",
            "<a><b></a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a/>&amp;",
            "x<a/>",
            "\u{feff}<a/>",
            "\u{a0}<a/>",
            "<a>&</a>",
            "<a>&amp</a>",
            "<a>&#65;</a>",
            "<a>&own;</a>",
            "<a>\r\n</a>",
            "<a><!-- b --></a>",
            "<a><![CDATA[b]]></a>",
            "<a><?b?></a>",
            "<!DOCTYPE a><a/>",
            "<?xml version='1.0'?><a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
            "<a ></a>",
            "<a />",
            "<a type='b'/>",
            "<a  type=\"b\"/>",
            "<a\ntype=\"b\"/>",
            "<a type=\"b\"nil=\"true\"/>",
            "<a type=\"b\" type=\"b\"/>",
            "<a nil=\"b\" nil=\"b\"/>",
            "<a type=\"b\" c=\"d\"/>",
            "<a b=\"c\"/>",
            "<a type=\"b/>",
            "<a type=\"b\"",
            "<a.b/>",
            "<a:b/>",
            "<\u{e9}/>",
            "<a\"b\"/>",
            "<a<b/>",
        ] {
            assert!(!is_for_the_quick_reader(xml), "{xml}");
        }
    }

    #[test]
    fn the_limits_are_those_of_both_readers() {
        let deep = |levels| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        let many = |elements| format!("<a>{}</a>", "<b/>".repeat(elements - 1));
        let wide = |bytes| format!("<a type=\"{}\"/>", "x".repeat(bytes - " type=\"\"".len()));
        for (xml, more) in [
            (deep(MAX_DEPTH), deep(MAX_DEPTH + 1)),
            (many(MAX_ELEMENTS), many(MAX_ELEMENTS + 1)),
            (wide(MAX_ATTRIBUTES), wide(MAX_ATTRIBUTES + 1)),
        ] {
            assert!(is_for_the_quick_reader(&xml), "{xml:.60}");
            assert!(read::<Said>(&xml).is_ok(), "{xml:.60}");
            assert!(!is_for_the_quick_reader(&more), "{more:.60}");
            assert!(read::<Said>(&more).is_err(), "{more:.60}");
        }
    }

    const PIECES: [&str; 36] = [
        "<a>",
        "</a>",
        "<b>",
        "</b>",
        "<a/>",
        "<b/>",
        "<a type=\"c\">",
        "<b nil=\"true\"/>",
        " type=\"d\"",
        " nil=\"true\"",
        "<a",
        "<b",
        "</a",
        "</b",
        ">",
        "/>",
        "=",
        "\"",
        "'",
        " ",
        "\n",
        "\r",
        "&amp;",
        "&lt;",
        "&",
        ";",
        "&#65;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?",
        "?>",
        "text",
        "\u{e9}",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_the_quick_reader_reads_is_what_the_other_reads(
            pieces in proptest::collection::vec(0..PIECES.len(), 0..16),
        ) {
            let inside: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            is_for_the_quick_reader(&format!("<a>{inside}</a>"));
            is_for_the_quick_reader(&inside);
        }

        #[test]
        fn a_document_with_a_change_is_read_alike(
            place in any::<prop::sample::Index>(),
            len in 0..4_usize,
            piece in 0..PIECES.len(),
        ) {
            let mut xml = "<a>\n  <b type=\"datetime\">2026</b>\n  <c nil=\"true\"/>\n  <d>x &amp; y</d>\n</a>\n".to_owned();
            let place = place.index(xml.len());
            let end = xml.len().min(place + len);
            xml.replace_range(place..end, PIECES[piece]);
            is_for_the_quick_reader(&xml);
        }
    }
}
