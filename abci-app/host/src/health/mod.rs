//! Whether a node is well, judged by what it does and not by whether its processes live.
//!
//! CometBFT stays up without making blocks when its disk is full (it logs `CONSENSUS FAILURE`), when it has no peers, or
//! when its clock is off. So a watch looks at the age of the last block against what is usual, at the space that is
//! left, and at whether CometBFT is connected at all. Every reason is a sentence with what to look at.

mod pulse;
mod volume;

use std::{net::SocketAddr, sync::Arc, time::Duration};

pub use pulse::{Beat, Pulse};
pub use volume::Volume;

use crate::{
    metrics::{self, Exporter, ExporterError, Health, Metrics, Text},
    settings,
};

/// A block is late when it is this many usual intervals old: a few rounds with silent proposers are ordinary.
const LATE: u32 = 10;
/// Never alarmed before this: a round that fails costs three seconds and more.
const SOONEST: Duration = Duration::from_secs(10);
/// Always alarmed after this, however slow the chain.
const LATEST: Duration = Duration::from_secs(120);
/// For how long a node may have no block while it is not known what is usual: it catches up, or the others start.
const UNKNOWN: Duration = Duration::from_secs(60);
/// For how long a transaction may wait on a chain that makes blocks on demand.
const WAITS: Duration = Duration::from_secs(30);

const MIB: u64 = 1 << 20;

/// What a node watches of itself.
#[derive(Debug)]
pub struct Watch {
    pulse: Arc<Pulse>,
    /// Whether blocks come while nobody sends anything.
    empty_blocks: bool,
    least_free_mib: u64,
    volumes: Vec<Volume>,
}

/// What only the application knows of itself.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Height of the last committed block.
    pub height: u64,
    /// What is wrong with it at the moment, a sentence each.
    pub troubles: Vec<String>,
}

impl Watch {
    /// A watch over blocks and volumes by the operator's settings; `usually` is whether chains of this kind make empty
    /// blocks.
    pub fn new(settings: &settings::Health, usually: bool, volumes: Vec<Volume>, pulse: Arc<Pulse>) -> Self {
        let settings::Health { empty_blocks, least_free_mib } = *settings;
        Self { pulse, empty_blocks: empty_blocks.unwrap_or(usually), least_free_mib, volumes }
    }

    /// Serves `/metrics` and `/health` at `listen`: the server's counters `calls`, the application's own `metrics`, and
    /// what this watch sees.
    ///
    /// # Errors
    /// An address outside loopback, or one that the system refuses.
    pub fn serve(
        self,
        listen: SocketAddr,
        calls: Arc<Metrics>,
        metrics: impl Fn() -> String + Send + Sync + 'static,
        own: impl Fn() -> Own + Send + Sync + 'static,
    ) -> Result<Exporter, ExporterError> {
        let (watch, shown) = (Arc::new(self), Arc::new(own));
        let (watched, own) = (Arc::clone(&watch), Arc::clone(&shown));
        let asked = Arc::clone(&calls);
        let page = move || watched.page(&calls, &metrics(), own());
        metrics::serve(listen, page, move || watch.health(&asked, shown()))
    }

    /// The page `/metrics`.
    pub fn page(&self, calls: &Metrics, metrics: &str, own: Own) -> String {
        let health = self.health(calls, own);
        calls.render() + metrics + &self.render() + &healthy(&health)
    }

    /// How the node is, by the server's counters and what the application says.
    fn health(&self, calls: &Metrics, own: Own) -> Health {
        let (beat, Own { height, troubles: mut reasons }) = (self.pulse.now(), own);
        if calls.connections() == 0 {
            reasons.push("CometBFT is not connected; look whether it runs, and at its log".into());
        }
        reasons.extend(self.stall(height, beat));
        reasons.extend(self.volumes.iter().filter_map(|volume| self.shortage(volume)));
        match reasons.is_empty() {
            true => {
                Health::Up(format!("height {height}, the last block is {:.1} s old", beat.age.as_secs_f64()))
            }
            false => Health::Down(reasons.join("\n")),
        }
    }

    /// Why blocks are late, if they are.
    fn stall(&self, height: u64, beat: Beat) -> Option<String> {
        let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
        let look = "look at CometBFT's log, its peers, the clock and the disk";
        if !self.empty_blocks {
            let waiting = beat.waiting.filter(|waiting| *waiting > WAITS)?;
            return Some(format!(
                "a transaction has waited {} for a block, the last is {height}; {look}",
                seconds(waiting)
            ));
        }
        let limit = limit(beat.usual);
        let usual = beat.usual.map_or_else(|| "not known yet".into(), seconds);
        (beat.age > limit).then(|| {
            format!(
                "no block was committed for {}, usual is {usual}, the last is {height}; {look}",
                seconds(beat.age)
            )
        })
    }

    fn shortage(&self, volume: &Volume) -> Option<String> {
        let (name, folder) = (volume.name, volume.folder.display());
        match volume.free() {
            Ok(free) if free / MIB >= self.least_free_mib => None,
            Ok(free) => Some(format!(
                "the disk of {name} ({folder}) has {} MiB left, less than {}; free some, then restart CometBFT if it \
                 makes no blocks",
                free / MIB,
                self.least_free_mib
            )),
            Err(error) => Some(format!("the disk of {name} ({folder}) cannot be asked: {error}")),
        }
    }

    /// What is watched, as metrics.
    fn render(&self) -> String {
        let beat = self.pulse.now();
        let seconds = |duration: Option<Duration>| duration.unwrap_or_default().as_secs_f64();
        let free =
            |volume: &Volume| (format!("{{volume=\"{}\"}}", volume.name), volume.free().unwrap_or_default());
        let free: Vec<_> = self.volumes.iter().map(free).collect();
        let least = self.least_free_mib.saturating_mul(MIB);
        Text::default()
            .gauge("sirius_block_age_seconds", "Age of the last committed block.", seconds(Some(beat.age)))
            .gauge(
                "sirius_block_usual_seconds",
                "Median interval of the last blocks, 0 while it is not known.",
                seconds(beat.usual),
            )
            .gauge(
                "sirius_tx_waiting_seconds",
                "For how long a transaction that was let in has waited for a block.",
                seconds(beat.waiting),
            )
            .family("sirius_volume_free_bytes", "gauge", "Space that is left where the node writes.", &free)
            .gauge("sirius_volume_least_bytes", "Space below which the node calls itself ill.", least)
            .into()
    }
}

fn healthy(health: &Health) -> String {
    let well = u8::from(matches!(health, Health::Up(_)));
    Text::default().gauge("sirius_healthy", "1 while /health answers 200, else 0.", well).into()
}

/// How old the last block may be.
fn limit(usual: Option<Duration>) -> Duration {
    usual.map_or(UNKNOWN, |usual| usual.saturating_mul(LATE).clamp(SOONEST, LATEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(empty_blocks: bool) -> Watch {
        let settings = settings::Health { empty_blocks: None, least_free_mib: 0 };
        Watch::new(&settings, empty_blocks, Vec::new(), Arc::default())
    }

    fn beat(age: u64, usual: Option<u64>, waiting: Option<u64>) -> Beat {
        let seconds = Duration::from_secs;
        Beat { age: seconds(age), usual: usual.map(seconds), waiting: waiting.map(seconds) }
    }

    #[test]
    fn a_block_is_late_by_what_is_usual() {
        let check =
            |beat: Beat, late: bool| assert_eq!(watch(true).stall(7, beat).is_some(), late, "{beat:?}");
        check(beat(9, Some(0), None), false);
        check(beat(11, Some(0), None), true);
        check(beat(49, Some(5), None), false);
        check(beat(51, Some(5), None), true);
        check(beat(119, Some(3600), None), false);
        check(beat(121, Some(3600), None), true);
        check(beat(59, None, None), false);
        check(beat(61, None, None), true);
    }

    #[test]
    fn a_chain_without_empty_blocks_is_late_only_for_a_transaction() {
        let check =
            |beat: Beat, late: bool| assert_eq!(watch(false).stall(7, beat).is_some(), late, "{beat:?}");
        check(beat(100_000, Some(1), None), false);
        check(beat(100_000, Some(1), Some(29)), false);
        check(beat(100_000, Some(1), Some(31)), true);
    }

    #[test]
    fn every_reason_is_told() {
        let volumes = vec![Volume { name: "state", folder: std::env::temp_dir() }];
        let watch = Watch { least_free_mib: u64::MAX, volumes, ..watch(true) };
        let own = Own { height: 7, troubles: vec!["the server is away".into()] };
        let health = watch.health(&Metrics::default(), own);
        assert_eq!(healthy(&health).lines().last(), Some("sirius_healthy 0"));
        let Health::Down(reasons) = health else { unreachable!("a node without CometBFT is ill") };
        let lines: Vec<_> = reasons.lines().collect();
        assert_eq!(lines.len(), 3, "{reasons}");
        for (line, begins) in lines.iter().zip(["the server is away", "CometBFT is not", "the disk of state"])
        {
            assert!(line.starts_with(begins), "{line}");
        }
        assert!(watch.render().contains("sirius_volume_free_bytes{volume=\"state\"} "));
    }

    #[test]
    fn a_node_that_makes_blocks_is_well() {
        let (watch, calls) = (watch(true), Metrics::default());
        calls.opened();
        watch.pulse.block();
        let health = watch.health(&calls, Own { height: 7, ..Own::default() });
        assert!(
            matches!(&health, Health::Up(said) if said.starts_with("height 7, the last block is 0.")),
            "{health:?}"
        );
    }
}
