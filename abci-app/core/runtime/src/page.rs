//! Long answers in pages, as `cosmos.base.query.v1beta1` describes them, within limits.

use std::ops::ControlFlow;

use cosmos_sdk_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use sirius_store::{Order, Read, Span};

use crate::{Error, query::Refused};

/// Rows in a page when the request names no limit; the Cosmos SDK's default.
pub const DEFAULT_ROWS: u64 = 100;
/// Rows a page may have at most; wallets ask for 1,000.
pub const MOST_ROWS: u64 = 1_000;
/// Rows a question may walk over, counted ones and skipped ones too, so that no question holds a node up. A page that
/// meets few of the rows it wants ends there, and `next_key` goes on behind it.
pub const MOST_SCANNED: u64 = 10_000;
/// Bytes of keys and values a question may read: less than CometBFT's limit for an answer.
pub const MOST_BYTES: u64 = 1024 * 1024;

/// Reads the page of `span` that `request` asks for; `row` turns a pair into an item, or `None` to pass over it.
///
/// `next_key` is the key, without the span's own beginning, of the first row of the next page.
///
/// # Errors
/// A request beyond the limits, or what `row` says.
pub fn page<T>(
    state: &dyn Read,
    span: &Span,
    request: Option<PageRequest>,
    mut row: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, Error>,
) -> Result<(Vec<T>, PageResponse), Error> {
    let request = request.unwrap_or_default();
    if request.limit > MOST_ROWS {
        return Err(Refused::TooMuch { what: "rows a page", most: MOST_ROWS }.into());
    }
    if !request.key.is_empty() && request.offset > 0 {
        let cause = "give either a key or an offset, not both".into();
        return Err(Refused::BadRequest { cause }.into());
    }
    let mut walk = Walk {
        wanted: if request.limit == 0 { DEFAULT_ROWS } else { request.limit },
        skip: request.offset,
        // A page that begins at a key cannot know how many rows come before it.
        count_all: request.count_total && request.key.is_empty(),
        prefix: span.from.len(),
        items: Vec::new(),
        next_key: Vec::new(),
        total: 0,
        scanned: 0,
        bytes: 0,
        failed: None,
    };
    let order = if request.reverse { Order::Descending } else { Order::Ascending };
    let from_key = starting_at(span, &request.key, order);
    state.scan(&from_key, order, &mut |key, value| walk.visit(key, value, &mut row))?;
    if let Some(error) = walk.failed {
        return Err(error);
    }
    let total = if walk.count_all { walk.total } else { 0 };
    Ok((walk.items, PageResponse { next_key: walk.next_key, total }))
}

/// The part of `span` from the page key on; going down, the key itself is the first row.
fn starting_at(span: &Span, key: &[u8], order: Order) -> Span {
    if key.is_empty() {
        return span.clone();
    }
    let mut from = span.from.clone();
    from.extend_from_slice(key);
    match order {
        Order::Ascending => Span { from, to: span.to.clone() },
        Order::Descending => {
            // The smallest key after `from`, so that `from` is still within the half-open span.
            from.push(0);
            Span { from: span.from.clone(), to: Some(from) }
        }
    }
}

struct Walk<T> {
    wanted: u64,
    skip: u64,
    count_all: bool,
    prefix: usize,
    items: Vec<T>,
    next_key: Vec<u8>,
    total: u64,
    scanned: u64,
    bytes: u64,
    failed: Option<Error>,
}

impl<T> Walk<T> {
    fn visit(
        &mut self,
        key: &[u8],
        value: &[u8],
        row: &mut impl FnMut(&[u8], &[u8]) -> Result<Option<T>, Error>,
    ) -> ControlFlow<()> {
        match self.step(key, value, row) {
            Ok(flow) => flow,
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn step(
        &mut self,
        key: &[u8],
        value: &[u8],
        row: &mut impl FnMut(&[u8], &[u8]) -> Result<Option<T>, Error>,
    ) -> Result<ControlFlow<()>, Error> {
        self.scanned = self.scanned.saturating_add(1);
        self.bytes = self.bytes.saturating_add((key.len() as u64).saturating_add(value.len() as u64));
        if self.scanned > MOST_SCANNED || self.bytes > MOST_BYTES {
            return self.end_early(key);
        }
        let Some(item) = row(key, value)? else { return Ok(ControlFlow::Continue(())) };
        self.total = self.total.saturating_add(1);
        if self.total <= self.skip {
            return Ok(ControlFlow::Continue(()));
        }
        if (self.items.len() as u64) < self.wanted {
            self.items.push(item);
            return Ok(ControlFlow::Continue(()));
        }
        if self.next_key.is_empty() {
            self.next_key = self.rest(key);
        }
        Ok(if self.count_all { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    /// Ends the page at a row beyond the limits, for the next page to begin with. A request that needs to know what lies
    /// behind it, or behind rows that it passes over, cannot be cut; nor can one row.
    fn end_early(&mut self, key: &[u8]) -> Result<ControlFlow<()>, Error> {
        if self.count_all || self.total < self.skip || self.scanned == 1 {
            return Err(if self.scanned > MOST_SCANNED {
                Refused::TooMuch { what: "rows scanned", most: MOST_SCANNED }.into()
            } else {
                Refused::TooMuch { what: "bytes read", most: MOST_BYTES }.into()
            });
        }
        self.next_key = self.rest(key);
        Ok(ControlFlow::Break(()))
    }

    fn rest(&self, key: &[u8]) -> Vec<u8> {
        key.get(self.prefix..).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn rows(count: u32) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let row = |n: u32| ([b"a/".as_slice(), &n.to_be_bytes()].concat(), n.to_be_bytes().to_vec());
        let mut state: BTreeMap<_, _> = (0..count).map(row).collect();
        state.insert(b"b/".to_vec(), b"beyond".to_vec());
        state
    }

    fn ask(count: u32, request: PageRequest) -> Result<(Vec<u32>, PageResponse), Error> {
        page(&rows(count), &Span::prefix(b"a/"), Some(request), |_, value| {
            Ok(Some(u32::from_be_bytes(value.try_into().unwrap())))
        })
    }

    proptest! {
        #[test]
        fn following_the_pages_meets_every_row_once(count in 0..60u32, limit in 1..20u64, reverse: bool) {
            let mut met = Vec::new();
            let mut key = Vec::new();
            loop {
                let (items, response) = ask(count, PageRequest { key, limit, reverse, ..Default::default() }).unwrap();
                prop_assert!(items.len() as u64 <= limit);
                met.extend(items);
                key = response.next_key;
                if key.is_empty() { break; }
            }
            let mut expected: Vec<u32> = (0..count).collect();
            if reverse { expected.reverse(); }
            prop_assert_eq!(met, expected);
        }

        #[test]
        fn an_offset_skips_and_the_total_counts_all(count in 0..60u32, offset in 0..70u64) {
            let request = PageRequest { offset, limit: 5, count_total: true, ..Default::default() };
            let (items, response) = ask(count, request).unwrap();
            prop_assert_eq!(response.total, u64::from(count));
            let first = u32::try_from(offset).unwrap();
            let expected: Vec<u32> = (first..count).take(5).collect();
            prop_assert_eq!(items, expected);
        }
    }

    #[test]
    fn a_rare_row_is_met_by_following_the_pages() {
        let state = rows(25_000);
        let (mut met, mut pages, mut key) = (Vec::new(), 0, Vec::new());
        loop {
            let request = PageRequest { key, limit: 5, ..Default::default() };
            let (items, response) = page(&state, &Span::prefix(b"a/"), Some(request), |_, value| {
                let number = u32::from_be_bytes(value.try_into().unwrap());
                Ok([3, 24_000].contains(&number).then_some(number))
            })
            .unwrap();
            met.extend(items);
            pages += 1;
            key = response.next_key;
            if key.is_empty() {
                break;
            }
        }
        assert_eq!((met, pages), (vec![3, 24_000], 3));
    }

    #[test]
    fn refuses_what_would_hold_a_node_up() {
        let check = |count: u32, request: PageRequest| {
            assert!(matches!(ask(count, request), Err(Error::Refusal(_))), "{count}");
        };
        check(1, PageRequest { limit: MOST_ROWS + 1, ..Default::default() });
        check(1, PageRequest { key: vec![1], offset: 1, ..Default::default() });
        check(10_001, PageRequest { count_total: true, ..Default::default() });
        check(10_002, PageRequest { offset: 10_001, ..Default::default() });
    }
}
