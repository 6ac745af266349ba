//! F9: any genesis makes a state whose invariants hold, or is refused; any settings are read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use sirius_host::settings::{Abci, CometBft, Health, Log, Metrics};
use sirius_runtime::App;

/// The sections that every process reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "reading is what is tried")]
struct Settings {
    abci: Abci,
    #[serde(default)]
    cometbft: CometBft,
    #[serde(default)]
    health: Health,
    #[serde(default)]
    log: Log,
    metrics: Option<Metrics>,
}

fuzz_target!(|bytes: &[u8]| {
    let app = App::new(sirius_ledger::registry());
    if let Some((_, state)) = sirius_fuzz::genesis(&app, bytes) {
        sirius_fuzz::taken();
        app.registry().invariants(&state).expect("the state is sound").expect("invariants hold");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = toml::from_str::<Settings>(text);
    }
});
