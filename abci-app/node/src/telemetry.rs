//! What an operator sees beside what the host shows: the ledger's metrics, and where it writes.

use std::{net::SocketAddr, sync::Arc};

use sirius_host::{
    doctor::Patient,
    health::{Volume, Watch},
    metrics::Text,
};

use crate::{
    Machine,
    config::{Config, Face},
    gateway::Faces,
};

/// What is watched while the node runs.
pub(crate) fn watch(config: &Config, machine: &Machine) -> Watch {
    let cometbft = config.cometbft();
    let cometbft = cometbft.map(|home| Volume { name: "cometbft", folder: home.join("data") });
    let volumes = [Some(state(config)), cometbft].into_iter().flatten().collect();
    Watch::new(&config.health, true, volumes, Arc::clone(&machine.shared().pulse))
}

/// Where the state is written.
fn state(config: &Config) -> Volume {
    Volume { name: "state", folder: config.data() }
}

/// The node as the doctor sees it.
pub fn patient(config: &Config) -> Patient {
    Patient {
        listeners: listeners(config),
        volumes: vec![state(config)],
        ..Patient::new("abci-app", config.abci.listen.clone(), config.cometbft())
    }
}

/// Where the process listens beside the socket, by the field that says so.
fn listeners(config: &Config) -> Vec<(String, SocketAddr)> {
    let faces = [("rest", &config.rest, Face::REST), ("grpc", &config.grpc, Face::GRPC)];
    let served = faces.into_iter().filter(|(_, face, _)| face.enabled);
    let served = served.map(|(name, face, port)| (format!("{name}.listen"), face.address(port)));
    [("metrics.listen".into(), config.metrics.listen)].into_iter().chain(served).collect()
}

/// The ledger's own metrics, and what its clients ask.
pub(crate) fn render(machine: &Machine, faces: &Faces) -> String {
    let counts = &machine.shared().counts;
    let text = Text::default()
        .gauge("abci_app_height", "Height of the last committed block.", machine.height())
        .counter(
            "abci_app_txs_total",
            "Transactions in blocks committed since the process started, refused ones too.",
            counts.txs(),
        )
        .counter("abci_app_txs_refused_total", "Those of them that were refused.", counts.refused())
        .counter(
            "abci_app_proposals_reused_total",
            "Blocks whose execution as a proposal served as their final one.",
            counts.reused(),
        );
    faces.render(text).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use sirius_host::{
        health::Own,
        metrics::{Metrics, documented, families},
    };

    use super::*;

    #[test]
    fn every_metric_has_its_meaning_in_the_documentation() {
        let home = tempfile::tempdir().unwrap();
        let settings = "[abci]\nlisten = 'unix:///x'\n[store]\nbackend = 'memory'\n\
                        [rest]\nenabled = false\n[grpc]\nenabled = false";
        std::fs::write(home.path().join("app.toml"), settings).unwrap();
        let config = Config::load(home.path()).unwrap();
        let machine = Machine::open(&config).unwrap();
        let faces = crate::serve(&config, machine.clone()).unwrap().faces();
        let own = render(&machine, &faces);
        let page = watch(&config, &machine).page(&Metrics::default(), &own, Own::default());
        let meanings = include_str!("../../../docs/metrics.md");
        assert_eq!(
            documented(meanings, "abci-app"),
            families(&page),
            "docs/metrics.md, in the order of the page"
        );
    }
}
