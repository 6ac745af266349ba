//! How a network and its hosts are doing, as a value and as a table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a host is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not started yet, or stopped on request.
    Stopped,
    /// Both programs run.
    Running,
    /// Both programs stand still.
    Paused,
    /// Something ended by itself; the host will be started again.
    Waiting,
    /// Something ended by itself too often, or before the network was ready.
    Failed,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its chain.
    pub chain_id: String,
    /// Whether every host has made two blocks since the start.
    pub ready: bool,
    /// Its hosts.
    pub hosts: Vec<HostStatus>,
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostStatus {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub phase: Phase,
    /// For how many seconds more its links are cut.
    pub cut_seconds: Option<u64>,
    /// Its last block; `None` while it does not answer.
    pub height: Option<u64>,
    /// The state before that block, upper-case hexadecimal.
    pub app_hash: Option<String>,
    /// How many peers it is connected to.
    pub peers: Option<u64>,
    /// CometBFT's process.
    pub cometbft_pid: Option<u32>,
    /// The application's process.
    pub app_pid: Option<u32>,
    /// Seconds since the last start.
    pub uptime_seconds: Option<u64>,
    /// How often it was started again because something ended by itself.
    pub restarts: u32,
    /// The last thing that went wrong.
    pub trouble: Option<String>,
    /// Where its RPC listens.
    pub rpc: String,
}

impl Status {
    /// Whether the network is ready and every host answers.
    pub fn healthy(&self) -> bool {
        self.ready && self.hosts.iter().all(|host| host.phase == Phase::Running && host.height.is_some())
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["HOST", "STATE", "HEIGHT", "APP HASH", "PEERS", "COMETBFT", "APP", "UPTIME", "RPC"];
        let rows: Vec<[String; 9]> =
            std::iter::once(header.map(str::to_owned)).chain(self.hosts.iter().map(row)).collect();
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(formatter, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        for host in &self.hosts {
            if let Some(trouble) = &host.trouble {
                writeln!(
                    formatter,
                    "\n{} was started again {} times; last: {trouble}",
                    host.name, host.restarts
                )?;
            }
        }
        Ok(())
    }
}

fn row(host: &HostStatus) -> [String; 9] {
    let state = match host.cut_seconds {
        Some(seconds) => format!("cut off, {seconds} s more"),
        None => host.phase.to_string(),
    };
    let hash = host.app_hash.as_ref().map(|hash| hash.chars().take(12).collect::<String>());
    [
        host.name.clone(),
        state,
        shown(host.height),
        shown(hash.filter(|hash| !hash.is_empty())),
        shown(host.peers),
        shown(host.cometbft_pid),
        shown(host.app_pid),
        shown(host.uptime_seconds.map(span)),
        host.rpc.clone(),
    ]
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Seconds as people read them.
fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, phase: Phase) -> HostStatus {
        HostStatus {
            name: name.to_owned(),
            phase,
            cut_seconds: None,
            height: Some(12),
            app_hash: Some("0123456789ABCDEF".to_owned()),
            peers: Some(3),
            cometbft_pid: Some(4711),
            app_pid: None,
            uptime_seconds: Some(130),
            restarts: 0,
            trouble: None,
            rpc: "http://127.0.0.1:26657".to_owned(),
        }
    }

    #[test]
    fn is_a_table() {
        let cut = HostStatus { cut_seconds: Some(7), height: None, ..host("host1", Phase::Running) };
        let status =
            Status { chain_id: "c".into(), ready: true, hosts: vec![host("host0", Phase::Running), cut] };
        assert_eq!(
            status.to_string(),
            "\
HOST   STATE              HEIGHT  APP HASH      PEERS  COMETBFT  APP  UPTIME  RPC
host0  running            12      0123456789AB  3      4711      -    2 min   http://127.0.0.1:26657
host1  cut off, 7 s more  -       0123456789AB  3      4711      -    2 min   http://127.0.0.1:26657
"
        );
    }

    #[test]
    fn is_healthy_only_when_all_hosts_answer() {
        let status = |ready, hosts| Status { chain_id: String::new(), ready, hosts };
        assert!(status(true, vec![host("a", Phase::Running)]).healthy());
        assert!(!status(false, vec![host("a", Phase::Running)]).healthy());
        assert!(!status(true, vec![host("a", Phase::Running), host("b", Phase::Paused)]).healthy());
        assert!(!status(true, vec![HostStatus { height: None, ..host("a", Phase::Running) }]).healthy());
    }
}
