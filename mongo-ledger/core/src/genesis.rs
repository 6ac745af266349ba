//! What a chain begins from.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_store::{Changes, Fault, Order, Overlay, Read, Span, Visit};

use crate::{
    access::{Access, Grant, Holder, Namespace, Right, Role},
    key::PublicKey,
    log,
    settings::Settings,
    state,
};

/// What the genesis file says to the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// The chain.
    pub chain_id: String,
    /// How large, how long, and whether for all.
    pub settings: Settings,
    /// The first admins over everything; a permissioned chain needs one.
    pub admins: Vec<Holder>,
    /// The first validators, by key.
    pub validators: Vec<(PublicKey, u64)>,
}

impl Genesis {
    /// The state before the first block.
    pub fn changes(&self) -> Changes {
        let mut state = Overlay::new(Nothing);
        state::chain_id().set(&mut state, &self.chain_id);
        state::settings().set(&mut state, &self.settings);
        state::head().set(&mut state, &log::Head::default());
        for (key, power) in &self.validators {
            state::validator(key).set(&mut state, power);
        }
        if self.settings.access == Access::Permissioned {
            let mut holders = self.admins.clone();
            holders.sort_unstable();
            holders.dedup();
            state::admins().set(&mut state, &u64::try_from(holders.len()).unwrap_or(u64::MAX));
            for holder in holders {
                let right = Right { holder, role: Role::Admin, namespace: Namespace::all() };
                let grant = Grant { right, until: None, since: 0, by: None, revoked: None };
                state::grant(&grant.right.id()).set(&mut state, &grant);
            }
        }
        state.into_changes()
    }
}

/// The state of a chain that has not begun.
pub(crate) struct Nothing;

impl Read for Nothing {
    fn get_bytes(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    fn scan(&self, _: &Span, _: Order, _: &mut Visit<'_>) -> Result<(), Fault> {
        Ok(())
    }
}
