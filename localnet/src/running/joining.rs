//! Hosts that join a running network: with one layer, or with every layer that runs.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Running, ask, host_status};
use crate::guest::{Beginning, Guest, Joined};
use crate::host::Plan;
use crate::{DatabaseHost, Error, HostStatus, Layer, Layers, Rpc};

/// CometBFT's light client needs so many headers behind a snapshot.
const HEADERS_BEHIND: u64 = 2;

impl Running {
    /// Adds a host without a vote to a layer, waits until it has what the others have now, and returns its number.
    /// One that joined before goes on from where it was, however it is to begin.
    ///
    /// # Errors
    /// The layer does not run, there are too many hosts, or it did not catch up in time.
    pub fn join(&self, layer: Layer, beginning: Beginning) -> Result<usize, Error> {
        self.join_as(&[(layer, beginning)])
    }

    /// Adds a host without a vote with every layer that runs, as [`Running::join`] does with one. A database that is too
    /// young for a snapshot is executed from its first block.
    ///
    /// # Errors
    /// As [`Running::join`].
    pub fn join_every_layer(&self, beginning: Beginning) -> Result<Joined, Error> {
        let mut beginnings = Vec::new();
        let mut without_snapshot = Vec::new();
        for layer in self.layers.iter() {
            let young = beginning == Beginning::StateSync && self.is_too_young(layer)?;
            beginnings.push((layer, if young { Beginning::Blocks } else { beginning }));
            without_snapshot.extend(young.then_some(layer));
        }
        Ok(Joined { host: self.join_as(&beginnings)?, without_snapshot })
    }

    /// Whether a database has no snapshot yet that a host could begin from. A ledger makes blocks all the time: there it is
    /// worth waiting.
    fn is_too_young(&self, layer: Layer) -> Result<bool, Error> {
        let Some(database) = self.record().database.as_ref().filter(|_| layer == Layer::Database) else {
            return Ok(false);
        };
        let every = database.snapshots.every_blocks;
        let height = self.chain_rpc(layer, 0)?.status()?.height;
        Ok(every == 0 || height < every.saturating_add(HEADERS_BEHIND))
    }

    fn join_as(&self, beginnings: &[(Layer, Beginning)]) -> Result<usize, Error> {
        for (layer, _) in beginnings {
            // A host that was just started again does not answer at once.
            self.wait_layer_height(*layer, 1, self.ready_timeout)?;
        }
        // Held until it runs, so that two who join at the same time get numbers of their own.
        let mut guests = self.guests();
        let index = guests.iter().map(|guest| guest.index().saturating_add(1)).max().unwrap_or(self.hosts());
        let mut joined = Vec::new();
        for (layer, beginning) in beginnings {
            tracing::info!(host = index, %layer, ?beginning, "joining");
            let layers = Layers::only(*layer);
            let plan = Plan {
                layout: &self.network.layout,
                ports: self.ports,
                layers: &layers,
                application: self.network.record.application,
                binaries: &self.binaries,
                documents: &self.documents,
            };
            let others = self.clients_of(*layer)?;
            let guest = Arc::new(Guest::join(&plan, (*layer, index), *beginning, others)?);
            guests.push(Arc::clone(&guest));
            joined.push(guest);
        }
        drop(guests);
        for guest in joined {
            let heights = self.heights(guest.layer(), 0..self.hosts())?;
            let height =
                heights.iter().filter_map(|(_, node)| Some(node.as_ref()?.height)).max().unwrap_or(0);
            guest.wait(height.max(1), self.ready_timeout)?;
        }
        Ok(index)
    }

    /// A client of the RPC of a host that joined a layer.
    ///
    /// # Errors
    /// No such host joined it.
    pub fn guest_rpc(&self, layer: Layer, host: usize) -> Result<Rpc, Error> {
        let guests = self.guests();
        let guest = guests.iter().find(|guest| guest.layer() == layer && guest.index() == host);
        let last = guests.iter().map(|guest| guest.index()).max().unwrap_or(self.hosts().saturating_sub(1));
        guest.map(|guest| guest.rpc().clone()).ok_or(Error::NoSuchHost { index: host, last })
    }

    pub(super) fn guests(&self) -> MutexGuard<'_, Vec<Arc<Guest>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The nodes that joined the ledger.
    pub(super) fn joined_ledger(&self) -> Vec<HostStatus> {
        self.joined(Layer::Ledger).into_iter().map(|(_, status)| status).collect()
    }

    /// The nodes that joined the database.
    pub(super) fn joined_database(&self) -> Vec<DatabaseHost> {
        let joined = self.joined(Layer::Database).into_iter();
        joined.map(|(guest, node)| self.database_host(guest.index(), node, guest.documents())).collect()
    }

    fn joined(&self, layer: Layer) -> Vec<(Arc<Guest>, HostStatus)> {
        let mut guests = self.guests().clone();
        guests.retain(|guest| guest.layer() == layer);
        let clients: Vec<Rpc> = guests.iter().map(|guest| guest.rpc().clone()).collect();
        let nodes = ask(&clients, |rpc| Some((rpc.status().ok()?, rpc.peers().ok())));
        let status = guests.into_iter().zip(nodes).filter_map(|(guest, node)| {
            let name = guest.files().name.clone();
            let status = host_status(name, guest.chain()?, guest.rpc(), node);
            Some((guest, status))
        });
        status.collect()
    }
}
