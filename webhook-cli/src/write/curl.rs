//! A curl command for a POSIX shell.

use std::fmt::Write;

use crate::request::Request;
use crate::text;

/// Above this a text is piped: the kernel refuses a longer argument.
const MOST_ARGUMENT: usize = 100_000;

/// A command that sends the request to this URL, to be pasted into a POSIX shell.
///
/// Every byte of the body arrives. What a terminal could take for more than text is written by `printf`. The headers `host`,
/// `content-length` and `transfer-encoding` are left out: curl writes them.
#[must_use]
pub fn curl(request: &Request, url: &str) -> String {
    let mut command = String::new();
    let is_piped = !is_argument(&request.body);
    if is_piped {
        let _ = write!(command, "printf '%b' '{}' | ", escaped(&request.body));
    }
    command.push_str("curl");
    command.push_str(&method(request));
    if url.contains(['[', ']', '{', '}']) {
        command.push_str(" --globoff");
    }
    if url.contains("/.") {
        command.push_str(" --path-as-is");
    }
    let _ = write!(command, " {}", argument(url.as_bytes()));
    for (name, value) in &request.headers {
        if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        let header = match value.is_empty() {
            true => format!("{name};").into_bytes(),
            false => [name.as_bytes(), b": ", value].concat(),
        };
        let _ = write!(command, " \\\n  -H {}", argument(&header));
    }
    if request.body.is_empty() {
        return command;
    }
    if request.header("content-type").is_none() {
        // curl would say that it is a form.
        command.push_str(" \\\n  -H 'Content-Type:'");
    }
    let body = match is_piped {
        true => "@-".to_owned(),
        false => argument(&request.body),
    };
    let _ = write!(command, " \\\n  --data-binary {body}");
    command
}

/// The headers that curl writes.
const OWN: [&str; 3] = ["host", "content-length", "transfer-encoding"];

fn method(request: &Request) -> String {
    match request.method.as_str() {
        "GET" if request.body.is_empty() => String::new(),
        "HEAD" if request.body.is_empty() => " -I".to_owned(),
        method => format!(" -X {}", argument(method.as_bytes())),
    }
}

/// Whether the bytes can stand in quotes. A terminal may change a tab, and takes a carriage return for the end of a line; curl reads a
/// file where a body begins with `@`.
fn is_argument(bytes: &[u8]) -> bool {
    let is_text =
        std::str::from_utf8(bytes).is_ok_and(|text| text.split('\n').all(text::is_harmless));
    is_text && !bytes.starts_with(b"@") && bytes.len() < MOST_ARGUMENT
}

/// In single quotes, in which a shell changes nothing: not even a `!`, as interactive ones do elsewhere.
fn argument(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._/:,@%+".contains(byte);
    if !is_argument(bytes) {
        format!("\"$(printf '%b' '{}')\"", escaped(bytes))
    } else if bytes.iter().all(is_plain) && !bytes.is_empty() {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// For `printf '%b'`, in single quotes.
fn escaped(bytes: &[u8]) -> String {
    let mut written = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\n' => written.push_str("\\n"),
            b'\\' => written.push_str("\\\\"),
            b'\'' => written.push_str("\\0047"),
            b' '..=b'~' => written.push(char::from(*byte)),
            _ => {
                let _ = write!(written, "\\0{byte:03o}");
            }
        }
    }
    written
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use bytes::Bytes;

    use super::*;

    fn request(body: Bytes) -> Request {
        Request {
            method: "POST".to_owned(),
            target: "/hook".to_owned(),
            headers: vec![
                ("Host".to_owned(), "shop.example".into()),
                ("Content-Type".to_owned(), "application/json".into()),
                ("X-Empty".to_owned(), Bytes::new()),
                (
                    "X-It's".to_owned(),
                    Bytes::from_static(b"a\xff$(id)`id`\"!"),
                ),
            ],
            body,
        }
    }

    #[test]
    fn a_text_is_quoted() {
        let command = curl(
            &request(Bytes::from("{\"it's\": \"ä\"}\n")).without("X-It's"),
            "http://localhost:3000/hook?a=1&b=2",
        );
        assert_eq!(
            command,
            "curl -X POST 'http://localhost:3000/hook?a=1&b=2' \\\n  -H 'Content-Type: application/json' \\\n  \
             -H 'X-Empty;' \\\n  --data-binary '{\"it'\\''s\": \"ä\"}\n'"
        );
    }

    /// The words that a real shell makes of a command, and what it pipes into curl.
    fn run(command: &str) -> Option<Vec<u8>> {
        let script = format!(
            "curl() {{ printf '%s\\0' \"$@\"; if [ -p /dev/stdin ]; then cat; fi; }}\n{command}\n"
        );
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(script)
            .env("LC_ALL", "C")
            .stdin(std::process::Stdio::null());
        let output = shell.output().ok()?;
        assert!(output.status.success(), "{command}");
        Some(output.stdout)
    }

    #[test]
    fn every_byte_survives_a_shell() {
        let all: Vec<u8> = (0..=255).chain(*b"\\0101%s%b\n\n").collect();
        for body in [
            Bytes::from(all),
            Bytes::from_static(b"@file"),
            Bytes::from_static(b"it's \"$HOME\" `id` \\n!\n"),
            Bytes::from_static(b"\x00\x001"),
        ] {
            let command = curl(&request(body.clone()), "http://h/");
            // Where there is no such shell, as on Windows, nothing can be said.
            let Some(output) = run(&command) else { return };
            let header = b"X-It's: a\xff$(id)`id`\"!";
            assert!(output.windows(header.len()).any(|it| it == header));
            let end = match command.starts_with("printf") {
                true => [b"@-\0", &*body].concat(),
                false => [&*body, b"\0"].concat(),
            };
            assert!(output.ends_with(&end), "{command}");
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_in_a_command() {
        let command = curl(
            &request(Bytes::from_static(b"\x1b[2J\r\n\xe2\x80\xae")),
            "http://h/\u{1b}",
        );
        assert!(command.split('\n').all(text::is_harmless), "{command:?}");
    }
}
