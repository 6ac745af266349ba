//! Texts, codes and events that programs outside read, letter by letter: wallets, CosmJS and cosmpy parse them.

use cosmos_sdk_proto::cosmos::base::abci::v1beta1::TxMsgData;
use prost::Message as _;
use sirius_runtime::{Mode, event::Event, type_url};

use crate::{
    base::{
        auth::wire::auth::QueryAccountRequest,
        bank::wire::bank::{MsgSendResponse, QueryDenomMetadataRequest},
    },
    consensus::staking::{operator_text, wire::staking::QueryDelegationRequest},
    testing::{Bed, alice, bob, coins, dave, send, text},
};

#[test]
fn what_is_not_found_says_so_as_a_cosmos_node_does() {
    let bed = Bed::new();
    let check = |path: &str, request: Vec<u8>, code, text: &str| {
        let refusal = bed.ask_bytes(path, &request).unwrap_err();
        assert_eq!((refusal.space, refusal.code, refusal.text.as_str()), ("sdk", code, text));
    };
    let address = text(&dave().address());
    check(
        "/cosmos.auth.v1beta1.Query/Account",
        QueryAccountRequest { address: address.clone() }.encode_to_vec(),
        22,
        &format!("rpc error: code = NotFound desc = account {address} not found: key not found"),
    );
    check(
        "/cosmos.bank.v1beta1.Query/DenomMetadata",
        QueryDenomMetadataRequest { denom: "gold".into() }.encode_to_vec(),
        22,
        "rpc error: code = NotFound desc = client metadata for denom gold not found: key not found",
    );
    // CosmJS looks for the end of this to answer that nothing is staked.
    let operator = operator_text(&dave().address(), &bed.chain.prefix);
    check(
        "/cosmos.staking.v1beta1.Query/Delegation",
        QueryDelegationRequest { delegator_addr: address.clone(), validator_addr: operator.clone() }
            .encode_to_vec(),
        22,
        &format!(
            "rpc error: code = NotFound desc = delegation with delegator {address} for validator {operator} not found: key not found"
        ),
    );
    check(
        "/cosmos.mint.v1beta1.Query/Inflation",
        Vec::new(),
        6,
        "unknown query path: /cosmos.mint.v1beta1.Query/Inflation; ask the catalogue for the paths there are: unknown request",
    );
}

#[test]
fn refused_transactions_speak_the_clients_language() {
    let bed = Bed::new();
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    let refused = |change: fn(&mut crate::testing::Parts)| {
        let refusal = bed.refusal(&parts.clone().with(change).sign());
        ((refusal.space, refusal.code), refusal.text)
    };
    // CosmJS and Keplr read both numbers.
    let (code, text) = refused(|parts| parts.auth.signer_infos[0].sequence = 3);
    assert_eq!(code, ("sdk", 32));
    assert_eq!(text, "account sequence mismatch, expected 0, got 3: incorrect account sequence");
    // cosmpy searches for "insufficient fees" and reads the coin after "required: ".
    let (code, text) = refused(|parts| parts.fee().amount = coins(1, "uxpx"));
    assert_eq!(code, ("sdk", 13));
    assert_eq!(text, "insufficient fees; got: 1uxpx required: 5000uxpx: insufficient fee");
    // cosmpy searches for "out of gas" and reads both numbers.
    let (code, text) = refused(|parts| parts.fee().gas_limit = 10_000);
    assert_eq!(code, ("sdk", 11));
    let (before, used) = text.split_once("gasUsed: ").unwrap();
    assert_eq!(before, "out of gas in the transaction; gasWanted: 10000, ");
    let (used, after) = used.split_once(';').unwrap();
    assert!(used.parse::<u64>().unwrap() > 10_000);
    assert_eq!(after, " sign it again with a higher gas limit: out of gas");
    let (code, text) = refused(|parts| parts.chain_id = "x".into());
    assert_eq!(code, ("ante", 7));
    let ending =
        "; please verify account number (0), sequence (0) and chain-id (sirius-test-1): unauthorized";
    assert!(text.starts_with("signature verification failed") && text.ends_with(ending), "{text}");
}

#[test]
fn a_payment_is_shown_as_a_cosmos_node_shows_it() {
    let mut bed = Bed::new();
    let result = bed.deliver(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    let shown = |event: &Event| {
        let attributes: Vec<_> = event
            .attributes
            .iter()
            .map(|one| format!("{}={}{}", one.key, one.value, if one.index { " indexed" } else { "" }))
            .collect();
        format!("{}: {}", event.r#type, attributes.join(", "))
    };
    let mut lines: Vec<_> = result.events.iter().map(shown).collect();
    let (alice, bob) = (text(&alice().address()), text(&bob().address()));
    let counted = lines.remove(1);
    let signature = counted.strip_prefix(&format!("tx: acc_seq={alice}/0, signature=")).unwrap();
    assert_eq!(signature.len(), 88, "64 bytes in base64");
    let expected = [
        format!("tx: fee=200000uxpx, fee_payer={alice}"),
        format!(
            "message: action=/cosmos.bank.v1beta1.MsgSend indexed, sender={alice} indexed, module=bank, msg_index=0"
        ),
        format!("coin_spent: spender={alice}, amount=5uxpx, msg_index=0"),
        format!("coin_received: receiver={bob}, amount=5uxpx, msg_index=0"),
        format!("transfer: recipient={bob} indexed, sender={alice} indexed, amount=5uxpx, msg_index=0"),
    ];
    assert_eq!(lines, expected);
    // CometBFT's indexer keeps these for itself, and refuses keys that are empty.
    for event in &result.events {
        assert!(event.attributes.iter().all(|one| !one.key.is_empty()));
        let reserved = |key: &str| event.r#type == "tx" && (key == "hash" || key == "height");
        assert!(event.attributes.iter().all(|one| !reserved(&one.key)));
    }
}

#[test]
fn results_are_what_clients_decode() {
    let bed = Bed::new();
    let messages = vec![send(&alice(), &bob(), coins(5, "uxpx")), send(&alice(), &bob(), coins(6, "uxpx"))];
    let (result, _) = bed.try_tx(&bed.draft(&[&alice()], messages).sign(), Mode::Deliver);
    let (exec, check) = (result.clone().into_exec(), result.into_check());
    assert_eq!((exec.code, exec.log.as_str(), exec.codespace.as_str()), (0, "", ""));
    assert_eq!((exec.gas_wanted, exec.gas_used), (check.gas_wanted, check.gas_used));
    assert_eq!(exec.gas_wanted, 200_000);
    assert!(exec.gas_used > 0);
    let data = TxMsgData::decode(exec.data.as_ref()).unwrap();
    let types: Vec<_> = data.msg_responses.iter().map(|any| any.type_url.clone()).collect();
    assert_eq!(types, [type_url::<MsgSendResponse>(), type_url::<MsgSendResponse>()]);

    let poor = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5_000, "gold"))]).sign();
    let (result, _) = bed.try_tx(&poor, Mode::Deliver);
    let (exec, check) = (result.clone().into_exec(), result.into_check());
    assert_eq!((exec.code, exec.codespace.as_str()), (5, "sdk"));
    assert_eq!((check.code, &check.codespace, &check.log), (exec.code, &exec.codespace, &exec.log));
    assert!(exec.data.is_empty(), "clients decode the data of a refused transaction too");
    assert!(!exec.events.is_empty(), "its fee and sequence are shown");
}
