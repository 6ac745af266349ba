//! The limits of a block, which consensus obeys too.

use sirius_primitives::Gas;
use sirius_runtime::{BlockLimits, Param};
use sirius_store::{Fault, Read};

/// See `about`.
pub const BLOCK_BYTES: Param = Param::new(
    "params.max_block_bytes",
    "bytes",
    BlockLimits::BYTES,
    4_194_304,
    "the largest block; genesis takes it from its consensus_params",
);

/// See `about`.
pub const BLOCK_GAS: Param = Param::new(
    "params.max_block_gas",
    "gas",
    BlockLimits::GAS,
    400_000_000,
    "the gas of all transactions of a block together; genesis takes it from its consensus_params",
);

/// All of them.
pub(super) const ALL: &[Param] = &[BLOCK_BYTES, BLOCK_GAS];

/// What genesis gives such a parameter; `None` for every other.
pub(super) fn from_consensus(param: &Param, limits: &BlockLimits) -> Option<u64> {
    match param.name {
        name if name == BLOCK_BYTES.name => Some(limits.bytes),
        name if name == BLOCK_GAS.name => Some(limits.gas.0),
        _ => None,
    }
}

/// The limits as the parameters have them.
pub(super) fn of_block(state: &dyn Read) -> Result<BlockLimits, Fault> {
    Ok(BlockLimits { bytes: BLOCK_BYTES.get(state)?, gas: Gas(BLOCK_GAS.get(state)?) })
}
