//! F11: no bytes are a token of a key that did not sign them, nor for another chain, node or time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mongo_ledger_core::pass::Pass;
use sirius_fuzz::{NOW, pass, signer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = std::str::from_utf8(bytes) else { return };
    let Pass { chain, audience, .. } = pass();
    if let Ok((key, until)) = Pass::check(token, &chain, &audience, NOW) {
        sirius_fuzz::taken();
        assert_eq!(key, signer().public());
        assert!(until > NOW, "it has ended");
    }
});
