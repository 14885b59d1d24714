//! Takes a URL apart without changing a byte of it.

/// Host with port, if there is one, and path with query. The fragment of a URL is not sent, so it is left out; a path alone is what was
/// sent, and stays as it is.
#[must_use]
pub fn split(url: &str) -> (Option<&str>, String) {
    let (authority, rest) = match after_scheme(url) {
        None => (None, url),
        Some(rest) => {
            let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at(end);
            (Some(authority), rest)
        }
    };
    // A name and a password are no part of the host.
    let host = authority.map(|text| text.rsplit_once('@').map_or(text, |(_, host)| host));
    let target = match rest.starts_with('/') || (authority.is_none() && rest == "*") {
        true => rest.to_owned(),
        false => format!("/{rest}"),
    };
    (host.filter(|host| !host.is_empty()), target)
}

fn after_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_scheme.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_without_changing_it() {
        let cases = [
            (
                "https://shop.example/a%2Fb?x=1#top",
                Some("shop.example"),
                "/a%2Fb?x=1",
            ),
            ("http://u:p@[::1]:80", Some("[::1]:80"), "/"),
            ("HTTPS://shop.example?x", Some("shop.example"), "/?x"),
            (
                "/hook?to=http://x.example/",
                None,
                "/hook?to=http://x.example/",
            ),
            ("/a#b", None, "/a#b"),
            ("", None, "/"),
            ("*", None, "*"),
        ];
        for (url, host, target) in cases {
            assert_eq!(split(url), (host, target.to_owned()), "{url}");
        }
    }
}
