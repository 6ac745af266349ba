//! Learning a transaction's gas before signing it: what wallets leave out, and that the answer is enough.

use cosmos_sdk_proto::cosmos::tx::v1beta1::TxRaw;
use proptest::prelude::*;
use sirius_runtime::Mode;
use tendermint_proto::google::protobuf::Any;

use crate::testing::{
    Bed, Parts, alice, bob, carol, coins, dave, eve, grant, mode, multi_send, revoke, rotate, send, update,
};

/// What a wallet does to a transaction before and after encoding it.
type Shape = (&'static str, fn(&mut Parts), fn(&mut TxRaw));

/// What wallets leave out of a simulation, each in its own way.
const SHAPES: &[Shape] = &[
    ("signed", |_| {}, |_| {}),
    (
        "CosmJS: an empty signature, no mode, no fee",
        |parts| {
            parts.auth.signer_infos[0].mode_info = Some(mode(0));
            parts.auth.fee = None;
        },
        |raw| raw.signatures = vec![Vec::new()],
    ),
    ("cosmpy: signed, without gas", |parts| parts.fee().gas_limit = 0, |_| {}),
    (
        "Keplr: no key, an Amino mode",
        |parts| {
            parts.auth.signer_infos[0].public_key = None;
            parts.auth.signer_infos[0].mode_info = Some(mode(127));
            parts.fee().amount.clear();
        },
        |raw| raw.signatures = vec![Vec::new()],
    ),
    ("no signature at all", |parts| parts.fee().gas_limit = 0, |raw| raw.signatures.clear()),
    ("no mode at all", |parts| parts.auth.signer_infos[0].mode_info = None, |raw| raw.signatures.clear()),
];

fn messages() -> Vec<(&'static str, Any)> {
    let one = || coins(1, "uxpx");
    vec![
        ("send", send(&alice(), &bob(), one())),
        ("send to a new account", send(&alice(), &dave(), one())),
        ("send all gold", send(&alice(), &bob(), coins(1_000, "gold"))),
        ("multi-send", multi_send(&alice(), coins(2, "uxpx"), &[(&bob(), one()), (&eve(), one())])),
        ("rotate", rotate(&alice(), &dave(), "sirius-test-1")),
        ("rotate to Ed25519", rotate(&alice(), &eve(), "sirius-test-1")),
        ("grant", grant(&alice(), &carol(), one(), None)),
        ("revoke", revoke(&alice(), &bob())),
        ("update", update(&alice(), &[("auth.max_signatures", 2)])),
    ]
}

#[test]
fn every_wallets_way_is_answered_with_enough_gas() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![grant(&alice(), &bob(), Vec::new(), None)]);
    for (name, message) in messages() {
        let parts = bed.draft(&[&alice()], vec![message]);
        let (real, _) = bed.try_tx(&parts.sign(), Mode::Deliver);
        assert_eq!(real.refusal, None, "{name}");
        let size = parts.sign().len();
        for (shape, before, after) in SHAPES {
            let bytes = parts.clone().with(before).sign_and(after);
            let (simulated, _) = bed.try_tx(&bytes, Mode::Simulate);
            assert_eq!(simulated.refusal, None, "{name}, {shape}");
            // Ten gas for each byte that the wallet had not written yet.
            let missing = u64::try_from(size.saturating_sub(bytes.len())).unwrap() * 10;
            let enough = simulated.gas_used.0 + missing;
            assert!(enough >= real.gas_used.0, "{name}, {shape}: {enough} < {}", real.gas_used);
        }
    }
}

#[test]
fn a_simulation_still_says_what_will_not_work() {
    let bed = Bed::new();
    let check = |code: u32, change: fn(&mut Parts)| {
        let bytes = bed
            .draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "gold"))])
            .with(change)
            .sign_and(|raw| raw.signatures.clear());
        let (result, _) = bed.try_tx(&bytes, Mode::Simulate);
        assert_eq!(result.refusal.map(|refusal| refusal.code), Some(code));
    };
    check(32, |parts| parts.auth.signer_infos[0].sequence = 7);
    check(5, |parts| parts.body.messages = vec![send(&alice(), &bob(), coins(5_000, "gold"))]);
    check(9, |parts| parts.body.messages = vec![send(&dave(), &bob(), coins(5, "gold"))]);
    check(4, |parts| parts.auth.signer_infos.clear());
    check(12, |parts| parts.body.memo = "m".repeat(300));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The fee itself changes what the messages meet; that may only make them cheaper.
    #[test]
    fn simulated_gas_is_enough(amounts in prop::collection::vec(1..1_000_000_000_000u128, 1..5)) {
        let bed = Bed::new();
        let message = |amount: &u128| send(&alice(), &dave(), coins(*amount, "uxpx"));
        let parts = bed.draft(&[&alice()], amounts.iter().map(message).collect());
        let (simulated, _) = bed.try_tx(&parts.sign(), Mode::Simulate);
        let (real, _) = bed.try_tx(&parts.sign(), Mode::Deliver);
        if real.refusal.is_none() {
            prop_assert_eq!(simulated.refusal, None);
            prop_assert!(simulated.gas_used >= real.gas_used);
        }
    }
}
