//! WooCommerce: orders, products, coupons, customers.
//!
//! | | |
//! |---|---|
//! | signature | `X-WC-Webhook-Signature`: base64 HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none |
//! | event id | `X-WC-Webhook-Delivery-ID`, **not signed**, and not unique |
//! | kind | `X-WC-Webhook-Topic`, **not signed** |
//! | set-up | a form `webhook_id=…`, not signed: the library answers with 200 |
//!
//! # What to know
//!
//! - The delivery id is made of the number of the webhook and the second: two events in one second have the same. It is never taken alone
//!   for what tells events apart.
//! - Saving a webhook sends one request that holds the form field `webhook_id` with a number, no signature and nothing else, and wants 200. That form
//!   and no other is answered, and reaches no handler.
//! - WordPress keeps the secret with `&`, quotes and the like as entities, and signs with the plain text: configure it as you entered it. If you leave
//!   the field empty, WooCommerce takes a secret that it does not show.
//! - A plug-in of the shop can change the hash. That is not covered here.
//! - After five failures in a row the webhook is disabled.
//!
//! Checked against the community's library `@hookflo/tern` 4.1.0 (JavaScript), and by the source of WooCommerce. Documentation:
//! ["Webhooks"](https://woocommerce.com/document/webhooks/).
//!
//! # Payments
//!
//! Only if `order_key` is there.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `pending`, `on-hold` | `date_paid_gmt` is not there | `Pending` | `total` |
//! | `failed` | `date_paid_gmt` is not there | `Failed` | `total` |
//! | `cancelled` | `date_paid_gmt` is not there | `Canceled` | `total` |
//! | `processing`, `completed` | `date_paid_gmt` is there and `refunds.0` is there | `PartiallyRefunded` |  |
//! | `processing`, `completed` | `date_paid_gmt` is there | `Paid` | `total` |
//! | `refunded` | `date_paid_gmt` is there | `Refunded` | `total` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `currency`, major units | `number` | `id` |  |
//!
//! - The topic is not signed. What has an `order_key` is an order, whatever the topic says, and the kind of an update is the order's `status`.
//!   The status is what the shop holds, not what a bank has said: a person can set it. Plug-ins add others, which are `Other`.
//! - Amounts are decimal numbers in units of the currency. The amount is the order's `total`.
//! - An order is paid once it has a time of payment, `date_paid_gmt`: one that is paid on delivery is `processing` before. That is `Other`.
//! - Every later change of an order tells its status again.
//! - An order with `refunds` whose status is not `refunded` is `PartiallyRefunded`. How much is back is the sum of that list, which is not read.
//! - The transaction id is the number of the order. That of the payment gateway is `transaction_id` in the body.
//! - A sale by a subscription plug-in, and what happens to products, customers and coupons, is `Other`.
//!
//! Dedupe tells events apart by: body, unsigned delivery id and kind. A repeat is handled again if it is not recognised: under another delivery
//! id.

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "testing")]
use crate::Settings;
use crate::crypto::{Algorithm, Encoding};
use crate::message::Message;
use crate::outcome::missing;
use crate::payment::PaymentStatus::{
    Canceled, Failed, Other, Paid, PartiallyRefunded, Pending, Refunded,
};
use crate::payment::read::places;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::verify::buffered;
use crate::{
    Answer, BodyCheck, ConfigError, DecodeError, EventKind, IntoKeyring, KeyPrint, Reply,
    RequestHead, UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    let woocommerce = WooCommerce::new(settings.keys("secrets")?);
    Ok(Arc::new(
        woocommerce.map_err(|error| error.of_setting("secrets"))?,
    ))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Business, "https://woocommerce.com/document/webhooks/")
    .setup(&[
        "Make a long random secret of letters and digits. It becomes `secrets`; start the endpoint with it.",
        "In the shop, open WooCommerce, Settings, Advanced, Webhooks, and add a webhook with its topic, the URL and the secret.",
        "Save it as active: WooCommerce tries the URL at once.",
    ])
    .settings(&[Setting::required(
        "secrets",
        "the secret of the webhook: one or a list, any of which may match",
    )])
    .headers(&[HEADER, ID_HEADER, KIND_HEADER])
    .signed("HMAC-SHA256 in base64 of: the body")
    .handshakes(&["POST of the form `webhook_id` with a number and nothing else, without a signature: answered with status 200"]);

const HEADER: &str = "x-wc-webhook-signature";
const ID_HEADER: &str = "x-wc-webhook-delivery-id";
const KIND_HEADER: &str = "x-wc-webhook-topic";

/// Base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("woocommerce", Algorithm::HmacSha256)
    .signature(Signature::header(HEADER).encoding(Encoding::Base64))
    .id(&[Field::Header(ID_HEADER)])
    .kind(&[Field::Header(KIND_HEADER)])
    .meaning(&MEANING)
    .payments(updates);

const _: () = assert!(SCHEME.check().is_ok());

/// Verifies what WooCommerce sends for one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::woocommerce::WooCommerce;
///
/// let endpoint = Endpoint::new(WooCommerce::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WooCommerce(SchemeVerifier);

impl WooCommerce {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret of this sender.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        SCHEME.verifier(keys).map(Self)
    }
}

impl Verifier for WooCommerce {
    fn provider(&self) -> crate::Provider {
        self.0.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.0.key_prints()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let may_be_ping =
            head.method() == "POST" && head.header(HEADER)?.is_none() && is_form(head)?;
        match may_be_ping {
            true => Ok(buffered(|body| match is_ping(body) {
                true => Err(Reply::empty(http::StatusCode::OK).into()),
                false => Err(missing("the request has no signature")
                    .of_header(HEADER)
                    .into()),
            })),
            false => self.0.begin(head, now),
        }
    }
}

/// As the rules say; the topic is not signed, and the status of the order stands for it.
fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [status] = places(message.body(), ["/status"])?;
    let kind = status.text()?.map(EventKind::from);
    let update = PaymentUpdate::of(message);
    let status = kind.as_deref().unwrap_or_default();
    let update = MEANING.update(status, message.body(), update)?;
    let kind = kind.filter(|_| update.status != Other);
    Ok(vec![PaymentUpdate { kind, ..update }])
}

/// What the status of an order means for a payment.
pub const MEANING: Meaning = Meaning::new(
    ORDER,
    &[
        Rule::new(&["pending", "on-hold"], Pending).when(&[UNPAID]),
        Rule::new(&["failed"], Failed).when(&[UNPAID]),
        Rule::new(&["cancelled"], Canceled).when(&[UNPAID]),
        Rule::new(&["processing", "completed"], PartiallyRefunded)
            .when(&[PAID, When::Present("/refunds/0")])
            .amount(&[]),
        Rule::new(&["processing", "completed"], Paid).when(&[PAID]),
        Rule::new(&["refunded"], Refunded).when(&[PAID]),
    ],
)
.only_if(&[When::Present("/order_key")]);

const PAID_AT: &str = "/date_paid_gmt";
const PAID: When = When::Present(PAID_AT);
const UNPAID: When = When::Absent(PAID_AT);

const ORDER: Places = Places::new(Unit::Major)
    .amount(&["/total"])
    .currency(&["/currency"])
    .reference(&["/number"])
    .transaction(&["/id"]);

fn is_form(head: &RequestHead<'_>) -> Result<bool, Answer> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let given = head.header_str("content-type")?.unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    Ok(media.eq_ignore_ascii_case(FORM))
}

/// Exactly one field, a number: anything more would be a way around the signature.
fn is_ping(body: &Bytes) -> bool {
    let number = body.strip_prefix(b"webhook_id=").unwrap_or_default();
    (1..=20).contains(&number.len()) && number.iter().all(u8::is_ascii_digit)
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(SCHEME, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![
        Sample::of_scheme(SCHEME, keys)?.made_by(WooCommerce::new),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Endpoint;
    use crate::provider;
    use crate::testing::support::NOW;
    use crate::testing::{FixedClock, SignedRequest, receive};

    fn answer(request: SignedRequest) -> Answer {
        let settings = Settings::new(json!({"secrets": "a secret for tests"})).unwrap();
        let verifier = provider::by_name("woocommerce", &settings).unwrap();
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(receive(&endpoint, request)).unwrap_err()
    }

    #[test]
    fn only_the_form_of_the_ping_needs_no_signature() {
        for body in ["webhook_id=7", "webhook_id=18446744073709551615"] {
            let answer = answer(SignedRequest::form(body));
            assert!(matches!(answer, Answer::Reply(_)), "{body}");
        }
        for body in [
            "",
            "webhook_id=",
            "webhook_id=7&x=1",
            "webhook_id=7&webhook_id=8",
            "webhook_id=+7",
            "webhook_id=7 ",
            "webhook_id=-7",
            "webhook%5Fid=7",
            "Webhook_id=7",
            "webhook_id=184467440737095516150",
        ] {
            let answer = answer(SignedRequest::form(body));
            assert_eq!(answer.code(), "missing_signature", "{body}");
        }
    }

    #[test]
    fn what_is_no_form_or_has_a_signature_is_no_ping() {
        let ping = || SignedRequest::form("webhook_id=7");
        for (request, code) in [
            (SignedRequest::json("webhook_id=7"), "missing_signature"),
            (ping().without_header("content-type"), "missing_signature"),
            (ping().with_header(HEADER, ""), "missing_signature"),
            (ping().with_header(HEADER, "7777"), "bad_signature"),
        ] {
            assert_eq!(answer(request).code(), code);
        }
    }
}
