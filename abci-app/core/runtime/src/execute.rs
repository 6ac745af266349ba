//! One transaction through the door and its messages: what it changes, costs and shows.

use cosmos_sdk_proto::cosmos::base::abci::v1beta1::TxMsgData;
use prost::Message as _;
use sirius_primitives::Gas;
use sirius_store::{Changes, Fault, Overlay, Read, Write};
use tendermint_proto::{
    google::protobuf::Any,
    v0_38::abci::{ExecTxResult, ResponseCheckTx},
};

use crate::{
    BlockInfo, Chain, Context, Error, Event, Meter, Metered, Mode, Refusal, Registry, Rules, Tx,
    event::{Attributes as _, event},
};

/// What became of a transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TxResult {
    /// Whether it was let in: its fee is paid and its sequence used, even when a message was refused.
    pub admitted: bool,
    /// Why it, or one of its messages, was refused.
    pub refusal: Option<Refusal>,
    /// Its gas limit.
    pub gas_wanted: Gas,
    /// What it used.
    pub gas_used: Gas,
    /// What observers see.
    pub events: Vec<Event>,
    /// The messages' answers, as an encoded `TxMsgData`; empty when refused.
    pub data: Vec<u8>,
}

impl TxResult {
    /// A transaction that was not let in.
    pub fn refused(refusal: Refusal, gas_wanted: Gas, gas_used: Gas) -> Self {
        Self { refusal: Some(refusal), gas_wanted, gas_used, ..Self::default() }
    }

    /// The result as a block records it. Code, data and gas are part of consensus (CometBFT's `LastResultsHash`).
    pub fn into_exec(self) -> ExecTxResult {
        let (code, codespace, log) = code_of(self.refusal);
        ExecTxResult {
            code,
            data: self.data.into(),
            log,
            info: String::new(),
            gas_wanted: self.gas_wanted.to_wire(),
            gas_used: self.gas_used.to_wire(),
            events: self.events,
            codespace,
        }
    }

    /// The result as the mempool hears it, which keeps the code and the gas alone.
    pub fn into_check(self) -> ResponseCheckTx {
        let (code, codespace, log) = code_of(self.refusal);
        ResponseCheckTx {
            code,
            log,
            gas_wanted: self.gas_wanted.to_wire(),
            gas_used: self.gas_used.to_wire(),
            codespace,
            ..ResponseCheckTx::default()
        }
    }
}

fn code_of(refusal: Option<Refusal>) -> (u32, String, String) {
    refusal.map_or_else(Default::default, |refusal| (refusal.code, refusal.space.into(), refusal.text))
}

/// Everything a transaction is executed with besides the state.
pub struct Executor<'a> {
    /// What the chain can do.
    pub registry: &'a Registry,
    /// The chain.
    pub chain: &'a Chain,
    /// The block.
    pub block: &'a BlockInfo,
    /// The rules of that block.
    pub rules: &'a dyn Rules,
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("block", self.block).finish_non_exhaustive()
    }
}

impl Executor<'_> {
    /// Executes `tx` upon `state`, which keeps what it changed: nothing when it is not let in, fee and sequence when a
    /// message is refused, everything otherwise.
    ///
    /// # Errors
    /// Only a fault; a refusal is part of the result.
    pub fn run(&self, tx: &Tx, mode: Mode, state: &mut dyn Write) -> Result<TxResult, Fault> {
        let limit = match mode {
            Mode::Simulate => Gas(u64::MAX),
            Mode::Deliver | Mode::Check | Mode::Recheck => tx.fee.gas_limit,
        };
        let meter = Meter::new(limit);
        let mut ctx = Context::new(self.chain, self.block, &meter, self.registry);
        if matches!(mode, Mode::Check | Mode::Recheck) {
            ctx = ctx.unseen();
        }
        let mut door = Overlay::new(&*state as &dyn Read);
        let admitted = self.rules.admit(tx, mode, &mut ctx, &mut door).and_then(|()| Ok(ctx.check_gas()?));
        match admitted {
            Ok(()) => merge(door.into_changes(), state),
            Err(Error::Fault(fault)) => return Err(fault),
            Err(Error::Refusal(refusal)) => {
                return Ok(TxResult::refused(refusal, tx.fee.gas_limit, meter.used()));
            }
        }
        let mut events = ctx.take_events();
        let mut work = Overlay::new(&*state as &dyn Read);
        let done = match mode {
            Mode::Recheck => Ok(Vec::new()),
            Mode::Deliver | Mode::Check | Mode::Simulate => self.messages(tx, &mut ctx, &mut work),
        };
        let mut result = TxResult {
            admitted: true,
            gas_wanted: tx.fee.gas_limit,
            gas_used: meter.used(),
            ..TxResult::default()
        };
        match done {
            Ok(msg_responses) => {
                merge(work.into_changes(), state);
                events.append(&mut ctx.take_events());
                result.data = TxMsgData { msg_responses, ..TxMsgData::default() }.encode_to_vec();
            }
            Err(Error::Fault(fault)) => return Err(fault),
            Err(Error::Refusal(refusal)) => result.refusal = Some(refusal),
        }
        result.events = events;
        Ok(result)
    }

    /// The messages in order; the first refusal ends them all.
    fn messages(&self, tx: &Tx, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Vec<Any>, Error> {
        let meter = ctx.meter;
        let mut state = Metered::new(state, meter, self.rules.costs());
        let mut responses = Vec::with_capacity(tx.messages.len());
        let mut shown = Vec::new();
        for (index, message) in tx.messages.iter().enumerate() {
            ctx.emit(|ctx| {
                let action = event("message").indexed("action", message.type_url());
                let signers = message.signers();
                let sender = signers.first().map(|sender| ctx.text(sender)).unwrap_or_default();
                action.indexed("sender", sender).with("module", message.module())
            });
            let response = message.execute(ctx, &mut state)?;
            ctx.check_gas()?;
            responses.push(response);
            let index = index.to_string();
            shown.extend(ctx.take_events().into_iter().map(|event| event.with("msg_index", &index)));
        }
        ctx.restore_events(shown);
        Ok(responses)
    }
}

fn merge(changes: Changes, state: &mut dyn Write) {
    for (key, value) in changes {
        state.set_bytes(key, value);
    }
}
