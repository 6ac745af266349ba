//! F4: what an honest proposer chooses from any mempool, an honest validator accepts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_fuzz::{LIMITS, Step, WORLD, transactions};
use sirius_runtime::Report;

fuzz_target!(|input: (u16, Vec<Step>)| {
    let (most, steps) = input;
    let world = &*WORLD;
    let txs = transactions(world, &steps);
    let most = u64::from(most).min(LIMITS.bytes);
    let chosen = world
        .app
        .select(&world.chain, &world.state, (&world.block, Report::EMPTY), (&txs, most))
        .expect("no fault");
    assert!(chosen.iter().map(|tx| tx.len() as u64).sum::<u64>() <= most);
    let run = world
        .app
        .run_block(&world.chain, &world.state, (&world.block, Report::EMPTY), &chosen)
        .expect("no fault");
    assert!(run.is_honest(), "{:?}", run.results);
});
