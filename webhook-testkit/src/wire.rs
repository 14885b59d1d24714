//! A client that sends exactly what it is given.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::hygiene;

/// Far beyond what any case takes: a server that hangs fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
    /// All that the server has said.
    heard: Vec<u8>,
    /// The 1xx answers so far.
    pub interim: Vec<u16>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.heard.is_empty() {
            hygiene::hear("answer", &self.heard);
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            unread: Vec::new(),
            heard: Vec::new(),
            interim: Vec::new(),
        }
    }

    /// Sends what the server takes: one that has answered may have stopped to listen.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            assert!(!is_hang(error.kind()), "the server does not read");
        }
    }

    /// Says that nothing more will come, and still listens.
    pub fn finish(&self) {
        // Fails if the server has closed the connection before, which is as good.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The next answer; `None` if the connection ends without one.
    pub fn answer(&mut self) -> Option<Answer> {
        let answer = self.answer_to_head()?;
        self.with_body(answer)
    }

    /// The same where `HEAD` was asked: whatever length it tells, it has no body.
    pub fn answer_to_head(&mut self) -> Option<Answer> {
        loop {
            let answer = self.head()?;
            if answer.status >= 200 {
                return Some(answer);
            }
        }
    }

    /// Waits for `100 Continue`; `false` if something else comes.
    pub fn may_continue(&mut self) -> bool {
        self.head().is_some_and(|answer| answer.status == 100)
    }

    fn head(&mut self) -> Option<Answer> {
        let head = self.take_to(b"\r\n\r\n")?;
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap();
        let status = status[..3].parse().unwrap();
        if status < 200 {
            self.interim.push(status);
        }
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Some(Answer {
            status,
            headers: headers.collect(),
            body: String::new(),
        })
    }

    fn with_body(&mut self, answer: Answer) -> Option<Answer> {
        // RFC 9112, section 6.3.
        let body = if matches!(answer.status, 204 | 304) {
            Vec::new()
        } else if let Some(length) = answer.header("content-length") {
            self.take(length.parse().unwrap())?
        } else if answer.header("transfer-encoding") == Some("chunked") {
            self.chunks()?
        } else {
            while self.fill() {}
            std::mem::take(&mut self.unread)
        };
        let body = String::from_utf8(body).unwrap();
        Some(Answer { body, ..answer })
    }

    fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = String::from_utf8(self.take_to(b"\r\n")?).unwrap();
            let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
            body.extend_from_slice(&self.take(size)?);
            self.take_to(b"\r\n")?;
            if size == 0 {
                return Some(body);
            }
        }
    }

    fn take_to(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            let at = self.unread.windows(end.len()).position(|part| part == end);
            if let Some(at) = at {
                return self.take(at + end.len());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.unread.len() < length {
            if !self.fill() {
                return None;
            }
        }
        Some(self.unread.drain(..length).collect())
    }

    /// Reads once; `false` at the end of the connection. A reset ends it as well.
    fn fill(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(read) => {
                self.unread.extend_from_slice(&buffer[..read]);
                self.heard.extend_from_slice(&buffer[..read]);
                true
            }
            Err(error) => {
                assert!(!is_hang(error.kind()), "the server does not answer");
                false
            }
        }
    }
}

fn is_hang(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter().filter(|(own, _)| own == name);
        lines.next().map(|(_, value)| value.as_str())
    }
}
