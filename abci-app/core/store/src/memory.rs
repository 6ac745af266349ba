//! The backend that forgets: for tests, the simulator and tools.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::{Bound, ControlFlow},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::{
    Fault, Order, Span, Visit,
    backend::{Backend, Batch, Record, Space, View},
};

/// Pairs copied out of the lock at a time, so that what visits them may read the same view.
const STRIDE: usize = 64;

/// A backend in memory. Nothing of it outlives the process; its clones share the same bytes.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    shared: Arc<RwLock<Shared>>,
}

/// Every key's versions, oldest first: the number of the commit that wrote it, and the bytes or their absence.
type Versions = Vec<(u64, Option<Vec<u8>>)>;

#[derive(Debug, Default)]
struct Shared {
    /// The number of the last commit.
    commit: u64,
    /// How many views look at each commit.
    views: BTreeMap<u64, usize>,
    spaces: BTreeMap<Space, BTreeMap<Vec<u8>, Versions>>,
    /// What commits removed, oldest first; forgotten for good once no view sees what was there before.
    removed: VecDeque<(u64, Space, Vec<u8>)>,
}

/// The bytes as commit `commit` left them.
struct MemoryView {
    shared: Arc<RwLock<Shared>>,
    commit: u64,
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A poisoned lock means that a commit panicked, which ends the process; what others read until then is whole.
fn read(shared: &RwLock<Shared>) -> RwLockReadGuard<'_, Shared> {
    shared.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shared: &RwLock<Shared>) -> RwLockWriteGuard<'_, Shared> {
    shared.write().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Drops the keys that were removed at or before `oldest_seen` and not written since.
    fn forget(&mut self, oldest_seen: u64) {
        while self.removed.front().is_some_and(|(commit, ..)| *commit <= oldest_seen) {
            let Some((_, space, key)) = self.removed.pop_front() else { return };
            let Some(pairs) = self.spaces.get_mut(&space) else { continue };
            if let Some([.., (written, None)]) = pairs.get(&key).map(Vec::as_slice)
                && *written <= oldest_seen
            {
                pairs.remove(&key);
            }
        }
    }
}

impl Backend for Memory {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        let mut shared = write(&self.shared);
        let commit = shared.commit;
        *shared.views.entry(commit).or_default() += 1;
        Ok(Arc::new(MemoryView { shared: Arc::clone(&self.shared), commit }))
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        let shared = &mut *write(&self.shared);
        let commit = shared.commit.saturating_add(1);
        let oldest_seen = shared.views.keys().next().copied().unwrap_or(shared.commit);
        shared.forget(oldest_seen);
        for Record { space, key, value } in batch.records() {
            if value.is_none() {
                shared.removed.push_back((commit, space, key.to_vec()));
            }
            let versions = shared.spaces.entry(space).or_default().entry(key.to_vec()).or_default();
            versions.retain(|(written, _)| *written != commit);
            // Only the last version at or before the oldest view can still be read.
            let unseen = versions.partition_point(|(written, _)| *written <= oldest_seen);
            versions.drain(..unseen.saturating_sub(1));
            versions.push((commit, value.map(<[u8]>::to_vec)));
        }
        shared.commit = commit;
        Ok(())
    }
}

impl Drop for MemoryView {
    fn drop(&mut self) {
        let mut shared = write(&self.shared);
        if let Some(count) = shared.views.get_mut(&self.commit) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                shared.views.remove(&self.commit);
            }
        }
    }
}

impl MemoryView {
    fn visible<'a>(&self, versions: &'a Versions) -> Option<&'a Vec<u8>> {
        versions.iter().rev().find(|(written, _)| *written <= self.commit)?.1.as_ref()
    }

    #[allow(clippy::type_complexity, reason = "a list of pairs and a flag, used once")]
    /// The next pairs of the interval, at most [`STRIDE`] keys of it, and whether there are more.
    fn stride(
        &self,
        space: Space,
        interval: (Bound<&[u8]>, Bound<&[u8]>),
        order: Order,
    ) -> (Vec<(Vec<u8>, Option<Vec<u8>>)>, bool) {
        let shared = read(&self.shared);
        let Some(pairs) = shared.spaces.get(&space) else { return (Vec::new(), false) };
        let range = pairs.range::<[u8], _>(interval);
        let copy = |(key, versions): (&Vec<u8>, &Versions)| (key.clone(), self.visible(versions).cloned());
        let found: Vec<_> = match order {
            Order::Ascending => range.take(STRIDE).map(copy).collect(),
            Order::Descending => range.rev().take(STRIDE).map(copy).collect(),
        };
        let more = found.len() == STRIDE;
        (found, more)
    }
}

impl View for MemoryView {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let shared = read(&self.shared);
        let versions = shared.spaces.get(&space).and_then(|pairs| pairs.get(key));
        Ok(versions.and_then(|versions| self.visible(versions)).cloned())
    }

    fn scan(&self, space: Space, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let mut last: Option<Vec<u8>> = None;
        loop {
            let (mut from, mut to) = (
                Bound::Included(span.from.as_slice()),
                span.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded),
            );
            match (order, &last) {
                (Order::Ascending, Some(last)) => from = Bound::Excluded(last),
                (Order::Descending, Some(last)) => to = Bound::Excluded(last),
                (_, None) => {}
            }
            // Both bounds excluding one key is an interval that the map refuses: there is nothing between.
            if matches!((from, to), (Bound::Excluded(from) | Bound::Included(from), Bound::Excluded(to)) if from >= to)
            {
                return Ok(());
            }
            let (found, more) = self.stride(space, (from, to), order);
            for (key, value) in &found {
                if let Some(value) = value
                    && visit(key, value) == ControlFlow::Break(())
                {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
            last = found.into_iter().next_back().map(|(key, _)| key);
        }
    }
}
