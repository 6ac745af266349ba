//! The section `slashing` of genesis. A new chain has no absence to remember; one that goes on where another stopped has
//! what that one remembered.

use std::{collections::BTreeMap, ops::ControlFlow};

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Timestamp};
use sirius_runtime::{Chain, Context, Error, QueryContext, rows::each_row};
use sirius_store::{Fault, Write};

use super::{Presence, Refused, keys, presence};
use crate::consensus::staking::{consensus_text, parse_consensus};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What another chain remembered of each consensus key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<GenesisSigner>,
}

/// What is remembered of one consensus key.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GenesisSigner {
    /// The address of the key, as text.
    pub consensus: String,
    /// How present it has been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// The places in the window of the blocks that it missed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<u64>,
    /// Until when it stays jailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jailed_until: Option<Timestamp>,
    /// Whether it signed twice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tombstoned: bool,
}

impl Genesis {
    pub(super) fn write(self, ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for signer in &self.signers {
            signer.write(ctx.chain, state)?;
        }
        presence::invariants(&*state)?.map_err(|cause| Refused::BadGenesis { cause }.into())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut signers: BTreeMap<Address, GenesisSigner> = BTreeMap::new();
        each_row(ctx.state, keys::PRESENCES, |rest, presence: Presence| {
            signers.entry(address_at(rest)?).or_default().presence = Some(presence);
            Ok(ControlFlow::Continue(()))
        })?;
        each_row(ctx.state, keys::MISSED, |rest, bits: Vec<u8>| {
            let part = rest.get(Address::LENGTH..).and_then(|part| part.try_into().ok());
            let part =
                part.map(u32::from_be_bytes).ok_or_else(|| damaged("a key holds no part of a window"))?;
            signers.entry(address_at(rest)?).or_default().missed.extend(presence::places(part, &bits));
            Ok(ControlFlow::Continue(()))
        })?;
        each_row(ctx.state, keys::JAILED_UNTIL, |rest, until: Timestamp| {
            signers.entry(address_at(rest)?).or_default().jailed_until = Some(until);
            Ok(ControlFlow::Continue(()))
        })?;
        each_row(ctx.state, keys::TOMBSTONES, |rest, tombstoned: bool| {
            signers.entry(address_at(rest)?).or_default().tombstoned = tombstoned;
            Ok(ControlFlow::Continue(()))
        })?;
        let named = |(consensus, signer): (Address, GenesisSigner)| GenesisSigner {
            consensus: consensus_text(&consensus, &ctx.chain.prefix),
            ..signer
        };
        Ok(Self { signers: signers.into_iter().map(named).collect() })
    }
}

impl GenesisSigner {
    fn write(&self, chain: &Chain, state: &mut dyn Write) -> Result<(), Error> {
        let bad = |cause: String| Refused::BadGenesis { cause: format!("{:?}: {cause}", self.consensus) };
        let consensus =
            parse_consensus(&self.consensus, &chain.prefix).map_err(|error| bad(error.to_string()))?;
        if let Some(presence) = &self.presence {
            keys::presence(&consensus).set(state, presence);
        }
        let window = self.presence.map_or(0, |presence| presence.window);
        for place in &self.missed {
            if *place >= window {
                return Err(bad(format!("block {place} is not in its window of {window}")).into());
            }
            presence::mark(state, &consensus, *place, true)?;
        }
        if let Some(until) = &self.jailed_until {
            keys::jailed_until(&consensus).set(state, until);
        }
        if self.tombstoned {
            keys::tombstone(&consensus).set(state, &true);
        }
        Ok(())
    }
}

/// The address that a rest of a key begins with.
fn address_at(rest: &[u8]) -> Result<Address, Fault> {
    rest.first_chunk().copied().map(Address::new).ok_or_else(|| damaged("a key holds no address"))
}

fn damaged(detail: &str) -> Fault {
    Fault::Damaged { what: "slashing", detail: detail.into() }
}
