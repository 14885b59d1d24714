//! Makes spoiled requests.

use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;
use webhook_core::provider;
use webhook_core::testing;

use super::alter::altered;
use super::table::{Damage, Way, sample_of};
use crate::account::Account;
use crate::request::Request;
use crate::samples::{Made, Order, Place, form_remove, form_set, places, remove, set};
use crate::terminal::Failure;

/// So much further away than the receiver's limit: clocks differ.
const MARGIN: i64 = 60;

impl Damage {
    /// The request of this order, spoiled.
    ///
    /// # Errors
    /// If it cannot be made, or this provider's requests cannot be spoiled so.
    pub async fn make(&self, order: &Order, account: &Account) -> Result<Made, Failure> {
        self.codes(account)?;
        if order.unsigned.is_some() {
            return Err(Failure::usage(format!(
                "--bad {}: nobody signs this request of the set-up: there is nothing to spoil",
                self.name
            )));
        }
        let made = match self.way {
            Way::Stale | Way::Future => return self.at_another_time(order, account),
            Way::WrongSecret => return by_a_stranger(order, account),
            _ => order.make(account)?,
        };
        let request = match self.way {
            Way::Unsigned => without_signature(made.request, account)?,
            Way::Malformed => with_signature(made.request, account, "not-a-signature")?,
            Way::TwoSignatures => with_two(made.request, order, account)?,
            Way::Altered => altered(made.request, order.at, account).await?,
            Way::Truncated => halved(made.request),
            Way::Reserialised => reserialised(made.request)?,
            Way::Oversize => oversize(made.request, account)?,
            Way::WrongMethod => Request {
                method: "QUERY".to_owned(),
                ..made.request
            },
            _ => made.request,
        };
        Ok(Made { request, ..made })
    }

    fn at_another_time(&self, order: &Order, account: &Account) -> Result<Made, Failure> {
        let [past, future] = sample_of(account)?.window.unwrap_or_default();
        let setting = |name: &str| account.settings.get(name).and_then(Value::as_i64);
        let past_setting = setting("tolerance_seconds").unwrap_or_default();
        let away = match self.way {
            Way::Stale => -(past.max(past_setting).saturating_add(MARGIN)),
            _ => {
                let own = setting("future_tolerance_seconds").unwrap_or(past_setting);
                future.max(own).saturating_add(MARGIN)
            }
        };
        let signed = Order {
            at: order.at.plus_secs(away),
            ..order.clone()
        };
        Ok(Made {
            at: order.at,
            ..signed.make(account)?
        })
    }
}

/// Signed by another account of the same provider.
fn by_a_stranger(order: &Order, account: &Account) -> Result<Made, Failure> {
    let sample = sample_of(account)?;
    let mut stranger = account.clone();
    let (Some(own), Some(other)) = (sample.settings.as_object(), sample.stranger.as_object())
    else {
        return order.make(account);
    };
    for (name, value) in other {
        if own.get(name) != Some(value) {
            stranger.settings.insert(name.clone(), value.clone());
        }
    }
    let has_private_key = account.settings.contains_key("private_key");
    let has_one_key = has_private_key && !other.contains_key("private_key");
    if has_one_key || ["fal", "plaid", "truelayer"].contains(&account.provider.as_str()) {
        return with_foreign_signature(order, account, sample.place);
    }
    order.make(&stranger)
}

/// The signature of another body: where there is no second private key, it is as wrong as any.
fn with_foreign_signature(
    order: &Order,
    account: &Account,
    place: testing::Place,
) -> Result<Made, Failure> {
    let made = order.make(account)?;
    let mut other = order.clone();
    other.body = [&*order.body, b" "].concat().into();
    let other = other.make(account)?.request;
    let header = match place {
        testing::Place::Header(header) => header,
        testing::Place::Query(name) => {
            let foreign = Place::Query(name).read(&other).unwrap_or_default();
            let request = with_query(made.request.clone(), |query| {
                form_set(query, name, &foreign)
            });
            return Ok(Made { request, ..made });
        }
        testing::Place::Body(before) => {
            let (own, foreign) = (text(&made.request)?, text(&other)?);
            let body = match (own.rsplit_once(before), foreign.rsplit_once(before)) {
                (Some((own, _)), Some((_, foreign))) => format!("{own}{before}{foreign}"),
                _ => own.clone(),
            };
            let request = Request {
                body: body.into(),
                ..made.request.clone()
            };
            return Ok(Made { request, ..made });
        }
    };
    let foreign = other.header(header).cloned().unwrap_or_default();
    Ok(Made {
        request: made.request.with(header, foreign),
        ..made
    })
}

/// Where the signature stands: in the body or the query, as our samples say, or in a header.
fn signature_at(account: &Account) -> Result<Result<Place<'_>, String>, Failure> {
    let by_sample = places(&account.provider).signature.map(Place::parse);
    if let Some(Place::Query(name)) = by_sample {
        let configured = account.settings.get("query_field").and_then(Value::as_str);
        return Ok(Ok(Place::Query(configured.unwrap_or(name))));
    }
    if let Some(place) = by_sample {
        return Ok(Ok(place));
    }
    let configured = account.settings.get("auth_header").and_then(Value::as_str);
    Ok(match (configured, sample_of(account)?.place) {
        (Some(name), _) => Err(name.to_ascii_lowercase()),
        (None, testing::Place::Header(name)) => Err(name.to_owned()),
        (None, testing::Place::Query(name)) => Ok(Place::Query(name)),
        (None, testing::Place::Body(_)) => Ok(Place::Json("")),
    })
}

fn without_signature(request: Request, account: &Account) -> Result<Request, Failure> {
    let place = match signature_at(account)? {
        Ok(place) => place,
        Err(header) => return Ok(request.without(&header)),
    };
    let body = text(&request)?;
    let body = match place {
        Place::Json(pointer) => remove(&body, pointer).map_err(Failure::Usage)?.0,
        Place::Form(name) => form_remove(&body, name).0,
        Place::Query(name) => return Ok(with_query(request, |query| form_remove(query, name).0)),
        Place::Header(_) => body,
    };
    Ok(Request {
        body: body.into(),
        ..request
    })
}

fn with_signature(request: Request, account: &Account, value: &str) -> Result<Request, Failure> {
    let place = match signature_at(account)? {
        Ok(place) => place,
        Err(header) => return Ok(request.with(&header, value.to_owned())),
    };
    let body = text(&request)?;
    let body = match place {
        Place::Json(pointer) => {
            set(&body, pointer, &Value::from(value).to_string()).map_err(Failure::Usage)?
        }
        Place::Form(name) => form_set(&body, name, value),
        Place::Query(name) => return Ok(with_query(request, |query| form_set(query, name, value))),
        Place::Header(_) => body,
    };
    Ok(Request {
        body: body.into(),
        ..request
    })
}

fn with_query(request: Request, change: impl Fn(&str) -> String) -> Request {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let target = match change(query) {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    Request { target, ..request }
}

/// With the signature of a stranger in a second line.
fn with_two(mut request: Request, order: &Order, account: &Account) -> Result<Request, Failure> {
    let Err(header) = signature_at(account)? else {
        return Ok(request);
    };
    let stranger = by_a_stranger(order, account)?.request;
    let second = stranger.header(&header).cloned().unwrap_or_default();
    request.headers.push((header, second));
    Ok(request)
}

fn halved(mut request: Request) -> Request {
    request.body.truncate(request.body.len() / 2);
    request
}

/// As a middleware does it that reads JSON or a form and hands on what it has read: other spaces, other order, other escapes.
fn reserialised(request: Request) -> Result<Request, Failure> {
    let read: Result<Value, _> = serde_json::from_slice(&request.body);
    let Ok(document) = read else {
        return form_written_anew(request);
    };
    let compact = document.to_string();
    let body = match request.body == compact.as_bytes() {
        true => serde_json::to_string_pretty(&document).unwrap_or(compact),
        false => compact,
    };
    Ok(Request {
        body: body.into(),
        ..request
    })
}

/// The last field first, so that a form of several fields does not stay as it was.
fn form_written_anew(request: Request) -> Result<Request, Failure> {
    let mut fields: Vec<_> = form_urlencoded::parse(&request.body).collect();
    fields.reverse();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let is_form = request.body.contains(&b'=') && !request.body.starts_with(b"<");
    match is_form && request.body != body.as_bytes() {
        true => Ok(Request {
            body: body.into(),
            ..request
        }),
        false => Err(Failure::usage(
            "--bad reserialised: the body is neither JSON nor a form of two fields. Choose a kind whose body is, or give --body FILE",
        )),
    }
}

fn oversize(request: Request, account: &Account) -> Result<Request, Failure> {
    let limit = provider::describe(&account.provider)?.body_limit;
    let missing = (limit + 1).saturating_sub(request.body.len());
    let is_form = !request.body.starts_with(b"{") && !request.body.starts_with(b"[");
    let padding = match is_form {
        true => [b"&padding=", "a".repeat(missing).as_bytes()].concat(),
        false => " ".repeat(missing).into_bytes(),
    };
    Ok(Request {
        body: Bytes::from([&*request.body, &*padding].concat()),
        ..request
    })
}

fn text(request: &Request) -> Result<String, Failure> {
    String::from_utf8(request.body.to_vec())
        .map_err(|_| Failure::usage("a body that is not UTF-8 cannot be spoiled so"))
}
