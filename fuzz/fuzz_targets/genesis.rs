//! F9: any genesis makes a state whose invariants hold, or is refused; any settings are read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sirius_runtime::App;

fuzz_target!(|bytes: &[u8]| {
    let app = App::new(sirius_ledger::registry());
    if let Some((_, state)) = sirius_fuzz::genesis(&app, bytes) {
        app.registry().invariants(&state).expect("the state is sound").expect("invariants hold");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = toml::from_str::<abci_app::config::Config>(text);
    }
});
