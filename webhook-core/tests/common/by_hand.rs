//! The senders whose verifiers are code of their own, with keys that are configured.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use webhook_core::provider::{
    adyen, chargebee, coinbase_cdp, cybersource, dotpay, iyzico, mercado_pago, midtrans,
    opayo_server, payu, wise, worldpay,
};
use webhook_core::{Coverage, Keyring};

use super::sender::{Bodies, Code, Keyed, Made, Place, Sender, made, secrets};
use super::{BODY, ID, Secrets, reads};

const CHARGEBEE: &str = "chargebee";
const DOTPAY: &str = "798105";
const IYZICO: &str = "7933455";
const OPAYO: &str = "LabVendor";

/// The senders of one provider; none if its verifier is not by hand.
pub(super) fn rows(provider: &str, keys: &Secrets) -> Vec<Sender> {
    match provider {
        "adyen" => vec![adyen_items(keys)],
        #[cfg(feature = "xml")]
        "braintree" => vec![braintree(keys)],
        "chargebee" => vec![chargebee_password(keys)],
        "coinbase-cdp" => coinbase(keys),
        "cybersource" => cybersource(keys),
        "dotpay" => vec![dotpay_form(keys)],
        "iyzico" => vec![iyzico_message(keys)],
        "mercado-pago" => vec![mercado_pago_head(keys)],
        "midtrans" => vec![midtrans_message(keys)],
        "opayo-server" => vec![opayo(keys)],
        "payu" => vec![payu_hash(keys)],
        "wise" => vec![wise_key()],
        "worldpay" => worldpay(keys),
        _ => Vec::new(),
    }
}

/// Any texts can be keys.
fn text_keys([own, other]: [&str; 2], make: fn(Keyring) -> Made) -> Option<Keyed> {
    Some(Keyed {
        make,
        own: own.to_owned(),
        other: other.to_owned(),
        another: |number| format!("stranger {number}"),
    })
}

fn adyen_items(keys: &Secrets) -> Sender {
    let [key, _] = keys.hex;
    let body = json!({"live": "false", "notificationItems": [{"NotificationRequestItem": {
        "amount": {"currency": "EUR", "value": 1250}, "eventCode": "AUTHORISATION",
        "merchantAccountCode": "Shop", "merchantReference": "order-7", "pspReference": "7914073381342284",
        "success": "true", "reason": super::CARD}}]});
    let keyed = text_keys(keys.hex, |keys| made(adyen::Adyen::new(keys)));
    Sender {
        keyed: keyed.map(|keyed| Keyed {
            another: |number| const_hex::encode([number + 1; 32]),
            ..keyed
        }),
        secrets: vec![key.to_owned()],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        code: Code::Base64,
        reads: reads::exactly,
        id: Some("7914073381342284:AUTHORISATION:true"),
        ..Sender::new(
            "adyen",
            adyen::Signer::new(key).unwrap(),
            secrets(keys.hex),
            Place::Body(r#""hmacSignature":""#),
        )
    }
}

#[cfg(feature = "xml")]
fn braintree(keys: &Secrets) -> Sender {
    use webhook_core::provider::braintree::Signer;

    let [key, _] = keys.text;
    let body = format!(
        "<notification><timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp><kind>check</kind>\
         <subject><check type=\"boolean\">true</check><note>{}</note></subject></notification>",
        super::CARD
    );
    Sender {
        keys: &["private_key"],
        needed: &["public_key"],
        secrets: vec![key.to_owned()],
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        reads: reads::exactly,
        id: None,
        ..Sender::new(
            "braintree",
            Signer::new("public", key).unwrap(),
            keys.text
                .map(|key| json!({"public_key": "public", "private_key": key})),
            Place::Body("public%7C"),
        )
    }
}

fn chargebee_password(keys: &Secrets) -> Sender {
    let [password, _] = keys.text;
    let shown = Base64::encode_string(format!("{CHARGEBEE}:{password}").as_bytes());
    Sender {
        keys: &["password"],
        needed: &["username"],
        secrets: vec![password.to_owned(), shown],
        keyed: text_keys(keys.text, |keys| {
            made(chargebee::Chargebee::new(CHARGEBEE, keys))
        }),
        coverage: Coverage::SenderOnly,
        code: Code::Base64,
        reads: reads::credentials,
        ..Sender::new(
            "chargebee",
            chargebee::Signer::new(CHARGEBEE, password).unwrap(),
            keys.text
                .map(|key| json!({"username": CHARGEBEE, "password": [key]})),
            Place::Header("authorization"),
        )
    }
}

fn coinbase(keys: &Secrets) -> Vec<Sender> {
    let [key, _] = keys.text;
    let sender = |signer| Sender {
        secrets: vec![key.to_owned()],
        keyed: text_keys(keys.text, |keys| made(coinbase_cdp::CoinbaseCdp::new(keys))),
        reads: reads::hook0,
        bodies: Bodies::Own(BODY.to_vec()),
        window: Some([300; 2]),
        ..Sender::new(
            "coinbase-cdp",
            signer,
            secrets(keys.text),
            Place::Header("x-hook0-signature"),
        )
    };
    let signer = coinbase_cdp::Signer::new(key).unwrap();
    vec![
        sender(signer.clone()),
        Sender {
            name: "coinbase-cdp with headers",
            signed: &["x-event-id"],
            id: Some(ID),
            ..sender(signer.header("x-event-id", ID))
        },
    ]
}

fn cybersource(keys: &Secrets) -> Vec<Sender> {
    let [key, _] = keys.base64;
    let sender = |signer, part: &str| Sender {
        keys: &["keys"],
        secrets: vec![key.to_owned()],
        code: Code::Base64,
        reads: reads::exactly,
        window: Some([3600; 2]),
        ..Sender::new(
            "cybersource",
            signer,
            keys.base64
                .map(|key| json!({"keys": {"key-1": key}, "signed_part": part})),
            Place::Header("v-c-signature"),
        )
    };
    let signer = cybersource::Signer::new("key-1", key).unwrap();
    let body = json!({"notificationId": "evt_1", "eventType": "payments.payments.accept",
        "payload": {"card": super::CARD}});
    vec![
        sender(signer.clone(), "body"),
        Sender {
            name: "cybersource payload",
            bodies: Bodies::Own(body.to_string().into()),
            coverage: Coverage::Fields,
            ..sender(
                signer.signed_part(cybersource::SignedPart::Payload),
                "payload",
            )
        },
    ]
}

fn dotpay_form(keys: &Secrets) -> Sender {
    let [pin, _] = keys.text;
    let body = format!(
        "id={DOTPAY}&operation_number=M8457-4018&operation_type=payment&operation_status=completed\
         &operation_amount=10.00&operation_currency=PLN&operation_datetime=2026-08-05+11%3A00%3A00\
         &control=65422&description={}",
        super::CARD
    );
    Sender {
        needed: &["seller_id"],
        secrets: vec![pin.to_owned()],
        keyed: text_keys(keys.text, |keys| made(dotpay::Dotpay::new(DOTPAY, keys))),
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        id: Some("M8457-4018:completed"),
        ..Sender::new(
            "dotpay",
            dotpay::Signer::new(pin).unwrap(),
            secrets(keys.text).map(|settings| with(settings, "seller_id", DOTPAY)),
            Place::Body("&signature="),
        )
    }
}

fn iyzico_message(keys: &Secrets) -> Sender {
    let [key, _] = keys.text;
    let body = json!({"iyziEventType": "API_AUTH", "paymentId": 7, "status": "SUCCESS",
        "iyziReferenceCode": "evt_1", "note": super::CARD});
    Sender {
        needed: &["merchant_id"],
        secrets: vec![key.to_owned()],
        keyed: text_keys(keys.text, |keys| made(iyzico::Iyzico::new(IYZICO, keys))),
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        ..Sender::new(
            "iyzico",
            iyzico::Signer::new(IYZICO, key).unwrap(),
            secrets(keys.text).map(|settings| with(settings, "merchant_id", IYZICO)),
            Place::Header("x-iyz-signature-v3"),
        )
    }
}

fn mercado_pago_head(keys: &Secrets) -> Sender {
    let [key, _] = keys.text;
    let signer = mercado_pago::Signer::new(key).unwrap();
    Sender {
        secrets: vec![key.to_owned()],
        keyed: text_keys(keys.text, |keys| made(mercado_pago::MercadoPago::new(keys))),
        coverage: Coverage::Fields,
        reads: reads::in_any_case,
        signed: &["x-request-id"],
        id: Some(ID),
        ..Sender::new(
            "mercado-pago",
            signer.data_id("71375689778").request_id(ID),
            secrets(keys.text),
            Place::Header("x-signature"),
        )
    }
}

fn midtrans_message(keys: &Secrets) -> Sender {
    let [key, _] = keys.text;
    let body = json!({"transaction_status": "settlement", "transaction_id": "4959cfa8", "status_code": "200",
        "order_id": "order-7", "gross_amount": "10000.00", "note": super::CARD});
    Sender {
        secrets: vec![key.to_owned()],
        keyed: text_keys(keys.text, |keys| made(midtrans::Midtrans::new(keys))),
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        id: Some("4959cfa8:settlement"),
        ..Sender::new(
            "midtrans",
            midtrans::Signer::new(key).unwrap(),
            secrets(keys.text),
            Place::Body(r#""signature_key":""#),
        )
    }
}

fn opayo(keys: &Secrets) -> Sender {
    let [key, _] = keys.text;
    let body = format!(
        "TxType=PAYMENT&VendorTxCode=order-7&VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK&StatusDetail={}&TxAuthNo=7224466",
        super::CARD
    );
    let table = |key| json!({"vendor": OPAYO, "security_key_by_vendor_tx_code": {"order-7": key}});
    Sender {
        keys: &["security_key_by_vendor_tx_code"],
        needed: &["vendor"],
        secrets: vec![key.to_owned()],
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        id: Some("{B89EA109-35C5-4E93-9A25-50EB296307E2}:OK"),
        ..Sender::new(
            "opayo-server",
            opayo_server::Signer::new(OPAYO, key).unwrap(),
            keys.text.map(table),
            Place::Body("&VPSSignature="),
        )
    }
}

fn payu_hash(keys: &Secrets) -> Sender {
    let [key, _] = keys.text;
    Sender {
        secrets: vec![key.to_owned()],
        keyed: text_keys(keys.text, |keys| made(payu::PayU::new(keys))),
        mark: ";signature=",
        reads: reads::payu,
        id: None,
        ..Sender::new(
            "payu",
            payu::Signer::new(key).unwrap(),
            secrets(keys.text),
            Place::Header("openpayu-signature"),
        )
    }
}

fn wise_key() -> Sender {
    const PRIVATE: &str = include_str!("../fixtures/wise/private-key.pem");
    const PUBLIC: [&str; 2] = [
        include_str!("../fixtures/wise/public-key.pem"),
        include_str!("../fixtures/wise/other-public-key.pem"),
    ];
    Sender {
        keys: &["public_key_pem"],
        secrets: PRIVATE
            .lines()
            .skip(1)
            .take(20)
            .map(str::to_owned)
            .collect(),
        code: Code::Base64,
        reads: reads::exactly,
        unsigned: &["x-delivery-id"],
        id: Some(ID),
        ..Sender::new(
            "wise",
            wise::Signer::new(PRIVATE).unwrap().id(ID),
            PUBLIC.map(|key| json!({"public_key_pem": key})),
            Place::Header("x-signature-sha256"),
        )
    }
}

fn worldpay(keys: &Secrets) -> Vec<Sender> {
    let [key, _] = keys.text;
    let sender = |signer, encoding: &str| Sender {
        keys: &["secrets_by_key_id"],
        secrets: vec![key.to_owned()],
        mark: "/SHA256/",
        reads: reads::worldpay,
        ..Sender::new(
            "worldpay",
            signer,
            keys.text.map(
                |key| json!({"secrets_by_key_id": {"1": key}, "signature_encoding": encoding}),
            ),
            Place::Header("event-signature"),
        )
    };
    let signer = worldpay::Signer::new("1", key).unwrap();
    vec![
        sender(signer.clone(), "hex"),
        Sender {
            name: "worldpay in base64",
            code: Code::Base64,
            reads: reads::worldpay_in_base64,
            ..sender(signer.base64_signatures(), "base64")
        },
    ]
}

fn with(mut settings: Value, name: &str, value: &str) -> Value {
    settings[name] = value.into();
    settings
}
