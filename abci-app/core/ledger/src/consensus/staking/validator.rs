//! A validator as it is stored.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Amount, Height, PublicKey, Timestamp};

use super::{Fraction, Refused, Shares, shares::Stake, wire::staking as wire};

/// Somebody who makes blocks, or would. It is known by its operator's address.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// The Ed25519 key that signs its blocks; it never changes.
    pub consensus_key: [u8; 32],
    /// What is staked on it.
    pub tokens: Amount,
    /// All shares of that.
    pub shares: Shares,
    /// Where it stands.
    pub status: Status,
    /// Whether it may not make blocks, however much is staked on it.
    pub jailed: bool,
    /// The operator's own stake below which it is jailed.
    pub least_own_stake: Amount,
    /// What it keeps of its delegators' rewards.
    pub commission: Commission,
    /// What people are told of it.
    pub description: Description,
}

/// Where a validator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Status {
    /// It makes no blocks.
    Unbonded,
    /// It makes no blocks any more; its stake still answers for those it made.
    Unbonding {
        /// When it left.
        height: Height,
        /// Until when its stake answers.
        until: Timestamp,
    },
    /// It makes blocks.
    Bonded,
}

/// What a validator keeps of its delegators' rewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// The part it keeps.
    pub rate: Fraction,
    /// It is never above this.
    pub most: Fraction,
    /// It rises at most by this a day.
    pub most_change: Fraction,
    /// When it last changed.
    pub changed: Timestamp,
}

/// What people are told of a validator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its name, 1 to 70 bytes.
    pub moniker: String,
    /// Who vouches for the name, such as a key's fingerprint; at most 3,000 bytes, as Cosmos has it.
    pub identity: String,
    /// A page; at most 140 bytes.
    pub website: String,
    /// Where to report what is wrong; at most 140 bytes.
    pub security_contact: String,
    /// Anything else; at most 280 bytes.
    pub details: String,
}

impl Validator {
    /// The address of its consensus key.
    pub fn consensus(&self) -> Address {
        PublicKey::Ed25519(self.consensus_key).address()
    }

    /// Whether it makes blocks.
    pub fn is_bonded(&self) -> bool {
        self.status == Status::Bonded
    }

    pub(super) fn stake(&self) -> Stake {
        Stake { tokens: self.tokens, shares: self.shares }
    }

    /// What some of its shares are worth, rounded down.
    pub fn worth(&self, shares: Shares) -> Amount {
        self.stake().worth(shares)
    }
}

impl Description {
    /// What an edit leaves as it is (Cosmos SDK `x/staking/types.DoNotModifyDesc`).
    const SAME: &'static str = "[do-not-modify]";

    /// Reads what a message says of a validator; `before` is what stays where it says so.
    pub(super) fn parse(wire: wire::Description, before: &Self) -> Result<Self, Refused> {
        let field = |field, text: String, before: &String, most| {
            let text = if text == Self::SAME { before.clone() } else { text };
            if text.len() > most {
                Err(Refused::TooLong { field, most, found: text.len() })
            } else {
                Ok(text)
            }
        };
        let description = Self {
            moniker: field("moniker", wire.moniker, &before.moniker, 70)?,
            identity: field("identity", wire.identity, &before.identity, 3_000)?,
            website: field("website", wire.website, &before.website, 140)?,
            security_contact: field(
                "security contact",
                wire.security_contact,
                &before.security_contact,
                140,
            )?,
            details: field("details", wire.details, &before.details, 280)?,
        };
        if description.moniker.is_empty() { Err(Refused::NoMoniker) } else { Ok(description) }
    }

    pub(super) fn wire(&self) -> wire::Description {
        wire::Description {
            moniker: self.moniker.clone(),
            identity: self.identity.clone(),
            website: self.website.clone(),
            security_contact: self.security_contact.clone(),
            details: self.details.clone(),
        }
    }
}

impl Commission {
    /// How long a commission stands at least, in seconds.
    const LEAST_STAND: i64 = 86_400;

    /// Reads the commission of a new validator.
    pub(super) fn parse(wire: &wire::CommissionRates) -> Result<Self, Refused> {
        let [rate, most, most_change] = [
            parse_rate("commission", &wire.rate)?,
            parse_rate("highest commission", &wire.max_rate)?,
            parse_rate("highest daily change", &wire.max_change_rate)?,
        ];
        if rate > most || most_change > most {
            return Err(Refused::BadCommission {
                cause: "rate and highest daily change are at most the highest rate".into(),
            });
        }
        Ok(Self { rate, most, most_change, changed: Timestamp::default() })
    }

    /// The commission after a change to `rate` at `now`.
    pub(super) fn change(self, rate: Fraction, now: Timestamp) -> Result<Self, Refused> {
        let bad = |cause: &str| Err(Refused::BadCommission { cause: cause.into() });
        if now.seconds.saturating_sub(self.changed.seconds) < Self::LEAST_STAND {
            return bad("it changed less than a day ago");
        }
        if rate > self.most {
            return bad("it would be above the validator's highest rate");
        }
        if rate.above(self.rate) > self.most_change {
            return bad("it would rise by more than the validator's highest daily change");
        }
        Ok(Self { rate, changed: now, ..self })
    }

    pub(super) fn wire(&self) -> wire::Commission {
        wire::Commission {
            commission_rates: Some(wire::CommissionRates {
                rate: self.rate.to_string(),
                max_rate: self.most.to_string(),
                max_change_rate: self.most_change.to_string(),
            }),
            update_time: Some(super::time::wire(self.changed)),
        }
    }
}

/// Reads a part of a whole.
pub(super) fn parse_rate(what: &'static str, text: &str) -> Result<Fraction, Refused> {
    Fraction::parse(text).ok_or_else(|| Refused::BadCommission {
        cause: format!(
            "the {what} {:?} is no whole number of 10^-18 up to 10^18",
            sirius_runtime::excerpt(text)
        ),
    })
}
