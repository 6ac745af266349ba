//! What of an asset a key can give away, and the transaction that does.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use mongo_ledger_core::{
    condition::Condition,
    json::Object,
    key::PublicKey,
    transaction::{
        AssetId, MAX_AMOUNT, OutputRef, Transaction,
        build::{self, Prepared, Share, Spend},
    },
};
use thiserror::Error;

/// Outputs that one transaction spends, at most: with their signatures they stay within 256 KiB.
pub const MOST_INPUTS: usize = 300;

/// An output that nobody has spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Which.
    pub output: OutputRef,
    /// Who may spend it.
    pub condition: Condition,
    /// How much it holds.
    pub amount: u64,
}

/// Why nothing is transferred.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoldingError {
    /// Nothing to give.
    #[error("{owner} owns nothing of asset {asset}; `sirius db history {asset}` shows who does")]
    Nothing {
        /// Who would give.
        owner: PublicKey,
        /// Of what.
        asset: AssetId,
    },
    /// Not enough to give.
    #[error("{owner} owns {has} of asset {asset}, which is less than {wanted}")]
    TooLittle {
        /// Who would give.
        owner: PublicKey,
        /// Of what.
        asset: AssetId,
        /// How much there is.
        has: u128,
        /// How much was wanted.
        wanted: u64,
    },
    /// Nothing wanted.
    #[error("an amount is at least 1")]
    Zero,
    /// More outputs than a transaction spends.
    #[error(
        "this takes more than {MOST_INPUTS} outputs, more than one transaction can spend; transfer less at once"
    )]
    TooMany,
}

/// What is unspent of an asset, in the order in which it came, from its whole history.
pub fn unspent(history: &[Transaction]) -> Vec<Holding> {
    let inputs = history.iter().flat_map(Transaction::inputs);
    let spent: BTreeSet<OutputRef> = inputs.filter_map(|input| input.fulfills).collect();
    let outputs = history.iter().flat_map(|transaction| {
        (0..).zip(transaction.outputs()).map(|(output_index, output)| Holding {
            output: OutputRef { transaction_id: *transaction.id(), output_index },
            condition: output.condition.clone(),
            amount: output.amount,
        })
    });
    outputs.filter(|holding| !spent.contains(&holding.output)).collect()
}

/// Those holdings that `key` can spend alone.
pub fn of(holdings: &[Holding], key: &PublicKey) -> Vec<Holding> {
    holdings.iter().filter(|holding| suffices(&holding.condition, key)).cloned().collect()
}

/// How much every key can spend alone.
pub fn owners(holdings: &[Holding]) -> BTreeMap<PublicKey, u128> {
    let mut owners = BTreeMap::new();
    for holding in holdings {
        let keys: BTreeSet<PublicKey> = holding.condition.keys().into_iter().collect();
        for key in keys.into_iter().filter(|key| suffices(&holding.condition, key)) {
            let sum: &mut u128 = owners.entry(key).or_default();
            *sum = sum.saturating_add(u128::from(holding.amount));
        }
    }
    owners
}

fn suffices(condition: &Condition, key: &PublicKey) -> bool {
    match condition {
        Condition::Ed25519(owner) => owner == key,
        Condition::Threshold { threshold, subconditions } => {
            let met = subconditions.iter().filter(|condition| suffices(condition, key)).count();
            u32::try_from(met).is_ok_and(|met| met >= *threshold)
        }
    }
}

/// The transfer of `amount`, or of everything, from `owner` to `to`; what is left over goes back to the owner.
///
/// # Errors
/// The owner has not so much, or holds it in more outputs than a transaction spends.
pub fn transfer(
    holdings: &[Holding],
    asset: AssetId,
    (owner, to): (PublicKey, PublicKey),
    amount: Option<u64>,
    metadata: Option<Object>,
) -> Result<Prepared, HoldingError> {
    let mut own = of(holdings, &owner);
    // The largest first, so that the fewest are spent; among equals the older.
    own.sort_by_key(|holding| Reverse(holding.amount));
    let has = sum(&own);
    let wanted = match amount {
        Some(0) => return Err(HoldingError::Zero),
        _ if has == 0 => return Err(HoldingError::Nothing { owner, asset }),
        Some(wanted) if u128::from(wanted) > has => {
            return Err(HoldingError::TooLittle { owner, asset, has, wanted });
        }
        Some(wanted) => u128::from(wanted),
        None => has,
    };
    let mut chosen = Vec::new();
    for holding in own {
        if sum(&chosen) >= wanted {
            break;
        }
        chosen.push(holding);
    }
    if chosen.len() > MOST_INPUTS {
        return Err(HoldingError::TooMany);
    }
    let mut shares = shares(to, wanted);
    shares.extend(self::shares(owner, sum(&chosen).saturating_sub(wanted)));
    Ok(build::transfer(&spends(&chosen), &shares, asset, metadata))
}

/// The transfer of these holdings whole, and how much that is. There are at most [`MOST_INPUTS`].
pub(super) fn all(
    holdings: &[Holding],
    asset: AssetId,
    to: PublicKey,
    metadata: Option<Object>,
) -> (Prepared, u128) {
    let amount = sum(holdings);
    (build::transfer(&spends(holdings), &shares(to, amount), asset, metadata), amount)
}

fn spends(holdings: &[Holding]) -> Vec<Spend> {
    let spend = |holding: &Holding| Spend { output: holding.output, condition: holding.condition.clone() };
    holdings.iter().map(spend).collect()
}

fn sum(holdings: &[Holding]) -> u128 {
    holdings.iter().fold(0, |sum, holding| sum.saturating_add(u128::from(holding.amount)))
}

/// An amount for one key, in as few outputs as can hold it.
fn shares(key: PublicKey, amount: u128) -> Vec<Share> {
    let (mut shares, mut rest) = (Vec::new(), amount);
    while rest > 0 {
        let part = u64::try_from(rest).unwrap_or(MAX_AMOUNT).min(MAX_AMOUNT);
        shares.push(Share::to(key, part));
        rest = rest.saturating_sub(u128::from(part));
    }
    shares
}
