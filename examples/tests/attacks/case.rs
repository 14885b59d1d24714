//! One request and what must come of it.

use crate::targets::targets;
use webhook_core::testing::SignedRequest;
use webhook_testkit::Request;
use webhook_testkit::message::Message;

/// The header by which a server tells which request it has called its handler for.
pub(crate) const NUMBER: &str = "x-request-number";

pub(crate) struct Case {
    /// Its class in the catalogue.
    pub(crate) class: &'static str,
    pub(crate) name: String,
    /// Its receiver, by its place in [`targets`].
    pub(crate) target: usize,
    /// What the receiver, if it remembers events, has got before, and where.
    pub(crate) before: Option<(usize, Request)>,
    pub(crate) request: Request,
    pub(crate) wire: Wire,
    pub(crate) want: Want,
}

/// How a request goes over a socket.
#[derive(Clone)]
pub(crate) enum Wire {
    /// With the length of its body.
    Length,
    /// In chunks of so many bytes.
    Chunks(usize),
    /// With what its headers say of its length.
    Own,
    /// With what its headers say of its length; then the client goes.
    Cut,
    /// These bytes instead, for which there is no request; then the client goes.
    Raw(Vec<u8>),
}

/// What must come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// A refusal with one of these codes.
    Refused(&'static [&'static str]),
    /// A refusal of ours or of the server, or the end of the connection.
    NoEntry,
    /// An answer of the library itself, which no handler sees.
    Answered,
    /// Odd, but genuine: the handler, once.
    Accepted,
    /// Genuine, but done before: a success without the handler.
    Duplicate,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// A refusal of ours, by its code.
    Refused(String),
    /// A refusal of the server's own, by its status.
    Status(u16),
    /// The end of the connection.
    Closed,
    /// A success; whether the handler was called is counted.
    Handled,
    Duplicate,
    /// An answer of the library itself.
    Reply,
}

impl Case {
    pub(crate) fn new(
        class: &'static str,
        name: impl Into<String>,
        target: &str,
        request: Request,
        want: Want,
    ) -> Self {
        Self {
            class,
            name: name.into(),
            target: crate::targets::find(target),
            before: None,
            request,
            wire: Wire::Length,
            want,
        }
    }

    pub(crate) fn wire(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    pub(crate) fn after(self, target: &str, request: Request) -> Self {
        let before = Some((crate::targets::find(target), request));
        Self { before, ..self }
    }

    pub(crate) fn title(&self) -> String {
        let target = &targets()[self.target].name;
        format!("{} {}, {target}", self.class, self.name)
    }

    /// Whether it attacks: the others look as if they did.
    pub(crate) fn is_attack(&self) -> bool {
        !matches!(self.want, Want::Accepted)
    }

    /// The bytes for a socket.
    pub(crate) fn bytes(&self, number: usize) -> Vec<u8> {
        if let Wire::Raw(bytes) = &self.wire {
            return bytes.clone();
        }
        let message = message(self.target, &self.request, &self.wire);
        message.and(NUMBER, number.to_string()).bytes()
    }

    /// Whether a server may refuse it before anybody asks us.
    pub(crate) fn is_no_http(&self) -> bool {
        let is_odd = |byte: &u8| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f;
        let odd = |(_, value): &(String, Vec<u8>)| value.iter().any(is_odd);
        let lengths = |(name, _): &(String, Vec<u8>)| name == "content-length";
        matches!(self.wire, Wire::Raw(_) | Wire::Cut)
            || self.request.headers.iter().any(odd)
            || self.request.headers.iter().any(lengths)
    }
}

/// The request as it goes to a target over a socket.
pub(crate) fn message(target: usize, request: &Request, wire: &Wire) -> Message {
    // Whatever path the sender was given, the receiver stands at its own.
    let query = request.target.find('?');
    let query = query.map_or("", |at| &request.target[at..]);
    let empty = SignedRequest {
        method: request.method.clone(),
        target: format!("/{target}/{query}"),
        headers: Vec::new(),
        body: request.body.clone(),
    };
    let headers = request.headers.iter();
    let message = headers.fold(Message::new(empty), |message, (name, value)| {
        message.and(name, value)
    });
    match wire {
        Wire::Chunks(of) => message.in_chunks(*of),
        Wire::Own | Wire::Cut => message.unframed(),
        Wire::Length | Wire::Raw(_) => message,
    }
}

impl Want {
    /// What the library itself must say.
    pub(crate) fn allows(self, got: &Got) -> bool {
        match (self, got) {
            (Self::Refused(codes), Got::Refused(code)) => codes.contains(&code.as_str()),
            (Self::NoEntry, Got::Refused(_))
            | (Self::Answered, Got::Reply)
            | (Self::Accepted, Got::Handled)
            | (Self::Duplicate, Got::Duplicate) => true,
            _ => false,
        }
    }

    /// What a server may say to something that it need not take for a request.
    pub(crate) fn allows_of_server(self, got: &Got) -> bool {
        let is_refusal = match got {
            Got::Status(status) => (400..=505).contains(status),
            Got::Closed => true,
            _ => false,
        };
        self.allows(got) || (is_refusal && matches!(self, Self::NoEntry | Self::Refused(_)))
    }
}
