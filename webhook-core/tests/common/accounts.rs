//! The senders that a [`Scheme`] describes.

use std::ops::Deref;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use webhook_core::provider::{
    adyen_platform, authorize_net, btcpay, cashfree, checkout_com, coinbase_commerce, flutterwave,
    github, gocardless, lemon_squeezy, mollie, paddle, paystack, polar, razorpay, recurly,
    revenuecat, revolut, shopify, slack, square, standard_webhooks, stripe, svix, xendit,
};
use webhook_core::scheme::{Scheme, SchemeVerifier};
use webhook_core::testing::Signer;
use webhook_core::{Coverage, IntoKeyring, Keyring};

use super::sender::{self, Code, Keyed, Made, Place, Sender, made};
use super::{ID, Secrets, URL, reads};

/// A sender with its scheme.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) sender: Sender,
    pub(crate) scheme: Scheme,
    /// What the sender signs with.
    pub(crate) secret: &'static str,
    /// What the receiver is configured with.
    pub(crate) key: &'static str,
    /// What another account's receiver is configured with.
    pub(crate) other_key: &'static str,
    /// The header of the signature.
    pub(crate) signature: &'static str,
    /// Whether the scheme leaves the name of that header to the receiver.
    pub(crate) header_is_configured: bool,
}

impl Deref for Account {
    type Target = Sender;

    fn deref(&self) -> &Sender {
        &self.sender
    }
}

impl Account {
    /// Whether the receiver's key is a public one.
    pub(crate) fn is_asymmetric(&self) -> bool {
        self.key != self.secret
    }

    pub(crate) fn signer(&self) -> Signer {
        signer(self.scheme, self.secret, self.signature)
    }

    /// The scheme with these keys, without what its provider may add.
    pub(crate) fn verifier(&self, keys: impl IntoKeyring) -> SchemeVerifier {
        self.completed(self.scheme.verifier(keys).unwrap())
    }

    /// What pretends to be a receiver of an account, with as much as it must know of one and with all.
    pub(crate) fn decoys(&self) -> Vec<SchemeVerifier> {
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

fn signer(scheme: Scheme, secret: &str, signature: &str) -> Signer {
    let signer = Signer::new(scheme, secret).unwrap();
    let signer = signer.id(ID).kind("order.paid").public_url(URL);
    signer.header_name(signature)
}

/// An account whose every part is as it is with most.
fn account(
    scheme: Scheme,
    [secret, other_key]: [&'static str; 2],
    signature: &'static str,
    make: fn(Keyring) -> Made,
) -> Account {
    let settings = sender::secrets([secret, other_key]);
    let signer = signer(scheme, secret, signature);
    let place = Place::Header(signature);
    Account {
        sender: Sender {
            secrets: vec![secret.to_owned()],
            keyed: Some(Keyed {
                make,
                own: secret.to_owned(),
                other: other_key.to_owned(),
                another: |number| format!("whsec_{}", Base64::encode_string(&[number + 1; 32])),
            }),
            ..Sender::new(scheme.name(), signer, settings, place)
        },
        scheme,
        secret,
        key: secret,
        other_key,
        signature,
        header_is_configured: false,
    }
}

impl Account {
    /// With something else than most have.
    fn but(mut self, change: impl FnOnce(&mut Sender)) -> Self {
        change(&mut self.sender);
        self
    }

    /// The code is in base64.
    fn in_base64(self) -> Self {
        self.but(|sender| {
            sender.code = Code::Base64;
            sender.reads = reads::exactly;
        })
    }

    /// The sender shows its secret.
    fn token(self) -> Self {
        self.but(|sender| {
            sender.coverage = Coverage::SenderOnly;
            sender.code = Code::Text;
            sender.reads = reads::exactly;
        })
    }

    /// One of several schemes of its provider, with what the settings say of it.
    fn mode(self, name: &'static str, mode: &str) -> Self {
        self.set(name, "mode", mode)
    }

    fn set(self, name: &'static str, setting: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.but(|sender| {
            sender.name = name;
            sender.settings[setting] = value.clone();
            sender.stranger[setting] = value;
        })
    }

    fn signs(self, headers: &'static [&'static str]) -> Self {
        self.but(|sender| sender.signed = headers)
    }

    fn reads(self, headers: &'static [&'static str]) -> Self {
        self.but(|sender| sender.unsigned = headers)
    }

    fn id(self, id: Option<&'static str>) -> Self {
        self.but(|sender| sender.id = id)
    }

    fn within(self, secs: i64) -> Self {
        self.but(|sender| sender.window = Some([secs; 2]))
    }
}

/// The accounts of one provider; none if no scheme describes it.
pub(super) fn rows(provider: &str, secrets: &Secrets) -> Vec<Account> {
    let Secrets {
        text, hex, whsec, ..
    } = *secrets;
    match provider {
        "adyen-platform" => vec![
            account(adyen_platform::SCHEME, hex, "hmacsignature", |keys| {
                made(adyen_platform::AdyenPlatform::new(keys))
            })
            .in_base64()
            .but(keys_in_hex)
            .id(None),
        ],
        "authorize-net" => vec![account(
            authorize_net::SCHEME,
            text,
            "x-anet-signature",
            |keys| made(authorize_net::AuthorizeNet::new(keys)),
        )],
        "btcpay" => vec![account(btcpay::SCHEME, text, "btcpay-sig", |keys| {
            made(btcpay::BtcPay::new(keys))
        })],
        "cashfree" => vec![
            account(cashfree::SCHEME, text, "x-webhook-signature", |keys| {
                made(cashfree::Cashfree::new(keys))
            })
            .in_base64()
            .signs(&["x-webhook-timestamp"])
            .id(None),
        ],
        "checkout-com" => vec![account(
            checkout_com::SCHEME,
            text,
            "cko-signature",
            |keys| made(checkout_com::CheckoutCom::new(keys)),
        )],
        "coinbase-commerce" => vec![account(
            coinbase_commerce::SCHEME,
            text,
            "x-cc-webhook-signature",
            |keys| made(coinbase_commerce::CoinbaseCommerce::new(keys)),
        )],
        "flutterwave" => vec![
            account(flutterwave::SCHEME, text, "flutterwave-signature", |keys| {
                made(flutterwave::Flutterwave::v4(keys))
            })
            .in_base64()
            .mode("flutterwave v4", "v4"),
            account(flutterwave::SCHEME_V3, text, "verif-hash", |keys| {
                made(flutterwave::Flutterwave::v3(keys))
            })
            .token()
            .mode("flutterwave v3", "v3")
            .id(None),
        ],
        "github" => vec![
            account(github::SCHEME, text, "x-hub-signature-256", |keys| {
                made(github::GitHub::new(keys))
            })
            .reads(&["x-github-delivery", "x-github-event"])
            .id(Some(ID)),
        ],
        "gocardless" => vec![account(
            gocardless::SCHEME,
            text,
            "webhook-signature",
            |keys| made(gocardless::GoCardless::new(keys)),
        )],
        "lemon-squeezy" => vec![
            account(lemon_squeezy::SCHEME, text, "x-signature", |keys| {
                made(lemon_squeezy::LemonSqueezy::new(keys))
            })
            .id(None),
        ],
        "mollie" => vec![
            account(mollie::SCHEME, text, "x-mollie-signature", |keys| {
                made(mollie::Mollie::new(keys))
            })
            .but(|sender| {
                sender.reads = reads::mollie;
                // While a secret is replaced, there is a line for each.
                sender.second_line = "ok";
            }),
        ],
        "paddle" => vec![
            account(paddle::SCHEME, text, "paddle-signature", |keys| {
                made(paddle::Paddle::new(keys))
            })
            .within(300),
        ],
        "paystack" => vec![
            account(paystack::SCHEME, text, "x-paystack-signature", |keys| {
                made(paystack::Paystack::new(keys))
            })
            .id(None),
        ],
        "polar" => vec![
            account(polar::SCHEME, text, "webhook-signature", |keys| {
                made(polar::Polar::new(keys))
            })
            .in_base64()
            .signs(&["webhook-id", "webhook-timestamp"])
            .within(300)
            .id(Some(ID)),
        ],
        "razorpay" => vec![
            account(razorpay::SCHEME, text, "x-razorpay-signature", |keys| {
                made(razorpay::Razorpay::new(keys))
            })
            .reads(&["x-razorpay-event-id"])
            .id(Some(ID)),
        ],
        "recurly" => vec![
            account(recurly::SCHEME, text, "recurly-signature", |keys| {
                made(recurly::Recurly::new(keys))
            })
            .within(300)
            .id(None),
        ],
        "revenuecat" => vec![
            Account {
                header_is_configured: true,
                ..account(
                    revenuecat::SCHEME,
                    text,
                    revenuecat::SIGNATURE_HEADER,
                    |keys| made(revenuecat::RevenueCat::with_signature(keys)),
                )
            }
            .mode("revenuecat hmac", "hmac")
            .within(300),
            account(
                revenuecat::AUTHORIZATION_SCHEME,
                text,
                "authorization",
                |keys| made(revenuecat::RevenueCat::with_authorization(keys)),
            )
            .token()
            .but(|sender| {
                sender.name = "revenuecat authorization";
                sender.keys = &["authorization"];
                let settings = |secret| json!({"mode": "authorization", "authorization": [secret]});
                [sender.settings, sender.stranger] = text.map(settings);
            }),
        ],
        "revolut" => vec![
            account(revolut::SCHEME, text, "revolut-signature", |keys| {
                made(revolut::Revolut::new(keys))
            })
            .signs(&["revolut-request-timestamp"])
            .within(300)
            .id(None),
        ],
        "shopify" => vec![
            account(shopify::SCHEME, text, "x-shopify-hmac-sha256", |keys| {
                made(shopify::Shopify::new(keys))
            })
            .in_base64()
            .reads(&["x-shopify-webhook-id", "x-shopify-topic"])
            .id(Some(ID)),
            account(
                shopify::EVENTS_SCHEME,
                text,
                "shopify-hmac-sha256",
                |keys| made(shopify::Shopify::events(keys)),
            )
            .in_base64()
            .mode("shopify events", "events")
            .reads(&["shopify-webhook-id", "shopify-topic"])
            .id(Some(ID)),
        ],
        "slack" => vec![
            account(slack::SCHEME, text, "x-slack-signature", |keys| {
                made(slack::Slack::new(keys))
            })
            .signs(&["x-slack-request-timestamp"])
            .within(300),
        ],
        "square" => vec![
            account(
                square::SCHEME,
                text,
                "x-square-hmacsha256-signature",
                |keys| made(square::Square::new(keys, URL)),
            )
            .in_base64()
            .set("square", "public_url", URL),
        ],
        "standard-webhooks" => vec![
            account(
                standard_webhooks::SCHEME,
                whsec,
                "webhook-signature",
                |keys| made(standard_webhooks::StandardWebhooks::new(keys)),
            )
            .in_base64()
            .signs(&["webhook-id", "webhook-timestamp"])
            .within(300)
            .id(Some(ID)),
            asymmetric(),
        ],
        "stripe" => vec![
            account(stripe::SCHEME, text, "stripe-signature", |keys| {
                made(stripe::Stripe::new(keys))
            })
            .within(300),
        ],
        "svix" => vec![
            account(svix::SCHEME, whsec, "svix-signature", |keys| {
                made(svix::Svix::new(keys))
            })
            .in_base64()
            .signs(&["svix-id", "svix-timestamp"])
            .within(300)
            .id(Some(ID)),
        ],
        "xendit" => vec![
            account(xendit::SCHEME, text, "x-callback-token", |keys| {
                made(xendit::Xendit::new(keys))
            })
            .token()
            .reads(&["webhook-id"])
            .id(Some(ID)),
        ],
        _ => Vec::new(),
    }
}

fn keys_in_hex(sender: &mut Sender) {
    if let Some(keyed) = &mut sender.keyed {
        keyed.another = |number| const_hex::encode([number + 1; 32]);
    }
}

/// The first two key pairs of RFC 8032, 7.1.
fn asymmetric() -> Account {
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const PUBLIC: [&str; 2] = [
        "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
    ];
    let header = "webhook-signature";
    let scheme = standard_webhooks::ASYMMETRIC_SCHEME;
    let account = account(scheme, PUBLIC, header, |keys| {
        made(standard_webhooks::StandardWebhooks::with_public_keys(keys))
    });
    let signer = signer(scheme, SEED, header);
    let account = Account {
        secret: SEED,
        ..account
    };
    account
        .in_base64()
        .signs(&["webhook-id", "webhook-timestamp"])
        .within(300)
        .id(Some(ID))
        .but(|sender| {
            sender.name = "standard-webhooks v1a";
            sender.shown = format!("{signer:?}");
            sender.signer = Arc::new(signer);
            sender.secrets = vec![SEED.to_owned()];
            sender.keys = &["public_keys"];
            [sender.settings, sender.stranger] = PUBLIC.map(|key| json!({"public_keys": [key]}));
            if let Some(keyed) = &mut sender.keyed {
                keyed.another =
                    |number| format!("whpk_{}", Base64::encode_string(&[number + 1; 32]));
            }
        })
}
