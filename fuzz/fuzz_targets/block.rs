//! F5: any block has one outcome, whatever was seen before, and every invariant holds after it.
//!
//! The input is a byte, of which a bit says that a validator signed the block before, and the steps.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, Step, WORLD, transactions};
use sirius_runtime::App;
use sirius_store::Overlay;

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let mut input = Input::new(bytes);
    let report = world.report(input.byte());
    let txs = transactions(world, &Step::read(&mut input));
    let run = |app: &App| {
        app.run_block(&world.chain, &world.state, (&world.block, &report), &txs).expect("no fault")
    };
    let (one, other) = (run(&world.app), run(&App::new(sirius_ledger::registry())));
    assert_eq!(one.changes, other.changes);
    assert_eq!(one.results, other.results);
    if one.results.iter().any(|result| result.refusal.is_none()) {
        sirius_fuzz::taken();
    }
    let mut state = Overlay::new(&world.state);
    state.apply(one.changes);
    world.app.registry().invariants(&state).expect("the state is sound").expect("invariants hold");
});
