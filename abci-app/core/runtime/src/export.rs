//! The present state as a genesis from which another chain goes on.

use serde_json::{Map, Value, json};
use sirius_primitives::Height;
use sirius_store::{Fault, Read};

use crate::{App, BlockLimits, Chain, QueryContext, Validator};

/// What a genesis document needs of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The chain whose state it is.
    pub chain: Chain,
    /// What its blocks may hold.
    pub limits: BlockLimits,
    /// The validators that consensus goes on with, as modules know them.
    pub validators: Vec<Validator>,
    /// `app_state`: a section a module, and `chain`.
    pub sections: Map<String, Value>,
}

impl App {
    /// The state after the block of `height` as a genesis. [`App::genesis`] of it, with its limits and validators, makes
    /// a state that exports the same.
    ///
    /// # Errors
    /// This node cannot read its state, or there is none before genesis.
    pub fn export(&self, state: &dyn Read, height: Height) -> Result<Exported, Fault> {
        let chain = Chain::load(state)?.ok_or_else(|| {
            Fault::Contradiction("there is no chain yet whose state could be exported".into())
        })?;
        let ctx = QueryContext { state, chain: &chain, height, registry: self.registry() };
        let mut sections = self.registry().export(&ctx)?;
        sections.insert("chain".into(), json!({ "prefix": chain.prefix.as_str() }));
        let validators = self.registry().validators(&ctx)?;
        Ok(Exported { limits: BlockLimits::load(state)?, chain, validators, sections })
    }
}
