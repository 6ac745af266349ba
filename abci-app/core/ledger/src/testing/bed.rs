//! The chain under test and what can be done with it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignerInfo, TxBody, mode_info};
use prost::Message;
use serde_json::{Value, json};
use sirius_primitives::{Address, Gas, Height, Timestamp};
use sirius_runtime::{
    App, BlockInfo, BlockLimits, Chain, Error, Executed, Mode, QueryContext, Refusal, Registry, Report,
    TxResult, genesis::GenesisError, tx::pack_public_key,
};
use sirius_store::{Overlay, Read, Write as _};
use tendermint_proto::google::protobuf::Any;

use super::{Key, Parts, Vault, alice, bob, carol, coins, text};
use crate::base::{
    auth::{self, Account, account_key},
    bank::{self, balance_key},
    fee,
};

/// Everything a chain remembers.
pub(crate) type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// The gas limit of a test's transaction, and of its whole blocks.
pub(crate) const GAS: u64 = 200_000;
const BLOCK_GAS: u64 = 10_000_000;

/// A chain in memory.
pub(crate) struct Bed {
    pub(crate) app: App,
    pub(crate) chain: Chain,
    pub(crate) state: State,
    /// The block that is being made.
    pub(crate) block: BlockInfo,
    /// What consensus says with it.
    pub(crate) report: Report,
}

impl Bed {
    /// A chain of the ledger's modules and the [`Vault`], with alice, bob and carol.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with a change of genesis.
    pub(crate) fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::genesis(change).unwrap()
    }

    /// The same, where genesis may be refused.
    pub(crate) fn genesis(change: impl FnOnce(&mut Value)) -> Result<Self, GenesisError> {
        let (mut sections, app) = (sections(), Self::app());
        change(&mut sections);
        let time = Timestamp { seconds: 1_700_000_000, nanos: 0 };
        let limits = BlockLimits { bytes: 1 << 20, gas: Gas(BLOCK_GAS) };
        let first = BlockInfo { height: Height(1), time, proposer: vec![0x50; 20] };
        let before = BlockInfo { height: Height::ZERO, time, proposer: Vec::new() };
        let sections = sections.to_string();
        let begun = app.genesis("sirius-test-1", (&before, Report::EMPTY), limits, sections.as_bytes())?;
        let (chain, report) = (begun.chain, Report::default());
        let mut bed = Self { app, chain, state: State::new(), block: first, report };
        bed.keep(begun.changes);
        Ok(bed)
    }

    /// The state machine under test, with nothing remembered.
    pub(crate) fn app() -> App {
        App::new(Self::registry(Registry::new(crate::ante::Door)))
    }

    /// The ledger's modules and the vault behind a door.
    pub(crate) fn registry(door: Registry) -> Registry {
        crate::modules(door).with::<Vault>()
    }

    /// The block that is being made, and what consensus says with it.
    pub(crate) fn said(&self) -> (&BlockInfo, &Report) {
        (&self.block, &self.report)
    }

    fn keep(&mut self, changes: sirius_store::Changes) {
        for (key, value) in changes {
            self.state.set_bytes(key, value);
        }
    }

    /// A transaction of `keys`, in the order in which the messages need them, with the right numbers and sequences.
    pub(crate) fn draft(&self, keys: &[&Key], messages: Vec<Any>) -> Parts {
        self.draft_on(&self.state, keys, messages)
    }

    /// The same with numbers and sequences of another state.
    pub(crate) fn draft_on(&self, state: &dyn Read, keys: &[&Key], messages: Vec<Any>) -> Parts {
        let accounts: Vec<Account> = keys
            .iter()
            .map(|key| auth::account(state, &key.address()).unwrap())
            .map(|account| account.unwrap_or(Account { number: 0, sequence: 0, public_key: None }))
            .collect();
        let signer = |(key, account): (&&Key, &Account)| SignerInfo {
            public_key: Some(pack_public_key(&key.public())),
            mode_info: Some(mode(1)),
            sequence: account.sequence,
        };
        let fee = Fee { amount: coins(u128::from(GAS), "uxpx"), gas_limit: GAS, ..Fee::default() };
        Parts {
            body: TxBody { messages, ..TxBody::default() },
            auth: AuthInfo {
                signer_infos: keys.iter().zip(&accounts).map(signer).collect(),
                fee: Some(fee),
                ..AuthInfo::default()
            },
            keys: keys.iter().map(|key| (*key).clone()).collect(),
            numbers: accounts.iter().map(|account| account.number).collect(),
            chain_id: self.chain.id.clone(),
        }
    }

    /// Runs a transaction on a fork, as the mempool does; the fork's changes come with the result.
    pub(crate) fn try_tx(&self, bytes: &Bytes, mode: Mode) -> (TxResult, sirius_store::Changes) {
        let mut fork = Overlay::new(&self.state);
        let result = self.run_on(bytes, mode, &mut fork);
        (result, fork.into_changes())
    }

    /// Runs a transaction upon `state`, which keeps what it changed.
    pub(crate) fn run_on(&self, bytes: &Bytes, mode: Mode, state: &mut Overlay<&State>) -> TxResult {
        let rules = self.app.rules(&self.state).unwrap();
        self.app.run_tx(bytes, mode, (&self.chain, &self.block, rules.as_ref()), state).unwrap()
    }

    /// Makes a block, keeps it and goes on to the next, a second later.
    pub(crate) fn make_block(&mut self, txs: &[Bytes]) -> Executed {
        let executed = self.app.run_block(&self.chain, &self.state, self.said(), txs).unwrap();
        self.keep(executed.changes.clone());
        self.block.height = self.block.height.next();
        self.block.time.seconds += 1;
        self.check_invariants();
        executed
    }

    /// Makes a block of a transaction of `keys` that must do what it says.
    pub(crate) fn deliver(&mut self, keys: &[&Key], messages: Vec<Any>) -> TxResult {
        let bytes = self.draft(keys, messages).sign();
        let result = self.make_block(&[bytes]).results.remove(0);
        assert_eq!(result.refusal, None);
        result
    }

    /// The refusal of a transaction that must meet one. On the way it proves, for every refusal of the program:
    ///
    /// * one that is not let in changes nothing, in the mempool and in a block;
    /// * one that is let in and then refused keeps its fee and its sequences, and nothing else;
    /// * the mempool and a block refuse alike, whether this node has seen the transaction before or not;
    /// * a refused transaction answers no data.
    pub(crate) fn refusal(&self, bytes: &Bytes) -> Refusal {
        let (result, changes) = self.try_tx(bytes, Mode::Deliver);
        let refusal = result.refusal.clone().expect("the transaction is refused");
        let unseen = TxResult { events: Vec::new(), ..result.clone() };
        assert_eq!(self.try_tx(bytes, Mode::Check), (unseen, changes.clone()));
        assert!(result.data.is_empty(), "a refused transaction has no data");
        let allowed = if result.admitted { self.door_keys(bytes) } else { BTreeSet::new() };
        let changed: BTreeSet<_> = changes.keys().cloned().collect();
        assert!(changed.is_subset(&allowed), "{refusal:?} changed {changed:?}");

        let empty = self.app.run_block(&self.chain, &self.state, self.said(), &[]).unwrap();
        for app in [&self.app, &Self::app()] {
            let block =
                app.run_block(&self.chain, &self.state, self.said(), std::slice::from_ref(bytes)).unwrap();
            let in_block = &block.results[0];
            let again = in_block.refusal.as_ref().expect("the block refuses it too");
            // A block has no room for what is larger than a block; the mempool says it more precisely.
            if refusal.code_of() != ("ante", 3) {
                assert_eq!(*again, refusal);
                assert_eq!((in_block.admitted, in_block.gas_used), (result.admitted, result.gas_used));
            }
            if !result.admitted {
                assert_eq!(block.changes, empty.changes, "{refusal:?}");
            }
        }
        refusal
    }

    /// What letting a transaction in writes: accounts that signed, and the fee's way.
    fn door_keys(&self, bytes: &Bytes) -> BTreeSet<Vec<u8>> {
        let tx = self.app.decode(bytes, &self.chain).unwrap();
        let denom = "uxpx".parse().unwrap();
        let source = tx.fee.granter.or(tx.fee.payer).unwrap_or(tx.required_signers()[0]);
        let collector = fee::COLLECTOR;
        let mut keys = BTreeSet::from([
            b"auth/count".to_vec(),
            account_key(&collector).as_bytes().to_vec(),
            balance_key(&collector, &denom).as_bytes().to_vec(),
            balance_key(&source, &denom).as_bytes().to_vec(),
        ]);
        keys.extend(tx.required_signers().iter().map(|signer| account_key(signer).as_bytes().to_vec()));
        keys
    }

    /// Asks a question.
    pub(crate) fn ask<A: Message + Default>(&self, path: &str, request: &impl Message) -> Result<A, Refusal> {
        self.ask_bytes(path, &request.encode_to_vec()).map(|answer| A::decode(answer.as_slice()).unwrap())
    }

    /// Asks a question with any bytes. A question never meets a fault.
    pub(crate) fn ask_bytes(&self, path: &str, request: &[u8]) -> Result<Vec<u8>, Refusal> {
        let registry = self.app.registry();
        let height = self.block.height;
        let ctx = QueryContext { state: &self.state, chain: &self.chain, height, registry };
        registry.answer(&ctx, path, request).map_err(|error| match error {
            Error::Refusal(refusal) => refusal,
            Error::Fault(fault) => panic!("{path}: {fault}"),
        })
    }

    pub(crate) fn account(&self, address: &Address) -> Account {
        auth::account(&self.state, address).unwrap().unwrap()
    }

    pub(crate) fn balance(&self, address: &Address, denom: &str) -> u128 {
        bank::balance(&self.state, address, &denom.parse().unwrap()).unwrap().units()
    }

    pub(crate) fn supply(&self, denom: &str) -> u128 {
        bank::supply(&self.state, &denom.parse().unwrap()).unwrap().units()
    }

    pub(crate) fn check_invariants(&self) {
        assert_eq!(self.app.registry().invariants(&self.state).unwrap(), Ok(()));
    }
}

/// Space and code of a refusal together.
pub(crate) trait CodeOf {
    fn code_of(&self) -> (&'static str, u32);
}

impl CodeOf for Refusal {
    fn code_of(&self) -> (&'static str, u32) {
        (self.space, self.code)
    }
}

/// The description of how one signer signed.
pub(crate) fn mode(mode: i32) -> ModeInfo {
    ModeInfo { sum: Some(mode_info::Sum::Single(mode_info::Single { mode })) }
}

pub(crate) fn sections() -> Value {
    let [alice, bob, carol] = [alice(), bob(), carol()].map(|key| text(&key.address()));
    let uxpx = json!({ "denom": "uxpx", "amount": "1000000000000" });
    let gold = json!({ "denom": "gold", "amount": "1000" });
    json!({
        "chain": { "prefix": "sirius" },
        "params": { "authority": alice, "values": {} },
        "auth": { "accounts": [{ "address": alice }, { "address": bob }, { "address": carol }] },
        "bank": {
            "balances": [
                { "address": alice, "coins": [gold, uxpx] },
                { "address": bob, "coins": [uxpx] },
                { "address": carol, "coins": [uxpx] },
            ],
            "denoms": [{ "base": "uxpx", "display": "xpx", "exponent": 6, "name": "XPX", "symbol": "XPX" }],
        },
        "fee": { "denom": "uxpx" },
    })
}
