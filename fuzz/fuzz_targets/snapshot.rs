//! F8: of a snapshot nothing arrives but the trusted state, whatever its manifest and chunks say.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, Shipment};

fuzz_target!(|bytes: &[u8]| {
    let shipment = Shipment::read(Input::new(bytes));
    let begun = shipment.is_begun();
    let arrives = shipment.arrives() && !shipment.chunks.is_empty();
    if arrives || begun {
        sirius_fuzz::taken();
    }
});
