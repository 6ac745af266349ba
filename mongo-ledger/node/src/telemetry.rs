//! What an operator sees beside what the host shows: the chain's metrics, and where it writes.

use std::sync::Arc;

use sirius_host::{
    doctor::Patient,
    health::{Own, Volume, Watch},
    metrics::Text,
};

use crate::{config::Config, ledger::Ledger, snapshots::Snapshots};

/// What is watched while the node runs.
pub(crate) fn watch(config: &Config, ledger: &Ledger) -> Watch {
    let cometbft = config.cometbft();
    let cometbft = cometbft.map(|home| Volume { name: "cometbft", folder: home.join("data") });
    let volumes = [Some(index(config)), cometbft].into_iter().flatten().collect();
    Watch::new(&config.health, false, volumes, Arc::clone(&ledger.pulse))
}

/// Where the index is written.
fn index(config: &Config) -> Volume {
    Volume { name: "index", folder: config.data() }
}

/// The node as the doctor sees it.
pub fn patient(config: &Config) -> Patient {
    Patient {
        listeners: [
            ("http.listen".into(), config.http.listen),
            ("websocket.listen".into(), config.websocket.listen),
            ("metrics.listen".into(), config.metrics.listen),
        ]
        .into_iter()
        .chain(config.tls().map(|tls| ("http.tls.listen".into(), tls.listen)))
        .collect(),
        secrets: config.secrets(),
        volumes: vec![index(config)],
        ..Patient::new("mongo-ledger", config.abci.listen.clone(), config.cometbft())
    }
}

/// What the node knows of itself: it waits while its document server is away.
pub(crate) fn own(ledger: &Ledger) -> Own {
    Own { height: ledger.height(), troubles: ledger.trouble().into_iter().collect() }
}

/// The chain's own metrics.
pub(crate) fn render(ledger: &Ledger, snapshots: &Snapshots) -> String {
    let counts = &ledger.counts;
    let [anchored, posted, failed, trouble] = ledger.anchor.numbers();
    Text::default()
        .gauge("mongo_ledger_height", "Height of the last block that counts.", ledger.height())
        .counter(
            "mongo_ledger_records_total",
            "Transactions accepted since the process started.",
            counts.accepted(),
        )
        .counter("mongo_ledger_refused_total", "Transactions in blocks that were refused.", counts.refused())
        .counter(
            "mongo_ledger_writing_microseconds_total",
            "Time for which blocks waited for the document server.",
            counts.writing(),
        )
        .gauge(
            "mongo_ledger_waiting",
            "1 while the node waits for the document server, else 0.",
            u8::from(ledger.trouble().is_some()),
        )
        .gauge("mongo_ledger_anchored_height", "Height of the newest header that the ledger has.", anchored)
        .counter("mongo_ledger_anchor_posted_total", "Headers that this node posted to the ledger.", posted)
        .counter("mongo_ledger_anchor_failed_total", "Times that no header could be posted.", failed)
        .gauge("mongo_ledger_anchor_trouble", "1 while no header can be posted, else 0.", trouble)
        .gauge(
            "mongo_ledger_snapshot_height",
            "Height of the newest snapshot that is offered to others; 0 without one.",
            snapshots.newest(),
        )
        .gauge(
            "mongo_ledger_payloads_missing",
            "Erasable bodies that this node misses and asks its peers for.",
            u64::try_from(ledger.payloads.missing()).unwrap_or(u64::MAX),
        )
        .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use sirius_host::metrics::{Metrics, documented, families};

    use super::*;
    use crate::{documents::Memory, ledger::open_store};

    #[test]
    fn every_metric_has_its_meaning_in_the_documentation() {
        let home = tempfile::tempdir().unwrap();
        let settings = "[abci]\nlisten = 'unix:///x'\n[documents]\nuri = 'memory'";
        std::fs::write(home.path().join("mongo-ledger.toml"), settings).unwrap();
        let config = Config::load(home.path()).unwrap();
        let runtime = crate::runtime().unwrap();
        let store = open_store(&config).unwrap();
        let ledger = Ledger::new(store, Arc::new(Memory::default()), runtime.handle().clone()).unwrap();
        let own_metrics = render(&ledger, &Snapshots::default());
        let page = watch(&config, &ledger).page(&Metrics::default(), &own_metrics, own(&ledger));
        let meanings = include_str!("../../../docs/metrics.md");
        assert_eq!(
            documented(meanings, "mongo-ledger"),
            families(&page),
            "docs/metrics.md, in the order of the page"
        );
    }
}
