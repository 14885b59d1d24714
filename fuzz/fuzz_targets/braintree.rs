//! See `webhook_fuzz::braintree`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    webhook_fuzz::braintree::run(data);
});
