//! F1: any bytes are a transaction or a refusal, never a panic; so is any content of any message,
//! which begins with its tag.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, WORLD, any};
use sirius_runtime::Tx;

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let (registry, chain) = (world.app.registry(), &world.chain);
    let whole = Tx::decode(&Bytes::copy_from_slice(bytes), registry, chain).is_ok();
    let mut input = Input::new(bytes);
    let message = any(world, input.number(), input.rest().to_vec());
    if registry.parse(&message, chain).is_ok() || whole {
        sirius_fuzz::taken();
    }
});
