//! A quick reader of XML as Braintree writes it: elements with `type` and `nil`, texts, and the five entities. It never accepts what the
//! reader of [all of XML](super::xml) refuses, and reads the same. What it does not know it refuses without a reason: that reader is asked
//! then.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::sink::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Sink, Start};

const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>"#;

const ENTITIES: [(&str, &str); 5] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
];

/// Reads a document. `None` if that is for the other reader; the sink has been given a part of it then.
pub(super) fn read(xml: &str, sink: &mut impl Sink) -> Option<()> {
    let bytes = xml.as_bytes();
    let start = bytes.strip_prefix(DECLARATION).unwrap_or(bytes);
    let mut at = space(bytes, bytes.len() - start.len());
    let mut open = [""; MAX_DEPTH];
    let (mut depth, mut elements) = (0, 0);
    loop {
        if *bytes.get(at)? != b'<' {
            return None;
        }
        if *bytes.get(at + 1)? == b'/' {
            depth = usize::checked_sub(depth, 1)?;
            let name = open.get(depth)?;
            let behind = bytes.get(at + 2..)?.strip_prefix(name.as_bytes())?;
            if *behind.first()? != b'>' {
                return None;
            }
            at += "</>".len() + name.len();
            sink.close();
        } else {
            elements += 1;
            if elements > MAX_ELEMENTS {
                return None;
            }
            let (start, is_empty);
            (start, is_empty, at) = tag(xml, at + 1)?;
            *open.get_mut(depth)? = start.name;
            sink.open(&start);
            match is_empty {
                true => sink.close(),
                false => depth += 1,
            }
        }
        if depth == 0 {
            return (space(bytes, at) == bytes.len()).then_some(());
        }
        at = text(xml, at, sink)?;
    }
}

/// How an element begins, whether it ends there too, and where that is. `<` has been read.
fn tag(xml: &str, at: usize) -> Option<(Start<'_>, bool, usize)> {
    let bytes = xml.as_bytes();
    let is_of_name = |byte: &u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
    };
    let mut rest = bytes.get(at..)?.iter();
    let end = at + rest.position(|byte| !is_of_name(byte))?;
    let mut start = Start {
        name: xml.get(at..end).filter(|name| !name.is_empty())?,
        value_type: None,
        is_nil: false,
    };
    let mut at = end;
    let mut has_nil = false;
    while *bytes.get(at)? == b' ' {
        let rest = bytes.get(at..)?;
        let is_type = rest.starts_with(b" type=\"");
        if !is_type && !rest.starts_with(b" nil=\"") {
            return None;
        }
        at += if is_type { " type=\"" } else { " nil=\"" }.len();
        let end = at + memchr(b'"', bytes.get(at..)?)?;
        let value = xml.get(at..end)?;
        at = end + 1;
        // The other reader says what is wrong with one that is written twice.
        if is_type && start.value_type.is_none() {
            start.value_type = Some(Cow::Borrowed(value));
        } else if !is_type && !has_nil {
            has_nil = true;
            start.is_nil = value == "true";
        } else {
            return None;
        }
    }
    if at - end > MAX_ATTRIBUTES {
        return None;
    }
    match bytes.get(at..)? {
        [b'>', ..] => Some((start, false, at + 1)),
        [b'/', b'>', ..] => Some((start, true, at + 2)),
        _ => None,
    }
}

/// Gives the text up to the next tag to the sink, and says where that is.
fn text(xml: &str, mut at: usize, sink: &mut impl Sink) -> Option<usize> {
    let bytes = xml.as_bytes();
    loop {
        let end = at + text_end(bytes.get(at..)?)?;
        if end > at {
            let piece = xml.get(at..end)?;
            // The end of a line is to be read as a line feed, however it is written.
            if memchr(b'\r', piece.as_bytes()).is_some() {
                return None;
            }
            sink.write(piece);
        }
        let rest = bytes.get(end..)?;
        if *rest.first()? == b'<' {
            return Some(end);
        }
        let mut entities = ENTITIES.iter();
        let (written, text) = entities.find(|(written, _)| rest.starts_with(written.as_bytes()))?;
        sink.write(text);
        at = end + written.len();
    }
}

/// Where the next tag or entity begins. Most texts are short.
#[inline]
fn text_end(rest: &[u8]) -> Option<usize> {
    let (near, far) = rest.split_at(rest.len().min(24));
    match near.iter().position(|byte| matches!(byte, b'<' | b'&')) {
        Some(end) => Some(end),
        None => memchr2(b'<', b'&', far).map(|end| near.len() + end),
    }
}

fn space(bytes: &[u8], at: usize) -> usize {
    let mut rest = bytes.get(at..).unwrap_or_default().iter();
    let end = rest.position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    end.map_or(bytes.len(), |end| at + end)
}
