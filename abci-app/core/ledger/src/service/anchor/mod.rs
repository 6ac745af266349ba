//! Headers of other chains, verified here as a light client verifies them: the bridge over which what a database chain
//! holds is proven to the ledger.
//!
//! A chain registers with a bond and one header that is trusted. Whoever posts a later header is repaid from the chain's
//! deposit; the header counts when more than a third of the power that the last one announced, and more than two thirds
//! of its own validators, signed it, within the trusting period. Two headers of one height that were both signed freeze
//! the anchor for ever and cost the bond. A chain whose newest header is no longer trusted goes on when the ledger's authority
//! vouches for a later one. Against the app hash of an anchored header anybody proves a record, or what a
//! key of the chain's state holds or does not hold; other modules ask [`proven`].
//!
//! It is no bridge of coins, it executes nothing of the other chain, and it does not know whether that chain's first header
//! was the right one: who relies on a chain looks at who registered it, and with which header.

mod answer;
mod chain;
mod close;
mod conflict;
mod deposit;
mod ending;
mod error;
mod genesis;
mod keys;
mod light;
mod made;
mod params;
mod post;
mod prove;
mod query;
mod register;
mod renew;
mod sim;
mod state;
mod subject;
#[cfg(test)]
pub(crate) mod tests;
mod verify;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use chain::{Chain, Header, Status};
pub use close::Close;
pub use conflict::SubmitConflict;
pub use deposit::{Deposit, Withdraw};
pub use error::Refused;
pub use genesis::Genesis;
pub use keys::{chain as chain_key, header as header_key};
pub use light::Member;
pub use made::Draft;
pub use post::PostHeader;
pub use prove::ProveRecord;
pub use register::RegisterChain;
pub use renew::RenewTrust;
pub use state::{account, chain, header, proven};
pub use subject::{Proven, Subject, What};

use sirius_runtime::{BlockUse, Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Anchor;

impl Module for Anchor {
    const NAME: &'static str = "anchor";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<RegisterChain>("register")
            .message::<PostHeader>("post")
            .message::<Deposit>("deposit")
            .message::<Withdraw>("withdraw")
            .message::<Close>("close")
            .message::<SubmitConflict>("conflict")
            .message::<ProveRecord>("prove")
            .message::<RenewTrust>("renew");
        on.query("chains", "/sirius.anchor.v1.Query/Chains", query::chains)
            .query("chain", "/sirius.anchor.v1.Query/Chain", query::chain)
            .query("headers", "/sirius.anchor.v1.Query/Headers", query::headers)
            .query("header", "/sirius.anchor.v1.Query/Header", query::header)
            .query("evidence", "/sirius.anchor.v1.Query/Conflict", query::conflict)
            .query("proven", "/sirius.anchor.v1.Query/Proven", query::proven);
        on.params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("register", sim::register)
            .random_move("post", sim::post)
            .random_move("deposit", sim::deposit)
            .random_move("withdraw", sim::withdraw)
            .random_move("close", sim::close)
            .random_move("conflict", sim::conflict)
            .random_move("prove", sim::prove)
            .random_move("renew", sim::renew);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn end_block(ctx: &mut Context<'_>, _: BlockUse, state: &mut dyn Write) -> Result<(), Fault> {
        ending::end_block(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        state::invariants(state)
    }
}
