//! Who makes blocks, whose coins vouch for them, and what both earn.
//!
//! A *validator* is operated by an account and signs blocks with a consensus key. Anybody stakes coins on it and has
//! *shares* of its stake. The validators with the most tokens make blocks, with power in proportion; consensus is told of
//! every change when a block ends. A stake that is taken back or moved answers for what its validator did until the
//! unbonding time is over. The fees of a block are its proposer's, shared with those who stake on it.
//!
//! What it is not: it mints nothing after genesis, and knows nothing of presence or evidence; that is `slashing`, which
//! calls [`slash()`], [`jail`] and [`unjail`].

mod address;
mod begin_redelegate;
mod cancel_unbonding;
mod carried;
mod create_validator;
mod delegate;
mod delegation;
mod digits;
mod edit_validator;
mod error;
mod export;
mod field;
mod fraction;
mod genesis;
mod history;
mod import;
mod invariants;
mod jail;
mod keys;
mod params;
mod pool;
mod query;
mod queue;
mod redelegation;
mod retire;
mod reward_query;
mod rewards;
mod set;
mod shares;
mod sim;
mod slash;
mod slashed;
mod state;
mod stored;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod time;
mod unbonding;
mod undelegate;
mod validator;
mod wide;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;
mod withdraw;

pub use address::{consensus_text, operator_text, parse_consensus, parse_operator};
pub use begin_redelegate::BeginRedelegate;
pub use cancel_unbonding::CancelUnbonding;
pub use carried::Carried;
pub use create_validator::CreateValidator;
pub use delegate::Delegate;
pub use edit_validator::EditValidator;
pub use error::Refused;
pub use fraction::Fraction;
pub use genesis::{Genesis, GenesisCommission, GenesisValidator};
pub use jail::{jail, unjail};
pub use pool::total_bonded;
pub use set::{TOKENS_PER_POWER, told};
pub use shares::Shares;
pub use slash::{Wrong, slash};
pub use state::{
    delegation, denom, for_each_bonded_validator, for_each_delegation, operator_of, unbonding_seconds,
    validator,
};
pub use stored::{Delegation, Rewards, Told};
pub use undelegate::Undelegate;
pub use validator::{Commission, Description, Status, Validator};
pub use withdraw::{FundCommunity, SetWithdrawAddress, WithdrawCommission, WithdrawReward};

use sirius_runtime::{BlockUse, Context, Error, Module, QueryContext, Registrar, Validator as Member};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Staking;

impl Module for Staking {
    const NAME: &'static str = "staking";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<CreateValidator>("create-validator")
            .message::<EditValidator>("edit-validator")
            .message::<Delegate>("delegate")
            .message::<BeginRedelegate>("redelegate")
            .message::<Undelegate>("undelegate")
            .message::<CancelUnbonding>("cancel-unbonding")
            .message::<WithdrawReward>("withdraw-reward")
            .message::<WithdrawCommission>("withdraw-commission")
            .message::<SetWithdrawAddress>("set-withdraw-address")
            .message::<FundCommunity>("fund-community");
        register_stakes(on);
        register_rewards(on);
        on.params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("create-validator", sim::create_validator)
            .random_move("edit-validator", sim::edit_validator)
            .random_move("delegate", sim::delegate)
            .random_move("redelegate", sim::redelegate)
            .random_move("undelegate", sim::undelegate)
            .random_move("cancel-unbonding", sim::cancel_unbonding)
            .random_move("withdraw-reward", sim::withdraw_reward)
            .random_move("withdraw-commission", sim::withdraw_commission)
            .random_move("set-withdraw-address", sim::set_withdraw_address)
            .random_move("fund-community", sim::fund_community);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        let denom = Some(state::denom(ctx.state)?);
        Ok(Genesis { denom, carried: Some(Carried::read(ctx)?), ..Genesis::default() })
    }

    fn validators(ctx: &QueryContext<'_>) -> Result<Vec<Member>, Fault> {
        set::told_all(ctx.state)
    }

    fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        history::keep(ctx, state)
    }

    fn end_block(ctx: &mut Context<'_>, _: BlockUse, state: &mut dyn Write) -> Result<(), Fault> {
        rewards::distribute(ctx, state)?;
        // Slashes go before what they meet is paid out.
        slash::sweep(ctx, state)?;
        unbonding::mature(ctx, state)?;
        redelegation::mature(ctx, state)?;
        retire::mature(ctx, state)?;
        set::update(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        invariants::check(state)
    }
}

fn register_stakes(on: &mut Registrar<'_>) {
    on.query("validators", "/cosmos.staking.v1beta1.Query/Validators", query::validators)
        .query("validator", "/cosmos.staking.v1beta1.Query/Validator", query::validator)
        .query(
            "validator-delegations",
            "/cosmos.staking.v1beta1.Query/ValidatorDelegations",
            query::validator_delegations,
        )
        .query(
            "validator-unbonding",
            "/cosmos.staking.v1beta1.Query/ValidatorUnbondingDelegations",
            query::validator_unbondings,
        )
        .query("delegation", "/cosmos.staking.v1beta1.Query/Delegation", query::delegation)
        .query("unbonding", "/cosmos.staking.v1beta1.Query/UnbondingDelegation", query::unbonding)
        .query(
            "delegations",
            "/cosmos.staking.v1beta1.Query/DelegatorDelegations",
            query::delegator_delegations,
        )
        .query(
            "unbondings",
            "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations",
            query::delegator_unbondings,
        )
        .query("redelegations", "/cosmos.staking.v1beta1.Query/Redelegations", query::redelegations)
        .query(
            "delegator-validators",
            "/cosmos.staking.v1beta1.Query/DelegatorValidators",
            query::delegator_validators,
        )
        .query(
            "delegator-validator",
            "/cosmos.staking.v1beta1.Query/DelegatorValidator",
            query::delegator_validator,
        )
        .query("history", "/cosmos.staking.v1beta1.Query/HistoricalInfo", query::history)
        .query("pool", "/cosmos.staking.v1beta1.Query/Pool", query::pool)
        .query("params", "/cosmos.staking.v1beta1.Query/Params", query::params);
}

fn register_rewards(on: &mut Registrar<'_>) {
    on.query("reward-params", "/cosmos.distribution.v1beta1.Query/Params", reward_query::params)
        .query(
            "outstanding-rewards",
            "/cosmos.distribution.v1beta1.Query/ValidatorOutstandingRewards",
            reward_query::outstanding,
        )
        .query(
            "commission",
            "/cosmos.distribution.v1beta1.Query/ValidatorCommission",
            reward_query::commission,
        )
        .query("slashes", "/cosmos.distribution.v1beta1.Query/ValidatorSlashes", reward_query::slashes)
        .query(
            "validator-rewards",
            "/cosmos.distribution.v1beta1.Query/ValidatorDistributionInfo",
            reward_query::validator,
        )
        .query(
            "delegation-rewards",
            "/cosmos.distribution.v1beta1.Query/DelegationRewards",
            reward_query::delegation,
        )
        .query("rewards", "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards", reward_query::total)
        .query(
            "rewarding-validators",
            "/cosmos.distribution.v1beta1.Query/DelegatorValidators",
            reward_query::delegator_validators,
        )
        .query(
            "withdraw-address",
            "/cosmos.distribution.v1beta1.Query/DelegatorWithdrawAddress",
            reward_query::withdraw_address,
        )
        .query("community", "/cosmos.distribution.v1beta1.Query/CommunityPool", reward_query::community);
}
