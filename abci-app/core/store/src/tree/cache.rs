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

/// Bytes that one page costs beyond its own: its slot, its place in the map and the allocation's head.
const OVERHEAD: usize = 144;

/// How often the hand passes over a page that was asked for before it takes it: once over pages of leaves only, more
/// often over those above others, since each stands for many keys and to miss one costs all of them a read more. A page
/// that was never asked for is passed over once less, or else a full cache of new pages could not tell them apart.
const PATIENCE: [u8; 2] = [1, 16];

#[allow(clippy::disallowed_types, reason = "pages are looked up by hash and never walked, so no order shows")]
type Map = std::collections::HashMap<Hash, usize, BuildHasherDefault<FirstBytes>>;

/// A bounded cache. It works as a clock: a hand goes round over the pages and takes out those that nobody asked for
/// since it last came by.
#[derive(Debug)]
pub(crate) struct PageCache {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    /// In which slot each page lies.
    places: Map,
    slots: Vec<Option<Slot>>,
    /// Slots without a page.
    free: Vec<usize>,
    /// The slot that the hand comes to next.
    hand: usize,
    /// Bytes that the pages cost.
    size: usize,
    /// Bytes that they may cost.
    limit: usize,
}

#[derive(Debug)]
struct Slot {
    hash: Hash,
    page: Page,
    /// How often the hand still passes.
    patience: u8,
}

impl PageCache {
    /// A cache of at most `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        let shard = |_| Mutex::new(Shard { limit: bytes / SHARDS, ..Shard::default() });
        Self { shards: std::array::from_fn(shard) }
    }

    /// The page with this hash, if it is still here.
    pub(crate) fn get(&self, hash: &Hash) -> Option<Page> {
        self.with(hash, |shard| shard.get(hash))?
    }

    /// Keeps `page`, which has this hash.
    pub(crate) fn insert(&self, hash: Hash, page: Page) {
        self.with(&hash, |shard| shard.insert(hash, page));
    }

    /// Forgets the page with this hash: nobody is going to ask for it soon.
    pub(crate) fn remove(&self, hash: &Hash) {
        self.with(hash, |shard| shard.remove(hash));
    }

    fn with<T>(&self, hash: &Hash, work: impl FnOnce(&mut Shard) -> T) -> Option<T> {
        // The first bytes find the place within a shard, so the last one chooses the shard.
        let [.., last] = hash.as_bytes();
        let shard = self.shards.get(usize::from(*last) % SHARDS)?;
        Some(work(&mut shard.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Shard {
    fn get(&mut self, hash: &Hash) -> Option<Page> {
        let slot = self.slots.get_mut(*self.places.get(hash)?)?.as_mut()?;
        slot.patience = patience(&slot.page);
        Some(slot.page.clone())
    }

    fn insert(&mut self, hash: Hash, page: Page) {
        if self.places.contains_key(&hash) {
            return;
        }
        self.size = self.size.saturating_add(cost(&page));
        let slot = Some(Slot { hash, patience: patience(&page).saturating_sub(1), page });
        let place = match self.free.pop() {
            Some(place) => place,
            None => {
                self.slots.push(None);
                self.slots.len().saturating_sub(1)
            }
        };
        if let Some(empty) = self.slots.get_mut(place) {
            *empty = slot;
        }
        self.places.insert(hash, place);
        while self.size > self.limit {
            self.advance();
        }
    }

    /// Moves the hand on by one slot.
    fn advance(&mut self) {
        let place = self.hand;
        self.hand = if place.saturating_add(1) < self.slots.len() { place.saturating_add(1) } else { 0 };
        match self.slots.get_mut(place) {
            Some(Some(slot)) if slot.patience > 0 => slot.patience = slot.patience.saturating_sub(1),
            Some(Some(slot)) => {
                let hash = slot.hash;
                self.remove(&hash);
            }
            _ => {}
        }
    }

    fn remove(&mut self, hash: &Hash) {
        let Some(place) = self.places.remove(hash) else { return };
        if let Some(slot) = self.slots.get_mut(place).and_then(Option::take) {
            self.size = self.size.saturating_sub(cost(&slot.page));
            self.free.push(place);
        }
    }
}

fn patience(page: &Page) -> u8 {
    let [leaves, above] = PATIENCE;
    if page.is_above_others() { above } else { leaves }
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
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use proptest::prelude::*;
    use sirius_primitives::sha256;

    use super::*;
    use crate::tree::page::{Child, Children};

    fn hash(number: u32) -> Hash {
        sha256(&number.to_le_bytes())
    }

    #[test]
    fn stays_within_its_bytes_and_keeps_what_is_used() {
        let cache = PageCache::new(1 << 20);
        cache.insert(hash(0), Page::default());
        for number in 1..20_000 {
            cache.insert(hash(number), Page::default());
            assert!(cache.get(&hash(0)).is_some(), "in use, at {number}");
        }
        let held = (0..20_000).filter(|number| cache.get(&hash(*number)).is_some()).count();
        assert!((5_000..=(1 << 20) / OVERHEAD).contains(&held), "{held}");
        assert!(cache.get(&hash(1)).is_none());
        assert!(cache.get(&hash(19_999)).is_some());
    }

    #[test]
    fn keeps_pages_above_others_longer() {
        let cache = PageCache::new(1 << 20);
        let mut children = Children::default();
        children[3] = Child::Inner(hash(0));
        let above = Page::new(&children);
        (0..1000).for_each(|number| cache.insert(hash(number), above.clone()));
        (1000..12_000).for_each(|number| cache.insert(hash(number), Page::default()));
        assert!((0..1000).all(|number| cache.get(&hash(number)).is_some()));
    }

    proptest! {
        #[test]
        fn counts_what_it_holds(steps in prop::collection::vec((0..40u32, 0..3u8), 0..200)) {
            let mut shard = Shard { limit: 20 * (OVERHEAD + Page::default().size()), ..Shard::default() };
            for (number, step) in steps {
                match step {
                    0 => shard.insert(hash(number), Page::default()),
                    1 => shard.remove(&hash(number)),
                    _ => drop(shard.get(&hash(number))),
                }
                let held = shard.slots.iter().flatten().count();
                prop_assert_eq!(held, shard.places.len());
                prop_assert_eq!(held + shard.free.len(), shard.slots.len());
                prop_assert_eq!(held * cost(&Page::default()), shard.size);
                prop_assert!(shard.size <= shard.limit);
            }
        }
    }
}
