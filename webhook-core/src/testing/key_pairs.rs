//! Pairs of keys for senders that sign with a private one.

use base64ct::{Base64, Encoding as _};

use crate::crypto::{Algorithm, Encoding};
use crate::scheme::Scheme;

/// A private key with its public one and a stranger's, and more of strangers, as a scheme reads them.
pub(super) struct KeyPairs {
    pub(super) private: &'static str,
    pub(super) public: [&'static str; 2],
    pub(super) another: fn(u8) -> String,
}

impl KeyPairs {
    /// Of Ed25519 the first two of RFC 8032, 7.1.
    pub(super) fn of(scheme: Scheme) -> Self {
        match (scheme.algorithm, scheme.key.encoding) {
            (Algorithm::EcdsaP256, _) => Self {
                private: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx+hRANCAARr+F1f6EWYsQymGZ7AnM19NdzXGV/dHcdzegxnAG7yUblS8l7sHe7R/KGRg4mQRmNX0xSt+36XYLjZr8jzmpWt",
                public: [
                    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa/hdX+hFmLEMphmewJzNfTXc1xlf3R3Hc3oMZwBu8lG5UvJe7B3u0fyhkYOJkEZjV9MUrft+l2C42a/I85qVrQ==",
                    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk9b/WCXni9g1NNNucema6FANDfzoF2a7hWNrhNVijmHHvskduKCgO3/wzW0Nns+I5KYEhqPeG5b/1b+FCTTf7Q==",
                ],
                another: |number| {
                    let point = Base64::encode_string(&[number + 1; 64]);
                    format!("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{point}")
                },
            },
            (_, Encoding::Hex) => Self {
                private: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                public: [
                    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                ],
                another: |number| const_hex::encode([number + 1; 32]),
            },
            _ if scheme.key.prefixes.contains(&"whpk_") => Self {
                private: SEED,
                public: [
                    "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                    "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
                ],
                another: |number| format!("whpk_{}", Base64::encode_string(&[number + 1; 32])),
            },
            _ => Self {
                private: SEED,
                public: [
                    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                    "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
                ],
                another: |number| Base64::encode_string(&[number + 1; 32]),
            },
        }
    }
}

const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
