//! Every provider's senders and receivers, for the tests that hold for all of them.
//!
//! A new provider needs a row: in `accounts.rs` if a [`Scheme`](webhook_core::scheme::Scheme) describes it, in `by_hand.rs`
//! or `by_token.rs` if not. What its sender does in another way than most is said by the fields of its [`Sender`].
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary that includes this uses another part of it"
)]
#![allow(clippy::indexing_slicing, clippy::string_slice)]

mod accounts;
mod by_hand;
#[cfg(feature = "x509")]
mod by_token;
mod reads;
mod request;
mod sender;

use webhook_core::{UnixTime, provider};

pub(crate) use accounts::Account;
pub(crate) use request::{Request, at_once, code, outcome_in, receive, receive_in};
pub(crate) use sender::{Bodies, Code, Keyed, Place, Sender, received_by};

/// The moment at which everything is signed and received, if nothing else is said.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The URL that senders were given, for schemes that sign it.
pub(crate) const URL: &str = "https://shop.example/webhooks?from=sender";

/// The id that signers put into a header, for senders that have it there.
pub(crate) const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

/// The id that [`BODY`] has wherever a sender has it.
pub(crate) const ID_IN_BODY: &str = "evt_1";

/// What a sender sends that signs any bytes. It has an id and a kind at the places of them all.
pub(crate) const BODY: &[u8] = br#"{"id":"evt_1","event_id":"evt_1","eventId":"evt_1","notificationId":"evt_1","deliveryId":"evt_1","webhook_id":"evt_1","meta":{"webhook_id":"evt_1"},"event":{"id":"evt_1","type":"order.paid"},"type":"order.paid","created_at":"2026-08-05T09:00:00.000Z","note":"Gr\u00f6\u00dfe \"M\"","card":"canary-card-4242"}"#;

/// Stands in every body where a card's number could.
pub(crate) const CARD: &str = "canary-card-4242";

/// Shared secrets in the forms that senders give them out in: the account's own and a stranger's.
#[derive(Clone, Copy)]
pub(crate) struct Secrets {
    pub(crate) text: [&'static str; 2],
    pub(crate) hex: [&'static str; 2],
    pub(crate) base64: [&'static str; 2],
    pub(crate) whsec: [&'static str; 2],
}

pub(crate) const SECRETS: Secrets = Secrets {
    text: [
        "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182",
        "whsec_00112233445566778899aabbccddeeff",
    ],
    hex: [
        "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8",
        "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    ],
    base64: [
        "KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
        "GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
    ],
    whsec: [
        "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
        "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
    ],
};

/// The senders of all providers.
pub(crate) fn senders() -> Vec<Sender> {
    senders_with(&SECRETS)
}

/// The same with these shared secrets.
pub(crate) fn senders_with(secrets: &Secrets) -> Vec<Sender> {
    let of = |provider| senders_of(provider, secrets);
    provider::names().flat_map(of).collect()
}

/// Those of all providers that a scheme describes.
pub(crate) fn accounts() -> Vec<Account> {
    accounts_with(&SECRETS)
}

/// The same with these shared secrets.
pub(crate) fn accounts_with(secrets: &Secrets) -> Vec<Account> {
    let of = |provider| {
        // For its complaint about a provider that nobody knows.
        drop(senders_of(provider, secrets));
        accounts::rows(provider, secrets)
    };
    provider::names().flat_map(of).collect()
}

/// Those of one provider.
pub(crate) fn accounts_of(provider: &'static str) -> Vec<Account> {
    let accounts = accounts::rows(provider, &SECRETS);
    assert!(
        !accounts.is_empty(),
        "`{provider}` is described by no scheme"
    );
    accounts
}

fn senders_of(provider: &'static str, secrets: &Secrets) -> Vec<Sender> {
    let accounts = accounts::rows(provider, secrets).into_iter();
    let mut senders: Vec<Sender> = accounts.map(|account| account.sender).collect();
    senders.extend(by_hand::rows(provider, secrets));
    #[cfg(feature = "x509")]
    senders.extend(by_token::rows(provider));
    assert!(
        !senders.is_empty(),
        "the provider `{provider}` has no row: say how it signs, in tests/common/accounts.rs if a scheme describes it, \
         in tests/common/by_hand.rs or by_token.rs if not"
    );
    senders
}
