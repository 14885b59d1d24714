//! The senders that a scheme describes.

use std::ops::Deref;

use webhook_core::IntoKeyring;
use webhook_core::scheme::{Scheme, SchemeVerifier};
use webhook_core::testing::{ByScheme, Signer};

use super::{ID, Sender, URL};

/// A sender with its scheme.
#[derive(Clone)]
pub struct Account {
    pub sender: Sender,
    pub scheme: Scheme,
    /// What the sender signs with.
    pub secret: &'static str,
    /// What the receiver is configured with.
    pub key: &'static str,
    /// What another account's receiver is configured with.
    pub other_key: &'static str,
    /// The header of the signature.
    pub signature: &'static str,
    /// Whether the scheme leaves the name of that header to the receiver.
    pub header_is_configured: bool,
}

impl Deref for Account {
    type Target = Sender;

    fn deref(&self) -> &Sender {
        &self.sender
    }
}

impl Account {
    /// `None` if no scheme describes all of it.
    pub fn of(sender: Sender) -> Option<Self> {
        let ByScheme {
            scheme,
            secret,
            key,
            other_key,
            header,
            header_is_configured,
            ..
        } = sender.scheme.clone()?;
        Some(Self {
            sender,
            scheme,
            secret,
            key,
            other_key,
            signature: header,
            header_is_configured,
        })
    }

    /// Whether the receiver's key is a public one.
    pub fn is_asymmetric(&self) -> bool {
        self.key != self.secret
    }

    pub fn signer(&self) -> Signer {
        let signer = Signer::new(self.scheme, self.secret).unwrap();
        let signer = signer.id(ID).kind("order.paid").public_url(URL);
        signer.header_name(self.signature)
    }

    /// The scheme with these keys, without what its provider may add.
    pub fn verifier(&self, keys: impl IntoKeyring) -> SchemeVerifier {
        self.completed(self.scheme.verifier(keys).unwrap())
    }

    /// What pretends to be a receiver of an account, with as much as it must know of one and with all.
    pub fn decoys(&self) -> Vec<SchemeVerifier> {
        let decoy = SchemeVerifier::decoy(self.scheme).unwrap();
        let complete = self.completed(decoy.clone());
        match self.header_is_configured {
            true => vec![complete],
            false => vec![decoy, complete],
        }
    }

    /// Of the settings of an account, those that no key is.
    fn completed(&self, verifier: SchemeVerifier) -> SchemeVerifier {
        // Each is refused where the scheme has no use for it.
        let verifier = verifier.clone().public_url(URL).unwrap_or(verifier);
        let named = verifier.clone().header_name(self.signature);
        named.unwrap_or(verifier)
    }
}
