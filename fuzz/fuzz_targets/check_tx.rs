//! F3: the mempool's check meets no fault, leaves nothing of what it turns away, and keeps every invariant.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Step, WORLD, transactions};
use sirius_runtime::Mode;
use sirius_store::Overlay;

fuzz_target!(|steps: Vec<Step>| {
    let world = &*WORLD;
    let rules = world.app.rules(&world.state).expect("the state is sound");
    let mut check = Overlay::new(&world.state);
    for tx in transactions(world, &steps) {
        let mut fork = Overlay::new(&check);
        let place = (&world.chain, &world.block, rules.as_ref());
        let result = world.app.run_tx(&tx, Mode::Check, place, &mut fork).expect("no transaction is a fault");
        let changes = fork.into_changes();
        assert!(result.admitted || changes.is_empty(), "{result:?} left {changes:?}");
        if result.refusal.is_none() {
            check.apply(changes);
        }
    }
    world.app.registry().invariants(&check).expect("the state is sound").expect("invariants hold");
});
