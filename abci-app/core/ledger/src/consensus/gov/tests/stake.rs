//! Stakes for these tests.

use sirius_primitives::Amount;

use crate::{
    consensus::staking,
    testing::{Bed, Key},
};

/// Makes `operator` a bonded validator with `own` coins of its own, on which others delegate.
pub(super) fn bond(bed: &mut Bed, operator: &Key, own: u128, others: &[(&Key, u128)]) {
    let all = own + others.iter().map(|(_, amount)| amount).sum::<u128>();
    staking::bonded_key(&operator.address()).set(&mut bed.state, &Amount::new(all));
    for (delegator, amount) in others.iter().chain([&(operator, own)]) {
        let key = staking::delegation_key(&delegator.address(), &operator.address());
        key.set(&mut bed.state, &Amount::new(*amount));
    }
}
