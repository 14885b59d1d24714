//! All that are compared.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use webhook_core::provider;

use crate::contender::Contender;
use crate::request::{Request, SECRET};
use crate::{standard_webhooks, stripe};

/// All of them for a body of this size, signed now. The first is the yardstick: the MAC that nobody can save.
pub fn contenders(size: usize) -> Vec<Contender> {
    let [stripe, standard_webhooks] = requests(size);
    let mut all = vec![bare_hmac(&stripe)];
    all.extend(stripe::contenders(&stripe));
    all.extend(standard_webhooks::contenders(&standard_webhooks));
    all
}

fn requests(size: usize) -> [Request; 2] {
    let schemes = [
        provider::stripe::SCHEME,
        provider::standard_webhooks::SCHEME,
    ];
    schemes.map(|scheme| Request::signed(scheme, size))
}

/// HMAC-SHA256 of the body, with the key made ready before.
fn bare_hmac(request: &Request) -> Contender {
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let step = "HMAC-SHA256 of the body";
    Contender::new(
        "–",
        "hmac 0.13, sha2 0.11",
        step,
        request,
        move |request| {
            let mut mac = black_box(&key).clone();
            mac.update(&request.body);
            black_box(mac.finalize());
        },
    )
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn accepts(contender: &Contender) -> bool {
        catch_unwind(AssertUnwindSafe(|| (contender.run)())).is_ok()
    }

    #[test]
    fn every_contender_accepts_what_was_signed() {
        for contender in contenders(4096) {
            assert!(accepts(&contender), "{}", contender.library);
        }
    }

    #[test]
    fn every_contender_refuses_another_body() {
        let [stripe, standard_webhooks] = requests(4096).map(|request| {
            let body = String::from_utf8(request.body.to_vec()).unwrap();
            let body = body.replace("1999", "1998").into();
            Request { body, ..request }
        });
        let all = stripe::contenders(&stripe).into_iter();
        for contender in all.chain(standard_webhooks::contenders(&standard_webhooks)) {
            assert!(!accepts(&contender), "{}", contender.library);
        }
    }
}
