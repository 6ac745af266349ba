//! F7: any question on any path is answered or refused, never a fault.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::WORLD;
use sirius_runtime::{Error, QueryContext, VerbKind};

fuzz_target!(|input: (u8, &str, &[u8])| {
    let (kind, path, data) = input;
    let world = &*WORLD;
    let registry = world.app.registry();
    let ctx = QueryContext { state: &world.state, chain: &world.chain, height: world.block.height, registry };
    let paths = sirius_fuzz::paths(world, VerbKind::Query);
    let known = paths.get(usize::from(kind)).map_or(path, String::as_str);
    if let Err(Error::Fault(fault)) = registry.answer(&ctx, known, data) {
        panic!("{known}: {fault}");
    }
});
