//! What the URL of an address becomes behind proxies, for senders that sign it.

use crate::explain::request::Request;

/// A URL with a mistake undone.
pub(super) struct Mended {
    pub(super) code: &'static str,
    pub(super) url: String,
}

/// Everything that the address could be called: with one part changed, then with two.
pub(super) fn mended(configured: &str, request: &Request) -> Vec<Mended> {
    let Some(url) = Parts::of(configured) else {
        return Vec::new();
    };
    let single = url.changed(request);
    let mut all: Vec<(&'static str, Parts)> = single.clone();
    for (first, once) in &single {
        let twice = once.changed(request).into_iter();
        // Of two faults the host is the one to look at.
        all.extend(twice.map(|(second, parts)| match second {
            "url_host" => (second, parts),
            _ => (*first, parts),
        }));
    }
    let mut found: Vec<Mended> = Vec::new();
    for (code, parts) in all {
        let url = parts.joined();
        if url != configured && found.iter().all(|other| other.url != url) {
            found.push(Mended { code, url });
        }
    }
    found
}

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    scheme: String,
    host: String,
    path: String,
    query: Option<String>,
}

impl Parts {
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query.to_owned())),
            None => (rest, None),
        };
        let at = rest.find('/').unwrap_or(rest.len());
        Some(Self {
            scheme: scheme.to_owned(),
            host: rest.get(..at)?.to_owned(),
            path: rest.get(at..)?.to_owned(),
            query,
        })
    }

    fn joined(&self) -> String {
        let query = self.query.as_ref();
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        format!("{}://{}{}{query}", self.scheme, self.host, self.path)
    }

    fn changed(&self, request: &Request) -> Vec<(&'static str, Self)> {
        let mut all = Vec::new();
        let other = match self.scheme.as_str() {
            "https" => "http",
            _ => "https",
        };
        all.push((
            "url_scheme",
            Self {
                scheme: other.to_owned(),
                ..self.clone()
            },
        ));
        for name in ["x-forwarded-host", "x-original-host", "host"] {
            if let Some(host) = request.header(name) {
                let host = host.split(',').next().unwrap_or_default().trim();
                all.push(("url_host", self.with_host(host)));
            }
        }
        if let Some((host, _port)) = self.host.rsplit_once(':') {
            all.push(("url_host", self.with_host(host)));
        }
        for port in [443, 80] {
            all.push(("url_host", self.with_host(&format!("{}:{port}", self.host))));
        }
        let host = match self.host.strip_prefix("www.") {
            Some(host) => host.to_owned(),
            None => format!("www.{}", self.host),
        };
        all.push(("url_host", self.with_host(&host)));
        let path = match self.path.strip_suffix('/') {
            Some(path) => path.to_owned(),
            None => format!("{}/", self.path),
        };
        all.push((
            "url_slash",
            Self {
                path,
                ..self.clone()
            },
        ));
        let target = request.target.split('#').next().unwrap_or_default();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        all.push((
            "url_query",
            Self {
                query,
                ..self.clone()
            },
        ));
        all.push((
            "url_query",
            Self {
                query: None,
                ..self.clone()
            },
        ));
        if path.starts_with('/') {
            // The sender knows another path of the same server.
            all.push((
                "url_path",
                Self {
                    path: path.to_owned(),
                    ..self.clone()
                },
            ));
        }
        all
    }

    fn with_host(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn each_mistake_is_undone() {
        let request = Request {
            target: "/hook?shop=1".to_owned(),
            headers: vec![("Host".to_owned(), Bytes::from("shop.example"))],
            ..Request::default()
        };
        for (configured, code, wanted) in [
            (
                "http://shop.example/hook?shop=1",
                "url_scheme",
                "https://shop.example/hook?shop=1",
            ),
            (
                "https://10.0.0.1:3000/hook",
                "url_host",
                "https://shop.example/hook",
            ),
            (
                "https://shop.example:3000/hook",
                "url_host",
                "https://shop.example/hook",
            ),
            (
                "https://shop.example/hook/",
                "url_slash",
                "https://shop.example/hook",
            ),
            (
                "https://shop.example/hook",
                "url_slash",
                "https://shop.example/hook/",
            ),
            (
                "https://shop.example/hook",
                "url_query",
                "https://shop.example/hook?shop=1",
            ),
            (
                "https://shop.example/hook?a=b",
                "url_query",
                "https://shop.example/hook",
            ),
            (
                "http://localhost/hook",
                "url_host",
                "https://shop.example/hook",
            ),
        ] {
            let all = mended(configured, &request);
            let found = all.iter().find(|mended| mended.url == wanted);
            assert_eq!(found.map(|found| found.code), Some(code), "{configured}");
        }
        assert!(mended("no url", &request).is_empty());
    }
}
