//! How a network and its hosts are doing, as a value and as a table.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Layer;

/// What a host is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not started yet, or stopped on request.
    Stopped,
    /// Its programs run.
    Running,
    /// Its programs stand still.
    Paused,
    /// Something ended; it will be started again.
    Waiting,
    /// Something ended by itself too often, or before the network was ready.
    Failed,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The ledger's chain.
    pub chain_id: String,
    /// Whether every layer was ready on every host since the start.
    pub ready: bool,
    /// The ledger's hosts; none where the ledger does not run.
    pub hosts: Vec<HostStatus>,
    /// The database, where it runs.
    pub database: Option<DatabaseStatus>,
}

/// The database of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseStatus {
    /// Its chain.
    pub chain_id: String,
    /// Its hosts.
    pub hosts: Vec<DatabaseHost>,
}

/// A host of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHost {
    /// Its node.
    #[serde(flatten)]
    pub node: HostStatus,
    /// Where its HTTP API listens.
    pub http: String,
    /// Where its WebSocket listens.
    pub websocket: String,
    /// Where its documents are.
    pub documents: String,
    /// Its own document server; `None` where `MONGODB_URI` names one.
    pub server: Option<DocumentsStatus>,
}

/// A bundled document server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentsStatus {
    /// What it is doing.
    pub phase: Phase,
    /// Its process.
    pub pid: Option<u32>,
    /// How often it was started again because it ended by itself.
    pub restarts: u32,
    /// The last thing that went wrong.
    pub trouble: Option<String>,
}

/// A host's node of one layer.
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
    /// Where REST listens, on a ledger.
    pub rest: Option<String>,
    /// Where gRPC listens, on a ledger: `host:port`, as its clients take it.
    pub grpc: Option<String>,
}

impl Status {
    /// Whether the network is ready and every host answers.
    pub fn healthy(&self) -> bool {
        let databases = self.database.iter().flat_map(|database| &database.hosts);
        let servers = databases.clone().filter_map(|host| host.server.as_ref());
        let nodes = self.hosts.iter().chain(databases.map(|host| &host.node));
        self.ready
            && nodes.into_iter().all(|node| node.phase == Phase::Running && node.height.is_some())
            && servers.into_iter().all(|server| server.phase == Phase::Running)
    }

    /// The layers that run.
    pub fn layers(&self) -> Vec<Layer> {
        let ledger = (!self.hosts.is_empty()).then_some(Layer::Ledger);
        ledger.into_iter().chain(self.database.as_ref().map(|_| Layer::Database)).collect()
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
        if !self.hosts.is_empty() {
            let header = HEADER.into_iter().chain(["REST", "GRPC"]).map(str::to_owned).collect();
            write_table(formatter, header, self.hosts.iter().map(ledger_row).collect())?;
        }
        for host in &self.hosts {
            write_trouble(formatter, &host.name, host.restarts, host.trouble.as_deref())?;
        }
        let Some(database) = &self.database else { return Ok(()) };
        let gap = if self.hosts.is_empty() { "" } else { "\n" };
        writeln!(formatter, "{gap}The database {}:", database.chain_id)?;
        let header = HEADER.into_iter().chain(["HTTP", "DOCUMENTS"]).map(str::to_owned).collect();
        write_table(formatter, header, database.hosts.iter().map(database_row).collect())?;
        for DatabaseHost { node, server, .. } in &database.hosts {
            let name = format!("the database of {}", node.name);
            write_trouble(formatter, &name, node.restarts, node.trouble.as_deref())?;
            if let Some(server) = server {
                let name = format!("the document server of {}", node.name);
                write_trouble(formatter, &name, server.restarts, server.trouble.as_deref())?;
            }
        }
        Ok(())
    }
}

const HEADER: [&str; 9] =
    ["HOST", "STATE", "HEIGHT", "APP HASH", "PEERS", "COMETBFT", "APP", "UPTIME", "RPC"];

/// Writes rows with columns as wide as they need to be.
fn write_table(
    formatter: &mut fmt::Formatter<'_>,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
) -> fmt::Result {
    let columns = header.len();
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(formatter, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn write_trouble(
    formatter: &mut fmt::Formatter<'_>,
    name: &str,
    restarts: u32,
    trouble: Option<&str>,
) -> fmt::Result {
    match trouble {
        Some(trouble) => writeln!(formatter, "\n{name} was started again {restarts} times; last: {trouble}"),
        None => Ok(()),
    }
}

fn database_row(host: &DatabaseHost) -> Vec<String> {
    let documents = match &host.server {
        None => host.documents.clone(),
        Some(DocumentsStatus { pid: Some(pid), .. }) => format!("{pid} {}", host.documents),
        Some(server) => format!("{} {}", server.phase, host.documents),
    };
    row(&host.node).into_iter().chain([host.http.clone(), documents]).collect()
}

fn ledger_row(host: &HostStatus) -> Vec<String> {
    row(host).into_iter().chain([shown(host.rest.clone()), shown(host.grpc.clone())]).collect()
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
            rest: None,
            grpc: None,
        }
    }

    fn status(ready: bool, hosts: Vec<HostStatus>) -> Status {
        Status { chain_id: "c".into(), ready, hosts, database: None }
    }

    fn database(node: HostStatus, server: Option<Phase>) -> Option<DatabaseStatus> {
        let server = server.map(|phase| DocumentsStatus { phase, pid: Some(7), restarts: 0, trouble: None });
        let host = DatabaseHost {
            node,
            http: "http://127.0.0.1:9984".to_owned(),
            websocket: "ws://127.0.0.1:9985".to_owned(),
            documents: "mongodb://127.0.0.1:27017/sirius".to_owned(),
            server,
        };
        Some(DatabaseStatus { chain_id: "d".to_owned(), hosts: vec![host] })
    }

    #[test]
    fn is_a_table() {
        let cut = HostStatus { cut_seconds: Some(7), height: None, ..host("host1", Phase::Running) };
        let open = HostStatus {
            rest: Some("http://127.0.0.1:1317".to_owned()),
            grpc: Some("127.0.0.1:9090".to_owned()),
            ..host("host0", Phase::Running)
        };
        let status = Status { hosts: vec![open, cut], ..status(true, Vec::new()) };
        assert_eq!(
            status.to_string(),
            "\
HOST   STATE              HEIGHT  APP HASH      PEERS  COMETBFT  APP  UPTIME  RPC                     REST                   GRPC
host0  running            12      0123456789AB  3      4711      -    2 min   http://127.0.0.1:26657  http://127.0.0.1:1317  127.0.0.1:9090
host1  cut off, 7 s more  -       0123456789AB  3      4711      -    2 min   http://127.0.0.1:26657  -                      -
"
        );
    }

    #[test]
    fn is_healthy_only_when_all_hosts_answer() {
        assert!(status(true, vec![host("a", Phase::Running)]).healthy());
        assert!(!status(false, vec![host("a", Phase::Running)]).healthy());
        assert!(!status(true, vec![host("a", Phase::Running), host("b", Phase::Paused)]).healthy());
        assert!(!status(true, vec![HostStatus { height: None, ..host("a", Phase::Running) }]).healthy());
    }

    #[test]
    fn a_database_is_a_second_table() {
        let node = HostStatus { trouble: Some("why".to_owned()), ..host("host0", Phase::Running) };
        let database = database(node, Some(Phase::Running));
        let only = Status { database: database.clone(), ..status(true, Vec::new()) };
        let text = "\
The database d:
HOST   STATE    HEIGHT  APP HASH      PEERS  COMETBFT  APP  UPTIME  RPC                     HTTP                   DOCUMENTS
host0  running  12      0123456789AB  3      4711      -    2 min   http://127.0.0.1:26657  http://127.0.0.1:9984  7 mongodb://127.0.0.1:27017/sirius

the database of host0 was started again 0 times; last: why
";
        assert_eq!(only.to_string(), text);
        assert_eq!(only.layers(), [Layer::Database]);
        let both = Status { database, ..status(true, vec![host("host0", Phase::Running)]) };
        assert!(both.to_string().contains("-\n\nThe database d:\n"), "{both}");
        assert_eq!(both.layers(), Layer::ALL);
        let json = serde_json::to_string(&both).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Status>(&json).ok(), Some(both));
    }

    #[test]
    fn is_healthy_only_with_its_database_and_documents() {
        let with = |phase, server| Status {
            database: database(host("a", phase), server),
            ..status(true, vec![host("a", Phase::Running)])
        };
        assert!(with(Phase::Running, Some(Phase::Running)).healthy());
        assert!(with(Phase::Running, None).healthy());
        assert!(!with(Phase::Waiting, None).healthy());
        assert!(!with(Phase::Running, Some(Phase::Waiting)).healthy());
    }
}
