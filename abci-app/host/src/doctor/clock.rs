//! The clock, compared with those of other nodes. A validator whose clock is a minute off neither gets its blocks
//! accepted nor accepts those of others.

use std::time::Duration;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Finding, rpc::Rpc};

const NAME: &str = "clock";
/// More than this is worth a look: the clock is not kept by anything.
const DOUBTFUL: Duration = Duration::from_secs(2);
/// CometBFT refuses a proposal whose time is a minute off (`block_time_tolerance`); half of it is left for drift.
const FATAL: Duration = Duration::from_secs(30);
const REMEDY: &str = "let chrony or systemd-timesyncd keep the clock, and wait until it has done so";

pub(super) fn check(peers: &[Rpc]) -> Finding {
    if peers.is_empty() {
        return Finding::skipped(
            NAME,
            "there is nothing to compare it with",
            "name other nodes' RPC with --peer",
        );
    }
    let answers: Vec<_> = peers.iter().map(|peer| (peer, offset(peer))).collect();
    let mut offsets: Vec<_> = answers.iter().filter_map(|(_, offset)| offset.as_ref().ok()).collect();
    offsets.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    // The median, so that one peer with a wrong clock does not count.
    match offsets.get(offsets.len() / 2) {
        Some(offset) => judge(offset, offsets.len()),
        None => {
            let why = answers.iter().find_map(|(_, offset)| offset.as_ref().err());
            let why = why.map_or("no peer answered", String::as_str);
            Finding::skipped(NAME, why, "name other nodes' RPC with --peer")
        }
    }
}

/// How far this clock is ahead of a peer's.
#[derive(Debug, Clone, Copy)]
struct Offset {
    seconds: f64,
    /// By how much that may be wrong.
    doubt: f64,
}

fn offset(peer: &Rpc) -> Result<Offset, String> {
    let answer = peer.ask("status")?;
    if let Some((date, doubt)) = answer.date {
        return Ok(Offset { seconds: (answer.arrived - date).as_seconds_f64(), doubt: doubt.as_secs_f64() });
    }
    // Without a date there is the time of the last block, which is in nobody's future.
    let time = answer.result.pointer("/sync_info/latest_block_time").and_then(|time| time.as_str());
    let time = time.and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
    let time = time.ok_or_else(|| format!("{} says no time", peer.url))?;
    let seconds = (answer.arrived - time).as_seconds_f64().min(0.0);
    Ok(Offset { seconds, doubt: 0.0 })
}

fn judge(offset: &Offset, peers: usize) -> Finding {
    let off = Duration::from_secs_f64((offset.seconds.abs() - offset.doubt).clamp(0.0, 1e9));
    let found = format!(
        "{:.1} s {} of {peers} peers, known to {:.1} s",
        offset.seconds.abs(),
        if offset.seconds < 0.0 { "behind the median" } else { "ahead of the median" },
        offset.doubt
    );
    match off {
        off if off >= FATAL => Finding::failed(NAME, found, REMEDY),
        off if off >= DOUBTFUL => Finding::warning(NAME, found, REMEDY),
        _ => Finding::ok(NAME, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn what_is_certainly_off_counts() {
        let check = |seconds: f64, doubt: f64, verdict: Verdict| {
            assert_eq!(judge(&Offset { seconds, doubt }, 3).verdict, verdict, "{seconds} ± {doubt}");
        };
        check(0.0, 1.0, Verdict::Ok);
        check(-2.9, 1.0, Verdict::Ok);
        check(3.5, 1.0, Verdict::Warning);
        check(-32.0, 1.0, Verdict::Failed);
        check(32.0, 5.0, Verdict::Warning);
    }
}
