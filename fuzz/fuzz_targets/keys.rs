//! See `webhook_fuzz::keys`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    webhook_fuzz::keys::run(data);
});
