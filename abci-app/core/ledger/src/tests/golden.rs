//! What others build upon and must not change by accident: names, codes, numbers, stored bytes, the state's root.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use sirius_primitives::Height;
use sirius_runtime::{Registry, VerbKind};
use sirius_store::{Memory, Options, Store};

use crate::{
    ante::amino::name,
    base::{auth, bank, fee, name as names},
    consensus::{gov, params, slashing, staking, upgrade},
    service::anchor,
    testing::{
        Bed, Key, alice, bob, carol, coin, coins, dave, eve,
        golden::{self, Record},
        grant, multi_send, revoke, rotate, send, update, update_at,
    },
};

/// Every name, code and number that clients know, in the order in which modules registered them.
fn catalogue(registry: &Registry) -> String {
    let mut text = String::new();
    for verb in registry.verbs() {
        let (kind, signer) = match verb.kind {
            VerbKind::Message => {
                let signer = verb.signer.map_or_else(String::new, |field| format!(", signed by {field}"));
                ("message", format!("{signer} as {}", name(&verb.request)))
            }
            VerbKind::Query => ("query", String::new()),
        };
        let (module, name, path) = (verb.module, verb.name, &verb.path);
        writeln!(text, "{kind} {module} {name}: {path}, {} to {}{signer}", verb.request, verb.response)
            .unwrap();
    }
    for param in registry.params() {
        let (name, unit) = (param.name, param.unit);
        writeln!(text, "param {name}: {} of {} to {} {unit}", param.default, param.least, param.most)
            .unwrap();
    }
    for (space, code, name) in registry.refusals() {
        writeln!(text, "refusal {space} {code}: {name}").unwrap();
    }
    text
}

#[test]
fn the_catalogue_is_as_committed() {
    golden::check("catalogue.txt", &catalogue(&crate::registry()));
}

/// One record of each kind, under the name of its module.
fn records() -> Vec<(&'static str, Record)> {
    let modules = [
        ("params", params::tests::records()),
        ("upgrade", upgrade::tests::records()),
        ("auth", auth::tests::records()),
        ("bank", bank::tests::records()),
        ("fee", fee::tests::records()),
        ("name", names::tests::records()),
        ("staking", staking::tests::records()),
        ("slashing", slashing::tests::records()),
        ("gov", gov::tests::records()),
        ("anchor", anchor::tests::records()),
    ];
    modules
        .into_iter()
        .flat_map(|(module, records)| records.into_iter().map(move |one| (module, one)))
        .collect()
}

#[test]
fn stored_bytes_are_as_committed() {
    let mut text = String::new();
    for (module, record) in records() {
        write!(text, "{module}: {}", record.line()).unwrap();
    }
    let bed = Bed::new();
    for key in CHAIN {
        let value = &bed.state[key.as_bytes()];
        write!(text, "chain: {key}\n  {}\n  {}\n", hex::encode(key), hex::encode(value)).unwrap();
    }
    golden::check("records.txt", &text);
}

/// The records of the runtime itself.
const CHAIN: [&str; 2] = ["chain/info", "chain/limits"];

/// Kinds of records that stand only while work is left over from one block to the next.
const PASSING: [&str; 4] = ["upgrade/done/", "gov/count/", "gov/clearing/", "name/clearing/"];

/// The readable beginning of a key, which tells its kind.
fn kind(key: &[u8]) -> &[u8] {
    let readable = key.iter().take_while(|byte| byte.is_ascii_lowercase() || b"/-".contains(byte)).count();
    let slash = key[..readable].iter().rposition(|byte| *byte == b'/');
    &key[..slash.map_or(readable, |slash| slash + 1)]
}

#[test]
fn no_kind_of_record_is_missing_here() {
    let mut bed = Bed::new();
    let held = crate::testing::vault("hold", &alice(), &alice(), 1, "gold");
    for (key, messages) in history().into_iter().chain([(alice(), vec![held])]) {
        let bytes = bed.draft(&[&key], messages).sign();
        bed.make_block(&[bytes]);
    }
    let records = records();
    let known: BTreeSet<_> = records
        .iter()
        .map(|(_, record)| kind(record.key()))
        .chain(CHAIN.iter().map(|key| kind(key.as_bytes())))
        .collect();
    let touched = staking::tests::touched();
    let mut met: BTreeSet<_> = bed.state.keys().chain(&touched).map(|key| kind(key)).collect();
    met.extend(PASSING.iter().map(|kind| kind.as_bytes()));
    assert_eq!(met, known);
}

/// Every kind of message, refused ones too, in a few blocks.
fn history() -> Vec<(Key, Vec<tendermint_proto::google::protobuf::Any>)> {
    let one = || coins(1, "uxpx");
    let mut history = vec![
        (alice(), vec![send(&alice(), &dave(), vec![coin(7, "gold"), coin(2_000_000, "uxpx")])]),
        (carol(), vec![send(&carol(), &eve(), coins(3_000_000, "uxpx"))]),
        (bob(), vec![send(&bob(), &alice(), coins(1, "gold"))]),
        (alice(), vec![multi_send(&alice(), coins(2, "uxpx"), &[(&bob(), one()), (&eve(), one())])]),
        (eve(), vec![rotate(&eve(), &Key::secp256k1(9), "sirius-test-1")]),
        (
            alice(),
            vec![
                grant(&alice(), &bob(), coins(9, "uxpx"), None),
                grant(&alice(), &carol(), Vec::new(), None),
            ],
        ),
        (alice(), vec![revoke(&alice(), &bob())]),
        (alice(), vec![update(&alice(), &[("fee.community_percent", 33)])]),
        (dave(), vec![send(&dave(), &alice(), coins(7, "gold"))]),
        (alice(), vec![update_at(&alice().address(), &[("params.max_block_gas", 5_000_000)], 1_000)]),
        (alice(), vec![upgrade::tests::planned(&alice().address(), "v2", 2_000)]),
        (bob(), vec![gov::tests::text_of(&bob(), 10_000_000)]),
        (carol(), vec![gov::tests::vote_of(&carol(), 1, 1)]),
        (bob(), vec![auth::tests::database::register(&bob(), &Key::ed25519(9))]),
        (bob(), vec![names::tests::register(&bob(), "company", 2_592_000)]),
        (bob(), vec![names::tests::register(&bob(), "company.shop", 0)]),
        (alice(), vec![names::tests::reserve(&alice(), &["bank"], &[])]),
    ];
    history.extend(anchor::tests::history());
    history
}

#[test]
fn the_root_of_a_fixed_history_is_as_committed() {
    let mut bed = Bed::new();
    let store = Store::open(Arc::new(Memory::new()), Options::default()).unwrap();
    let genesis = bed.state.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    let mut text = String::new();
    writeln!(text, "0 {}", store.prepare(Height::ZERO, &genesis).unwrap().app_hash()).unwrap();
    for (key, messages) in history() {
        let height = bed.block.height;
        let bytes = bed.draft(&[&key], messages).sign();
        let executed = bed.make_block(&[bytes]);
        let mut changes = if height == Height(1) { genesis.clone() } else { Default::default() };
        changes.extend(executed.changes);
        let prepared = store.prepare(height, &changes).unwrap();
        let code = executed.results[0].refusal.as_ref().map_or(0, |refusal| refusal.code);
        let gas = executed.results[0].gas_used;
        writeln!(text, "{height} {} code {code} gas {gas}", prepared.app_hash()).unwrap();
        store.commit(prepared, Vec::new()).unwrap();
    }
    golden::check("history.txt", &text);
}
