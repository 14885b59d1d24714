//! See `webhook_fuzz::parse`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    webhook_fuzz::parse::run_one(data);
});
