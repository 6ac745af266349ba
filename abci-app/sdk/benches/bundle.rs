//! What checking a proof across both chains takes: the kept file, read and verified from a header of the ledger, beside the
//! bare signatures that it has. Prints the median of 101 runs.
#![allow(clippy::unwrap_used, reason = "a measurement that panics has failed")]

use std::{hint::black_box, time::Instant};

use sirius_sdk::{
    anchored::Bundle,
    database::bundle::Trust,
    key::{Key, Scheme},
};
use tendermint::Time;

const FILE: &[u8] = include_bytes!("../src/anchored/bundle.json");
const RUNS: usize = 101;
/// What it may take.
const MOST_MILLISECONDS: f64 = 20.0;

fn main() {
    let bundle = Bundle::read(FILE).unwrap();
    let last = bundle.evidence().last().unwrap();
    // A header that is known by its hash is believed however old it is.
    let now = Time::from_unix_timestamp(2_000_000_000, 0).unwrap();
    let whole = median(|| {
        let bundle = Bundle::read(black_box(FILE)).unwrap();
        black_box(bundle.verify(&Trust::Header(last), now).unwrap());
    });
    let key = Key::from_secret_bytes(Scheme::Ed25519, &[7; 32]).unwrap();
    let (public, signature) = (key.public_key(), key.sign(b"one signature"));
    let one = median(|| public.verify(black_box(b"one signature"), &signature).unwrap());
    println!("a bundle of {} KiB, read and verified  {whole:>8.3} ms", FILE.len() / 1_024);
    println!("one ed25519 signature               {one:>8.3} ms, {:.1} of them", whole / one);
    assert!(whole < MOST_MILLISECONDS, "a bundle may take {MOST_MILLISECONDS} ms");
}

fn median(run: impl Fn()) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(RUNS / 2).copied().unwrap_or_default()
}
