//! The contract of a module: one folder of the ledger, registered on one line.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use sirius_primitives::Gas;
use sirius_store::{Fault, Read, Write};

use crate::{BlockLimits, Context, Error, QueryContext, Registrar, Validator};

/// What a module knows when a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockUse {
    /// Gas that the block's transactions used.
    pub gas_used: Gas,
    /// What the block could have held.
    pub limits: BlockLimits,
}

/// A part of the ledger with its own messages, state and questions.
pub trait Module {
    /// One word: its prefix in state keys, parameter names and command lines, and its refusal space.
    const NAME: &'static str;

    /// Which form its records have; an upgrade that writes them anew in another form counts this up.
    const VERSION: u64 = 1;

    /// Its section of genesis, under its name.
    type Genesis: Debug + Default + Serialize + DeserializeOwned;

    /// Names its messages, questions, parameters and refusals: the module's table of contents.
    fn register(on: &mut Registrar<'_>);

    /// Writes the state of height 0.
    ///
    /// # Errors
    /// A section that contradicts itself or another; the text names the field.
    fn init(genesis: Self::Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error>;

    /// The section of genesis from which another chain begins with this module's present state: [`Module::init`] of it
    /// leads to a state whose own export is the same.
    ///
    /// # Errors
    /// Only a fault.
    fn export(ctx: &QueryContext<'_>) -> Result<Self::Genesis, Fault>;

    /// The validators that this module keeps, with the power that consensus was last told of.
    ///
    /// # Errors
    /// Only a fault.
    fn validators(_ctx: &QueryContext<'_>) -> Result<Vec<Validator>, Fault> {
        Ok(Vec::new())
    }

    /// Before the block's first transaction; in the order of the list of modules.
    ///
    /// # Errors
    /// Only a fault: what a hook does must not depend on anyone's consent.
    fn begin_block(_ctx: &mut Context<'_>, _state: &mut dyn Write) -> Result<(), Fault> {
        Ok(())
    }

    /// After the block's last transaction; in the order of the list of modules.
    ///
    /// # Errors
    /// Only a fault.
    fn end_block(_ctx: &mut Context<'_>, _block: BlockUse, _state: &mut dyn Write) -> Result<(), Fault> {
        Ok(())
    }

    /// What must hold after every block; `Err` says what does not.
    ///
    /// # Errors
    /// A fault of this node.
    fn invariants(_state: &dyn Read) -> Result<Result<(), String>, Fault> {
        Ok(Ok(()))
    }
}
