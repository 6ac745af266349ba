//! Pages that were read or made lately, by their hash.
//!
//! A page never changes under its hash, so the cache serves every height and every reader at once and nothing in it
//! is ever wrong, whatever is committed meanwhile.

use std::{
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, PoisonError},
};

use sirius_primitives::Hash;

use super::page::Page;

/// Parts that are locked apart from each other, so that readers seldom meet.
const SHARDS: usize = 16;

/// Bytes that one page costs beyond its own: its place in a map and the allocations' heads.
const OVERHEAD: usize = 128;

#[allow(clippy::disallowed_types, reason = "pages are looked up by hash and never walked, so no order shows")]
type Map = std::collections::HashMap<Hash, Page, BuildHasherDefault<FirstBytes>>;

/// A bounded cache. What has not been asked for since half of the memory was filled anew is forgotten.
#[derive(Debug)]
pub(crate) struct PageCache {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug)]
struct Shard {
    young: Map,
    old: Map,
    /// Bytes in `young`.
    size: usize,
    /// Bytes in `young` at which `old` is forgotten and `young` takes its place.
    turn: usize,
}

impl PageCache {
    /// A cache of about `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        let turn = bytes / SHARDS / 2;
        let shard = || Shard { young: Map::default(), old: Map::default(), size: 0, turn };
        Self { shards: std::array::from_fn(|_| Mutex::new(shard())) }
    }

    /// The page with this hash, if it is still here.
    pub(crate) fn get(&self, hash: &Hash) -> Option<Page> {
        let mut shard = self.shard(hash)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = shard.young.get(hash) {
            return Some(page.clone());
        }
        let page = shard.old.remove(hash)?;
        shard.insert(*hash, page.clone());
        Some(page)
    }

    /// Keeps `page`, which has this hash.
    pub(crate) fn insert(&self, hash: Hash, page: Page) {
        if let Some(shard) = self.shard(&hash) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, page);
        }
    }

    /// Forgets the page with this hash: nobody is going to ask for it soon.
    pub(crate) fn remove(&self, hash: &Hash) {
        if let Some(shard) = self.shard(hash) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
        }
    }

    fn shard(&self, hash: &Hash) -> Option<&Mutex<Shard>> {
        // The first bytes find the place within a shard, so the last one chooses the shard.
        let [.., last] = hash.as_bytes();
        self.shards.get(usize::from(*last) % SHARDS)
    }
}

impl Shard {
    fn remove(&mut self, hash: &Hash) {
        match self.young.remove(hash) {
            Some(page) => self.size = self.size.saturating_sub(cost(&page)),
            None => drop(self.old.remove(hash)),
        }
    }

    fn insert(&mut self, hash: Hash, page: Page) {
        let size = cost(&page);
        if self.young.insert(hash, page).is_none() {
            self.size = self.size.saturating_add(size);
        }
        if self.size > self.turn {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
    }
}

fn cost(page: &Page) -> usize {
    page.size().saturating_add(OVERHEAD)
}

/// A hash is random already: its first eight bytes are its place in a map.
#[derive(Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // The map also writes the length of the array, which has eight bytes and is always the same.
        if let Some(first) = bytes.first_chunk()
            && bytes.len() == Hash::LENGTH
        {
            self.0 = u64::from_le_bytes(*first);
        }
    }
}

#[cfg(test)]
mod tests {
    use sirius_primitives::sha256;

    use super::*;

    #[test]
    fn stays_within_its_bytes_and_keeps_what_is_used() {
        let cache = PageCache::new(1 << 20);
        let hash = |number: u32| sha256(&number.to_le_bytes());
        cache.insert(hash(0), Page::default());
        for number in 1..20_000 {
            cache.insert(hash(number), Page::default());
            assert!(cache.get(&hash(0)).is_some(), "in use, at {number}");
        }
        let held = (0..20_000).filter(|number| cache.get(&hash(*number)).is_some()).count();
        assert!((2_000..=(1 << 20) / OVERHEAD).contains(&held), "{held}");
        assert!(cache.get(&hash(1)).is_none());
        assert!(cache.get(&hash(19_999)).is_some());
    }
}
