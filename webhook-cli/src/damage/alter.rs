//! Changes one character of what was signed.

use webhook_core::testing::{FixedClock, SignedRequest, receive};
use webhook_core::{Coverage, Endpoint, UnixTime};

use super::table::sample_of;
use crate::account::Account;
use crate::request::Request;
use crate::samples::{Place, places};
use crate::terminal::Failure;

/// So many characters are tried.
const TRIES: usize = 500;

/// The same request with another character in what was signed.
///
/// Who signs the body signs all of it. Where only some fields are signed, the receiver that the account describes says which character
/// counts.
pub(super) async fn altered(
    request: Request,
    at: UnixTime,
    account: &Account,
) -> Result<Request, Failure> {
    let all = candidates(&request, account);
    let signs_bytes = matches!(
        sample_of(account)?.coverage,
        Coverage::Body | Coverage::BodyChecksum | Coverage::BodyHash
    );
    let none = || {
        Failure::usage(
            "--bad altered: no digit and no letter is found that was signed. Give another body by --body FILE",
        )
    };
    if signs_bytes {
        return all.into_iter().next().ok_or_else(none);
    }
    // The receiver has no use for what its sender signs with.
    let mut receiver = account.clone();
    let known = webhook_core::provider::describe(&account.provider)?.settings;
    if !known.iter().any(|setting| setting.name == "private_key") {
        receiver.settings.remove("private_key");
    }
    let endpoint = receiver.endpoint()?.clock(FixedClock::at(at));
    for other in all {
        if is_found_out(&endpoint, &other).await {
            return Ok(other);
        }
    }
    Err(none())
}

async fn is_found_out(endpoint: &Endpoint, request: &Request) -> bool {
    let Some(signed) = signed(request) else {
        return false;
    };
    let answer = receive(endpoint, signed).await;
    answer.is_err_and(|answer| answer.code() == "bad_signature")
}

/// The request with another digit, from the end of the body to its beginning, or of the target; then with another letter.
fn candidates(request: &Request, account: &Account) -> Vec<Request> {
    let signature = places(&account.provider).signature.map(Place::parse);
    let signature = signature.and_then(|place| place.read(request));
    let spared = spared(&request.body, signature.as_deref());
    let with_body = |at| Request {
        body: with_another(&request.body, at).into(),
        ..request.clone()
    };
    let with_target = |at| {
        let target = with_another(request.target.as_bytes(), at);
        Some(Request {
            target: String::from_utf8(target).ok()?,
            ..request.clone()
        })
    };
    let in_body = |is: fn(&u8) -> bool| {
        let places = places_of(&request.body, is).filter(|at| !spared.contains(at));
        places.map(with_body)
    };
    let in_target = places_of(request.target.as_bytes(), u8::is_ascii_digit);
    let digits = in_body(u8::is_ascii_digit).chain(in_target.filter_map(with_target));
    let letters = in_body(u8::is_ascii_lowercase);
    digits.chain(letters).take(TRIES).collect()
}

/// Where the code of the signature stands in the body: that is not what was signed.
fn spared(body: &[u8], signature: Option<&str>) -> std::ops::Range<usize> {
    let Some(signature) = signature.filter(|text| !text.is_empty()) else {
        return 0..0;
    };
    let mut windows = body.windows(signature.len());
    let Some(start) = windows.position(|window| window == signature.as_bytes()) else {
        return 0..0;
    };
    // A token carries what is signed, and its code behind the last point.
    let code = signature.rfind('.').map_or(0, |point| point + 1);
    start + code..start + signature.len()
}

/// From the end to the beginning.
fn places_of(bytes: &[u8], is: fn(&u8) -> bool) -> impl Iterator<Item = usize> {
    let all = bytes.iter().enumerate().rev();
    all.filter(move |(_, byte)| is(byte)).map(|(at, _)| at)
}

/// With another digit or letter there. A number stays one: it does not begin with 0.
fn with_another(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = match *byte {
            b'1' => b'2',
            b'0'..=b'9' => b'1',
            b'a' => b'b',
            _ => b'a',
        };
    }
    bytes
}

/// As the library's receiver for tests takes it; nothing where a header is no text.
pub(super) fn signed(request: &Request) -> Option<SignedRequest> {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8(value.to_vec()).ok()?;
        Some((name.to_ascii_lowercase(), value))
    });
    Some(SignedRequest {
        method: request.method.clone(),
        target: request.target.clone(),
        headers: headers.collect::<Option<_>>()?,
        body: request.body.clone(),
    })
}
