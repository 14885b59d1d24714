//! The quick reader of JSON: serde_json is the judge.

use std::sync::LazyLock;

use serde::de::IgnoredAny;
use serde_json::Value;
use webhook_core::provider::stripe;
use webhook_core::{Delivery, Endpoint, RawJson};
use webhook_testkit::{NOW, Request, Sender, senders};

use crate::Fared;
use crate::input::Input;
use crate::receive::in_pieces;
use crate::vectors;

static STRIPE: LazyLock<(Sender, Endpoint)> = LazyLock::new(|| {
    let mut all = senders().into_iter();
    let sender = all.find(|sender| sender.provider == "stripe").unwrap();
    let endpoint = sender.endpoint();
    (sender, endpoint)
});

/// Any text is a value for us as it is for serde_json, and an event of Stripe's has what serde_json finds in it.
pub fn run(data: &[u8]) -> Fared {
    if let Ok(text) = std::str::from_utf8(data) {
        let judged: Result<IgnoredAny, _> = serde_json::from_str(text);
        let is_marked = text.starts_with('\u{feff}');
        let read = RawJson::new(text);
        assert!(is_marked || read.is_ok() == judged.is_ok(), "{text:?}");
    }
    let (sender, endpoint) = &*STRIPE;
    let Ok(signed) = sender.signer.sign(data, NOW) else {
        return Fared::Refused;
    };
    match in_pieces(endpoint, &Request::from(signed), &mut Input::new(&[])) {
        Ok(delivery) => is_what_serde_json_finds(&delivery),
        Err(_) => Fared::Refused,
    }
}

fn is_what_serde_json_finds(delivery: &Delivery) -> Fared {
    let body = delivery.body();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Ok(event) = delivery.decode::<stripe::Event>() else {
        return Fared::Refused;
    };
    let Ok(whole) = serde_json::from_slice::<Value>(body) else {
        // Neither a number out of range nor a byte that is not UTF-8 matters where nothing is kept. A text that was cut is mended first.
        let is_read = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        let may_be_cut = body.windows(2).any(|two| two == b"\\u");
        assert!(is_read || may_be_cut, "{}", body.escape_ascii());
        return Fared::Accepted;
    };
    let text = |name: &str| whole.get(name).and_then(Value::as_str);
    assert_eq!(Some(&*event.id), text("id"));
    assert_eq!(Some(&*event.kind), text("type"));
    let object = event.data.object.as_ref();
    let object = object.map(|object| serde_json::from_str::<Value>(object.get()).unwrap());
    let wanted = whole
        .pointer("/data/object")
        .filter(|value| !value.is_null());
    assert_eq!(object.as_ref(), wanted);
    Fared::Accepted
}

/// The bodies of Stripe's cases, and values of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let values = [
        r#"{"id":"evt_1","type":"a.b","data":{"object":{"a":[1,-2.5e3,true,null,"\u00e9\n\"\\"],"b":{}}}}"#,
        r#"[[],[{}],{"a":[{"b":[0]}]},"01234567","\\01234567\"",1E-7]"#,
    ];
    let values = values.iter().map(|text| text.as_bytes().to_vec());
    let bodies = vectors::of("stripe").map(|vector| vector.request.body.to_vec());
    values.chain(bodies).collect()
}
