//! F5: any block has one outcome, whatever was seen before, and every invariant holds after it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Step, WORLD, transactions};
use sirius_runtime::{App, Report};
use sirius_store::Overlay;

fuzz_target!(|steps: Vec<Step>| {
    let world = &*WORLD;
    let txs = transactions(world, &steps);
    let run = |app: &App| {
        app.run_block(&world.chain, &world.state, (&world.block, Report::EMPTY), &txs).expect("no fault")
    };
    let (one, other) = (run(&world.app), run(&App::new(sirius_ledger::registry())));
    assert_eq!(one.changes, other.changes);
    assert_eq!(one.results, other.results);
    let mut state = Overlay::new(&world.state);
    state.apply(one.changes);
    world.app.registry().invariants(&state).expect("the state is sound").expect("invariants hold");
});
