//! Look-up tables beside the proven state, written with it: whatever the HTTP API asks for by anything but an id.
//!
//! ```text
//! i/ ‖ record: u64               → transaction
//! n/ ‖ level: u8 ‖ index: u64    → hash of a node of the log
//! h/ ‖ height: u64               → BlockRow
//! v/ ‖ height: u64               → the validators from that block on, where they have changed
//! x/ ‖ asset ‖ record: u64       → transaction ‖ its operation: u8
//! o/ ‖ key ‖ record: u64 ‖ output: u32 → transaction
//! w/ ‖ field: u8 ‖ word ‖ 0 ‖ record: u64 → transaction
//! ```
//!
//! Numbers are big-endian, so that rows lie in the order in which records came.

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use mongo_ledger_core::{
    key::PublicKey,
    log::{Node, Nodes, Position},
    record::Record,
    transaction::{Asset, AssetId, Operation, OutputRef, Transaction, TransactionId},
    words,
};
use sirius_primitives::Hash;
use sirius_store::{Fault, Order, Row, Span, Store};

/// What is kept of a block that has records or changes the validators.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockRow {
    /// The block's time (RFC 3339).
    pub time: String,
    /// The proposer's address, upper-case hexadecimal.
    pub proposer: String,
    /// The app hash after it.
    pub app_hash: Hash,
    /// The log's root after it.
    pub log_root: Hash,
    /// Its first record's number in the log.
    pub first: u64,
    /// How many records it has.
    pub count: u64,
}

/// Validators with their power.
pub type Powers = Vec<(PublicKey, u64)>;

/// Blocks read at a time by who goes through all of them.
const PAGE: usize = 256;

/// Where an output stands among those of a key: its transaction's record, and its number within that.
pub type OutputPlace = (u64, u32);

/// Which part of a transaction a word stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What an asset is described by.
    Asset,
    /// The metadata.
    Metadata,
}

impl Field {
    const fn tag(self) -> u8 {
        match self {
            Self::Asset => b'a',
            Self::Metadata => b'm',
        }
    }
}

/// The rows of a transaction that the log has as record `index`.
pub fn rows(transaction: &Transaction, record: &Record, index: u64, to: &mut Vec<Row>) {
    let id = transaction.id().as_bytes().to_vec();
    let number = index.to_be_bytes();
    to.push(([b"i/".as_slice(), &number].concat(), Some(id.clone())));
    let operation = [id.as_slice(), &[tag(transaction.operation())]].concat();
    to.push(([b"x/".as_slice(), record.asset.as_bytes(), &number].concat(), Some(operation)));
    for (output, place) in transaction.outputs().iter().zip(0_u32..) {
        let mut keys = output.public_keys.clone();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let row = [b"o/".as_slice(), key.as_bytes(), &number, &place.to_be_bytes()].concat();
            to.push((row, Some(id.clone())));
        }
    }
    if let Asset::Data(Some(data)) = transaction.asset() {
        words(Field::Asset, &mongo_ledger_core::json::Value::Object(data.clone()), &number, &id, to);
    }
    if let Some(metadata) = transaction.metadata() {
        words(Field::Metadata, &mongo_ledger_core::json::Value::Object(metadata.clone()), &number, &id, to);
    }
}

fn words(field: Field, value: &mongo_ledger_core::json::Value, number: &[u8], id: &[u8], to: &mut Vec<Row>) {
    for word in words::of(value).into_keys() {
        let row = [word_prefix(field, &word).as_slice(), number].concat();
        to.push((row, Some(id.to_vec())));
    }
}

fn word_prefix(field: Field, word: &str) -> Vec<u8> {
    [b"w/".as_slice(), &[field.tag()], word.as_bytes(), &[0]].concat()
}

const fn tag(operation: Operation) -> u8 {
    match operation {
        Operation::Create => b'C',
        Operation::Transfer => b'T',
        Operation::Record => b'R',
        Operation::ValidatorElection => b'E',
        Operation::ChainMigrationElection => b'M',
        Operation::Vote => b'V',
        Operation::Grant => b'G',
        Operation::Revoke => b'K',
        Operation::ParamElection => b'S',
        Operation::PolicyElection => b'P',
        Operation::UpgradeElection => b'U',
        Operation::Erase => b'D',
    }
}

/// The row of a node of the log.
pub fn node(node: &Node) -> Row {
    (node_key(node.position), Some(node.hash.as_bytes().to_vec()))
}

fn node_key(Position { level, index }: Position) -> Vec<u8> {
    [b"n/".as_slice(), &[level], &index.to_be_bytes()].concat()
}

/// The row of a block.
pub fn block(height: u64, row: &BlockRow) -> Row {
    (block_key(height), Some(borsh::to_vec(row).expect("writing to memory cannot fail")))
}

/// The row of the validators that a block leaves.
pub fn validators(height: u64, validators: &[(PublicKey, u64)]) -> Row {
    (validators_key(height), Some(borsh::to_vec(validators).expect("writing to memory cannot fail")))
}

fn validators_key(height: u64) -> Vec<u8> {
    [b"v/".as_slice(), &height.to_be_bytes()].concat()
}

fn block_key(height: u64) -> Vec<u8> {
    [b"h/".as_slice(), &height.to_be_bytes()].concat()
}

/// The look-up tables of a store.
#[derive(Clone, Copy)]
pub struct Index<'a>(pub &'a Store);

impl<'a> Index<'a> {
    /// The block of a height, when it has records.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn block(&self, height: u64) -> Result<Option<BlockRow>, Fault> {
        let damaged =
            |error: std::io::Error| Fault::Damaged { what: "a block's row", detail: error.to_string() };
        self.0.row(&block_key(height))?.map(|row| BlockRow::try_from_slice(&row).map_err(damaged)).transpose()
    }

    /// The blocks with records from a height on, each with its height.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn blocks(&self, from: u64, limit: usize) -> Result<Vec<(u64, BlockRow)>, Fault> {
        let mut span = Span::prefix(b"h/");
        span.from = block_key(from);
        self.page(&span, Order::Ascending, limit)
    }

    /// Every block with records or with new validators, with its height, in their order or backwards.
    pub fn all_blocks(self, order: Order) -> impl Iterator<Item = Result<(u64, BlockRow), Fault>> + use<'a> {
        let mut span = Some(Span::prefix(b"h/"));
        let mut page = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if page.len() == 0 {
                let within = span.take()?;
                match self.page(&within, order, PAGE) {
                    Ok(found) => {
                        if let Some((height, _)) = found.get(PAGE.saturating_sub(1)) {
                            span = Some(behind(b"h/", Some(*height), order));
                        }
                        page = found.into_iter();
                    }
                    Err(fault) => return Some(Err(fault)),
                }
            }
            page.next().map(Ok)
        })
    }

    fn page(&self, span: &Span, order: Order, most: usize) -> Result<Vec<(u64, BlockRow)>, Fault> {
        self.scan(span, order, most, |key, row| {
            let row = BlockRow::try_from_slice(row).map_err(|_| damaged())?;
            Ok(Some((number(key, 2)?, row)))
        })
    }

    /// Validators and their power, with the heights from which they are.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn validators(&self) -> Result<Vec<(u64, Powers)>, Fault> {
        self.scan(&Span::prefix(b"v/"), Order::Ascending, usize::MAX, |key, row| {
            Ok(Some((number(key, 2)?, BorshDeserialize::try_from_slice(row).map_err(|_| damaged())?)))
        })
    }

    /// The transaction that is a record.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn record(&self, index: u64) -> Result<Option<TransactionId>, Fault> {
        self.0.row(&[b"i/".as_slice(), &index.to_be_bytes()].concat())?.map(|row| id(&row)).transpose()
    }

    /// The transactions of consecutive records.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn records(&self, first: u64, count: u64) -> Result<Vec<TransactionId>, Fault> {
        let from = [b"i/".as_slice(), &first.to_be_bytes()].concat();
        let to = [b"i/".as_slice(), &first.saturating_add(count).to_be_bytes()].concat();
        self.scan(&Span { from, to: Some(to) }, Order::Ascending, usize::MAX, |_, row| id(row).map(Some))
    }

    /// The transactions of an asset, each with its record's number, beginning behind the record `after`.
    ///
    /// `operation` keeps those of one kind alone.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn of_asset(
        &self,
        asset: &AssetId,
        operation: Option<Operation>,
        (order, after, limit): (Order, Option<u64>, usize),
    ) -> Result<Vec<(u64, TransactionId)>, Fault> {
        let prefix = [b"x/".as_slice(), asset.as_bytes()].concat();
        let span = behind(&prefix, after, order);
        self.scan(&span, order, limit, |key, row| {
            let (id_part, kind) = row.split_at_checked(32).unwrap_or_default();
            let wanted = operation.is_none_or(|operation| kind == [tag(operation)]);
            Ok(wanted.then_some((number(key, prefix.len())?, id(id_part)?)))
        })
    }

    /// Every output that a key has a part in, in the order of their transactions.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn outputs(
        &self,
        key: &PublicKey,
        (after, limit): (Option<OutputPlace>, usize),
    ) -> Result<Vec<(OutputPlace, OutputRef)>, Fault> {
        let prefix = [b"o/".as_slice(), key.as_bytes()].concat();
        let mut span = Span::prefix(&prefix);
        if let Some((record, output)) = after {
            // The next key in the order of bytes is the same one with a zero behind it.
            span.from = [prefix.as_slice(), &record.to_be_bytes(), &output.to_be_bytes(), &[0]].concat();
        }
        self.scan(&span, Order::Ascending, limit, |key, row| {
            let record = number(key, prefix.len())?;
            let output = key.get(prefix.len().saturating_add(8)..).and_then(|bytes| bytes.try_into().ok());
            let output = u32::from_be_bytes(output.ok_or_else(damaged)?);
            Ok(Some(((record, output), OutputRef { transaction_id: id(row)?, output_index: output })))
        })
    }

    /// The transactions in one field of which a word stands.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn with_word(
        &self,
        field: Field,
        word: &str,
        limit: usize,
    ) -> Result<Vec<(u64, TransactionId)>, Fault> {
        let prefix = word_prefix(field, word);
        self.scan(&Span::prefix(&prefix), Order::Ascending, limit, |key, row| {
            Ok(Some((number(key, prefix.len())?, id(row)?)))
        })
    }

    /// Shows the rows of a span; `limit` counts those that `read` keeps.
    fn scan<T>(
        &self,
        span: &Span,
        order: Order,
        limit: usize,
        read: impl Fn(&[u8], &[u8]) -> Result<Option<T>, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let (mut found, mut fault) = (Vec::new(), None);
        if limit == 0 {
            return Ok(found);
        }
        self.0.scan_rows(span, order, &mut |key, row| {
            match read(key, row) {
                Ok(one) => found.extend(one),
                Err(error) => fault = Some(error),
            }
            match fault.is_some() || found.len() >= limit {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        fault.map_or(Ok(found), Err)
    }
}

impl Nodes for Index<'_> {
    fn node(&self, position: Position) -> Result<Hash, Fault> {
        let row = self.0.row(&node_key(position))?;
        let hash = row.and_then(|row| <[u8; 32]>::try_from(row).ok()).map(Hash::new);
        hash.ok_or_else(|| Fault::Damaged { what: "the log", detail: format!("it has no node {position:?}") })
    }
}

/// The rows below a prefix that lie behind a record in this order.
fn behind(prefix: &[u8], after: Option<u64>, order: Order) -> Span {
    let mut span = Span::prefix(prefix);
    if let Some(after) = after {
        match order {
            Order::Ascending => span.from = [prefix, &after.saturating_add(1).to_be_bytes()].concat(),
            Order::Descending => span.to = Some([prefix, &after.to_be_bytes()].concat()),
        }
    }
    span
}

fn damaged() -> Fault {
    Fault::Damaged { what: "a look-up table", detail: "a row has another length than it must".into() }
}

fn id(row: &[u8]) -> Result<TransactionId, Fault> {
    row.try_into().map(TransactionId::new).map_err(|_| damaged())
}

fn number(key: &[u8], from: usize) -> Result<u64, Fault> {
    let bytes = key.get(from..from.saturating_add(8)).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u64::from_be_bytes).ok_or_else(damaged)
}
