//! Whether the time of a verdict tells how wrong a signature is.
//!
//! ```text
//! cargo bench -p webhook-core --features testing --bench constant_time
//! cargo bench -p webhook-core --features testing --bench constant_time -- 5000000 7     # samples, seed
//! ```
//!
//! After "dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede, 2017): two kinds of requests come in random
//! order, and Welch's t says whether their times differ in the mean; also when the slowest samples, which say more of the
//! machine than of the code, are left out. From |t| = 4.5 on a difference counts as seen.
//!
//! What is timed is [`Intake::finish`] and nothing else: there the code that was computed meets the one that was sent.
//! What happens before depends on nothing but what the sender of the request knows already.
//!
//! That a difference would be seen is shown in the same run: comparisons as they should not be are timed in the same way,
//! and must exceed 50. The program ends with 1 if they do not, or if anything of ours is seen.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_precision_loss,
    missing_docs
)]

use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use webhook_core::provider::payu::{self, PayU};
use webhook_core::provider::worldpay::{self, Worldpay};
use webhook_core::scheme::{Algorithm, Scheme, Signature};
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{
    Answer, BodyCheck, Check, Delivery, Endpoint, Key, Rejection, RejectionKind, RequestHead,
    UnixTime, Verdict, Verification, Verifier,
};

const SAMPLES: usize = 1_000_000;
const SEED: u64 = 1;

/// A difference is seen from here on.
const SEEN: f64 = 4.5;
/// And what is certainly different must exceed this.
const CERTAIN: f64 = 50.0;

fn main() -> ExitCode {
    // Cargo adds flags of its own.
    let words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'));
    let mut numbers = words.filter_map(|word| word.parse().ok());
    let samples = numbers.next().unwrap_or(SAMPLES as u64) as usize;
    let seed = numbers.next().unwrap_or(SEED);
    println!("{samples} samples for each line, seed {seed}\n");
    println!(
        "| receiver | of two kinds of requests | median of one | of the other | max. \\|t\\| | |"
    );
    println!("|---|---|---:|---:|---:|---|");

    let mut random = Random(seed);
    let mut run = |pairs: Vec<Pair>, is_as_it_should: fn(f64) -> bool| {
        let judged = pairs.iter().map(|pair| {
            let times = pair.measure(samples, &mut random);
            let t = largest_t(&times);
            pair.print(&times, t, is_as_it_should(t));
            is_as_it_should(t)
        });
        // Every line is wanted, also after one that failed.
        judged.fold(true, |all, one| all & one)
    };
    let is_ours_constant = run(ours(), |t| t < SEEN);
    let would_be_seen = run(controls(), |t| t > CERTAIN);
    match is_ours_constant && would_be_seen {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// What is timed, and must not differ.
fn ours() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (name, algorithm) in [
        ("HMAC-SHA256", Algorithm::HmacSha256),
        ("HMAC-SHA512", Algorithm::HmacSha512),
        ("token", Algorithm::Token),
    ] {
        let sender = Sender::by_scheme(name, algorithm);
        pairs.push(sender.first_or_last());
        pairs.push(sender.all_or_last());
        pairs.push(sender.short_or_last());
    }
    pairs.push(secrets_of_two_lengths());
    pairs.extend([worldpay(), payu()].map(|sender| sender.first_or_last()));
    pairs.push(first_or_last_key());
    pairs.push(first_or_last_signature());
    pairs
}

/// Comparisons that end at the first difference.
fn controls() -> Vec<Pair> {
    let by_slice = |ours: &[u8], given: &[u8]| ours == given;
    let by_byte = |ours: &[u8], given: &[u8]| {
        ours.len() == given.len()
            && ours
                .iter()
                .zip(given)
                .all(|(ours, given)| black_box(ours) == black_box(given))
    };
    vec![
        EarlyExit::pair("control: `==`, 4 KiB", 4096, by_slice),
        EarlyExit::pair("control: byte by byte, 32 bytes", 32, by_byte),
    ]
}

/// Two kinds of requests that differ in one thing.
struct Pair {
    receiver: &'static str,
    requests: &'static str,
    kinds: [Kind; 2],
}

struct Kind {
    /// Asked for each batch: where something lies in memory has an effect of its own, and must not be that of a kind.
    endpoint: Box<dyn Fn() -> Endpoint>,
    request: SignedRequest,
}

/// So many are received before they are timed: what is timed then stands behind other code than that which read its request.
const BATCH: usize = 64;
/// What runs before the processor has learnt the way.
const WARM_UP: usize = 20_000;

impl Pair {
    /// The times of both kinds, in nanoseconds.
    fn measure(&self, samples: usize, random: &mut Random) -> [Vec<u32>; 2] {
        let mut times = [Vec::new(), Vec::new()];
        for number in 0..(WARM_UP + samples).div_ceil(BATCH) {
            let endpoints = self.endpoints(random.bit());
            let receive = |_| {
                let kind = random.bit();
                (kind, self.kinds[kind].receive(&endpoints[kind]))
            };
            let batch: Vec<_> = (0..BATCH).map(receive).collect();
            for (kind, verification) in batch {
                let time = time_of(verification);
                if number * BATCH >= WARM_UP {
                    times[kind].push(time);
                }
            }
        }
        times
    }

    /// The endpoints of both kinds, that of `first` made first.
    fn endpoints(&self, first: usize) -> [Endpoint; 2] {
        let [one, other] = [first, 1 - first].map(|kind| (self.kinds[kind].endpoint)());
        match first {
            0 => [one, other],
            _ => [other, one],
        }
    }

    fn print(&self, times: &[Vec<u32>; 2], t: f64, is_as_it_should: bool) {
        let [one, other] = times
            .each_ref()
            .map(|times| Moments::of(times, u32::MAX).mean);
        println!(
            "| {} | {} | {one:.1} ns | {:+.2} ns | {t:.2} | {} |",
            self.receiver,
            self.requests,
            other - one,
            if is_as_it_should { "" } else { "FAILED" },
        );
    }
}

impl Kind {
    /// All but the verdict.
    fn receive(&self, endpoint: &Endpoint) -> Verification {
        let request = &self.request;
        let head = RequestHead::new(&request.method, &request.target, &request.headers);
        let mut verification = at_once(endpoint.begin(&head)).unwrap();
        verification.update(request.body.clone()).unwrap();
        verification
    }
}

fn time_of(verification: Verification) -> u32 {
    let verification = black_box(verification);
    let start = Instant::now();
    let outcome: Result<Delivery, Answer> = black_box(at_once(verification.finalize()));
    let time = start.elapsed();
    drop(outcome);
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the verifier waits for something"),
    }
}

const SECRET: &str = "4f1c2a9b7d3e8f60a5b4c3d2e1f09182";
const BODY: &[u8] = br#"{"id":"evt_1","type":"order.paid"}"#;
const HEADER: &str = "signature";
const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// Who sends, and who receives.
struct Sender {
    name: &'static str,
    endpoint: Endpoint,
    genuine: SignedRequest,
    header: &'static str,
    /// What stands before the code in its header.
    mark: &'static str,
}

impl Sender {
    fn by_scheme(name: &'static str, algorithm: Algorithm) -> Self {
        let scheme = Scheme::new("acme", algorithm).signature(Signature::header(HEADER));
        Self {
            name,
            endpoint: Endpoint::new(scheme.verifier(SECRET).unwrap()),
            genuine: signed(&Signer::new(scheme, SECRET).unwrap()),
            header: HEADER,
            mark: "",
        }
    }

    fn first_or_last(&self) -> Pair {
        let requests = "first or last byte wrong";
        self.pair(requests, |code| altered(code, 0..1), last_altered)
    }

    fn all_or_last(&self) -> Pair {
        let requests = "all bytes or the last one wrong";
        let all = |code: &str| altered(code, 0..code.len());
        self.pair(requests, all, last_altered)
    }

    fn short_or_last(&self) -> Pair {
        let requests = "half as long, or last byte wrong";
        let half = |code: &str| code[..code.len() / 2].to_owned();
        self.pair(requests, half, last_altered)
    }

    fn pair(
        &self,
        requests: &'static str,
        one: impl Fn(&str) -> String,
        other: impl Fn(&str) -> String,
    ) -> Pair {
        Pair {
            receiver: self.name,
            requests,
            kinds: [self.kind(one), self.kind(other)],
        }
    }

    fn kind(&self, alter: impl Fn(&str) -> String) -> Kind {
        let mut request = self.genuine.clone();
        let mut headers = request.headers.iter_mut();
        let (_, value) = headers.find(|(name, _)| *name == self.header).unwrap();
        let start = value.find(self.mark).unwrap() + self.mark.len();
        let digits = value[start..].bytes();
        let end = start + digits.take_while(u8::is_ascii_alphanumeric).count();
        let code = alter(&value[start..end]);
        value.replace_range(start..end, &code);
        let endpoint = self.endpoint.clone();
        Kind {
            endpoint: Box::new(move || endpoint.clone()),
            request,
        }
    }
}

fn signed(signer: &dyn Sign) -> SignedRequest {
    signer.sign(BODY, NOW).unwrap()
}

/// Other digits in this range.
fn altered(code: &str, range: std::ops::Range<usize>) -> String {
    let other = |(at, digit)| match (range.contains(&at), digit) {
        (false, digit) => digit,
        (true, '0') => '1',
        (true, _) => '0',
    };
    code.chars().enumerate().map(other).collect()
}

fn last_altered(code: &str) -> String {
    altered(code, code.len() - 1..code.len())
}

/// By hand, with a code that runs while the body arrives.
fn worldpay() -> Sender {
    Sender {
        name: "Worldpay",
        endpoint: Endpoint::new(Worldpay::new(Key::new(SECRET).unwrap().named("1")).unwrap()),
        genuine: signed(&worldpay::Signer::new("1", SECRET).unwrap()),
        header: "event-signature",
        mark: "/SHA256/",
    }
}

/// By hand, with a code that is made of the whole body.
fn payu() -> Sender {
    Sender {
        name: "PayU",
        endpoint: Endpoint::new(PayU::new(SECRET).unwrap()),
        genuine: signed(&payu::Signer::new(SECRET).unwrap()),
        header: "openpayu-signature",
        mark: ";signature=",
    }
}

/// The length of the token that is expected is a secret too.
fn secrets_of_two_lengths() -> Pair {
    let scheme = Scheme::new("acme", Algorithm::Token).signature(Signature::header(HEADER));
    let request = signed(&Signer::new(scheme, "wrong").unwrap());
    let kind = |secret: String| Kind {
        endpoint: Box::new(move || Endpoint::new(scheme.verifier(secret.as_str()).unwrap())),
        request: request.clone(),
    };
    Pair {
        receiver: "token",
        requests: "wrong for a secret of 8 or of 800 bytes",
        kinds: [1, 100].map(|times| kind("rightful".repeat(times))),
    }
}

/// How many keys and signatures there are, where the question is which one fits.
const MANY: usize = 8;

fn first_or_last_key() -> Pair {
    let scheme = Scheme::new("acme", Algorithm::HmacSha256).signature(Signature::header(HEADER));
    let request = signed(&Signer::new(scheme, SECRET).unwrap());
    let kind = |place: usize| {
        let key = |at| match at == place {
            true => SECRET.to_owned(),
            false => format!("stranger {at}"),
        };
        let keys: Vec<String> = (0..MANY).map(key).collect();
        Kind {
            endpoint: Box::new(move || Endpoint::new(scheme.verifier(keys.clone()).unwrap())),
            request: request.clone(),
        }
    };
    Pair {
        receiver: "HMAC-SHA256, 8 keys",
        requests: "right, with the first or the last key",
        kinds: [kind(0), kind(MANY - 1)],
    }
}

fn first_or_last_signature() -> Pair {
    let scheme = Scheme::new("acme", Algorithm::HmacSha256)
        .signature(Signature::header(HEADER).separator(b','));
    let sender = Sender {
        endpoint: Endpoint::new(scheme.verifier(SECRET).unwrap()),
        ..Sender::by_scheme("HMAC-SHA256, 8 signatures", Algorithm::HmacSha256)
    };
    let right_at = |place: usize| {
        move |code: &str| {
            let one = |at| match at == place {
                true => code.to_owned(),
                false => last_altered(code),
            };
            let codes: Vec<String> = (0..MANY).map(one).collect();
            codes.join(",")
        }
    };
    sender.pair(
        "the first or the last one right",
        right_at(0),
        right_at(MANY - 1),
    )
}

/// What a verifier must not do: its comparison ends at the first difference.
#[derive(Clone, Debug)]
struct EarlyExit {
    code: Bytes,
    is_same: fn(&[u8], &[u8]) -> bool,
}

#[derive(Debug)]
struct Running {
    verifier: EarlyExit,
    given: Bytes,
}

impl EarlyExit {
    fn pair(receiver: &'static str, length: usize, is_same: fn(&[u8], &[u8]) -> bool) -> Pair {
        let code = "7".repeat(length);
        let sender = Sender {
            name: receiver,
            endpoint: Endpoint::new(Self {
                code: Bytes::from(code.clone()),
                is_same,
            }),
            genuine: SignedRequest {
                headers: vec![(HEADER.to_owned(), code)],
                ..Sender::by_scheme("", Algorithm::Token).genuine
            },
            header: HEADER,
            mark: "",
        };
        sender.first_or_last()
    }
}

impl Verifier for EarlyExit {
    fn provider(&self) -> webhook_core::Provider {
        webhook_core::Provider::new("control")
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        let given = head.header(HEADER)?.unwrap_or_default();
        Ok(BodyCheck::new(Running {
            verifier: self.clone(),
            given: Bytes::copy_from_slice(given),
        }))
    }
}

impl Check for Running {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
        let EarlyExit { code, is_same } = &self.verifier;
        assert!(!is_same(code, &self.given));
        Err(Rejection::new(RejectionKind::BadSignature, "wrong").into())
    }
}

/// The largest |t| of all samples, and of those below limits that leave out more and more of the slow ones.
fn largest_t(times: &[Vec<u32>; 2]) -> f64 {
    let mut all = times.concat();
    all.sort_unstable();
    let kept = (1..=20).map(|step| 1.0 - 0.5_f64.powf(f64::from(step) / 2.0));
    let limits = kept.map(|kept| all[(kept * (all.len() - 1) as f64) as usize]);
    let ts = limits.chain([u32::MAX]).map(|limit| {
        let [one, other] = times.each_ref().map(|times| Moments::of(times, limit));
        one.t(&other).abs()
    });
    ts.fold(0.0, f64::max)
}

/// Count, mean and variance of the samples up to a limit.
struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: &[u32], limit: u32) -> Self {
        let kept = || times.iter().filter(|time| **time <= limit);
        let count = kept().count() as f64;
        let mean = kept().map(|time| f64::from(*time)).sum::<f64>() / count;
        let squares = kept().map(|time| (f64::from(*time) - mean).powi(2));
        let variance = squares.sum::<f64>() / (count - 1.0);
        Self {
            count,
            mean,
            variance,
        }
    }

    /// Welch's t.
    fn t(&self, other: &Self) -> f64 {
        let error = self.variance / self.count + other.variance / other.count;
        (self.mean - other.mean) / error.sqrt()
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bit(&mut self) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 63) as usize
    }
}
