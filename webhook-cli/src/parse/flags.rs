//! The flags of curl that copied commands have.

/// What a flag does to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Names the method.
    Method,
    /// Adds or removes a header.
    Header,
    /// Adds to the body; a file would lose its line breaks.
    Data,
    /// Adds to the body, and `@` is nothing special.
    DataRaw,
    /// Adds to the body, exactly.
    DataBinary,
    /// Adds to the body, percent-encoded.
    DataUrlEncode,
    /// Adds to the body, and says that it is JSON.
    Json,
    /// Moves the data into the query.
    Get,
    /// Asks for the head only.
    Head,
    /// Names the URL.
    Url,
    /// A name and a password.
    User,
    /// A bearer token.
    Bearer,
    /// The header `user-agent`.
    Agent,
    /// The header `referer`.
    Referer,
    /// The header `cookie`.
    Cookie,
    /// Says nothing about the request.
    Silent,
    /// The same, with a value.
    SilentValue,
    /// A body that is not in the command.
    Elsewhere,
}

impl Flag {
    /// Whether the next word belongs to it.
    #[must_use]
    pub fn has_value(self) -> bool {
        !matches!(self, Self::Get | Self::Head | Self::Silent)
    }
}

/// The flag of this long name, without its dashes.
#[must_use]
pub fn long(name: &str) -> Option<Flag> {
    let mut rows = FLAGS.iter();
    rows.find(|(own, _, _)| *own == name)
        .map(|(_, _, flag)| *flag)
}

/// The flag of this letter.
#[must_use]
pub fn short(letter: char) -> Option<Flag> {
    let mut rows = FLAGS.iter();
    rows.find(|(_, own, _)| *own == Some(letter))
        .map(|(_, _, flag)| *flag)
}

const FLAGS: &[(&str, Option<char>, Flag)] = &[
    ("request", Some('X'), Flag::Method),
    ("header", Some('H'), Flag::Header),
    ("data", Some('d'), Flag::Data),
    ("data-ascii", None, Flag::Data),
    ("data-raw", None, Flag::DataRaw),
    ("data-binary", None, Flag::DataBinary),
    ("data-urlencode", None, Flag::DataUrlEncode),
    ("json", None, Flag::Json),
    ("get", Some('G'), Flag::Get),
    ("head", Some('I'), Flag::Head),
    ("url", None, Flag::Url),
    ("user", Some('u'), Flag::User),
    ("oauth2-bearer", None, Flag::Bearer),
    ("user-agent", Some('A'), Flag::Agent),
    ("referer", Some('e'), Flag::Referer),
    ("cookie", Some('b'), Flag::Cookie),
    ("form", Some('F'), Flag::Elsewhere),
    ("form-string", None, Flag::Elsewhere),
    ("upload-file", Some('T'), Flag::Elsewhere),
    ("config", Some('K'), Flag::Elsewhere),
    ("anyauth", None, Flag::Silent),
    ("basic", None, Flag::Silent),
    ("compressed", None, Flag::Silent),
    ("fail", Some('f'), Flag::Silent),
    ("fail-with-body", None, Flag::Silent),
    ("globoff", Some('g'), Flag::Silent),
    ("http1.0", Some('0'), Flag::Silent),
    ("http1.1", None, Flag::Silent),
    ("http2", None, Flag::Silent),
    ("http2-prior-knowledge", None, Flag::Silent),
    ("http3", None, Flag::Silent),
    ("include", Some('i'), Flag::Silent),
    ("show-headers", None, Flag::Silent),
    ("insecure", Some('k'), Flag::Silent),
    ("ipv4", Some('4'), Flag::Silent),
    ("ipv6", Some('6'), Flag::Silent),
    ("location", Some('L'), Flag::Silent),
    ("no-buffer", Some('N'), Flag::Silent),
    ("no-keepalive", None, Flag::Silent),
    ("path-as-is", None, Flag::Silent),
    ("progress-bar", Some('#'), Flag::Silent),
    ("remote-name", Some('O'), Flag::Silent),
    ("show-error", Some('S'), Flag::Silent),
    ("silent", Some('s'), Flag::Silent),
    ("tlsv1.2", None, Flag::Silent),
    ("tlsv1.3", None, Flag::Silent),
    ("verbose", Some('v'), Flag::Silent),
    ("cacert", None, Flag::SilentValue),
    ("cert", Some('E'), Flag::SilentValue),
    ("connect-timeout", None, Flag::SilentValue),
    ("connect-to", None, Flag::SilentValue),
    ("cookie-jar", Some('c'), Flag::SilentValue),
    ("dump-header", Some('D'), Flag::SilentValue),
    ("interface", None, Flag::SilentValue),
    ("key", None, Flag::SilentValue),
    ("limit-rate", None, Flag::SilentValue),
    ("max-redirs", None, Flag::SilentValue),
    ("max-time", Some('m'), Flag::SilentValue),
    ("noproxy", None, Flag::SilentValue),
    ("output", Some('o'), Flag::SilentValue),
    ("proxy", Some('x'), Flag::SilentValue),
    ("resolve", None, Flag::SilentValue),
    ("retry", None, Flag::SilentValue),
    ("retry-delay", None, Flag::SilentValue),
    ("trace-ascii", None, Flag::SilentValue),
    ("unix-socket", None, Flag::SilentValue),
    ("write-out", Some('w'), Flag::SilentValue),
];
