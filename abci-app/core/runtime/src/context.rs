//! What a message or a hook may know besides the state: the chain, the block, its meter, and who sees its events.

use std::cell::RefCell;

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Gas, Height, Prefix, Timestamp};
use sirius_store::Write;
use tendermint_proto::google::protobuf::Any;

use crate::{Error, Event, Meter, Refusal, Registry, Report, Validator};

/// What stays the same for the whole life of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The name that every signature covers.
    pub id: String,
    /// What its addresses begin with.
    pub prefix: Prefix,
}

/// What everyone agrees on about the block that is being made.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockInfo {
    /// Its height.
    pub height: Height,
    /// Its header's time.
    pub time: Timestamp,
    /// The consensus address of the validator that proposed it; empty before the first block.
    pub proposer: Vec<u8>,
}

/// What a block may hold, as the chain's consensus parameters say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockLimits {
    /// Bytes of a whole block.
    pub bytes: u64,
    /// Gas of all its transactions together.
    pub gas: Gas,
}

impl BlockLimits {
    /// What [`BlockLimits::bytes`] can be: from the room that CometBFT's evidence may take in a block
    /// (`evidence.max_bytes` of genesis) to CometBFT's own limit (`types.MaxBlockSizeBytes`).
    pub const BYTES: std::ops::RangeInclusive<u64> = 1_048_576..=104_857_600;

    /// What [`BlockLimits::gas`] can be: enough for one transaction, and no more than CometBFT counts.
    pub const GAS: std::ops::RangeInclusive<u64> = 200_000..=9_223_372_036_854_775_807;
}

/// How many addresses' texts a context remembers; beyond a few, looking one up costs as much as making it.
const MOST_TEXTS: usize = 8;

/// What a message or a hook works with.
#[derive(Debug)]
pub struct Context<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The block.
    pub block: &'a BlockInfo,
    /// What consensus said with it; only hooks hear it.
    pub report: &'a Report,
    /// The transaction's gas.
    pub meter: &'a Meter,
    registry: &'a Registry,
    events: Vec<Event>,
    is_seen: bool,
    validators: Vec<Validator>,
    /// Texts of the addresses met so far: a payment names its two many times over.
    texts: RefCell<Vec<(Address, String)>>,
}

impl<'a> Context<'a> {
    /// A context without events yet.
    pub fn new(chain: &'a Chain, block: &'a BlockInfo, meter: &'a Meter, registry: &'a Registry) -> Self {
        Self {
            chain,
            block,
            report: Report::EMPTY,
            meter,
            registry,
            events: Vec::new(),
            is_seen: true,
            validators: Vec::new(),
            texts: RefCell::default(),
        }
    }

    /// The same for a hook, which hears what consensus said.
    #[must_use]
    pub fn hearing(self, report: &'a Report) -> Self {
        Self { report, ..self }
    }

    /// The same, but nobody sees its events, so that none are made.
    #[must_use]
    pub fn unseen(self) -> Self {
        Self { is_seen: false, ..self }
    }

    /// Shows an event to observers; it is dropped with everything else when the step is refused. It is made only when
    /// somebody will see it.
    pub fn emit(&mut self, make: impl FnOnce(&Self) -> Event) {
        if self.is_seen {
            let event = make(self);
            self.events.push(event);
        }
    }

    /// Takes back events that were handed out.
    pub(crate) fn restore_events(&mut self, events: Vec<Event>) {
        self.events = events;
    }

    /// Hands out the events so far.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Tells consensus of a validator that is new, has another power or leaves. It counts at genesis and in a hook that
    /// ends a block; whoever tells makes sure that each key is told of once a block.
    pub fn tell(&mut self, validator: Validator) {
        self.validators.push(validator);
    }

    /// Hands out what consensus is to be told.
    pub(crate) fn take_validators(&mut self) -> Vec<Validator> {
        std::mem::take(&mut self.validators)
    }

    /// What the chain can do.
    pub fn registry(&self) -> &'a Registry {
        self.registry
    }

    /// The text of an address on this chain.
    pub fn text(&self, address: &Address) -> String {
        let mut texts = self.texts.borrow_mut();
        if let Some((_, text)) = texts.iter().find(|(known, _)| known == address) {
            return text.clone();
        }
        let text = address.bech32(&self.chain.prefix);
        if texts.len() < MOST_TEXTS {
            texts.push((*address, text.clone()));
        }
        text
    }

    /// Executes a message that another message carries. The caller has made sure that its signers agreed.
    ///
    /// # Errors
    /// The inner message's refusal, or a fault.
    pub fn route(&mut self, message: &Any, state: &mut dyn Write) -> Result<Any, Error> {
        let registry = self.registry;
        let parsed = registry.parse(message, self.chain)?;
        parsed.execute(self, state)
    }

    /// Refuses when the gas is used up.
    ///
    /// # Errors
    /// `sdk` 11, out of gas.
    pub fn check_gas(&self) -> Result<(), Refusal> {
        if self.meter.is_exhausted() {
            return Err(
                crate::tx::Refused::OutOfGas { wanted: self.meter.limit(), used: self.meter.used() }.into()
            );
        }
        Ok(())
    }
}
