//! Every accepted body of every vector file, changed so that it cannot be read any more, or can be read in two ways: what is
//! made of it is an error, or the same as before; never nothing.
#![cfg(all(feature = "testing", feature = "published-keys", feature = "xml"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic
)]

#[cfg(feature = "tracing")]
use std::collections::BTreeMap;
use std::ops::Range;

use base64ct::{Base64, Encoding};
use serde_json::Value;
use serde_json::value::RawValue;
use webhook_core::payment::{MoneyError, PaymentStatus, PaymentUpdate, PaymentUpdates};
use webhook_core::testing::vectors::VectorFile;
use webhook_core::{Delivery, Endpoint, JsonEvent, Text, Unverified};
#[cfg(feature = "tracing")]
use webhook_testkit::log::Log;
use webhook_testkit::{Request, Sender, outcome_in, receive, senders};

/// A genuine body, who signs it, and what is made of it.
struct Genuine {
    name: String,
    sender: Sender,
    endpoint: Endpoint,
    body: Vec<u8>,
    /// What is sent with another body, where the sender cannot sign any: it may have signed fields only.
    signed: Option<Request>,
    told: Vec<Told>,
}

/// What an update says that a shop acts on.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    status: PaymentStatus,
    amount: Result<Option<String>, MoneyError>,
    texts: [Option<String>; 4],
    claimed: Option<Box<Told>>,
}

impl Told {
    fn of(update: &PaymentUpdate) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let claimed = update.unverified.as_deref().map(Unverified::unverified);
        Self {
            status: update.status,
            amount: update.amount.map(|amount| amount.map(|it| it.to_string())),
            texts: [
                text(update.reference.as_deref()),
                text(update.transaction_id.as_deref()),
                text(update.event_id.as_deref()),
                text(update.kind.as_deref()),
            ],
            claimed: claimed.map(|claimed| Box::new(Self::of(claimed))),
        }
    }

    /// Whether it says what `genuine` says, or that the amount cannot be read. What means nothing has no name to lose.
    fn agrees(&self, genuine: &Self) -> bool {
        let claims = match (&self.claimed, &genuine.claimed) {
            (Some(own), Some(genuine)) => own.agrees(genuine),
            (own, genuine) => own == genuine,
        };
        let amount = self.amount.is_err() || self.amount == genuine.amount;
        let is_nothing = self.status == PaymentStatus::Other && self.claimed.is_none();
        let texts = is_nothing || self.texts == genuine.texts;
        claims && amount && texts && self.status == genuine.status
    }
}

fn told(delivery: &Delivery) -> Option<Vec<Told>> {
    let updates: PaymentUpdates = delivery.decode().ok()?;
    Some(updates.iter().map(Told::of).collect())
}

/// What arrives of a request that is neither refused nor a handshake.
fn accepted(endpoint: &Endpoint, request: &Request) -> Option<Delivery> {
    outcome_in(endpoint, request, vec![request.body.clone()]).ok()
}

impl Genuine {
    fn all() -> Vec<Self> {
        let of = |sender: Sender| {
            let own = sender.body(webhook_testkit::BODY).to_vec();
            let more = match sender.sends_anything() {
                true => bodies_of(sender.provider),
                false => Vec::new(),
            };
            let bodies = more.into_iter().chain([("its own".to_owned(), own)]);
            let make = move |(name, body): (String, Vec<u8>)| Self::new(&sender, &name, body);
            bodies.filter_map(make).collect::<Vec<_>>()
        };
        let all: Vec<Self> = senders().into_iter().flat_map(of).collect();
        assert!(all.len() > 150, "{}", all.len());
        all
    }

    /// `None` where there is nothing to break: the body is none that the sender would send, or no JSON.
    fn new(sender: &Sender, name: &str, body: Vec<u8>) -> Option<Self> {
        let mut genuine = Self {
            name: format!("{}: {name}", sender.name),
            sender: sender.clone(),
            endpoint: sender.endpoint(),
            body,
            signed: None,
            told: Vec::new(),
        };
        if !sender.sends_anything() {
            let signed: Request = sender.genuine();
            genuine.body = signed.body.to_vec();
            genuine.signed = Some(signed);
        }
        let is_json = read(&genuine.body).is_some_and(|value| value.is_object());
        let delivery = genuine.deliver(&genuine.body).filter(|_| is_json)?;
        genuine.told = told(&delivery)?;
        Some(genuine)
    }

    /// What arrives of such a body, if it is accepted.
    fn deliver(&self, body: &[u8]) -> Option<Delivery> {
        let request = match &self.signed {
            Some(signed) => signed.clone().with_body(body.to_vec()),
            None => self.sender.sign(body),
        };
        accepted(&self.endpoint, &request)
    }

    /// What arrives if the sender signs such a body, whatever it is.
    fn deliver_signed(&self, body: &[u8]) -> Option<Delivery> {
        let signed = self.sender.signer.sign(body, webhook_testkit::NOW).ok()?;
        accepted(&self.endpoint, &signed.into())
    }

    /// What arrives if a stranger sends this body with what was signed.
    fn deliver_as_it_is(&self, body: &[u8]) -> Option<Delivery> {
        let request = self.sender.genuine().with_body(body.to_vec());
        accepted(&self.endpoint, &request)
    }

    /// That what is made of another body is an error or the same as of the genuine one, up to the amount.
    fn require_error_or_same(&self, body: &[u8]) {
        self.require_error_or_same_of(self.deliver(body), body);
    }

    fn require_error_or_same_of(&self, delivery: Option<Delivery>, body: &[u8]) {
        let Some(told) = delivery.as_ref().and_then(told) else {
            return;
        };
        let same = told.len() == self.told.len();
        let same = same
            && told
                .iter()
                .zip(&self.told)
                .all(|(own, genuine)| own.agrees(genuine));
        let (name, genuine) = (&self.name, &self.told);
        let shown = body.escape_ascii();
        assert!(same, "{name}: {genuine:?} became {told:?} with {shown}");
    }
}

fn bodies_of(provider: &str) -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let json = std::fs::read(format!("{folder}/{provider}.json")).unwrap();
    let cases = VectorFile::parse(&json).unwrap().cases.into_iter();
    // What is odd from the start has what must be read of it in the file.
    let accepted =
        cases.filter(|case| case.expect.outcome == "ok" && !case.name.starts_with("read-"));
    let body = |base64: &str| Base64::decode_vec(base64).unwrap();
    accepted
        .map(|case| (case.name.clone(), body(&case.request.body_base64)))
        .collect()
}

/// As a reader of another make would read it.
fn read(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let whole = String::from_utf8_lossy(body).into_owned();
    match std::str::from_utf8(body) {
        Ok(_) => serde_json::from_str(&without_surrogates(&whole)).ok(),
        Err(_) => None,
    }
}

/// With a letter in the place of every escape that may be half of a pair.
fn without_surrogates(json: &str) -> String {
    let mut parts = json.split(r"\u");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..4).unwrap_or_default().to_ascii_lowercase();
        let is_half = ("d800".."e000").contains(&&*digits);
        whole += if is_half { "x" } else { r"\u" };
        whole += if is_half {
            part.get(4..).unwrap_or_default()
        } else {
            part
        };
    }
    whole
}

#[test]
fn a_body_that_can_no_longer_be_read_is_an_error_or_says_the_same() {
    for genuine in Genuine::all() {
        let body = &genuine.body;
        let mut broken: Vec<Vec<u8>> = ["\0", "x", "{}", ",", "\u{feff}", "]"]
            .map(|junk| [body, junk.as_bytes()].concat())
            .into();
        broken.push([b"\0", &body[..]].concat());
        for at in (0..body.len()).step_by(body.len().div_ceil(30).max(1)) {
            broken.push(body[..at].to_vec());
            for byte in [
                0,
                b'"',
                b'{',
                b'}',
                b'\\',
                b',',
                0xff,
                body[at] ^ 1 << (at % 7),
            ] {
                let mut altered = body.clone();
                altered[at] = byte;
                broken.push(altered);
            }
        }
        for altered in broken.iter().filter(|altered| read(altered).is_none()) {
            genuine.require_error_or_same(altered);
            if let Some(delivery) = genuine.deliver(altered) {
                let value = delivery.decode::<JsonEvent<Value>>();
                assert!(
                    value.is_err(),
                    "{}: {}",
                    genuine.name,
                    altered.escape_ascii()
                );
            }
        }
    }
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    for genuine in Genuine::all()
        .iter()
        .filter(|it| it.sender.sends_anything())
    {
        let body = [b"\xef\xbb\xbf", &genuine.body[..]].concat();
        let delivery = genuine.deliver(&body).unwrap();
        assert_eq!(
            told(&delivery),
            Some(genuine.told.clone()),
            "{}",
            genuine.name
        );
    }
}

#[test]
fn a_text_that_was_cut_is_read_as_if_it_were_mended() {
    for genuine in Genuine::all() {
        for place in places(&genuine.body) {
            let Some(end) = place.text_end(&genuine.body) else {
                continue;
            };
            let with = |more: &str| insert(&genuine.body, end, more);
            let delivered = |body: Vec<u8>| genuine.deliver(&body).map(|it| told(&it));
            let cut = delivered(with(r"\ud83d"));
            let mended = delivered(with("\u{fffd}"));
            assert_eq!(cut, mended, "{}: {}", genuine.name, place.name);
            if genuine.sender.sends_anything() {
                assert!(cut.is_some_and(|told| told.is_some()), "{}", genuine.name);
            }
        }
        for place in places(&genuine.body) {
            let more = format!(r#""{}\udc00":1,"#, place.name);
            let body = insert(&genuine.body, place.object + 1, &more);
            if let Some(delivery) = genuine.deliver(&body) {
                let now = told(&delivery);
                assert_eq!(now, Some(genuine.told.clone()), "{}: {more}", genuine.name);
            }
        }
    }
}

#[test]
fn what_is_written_twice_is_an_error_or_says_the_same() {
    for genuine in Genuine::all() {
        for place in places(&genuine.body) {
            for value in ["null", "{}", r#""other""#] {
                let more = format!(r#""{}":{value},"#, place.name);
                genuine.require_error_or_same(&insert(&genuine.body, place.object + 1, &more));
                let more = format!(r#","{}":{value}"#, place.name);
                genuine.require_error_or_same(&insert(&genuine.body, place.value.end, &more));
            }
            let own = String::from_utf8_lossy(&genuine.body[place.value.clone()]).into_owned();
            let more = format!(r#""{}":{own},"#, place.name);
            genuine.require_error_or_same(&insert(&genuine.body, place.object + 1, &more));
        }
    }
}

#[test]
fn what_is_of_another_type_is_an_error_or_says_the_same() {
    // What the merchant gave to the sender may be of any type.
    let is_merchants = |genuine: &Genuine, name: &str| match genuine.sender.provider {
        "mollie" => name == "metadata",
        "btcpay" | "coinbase-commerce" => matches!(name, "metadata" | "orderId" | "order_id"),
        _ => false,
    };
    for genuine in Genuine::all() {
        for place in places(&genuine.body) {
            if is_merchants(&genuine, &place.name) || place.is_null(&genuine.body) {
                continue;
            }
            for value in [r#"{"x":1}"#, "[[7]]"] {
                let is_object = genuine.body[place.value.start] == b'{';
                if is_object && value.starts_with('{') {
                    continue;
                }
                let mut body = genuine.body.clone();
                body.splice(place.value.clone(), value.bytes());
                genuine.require_error_or_same(&body);
            }
        }
    }
}

/// The senders whose body is a form, with the form that they sign.
fn forms() -> Vec<Genuine> {
    let of = |sender: Sender| {
        let signed = sender.genuine();
        let is_form = signed.body.contains(&b'=') && !signed.body.starts_with(b"{");
        let mut genuine = Genuine {
            name: sender.name.to_owned(),
            endpoint: sender.endpoint(),
            body: sender.body(webhook_testkit::BODY).to_vec(),
            signed: None,
            told: Vec::new(),
            sender,
        };
        let delivery = genuine.deliver_signed(&genuine.body).filter(|_| is_form)?;
        genuine.told = told(&delivery)?;
        Some(genuine)
    };
    senders().into_iter().filter_map(of).collect()
}

#[test]
fn a_field_that_a_form_has_twice_is_an_error_or_says_the_same() {
    let forms = forms();
    assert!(forms.len() >= 3, "{}", forms.len());
    for genuine in forms {
        let signed = genuine.sender.genuine().body;
        // The sender's own doing, and a stranger's to what was signed.
        for (whole, is_signed_anew) in [(&genuine.body[..], true), (&signed[..], false)] {
            for field in whole.split(|byte| *byte == b'&') {
                let (name, own) = String::from_utf8_lossy(field)
                    .split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .unwrap_or_default();
                for value in ["", "other", "%ff", &own] {
                    let more = format!("{name}={value}");
                    for form in [
                        [more.as_bytes(), b"&", whole].concat(),
                        [whole, b"&".as_slice(), more.as_bytes()].concat(),
                    ] {
                        let delivery = match is_signed_anew {
                            true => genuine.deliver_signed(&form),
                            false => genuine.deliver_as_it_is(&form),
                        };
                        genuine.require_error_or_same_of(delivery, &form);
                    }
                }
            }
        }
    }
}

#[test]
fn a_notification_in_xml_that_cannot_be_read_or_in_two_ways_is_an_error_or_says_the_same() {
    let sender = sender("braintree");
    let endpoint = sender.endpoint();
    let mut payments = 0;
    for (name, form) in bodies_of("braintree") {
        let payload = form_urlencoded::parse(&form).find(|(name, _)| name == "bt_payload");
        let base64: String = payload.unwrap().1.split_ascii_whitespace().collect();
        let body = Base64::decode_vec(&base64).unwrap();
        let mut genuine = Genuine {
            name: format!("braintree: {name}"),
            sender: sender.clone(),
            endpoint: endpoint.clone(),
            body,
            signed: None,
            told: Vec::new(),
        };
        let Some(delivery) = genuine.deliver_signed(&genuine.body) else {
            continue;
        };
        genuine.told = told(&delivery).unwrap();
        payments += usize::from(genuine.told[0].status != PaymentStatus::Other);
        let body = String::from_utf8(genuine.body.clone()).unwrap();
        let trimmed = body.trim_end();
        let cut = (0..trimmed.len()).filter(|at| trimmed.is_char_boundary(*at));
        let cut = cut
            .step_by(trimmed.len().div_ceil(60))
            .map(|at| trimmed[..at].to_owned());
        let elements = elements(&body);
        let closed_by_another = elements.iter().map(|(_, end, name)| {
            let tag = format!("</{name}>");
            let wrong = "</another>";
            format!("{}{wrong}{}", &body[..end - tag.len()], &body[*end..])
        });
        let twice = elements.iter().flat_map(|(start, end, name)| {
            let own = &body[*start..*end];
            let other = format!("<{name}>other</{name}>");
            [own.to_owned(), other].into_iter().flat_map(|more| {
                [*start, *end].map(|at| format!("{}{more}{}", &body[..at], &body[at..]))
            })
        });
        for altered in cut.chain(closed_by_another) {
            let delivery = genuine.deliver_signed(altered.as_bytes());
            let told = delivery.as_ref().and_then(told);
            assert_eq!(told, None, "{}: {altered}", genuine.name);
        }
        for altered in twice {
            let delivery = genuine.deliver_signed(altered.as_bytes());
            genuine.require_error_or_same_of(delivery, altered.as_bytes());
        }
    }
    assert!(payments > 0, "no vector of Braintree is of a payment");
}

/// The elements of a document that hold no other element: their beginnings, ends and names.
fn elements(xml: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for (start, _) in xml.match_indices('<') {
        let Some((tag, rest)) = xml[start + 1..].split_once('>') else {
            continue;
        };
        let name = tag.split_ascii_whitespace().next().unwrap_or_default();
        let end = format!("</{name}>");
        if let Some((text, _)) = rest.split_once('<')
            && rest[text.len()..].starts_with(&end)
        {
            let end = start + 1 + tag.len() + 1 + text.len() + end.len();
            found.push((start, end, name.to_owned()));
        }
    }
    found
}

/// What senders in JavaScript, PHP and Java have been seen to write.
#[test]
fn a_paid_order_stays_a_paid_order() {
    let genuine = r#"{"id":"evt_1","object":"event","type":"checkout.session.completed","data":{"object":{"id":"cs_1",
        "object":"checkout.session","client_reference_id":"order-7","payment_status":"paid","amount_total":1099,
        "currency":"eur"}}}"#;
    let stripe = sender("stripe");
    let order = "paid | 10.99 EUR | order-7 | cs_1";
    for (from, to, want) in [
        (
            "order-7",
            r"order-7 caf\ud83d",
            "paid | 10.99 EUR | order-7 caf\u{fffd} | cs_1",
        ),
        (
            "order-7",
            r"\udf89 order-7",
            "paid | 10.99 EUR | \u{fffd} order-7 | cs_1",
        ),
        ("{\"id\":\"evt_1", "\u{feff}{\"id\":\"evt_1", order),
        ("}}}", "}}}\0", "an error at ."),
        ("}}}", "}}} {}", "an error at ."),
        ("}}}", "}}", "an error at ."),
        ("\"type\"", r#""type":"x","type""#, "an error at type"),
        (
            "\"payment_status\"",
            r#""payment_status":"unpaid","payment_status""#,
            "an error at data.object.payment_status",
        ),
        (
            "\"payment_status\"",
            r#""payment_status":"paid","payment_status""#,
            order,
        ),
        ("\"paid\"", "{}", "an error at data.object.payment_status"),
        (
            "\"currency\"",
            r#""currency":"usd","currency""#,
            "paid | ambiguous | order-7 | cs_1",
        ),
        (
            "\"amount_total\"",
            r#""amount_total":1,"amount_total""#,
            "paid | ambiguous | order-7 | cs_1",
        ),
        ("1099", "[]", "paid | not_a_number | order-7 | cs_1"),
        ("1099", "10.99", "paid | too_many_digits | order-7 | cs_1"),
        ("1099", "1.0E7", "paid | 100000.00 EUR | order-7 | cs_1"),
        ("1099", "1e3", "paid | 10.00 EUR | order-7 | cs_1"),
        (
            ",\n        \"currency\":\"eur\"",
            "",
            "paid | no_currency | order-7 | cs_1",
        ),
        (
            "\"eur\"",
            "\"btc\"",
            "paid | unknown_currency | order-7 | cs_1",
        ),
        (
            "1099,\n        \"currency\":\"eur",
            "550,\"currency\":\"isk",
            "paid | too_many_digits | order-7 | cs_1",
        ),
    ] {
        let body = genuine.replacen(from, to, 1);
        assert_ne!(body, genuine, "{from}");
        assert_eq!(line(&stripe, &body), want, "{body}");
    }
    let float = r#"{"event":{"id":"1","type":"NON_RENEWING_PURCHASE","app_user_id":"u-7","transaction_id":"t-1",
        "price_in_purchased_currency":19.990000000000002,"currency":"USD"}}"#;
    let hmac = senders()
        .into_iter()
        .find(|it| it.provider == "revenuecat" && it.signs_the_body());
    assert_eq!(
        line(&hmac.unwrap(), float),
        "paid | too_many_digits | u-7 | t-1"
    );
}

fn sender(provider: &str) -> Sender {
    let mut senders = senders().into_iter();
    senders.find(|sender| sender.provider == provider).unwrap()
}

/// Status, amount, reference and transaction of what a body is read as, or where it is not.
fn line(sender: &Sender, body: &str) -> String {
    let request = sender.sign(body.as_bytes());
    let delivery = receive(&sender.endpoint(), &request).unwrap();
    let updates: PaymentUpdates = match delivery.decode() {
        Ok(updates) => updates,
        Err(error) => return format!("an error at {}", error.path()),
    };
    let amount = match updates[0].amount {
        Ok(amount) => amount.map_or("-".to_owned(), |amount| amount.to_string()),
        Err(error) => error.as_str().to_owned(),
    };
    let text = |text: &Option<Text>| text.as_deref().unwrap_or("-").to_owned();
    let (reference, id) = (
        text(&updates[0].reference),
        text(&updates[0].transaction_id),
    );
    format!("{} | {amount} | {reference} | {id}", updates[0].status)
}

#[cfg(feature = "tracing")]
#[test]
fn an_amount_that_cannot_be_read_is_logged_once_and_without_its_value() {
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Log({
        let lines = lines.clone();
        move |_: &str, line: &str| lines.lock().unwrap().push(line.to_owned())
    });
    let body = r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","amount_paid":13.37,
        "currency":"eur"}}}"#;
    let read = || line(&sender("stripe"), body);
    let told = tracing::subscriber::with_default(log, read);
    assert_eq!(told, "paid | too_many_digits | - | in_1");
    let lines = lines.lock().unwrap();
    let about: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("amount not read"))
        .collect();
    assert_eq!(about.len(), 1, "{lines:#?}");
    assert!(about[0].contains("too_many_digits") && about[0].contains("evt_1"));
    assert!(!lines.iter().any(|line| line.contains("13.37")));
}

/// A member of an object in a document.
struct Place {
    name: String,
    /// Where the object begins.
    object: usize,
    value: Range<usize>,
}

impl Place {
    /// Where the closing quotation mark of its text is.
    fn text_end(&self, body: &[u8]) -> Option<usize> {
        (body[self.value.start] == b'"').then_some(self.value.end - 1)
    }

    fn is_null(&self, body: &[u8]) -> bool {
        &body[self.value.clone()] == b"null"
    }
}

/// All members of all objects in a document.
fn places(body: &[u8]) -> Vec<Place> {
    let mut places = Vec::new();
    find(body, serde_json::from_slice(body).unwrap(), &mut places);
    places
}

fn find(body: &[u8], value: &RawValue, places: &mut Vec<Place>) {
    let start_of = |value: &RawValue| value.get().as_ptr() as usize - body.as_ptr() as usize;
    let object = start_of(value);
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) {
        for (name, value) in members {
            let start = start_of(value);
            let value_at = start..start + value.get().len();
            // Names with escapes would have to be written as they were.
            if name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
            {
                places.push(Place {
                    name,
                    object,
                    value: value_at,
                });
            }
            find(body, value, places);
        }
    } else if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        elements
            .into_iter()
            .for_each(|element| find(body, element, places));
    }
}

fn insert(body: &[u8], at: usize, more: &str) -> Vec<u8> {
    [&body[..at], more.as_bytes(), &body[at..]].concat()
}
