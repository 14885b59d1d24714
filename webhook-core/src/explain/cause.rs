//! The causes that can be named: a closed list.

use serde::Serialize;

/// Why a request was refused: with the change that this names, it is genuine.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Cause {
    /// One of [`Cause::CODES`].
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub todo: &'static str,
    /// Where the body that was signed differs from the one that arrived.
    pub difference: Option<Difference>,
}

/// The codes, and what to do.
const ADVICE: &[(&str, &str)] = &[
    (
        "clock",
        "if the clock of this machine is right, the request waited on its way or is a replay: let it be; for a request that was stored, give \
         the time at which it arrived",
    ),
    (
        "secret_space",
        "copy the secret without the space or line feed around it",
    ),
    ("secret_quotes", "give the secret without its quotes"),
    (
        "secret_prefix",
        "give the secret as the sender shows it: no prefix more, and none less",
    ),
    (
        "secret_encoding",
        "give the secret as the sender shows it, and do not decode or encode it yourself",
    ),
    (
        "other_secret",
        "use the secret of this address: the sender has one for each address, and one for test and live mode",
    ),
    (
        "other_variant",
        "send it to the address of that account, or configure its secret here",
    ),
    (
        "other_provider",
        "receive it with that provider: the request is not of the one that is configured here",
    ),
    (
        "body_newline",
        "hand over the body as it arrived: something adds or removes white space at its end",
    ),
    (
        "body_crlf",
        "hand over the body as it arrived: something changes its line endings",
    ),
    (
        "body_bom",
        "hand over the body as it arrived: something adds or removes a byte order mark",
    ),
    (
        "body_reserialised",
        "read the body before any JSON or form layer: it was parsed and written anew",
    ),
    (
        "body_unescaped",
        "read the body before any JSON layer: its characters were escaped or unescaped",
    ),
    (
        "body_gzip",
        "verify what the sender has signed: the body before compression",
    ),
    (
        "url_scheme",
        "set `public_url` to the address as the sender has it, with its scheme: a proxy in front may speak another one",
    ),
    (
        "url_host",
        "set `public_url` to the address as the sender has it, with its host",
    ),
    (
        "url_path",
        "set `public_url` to the address as the sender has it, with its path",
    ),
    (
        "url_slash",
        "set `public_url` to the address as the sender has it: with or without the slash at its end",
    ),
    (
        "url_query",
        "set `public_url` to the address as the sender has it, with its query",
    ),
    (
        "header_renamed",
        "let the proxy in front hand over the header under its own name",
    ),
    (
        "header_missing_here",
        "look at the proxies in front, which may drop it, and whether this request is of the provider at all",
    ),
];

impl Cause {
    /// Every code that there is.
    pub const CODES: [&'static str; ADVICE.len()] = {
        let mut codes = [""; ADVICE.len()];
        let mut at = 0;
        while at < codes.len() {
            #[expect(clippy::indexing_slicing, reason = "both have this length")]
            {
                codes[at] = ADVICE[at].0;
            }
            at += 1;
        }
        codes
    };

    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        let row = ADVICE.iter().find(|(own, _)| *own == code);
        Self {
            code,
            text: text.into(),
            todo: row.map_or("", |(_, todo)| todo),
            difference: None,
        }
    }
}

/// Where two bodies differ for the first time.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The number of bytes before it.
    pub at: usize,
    /// What the sender has signed from there, a few bytes of it.
    pub sent: String,
    /// What arrived from there.
    pub got: String,
}

impl Difference {
    /// How many bytes are shown.
    const SHOWN: usize = 24;

    pub(super) fn of(sent: &[u8], got: &[u8]) -> Self {
        let same = sent.iter().zip(got).take_while(|(a, b)| a == b).count();
        let from = |body: &[u8]| {
            let rest = body.get(same..).unwrap_or_default();
            let shown = rest.get(..Self::SHOWN).unwrap_or(rest);
            String::from_utf8_lossy(shown).into_owned()
        };
        Self {
            at: same,
            sent: from(sent),
            got: from(got),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_closed_and_each_says_what_to_do() {
        let codes = [
            "clock",
            "secret_space",
            "secret_quotes",
            "secret_prefix",
            "secret_encoding",
            "other_secret",
            "other_variant",
            "other_provider",
            "body_newline",
            "body_crlf",
            "body_bom",
            "body_reserialised",
            "body_unescaped",
            "body_gzip",
            "url_scheme",
            "url_host",
            "url_path",
            "url_slash",
            "url_query",
            "header_renamed",
            "header_missing_here",
        ];
        assert_eq!(Cause::CODES.to_vec(), codes);
        let silent = codes
            .iter()
            .filter(|code| Cause::new(code, "").todo.is_empty());
        assert_eq!(silent.count(), 0);
    }

    #[test]
    fn a_few_bytes_are_shown_from_where_bodies_differ() {
        let (sent, got) = ("a".repeat(40), format!("aa{}", "b".repeat(40)));
        let difference = Difference::of(sent.as_bytes(), got.as_bytes());
        assert_eq!(difference.at, 2);
        assert_eq!(difference.sent, "a".repeat(24));
        assert_eq!(difference.got, "b".repeat(24));
        let difference = Difference::of(b"ab", b"a");
        assert_eq!(
            (difference.at, &*difference.sent, &*difference.got),
            (1, "b", "")
        );
    }
}
