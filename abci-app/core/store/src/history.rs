//! The past: what a block replaced, so that earlier states within the window can still be read and proven.
//!
//! Values and pages are stored as they are now. A block that replaces something keeps what stood there before, under
//! the block's height. The state at height `h` is then: for each key the *earliest* such record above `h`, or, where
//! there is none, what is stored now.

use std::{cmp::Ordering, collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Hash, Height};

use crate::{
    Fault, Order, Read, Span, Visit,
    backend::{Batch, Space, View},
    cursor::Cursor,
    tree::{
        page::{Page, encode_children},
        path::Path,
        update::{Pages, Rewrite},
    },
};

/// What a block's changes replace, in the form in which it is stored.
#[derive(Debug, Default)]
pub(crate) struct Undo {
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pages: BTreeMap<Path, Vec<u8>>,
}

/// The end of an escaped key. No escaped key holds these two bytes in a row, so none is the beginning of another.
const END: [u8; 2] = [0, 0];

/// What stands for a zero byte within an escaped key, so that the order of keys stays as it was.
const ZERO: [u8; 2] = [0, 0xff];

/// `key`, escaped, so that a height can follow it.
fn escape(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len().saturating_add(12));
    for byte in key {
        if *byte == 0 { bytes.extend_from_slice(&ZERO) } else { bytes.push(*byte) }
    }
    bytes
}

/// ```text
/// value undo   escaped key ‖ 0x00 0x00 ‖ height: u64 big-endian   →   0x00  or  0x01 ‖ old value
/// ```
fn value_key(key: &[u8], height: Height) -> Vec<u8> {
    let mut bytes = escape(key);
    bytes.extend_from_slice(&END);
    bytes.extend_from_slice(&height.0.to_be_bytes());
    bytes
}

/// ```text
/// page undo   path of the group ‖ height: u64 big-endian   →   (path of a page ‖ its old children)…
/// ```
fn page_key(group: &Path, height: Height) -> Vec<u8> {
    let mut bytes = group.encode();
    bytes.extend_from_slice(&height.0.to_be_bytes());
    bytes
}

/// The key and height of a value undo record.
fn split_value_key(bytes: &[u8]) -> Option<(Vec<u8>, Height)> {
    let (rest, height) = bytes.split_last_chunk()?;
    let escaped = rest.strip_suffix(&END)?;
    let (mut key, mut bytes) = (Vec::with_capacity(escaped.len()), escaped.iter());
    while let Some(byte) = bytes.next() {
        key.push(*byte);
        if *byte == 0 && bytes.next() != Some(&0xff) {
            return None;
        }
    }
    Some((key, Height(u64::from_be_bytes(*height))))
}

/// An old value as a record holds it.
fn old_value(bytes: &[u8]) -> Option<Option<Vec<u8>>> {
    match bytes.split_first()? {
        (0, []) => Some(None),
        (1, value) => Some(Some(value.to_vec())),
        _ => None,
    }
}

fn damaged(what: &'static str, key: &[u8]) -> Fault {
    Fault::Damaged { what, detail: format!("the record under {key:02x?} is not one") }
}

impl Undo {
    /// Keeps the value that stood under `key` until now.
    pub(crate) fn value(&mut self, key: &[u8], before: Option<Vec<u8>>) {
        self.values.push((key.to_vec(), before));
    }

    /// Keeps the children that a page had until now.
    pub(crate) fn page(&mut self, rewrite: &Rewrite) {
        let record = self.pages.entry(rewrite.path.group()).or_default();
        record.extend(rewrite.path.encode());
        encode_children(rewrite.before.iter().map(|(place, child)| (*place, child)), record);
    }

    /// Writes everything as what the block at `height` replaced.
    pub(crate) fn write(self, height: Height, batch: &mut Batch) {
        let mut changed = Vec::new();
        for (key, before) in self.values {
            let key = value_key(&key, height);
            list(&mut changed, Space::ValueUndo, &key);
            let value = before.map_or(vec![0], |value| [&[1], value.as_slice()].concat());
            batch.put(Space::ValueUndo, key, value);
        }
        for (group, record) in self.pages {
            let key = page_key(&group, height);
            list(&mut changed, Space::PageUndo, &key);
            batch.put(Space::PageUndo, key, record);
        }
        batch.put(Space::Changed, height.0.to_be_bytes().to_vec(), changed);
    }
}

/// ```text
/// changed   height: u64 big-endian   →   (0 for values or 1 for pages: u8 ‖ length: u32 ‖ record key without height)…
/// ```
fn list(changed: &mut Vec<u8>, space: Space, key: &[u8]) {
    let name = key.split_last_chunk::<8>().map_or(key, |(name, _)| name);
    let length = u32::try_from(name.len()).expect("the store refuses longer keys");
    changed.push(u8::from(space == Space::PageUndo));
    changed.extend_from_slice(&length.to_le_bytes());
    changed.extend_from_slice(name);
}

/// Removes what the block at `height` had to keep.
pub(crate) fn prune(view: &dyn View, height: Height, batch: &mut Batch) -> Result<(), Fault> {
    let key = height.0.to_be_bytes();
    let Some(changed) = view.get(Space::Changed, &key)? else { return Ok(()) };
    let mut rest = changed.as_slice();
    while !rest.is_empty() {
        let (space, name) = take_listed(&mut rest).ok_or_else(|| damaged("a list of changed keys", &key))?;
        batch.remove(space, [name, &key].concat());
    }
    batch.remove(Space::Changed, key.to_vec());
    Ok(())
}

fn take_listed<'a>(bytes: &mut &'a [u8]) -> Option<(Space, &'a [u8])> {
    let (space, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some((if *space == 0 { Space::ValueUndo } else { Space::PageUndo }, name))
}

/// The state as the block at `height` left it, in a database that may have gone further.
pub(crate) struct Past<'a> {
    pub(crate) view: &'a dyn View,
    pub(crate) height: Height,
    /// The height that the database has reached.
    pub(crate) latest: Height,
}

impl Read for Past<'_> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let span = Span {
            from: value_key(key, self.height.next()),
            to: Some([escape(key).as_slice(), &[0, 1]].concat()),
        };
        let mut before = None;
        self.view.scan(Space::ValueUndo, &span, Order::Ascending, &mut |key, record| {
            before = Some(old_value(record).ok_or_else(|| damaged("an old value", key)));
            ControlFlow::Break(())
        })?;
        before.unwrap_or_else(|| self.view.get(Space::Values, key))
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let mut now = Cursor::new(self.view, Space::Values, span.clone(), order).peekable();
        let mut replaced = self.replaced(span, order).peekable();
        loop {
            // What stands in both is taken from what was replaced; a fault comes first, whichever side has it.
            let met = match (now.peek(), replaced.peek()) {
                (None, None) => return Ok(()),
                (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
                (_, Some(Err(_))) | (None, Some(_)) => Ordering::Greater,
                (Some(Ok((key, _))), Some(Ok((old, _)))) => order.compare(key, old),
            };
            let (key, value) = match met {
                Ordering::Less => match now.next().transpose()? {
                    Some((key, value)) => (key, Some(value)),
                    None => return Ok(()),
                },
                Ordering::Equal | Ordering::Greater => {
                    if met == Ordering::Equal {
                        now.next();
                    }
                    let Some(old) = replaced.next().transpose()? else { return Ok(()) };
                    old
                }
            };
            if let Some(value) = value
                && visit(&key, &value) == ControlFlow::Break(())
            {
                return Ok(());
            }
        }
    }
}

/// A key and what stood there at the height in question.
type Old = (Vec<u8>, Option<Vec<u8>>);

impl Past<'_> {
    /// The keys within `span` that blocks above have replaced, in `order`, each once.
    fn replaced(&self, span: &Span, order: Order) -> impl Iterator<Item = Result<Old, Fault>> {
        let undo = Span { from: escape(&span.from), to: span.to.as_deref().map(escape) };
        let records = Cursor::new(self.view, Space::ValueUndo, undo, order).map(|record| {
            let (key, record) = record?;
            let read = split_value_key(&key).zip(old_value(&record));
            read.ok_or_else(|| damaged("an old value", &key))
        });
        let height = self.height;
        let above = records.filter(move |record| record.as_ref().map_or(true, |((_, at), _)| *at > height));
        let mut above = above.peekable();
        std::iter::from_fn(move || {
            let ((key, _), mut before) = match above.next()? {
                Ok(record) => record,
                Err(fault) => return Some(Err(fault)),
            };
            // Of a key's records the earliest counts: the first when ascending, the last when descending.
            while let Some(Ok(((_, _), next))) =
                above.next_if(|record| record.as_ref().is_ok_and(|((next, _), _)| *next == key))
            {
                if order == Order::Descending {
                    before = next;
                }
            }
            Some(Ok((key, before)))
        })
    }
}

impl Pages for Past<'_> {
    fn page(&self, path: &Path, hash: &Hash) -> Result<Page, Fault> {
        let mut page = stored(self.view, path)?;
        if self.height == self.latest {
            return checked(page, path, hash);
        }
        let group = path.group();
        let mut end = group.encode();
        end.extend_from_slice(&[0xff; 8]);
        let span = Span { from: page_key(&group, self.height.next()), to: Some(end) };
        let mut sound = true;
        // The latest record first, so that the earliest has the last word about each child.
        self.view.scan(Space::PageUndo, &span, Order::Descending, &mut |_, record| {
            sound = put_back(&mut page, path, record).is_some();
            if sound { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if sound { checked(page, path, hash) } else { Err(damaged("an old page", &path.encode())) }
    }
}

/// Puts the children that a record keeps of the page at `path` back in their places; `None` when it is no record.
fn put_back(page: &mut Page, path: &Path, mut record: &[u8]) -> Option<()> {
    while !record.is_empty() {
        let mut other = Page::default();
        let whose = Path::take(&mut record)?;
        if whose == *path { page.replace(&mut record)? } else { other.replace(&mut record)? }
    }
    Some(())
}

/// The page as it is stored now; sixteen empty places where there is none.
pub(crate) fn stored(view: &dyn View, path: &Path) -> Result<Page, Fault> {
    let key = path.encode();
    let Some(bytes) = view.get(Space::Pages, &key)? else { return Ok(Page::default()) };
    Page::decode(&bytes).ok_or_else(|| damaged("a page of the state tree", &key))
}

/// `page`, if it hashes to what its parent says: whatever the disk did, no wrong root is ever worked out.
pub(crate) fn checked(page: Page, path: &Path, hash: &Hash) -> Result<Page, Fault> {
    let found = page.hash();
    if found == *hash {
        return Ok(page);
    }
    let detail = format!("the page at {path} hashes to {found} where its parent says {hash}");
    Err(Fault::Damaged { what: "the state tree", detail })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn undo_keys_keep_the_order_of_keys_then_heights(
            one in prop::collection::vec(0..3u8, 0..6), other in prop::collection::vec(0..3u8, 0..6),
            low in 0..3u64, high in 0..3u64,
        ) {
            let (low, high) = (Height(low), Height(high));
            prop_assert_eq!(value_key(&one, low).cmp(&value_key(&other, high)), (&one, low).cmp(&(&other, high)));
            prop_assert_eq!(split_value_key(&value_key(&one, low)), Some((one, low)));
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = split_value_key(&bytes);
            let _ = old_value(&bytes);
            let _ = take_listed(&mut bytes.as_slice());
            let _ = put_back(&mut Page::default(), &Path::ROOT, &bytes);
        }
    }
}
