//! Where stakes stand.

use sirius_primitives::{Address, Amount, Denom, Height, Timestamp};
use sirius_store::Key;

use super::{
    Fraction, Validator,
    stored::{Delegation, Leaving, Moved, Past, Rewards, Seat, Slash, Told},
};

/// The beginning of every validator's key.
pub(super) const VALIDATORS: &[u8] = b"staking/validator/";
/// The beginning of the keys of those who make blocks, the weakest first.
pub(super) const BONDED: &[u8] = b"staking/bonded/";
/// The beginning of the keys of those who could make blocks and do not, the weakest first.
pub(super) const WAITING: &[u8] = b"staking/waiting/";
/// The beginning of the keys of validators that changed in this block.
pub(super) const CHANGED: &[u8] = b"staking/changed/";
/// The beginning of the keys of what consensus was told.
pub(super) const TOLD: &[u8] = b"staking/told/";
/// The beginning of every delegation's key.
pub(super) const DELEGATIONS: &[u8] = b"staking/delegation/";
/// The beginning of every key of coins on their way back.
pub(super) const UNBONDINGS: &[u8] = b"staking/unbonding/";
/// The beginning of every key of moved stakes.
pub(super) const REDELEGATIONS: &[u8] = b"staking/redelegation/";
/// The beginning of every key of rewards.
pub(super) const REWARDS: &[u8] = b"staking/rewards/";
/// The beginning of the queue of coins on their way back.
pub(super) const UNBONDING_QUEUE: &[u8] = b"staking/unbonding-queue/";
/// The beginning of the queue of moved stakes.
pub(super) const REDELEGATION_QUEUE: &[u8] = b"staking/redelegation-queue/";
/// The beginning of the queue of validators that left.
pub(super) const VALIDATOR_QUEUE: &[u8] = b"staking/validator-queue/";
/// The beginning of the keys of slashes for signing twice.
pub(super) const SLASHES: &[u8] = b"staking/slash/";
/// The beginning of the keys of what slashes took.
pub(super) const SLASHED: &[u8] = b"staking/slashed/";
/// The beginning of the keys of the operators behind consensus keys.
pub(super) const CONSENSUS: &[u8] = b"staking/consensus/";
/// The beginning of the keys of accounts to which others' rewards go.
pub(super) const WITHDRAW: &[u8] = b"staking/withdraw/";
/// The beginning of the keys of slashes that are still being carried out.
pub(super) const SWEEPS: &[u8] = b"staking/sweep/";

/// The denomination that is staked.
///
/// ```text
/// staking/denom
/// ```
pub(super) fn denom() -> Key<Denom> {
    Key::new(&[b"staking/denom"])
}

/// How many validators make blocks.
///
/// ```text
/// staking/bonded-count
/// ```
pub(super) fn bonded_count() -> Key<u64> {
    Key::new(&[b"staking/bonded-count"])
}

/// A validator, by its operator.
///
/// ```text
/// staking/validator/ <operator: 20 bytes>
/// ```
pub(super) fn validator(operator: &Address) -> Key<Validator> {
    Key::new(&[VALIDATORS, operator.as_bytes()])
}

/// Whose a consensus key is, or was: no other validator can ever have it.
///
/// ```text
/// staking/consensus/ <address of the key: 20 bytes>
/// ```
pub(super) fn consensus(consensus: &Address) -> Key<Address> {
    Key::new(&[CONSENSUS, consensus.as_bytes()])
}

/// The place of a validator among those who make blocks, or among those who wait. Of two with the same tokens the one
/// with the lower address is the stronger, so the address stands turned over.
///
/// ```text
/// staking/bonded/ <tokens: 16 bytes, big-endian> <!operator: 20 bytes>
/// staking/waiting/ <tokens: 16 bytes, big-endian> <!operator: 20 bytes>
/// ```
pub(super) fn place(list: &[u8], tokens: Amount, operator: &Address) -> Key<Address> {
    Key::new(&[list, &tokens.units().to_be_bytes(), &operator.as_bytes().map(|byte| !byte)])
}

/// Marks a validator whose place or power may have changed in this block; gone when the block ends.
///
/// ```text
/// staking/changed/ <operator: 20 bytes>
/// ```
pub(super) fn changed(operator: &Address) -> Key<bool> {
    Key::new(&[CHANGED, operator.as_bytes()])
}

/// What consensus was last told of a validator that makes blocks.
///
/// ```text
/// staking/told/ <address of the consensus key: 20 bytes>
/// ```
pub(super) fn told(consensus: &Address) -> Key<Told> {
    Key::new(&[TOLD, consensus.as_bytes()])
}

/// What one account stakes on one validator.
///
/// ```text
/// staking/delegation/ <delegator: 20 bytes> <operator: 20 bytes>
/// ```
pub(super) fn delegation(delegator: &Address, operator: &Address) -> Key<Delegation> {
    Key::new(&[DELEGATIONS, delegator.as_bytes(), operator.as_bytes()])
}

/// The beginning of the keys of an account's delegations.
pub(super) fn delegations(delegator: &Address) -> Vec<u8> {
    [DELEGATIONS, delegator.as_bytes()].concat()
}

/// Marks that an account stakes on a validator.
///
/// ```text
/// staking/delegator/ <operator: 20 bytes> <delegator: 20 bytes>
/// ```
pub(super) fn delegator(operator: &Address, delegator: &Address) -> Key<bool> {
    Key::new(&[delegators(operator).as_slice(), delegator.as_bytes()])
}

/// The beginning of the keys of a validator's delegators.
pub(super) fn delegators(operator: &Address) -> Vec<u8> {
    [b"staking/delegator/".as_slice(), operator.as_bytes()].concat()
}

/// What is on its way back from one validator to one account.
///
/// ```text
/// staking/unbonding/ <delegator: 20 bytes> <operator: 20 bytes>
/// ```
pub(super) fn unbonding(delegator: &Address, operator: &Address) -> Key<Vec<Leaving>> {
    Key::new(&[UNBONDINGS, delegator.as_bytes(), operator.as_bytes()])
}

/// The beginning of the keys of what is on its way back to an account.
pub(super) fn unbondings(delegator: &Address) -> Vec<u8> {
    [UNBONDINGS, delegator.as_bytes()].concat()
}

/// Marks that something is on its way back from a validator.
///
/// ```text
/// staking/unbonding-from/ <operator: 20 bytes> <delegator: 20 bytes>
/// ```
pub(super) fn unbonding_from(operator: &Address, delegator: &Address) -> Key<bool> {
    Key::new(&[unbondings_from(operator).as_slice(), delegator.as_bytes()])
}

/// The beginning of the keys of those to whom something is on its way back from a validator.
pub(super) fn unbondings_from(operator: &Address) -> Vec<u8> {
    [b"staking/unbonding-from/".as_slice(), operator.as_bytes()].concat()
}

/// When something comes back.
///
/// ```text
/// staking/unbonding-queue/ <time: 12 bytes> <delegator: 20 bytes> <operator: 20 bytes>
/// ```
pub(super) fn unbonding_due(at: Timestamp, delegator: &Address, operator: &Address) -> Key<bool> {
    Key::new(&[UNBONDING_QUEUE, &at.in_order(), delegator.as_bytes(), operator.as_bytes()])
}

/// A stake that was moved and still answers for the validator that it left. The destination comes before the source:
/// whoever touches a delegation must find all that came into it.
///
/// ```text
/// staking/redelegation/ <delegator: 20 bytes> <destination: 20 bytes> <source: 20 bytes>
/// ```
pub(super) fn redelegation(delegator: &Address, destination: &Address, source: &Address) -> Key<Vec<Moved>> {
    Key::new(&[redelegations_to(delegator, destination).as_slice(), source.as_bytes()])
}

/// The beginning of the keys of an account's moved stakes.
pub(super) fn redelegations(delegator: &Address) -> Vec<u8> {
    [REDELEGATIONS, delegator.as_bytes()].concat()
}

/// The beginning of the keys of what an account moved to a validator.
pub(super) fn redelegations_to(delegator: &Address, destination: &Address) -> Vec<u8> {
    [REDELEGATIONS, delegator.as_bytes(), destination.as_bytes()].concat()
}

/// Marks that a stake was moved away from a validator.
///
/// ```text
/// staking/redelegation-from/ <source: 20 bytes> <delegator: 20 bytes> <destination: 20 bytes>
/// ```
pub(super) fn redelegation_from(source: &Address, delegator: &Address, destination: &Address) -> Key<bool> {
    Key::new(&[redelegations_from(source).as_slice(), delegator.as_bytes(), destination.as_bytes()])
}

/// The beginning of the keys of what was moved away from a validator.
pub(super) fn redelegations_from(source: &Address) -> Vec<u8> {
    [b"staking/redelegation-from/".as_slice(), source.as_bytes()].concat()
}

/// From when a moved stake no longer answers for the validator that it left.
///
/// ```text
/// staking/redelegation-queue/ <time: 12 bytes> <delegator: 20 bytes> <destination: 20 bytes> <source: 20 bytes>
/// ```
pub(super) fn redelegation_due(
    at: Timestamp,
    (delegator, destination, source): (&Address, &Address, &Address),
) -> Key<bool> {
    Key::new(&[
        REDELEGATION_QUEUE,
        &at.in_order(),
        delegator.as_bytes(),
        destination.as_bytes(),
        source.as_bytes(),
    ])
}

/// The last key that was taken from a queue: before it there is none.
///
/// ```text
/// staking/front/ <queue>
/// ```
pub(super) fn front(queue: &[u8]) -> Key<Vec<u8>> {
    Key::new(&[b"staking/front/", queue])
}

/// When a validator that left no longer answers.
///
/// ```text
/// staking/validator-queue/ <time: 12 bytes> <operator: 20 bytes>
/// ```
pub(super) fn validator_due(at: Timestamp, operator: &Address) -> Key<bool> {
    Key::new(&[VALIDATOR_QUEUE, &at.in_order(), operator.as_bytes()])
}

/// What a slash took of a validator, by when it was found.
///
/// ```text
/// staking/slashed/ <operator: 20 bytes> <height: 8 bytes, big-endian> <number within the block: 1 byte>
/// ```
pub(super) fn slashed(operator: &Address, found: Height, number: u8) -> Key<Fraction> {
    Key::new(&[slashed_of(operator).as_slice(), &found.0.to_be_bytes(), &[number]])
}

/// The beginning of the keys of what slashes took of a validator.
pub(super) fn slashed_of(operator: &Address) -> Vec<u8> {
    [SLASHED, operator.as_bytes()].concat()
}

/// A slash for signing twice, by when it was found.
///
/// ```text
/// staking/slash/ <operator: 20 bytes> <height: 8 bytes, big-endian>
/// ```
pub(super) fn slash(operator: &Address, found: Height) -> Key<Slash> {
    Key::new(&[slashes(operator).as_slice(), &found.0.to_be_bytes()])
}

/// The beginning of the keys of a validator's slashes.
pub(super) fn slashes(operator: &Address) -> Vec<u8> {
    [SLASHES, operator.as_bytes()].concat()
}

/// How far carrying out the slashes of a validator has come: the last key that was seen.
///
/// ```text
/// staking/sweep/ <operator: 20 bytes>
/// ```
pub(super) fn sweep(operator: &Address) -> Key<Vec<u8>> {
    Key::new(&[SWEEPS, operator.as_bytes()])
}

/// What a validator's delegators have earned.
///
/// ```text
/// staking/rewards/ <operator: 20 bytes>
/// ```
pub(super) fn rewards(operator: &Address) -> Key<Rewards> {
    Key::new(&[REWARDS, operator.as_bytes()])
}

/// Where an account's rewards go, when not to itself.
///
/// ```text
/// staking/withdraw/ <delegator: 20 bytes>
/// ```
pub(super) fn withdraw(delegator: &Address) -> Key<Address> {
    Key::new(&[WITHDRAW, delegator.as_bytes()])
}

/// A block of the history.
///
/// ```text
/// staking/past/ <height: 8 bytes, big-endian>
/// ```
pub(super) fn past(height: Height) -> Key<Past> {
    Key::new(&[b"staking/past/", &height.0.to_be_bytes()])
}

/// The oldest block of the history that may still be kept; absent when none is.
///
/// ```text
/// staking/oldest
/// ```
pub(super) fn oldest() -> Key<Height> {
    Key::new(&[b"staking/oldest"])
}

/// The validators from a block on, the strongest first.
///
/// ```text
/// staking/seats/ <height: 8 bytes, big-endian>
/// ```
pub(super) fn seats(since: Height) -> Key<Vec<Seat>> {
    Key::new(&[b"staking/seats/", &since.0.to_be_bytes()])
}

/// Marks that a validator in office changed since the last block began.
///
/// ```text
/// staking/seats-changed
/// ```
pub(super) fn seats_changed() -> Key<bool> {
    Key::new(&[b"staking/seats-changed"])
}
