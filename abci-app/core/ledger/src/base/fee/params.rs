//! What work costs and how its price moves.

use sirius_runtime::{Costs, Param};
use sirius_store::{Fault, Read};

pub(super) const READ: Param =
    Param::new("fee.gas_per_read", "gas", 0..=1_000_000, 300, "for each key a message reads");

pub(super) const READ_BYTE: Param =
    Param::new("fee.gas_per_byte_read", "gas", 0..=10_000, 3, "for each byte a message reads");

pub(super) const WRITE: Param =
    Param::new("fee.gas_per_write", "gas", 0..=1_000_000, 1_000, "for each key a message writes or removes");

pub(super) const WRITE_BYTE: Param =
    Param::new("fee.gas_per_byte_written", "gas", 0..=10_000, 30, "for each byte a message writes");

pub(super) const LEAST_BASE: Param = Param::new(
    "fee.min_base_fee",
    "smallest units of the fee's denomination per 1,000,000 gas",
    0..=1_000_000_000_000,
    25_000,
    "the base fee of a chain with room in its blocks",
);

pub(super) const MOST_BASE: Param = Param::new(
    "fee.max_base_fee",
    "smallest units of the fee's denomination per 1,000,000 gas",
    1..=1_000_000_000_000_000,
    1_000_000_000,
    "the base fee beyond which full blocks raise it no further",
);

pub(super) const TARGET: Param = Param::new(
    "fee.target_percent",
    "percent of a block's gas",
    1..=100,
    50,
    "how full a block is when the base fee stays as it is",
);

pub(super) const CHANGE: Param = Param::new(
    "fee.change_denominator",
    "parts",
    2..=1_000_000,
    8,
    "a full block raises the base fee by one part of this many, an empty one lowers it so",
);

pub(super) const COMMUNITY: Param = Param::new(
    "fee.community_percent",
    "percent of fees",
    0..=100,
    20,
    "the share of the community's account; the rest goes to the block's proposer",
);

/// All of them.
pub(super) const ALL: &[Param] =
    &[READ, READ_BYTE, WRITE, WRITE_BYTE, LEAST_BASE, MOST_BASE, TARGET, CHANGE, COMMUNITY];

/// What each operation of a message costs.
///
/// # Errors
/// This node cannot read its state.
pub fn costs(state: &dyn Read) -> Result<Costs, Fault> {
    Ok(Costs {
        read: READ.get(state)?,
        read_byte: READ_BYTE.get(state)?,
        write: WRITE.get(state)?,
        write_byte: WRITE_BYTE.get(state)?,
    })
}
