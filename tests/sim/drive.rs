//! A disk whose power can be cut: what was synced stays, what was not is lost, and the last write may be torn.
//!
//! Each commit is appended to a journal with its length and checksum and counts as synced when it returns. Whoever opens
//! the drive again reads the journal from the start, as the real database does, and drops a torn end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sirius_primitives::sha256;
use sirius_store::{
    Fault, Memory,
    backend::{Backend, Batch, Record, Space, View},
};

/// What a panic says that comes of a power cut.
pub(crate) const POWER_CUT: &str = "the power was cut";

/// Bytes of a checksum.
const CHECK: usize = 8;

/// When the power goes at the next commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before a byte of it is written.
    Before,
    /// When this many thousandths of it are written.
    Within(u64),
    /// When all of it is synced, and nobody has been told.
    Behind,
}

#[derive(Debug, Default)]
struct Platter {
    journal: Vec<u8>,
    memory: Memory,
    cut: Option<Cut>,
    is_dead: bool,
    is_lying: bool,
}

/// See the module's documentation. Clones are the same drive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drive(Arc<Mutex<Platter>>);

impl Drive {
    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the power cut at the next commit.
    pub(crate) fn cut_at_commit(&self, cut: Cut) {
        self.platter().cut = Some(cut);
    }

    /// Has the next commit lose a page of the tree without a word: what no disk may do, and what must be noticed.
    pub(crate) fn lie_at_commit(&self) {
        self.platter().is_lying = true;
    }

    /// Reads everything from the journal again; returns whether its end was torn.
    pub(crate) fn power_on(&self) -> bool {
        let mut platter = self.platter();
        let memory = Memory::new();
        let mut whole = 0;
        while let Some((batch, length)) = read(&platter.journal[whole..]) {
            memory.commit(batch).unwrap();
            whole += length;
        }
        let is_torn = whole < platter.journal.len();
        platter.journal.truncate(whole);
        (platter.memory, platter.cut, platter.is_dead) = (memory, None, false);
        is_torn
    }
}

impl Backend for Drive {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        self.platter().memory.view()
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        let mut platter = self.platter();
        let is_lying = std::mem::take(&mut platter.is_lying);
        let batch = if is_lying { without_last_page(&batch) } else { batch };
        let entry = write(&batch);
        let cut = platter.cut.take();
        let kept = match cut {
            _ if platter.is_dead => 0,
            Some(Cut::Before) => 0,
            Some(Cut::Within(thousandths)) => entry.len() * usize::try_from(thousandths).unwrap() / 1_000,
            Some(Cut::Behind) | None => entry.len(),
        };
        platter.journal.extend_from_slice(&entry[..kept]);
        if cut.is_some() || platter.is_dead {
            platter.is_dead = true;
            return Err(Fault::Disk { action: POWER_CUT, cause: "of the simulated machine".into() });
        }
        platter.memory.commit(batch)
    }
}

fn without_last_page(batch: &Batch) -> Batch {
    let last = batch.records().filter(|record| record.space == Space::Pages).count();
    let (mut rest, mut page) = (Batch::default(), 0);
    for Record { space, key, value } in batch.records() {
        page += usize::from(space == Space::Pages);
        match value {
            _ if space == Space::Pages && page == last => {}
            Some(value) => rest.put(space, key, value),
            None => rest.remove(space, key),
        }
    }
    rest
}

/// ```text
/// length: u32 ‖ checksum: 8 bytes ‖ (space: u8 ‖ length of key: u32 ‖ key ‖ is kept: u8 ‖ length of value: u32 ‖ value)…
/// ```
fn write(batch: &Batch) -> Vec<u8> {
    let mut body = Vec::new();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    for Record { space, key, value } in batch.records() {
        body.push(u8::try_from(Space::ALL.iter().position(|other| *other == space).unwrap()).unwrap());
        body.extend_from_slice(&length(key));
        body.extend_from_slice(key);
        body.push(u8::from(value.is_some()));
        body.extend_from_slice(&length(value.unwrap_or_default()));
        body.extend_from_slice(value.unwrap_or_default());
    }
    [&length(&body)[..], &sha256(&body).as_bytes()[..CHECK], &body].concat()
}

/// The batch at the front, and how many bytes it takes; `None` where none is whole.
fn read(journal: &[u8]) -> Option<(Batch, usize)> {
    let (length, rest) = journal.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (check, rest) = rest.split_at_checked(CHECK)?;
    let body = rest.get(..length)?;
    if &sha256(body).as_bytes()[..CHECK] != check {
        return None;
    }
    let (mut batch, mut rest) = (Batch::default(), body);
    let take = |rest: &mut &[u8]| {
        let length = u32::from_le_bytes(*rest.first_chunk().unwrap()) as usize;
        let part = rest[4..4 + length].to_vec();
        *rest = &rest[4 + length..];
        part
    };
    while let Some((space, tail)) = rest.split_first() {
        rest = tail;
        let key = take(&mut rest);
        let is_kept = rest[0] == 1;
        rest = &rest[1..];
        let value = take(&mut rest);
        let space = Space::ALL[usize::from(*space)];
        if is_kept { batch.put(space, &key, &value) } else { batch.remove(space, &key) }
    }
    Some((batch, 4 + CHECK + length))
}
