//! Nothing secret gets out: all that a test program lets out is searched for what must never be in it.
//!
//! That is every line of every log at its finest level, ours and of all crates below us; every answer of a server, byte by
//! byte; messages of panics; keys that are given to a store; what refusals and deliveries print.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use base64ct::{Base64, Base64Unpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::log::Log;

/// Hears all that comes out of this process.
static ALL: LazyLock<Ear> = LazyLock::new(Ear::default);

/// What the library logs.
pub const LINE: &str = "line of the log";
/// What the crates below it log.
const LINE_OF_OTHERS: &str = "line of others";
const PANIC: &str = "panic";

/// Begins to listen; once for the process.
pub fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        let log = Log(|target: &str, line: &str| ALL.hear_line(target, line));
        tracing::subscriber::set_global_default(log).unwrap();
        ::log::set_logger(&*ALL).unwrap();
        ::log::set_max_level(::log::LevelFilter::Trace);
        listen_to_panics();
    });
    *LISTENING
}

/// Not to those of the tests, which are told, and may say what went wrong with what.
fn listen_to_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let file = info.location().map_or("", |location| location.file());
        if !file.contains("tests/attacks") && !file.contains("tests/parity") {
            hear(PANIC, info.to_string().as_bytes());
        }
        before(info);
    }));
}

/// How many panics there were in servers.
pub fn panics() -> usize {
    ALL.notes().counts.get(PANIC).copied().unwrap_or(0)
}

/// This text must not be heard from now on.
pub fn forbid(text: &str) {
    ALL.forbid(text);
}

/// Nor what stands for a code in this value of a header: all that is too long to be a mark or a time.
pub fn forbid_codes(value: &[u8]) {
    let is_of_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_.".contains(byte);
    let codes = value.split(|byte| !is_of_code(byte));
    for code in codes.filter(|code| code.len() >= 20) {
        forbid(std::str::from_utf8(code).unwrap());
    }
}

/// This came out.
pub fn hear(what: &'static str, text: &[u8]) {
    ALL.hear(what, text);
}

/// This might be printed.
pub fn hear_printed(value: &impl Debug) {
    // Printing costs memory, but not that of an attack.
    allocation_counter::opt_out(|| hear("print", format!("{value:?}\n{value:#?}").as_bytes()));
}

/// This might be shown to people.
pub fn hear_shown(value: &(impl Debug + Display)) {
    hear_printed(value);
    allocation_counter::opt_out(|| hear("print", value.to_string().as_bytes()));
}

/// Nothing of what was heard so far holds what is forbidden, and at least so much was heard.
pub fn assert_nothing_got_out(least: &[(&str, usize)]) {
    let notes = ALL.notes();
    println!("heard {:?}, {} hits", notes.counts, notes.hits.len());
    let first = notes.hits.iter().take(10).cloned().collect::<Vec<_>>();
    assert!(notes.hits.is_empty(), "\n{}", first.join("\n"));
    for (what, least) in least {
        let count = notes.counts.get(what).copied().unwrap_or(0);
        assert!(count >= *least, "heard {count} of {what}");
    }
}

/// Searches what it hears, and remembers only what should not be there.
#[derive(Default)]
struct Ear(Mutex<Notes>);

#[derive(Default)]
struct Notes {
    canaries: Canaries,
    /// What was searched already: most is said many times.
    harmless: HashSet<Vec<u8>>,
    counts: BTreeMap<&'static str, usize>,
    hits: Vec<String>,
}

impl Ear {
    fn forbid(&self, text: &str) {
        let mut notes = self.notes();
        notes.canaries.add(text);
        notes.harmless.clear();
    }

    fn hear(&self, what: &'static str, text: &[u8]) {
        // What is noted here is no cost of an attack.
        allocation_counter::opt_out(|| {
            let mut notes = self.notes();
            *notes.counts.entry(what).or_default() += 1;
            if notes.harmless.contains(text) {
                return;
            }
            if let Some(canary) = notes.canaries.found_in(text) {
                let hit = format!("{canary} in {what}: {}", String::from_utf8_lossy(text));
                notes.hits.push(hit);
            } else {
                notes.harmless.insert(text.to_vec());
            }
        });
    }

    fn hear_line(&self, target: &str, line: &str) {
        let what = match target.split("::").next() {
            Some("webhook") => LINE,
            _ => LINE_OF_OTHERS,
        };
        self.hear(what, line.as_bytes());
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For crates that log in the older way.
impl ::log::Log for Ear {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &::log::Record<'_>) {
        self.hear_line(record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

/// What must not be heard, by its first bytes.
#[derive(Default)]
struct Canaries(HashMap<[u8; HEAD], Vec<String>>);

const HEAD: usize = 8;

/// So much of a text must not get out either.
const PART: usize = 24;

impl Canaries {
    /// A text, its digest, and the bytes that it has or stands for, in all ways to write them.
    fn add(&mut self, text: &str) {
        let unmarked = text.strip_prefix("whsec_").unwrap_or(text);
        let unpadded = unmarked.trim_end_matches('=');
        let decoded = [
            const_hex::decode(unmarked).ok(),
            Base64::decode_vec(unmarked).ok(),
            Base64Unpadded::decode_vec(unpadded).ok(),
        ];
        self.add_form(text.to_owned());
        let bytes = decoded.into_iter().flatten();
        // Where texts are compared, it is by their digests.
        let digest = Sha256::digest(text).to_vec();
        for bytes in bytes.chain([text.as_bytes().to_vec(), digest]) {
            self.add_form(const_hex::encode(&bytes));
            self.add_form(const_hex::encode_upper(&bytes));
            self.add_form(Base64::encode_string(&bytes).replace('=', ""));
            self.add_form(format!("{bytes:?}").replace(']', ""));
        }
    }

    fn add_form(&mut self, mut form: String) {
        form.truncate(PART);
        let head = *form
            .as_bytes()
            .first_chunk()
            .expect("too short to be found");
        let forms = self.0.entry(head).or_default();
        if !forms.contains(&form) {
            forms.push(form);
        }
    }

    fn found_in(&self, text: &[u8]) -> Option<&str> {
        let places = 0..(text.len() + 1).saturating_sub(HEAD);
        let found = places.into_iter().find_map(|place| {
            let rest = &text[place..];
            let forms = self.0.get(rest.first_chunk::<HEAD>()?)?;
            forms.iter().find(|form| rest.starts_with(form.as_bytes()))
        });
        found.map(String::as_str)
    }
}

#[test]
fn what_is_forbidden_is_found_wherever_it_gets_out() {
    static EAR: LazyLock<Ear> = LazyLock::new(Ear::default);
    const SECRET: &str = "whsec_Y2FuYXJ5IGluIHRoZSBtaW5l";
    EAR.forbid(SECRET);
    let bytes: &[u8] = b"canary in the mine";
    let forms = [
        SECRET.to_owned(),
        SECRET[6..].to_owned(),
        const_hex::encode(bytes),
        const_hex::encode_upper(SECRET),
        format!("{bytes:?}"),
        format!("{:?}", SECRET.as_bytes()),
    ];
    let log = Log(|target: &str, line: &str| EAR.hear_line(target, line));
    tracing::subscriber::with_default(log, || {
        for form in &forms {
            tracing::trace!(target: "webhook", code = form, "a field");
            tracing::trace!(target: "webhook", "a message: {form}");
            tracing::trace_span!(target: "webhook", "a span", form);
            let arguments = format_args!("an older line: {form}");
            ::log::Log::log(&*EAR, &::log::Record::builder().args(arguments).build());
            EAR.hear("answer", format!("HTTP/1.1 200 OK\r\nx: {form}").as_bytes());
        }
        tracing::trace!(target: "webhook", "nothing of that kind");
    });
    let notes = EAR.notes();
    assert_eq!(notes.hits.len(), 5 * forms.len(), "{:#?}", notes.hits);
    assert_eq!(notes.counts[LINE], 3 * forms.len() + 1);
    assert_eq!(notes.counts[LINE_OF_OTHERS], forms.len());
}
