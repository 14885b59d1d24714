//! What people write who verify Stripe's signature themselves.

use std::hint::black_box;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::request::SECRET;

/// Splits the header, checks the time, makes the key, and compares.
pub fn stripe_signature(headers: &HeaderMap, body: &[u8]) -> Option<()> {
    let header = headers.get("stripe-signature")?.to_str().ok()?;
    let (mut time, mut signatures) = (None, Vec::new());
    for entry in header.split(',') {
        match entry.split_once('=')? {
            ("t", value) => time = Some(value),
            ("v1", value) => signatures.push(value),
            _ => {}
        }
    }
    let time = time?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    if now.ok()?.as_secs().abs_diff(time.parse().ok()?) > 300 {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(black_box(SECRET).as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let is_right = |signature: &&str| {
        hex::decode(signature).is_ok_and(|code| mac.clone().verify_slice(&code).is_ok())
    };
    signatures.iter().any(is_right).then_some(())
}
