//! The part of a request that arrives before its body.

use std::borrow::Cow;

use http::header::{CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};

use crate::outcome::{Rejection, RejectionKind};

/// Longest header line that is looked at, in bytes. Longer ones are refused.
const MAX_HEADER: usize = 8 * 1024;

/// The headers of a request, whatever map the web framework keeps them in.
///
/// Implemented for [`http::HeaderMap`] and, for tests, for a `Vec` of pairs. No copy is made.
///
/// ```
/// use webhook_core::{Headers, RequestHead};
///
/// let headers = vec![("X-Token", "a"), ("x-token", "a")];
/// let head = RequestHead::new("POST", "/hooks?tenant=7", &headers);
/// assert_eq!(head.header("x-token")?, Some(&b"a"[..]));
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
pub trait Headers: Sync {
    /// Calls `each` with the value of every line of this name, in arrival order.
    /// `name` is in lower case; names in the map match in any case.
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8]));

    /// The same for a name that was read before. A map with names of this type needs not read it again.
    fn for_each_of<'a>(&'a self, name: &HeaderName, each: &mut dyn FnMut(&'a [u8])) {
        self.for_each(name.as_str(), each);
    }
}

impl Headers for http::HeaderMap {
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.get_all(name) {
            each(value.as_bytes());
        }
    }

    fn for_each_of<'a>(&'a self, name: &HeaderName, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.get_all(name) {
            each(value.as_bytes());
        }
    }
}

/// Names of headers that an account asks each request for, read once.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderNames(Vec<(&'static str, HeaderName)>);

impl HeaderNames {
    /// These.
    pub(crate) fn of(texts: &[&'static str]) -> Self {
        let named = |text: &&'static str| {
            let name = HeaderName::from_bytes(text.as_bytes()).ok()?;
            Some((*text, name))
        };
        Self(texts.iter().filter_map(named).collect())
    }

    /// By the address of the text: whoever asks has it from the same description. What is not found so is read again.
    fn find(&self, text: &str) -> Option<&HeaderName> {
        let mut names = self.0.iter();
        let found = names.find(|(own, _)| std::ptr::eq::<str>(*own, text));
        found.map(|(_, name)| name)
    }
}

static NO_NAMES: HeaderNames = HeaderNames(Vec::new());

impl<N: AsRef<str> + Sync, V: AsRef<[u8]> + Sync> Headers for Vec<(N, V)> {
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for (own, value) in self {
            if own.as_ref().eq_ignore_ascii_case(name) {
                each(value.as_ref());
            }
        }
    }
}

/// Method, target and headers of a request, borrowed from the web framework.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a str,
    target: &'a str,
    headers: &'a dyn Headers,
    names: &'a HeaderNames,
    /// The length of the body, if that is there already.
    body_length: Option<u64>,
}

impl<'a> RequestHead<'a> {
    /// `target` as the client wrote it: `/path?query`, or the whole URL.
    pub fn new(method: &'a str, target: &'a str, headers: &'a dyn Headers) -> Self {
        Self {
            method,
            target,
            headers,
            names: &NO_NAMES,
            body_length: None,
        }
    }

    /// The same, for an account that asks for these headers.
    pub(crate) const fn asked_for(self, names: &'a HeaderNames) -> Self {
        Self { names, ..self }
    }

    /// The same, of a request whose body has this length.
    pub(crate) fn with_body(self, length: usize) -> Self {
        Self {
            body_length: u64::try_from(length).ok(),
            ..self
        }
    }

    /// The head of a request as the `http` crate has it.
    ///
    /// ```
    /// use webhook_core::RequestHead;
    ///
    /// let request = http::Request::post("https://shop.example/webhooks?from=acme").body(())?;
    /// let head = RequestHead::http(request.method(), request.uri(), request.headers());
    /// assert_eq!(head.target(), "/webhooks?from=acme");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn http(
        method: &'a http::Method,
        uri: &'a http::Uri,
        headers: &'a http::HeaderMap,
    ) -> Self {
        let target = uri.path_and_query().map_or("", |target| target.as_str());
        Self::new(method.as_str(), target, headers)
    }

    /// The method, such as `POST`.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    pub(crate) fn headers(&self) -> &'a dyn Headers {
        self.headers
    }

    /// The target as the client wrote it.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// The path, without the query; still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        path_of(self.target)
    }

    /// The query, without the `?`; still percent-encoded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('#').next()
    }

    /// One decoded parameter of the query.
    ///
    /// # Errors
    /// [`Malformed`](RejectionKind::Malformed) if it occurs twice with different values.
    pub fn query_param(&self, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
        form_field(self.query().unwrap_or_default().as_bytes(), name)
    }

    /// The one value of a header. `name` is in lower case.
    ///
    /// # Errors
    /// [`Malformed`](RejectionKind::Malformed) if two lines of this name differ, or one is longer than 8 KiB.
    pub fn header(&self, name: &str) -> Result<Option<&'a [u8]>, Rejection> {
        match self.names.find(name) {
            Some(name) => self.header_of(name),
            None => one_of(|each| self.headers.for_each(name, each)),
        }
    }

    /// The same of a name that was read before.
    fn header_of(&self, name: &HeaderName) -> Result<Option<&'a [u8]>, Rejection> {
        one_of(|each| self.headers.for_each_of(name, each))
    }

    /// The values of all lines of a header, for the one sender that writes several on purpose. `name` is in lower case.
    pub(crate) fn header_lines(&self, name: &str) -> Result<Vec<&'a [u8]>, Rejection> {
        let mut lines: Vec<&'a [u8]> = Vec::new();
        let mut total = 0_usize;
        self.headers.for_each(name, &mut |value| {
            total = total.saturating_add(value.len());
            if total <= MAX_HEADER {
                lines.push(value);
            }
        });
        if total > MAX_HEADER {
            return Err(Rejection::new(
                RejectionKind::Malformed,
                "a header is longer than 8 KiB",
            ));
        }
        Ok(lines)
    }

    /// The one value of a header that must be visible ASCII. `name` is in lower case.
    ///
    /// # Errors
    /// As [`header`](Self::header), and for any other byte.
    pub fn header_str(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        let value = self.header_visible(name)?;
        Ok(value.and_then(|value| std::str::from_utf8(value).ok()))
    }

    /// The same, for whoever needs no text but its bytes.
    pub(crate) fn header_visible(&self, name: &str) -> Result<Option<&'a [u8]>, Rejection> {
        const FAULT: Rejection = Rejection::new(
            RejectionKind::Malformed,
            "a header holds bytes that are not visible ASCII",
        );
        // All bytes are looked at, which is quicker than to end at the first that is none.
        let is_visible = |all, byte: &u8| all & (0x20..0x7f).contains(byte);
        match self.header(name)? {
            Some(value) if !value.iter().fold(true, is_visible) => Err(FAULT),
            value => Ok(value),
        }
    }

    /// The length that the client announces, if it does. Where the body comes in chunks, a length beside them does not
    /// count (RFC 9112, section 6.3).
    ///
    /// # Errors
    /// [`Malformed`](RejectionKind::Malformed) unless `Content-Length` is one number.
    pub fn content_length(&self) -> Result<Option<u64>, Rejection> {
        Ok(self.written_length()?.filter(|_| !self.is_chunked()))
    }

    /// The same for whoever compares it with the length of the body: of one that is there and so long it makes no difference how it came.
    pub(crate) fn announced_length(&self) -> Result<Option<u64>, Rejection> {
        let is_length = |length: &u64| self.body_length == Some(*length) || !self.is_chunked();
        Ok(self.written_length()?.filter(is_length))
    }

    fn written_length(&self) -> Result<Option<u64>, Rejection> {
        const FAULT: Rejection =
            Rejection::new(RejectionKind::Malformed, "Content-Length is not a number");
        let Some(value) = self.header_of(&CONTENT_LENGTH)? else {
            return Ok(None);
        };
        if value.is_empty() {
            return Err(FAULT);
        }
        // More digits than fit are a number all the same, and larger than any limit.
        let mut length = 0_u64;
        for byte in value {
            if !byte.is_ascii_digit() {
                return Err(FAULT);
            }
            length = length
                .saturating_mul(10)
                .saturating_add(u64::from(byte - b'0'));
        }
        Ok(Some(length))
    }

    fn is_chunked(&self) -> bool {
        let mut last: &[u8] = &[];
        self.headers.for_each_of(&TRANSFER_ENCODING, &mut |value| {
            last = value.rsplit(|byte| *byte == b',').next().unwrap_or(value);
        });
        last.trim_ascii().eq_ignore_ascii_case(b"chunked")
    }
}

impl std::fmt::Debug for RequestHead<'_> {
    /// Shows method and path. The query and the headers may hold tokens and signatures.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// The one value of these lines, if there is a line.
fn one_of<'a>(lines: impl FnOnce(&mut dyn FnMut(&'a [u8]))) -> Result<Option<&'a [u8]>, Rejection> {
    let mut found: Option<&'a [u8]> = None;
    let mut fault = None;
    lines(&mut |value| {
        if value.len() > MAX_HEADER {
            fault = Some("a header is longer than 8 KiB");
        } else if found.is_some_and(|first| first != value) {
            fault = Some("two lines of one header differ");
        }
        found = Some(value);
    });
    match fault {
        Some(reason) => Err(Rejection::new(RejectionKind::Malformed, reason)),
        None => Ok(found),
    }
}

/// One decoded field of an urlencoded form; refuses two different values of one name.
pub(crate) fn form_field<'a>(
    form: &'a [u8],
    name: &str,
) -> Result<Option<Cow<'a, str>>, Rejection> {
    let mut found: Option<Cow<'a, str>> = None;
    for (key, value) in form_urlencoded::parse(form) {
        if key == name {
            if found.is_some_and(|first| first != value) {
                return Err(Rejection::new(
                    RejectionKind::Malformed,
                    "two fields of one name differ",
                ));
            }
            found = Some(value);
        }
    }
    Ok(found)
}

/// The path of a target or of a whole URL, without the query; still percent-encoded.
pub(crate) fn path_of(target: &str) -> &str {
    let before_query = target.split(['?', '#']).next().unwrap_or_default();
    match before_query.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => before_query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<T>(result: Result<T, Rejection>) -> RejectionKind {
        result.err().unwrap().kind()
    }

    #[test]
    fn equal_lines_are_one_value_and_different_lines_are_refused() {
        let headers = vec![("A", "1"), ("a", "1"), ("b", "1"), ("B", "2"), ("C", "")];
        let head = RequestHead::new("POST", "/", &headers);
        assert_eq!(head.header("a"), Ok(Some(&b"1"[..])));
        assert_eq!(kind(head.header("b")), RejectionKind::Malformed);
        assert_eq!(head.header("c"), Ok(Some(&b""[..])));
        assert_eq!(head.header("d"), Ok(None));
    }

    #[test]
    fn a_name_that_was_read_before_finds_the_same_in_every_map() {
        const NAMES: [&str; 4] = ["x-one", "x-same", "x-other", "x-absent"];
        let lines = vec![
            ("X-One", "1"),
            ("X-Same", "2"),
            ("x-same", "2"),
            ("x-other", "3"),
            ("X-Other", "4"),
        ];
        let mut map = http::HeaderMap::new();
        for (name, value) in &lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, http::HeaderValue::from_static(value));
        }
        let names = HeaderNames::of(&NAMES);
        let maps: [&dyn Headers; 2] = [&lines, &map];
        for headers in maps {
            let head = RequestHead::new("POST", "/", headers);
            for name in NAMES {
                assert!(names.find(name).is_some());
                assert_eq!(
                    head.asked_for(&names).header(name),
                    head.header(name),
                    "{name}"
                );
            }
            assert_eq!(head.header("x-same"), Ok(Some(&b"2"[..])));
            assert_eq!(kind(head.header("x-other")), RejectionKind::Malformed);
        }
    }

    #[test]
    fn headers_over_8_kib_are_refused() {
        let longest = "x".repeat(8 * 1024);
        let headers = vec![("a", longest.clone()), ("b", longest + "x")];
        let head = RequestHead::new("POST", "/", &headers);
        assert!(head.header("a").is_ok());
        assert_eq!(kind(head.header("b")), RejectionKind::Malformed);
    }

    #[test]
    fn all_lines_of_a_header_are_8_kib_together() {
        let half = "x".repeat(4 * 1024);
        let headers = vec![("a", half.clone()), ("A", half.clone()), ("b", half)];
        let head = RequestHead::new("POST", "/", &headers);
        assert_eq!(head.header_lines("a").unwrap().len(), 2);
        let headers = vec![("a", "x".repeat(8 * 1024)), ("a", "x".to_owned())];
        let head = RequestHead::new("POST", "/", &headers);
        assert_eq!(kind(head.header_lines("a")), RejectionKind::Malformed);
    }

    #[test]
    fn text_is_visible_ascii() {
        let headers = vec![
            ("a", b"plain text".to_vec()),
            ("b", b"\xc3\xa9".to_vec()),
            ("c", b"\xff".to_vec()),
            ("d", b"tab\there".to_vec()),
        ];
        let head = RequestHead::new("POST", "/", &headers);
        assert_eq!(head.header_str("a"), Ok(Some("plain text")));
        for name in ["b", "c", "d"] {
            assert_eq!(
                kind(head.header_str(name)),
                RejectionKind::Malformed,
                "{name}"
            );
        }
    }

    #[test]
    fn a_length_beside_chunks_does_not_count() {
        let length = |coding: &str| {
            let headers = vec![("content-length", "9"), ("transfer-encoding", coding)];
            RequestHead::new("POST", "/", &headers).content_length()
        };
        assert_eq!(length("chunked"), Ok(None));
        assert_eq!(length("gzip, Chunked "), Ok(None));
        assert_eq!(length("identity"), Ok(Some(9)));
        // The body is there: only another length than its own can be one that does not count, for whoever compares the two.
        let headers = vec![("content-length", "9"), ("transfer-encoding", "chunked")];
        let head = RequestHead::new("POST", "/", &headers);
        assert_eq!(head.with_body(8).announced_length(), Ok(None));
        assert_eq!(head.with_body(9).announced_length(), Ok(Some(9)));
        assert_eq!(head.with_body(9).content_length(), Ok(None));
    }

    #[test]
    fn content_length_is_a_number_or_a_fault() {
        let length = |value: &str| {
            let headers = vec![("content-length", value)];
            RequestHead::new("POST", "/", &headers).content_length()
        };
        assert_eq!(length("0"), Ok(Some(0)));
        assert_eq!(length("9223372036854775808"), Ok(Some(1 << 63)));
        assert_eq!(length("99999999999999999999999"), Ok(Some(u64::MAX)));
        for value in ["", "+5", "-1", "1e3", " 5", "0x5", "5,5", "٣"] {
            assert_eq!(kind(length(value)), RejectionKind::Malformed, "{value:?}");
        }
    }

    #[test]
    fn splits_targets_of_both_forms() {
        let none: Vec<(&str, &str)> = Vec::new();
        for (target, path, query) in [
            ("/a/b?c=d", "/a/b", Some("c=d")),
            ("/a", "/a", None),
            ("https://shop.example/hooks?x=1#f", "/hooks", Some("x=1")),
            ("https://shop.example", "/", None),
            ("https://shop.example?x=/y", "/", Some("x=/y")),
            ("", "", None),
        ] {
            let head = RequestHead::new("GET", target, &none);
            assert_eq!((head.path(), head.query()), (path, query), "{target}");
        }
    }

    #[test]
    fn query_parameters_are_decoded_and_may_not_conflict() {
        let none: Vec<(&str, &str)> = Vec::new();
        let head = RequestHead::new("GET", "/?a=x%20y+z&b=1&b=1&c=1&c=2", &none);
        assert_eq!(head.query_param("a").unwrap().unwrap(), "x y z");
        assert_eq!(head.query_param("b").unwrap().unwrap(), "1");
        assert_eq!(kind(head.query_param("c")), RejectionKind::Malformed);
        assert_eq!(head.query_param("d"), Ok(None));
    }

    #[test]
    fn debug_shows_neither_query_nor_headers() {
        let headers = vec![("authorization", "Bearer canary")];
        let head = RequestHead::new("GET", "/hook?token=canary", &headers);
        assert!(!format!("{head:?}").contains("canary"));
    }
}
