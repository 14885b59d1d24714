//! Notifications that prove nothing, looked up before the handler is called.

use std::fmt;

use webhook_core::dedupe::Dedupe;
use webhook_core::provider::mollie;
use webhook_core::testing::SignedRequest;
use webhook_core::{Confirm, Endpoint, Lookup};
use webhook_store::MemoryStore;

use crate::case::{Case, Want, run};
use webhook_testkit::message::Message;

/// Addresses whose handler reads a payment: without a store; with one that knows a state by its name; with one that knows none.
pub(crate) const CONFIRMED: &str = "/confirmed";
const ONCE: &str = "/confirmed-once";
const ALWAYS: &str = "/confirmed-always";

pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) status: &'static str,
}

async fn asked(lookup: Lookup) -> Result<Option<Payment>, fmt::Error> {
    match lookup.unverified_id().into_unverified() {
        "tr_1" => Ok(Some(Payment {
            id: "tr_1".to_owned(),
            status: "paid",
        })),
        "tr_down" => Err(fmt::Error),
        _ => Ok(None),
    }
}

fn confirm() -> Confirm<Payment> {
    Confirm::new(mollie::CLASSIC, asked)
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(confirm())
}

/// Those with a store.
pub(crate) fn remembering() -> [(&'static str, Endpoint); 2] {
    let of_state = |payment: &Payment| format!("{} {}", payment.id, payment.status);
    let remembers = |confirm: Confirm<Payment>| {
        let endpoint = Endpoint::new(confirm).name("shop");
        endpoint.dedupe(Dedupe::new(MemoryStore::default()))
    };
    [
        (ONCE, remembers(confirm().identity(of_state))),
        (ALWAYS, remembers(confirm())),
    ]
}

fn notification(address: &str, body: &'static str, want: Want) -> Case {
    let message = Message::new(SignedRequest {
        method: "POST".to_owned(),
        target: address.to_owned(),
        headers: Vec::new(),
        body: body.into(),
    });
    Case::new(format!("{address} {body}"), message, want)
}

/// What the handler says of the payment, and how much of the body is left for it.
const PAID: Want = Want::Handled("tr_1 paid 0");

#[test]
fn a_handler_gets_what_the_interface_says() {
    let cases = [
        ("id=tr_1&status=failed", PAID),
        ("id=tr_2", Want::Refusal(404, "not_confirmed")),
        ("id=tr_down", Want::Refusal(503, "look_up_failed")),
        ("id=..%2Fcustomers", Want::Refusal(400, "malformed")),
    ];
    run(cases
        .into_iter()
        .flat_map(|(body, want)| notification(CONFIRMED, body, want).in_every_framing()));
}

#[test]
fn a_store_knows_what_the_interface_has_said_before_and_nothing_else() {
    let bodies = ["id=tr_1", "id=tr_1", "id=tr_1&try=3"];
    let known = [PAID, Want::Reply(""), Want::Reply("")];
    let once = bodies
        .into_iter()
        .zip(known)
        .map(|(body, want)| notification(ONCE, body, want));
    let always = bodies
        .into_iter()
        .map(|body| notification(ALWAYS, body, PAID));
    run(once.chain(always));
}
