//! The signature base: what is signed, put together from the request (RFC 9421, section 2).

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fields::{Bare, Item, Member, Params, dictionary};
use crate::outcome::{Rejection, malformed, missing};
use crate::request::RequestHead;
use crate::verify::path_of;

/// A request, and the URL that the sender was given, if it is configured.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) public_url: Option<&'a str>,
}

impl Signed<'_> {
    /// The base of a signature over these components with these parameters.
    pub(super) fn base(&self, components: &[Item], params: &Params) -> Result<String, Rejection> {
        let mut base = String::new();
        let mut covered: Vec<String> = Vec::with_capacity(components.len());
        for component in components {
            let identifier = component.to_string();
            if covered.contains(&identifier) {
                return Err(malformed("a signature covers one component twice"));
            }
            let value = self.value(component)?;
            if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                return Err(malformed("a covered component is not visible ASCII"));
            }
            base.push_str(&format!("{identifier}: {value}\n"));
            covered.push(identifier);
        }
        let _ = write!(
            base,
            "\"@signature-params\": ({}){params}",
            covered.join(" ")
        );
        Ok(base)
    }

    fn value(&self, component: &Item) -> Result<String, Rejection> {
        let Bare::Text(name) = &component.value else {
            return Err(malformed("a covered component has no name"));
        };
        let head = &self.head;
        match (name.as_str(), component.params.0.as_slice()) {
            ("@method", []) => Ok(head.method().to_owned()),
            ("@authority", []) => self.authority(),
            ("@scheme", []) => self.scheme().map(str::to_owned),
            ("@path", []) => Ok(self.path().to_owned()),
            ("@query", []) => Ok(format!("?{}", head.query().unwrap_or_default())),
            ("@target-uri", []) => {
                let (scheme, authority) = (self.scheme()?, self.authority()?);
                Ok(format!("{scheme}://{authority}{}", self.path_and_query()))
            }
            ("@request-target", []) => Ok(self.path_and_query()),
            ("@query-param", [(param, Bare::Text(name))]) if param == "name" => {
                self.query_param(name)
            }
            (name, params) if is_field(name) => self.field(name, params),
            _ => Err(malformed(
                "a covered component is none of a request, or has parameters that are not read",
            )),
        }
    }

    /// A header: all its lines, or one member of a dictionary.
    fn field(&self, name: &str, params: &[(String, Bare)]) -> Result<String, Rejection> {
        let value = self.lines(name)?;
        match params {
            [] => Ok(value),
            [(param, Bare::Text(key))] if param == "key" => {
                let members = dictionary(&value);
                let members = members.ok_or(malformed("a covered header is no dictionary"))?;
                let member = members.into_iter().find(|(own, _)| own == key);
                let (_, member): (_, Member) = member.ok_or(malformed(
                    "a covered header lacks the member that is covered",
                ))?;
                Ok(member.to_string())
            }
            _ => Err(malformed(
                "a covered header has parameters that are not read",
            )),
        }
    }

    fn lines(&self, name: &str) -> Result<String, Rejection> {
        let lines = self.head.header_lines(name)?;
        if lines.is_empty() {
            return Err(missing("a header that is covered is not there"));
        }
        let texts = lines
            .iter()
            .map(|line| std::str::from_utf8(line.trim_ascii()));
        let texts: Result<Vec<&str>, _> = texts.collect();
        let texts = texts.map_err(|_| malformed("a covered header is not visible ASCII"))?;
        Ok(texts.join(", "))
    }

    /// As the sender was given it, else as the request says it.
    fn authority(&self) -> Result<String, Rejection> {
        let host = match self.origin() {
            Some((_, authority)) => authority,
            None => self
                .head
                .header_str("host")?
                .ok_or(missing("there is no header Host: set `public_url`").of_header("host"))?
                .trim(),
        };
        let host = host.to_ascii_lowercase();
        // Webhooks come by HTTPS where nothing else is said.
        let default = match self.origin() {
            Some(("http", _)) => ":80",
            _ => ":443",
        };
        Ok(host.strip_suffix(default).unwrap_or(&host).to_owned())
    }

    fn scheme(&self) -> Result<&str, Rejection> {
        const UNKNOWN: Rejection =
            malformed("the signature covers the scheme of the URL: set `public_url`");
        self.origin().map(|(scheme, _)| scheme).ok_or(UNKNOWN)
    }

    /// Scheme and authority of the URL.
    fn origin(&self) -> Option<(&str, &str)> {
        let url = self.public_url.unwrap_or(self.head.target());
        let (scheme, rest) = ["https", "http"].into_iter().find_map(|scheme| {
            let behind = url.strip_prefix(scheme)?.strip_prefix("://")?;
            Some((scheme, behind))
        })?;
        Some((scheme, rest.split(['/', '?', '#']).next()?))
    }

    /// That of the URL that the sender was given, else that of the request.
    fn path(&self) -> &str {
        let path = match self.public_url {
            Some(url) => path_of(url),
            None => self.head.path(),
        };
        match path {
            "" => "/",
            path => path,
        }
    }

    fn path_and_query(&self) -> String {
        match self.head.query() {
            Some(query) => format!("{}?{query}", self.path()),
            None => self.path().to_owned(),
        }
    }

    fn query_param(&self, name: &str) -> Result<String, Rejection> {
        let query = self.head.query().unwrap_or_default();
        let encode = |text: &str| utf8_percent_encode(text, FORM).to_string();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut values = pairs.filter(|(own, _)| encode(own) == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(encode(&value)),
            (None, _) => Err(missing(
                "a parameter of the query that is covered is not there",
            )),
            _ => Err(malformed("a covered parameter stands in the query twice")),
        }
    }
}

/// Of the form encoding (URL Standard, section 1.3), with a space as `%20`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// Whether this is the name of a header, in lower case.
fn is_field(name: &str) -> bool {
    let is_one = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !name.is_empty() && name.bytes().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(
        target: &str,
        url: Option<&str>,
        components: &str,
    ) -> Result<String, crate::RejectionKind> {
        let headers = vec![
            ("host", "Shop.Example:443"),
            ("x-list", " a "),
            ("x-list", "b"),
            ("x-dict", "one=1,  two=:YQ==: "),
            ("x-odd", "\u{e9}"),
        ];
        let signed = Signed {
            head: RequestHead::new("POST", target, &headers),
            public_url: url,
        };
        let input = dictionary(&format!("s=({components})")).unwrap();
        let [(_, Member::List(items, params))] = &input[..] else {
            panic!("{components}");
        };
        let base = signed
            .base(items, params)
            .map_err(|rejection| rejection.kind())?;
        let end = base.rfind("\"@signature-params\"").unwrap();
        Ok(base[..end].to_owned())
    }

    #[test]
    fn components_are_made_as_the_rfc_says() {
        for (target, url, component, value) in [
            ("/a?b", None, r#""@method""#, "POST"),
            ("/a?b", None, r#""@authority""#, "shop.example"),
            (
                "/a?b",
                Some("https://Public.Example:8443/x"),
                r#""@authority""#,
                "public.example:8443",
            ),
            (
                "/a?b",
                Some("http://public.example:80"),
                r#""@authority""#,
                "public.example",
            ),
            (
                "/a?b",
                Some("http://public.example:443/"),
                r#""@authority""#,
                "public.example:443",
            ),
            (
                "https://Target.Example/a",
                None,
                r#""@authority""#,
                "target.example",
            ),
            (
                "/a",
                Some("http://public.example/x"),
                r#""@scheme""#,
                "http",
            ),
            ("/a%20b?c", None, r#""@path""#, "/a%20b"),
            ("https://target.example", None, r#""@path""#, "/"),
            ("/a?b=%20&c", None, r#""@query""#, "?b=%20&c"),
            ("/a", None, r#""@query""#, "?"),
            ("/a?b", None, r#""@request-target""#, "/a?b"),
            (
                "/a?b",
                Some("https://public.example/x/y?z"),
                r#""@path""#,
                "/x/y",
            ),
            ("/a?b", Some("https://public.example?z"), r#""@path""#, "/"),
            (
                "/a?b",
                Some("https://public.example/x"),
                r#""@target-uri""#,
                "https://public.example/x?b",
            ),
            (
                "/a?b=c+d%C3%A9&e",
                None,
                r#""@query-param";name="b""#,
                "c%20d%C3%A9",
            ),
            ("/a?b=c&e", None, r#""@query-param";name="e""#, ""),
            ("/a?b%20c=d", None, r#""@query-param";name="b%20c""#, "d"),
            ("/a", None, r#""x-list""#, "a, b"),
            ("/a", None, r#""x-dict";key="two""#, ":YQ==:"),
        ] {
            let made = base(target, url, component);
            assert_eq!(
                made,
                Ok(format!("{component}: {value}\n")),
                "{target} {url:?}"
            );
        }
    }

    #[test]
    fn what_is_no_component_of_a_request_is_refused() {
        use crate::RejectionKind::{Malformed, MissingSignature};

        for (component, kind) in [
            (r#""@status""#, Malformed),
            (r#""@other""#, Malformed),
            (r#""@signature-params""#, Malformed),
            (r#""@method";req"#, Malformed),
            (r#""x-list";tr"#, Malformed),
            (r#""x-list";sf"#, Malformed),
            (r#""x-list";bs"#, Malformed),
            (r#""x-dict";key="two";sf"#, Malformed),
            (r#""x-dict";key="three""#, Malformed),
            (r#""x-odd";key="a""#, Malformed),
            (r#""x-odd""#, Malformed),
            (r#""X-List""#, Malformed),
            (r#""x list""#, Malformed),
            (r#""""#, Malformed),
            ("x-list", Malformed),
            ("1", Malformed),
            (r#""x-list" "x-list""#, Malformed),
            (r#""@scheme""#, Malformed),
            (r#""@query-param""#, Malformed),
            (r#""@query-param";name="twice""#, Malformed),
            (r#""@query-param";name="absent""#, MissingSignature),
            (r#""x-absent""#, MissingSignature),
        ] {
            let made = base("/a?twice=1&twice=1", None, component);
            assert_eq!(made, Err(kind), "{component}");
        }
    }
}
