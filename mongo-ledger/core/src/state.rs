//! What the chain agrees on, key by key. Keys are a public interface: proofs name them.
//!
//! ```text
//! t/ ‖ transaction                      → Entry      which record it is
//! u/ ‖ transaction ‖ index: u32, big    → Unspent    an output that can be spent
//! s/ ‖ transaction ‖ index: u32, big    → Spent      by whom it was
//! a/ ‖ asset                            → Chain      the records of an asset, by its last
//! v/ ‖ public key                       → u64        voting power of a validator
//! e/ ‖ election                         → Election   a decision of the validators
//! p/ ‖ commitment                       → Payload    a body beside the chain
//! r/ ‖ SHA-256 of a holder's URI ‖ role: u8 ‖ namespace → Grant   a role that somebody has or had
//! log                                   → log::Head  the chain of all records
//! chain                                 → String     the chain's id
//! settings                              → Settings   what genesis says, and elections since
//! admins                                → u64        how many admins over everything have no end
//! upgrade                               → Plan       the last upgrade that was agreed
//! ended                                 → u64        the height at which the chain moved to another
//! blocks                                → Hash       the chain of what blocks say beside their transactions
//! ```

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Hash, record};
use sirius_store::{Fault, Key, Order, Read, Span};

use crate::{
    access::{Grant, Namespace, RightId, Role},
    election::Election,
    key::PublicKey,
    log,
    payload::Commitment,
    settings::Settings,
    transaction::{AssetId, OutputRef, TransactionId},
    upgrade::Plan,
};

pub use sirius_primitives::record::STORE;

/// Where an accepted transaction stands in the chain of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// Its number in the log, from 0.
    pub index: u64,
    /// The block that has it.
    pub height: u64,
    /// The hash of its leaf.
    pub leaf: Hash,
}

/// An output that can be spent.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unspent {
    /// What it is a share of.
    pub asset: AssetId,
    /// How much of it.
    pub amount: u64,
    /// The condition's URI, which the fulfilment must have.
    pub uri: String,
    /// The keys in the condition, as `public_keys` lists them.
    pub keys: Vec<PublicKey>,
}

/// An output that was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spent {
    /// By which transaction.
    pub by: TransactionId,
}

/// The records of one asset, each of which names the one before.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Chain {
    /// The leaf of the last record.
    pub head: Hash,
    /// How many records there are.
    pub length: u64,
    /// Who began it, in ascending order: those who may append a `RECORD`.
    pub writers: Vec<PublicKey>,
    /// Where roles are needed to go on with it.
    pub namespace: Namespace,
}

/// A body beside the chain, of which the chain has the commitment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payload {
    /// The transaction that brought it.
    pub transaction: TransactionId,
    /// The asset that it belongs to.
    pub asset: AssetId,
    /// Who signed that transaction, in ascending order: they may erase it.
    pub authors: Vec<PublicKey>,
    /// How long it is said to be, in bytes.
    pub bytes: u32,
    /// The block that erased it, if one did.
    pub erased: Option<u64>,
}

/// Where the entry of a transaction lives.
pub fn entry(id: &TransactionId) -> Key<Entry> {
    Key::new(&[b"t/", id.as_bytes()])
}

/// Where an output lives until it is spent.
pub fn unspent(output: &OutputRef) -> Key<Unspent> {
    Key::new(&[b"u/", output.transaction_id.as_bytes(), &output.output_index.to_be_bytes()])
}

/// Where it is noted who spent an output.
pub fn spent(output: &OutputRef) -> Key<Spent> {
    Key::new(&[b"s/", output.transaction_id.as_bytes(), &output.output_index.to_be_bytes()])
}

/// Where the chain of an asset's records lives.
pub fn chain(asset: &AssetId) -> Key<Chain> {
    Key::new(&[b"a/", asset.as_bytes()])
}

/// Where a validator's power lives.
pub fn validator(key: &PublicKey) -> Key<u64> {
    Key::new(&[VALIDATORS, key.as_bytes()])
}

/// Where an election lives.
pub fn election(id: &TransactionId) -> Key<Election> {
    Key::new(&[ELECTIONS, id.as_bytes()])
}

/// Where the grant of a right lives.
pub fn grant(right: &RightId) -> Key<Grant> {
    grant_in(&right.holder, right.role, right.namespace.as_str())
}

/// The same of its parts.
pub(crate) fn grant_in(holder: &Hash, role: Role, namespace: &str) -> Key<Grant> {
    Key::new(&[GRANTS, holder.as_bytes(), &[role.tag()], namespace.as_bytes()])
}

/// Where the chain's id lives.
pub fn chain_id() -> Key<String> {
    Key::new(&[b"chain"])
}

/// Where the number of admins over everything without an end lives; a permissioned chain always has one.
pub fn admins() -> Key<u64> {
    Key::new(&[b"admins"])
}

/// Where the last upgrade that was agreed lives.
pub fn upgrade() -> Key<Plan> {
    Key::new(&[b"upgrade"])
}

/// Where the head of the log lives.
pub fn head() -> Key<log::Head> {
    Key::new(&[record::LOG])
}

/// Where the chain's settings live.
pub fn settings() -> Key<Settings> {
    Key::new(&[b"settings"])
}

/// Where the height lives at which the chain has ended; there is none while it lives.
pub fn ended() -> Key<u64> {
    Key::new(&[b"ended"])
}

/// Where the chain of blocks lives ([`crate::seal`]).
pub fn sealed() -> Key<Hash> {
    Key::new(&[b"blocks"])
}

/// Where lives what the chain knows of a body.
pub fn payload(commitment: &Commitment) -> Key<Payload> {
    Key::new(&[PAYLOADS, commitment.as_bytes()])
}

const PAYLOADS: &[u8] = b"p/";
const VALIDATORS: &[u8] = b"v/";
const ELECTIONS: &[u8] = b"e/";
const GRANTS: &[u8] = b"r/";

/// The validators and their power, by key.
///
/// # Errors
/// The state cannot be read.
pub fn validators(state: &(impl Read + ?Sized)) -> Result<Vec<(PublicKey, u64)>, Fault> {
    listed(state, &Span::prefix(VALIDATORS), usize::MAX, |key, value| {
        Ok((PublicKey::new(name(VALIDATORS, key)?), Key::<u64>::decode(value)?))
    })
}

/// The elections that there ever were, in the order of their ids, behind one of them, at most so many.
///
/// # Errors
/// The state cannot be read.
pub fn elections(
    state: &(impl Read + ?Sized),
    after: Option<&TransactionId>,
    most: usize,
) -> Result<Vec<(TransactionId, Election)>, Fault> {
    let span = behind(ELECTIONS, after.map(|after| election(after).as_bytes().to_vec()));
    listed(state, &span, most, |key, value| {
        Ok((TransactionId::new(name(ELECTIONS, key)?), Key::<Election>::decode(value)?))
    })
}

/// Every grant that there is or was, in the order of the keys.
///
/// # Errors
/// The state cannot be read.
pub fn grants(state: &(impl Read + ?Sized)) -> Result<Vec<Grant>, Fault> {
    listed(state, &Span::prefix(GRANTS), usize::MAX, |_, value| Key::<Grant>::decode(value))
}

/// Shows `visit` the grants that there are or were, in the order of their keys, of one holder or of all, from behind
/// `after` on until it breaks off.
///
/// # Errors
/// The state cannot be read.
pub fn each_grant(
    state: &(impl Read + ?Sized),
    holder: Option<&Hash>,
    after: Option<&RightId>,
    mut visit: impl FnMut(Grant) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let prefix = match holder {
        Some(holder) => [GRANTS, holder.as_bytes()].concat(),
        None => GRANTS.to_vec(),
    };
    let span = behind(&prefix, after.map(|after| grant(after).as_bytes().to_vec()));
    each(state, &span, |_, value| Ok(visit(Key::<Grant>::decode(value)?)))
}

/// Bodies in the order of their commitments, behind one of them, at most so many.
///
/// # Errors
/// The state cannot be read.
pub fn payloads(
    state: &(impl Read + ?Sized),
    after: Option<&Commitment>,
    most: usize,
) -> Result<Vec<(Commitment, Payload)>, Fault> {
    let span = behind(PAYLOADS, after.map(|after| payload(after).as_bytes().to_vec()));
    listed(state, &span, most, |key, value| {
        Ok((Commitment::new(name(PAYLOADS, key)?), Key::<Payload>::decode(value)?))
    })
}

/// Everything below a prefix that comes behind a key.
fn behind(prefix: &[u8], after: Option<Vec<u8>>) -> Span {
    let mut span = Span::prefix(prefix);
    if let Some(after) = after {
        // The next key in the order of bytes is the same one with a zero behind it.
        span.from = span.from.max([after.as_slice(), &[0]].concat());
    }
    span
}

/// The 32 bytes behind a key's prefix.
fn name(prefix: &[u8], key: &[u8]) -> Result<[u8; 32], Fault> {
    let name = key.strip_prefix(prefix).and_then(|name| name.try_into().ok());
    name.ok_or_else(|| Fault::Damaged {
        what: "a key of the state",
        detail: "it is not 32 bytes long".into(),
    })
}

/// What `read` makes of the keys of a span and their values, in their order, until there are `most`.
fn listed<T>(
    state: &(impl Read + ?Sized),
    span: &Span,
    most: usize,
    read: impl Fn(&[u8], &[u8]) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut found = Vec::new();
    if most == 0 {
        return Ok(found);
    }
    each(state, span, |key, value| {
        found.push(read(key, value)?);
        Ok(if found.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// Shows `visit` the keys of a span and their values, in their order, until it breaks off or fails.
fn each(
    state: &(impl Read + ?Sized),
    span: &Span,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, Fault>,
) -> Result<(), Fault> {
    let mut fault = None;
    state.scan(span, Order::Ascending, &mut |key, value| {
        visit(key, value).unwrap_or_else(|error| {
            fault = Some(error);
            ControlFlow::Break(())
        })
    })?;
    fault.map_or(Ok(()), Err)
}
