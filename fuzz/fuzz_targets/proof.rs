//! F10: no bytes prove to a root what it does not hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Forgery, Input};

fuzz_target!(|bytes: &[u8]| {
    if Forgery::read(Input::new(bytes)).convinces() {
        sirius_fuzz::taken();
    }
});
