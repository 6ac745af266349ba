//! A chain in memory, and what is sent to it.

use std::sync::Arc;

use mongo_ledger_core::{
    access::{Access, Holder},
    block::{self, Executed, Submitted},
    genesis::Genesis,
    json::{Object, Value},
    key::{PublicKey, SecretKey},
    record::Record,
    refusal::Refusal,
    settings::Settings,
    state::STORE,
    transaction::{
        OutputRef, Proposal, Transaction, TransactionId,
        build::{self, Share, Spend},
    },
};
use sirius_primitives::{Hash, Height};
use sirius_store::{Changes, Memory, Options, Store};

/// A chain in memory.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) height: u64,
    pub(crate) genesis: Changes,
}

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::new(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

/// The name of the chain.
pub(crate) const CHAIN: &str = "test";

/// Four validators with the keys 101 to 104 and power 10 each.
pub(crate) const VALIDATORS: [u8; 4] = [101, 102, 103, 104];

pub(crate) fn validators() -> Vec<(PublicKey, u64)> {
    let mut validators: Vec<_> = VALIDATORS.iter().map(|seed| (public(*seed), 10)).collect();
    validators.sort_unstable();
    validators
}

impl World {
    pub(crate) fn new() -> Self {
        let settings = Settings { election_blocks: 5, ..Settings::default() };
        let store =
            Store::open(Arc::new(Memory::new()), Options { name: STORE.into(), ..Options::default() })
                .unwrap();
        let genesis =
            Genesis { chain_id: CHAIN.into(), settings, admins: Vec::new(), validators: validators() };
        Self { store, height: 0, genesis: genesis.changes() }
    }

    /// A chain that asks for roles, whose first admin this is.
    pub(crate) fn permissioned(admin: &Holder) -> Self {
        let settings = Settings { election_blocks: 5, access: Access::Permissioned, ..Settings::default() };
        let admins = vec![admin.clone()];
        let genesis = Genesis { chain_id: CHAIN.into(), settings, admins, validators: validators() };
        Self { genesis: genesis.changes(), ..Self::new() }
    }

    pub(crate) fn block(&mut self, transactions: &[&Transaction]) -> Executed {
        self.height += 1;
        let mut base = sirius_store::Overlay::new(self.store.latest());
        base.apply(self.genesis.clone());
        let submitted: Vec<Submitted<'_>> = transactions.iter().map(|one| Ok(*one)).collect();
        let executed = block::run(&base, self.height, &submitted).unwrap();
        let mut changes = std::mem::take(&mut self.genesis);
        changes.extend(executed.changes.clone());
        let prepared = self.store.prepare(Height(self.height), &changes).unwrap();
        self.store.commit(prepared, Vec::new()).unwrap();
        executed
    }

    /// A block of one transaction, and what became of it.
    pub(crate) fn one(&mut self, transaction: &Transaction) -> Result<Record, Refusal> {
        self.block(&[transaction]).results.remove(0)
    }

    pub(crate) fn app_hash(&self) -> Hash {
        self.store.committed().app_hash
    }
}

pub(crate) fn text(value: &str) -> Object {
    Object::from([("text".to_owned(), Value::String(value.to_owned()))])
}

/// An asset of `amount` that one key owns.
pub(crate) fn asset(owner: u8, amount: u64, name: &str) -> Transaction {
    build::create(&[public(owner)], &[Share::to(public(owner), amount)], Some(text(name)), None)
        .sign(&[&key(owner)])
        .unwrap()
}

pub(crate) fn spend(from: &Transaction, index: u32) -> Spend {
    Spend {
        output: OutputRef { transaction_id: *from.id(), output_index: index },
        condition: from.outputs()[usize::try_from(index).unwrap()].condition.clone(),
    }
}

pub(crate) fn transfer(owner: u8, spends: &[Spend], shares: &[Share], asset: TransactionId) -> Transaction {
    build::transfer(spends, shares, asset, None).sign(&[&key(owner)]).unwrap()
}

pub(crate) fn proposed(
    proposer: u8,
    proposal: &Proposal,
    seed: &str,
    asked: &[(PublicKey, u64)],
) -> Transaction {
    build::election(CHAIN, public(proposer), asked, proposal, seed).sign(&[&key(proposer)]).unwrap()
}

/// The vote of one validator.
pub(crate) fn voted(election: &Transaction, voter: u8) -> Transaction {
    let place = election.outputs().iter().position(|output| output.public_keys == [public(voter)]).unwrap();
    let spend = spend(election, u32::try_from(place).unwrap());
    let power = election.outputs()[place].amount;
    build::vote(*election.id(), &spend, power).sign(&[&key(voter)]).unwrap()
}

pub(crate) fn change(seed: u8, power: u64) -> Proposal {
    Proposal::Validator { key: public(seed), power, node_id: "ab".repeat(20) }
}
