//! See `webhook_fuzz::header_grammar`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    webhook_fuzz::header_grammar::run(data);
});
