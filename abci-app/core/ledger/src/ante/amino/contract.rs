//! What the Cosmos SDK signs its messages as: their names, and the fields that do not follow the common rule.
//!
//! The table is that of the options `amino.*` in the contracts of the Cosmos SDK v0.50.13, for the messages whose
//! contracts this ledger shares or is to share. A row counts as soon as a module brings the message. Everything else,
//! our own messages too, follows the common rule: fields by their names, sorted, left out when empty.

use std::borrow::Cow;

/// How a field is written where the common rule does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Also when it is empty (`dont_omitempty`); a list is then `null`.
    Shown,
    /// The same under another name (`field_name`).
    As(&'static str),
    /// A list that is `[]` when it is empty (`legacy_coins`).
    Coins,
    /// A whole number as text, `"0"` when it is empty.
    Whole,
    /// A fraction, on the wire an integer of 10^-18 parts.
    Fraction,
    /// The same, left out when it is empty.
    FractionIfSet,
}

use Rule::{As, Coins, Fraction, FractionIfSet, Shown, Whole};

/// A message of the Cosmos SDK.
pub(super) struct Contract {
    /// Its full protobuf name.
    message: &'static str,
    /// What it is called where it is packed; `None` is its type URL.
    name: Option<&'static str>,
    fields: &'static [(&'static str, Rule)],
}

const fn packed(
    message: &'static str,
    name: &'static str,
    fields: &'static [(&'static str, Rule)],
) -> Contract {
    Contract { message, name: Some(name), fields }
}

const fn inner(message: &'static str, fields: &'static [(&'static str, Rule)]) -> Contract {
    Contract { message, name: None, fields }
}

const NONE: &[(&str, Rule)] = &[];

/// Sorted by message, so that it can be searched.
#[rustfmt::skip]
const CONTRACTS: &[Contract] = &[
    inner("cosmos.bank.v1beta1.Input", &[("coins", Coins)]),
    packed("cosmos.bank.v1beta1.MsgMultiSend", "cosmos-sdk/MsgMultiSend", &[("inputs", Shown), ("outputs", Shown)]),
    packed("cosmos.bank.v1beta1.MsgSend", "cosmos-sdk/MsgSend", &[("amount", Coins)]),
    inner("cosmos.bank.v1beta1.Output", &[("coins", Coins)]),
    inner("cosmos.base.v1beta1.Coin", &[("amount", Whole)]),
    packed("cosmos.distribution.v1beta1.MsgCommunityPoolSpend", "cosmos-sdk/distr/MsgCommunityPoolSpend", &[("amount", Coins)]),
    packed("cosmos.distribution.v1beta1.MsgFundCommunityPool", "cosmos-sdk/MsgFundCommunityPool", &[("amount", Coins)]),
    packed("cosmos.distribution.v1beta1.MsgSetWithdrawAddress", "cosmos-sdk/MsgModifyWithdrawAddress", NONE),
    packed("cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward", "cosmos-sdk/MsgWithdrawDelegationReward", NONE),
    packed("cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission", "cosmos-sdk/MsgWithdrawValCommission", NONE),
    packed("cosmos.feegrant.v1beta1.BasicAllowance", "cosmos-sdk/BasicAllowance", &[("spend_limit", Coins)]),
    packed("cosmos.feegrant.v1beta1.MsgGrantAllowance", "cosmos-sdk/MsgGrantAllowance", NONE),
    packed("cosmos.feegrant.v1beta1.MsgRevokeAllowance", "cosmos-sdk/MsgRevokeAllowance", NONE),
    packed("cosmos.gov.v1.MsgDeposit", "cosmos-sdk/v1/MsgDeposit", &[("proposal_id", Shown), ("amount", Shown)]),
    packed("cosmos.gov.v1.MsgSubmitProposal", "cosmos-sdk/v1/MsgSubmitProposal", &[("initial_deposit", Coins)]),
    packed("cosmos.gov.v1.MsgVote", "cosmos-sdk/v1/MsgVote", &[("proposal_id", Shown)]),
    packed("cosmos.gov.v1.MsgVoteWeighted", "cosmos-sdk/v1/MsgVoteWeighted", &[("proposal_id", Shown)]),
    packed("cosmos.gov.v1beta1.MsgDeposit", "cosmos-sdk/MsgDeposit", &[("proposal_id", Shown), ("amount", Coins)]),
    packed("cosmos.gov.v1beta1.MsgSubmitProposal", "cosmos-sdk/MsgSubmitProposal", &[("initial_deposit", Coins)]),
    packed("cosmos.gov.v1beta1.MsgVote", "cosmos-sdk/MsgVote", NONE),
    packed("cosmos.gov.v1beta1.MsgVoteWeighted", "cosmos-sdk/MsgVoteWeighted", &[("proposal_id", Shown), ("options", Shown)]),
    packed("cosmos.gov.v1beta1.TextProposal", "cosmos-sdk/TextProposal", NONE),
    inner("cosmos.gov.v1beta1.WeightedVoteOption", &[("weight", Fraction)]),
    packed("cosmos.slashing.v1beta1.MsgUnjail", "cosmos-sdk/MsgUnjail", &[("validator_addr", As("address"))]),
    inner("cosmos.staking.v1beta1.CommissionRates", &[("rate", Fraction), ("max_rate", Fraction), ("max_change_rate", Fraction)]),
    packed("cosmos.staking.v1beta1.MsgBeginRedelegate", "cosmos-sdk/MsgBeginRedelegate", &[("amount", Shown)]),
    packed("cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", "cosmos-sdk/MsgCancelUnbondingDelegation", &[("amount", Shown)]),
    packed("cosmos.staking.v1beta1.MsgCreateValidator", "cosmos-sdk/MsgCreateValidator", &[("description", Shown), ("commission", Shown), ("min_self_delegation", Whole), ("value", Shown)]),
    packed("cosmos.staking.v1beta1.MsgDelegate", "cosmos-sdk/MsgDelegate", &[("amount", Shown)]),
    packed("cosmos.staking.v1beta1.MsgEditValidator", "cosmos-sdk/MsgEditValidator", &[("description", Shown), ("commission_rate", FractionIfSet)]),
    packed("cosmos.staking.v1beta1.MsgUndelegate", "cosmos-sdk/MsgUndelegate", &[("amount", Shown)]),
    packed("cosmos.upgrade.v1beta1.MsgCancelUpgrade", "cosmos-sdk/MsgCancelUpgrade", NONE),
    packed("cosmos.upgrade.v1beta1.MsgSoftwareUpgrade", "cosmos-sdk/MsgSoftwareUpgrade", &[("plan", Shown)]),
    packed("cosmos.upgrade.v1beta1.Plan", "cosmos-sdk/Plan", &[("time", Shown)]),
];

fn find(message: &str) -> Option<&'static Contract> {
    CONTRACTS
        .binary_search_by(|contract| contract.message.cmp(message))
        .ok()
        .and_then(|index| CONTRACTS.get(index))
}

/// The rule of a field; `None` is the common one.
pub(super) fn rule(message: &str, field: &str) -> Option<Rule> {
    find(message)?.fields.iter().find(|(name, _)| *name == field).map(|(_, rule)| *rule)
}

/// What a message is called in amino-JSON, by its full protobuf name: the Cosmos SDK's word for its own, and
/// `sirius/<Module><Message>` for ours, such as `sirius/AuthMsgRotateKey` for `sirius.auth.v1.MsgRotateKey`. Others are
/// called by their type URL, as in the Cosmos SDK.
pub fn name(message: &str) -> Cow<'static, str> {
    if let Some(name) = find(message).and_then(|contract| contract.name) {
        return Cow::Borrowed(name);
    }
    let own = message.strip_prefix("sirius.").and_then(|rest| rest.split_once('.'));
    match own.and_then(|(module, rest)| Some((module, rest.rsplit_once('.')?.1))) {
        Some((module, last)) => {
            let (first, rest) = module.split_at_checked(1).unwrap_or((module, ""));
            Cow::Owned(format!("sirius/{}{rest}{last}", first.to_ascii_uppercase()))
        }
        None => Cow::Owned(format!("/{message}")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every row, as (message, its fields).
    pub(in super::super) fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        CONTRACTS.iter().map(|row| (row.message, row.fields.iter().map(|(field, _)| *field).collect()))
    }

    #[test]
    fn the_table_can_be_searched() {
        assert!(CONTRACTS.is_sorted_by(|one, next| one.message < next.message));
        for contract in CONTRACTS {
            assert_eq!(find(contract.message).map(|found| found.message), Some(contract.message));
        }
    }

    #[test]
    fn messages_have_names() {
        let check = |message, expected: &str| assert_eq!(name(message), expected);
        check("cosmos.bank.v1beta1.MsgSend", "cosmos-sdk/MsgSend");
        check("cosmos.gov.v1.MsgCancelProposal", "/cosmos.gov.v1.MsgCancelProposal");
        check("cosmos.bank.v1beta1.Input", "/cosmos.bank.v1beta1.Input");
        check("sirius.auth.v1.MsgRotateKey", "sirius/AuthMsgRotateKey");
        check("sirius.params.v1.MsgUpdate", "sirius/ParamsMsgUpdate");
        check("sirius.Odd", "/sirius.Odd");
        check("sirius..Odd", "/sirius..Odd");
    }
}
