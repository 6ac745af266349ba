//! F4: what an honest proposer chooses from any mempool, an honest validator accepts.
//!
//! The input is how many bytes a proposal has at most, and the steps.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{Input, LIMITS, Step, WORLD, transactions};

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let mut input = Input::new(bytes);
    let most = u64::from(input.number()).min(LIMITS.bytes);
    let txs = transactions(world, &Step::read(&mut input));
    let report = world.report(u8::MAX);
    let chosen = world
        .app
        .select(&world.chain, &world.state, (&world.block, &report), (&txs, most))
        .expect("no fault");
    assert!(chosen.iter().map(|tx| tx.len() as u64).sum::<u64>() <= most);
    let run =
        world.app.run_block(&world.chain, &world.state, (&world.block, &report), &chosen).expect("no fault");
    assert!(run.is_honest(), "{:?}", run.results);
    if !chosen.is_empty() {
        sirius_fuzz::taken();
    }
});
