//! What the tests of these crates share.
//!
//! [`senders`] are all providers with what their receivers must hold to; the file of each provider says what is different about
//! it. [`identity`] reads what tells events apart. [`forge`] and [`rows`] make requests that no sender makes. [`wire`] and
//! [`message`] send exactly what they are given; [`https`] is a sender's own server. [`log`] and [`hygiene`] hear all that gets out.
//! [`stores`] stand where a store must be. [`process`] runs programs, for as long as they may.

#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expects by panicking"
)]

mod about;
mod account;
pub mod forge;
pub mod https;
pub mod hygiene;
pub mod identity;
pub mod log;
pub mod message;
pub mod process;
mod request;
pub mod rows;
mod sender;
pub mod stores;
pub mod wire;

use webhook_core::testing::SampleKeys;
use webhook_core::{UnixTime, provider};

pub use about::about;
pub use account::Account;
pub use request::{Request, at_once, code, outcome_in, receive, receive_in};
pub use sender::{Sender, received_by};
pub use webhook_core::testing::{Bodies, Code, Keyed, Place, Sample};

/// The moment at which everything is signed and received, if nothing else is said.
pub const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The URL that senders were given, for schemes that sign it.
pub const URL: &str = Sample::URL;

/// The id that signers put into a header, for senders that have it there.
pub const ID: &str = Sample::ID;

/// What a sender sends that signs any bytes. It has an id and a kind at the places of them all.
pub const BODY: &[u8] = Sample::BODY;

/// Stands in every body where a card's number could.
pub const CARD: &str = Sample::CARD;

/// Shared secrets in the forms that senders give them out in: the account's own and a stranger's.
pub const SECRETS: SampleKeys = SampleKeys::new();

/// The senders of all providers. Where `WEBHOOK_GO_ON` is set, as `mutants/` does, one without samples is left out instead of a
/// panic, so that the tests reach the next.
pub fn senders() -> Vec<Sender> {
    senders_with(&SECRETS)
}

/// The same with these shared secrets.
pub fn senders_with(secrets: &SampleKeys) -> Vec<Sender> {
    let goes_on = std::env::var_os("WEBHOOK_GO_ON").is_some();
    let of = |provider: &'static str| match provider::samples(provider, secrets) {
        Err(_) if goes_on => Vec::new(),
        _ => senders_of(provider, secrets),
    };
    provider::names().flat_map(of).collect()
}

/// Those of all providers that a scheme describes.
pub fn accounts() -> Vec<Account> {
    accounts_with(&SECRETS)
}

/// The same with these shared secrets.
pub fn accounts_with(secrets: &SampleKeys) -> Vec<Account> {
    let senders = senders_with(secrets).into_iter();
    senders.filter_map(Account::of).collect()
}

/// Those of one provider.
pub fn accounts_of(provider: &str) -> Vec<Account> {
    let senders = senders_of(provider, &SECRETS).into_iter();
    let accounts: Vec<Account> = senders.filter_map(Account::of).collect();
    assert!(
        !accounts.is_empty(),
        "`{provider}` is described by no scheme"
    );
    accounts
}

fn senders_of(provider: &str, secrets: &SampleKeys) -> Vec<Sender> {
    let samples = provider::samples(provider, secrets);
    let samples = samples.unwrap_or_else(|error| panic!("{provider}: {error}"));
    samples.into_iter().map(Sender).collect()
}
