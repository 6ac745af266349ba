//! Decisions of the chain: proposals that bonded coins vote on, executed in the name of an account without a key.
//!
//! A proposal waits until enough is deposited on it, is voted on for a time, and ends: what passes is executed at once,
//! all its messages or none. A delegator's own vote counts with its coins, a validator's with what is left to it. What
//! ends in a block, and how many votes a block counts, is bounded; the rest follows in the next ones.
//!
//! There are no expedited proposals, and nobody can execute anything but by a vote.

mod add_deposit;
mod answer;
mod ballot;
mod cancel;
mod clearing;
mod count;
mod decimal;
mod deposit;
mod ending;
mod error;
mod execute;
mod genesis;
mod keys;
mod legacy;
mod params;
mod power;
mod proposal;
mod query;
mod sim;
mod state;
mod submit;
mod tally;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;
mod vote;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use add_deposit::{Deposit, LegacyDeposit};
pub use cancel::CancelProposal;
pub use error::Refused;
pub use genesis::{Genesis, GenesisProposal};
pub use state::account;
pub use submit::{SubmitProposal, SubmitText};
pub use vote::{CastVote, CastWeighted, LegacyVote, LegacyWeighted};

use sirius_runtime::{BlockUse, Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Gov;

impl Module for Gov {
    const NAME: &'static str = "gov";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<SubmitProposal>("submit")
            .message::<Deposit>("deposit")
            .message::<CastVote>("vote")
            .message::<CastWeighted>("vote-weighted")
            .message::<CancelProposal>("cancel")
            .message::<SubmitText>("submit-text")
            .message::<LegacyDeposit>("deposit-v1beta1")
            .message::<LegacyVote>("vote-v1beta1")
            .message::<LegacyWeighted>("vote-weighted-v1beta1");
        on.query("proposal", "/cosmos.gov.v1.Query/Proposal", query::proposal)
            .query("proposals", "/cosmos.gov.v1.Query/Proposals", query::proposals)
            .query("vote", "/cosmos.gov.v1.Query/Vote", query::vote)
            .query("votes", "/cosmos.gov.v1.Query/Votes", query::votes)
            .query("params", "/cosmos.gov.v1.Query/Params", query::params)
            .query("deposit", "/cosmos.gov.v1.Query/Deposit", query::deposit_of)
            .query("deposits", "/cosmos.gov.v1.Query/Deposits", query::deposits)
            .query("tally", "/cosmos.gov.v1.Query/TallyResult", query::tally);
        on.query("proposal-v1beta1", "/cosmos.gov.v1beta1.Query/Proposal", legacy::proposal)
            .query("proposals-v1beta1", "/cosmos.gov.v1beta1.Query/Proposals", legacy::proposals)
            .query("vote-v1beta1", "/cosmos.gov.v1beta1.Query/Vote", legacy::vote)
            .query("votes-v1beta1", "/cosmos.gov.v1beta1.Query/Votes", legacy::votes)
            .query("params-v1beta1", "/cosmos.gov.v1beta1.Query/Params", legacy::params)
            .query("deposit-v1beta1", "/cosmos.gov.v1beta1.Query/Deposit", legacy::deposit)
            .query("deposits-v1beta1", "/cosmos.gov.v1beta1.Query/Deposits", legacy::deposits)
            .query("tally-v1beta1", "/cosmos.gov.v1beta1.Query/TallyResult", legacy::tally);
        on.params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("submit", sim::submit)
            .random_move("submit-text", sim::submit_text)
            .random_move("deposit", sim::deposit)
            .random_move("vote", sim::vote)
            .random_move("vote-weighted", sim::vote_weighted)
            .random_move("cancel", sim::cancel);
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
