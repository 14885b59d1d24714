//! What one verification costs beside what it cannot do without.
//!
//! ```text
//! cargo bench -p webhook-core --features testing,published-keys,xml --bench verify
//! cargo bench -p webhook-core --features testing,published-keys,xml --bench verify -- stripe/4096
//! ```
//!
//! Criterion measures each provider; the tables at the end are ratios of interleaved batches, which stay true
//! on a machine that is busy with something else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha1::Sha1;
use sha2::Sha256;
use webhook_core::provider::adyen::{self, Adyen};
use webhook_core::provider::braintree::{self, Braintree};
use webhook_core::provider::github::{self, GitHub};
use webhook_core::provider::paypal::{self, PayPal};
use webhook_core::provider::shopify::{self, Shopify};
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::square::{self, Square};
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::provider::svix::{self, Svix};
use webhook_core::scheme::Scheme;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Answer, Delivery, Endpoint, RequestHead, UnixTime, Verification};

const SIZES: [usize; 4] = [256, 4 * 1024, 64 * 1024, 1024 * 1024];
/// One size more in the tables, for the small events that most senders send.
const TABLE_SIZES: [usize; 5] = [256, 1024, 4 * 1024, 64 * 1024, 1024 * 1024];

/// The owner's and a stranger's.
const SECRETS: [&str; 2] = [
    "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
    "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
];
const ADYEN_KEYS: [&str; 2] = [
    "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8",
    "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
];
const URL: &str = "https://shop.example/webhooks/square";

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    providers(&mut criterion);
    yardsticks(&mut criterion);
    criterion.final_summary();
    print_stripe_table();
    print_provider_table();
    print_own_table();
}

fn providers(criterion: &mut Criterion) {
    for sender in SENDERS {
        let mut group = criterion.benchmark_group(sender.name);
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            // Signed when it is measured: the clock is the real one.
            group.bench_function(BenchmarkId::new("accept", size), |bencher| {
                let accept = Receiver::new(sender, size, Fault::None);
                bencher.iter(|| accept.verify().unwrap());
            });
            group.bench_function(BenchmarkId::new("reject", size), |bencher| {
                let reject = Receiver::new(sender, size, Fault::WrongKey);
                bencher.iter(|| reject.verify().unwrap_err());
            });
        }
    }
}

fn yardsticks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("yardstick");
    for size in SIZES {
        group.throughput(Throughput::Bytes(size as u64));
        for (name, run) in stripe_contenders(size) {
            if matches!(name, "HMAC" | "by hand" | "+ event") {
                group.bench_function(BenchmarkId::new(name, size), |bencher| {
                    bencher.iter(&run);
                });
            }
        }
    }
}

/// A sender, and how a receiver of it is set up.
#[derive(Clone, Copy)]
struct Sender {
    name: &'static str,
    endpoint: fn() -> Endpoint,
    signer: fn(By) -> Box<dyn Sign>,
    /// What it sends, of about this many bytes.
    body: fn(usize) -> Bytes,
}

/// Who signs.
#[derive(Clone, Copy)]
enum By {
    Owner,
    Stranger,
}

impl By {
    /// One of two keys.
    fn key(self, [owner, stranger]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Owner => owner,
            Self::Stranger => stranger,
        }
    }
}

const SENDERS: [Sender; 10] = [
    STRIPE,
    Sender {
        name: "github",
        endpoint: || Endpoint::new(GitHub::new(SECRETS[0]).unwrap()),
        signer: |by| scheme(github::SCHEME, by),
        body: event,
    },
    Sender {
        name: "square",
        endpoint: || Endpoint::new(Square::new(SECRETS[0], URL).unwrap()),
        signer: |by| scheme(square::SCHEME, by),
        body: event,
    },
    Sender {
        name: "slack",
        endpoint: || Endpoint::new(Slack::new(SECRETS[0]).unwrap()),
        signer: |by| scheme(slack::SCHEME, by),
        body: event,
    },
    Sender {
        name: "shopify",
        endpoint: || Endpoint::new(Shopify::new(SECRETS[0]).unwrap()),
        signer: |by| scheme(shopify::SCHEME, by),
        body: event,
    },
    Sender {
        name: "standard-webhooks",
        endpoint: || Endpoint::new(StandardWebhooks::new(SECRETS[0]).unwrap()),
        signer: |by| scheme(standard_webhooks::SCHEME, by),
        body: event,
    },
    Sender {
        name: "svix",
        endpoint: || Endpoint::new(Svix::new(SECRETS[0]).unwrap()),
        signer: |by| scheme(svix::SCHEME, by),
        body: event,
    },
    PAYPAL,
    BRAINTREE,
    ADYEN,
];

const STRIPE: Sender = Sender {
    name: "stripe",
    endpoint: || Endpoint::new(Stripe::new(SECRETS[0]).unwrap()),
    signer: |by| scheme(stripe::SCHEME, by),
    body: event,
};

/// One RSA signature over a checksum. The certificate is got once, with the first request.
const PAYPAL: Sender = Sender {
    name: "paypal",
    endpoint: || {
        let signer = paypal::Signer::new().unwrap();
        let account = PayPal::new(signer.webhook_id(), signer.certificates()).unwrap();
        let account = account.roots_pem(signer.root_pem().as_bytes()).unwrap();
        Endpoint::new(account)
    },
    signer: |by| {
        let webhook = by.key([paypal::TEST_WEBHOOK_ID, "ANOTHERWEBHOOK"]);
        Box::new(paypal::Signer::new().unwrap().for_webhook(webhook))
    },
    body: event,
};

/// HMAC-SHA1 over base64 in a form, then the XML in it is read.
const BRAINTREE: Sender = Sender {
    name: "braintree",
    endpoint: || Endpoint::new(Braintree::new("public", SECRETS[0]).unwrap()),
    signer: |by| Box::new(braintree::Signer::new("public", by.key(SECRETS)).unwrap()),
    body: |size| {
        let text = "x".repeat(size);
        let xml = format!(
            "<notification><kind>check</kind><subject><text>{text}</text></subject></notification>"
        );
        xml.into()
    },
};

/// The same with as many elements as fit: most events look like this, and few hold a long text.
const BRAINTREE_ELEMENTS: Sender = Sender {
    name: "braintree, many elements",
    body: elements,
    ..BRAINTREE
};

/// HMAC-SHA256 over eight fields of a document that has to be read first.
const ADYEN: Sender = Sender {
    name: "adyen",
    endpoint: || Endpoint::new(Adyen::new(ADYEN_KEYS[0]).unwrap()),
    signer: |by| Box::new(adyen::Signer::new(by.key(ADYEN_KEYS)).unwrap()),
    body: |size| {
        let reason = "x".repeat(size.saturating_sub(300));
        let item = serde_json::json!({
            "amount": {"currency": "EUR", "value": 1250}, "eventCode": "CAPTURE", "merchantAccountCode": "Shop",
            "merchantReference": "order-7", "pspReference": "7914073381342284", "success": "true", "reason": reason,
        });
        let items = [serde_json::json!({"NotificationRequestItem": item})];
        let document = serde_json::json!({"live": "false", "notificationItems": items});
        document.to_string().into()
    },
};

fn scheme(scheme: Scheme, by: By) -> Box<dyn Sign> {
    let signer = Signer::new(scheme, by.key(SECRETS)).unwrap();
    Box::new(signer.public_url(URL))
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    WrongKey,
    NoSignature,
    Stale,
}

/// An endpoint and a request for it, as a web framework hands it over.
struct Receiver {
    endpoint: Endpoint,
    headers: HeaderMap,
    body: Bytes,
}

impl Receiver {
    fn new(sender: Sender, size: usize, fault: Fault) -> Self {
        let now = UnixTime::from(SystemTime::now());
        let signed_at = if fault == Fault::Stale {
            now.plus_secs(-1000)
        } else {
            now
        };
        let by = match fault {
            Fault::WrongKey => By::Stranger,
            _ => By::Owner,
        };
        let signer = (sender.signer)(by);
        let signed = signer.sign(&(sender.body)(size), signed_at).unwrap();
        let request = signed.into_http::<Bytes>().unwrap();
        let body = request.body().clone();
        let mut headers = request.headers().clone();
        if fault == Fault::NoSignature {
            headers.clear();
        }
        for (name, value) in [
            ("host", "shop.example"),
            ("user-agent", "Sender/1.0 (+https://sender.example/docs)"),
            ("accept", "*/*; q=0.5, application/xml"),
            ("cache-control", "no-cache"),
            ("content-type", "application/json; charset=utf-8"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers.insert("content-length", body.len().into());
        Self {
            // In a form, everything is half as long again.
            endpoint: (sender.endpoint)().body_limit(4 * 1024 * 1024),
            headers,
            body,
        }
    }

    fn verify(&self) -> Result<Delivery, Answer> {
        let mut verification = self.begin()?;
        verification.update(black_box(&self.body).clone())?;
        at_once(verification.finalize())
    }

    fn begin(&self) -> Result<Verification, Answer> {
        let head = RequestHead::new("POST", "/webhooks", black_box(&self.headers));
        at_once(self.endpoint.begin(&head))
    }
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}

/// A Stripe event of exactly this size, printed with indentation as Stripe does.
fn event(size: usize) -> Bytes {
    const START: &str = r#"{
  "id": "evt_1PqR5sT2uVwXyZ",
  "object": "event",
  "type": "invoice.paid",
  "created": 1785920400,
  "livemode": true,
  "data": {
    "object": {
      "object": "invoice",
      "lines": ["#;
    const LINE: &str = "
        { \"id\": \"il_1PqR5sT2uVwXyZ\", \"amount\": 1999, \"currency\": \"eur\", \"quantity\": 1 },";
    const END: &str = "\"\n      ]\n    }\n  }\n}\n";
    let mut text = START.to_owned();
    while text.len() + LINE.len() + 1 + END.len() <= size {
        text += LINE;
    }
    text += "\"";
    text += &"x".repeat(size - text.len() - END.len());
    text += END;
    assert_eq!(text.len(), size);
    text.into()
}

/// An event of Braintree of exactly this size, or a little more if that is too small, with each element on a line of its own.
fn elements(size: usize) -> Bytes {
    const START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<notification>
  <timestamp type="datetime">2026-08-05T09:00:00Z</timestamp>
  <kind>transaction_settled</kind>
  <subject>
    <transaction>
      <order-id>"#;
    const MEMBERS: [&str; 6] = [
        "\n      <id>dHJhbnNhY3Rpb25</id>",
        "\n      <processor-response-text>Approved</processor-response-text>",
        "\n      <created-at type=\"datetime\">2026-08-05T08:59:58Z</created-at>",
        "\n      <refunded-transaction-id nil=\"true\"/>",
        "\n      <currency-iso-code>EUR</currency-iso-code>",
        "\n      <billing>\n        <country-code-alpha2>DE</country-code-alpha2>\n      </billing>",
    ];
    const END: &str = "\n    </transaction>\n  </subject>\n</notification>\n";
    let mut members = String::new();
    let room = size.saturating_sub(START.len() + "</order-id>".len() + END.len());
    for member in MEMBERS.iter().cycle() {
        if members.len() + member.len() > room {
            break;
        }
        members += member;
    }
    let order = "x".repeat(room.saturating_sub(members.len()));
    format!("{START}{order}</order-id>{members}{END}").into()
}

type Run = Box<dyn Fn()>;

/// The work that nobody can save first, then what is to be compared with it.
fn stripe_contenders(size: usize) -> Vec<(&'static str, Run)> {
    let receiver = |fault| Receiver::new(STRIPE, size, fault);
    let accept = receiver(Fault::None);
    let event = receiver(Fault::None);
    let hand = receiver(Fault::None);
    let wrong = receiver(Fault::WrongKey);
    let missing = receiver(Fault::NoSignature);
    let stale = receiver(Fault::Stale);
    vec![
        ("blocks", blocks(size)),
        ("HMAC", bare_hmac(size)),
        (
            "by hand",
            Box::new(move || assert!(by_hand(&hand).is_some())),
        ),
        (
            "verify",
            Box::new(move || drop(black_box(accept.verify().unwrap()))),
        ),
        (
            "+ event",
            Box::new(move || {
                let delivery = event.verify().unwrap();
                drop(black_box(delivery.decode::<stripe::Event>().unwrap()));
            }),
        ),
        (
            "wrong MAC",
            Box::new(move || _ = black_box(wrong.verify().unwrap_err())),
        ),
        (
            "no signature",
            Box::new(move || _ = black_box(missing.begin().unwrap_err())),
        ),
        (
            "stale",
            Box::new(move || _ = black_box(stale.begin().unwrap_err())),
        ),
    ]
}

/// SHA-256 over as many blocks as an HMAC of this size has, the key's own two apart.
fn blocks(size: usize) -> Run {
    let count = (size + 9).div_ceil(64) + 1;
    let blocks = vec![[0x5a; 64]; count];
    Box::new(move || {
        let mut state = black_box([0; 8]);
        sha2::block_api::compress256(&mut state, black_box(&blocks));
        black_box(state);
    })
}

/// HMAC-SHA256 of the body, with the key made ready before.
fn bare_hmac(size: usize) -> Run {
    let key = Hmac::<Sha256>::new_from_slice(SECRETS[0].as_bytes()).unwrap();
    hmac(key, event(size))
}

fn hmac(key: impl Mac + Clone + 'static, signed: Bytes) -> Run {
    Box::new(move || {
        let mut mac = black_box(&key).clone();
        mac.update(black_box(&signed));
        black_box(mac.finalize());
    })
}

/// What Braintree has computed itself: HMAC-SHA1 of the base64 in the form.
fn hmac_of_braintree(sender: Sender, size: usize) -> Run {
    let body = Receiver::new(sender, size, Fault::None).body;
    let mut fields = form_urlencoded::parse(&body);
    let (_, payload) = fields.find(|(name, _)| name == "bt_payload").unwrap();
    let key = Hmac::<Sha1>::new_from_slice(&[7; 20]).unwrap();
    hmac(key, payload.into_owned().into())
}

/// What Adyen has computed itself, whatever the size: HMAC-SHA256 of the eight fields.
fn hmac_of_adyen(_: Sender, _: usize) -> Run {
    let signed = "7914073381342284::Shop:order-7:1250:EUR:CAPTURE:true";
    let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    hmac(key, signed.into())
}

/// What people write who verify Stripe's signature themselves.
fn by_hand(receiver: &Receiver) -> Option<()> {
    let header = black_box(&receiver.headers).get("stripe-signature")?;
    let (mut time, mut signatures) = (None, Vec::new());
    for entry in header.to_str().ok()?.split(',') {
        match entry.split_once('=')? {
            ("t", value) => time = Some(value),
            ("v1", value) => signatures.push(value),
            _ => {}
        }
    }
    let time = time?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    if now.ok()?.as_secs().abs_diff(time.parse().ok()?) > 300 {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(black_box(SECRETS[0]).as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(black_box(&receiver.body));
    let is_right = |signature: &&str| {
        const_hex::decode(signature).is_ok_and(|code| mac.clone().verify_slice(&code).is_ok())
    };
    signatures.iter().any(is_right).then_some(())
}

fn print_stripe_table() {
    println!("\nStripe: time, or its ratio to `HMAC`, the bare keyed HMAC-SHA256 of the body\n");
    println!(
        "| body | blocks | HMAC | by hand | verify | + event | wrong MAC | no signature | stale |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for size in TABLE_SIZES {
        let contenders = stripe_contenders(size);
        let [blocks, hmac, by_hand, verify, event, wrong, missing, stale] =
            medians(&contenders, 1).try_into().unwrap();
        println!(
            "| {} | {:.2} | {} | {:.2} | **{:.2}** | {:.2} | {:.2} | {} | {} |",
            bytes_text(size),
            blocks.ratio,
            time_text(hmac.nanos),
            by_hand.ratio,
            verify.ratio,
            event.ratio,
            wrong.ratio,
            time_text(missing.nanos),
            time_text(stale.nanos),
        );
    }
}

fn print_provider_table() {
    println!("\nAccepted / wrong MAC, to the bare keyed HMAC-SHA256 of the body\n");
    println!("| | 256 B | 4 KiB | 64 KiB | 1 MiB |\n|---|---:|---:|---:|---:|");
    for sender in SENDERS {
        let cells = SIZES.map(|size| {
            let accept = Receiver::new(sender, size, Fault::None);
            let reject = Receiver::new(sender, size, Fault::WrongKey);
            let contenders: [(_, Run); 3] = [
                ("HMAC", bare_hmac(size)),
                (
                    "accept",
                    Box::new(move || drop(black_box(accept.verify().unwrap()))),
                ),
                (
                    "reject",
                    Box::new(move || _ = black_box(reject.verify().unwrap_err())),
                ),
            ];
            let medians = medians(&contenders, 0);
            format!("{:.2} / {:.2}", medians[1].ratio, medians[2].ratio)
        });
        println!("| {} | {} |", sender.name, cells.join(" | "));
    }
}

/// Of senders that sign something else than the body with HMAC-SHA256.
fn print_own_table() {
    println!("\nThe sender's own HMAC, of what it signs itself, and accepted / wrong MAC to it\n");
    println!("| | 256 B | 4 KiB | 64 KiB | 1 MiB |\n|---|---:|---:|---:|---:|");
    type OwnHmac = fn(Sender, usize) -> Run;
    let senders: [(Sender, OwnHmac); 3] = [
        (BRAINTREE, hmac_of_braintree),
        (BRAINTREE_ELEMENTS, hmac_of_braintree),
        (ADYEN, hmac_of_adyen),
    ];
    for (sender, own_hmac) in senders {
        let cells = SIZES.map(|size| {
            let accept = Receiver::new(sender, size, Fault::None);
            let reject = Receiver::new(sender, size, Fault::WrongKey);
            let contenders: [(_, Run); 3] = [
                ("HMAC", own_hmac(sender, size)),
                (
                    "accept",
                    Box::new(move || drop(black_box(accept.verify().unwrap()))),
                ),
                (
                    "reject",
                    Box::new(move || _ = black_box(reject.verify().unwrap_err())),
                ),
            ];
            let medians = medians(&contenders, 0);
            let time = time_text(medians[0].nanos);
            format!("{time}, {:.2} / {:.2}", medians[1].ratio, medians[2].ratio)
        });
        println!("| {} | {} |", sender.name, cells.join(" | "));
    }
}

#[derive(Debug)]
struct Median {
    nanos: f64,
    ratio: f64,
}

/// Runs all contenders in turn, many times; a ratio is taken within a turn, to the contender at `base`.
fn medians(contenders: &[(&str, Run)], base: usize) -> Vec<Median> {
    const TURNS: usize = 101;
    const BATCH: Duration = Duration::from_micros(500);
    let counts: Vec<u32> = contenders
        .iter()
        .map(|(_, run)| {
            let once = batch(run, 10) / 10;
            (BATCH.as_nanos() / once.as_nanos().max(1)).clamp(1, 100_000) as u32
        })
        .collect();
    let turn = |_| -> Vec<f64> {
        let runs = contenders.iter().zip(&counts);
        runs.map(|((_, run), count)| batch(run, *count).as_nanos() as f64 / f64::from(*count))
            .collect()
    };
    let turns: Vec<_> = (0..TURNS).map(turn).collect();
    (0..contenders.len())
        .map(|at| Median {
            nanos: median(turns.iter().map(|turn| turn[at])),
            ratio: median(turns.iter().map(|turn| turn[at] / turn[base])),
        })
        .collect()
}

fn batch(run: &Run, count: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        run();
    }
    start.elapsed()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn bytes_text(size: usize) -> String {
    match size {
        0..1024 => format!("{size} B"),
        1024..1_048_576 => format!("{} KiB", size / 1024),
        _ => format!("{} MiB", size / 1_048_576),
    }
}

fn time_text(nanos: f64) -> String {
    if nanos < 1000.0 {
        format!("{nanos:.0} ns")
    } else {
        format!("{:.1} µs", nanos / 1000.0)
    }
}
