//! A `curl` command, as browsers and documents print it.

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::parse::flags::{self, Flag};
use crate::parse::input::{Input, ParseError};
use crate::parse::{cmd, shell, url};
use crate::request::Request;
use crate::text;

/// Whether the input begins as a curl command does.
#[must_use]
pub fn is_command(input: &[u8]) -> bool {
    let input = without_prompt(input);
    is_curl(
        input
            .split(u8::is_ascii_whitespace)
            .next()
            .unwrap_or_default(),
    ) || input.starts_with(b"printf ")
}

fn is_curl(word: &[u8]) -> bool {
    [&b"curl"[..], b"curl.exe"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

fn without_prompt(input: &[u8]) -> &[u8] {
    let prompts: [&[u8]; 4] = [b"$ ", b"% ", b"> ", b"# "];
    let mut after = prompts
        .iter()
        .filter_map(|prompt| input.strip_prefix(*prompt));
    after.next().unwrap_or(input).trim_ascii_start()
}

/// Reads the request that the command would send. Nothing is run and no file is read.
///
/// # Errors
/// If a flag is not known, the body is in a file, or quotes are open.
pub fn parse(input: &[u8]) -> Result<Input, ParseError> {
    let input = without_prompt(input);
    let command = match cmd::is_quoted(input) {
        true => shell::Command {
            words: cmd::split(input)?,
            ..shell::Command::default()
        },
        false => shell::split(input)?,
    };
    let mut words = command.words.into_iter();
    if !words.next().is_some_and(|word| is_curl(&word)) {
        return Err(ParseError::new(
            "this is no curl command: it must begin with `curl`, or with `printf '%b' TEXT | curl`",
        ));
    }
    let mut read = Read {
        stdin: command.stdin,
        ..Read::default()
    };
    read.words(words)?;
    let mut notes = Vec::new();
    if command.has_variables {
        notes.push(
            "variables of the shell are not replaced: what begins with $ is taken as it is"
                .to_owned(),
        );
    }
    if command.has_more {
        notes.push("only the first command is read".to_owned());
    }
    Ok(Input {
        request: read.request()?,
        notes,
        ..Input::default()
    })
}

#[derive(Default)]
struct Read {
    stdin: Option<Vec<u8>>,
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, Bytes)>,
    /// `-H 'Name:'`: what curl would add by itself is not added.
    removed: Vec<String>,
    data: Option<Vec<u8>>,
    is_json: bool,
    is_get: bool,
    is_head: bool,
}

impl Read {
    fn words(&mut self, mut words: impl Iterator<Item = Vec<u8>>) -> Result<(), ParseError> {
        let mut are_flags = true;
        while let Some(word) = words.next() {
            match word.as_slice() {
                b"--" if are_flags => are_flags = false,
                [b'-', b'-', name @ ..] if are_flags => {
                    let name = text_of(name, "a flag")?;
                    let flag = flags::long(name).ok_or_else(|| unknown("--", name))?;
                    let value = match flag.has_value() {
                        true => Some(words.next().ok_or_else(|| no_value("--", name))?),
                        false => None,
                    };
                    self.flag(flag, name, &value.unwrap_or_default())?;
                }
                [b'-', letters @ ..] if are_flags && !letters.is_empty() => {
                    self.letters(letters, &mut words)?;
                }
                _ => self.url(&word)?,
            }
        }
        Ok(())
    }

    /// `-sSX POST`, `-XPOST`.
    fn letters(
        &mut self,
        mut letters: &[u8],
        words: &mut impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), ParseError> {
        while let Some((letter, rest)) = letters.split_first() {
            letters = rest;
            let name = char::from(*letter).to_string();
            let flag = flags::short(char::from(*letter)).ok_or_else(|| unknown("-", &name))?;
            if !flag.has_value() {
                self.flag(flag, &name, b"")?;
                continue;
            }
            let value = match rest.is_empty() {
                true => words.next().ok_or_else(|| no_value("-", &name))?,
                false => rest.to_vec(),
            };
            return self.flag(flag, &name, &value);
        }
        Ok(())
    }

    fn flag(&mut self, flag: Flag, name: &str, value: &[u8]) -> Result<(), ParseError> {
        match flag {
            Flag::Method => self.method = Some(text_of(value, "the method")?.to_owned()),
            Flag::Url => self.url(value)?,
            Flag::Header => self.header(value)?,
            Flag::Data => match value.strip_prefix(b"@") {
                Some(file) => {
                    let mut data = self.file(name, file)?;
                    data.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
                    self.add(&data);
                }
                None => self.add(value),
            },
            Flag::DataRaw => self.add(value),
            Flag::DataBinary | Flag::Json => {
                let data = match value.strip_prefix(b"@") {
                    Some(file) => self.file(name, file)?,
                    None => value.to_vec(),
                };
                match flag {
                    Flag::Json => {
                        self.is_json = true;
                        self.data.get_or_insert_default().extend(data);
                    }
                    _ => self.add(&data),
                }
            }
            Flag::DataUrlEncode => {
                let data = url_encoded(value)?;
                self.add(&data);
            }
            Flag::Get => self.is_get = true,
            Flag::Head => self.is_head = true,
            Flag::User => {
                let value = format!("Basic {}", Base64::encode_string(value));
                self.push("Authorization", value.as_bytes());
            }
            Flag::Bearer => self.push("Authorization", &[b"Bearer ", value].concat()),
            Flag::Agent => self.push("User-Agent", value),
            Flag::Referer => self.push("Referer", value),
            Flag::Cookie if !value.contains(&b'=') => {
                return Err(ParseError::new(format!(
                    "{}: the cookies are in a file: give them as `name=value`",
                    dashed(name)
                )));
            }
            Flag::Cookie => self.push("Cookie", value),
            Flag::Silent | Flag::SilentValue => {}
            Flag::Elsewhere => {
                return Err(ParseError::new(format!(
                    "{}: what it sends is not in the command. Give the request as raw HTTP instead",
                    dashed(name)
                )));
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, file: &[u8]) -> Result<Vec<u8>, ParseError> {
        match self.stdin.take() {
            Some(stdin) if file == b"-" => Ok(stdin),
            _ => Err(ParseError::new(format!(
                "{} @{}: the body is not in the command. Give it by --body FILE",
                dashed(name),
                text::short(&String::from_utf8_lossy(file), 80)
            ))),
        }
    }

    /// Several are joined, as curl does.
    fn add(&mut self, data: &[u8]) {
        match &mut self.data {
            Some(own) => {
                own.push(b'&');
                own.extend_from_slice(data);
            }
            None => self.data = Some(data.to_vec()),
        }
    }

    fn push(&mut self, name: &str, value: &[u8]) {
        self.headers
            .push((name.to_owned(), Bytes::copy_from_slice(value)));
    }

    /// `Name: value`, `Name;` without a value, or `Name:` to remove what curl adds.
    fn header(&mut self, line: &[u8]) -> Result<(), ParseError> {
        if line.starts_with(b"@") {
            return Err(ParseError::new(
                "-H @FILE: the headers are in a file. Give each by -H 'Name: value'",
            ));
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let Some((name, value)) = colon.and_then(|at| line.split_at_checked(at)) else {
            let name = line.strip_suffix(b";").ok_or_else(|| {
                ParseError::new(format!(
                    "-H wants `Name: value`, and `{}` has no colon",
                    text::short(&String::from_utf8_lossy(line), 80)
                ))
            })?;
            let name = text_of(name, "a header")?.to_owned();
            self.push(&name, b"");
            return Ok(());
        };
        let name = text_of(name, "a header")?;
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match value.is_empty() {
            true => self.removed.push(name.to_ascii_lowercase()),
            // Commands of browsers repeat the pseudo headers of HTTP/2.
            false if name.is_empty() => {}
            false => self.push(name, value),
        }
        Ok(())
    }

    fn url(&mut self, url: &[u8]) -> Result<(), ParseError> {
        let url = text_of(url, "the URL")?;
        match self.url.replace(url.to_owned()) {
            None => Ok(()),
            Some(first) => Err(ParseError::new(format!(
                "the command has two URLs: `{}` and `{}`. Is a quote missing?",
                text::short(&first, 80),
                text::short(url, 80)
            ))),
        }
    }

    fn request(mut self) -> Result<Request, ParseError> {
        let url = self
            .url
            .take()
            .ok_or_else(|| ParseError::new("the command has no URL"))?;
        // curl takes what has no scheme for a host.
        let url = match url.contains("://") || url.starts_with('/') {
            true => url,
            false => format!("http://{url}"),
        };
        if !url.starts_with('/')
            && !url
                .get(..4)
                .is_some_and(|it| it.eq_ignore_ascii_case("http"))
        {
            return Err(ParseError::new(
                "the URL begins with neither http:// nor https://",
            ));
        }
        let (host, mut target) = url::split(&url);
        let method = match (self.method.take(), &self.data) {
            (Some(method), _) => method,
            (None, _) if self.is_head => "HEAD".to_owned(),
            (None, Some(_)) if !self.is_get => "POST".to_owned(),
            (None, _) => "GET".to_owned(),
        };
        if self.is_get
            && let Some(data) = self.data.take()
        {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(text_of(&data, "the data")?);
        }
        if let Some(host) = host.filter(|_| self.adds("host")) {
            let host = ("Host".to_owned(), Bytes::copy_from_slice(host.as_bytes()));
            self.headers.insert(0, host);
        }
        if self.data.is_some() && self.adds("content-type") {
            let kind: &[u8] = match self.is_json {
                true => b"application/json",
                false => b"application/x-www-form-urlencoded",
            };
            self.push("Content-Type", kind);
        }
        if self.is_json && self.adds("accept") {
            self.push("Accept", b"application/json");
        }
        Ok(Request {
            method,
            target,
            headers: self.headers,
            body: self.data.unwrap_or_default().into(),
        })
    }

    fn adds(&self, name: &str) -> bool {
        let mut own = self.headers.iter();
        !own.any(|(own, _)| own.eq_ignore_ascii_case(name))
            && !self.removed.iter().any(|own| own == name)
    }
}

/// `content`, `=content` or `name=content`, of which the content is encoded.
fn url_encoded(value: &[u8]) -> Result<Vec<u8>, ParseError> {
    let at = value.iter().position(|byte| matches!(byte, b'=' | b'@'));
    let (name, content) = match at.and_then(|at| value.split_at_checked(at)) {
        Some((_, [b'@', ..])) => {
            return Err(ParseError::new(
                "--data-urlencode with @FILE: the body is not in the command. Give it by --body FILE",
            ));
        }
        Some((b"", content)) => (&b""[..], content.get(1..).unwrap_or_default()),
        Some((name, content)) => (name, content.get(1..).unwrap_or_default()),
        None => (&b""[..], value),
    };
    let mut encoded = name.to_vec();
    if !name.is_empty() {
        encoded.push(b'=');
    }
    for byte in content {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            true => encoded.push(*byte),
            false => encoded.extend(format!("%{byte:02X}").bytes()),
        }
    }
    Ok(encoded)
}

fn text_of<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, ParseError> {
    std::str::from_utf8(bytes)
        .map_err(|_| ParseError::new(format!("{what} of the command is no UTF-8")))
}

fn dashed(name: &str) -> String {
    match name.len() {
        1 => format!("-{name}"),
        _ => format!("--{name}"),
    }
}

fn unknown(dashes: &str, name: &str) -> ParseError {
    ParseError::new(format!(
        "the flag {dashes}{} of curl is not known here: remove it, and its value if it has one, if it does not change the request",
        text::short(name, 40)
    ))
}

fn no_value(dashes: &str, name: &str) -> ParseError {
    ParseError::new(format!(
        "the flag {dashes}{} has no value: copy all of the command",
        text::short(name, 40)
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(command: &str) -> String {
        let request = parse(command.as_bytes()).unwrap().request;
        let headers = request.headers.iter();
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        format!(
            "{} {} [{}] {}",
            request.method,
            request.target,
            headers.join(", "),
            String::from_utf8_lossy(&request.body)
        )
    }

    #[test]
    fn commands_are_read_as_curl_would_send_them() {
        let form = "Content-Type: application/x-www-form-urlencoded";
        let cases = [
            ("curl http://h/a", "GET /a [Host: h] ".to_owned()),
            ("$ curl h", "GET / [Host: h] ".to_owned()),
            ("curl -d a=b --data c http://h/", format!("POST / [Host: h, {form}] a=b&c")),
            ("curl --data-raw @x http://h/", format!("POST / [Host: h, {form}] @x")),
            ("curl --data-urlencode 'a=b c' --data-urlencode =ä http://h/", format!("POST / [Host: h, {form}] a=b%20c&%C3%A4")),
            ("curl -sSLkiXPUT -H'A: b' -H 'C;' -H 'Content-Type:' -d x --url http://h/", "PUT / [Host: h, A: b, C: ] x".to_owned()),
            ("curl --json '{' --json '}' http://h/", "POST / [Host: h, Content-Type: application/json, Accept: application/json] {}".to_owned()),
            ("curl -G -d a=b -d c=d 'http://h/?x'", "GET /?x&a=b&c=d [Host: h] ".to_owned()),
            ("curl -I http://h/", "HEAD / [Host: h] ".to_owned()),
            ("curl -u a:b -A ua -e ref -b k=v --compressed -H 'host: x' http://h/", "GET / [Authorization: Basic YTpi, User-Agent: ua, Referer: ref, Cookie: k=v, host: x] ".to_owned()),
            ("curl 'https://h/a' \\\n  -H 'A: b' \\\n  --data-raw $'{\"a\":\"it\\'s\\u0021\"}'", format!("POST /a [Host: h, A: b, {form}] {{\"a\":\"it's!\"}}")),
            ("curl ^\"https://h/a^\" ^\n -X POST ^\n --data-raw ^\"a^&b^\"", format!("POST /a [Host: h, {form}] a&b")),
            ("printf '%b' 'a\\nb\\n' | curl --data-binary @- http://h/", format!("POST / [Host: h, {form}] a\nb\n")),
            ("printf '%b' 'a\\nb\\n' | curl -d @- http://h/", format!("POST / [Host: h, {form}] ab")),
        ];
        for (command, wanted) in cases {
            assert!(is_command(command.as_bytes()), "{command}");
            assert_eq!(read(command), wanted, "{command}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases = [
            ("curl", "no URL"),
            (
                "curl -d @body.json http://h/",
                "-d @body.json: the body is not in the command. Give it by --body",
            ),
            ("curl --data-binary @- http://h/", "--body FILE"),
            ("curl --frobnicate\u{1b} http://h/", "--frobnicate\\u{1b}"),
            ("curl -sQ x http://h/", "-Q"),
            ("curl http://h/ -H", "-H has no value"),
            ("curl http://h/ -H broken", "no colon"),
            ("curl -F a=@b http://h/", "-F: what it sends"),
            ("curl -H @file http://h/", "-H @FILE"),
            ("curl -b jar http://h/", "cookies are in a file"),
            ("curl http://h/ two", "two URLs"),
            ("curl ftp://h/", "http://"),
            ("curl 'http://h/", "is cut"),
        ];
        for (command, why) in cases {
            let error = parse(command.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{command}: {error}");
        }
    }

    #[test]
    fn what_was_not_read_is_a_note() {
        let input = parse(b"curl http://h/$PATH_ | jq .").unwrap();
        assert_eq!(input.notes.len(), 2);
    }
}
