//! F3: the mempool's check meets no fault, leaves nothing of what it turns away, and a block that follows keeps every invariant.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, Step, WORLD, transactions};
use sirius_runtime::Mode;
use sirius_store::Overlay;

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let rules = world.app.rules(&world.state).expect("the state is sound");
    let mut check = Overlay::new(&world.state);
    for tx in transactions(world, &Step::read(&mut Input::new(bytes))) {
        let mut fork = Overlay::new(&check);
        let place = (&world.chain, &world.block, rules.as_ref());
        let result = world.app.run_tx(&tx, Mode::Check, place, &mut fork).expect("no transaction is a fault");
        let changes = fork.into_changes();
        assert!(result.admitted || changes.is_empty(), "{result:?} left {changes:?}");
        if result.refusal.is_none() {
            sirius_fuzz::taken();
            check.apply(changes);
        }
    }
    // They hold after a block: one whose hooks find what was let in.
    let checked = world.after(check.into_changes());
    let place = (&world.block, &world.report(u8::MAX));
    let run = world.app.run_block(&world.chain, &checked, place, &[]).expect("no fault");
    let mut state = Overlay::new(&checked);
    state.apply(run.changes);
    world.app.registry().invariants(&state).expect("the state is sound").expect("invariants hold");
});
