//! F7: any question on any path is answered or refused, never a fault.
//!
//! The input is a tag, which names a known question, and what is asked; after the tag 0 it is a path, a zero, and the rest.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, WORLD, question};
use sirius_runtime::{Error, QueryContext};

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let mut input = Input::new(bytes);
    let (tag, rest) = (input.number(), input.rest());
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let path = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    let (path, data) = match tag {
        0 => (path, rest.get(end + 1..).unwrap_or_default()),
        tag => (question(world, tag), rest),
    };
    let registry = world.app.registry();
    let ctx = QueryContext { state: &world.state, chain: &world.chain, height: world.block.height, registry };
    match registry.answer(&ctx, path, data) {
        Ok(_) => sirius_fuzz::taken(),
        Err(Error::Refusal(_)) => {}
        Err(Error::Fault(fault)) => panic!("{path}: {fault}"),
    }
});
