//! How the cost of a request grows with what there is more of: variants, keys, signatures, headers, frames.
//!
//! ```text
//! cargo bench -p webhook-core --features testing --bench growth               # about two minutes
//! cargo bench -p webhook-core --features testing --bench growth -- frames     # the tables that have this word in their name
//! cargo bench -p webhook-core --features testing --bench growth -- variants 10000    # no number larger than this
//! ```
//!
//! A slope is that of the logarithm of the time over the logarithm of the number, from the line above: 0 does not grow, 1 grows as
//! the number does, 2 with its square. Small numbers say little, as what does not grow hides what does; the last slope is the one to look
//! at. It is a little above what is expected where more memory is touched than the processor's caches hold. Where a
//! limit ends the growth, the last lines tell the code with which the request is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Endpoint, IntoKeyring, Keyring, RequestHead, UnixTime, Variants};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// One thing of which there can be more.
struct Dimension {
    name: &'static str,
    numbers: &'static [usize],
    /// The most that the last slope should be.
    expected: f64,
    /// Makes all ready, and returns what is measured.
    case: fn(usize) -> Case,
}

enum Case {
    /// Done again and again; each time it says how it ended.
    Often(Box<dyn FnMut() -> &'static str>),
    /// So slow to make that it is done a few times only.
    Seldom(Box<dyn Fn() -> &'static str>),
}

const DIMENSIONS: [Dimension; 13] = [
    Dimension {
        name: "variants: a request for one of them",
        numbers: &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
        expected: 0.0,
        case: request_for_a_variant,
    },
    Dimension {
        name: "variants: setting all of them up",
        numbers: &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
        expected: 1.0,
        case: setting_up_variants,
    },
    Dimension {
        name: "variants: a name that none of them has",
        numbers: &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
        expected: 0.0,
        case: request_for_no_variant,
    },
    Dimension {
        name: "keys of one account, the last one fits",
        numbers: &[1, 2, 5, 10, 20, 50, 100],
        expected: 1.0,
        case: |keys| verifying(keys, 1),
    },
    Dimension {
        name: "keys: setting all of them up",
        numbers: &[1, 2, 5, 10, 20, 50, 100],
        expected: 1.0,
        case: |keys| {
            Case::Often(Box::new(move || {
                black_box(endpoint(black_box(keys)));
                "set up"
            }))
        },
    },
    Dimension {
        name: "signatures in one header, the last one fits",
        numbers: &[1, 2, 5, 10, 20, 50, 100, 101, 110],
        expected: 1.0,
        case: |candidates| verifying(1, candidates),
    },
    Dimension {
        name: "keys, and as many signatures",
        numbers: &[1, 2, 5, 10, 20, 50, 100],
        expected: 2.0,
        case: |both| verifying(both, both),
    },
    Dimension {
        name: "bytes of one header: entries of a version that is not accepted",
        numbers: &[10, 100, 1_000, 8_000, 10_000, 100_000],
        expected: 1.0,
        case: old_versions,
    },
    Dimension {
        name: "other headers",
        numbers: &[1, 10, 100, 1_000, 10_000],
        expected: 0.0,
        case: other_headers,
    },
    Dimension {
        name: "equal lines of the header with the signature",
        numbers: &[1, 10, 100, 1_000, 10_000],
        expected: 1.0,
        case: |lines| lines_of_the_signature(lines, ""),
    },
    Dimension {
        name: "different lines of the header with the signature",
        numbers: &[2, 10, 100, 1_000, 10_000],
        expected: 1.0,
        case: |lines| lines_of_the_signature(lines, ",v0=00"),
    },
    Dimension {
        name: "bytes of the body in one frame",
        numbers: &[100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
        expected: 1.0,
        case: |bytes| body_in_frames(bytes, bytes),
    },
    Dimension {
        name: "frames of one byte",
        numbers: &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
        expected: 1.0,
        case: |bytes| body_in_frames(bytes, 1),
    },
];

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let most = words.iter().find_map(|word| word.parse().ok());
    let mut names = words.iter().filter(|word| word.parse::<usize>().is_err());
    let wanted = names.next();
    for dimension in &DIMENSIONS {
        if wanted.is_none_or(|word| dimension.name.contains(word)) {
            print(dimension, most.unwrap_or(usize::MAX));
        }
    }
}

fn print(dimension: &Dimension, most: usize) {
    let Dimension {
        name,
        numbers,
        expected,
        case,
    } = dimension;
    println!("\n| {name} | time | slope | ends with |\n|---:|---:|---:|---|");
    let lines = numbers.iter().filter(|number| **number <= most);
    let lines = lines.map(|&number| (number, measure(case(number))));
    let mut before: Option<(usize, Measured)> = None;
    let mut last = 0.0;
    for (number, now) in lines {
        // From what is accepted to what is refused is a step, and no slope.
        let slope = before
            .filter(|(_, before)| before.end == now.end)
            .map(|(less, before)| {
                (now.nanos / before.nanos).ln() / (number as f64 / less as f64).ln()
            });
        let text = slope.map_or("–".to_owned(), |slope| format!("{slope:.2}"));
        println!(
            "| {number} | {} | {text} | {} |",
            time_text(now.nanos),
            now.end
        );
        // What a limit ends is not what was asked.
        if before.is_none_or(|(_, before)| before.end == now.end) {
            last = slope.unwrap_or(last);
            before = Some((number, now));
        }
    }
    let verdict = match last > expected + 0.25 {
        true => " – MORE THAN EXPECTED",
        false => "",
    };
    println!("\nlast slope {last:.2}, expected {expected:.0}{verdict}");
}

#[derive(Clone, Copy)]
struct Measured {
    nanos: f64,
    /// How it ended.
    end: &'static str,
}

/// The least time of several turns.
fn measure(case: Case) -> Measured {
    const TURNS: usize = 15;
    const TURN: Duration = Duration::from_millis(20);
    const SELDOM: usize = 3;
    match case {
        Case::Often(mut run) => {
            let end = run();
            let begun = Instant::now();
            let mut count: u32 = 0;
            while begun.elapsed() < TURN {
                run();
                count += 1;
            }
            let mut turn = || {
                let begun = Instant::now();
                (0..count).for_each(|_| _ = black_box(run()));
                begun.elapsed().as_nanos() as f64 / f64::from(count)
            };
            let least = (0..TURNS).map(|_| turn()).fold(f64::INFINITY, f64::min);
            Measured { nanos: least, end }
        }
        Case::Seldom(run) => {
            let mut least = f64::INFINITY;
            let mut end = "";
            for _ in 0..SELDOM {
                let begun = Instant::now();
                end = run();
                least = least.min(begun.elapsed().as_nanos() as f64);
            }
            Measured { nanos: least, end }
        }
    }
}

/// No two are the same.
fn secret(number: usize) -> String {
    format!("whsec_of_the_account_with_the_number_{number}")
}

/// With the keys `0..keys`.
fn endpoint(keys: usize) -> Endpoint {
    let keys: Vec<String> = (0..keys).map(secret).collect();
    let ring: Keyring = keys.into_keyring().unwrap();
    Endpoint::new(Stripe::new(ring).unwrap()).clock(FixedClock::at(NOW))
}

fn variants(count: usize) -> Endpoint {
    let variants = (0..count).fold(Variants::new(), |variants, number| {
        let stripe = Endpoint::new(Stripe::new(secret(number)).unwrap());
        variants.with(format!("shop-{number}"), stripe).unwrap()
    });
    Endpoint::new(variants).clock(FixedClock::at(NOW))
}

/// A request of one key, as a web framework hands it over.
struct Request {
    target: String,
    headers: HeaderMap,
    frames: Vec<Bytes>,
}

impl Request {
    fn new(key: usize, body: &[u8]) -> Self {
        let signed: SignedRequest = Signer::new(stripe::SCHEME, secret(key))
            .unwrap()
            .sign(body, NOW)
            .unwrap();
        let request = signed.into_http::<Bytes>().unwrap();
        Self {
            target: "/webhooks".to_owned(),
            headers: request.headers().clone(),
            frames: vec![request.body().clone()],
        }
    }

    fn signature(&self) -> String {
        let value = self.headers.get("stripe-signature").unwrap();
        value.to_str().unwrap().to_owned()
    }

    fn set_signature(&mut self, value: &str) {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert("stripe-signature", value);
    }

    /// How it ends at this endpoint: accepted, or a code.
    fn deliver(&self, endpoint: &Endpoint) -> &'static str {
        let verdict = at_once(async {
            let head = RequestHead::new("POST", &self.target, black_box(&self.headers));
            let mut verification = endpoint.begin(&head).await?;
            for frame in &self.frames {
                verification.update(frame.clone())?;
            }
            verification.finalize().await
        });
        match verdict {
            Ok(_) => "accepted",
            Err(answer) => answer.into_rejection().unwrap().code(),
        }
    }

    fn often(self, endpoint: Endpoint) -> Case {
        Case::Often(Box::new(move || self.deliver(&endpoint)))
    }
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}

fn body(size: usize) -> Vec<u8> {
    vec![b' '; size]
}

/// A hundred of them take turns, as one alone would stay in the processor's caches.
fn request_for_a_variant(count: usize) -> Case {
    const DIFFERENT: usize = 100;
    let endpoint = variants(count);
    let different = DIFFERENT.min(count);
    let requests: Vec<Request> = (0..different)
        .map(|turn| {
            let number = turn * (count / different);
            let target = format!("/webhooks/shop-{number}/");
            Request {
                target,
                ..Request::new(number, &body(256))
            }
        })
        .collect();
    let mut turn = 0;
    Case::Often(Box::new(move || {
        turn = (turn + 1) % requests.len();
        requests[turn].deliver(&endpoint)
    }))
}

fn request_for_no_variant(count: usize) -> Case {
    let request = Request {
        target: "/webhooks/nobody/".to_owned(),
        ..Request::new(0, &body(256))
    };
    request.often(variants(count))
}

fn setting_up_variants(count: usize) -> Case {
    Case::Seldom(Box::new(move || {
        black_box(variants(black_box(count)));
        "set up"
    }))
}

/// The last of the keys has made the last of the signatures; strangers have made the others.
fn verifying(keys: usize, candidates: usize) -> Case {
    let mut request = Request::new(keys - 1, &body(256));
    let signature = request.signature();
    let (time, right) = signature.split_once(',').unwrap();
    let wrong = format!("v1={:064x},", 7).repeat(candidates - 1);
    request.set_signature(&format!("{time},{wrong}{right}"));
    request.often(endpoint(keys))
}

fn old_versions(bytes: usize) -> Case {
    let mut request = Request::new(0, &body(256));
    let signature = request.signature();
    let old = ",v0=00".repeat(bytes / 6);
    request.set_signature(&format!("{signature}{old}"));
    request.often(endpoint(1))
}

fn other_headers(count: usize) -> Case {
    let mut request = Request::new(0, &body(256));
    for number in 0..count {
        let name = HeaderName::from_bytes(format!("x-other-{number}").as_bytes()).unwrap();
        request.headers.insert(name, HeaderValue::from(number));
    }
    request.often(endpoint(1))
}

/// Each line but the first has this at its end.
fn lines_of_the_signature(count: usize, more: &str) -> Case {
    let mut request = Request::new(0, &body(256));
    let line = format!("{}{more}", request.signature());
    for _ in 1..count {
        let line = HeaderValue::from_str(&line).unwrap();
        request.headers.append("stripe-signature", line);
    }
    request.often(endpoint(1))
}

fn body_in_frames(bytes: usize, frame: usize) -> Case {
    let mut request = Request::new(0, &body(bytes));
    let whole = request.frames[0].clone();
    request.frames = (0..bytes)
        .step_by(frame)
        .map(|start| whole.slice(start..start + frame))
        .collect();
    request.often(endpoint(1))
}

fn time_text(nanos: f64) -> String {
    match nanos {
        0.0..1e3 => format!("{nanos:.0} ns"),
        1e3..1e6 => format!("{:.1} µs", nanos / 1e3),
        1e6..1e9 => format!("{:.1} ms", nanos / 1e6),
        _ => format!("{:.1} s", nanos / 1e9),
    }
}
