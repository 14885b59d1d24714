//! Stripe's events as they come: signed, verified, then read.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Debug;

use base64ct::{Base64, Encoding};
use webhook_core::provider::github;
use webhook_core::provider::stripe::{self, AnyEvent, Event, Object, ThinEvent, kind};
use webhook_core::scheme::Scheme;
use webhook_core::testing::vectors::VectorFile;
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{Delivery, Endpoint, FromDelivery, RequestHead, UnixTime};

const CHECKOUT: &str = include_str!("fixtures/stripe/checkout.session.completed.json");
const PAYMENT_FAILED: &str = include_str!("fixtures/stripe/payment_intent.payment_failed.json");
const CHARGE_REFUNDED: &str = include_str!("fixtures/stripe/charge.refunded.json");
const REFUND_FAILED: &str = include_str!("fixtures/stripe/refund.failed.json");
const DISPUTE: &str = include_str!("fixtures/stripe/charge.dispute.created.json");
const INVOICE: &str = include_str!("fixtures/stripe/invoice.paid.json");
const OLD_INVOICE: &str = include_str!("fixtures/stripe/invoice.payment_failed.2016-07-06.json");
const SUBSCRIPTION: &str = include_str!("fixtures/stripe/customer.subscription.updated.json");
const THIN: &str = include_str!("fixtures/stripe/thin.json");

#[test]
fn reads_the_envelope() {
    let event: Event = read(CHECKOUT);
    assert_eq!(event.id, "evt_1QfT3kAbCdEfGhIjKlMnOpQr");
    assert_eq!(event.kind, kind::CHECKOUT_SESSION_COMPLETED);
    assert_eq!(event.created, Some(UnixTime::from_secs(1_785_920_397)));
    assert!(event.livemode);
    assert_eq!(event.api_version.as_deref(), Some("2026-07-29.dahlia"));
    assert_eq!(event.pending_webhooks, Some(2));
    assert_eq!((&event.account, &event.context), (&None, &None));
    let request = event.request.unwrap();
    assert_eq!(request.id.as_deref(), Some("req_aBcDeF123"));
    assert!(request.idempotency_key.unwrap().starts_with("6b1f7c7e-"));
}

#[test]
fn names_the_connected_account() {
    let event: Event = read(PAYMENT_FAILED);
    assert_eq!(event.account.as_deref(), Some("acct_1ConnectedShop"));
}

#[test]
fn reads_a_checkout_session() {
    let Object::CheckoutSession(session) = object(CHECKOUT) else {
        panic!("not a session");
    };
    assert!(session.is_paid());
    assert_eq!(session.client_reference_id.as_deref(), Some("order-4711"));
    assert_eq!(session.amount_total, Some(10_990));
    assert_eq!(session.currency.as_deref(), Some("eur"));
    assert_eq!(session.payment_intent.unwrap().id(), "pi_3QfT3kAbCdEfGh");
    assert_eq!(session.metadata.get("note").unwrap(), "Größe \"M\"");
    assert_eq!(session.expires_at.unwrap().as_secs(), 1_786_006_500);
    assert!(session.subscription.is_none() && session.url.is_none());
}

#[test]
fn reads_a_payment_intent() {
    let Object::PaymentIntent(intent) = object(PAYMENT_FAILED) else {
        panic!("not a payment intent");
    };
    assert_eq!(
        (intent.amount, intent.amount_received),
        (Some(2500), Some(0))
    );
    assert_eq!(intent.latest_charge.unwrap().id(), "ch_3QfT3kZyXwVu");
    let error = intent.last_payment_error.unwrap();
    assert_eq!(error.decline_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(error.kind.as_deref(), Some("card_error"));
}

#[test]
fn reads_a_charge_with_an_expanded_customer() {
    let Object::Charge(charge) = object(CHARGE_REFUNDED) else {
        panic!("not a charge");
    };
    assert_eq!(
        (charge.amount, charge.amount_refunded),
        (Some(2500), Some(500))
    );
    assert_eq!((charge.paid, charge.refunded), (Some(true), Some(false)));
    assert_eq!(charge.customer.unwrap().id(), "cus_Expanded");
    assert_eq!(charge.invoice.unwrap().id(), "in_1OldInvoice");
}

#[test]
fn reads_a_refund() {
    let Object::Refund(refund) = object(REFUND_FAILED) else {
        panic!("not a refund");
    };
    assert_eq!(refund.amount, Some(500));
    assert_eq!(refund.charge.unwrap().id(), "ch_3ChargeRefunded");
    assert_eq!(
        refund.failure_reason.as_deref(),
        Some("expired_or_canceled_card")
    );
    assert!(refund.metadata.is_empty());
}

#[test]
fn reads_a_dispute() {
    let Object::Dispute(dispute) = object(DISPUTE) else {
        panic!("not a dispute");
    };
    assert_eq!(dispute.status.as_deref(), Some("needs_response"));
    assert_eq!(dispute.payment_intent.unwrap().id(), "pi_3Disputed");
    assert_eq!(dispute.evidence_due_by.unwrap().as_secs(), 1_786_700_000);
}

#[test]
fn reads_an_invoice() {
    let Object::Invoice(invoice) = object(INVOICE) else {
        panic!("not an invoice");
    };
    assert_eq!(invoice.subscription_id(), Some("sub_1New"));
    assert_eq!(
        (invoice.amount_due, invoice.amount_paid),
        (Some(1999), Some(1999))
    );
    assert_eq!(invoice.number.as_deref(), Some("ABCD-0007"));
    assert_eq!(invoice.next_payment_attempt, None);
}

#[test]
fn reads_an_old_api_version() {
    let event: Event = read(OLD_INVOICE);
    assert_eq!(event.api_version.as_deref(), Some("2016-07-06"));
    assert_eq!(
        event.request.as_ref().unwrap().id.as_deref(),
        Some("req_OldVersion")
    );
    let Object::Invoice(invoice) = event.object().unwrap() else {
        panic!("not an invoice");
    };
    assert_eq!(invoice.subscription_id(), Some("sub_Old"));
    assert_eq!((invoice.paid, invoice.status), (Some(false), None));
    assert_eq!(
        invoice.next_payment_attempt.unwrap().as_secs(),
        1_786_219_200
    );
}

#[test]
fn reads_a_subscription() {
    let Object::Subscription(subscription) = object(SUBSCRIPTION) else {
        panic!("not a subscription");
    };
    assert_eq!(subscription.cancel_at_period_end, Some(true));
    assert_eq!(subscription.current_period_end, None);
    let [item] = &subscription.items[..] else {
        panic!("not one item");
    };
    assert_eq!(item.current_period_end.unwrap().as_secs(), 1_788_548_400);
    let price = item.price.as_ref().unwrap();
    assert_eq!(price.product.as_ref().unwrap().id(), "prod_Gold");
    assert_eq!(price.unit_amount, Some(1999));
}

#[test]
fn keeps_what_has_changed() {
    #[derive(serde::Deserialize)]
    struct Before {
        cancel_at_period_end: bool,
    }
    let event: Event = read(SUBSCRIPTION);
    let before: Before = event.data.previous_attributes.unwrap().decode().unwrap();
    assert!(!before.cancel_at_period_end);
}

#[test]
fn reads_objects_with_nothing_but_an_id() {
    for name in [
        "checkout.session",
        "payment_intent",
        "charge",
        "refund",
        "dispute",
        "invoice",
        "subscription",
    ] {
        let object = object(&event_of(&format!(r#"{{"id":"x_1","object":"{name}"}}"#)));
        assert!(!matches!(object, Object::Other(_)), "{name}");
        assert!(format!("{object:?}").contains("x_1"), "{object:?}");
    }
}

#[test]
fn an_unknown_kind_and_object_are_reachable() {
    #[derive(serde::Deserialize)]
    struct Gadget<'a> {
        colour: &'a str,
    }
    let body = r#"{"id":"evt_1","type":"gadget.painted","new_field":[{}],
        "data":{"object":{"object":"gadget","colour":"red"}}}"#;
    let event: Event = read(body);
    assert_eq!(event.kind, "gadget.painted");
    assert_eq!(event.decode::<Gadget<'_>>().unwrap().colour, "red");
    let Object::Other(json) = event.object().unwrap() else {
        panic!("a type that nobody knows");
    };
    assert_eq!(json.get(), r#"{"object":"gadget","colour":"red"}"#);
}

#[test]
fn a_wrong_object_is_named_by_its_path_and_not_its_value() {
    for (object, path) in [
        (
            r#"{"id":"cs_1","object":"checkout.session","amount_total":"4242"}"#,
            "data.object.amount_total",
        ),
        (
            r#"{"id":"cs_1","object":"checkout.session","amount_total":42.42}"#,
            "data.object.amount_total",
        ),
        (
            r#"{"id":"sub_1","object":"subscription","items":{"data":[{"id":"a"},{"id":4242}]}}"#,
            "data.object.items.data[1].id",
        ),
        (
            r#"{"id":"in_1","object":"invoice","customer":{"id":4242}}"#,
            "data.object.customer.id",
        ),
        (
            r#"{"id":"pi_1","object":"payment_intent","created":"4242"}"#,
            "data.object.created",
        ),
        (
            r#"{"id":"du_1","object":"dispute","evidence_details":{"due_by":"4242"}}"#,
            "data.object.evidence_details.due_by",
        ),
        (r#"{"object":"charge"}"#, "data.object"),
        ("4242", "data.object"),
    ] {
        let event: Event = read(&event_of(object));
        let error = event.object().unwrap_err();
        assert_eq!(error.path(), path, "{object}");
        assert!(!format!("{error} {error:?}").contains("4242"), "{error:?}");
    }
}

#[test]
fn reads_a_thin_event() {
    let event: ThinEvent = read(THIN);
    assert_eq!(event.id, "evt_test_65ThinEvent");
    assert_eq!(event.kind, "v1.billing.meter.error_report_triggered");
    assert_eq!(event.created.unwrap().as_millis(), 1_785_920_400_250);
    assert!(event.livemode);
    assert_eq!(event.context.as_deref(), Some("acct_1ConnectedShop"));
    let object = event.related_object.unwrap();
    assert_eq!(object.id, "mtr_test_61Meter");
    assert_eq!(object.kind.as_deref(), Some("billing.meter"));
    assert!(object.url.unwrap().starts_with("/v1/billing/"));
    assert!(event.reason.unwrap().get().contains("req_thin"));
    assert!(event.data.unwrap().get().contains("error_count"));
}

#[test]
fn each_form_refuses_the_other_and_says_which_type_reads_it() {
    let error = Event::from_delivery(&deliver(THIN)).unwrap_err();
    assert!(error.to_string().contains("`stripe::ThinEvent`"), "{error}");
    let error = ThinEvent::from_delivery(&deliver(CHECKOUT)).unwrap_err();
    assert!(error.to_string().contains("`stripe::Event`"), "{error}");
}

#[test]
fn one_type_reads_both_forms() {
    assert!(matches!(read(THIN), AnyEvent::Thin(event) if event.livemode));
    assert!(matches!(read(CHECKOUT), AnyEvent::Snapshot(event) if event.livemode));
}

#[test]
fn refuses_another_provider() {
    let delivery = deliver_as(github::SCHEME, CHECKOUT);
    for error in [
        Event::from_delivery(&delivery).unwrap_err(),
        ThinEvent::from_delivery(&delivery).unwrap_err(),
        AnyEvent::from_delivery(&delivery).unwrap_err(),
    ] {
        assert!(error.to_string().contains("another provider"), "{error}");
    }
}

#[test]
fn debug_shows_nothing_of_the_body() {
    let shows = |value: &dyn Debug, secret: &str| format!("{value:?}").contains(secret);
    for body in [
        CHECKOUT,
        PAYMENT_FAILED,
        CHARGE_REFUNDED,
        INVOICE,
        SUBSCRIPTION,
    ] {
        let event: Event = read(body);
        let object = event.object().unwrap();
        for secret in [
            "buyer.example",
            "order-4711",
            "insufficient",
            "c-77",
            "A-12",
            "ABCD-0007",
            "gold",
            "1999",
            "6b1f7c7e",
            "cancel-42",
        ] {
            let parts: [&dyn Debug; 4] = [&event, &event.data, &event.request, &object];
            assert!(!parts.iter().any(|part| shows(*part, secret)), "{secret}");
        }
    }
    assert!(!shows(&read::<ThinEvent>(THIN), "invalid event"));
}

#[test]
fn every_accepted_vector_is_an_event() {
    let file = VectorFile::parse(include_bytes!("vectors/stripe.json")).unwrap();
    let mut forms = [0, 0];
    for case in file.cases.iter().filter(|case| case.expect.outcome == "ok") {
        let body = Base64::decode_vec(&case.request.body_base64).unwrap();
        let (form, id, kind) = match read(std::str::from_utf8(&body).unwrap()) {
            AnyEvent::Snapshot(event) => (0, event.id, event.kind),
            AnyEvent::Thin(event) => (1, event.id, event.kind),
        };
        forms[form] += 1;
        assert_eq!(
            Some(id.as_str()),
            case.expect.id.as_deref(),
            "{}",
            case.name
        );
        assert_eq!(
            Some(kind.as_str()),
            case.expect.kind.as_deref(),
            "{}",
            case.name
        );
    }
    assert!(forms.iter().all(|count| *count > 0), "{forms:?}");
}

fn event_of(object: &str) -> String {
    format!(r#"{{"id":"evt_1","type":"a","data":{{"object":{object}}}}}"#)
}

fn object(body: &str) -> Object {
    read::<Event>(body).object().unwrap()
}

fn read<E: FromDelivery>(body: &str) -> E {
    E::from_delivery(&deliver(body)).unwrap()
}

fn deliver(body: &str) -> Delivery {
    deliver_as(stripe::SCHEME, body)
}

fn deliver_as(scheme: Scheme, body: &str) -> Delivery {
    let now = UnixTime::from_secs(1_785_920_400);
    let verifier = scheme.verifier("whsec_test").unwrap();
    let endpoint = Endpoint::new(verifier).clock(FixedClock::at(now));
    let signer = Signer::new(scheme, "whsec_test").unwrap();
    let request = signer.sign(body.as_bytes(), now).unwrap();
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut verification = runtime.block_on(endpoint.begin(&head)).unwrap();
    verification.update(request.body.clone()).unwrap();
    runtime.block_on(verification.finalize()).unwrap()
}
