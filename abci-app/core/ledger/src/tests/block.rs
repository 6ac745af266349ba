//! Laws of blocks: an honest proposal is accepted, nothing stops a block, and every node comes to the same.

use bytes::Bytes;
use proptest::{prelude::*, sample::Index};
use sirius_primitives::Gas;
use sirius_runtime::{
    Ante, App, Chain, Context, Costs, Error, Executed, Mode, Registry, Rules, Tx, TxResult,
};
use sirius_store::{Fault, Read, Write};

use crate::{
    ante::Door,
    testing::{Bed, Key, alice, bob, carol, coins, dave, rotate, send},
};

/// What stands in the mempool of a node that listens to everybody.
#[derive(Debug, Clone)]
enum Entry {
    /// A payment in its turn, wanting some share of a block's gas.
    Payment { player: usize, amount: u128, gas: u64 },
    /// The same bytes as an earlier entry.
    Again(Index),
    /// A change of key: whatever the player signed with the old key afterwards is refused.
    Rotation { player: usize },
    /// A payment with something wrong: sequence, chain, signature, fee or size.
    Wrong { player: usize, kind: u8 },
    /// Anything.
    Noise(Vec<u8>),
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let gas = prop_oneof![4 => Just(100_000), 1 => 1_000..12_000_000u64];
    let entry = prop_oneof![
        8 => (0..3usize, 1..2_000_000_000_000u128, gas)
            .prop_map(|(player, amount, gas)| Entry::Payment { player, amount, gas }),
        2 => any::<Index>().prop_map(Entry::Again),
        1 => (0..3usize).prop_map(|player| Entry::Rotation { player }),
        2 => (0..3usize, 0..5u8).prop_map(|(player, kind)| Entry::Wrong { player, kind }),
        1 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Entry::Noise),
    ];
    prop::collection::vec(entry, 0..20)
}

/// The entries' bytes; each player's sequences go up as if all before had been let in.
fn bytes_of(bed: &Bed, entries: &[Entry]) -> Vec<Bytes> {
    let players = [alice(), bob(), carol()];
    let mut sequences = [0; 3];
    let mut txs: Vec<Bytes> = Vec::new();
    for entry in entries {
        let draft = |player: usize, amount| {
            let key: &Key = &players[player];
            bed.draft(&[key], vec![send(key, &dave(), coins(amount, "uxpx"))])
                .with(|parts| parts.auth.signer_infos[0].sequence = sequences[player])
        };
        let bytes = match entry {
            Entry::Payment { player, amount, gas } => {
                let parts = draft(*player, *amount).with(|parts| {
                    parts.fee().gas_limit = *gas;
                    parts.fee().amount = coins(400_000, "uxpx");
                });
                sequences[*player] += 1;
                parts.sign()
            }
            Entry::Rotation { player } => {
                let message = rotate(&players[*player], &Key::secp256k1(0x60), "sirius-test-1");
                let parts = draft(*player, 1).with(|parts| parts.body.messages = vec![message]);
                sequences[*player] += 1;
                parts.sign()
            }
            Entry::Wrong { player, kind } => draft(*player, 1)
                .with(|parts| match kind {
                    0 => parts.auth.signer_infos[0].sequence += 3,
                    1 => parts.chain_id = "elsewhere".into(),
                    2 => parts.keys = vec![dave()],
                    3 => parts.fee().amount.clear(),
                    _ => parts.body.memo = "m".repeat(70_000),
                })
                .sign(),
            Entry::Again(index) if txs.is_empty() => Bytes::from(vec![0; index.index(5)]),
            Entry::Again(index) => index.get(&txs).clone(),
            Entry::Noise(bytes) => bytes.clone().into(),
        };
        txs.push(bytes);
    }
    txs
}

/// What a transaction takes up in a block: a tag, its length, its bytes.
fn size(tx: &Bytes) -> u64 {
    (1 + prost::encoding::encoded_len_varint(tx.len() as u64) + tx.len()) as u64
}

fn run(app: &App, bed: &Bed, txs: &[Bytes]) -> Executed {
    app.run_block(&bed.chain, &bed.state, bed.said(), txs).unwrap()
}

/// Everything of a block that nodes must agree on, and what they show.
fn outcome(executed: &Executed) -> String {
    format!("{executed:?}")
}

/// A door that never verifies a signature ahead of its turn.
struct Unhurried;

struct UnhurriedRules(Box<dyn Rules>);

impl Ante for Unhurried {
    fn rules(&self, state: &dyn Read) -> Result<Box<dyn Rules>, Fault> {
        Ok(Box::new(UnhurriedRules(Door.rules(state)?)))
    }

    fn refusals(&self) -> &'static [(&'static str, u32, &'static str)] {
        Door.refusals()
    }
}

impl Rules for UnhurriedRules {
    fn costs(&self) -> Costs {
        self.0.costs()
    }

    fn verify_ahead(&self, _: &Tx, _: &Chain, _: &dyn Read) {}

    fn admit(&self, tx: &Tx, mode: Mode, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        self.0.admit(tx, mode, ctx, state)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// `Process(Prepare(x))` accepts for any x, and the proposal keeps to the limits of bytes and gas.
    #[test]
    fn an_honest_proposal_is_accepted(entries in entries(), most in 0..8_000u64) {
        let bed = Bed::new();
        let txs = bytes_of(&bed, &entries);
        let proposal = bed.app.select(&bed.chain, &bed.state, bed.said(), (&txs, most)).unwrap();
        prop_assert!(proposal.iter().map(size).sum::<u64>() <= most);
        // The judge is another node, which has seen nothing before.
        let judge = Bed::app();
        let executed = run(&judge, &bed, &proposal);
        prop_assert!(executed.is_honest());
        let wanted = executed.results.iter().fold(Gas(0), |sum, result| sum.plus(result.gas_wanted));
        prop_assert!(wanted <= Gas(10_000_000));
        // The proposal keeps the order of the mempool.
        let mut rest = txs.iter();
        prop_assert!(proposal.iter().all(|tx| rest.any(|other| other == tx)));
    }

    /// What the mempool saw before, what was verified ahead and on which thread: none of it shows in the result.
    #[test]
    fn every_node_comes_to_the_same(entries in entries()) {
        let bed = Bed::new();
        let txs = bytes_of(&bed, &entries);
        let fresh = outcome(&run(&Bed::app(), &bed, &txs));
        for tx in &txs {
            // The mempool's judgement is the block's; only the events are not made.
            let (result, changes) = bed.try_tx(tx, Mode::Deliver);
            let unseen = TxResult { events: Vec::new(), ..result };
            prop_assert_eq!(bed.try_tx(tx, Mode::Check), (unseen, changes));
        }
        prop_assert_eq!(&outcome(&run(&bed.app, &bed, &txs)), &fresh);
        prop_assert_eq!(&outcome(&run(&bed.app, &bed, &txs)), &fresh);
        let unhurried = App::new(Bed::registry(Registry::new(Unhurried)));
        prop_assert_eq!(&outcome(&run(&unhurried, &bed, &txs)), &fresh);
    }

    #[test]
    fn no_bytes_stop_a_block(txs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8)) {
        let bed = Bed::new();
        let txs: Vec<_> = txs.into_iter().map(Bytes::from).collect();
        let executed = run(&bed.app, &bed, &txs);
        prop_assert_eq!(executed.results.len(), txs.len());
        prop_assert!(executed.results.iter().all(|result| result.refusal.is_some()));
        prop_assert!(executed.changes.is_empty());
    }
}

/// More than the threads' smallest share of work, so that signatures are verified on several at once.
#[test]
fn a_long_block_is_verified_in_parallel_and_executed_in_order() {
    let mut bed = Bed::new();
    let pay = |sequence| {
        bed.draft(&[&alice()], vec![send(&alice(), &dave(), coins(1, "uxpx"))])
            .with(|parts| {
                parts.fee().gas_limit = 30_000;
                parts.auth.signer_infos[0].sequence = sequence;
            })
            .sign()
    };
    let txs: Vec<_> = (0..200).map(pay).collect();
    let executed = bed.make_block(&txs);
    assert!(executed.is_honest());
    assert!(executed.results.iter().all(|result| result.refusal.is_none()));
    assert_eq!(bed.balance(&dave().address(), "uxpx"), 200);
}
