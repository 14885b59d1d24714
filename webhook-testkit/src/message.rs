//! A request as bytes, right or wrong.

use webhook_core::testing::SignedRequest;

/// A request that can be made wrong in every way.
#[derive(Clone, Debug)]
pub struct Message {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    framing: Framing,
    trailers: String,
}

/// How the end of the body is told.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Length,
    Chunks(usize),
    /// By the headers of the message, or not at all.
    Own,
}

impl Message {
    /// The request that a sender makes, with its length.
    pub fn new(signed: SignedRequest) -> Self {
        let headers = signed.headers.into_iter();
        Self {
            method: signed.method,
            target: signed.target,
            headers: headers
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: signed.body.to_vec(),
            framing: Framing::Length,
            trailers: String::new(),
        }
    }

    pub fn method(mut self, method: &str) -> Self {
        self.method = method.to_owned();
        self
    }

    pub fn target(mut self, target: &str) -> Self {
        self.target = target.to_owned();
        self
    }

    /// One line more.
    pub fn and(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().to_vec();
        self.headers.push((name.to_owned(), value));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    /// Another value in place of those that are there.
    pub fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    pub fn value(&self, name: &str) -> Vec<u8> {
        let mut lines = self.headers.iter().filter(|(own, _)| own == name);
        lines.next().unwrap().1.clone()
    }

    /// Whether it waits to be asked for its body.
    pub fn expects(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == "expect")
    }

    /// Another body under the same signature.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub fn in_chunks(mut self, of: usize) -> Self {
        self.framing = Framing::Chunks(of);
        self
    }

    /// Without a header that tells the length, unless the case brings one.
    pub fn unframed(mut self) -> Self {
        self.framing = Framing::Own;
        self
    }

    /// A line behind the last chunk.
    pub fn trailer(mut self, name: &str, value: &[u8]) -> Self {
        self.trailers += &format!("{name}: {}\r\n", String::from_utf8_lossy(value));
        self
    }

    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let framing = match self.framing {
            Framing::Length => format!("content-length: {}\r\n", self.body.len()),
            Framing::Chunks(_) => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::Own => String::new(),
        };
        head.extend_from_slice(b"host: localhost\r\n");
        head.extend_from_slice(framing.as_bytes());
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    /// The body as it goes over the wire.
    pub fn payload(&self) -> Vec<u8> {
        let Framing::Chunks(of) = self.framing else {
            return self.body.clone();
        };
        let mut payload = Vec::new();
        for chunk in self.body.chunks(of) {
            payload.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            payload.extend_from_slice(chunk);
            payload.extend_from_slice(b"\r\n");
        }
        payload.extend_from_slice(format!("0\r\n{}\r\n", self.trailers).as_bytes());
        payload
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.payload()].concat()
    }
}
