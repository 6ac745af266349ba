//! F1: any bytes are a transaction or a refusal, never a panic; so is any content of any message.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{WORLD, any};
use sirius_runtime::Tx;

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let _ = Tx::decode(&Bytes::copy_from_slice(bytes), world.app.registry(), &world.chain);
    if let Some((kind, value)) = bytes.split_first() {
        let _ = world.app.registry().parse(&any(world, *kind, value.to_vec()), &world.chain);
    }
});
