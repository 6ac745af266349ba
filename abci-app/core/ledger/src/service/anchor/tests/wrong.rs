//! Headers as strangers would forge them: each is refused by name, and nothing but the fee is lost.

use tendermint_proto::v0_38::types::{CommitSig, Header as WireHeader};

use super::*;

fn signatures(block: &mut wire::LightBlock) -> &mut Vec<CommitSig> {
    &mut block.signed_header.as_mut().unwrap().commit.as_mut().unwrap().signatures
}

fn header(block: &mut wire::LightBlock) -> &mut WireHeader {
    block.signed_header.as_mut().unwrap().header.as_mut().unwrap()
}

/// The code and text of the refusal of header 15 with a change.
fn check(code: u32, part: &str, block: wire::LightBlock) {
    let refusal = unposted(vec![block]);
    assert_eq!((refusal.space, refusal.code), ("anchor", code), "{}", refusal.text);
    assert!(refusal.text.contains(part), "{part:?} is not in {:?}", refusal.text);
}

fn changed(change: impl FnOnce(&mut wire::LightBlock)) -> wire::LightBlock {
    let mut block = draft(15, 1).all();
    change(&mut block);
    block
}

#[test]
fn forged_headers_are_refused() {
    check(17, "invalid commit value", changed(|block| header(block).data_hash = vec![1; 32]));
    check(17, "a signature", changed(|block| signatures(block)[0].signature[9] ^= 1));
    check(17, "a signature", changed(|block| signatures(block)[0].timestamp.as_mut().unwrap().seconds += 1));
    check(
        17,
        "duplicate validator",
        changed(|block| {
            let first = signatures(block)[0].clone();
            signatures(block)[1] = first;
        }),
    );
    check(
        17,
        "pre-commit length: 5",
        changed(|block| {
            let first = signatures(block)[0].clone();
            signatures(block).push(first);
        }),
    );
    check(17, "faulty signer", changed(|block| signatures(block)[0].validator_address = vec![7; 20]));
    check(17, "invalid validator set", changed(|block| block.validators[0].power = 11));
    check(
        17,
        "invalid next validator set",
        changed(|block| {
            block.next_validators = members(&[64]).iter().map(super::super::light::wire_member).collect();
        }),
    );
    let signed = draft(15, 1).by(&[70]);
    check(17, "no signatures", signed);
    // Signed by the right validators, for another chain.
    let other = draft(15, 1).with(|draft| draft.chain_id = "db-2".into()).all();
    check(2, "no chain db-2", other.clone());
    let mut renamed = other;
    header(&mut renamed).chain_id = CHAIN.into();
    check(17, "invalid commit value", renamed);
}

#[test]
fn light_blocks_that_cannot_be_are_refused() {
    check(1, "it has no signed header", changed(|block| block.signed_header = None));
    check(1, "has not the 32 bytes", changed(|block| block.validators[0].pub_key = vec![1; 31]));
    check(1, "a validator has power 0", changed(|block| block.validators[0].power = 0));
    check(1, "a validator has power -1", changed(|block| block.validators[0].power = -1));
    check(
        1,
        "is beyond",
        changed(|block| block.validators.iter_mut().for_each(|one| one.power = i64::MAX / 9)),
    );
    check(1, "a validator stands twice", changed(|block| block.validators[0] = block.validators[1].clone()));
    check(
        1,
        "is not 1 to",
        changed(|block| {
            header(block).height = i64::MAX;
            block.signed_header.as_mut().unwrap().commit.as_mut().unwrap().height = i64::MAX;
        }),
    );
    check(1, "lacks the next validators", changed(|block| header(block).next_validators_hash = vec![1; 32]));
    check(1, "has not 32 bytes", changed(|block| header(block).validators_hash.clear()));
    check(1, "cannot be", changed(|block| header(block).height = 16));
    check(1, "cannot be", changed(|block| header(block).version = None));
    let empty = unposted(Vec::new());
    assert!(empty.text.contains("the message has none"), "{}", empty.text);
    let backwards = unposted(vec![draft(16, 2).all(), draft(15, 1).all()]);
    assert!(backwards.text.contains("not higher"), "{}", backwards.text);
}

/// Exactly a third of the trusted power, and exactly two thirds of its own, are too little.
#[test]
fn thirds_are_not_enough() {
    let three = |own: &'static [u8]| {
        move |draft: &mut Draft| {
            (draft.validators, draft.next) = (members(own), members(own));
        }
    };
    let bed = || {
        let mut bed = Bed::new();
        let block = draft(10, 0).with(three(&[60, 61, 62])).all();
        bed.deliver(&[&alice()], vec![any(&registration(&alice(), block))]);
        bed
    };
    let refused = |block| refuse(&bed(), &bob(), posted(&bob(), vec![block]));
    let third = refused(draft(15, 1).with(three(&[60, 64, 65])).all());
    assert_eq!((third.code, third.text.contains("30 that is trusted only 10")), (15, true), "{}", third.text);
    let two_thirds = refused(draft(15, 1).with(three(&[60, 61, 62])).by(&[60, 61]));
    assert_eq!((two_thirds.code, two_thirds.text.contains("30 of its own validators only 20")), (16, true));
    // A registration has nothing to be trusted by but its own validators.
    let alone = registration(&alice(), draft(10, 0).with(three(&[60, 61, 62])).by(&[60, 61]));
    assert_eq!(refuse(&Bed::new(), &alice(), any(&alone)).code, 16);
    let forged = registration(&alice(), changed(|block| signatures(block)[0].signature[9] ^= 1));
    assert_eq!(refuse(&Bed::new(), &alice(), any(&forged)).code, 17);
}

#[test]
fn times_must_go_on_and_be_of_now() {
    check(17, "non monotonic", draft(15, 0).all());
    check(13, "more than 10 seconds ahead", draft(15, 3_000).all());
    for (seconds, code) in [(-3_600, 12), (11, 13)] {
        let message = registration(&alice(), draft(10, seconds).all());
        assert_eq!(refuse(&Bed::new(), &alice(), any(&message)).code, code);
    }
}

/// A header that cannot be placed is turned away before any signature is looked at.
#[test]
fn what_is_refused_cheaply_costs_little() {
    let bed = bed();
    let gas = |block: wire::LightBlock| {
        let bytes = bed.draft(&[&bob()], vec![posted(&bob(), vec![block])]).sign();
        bed.try_tx(&bytes, sirius_runtime::Mode::Deliver).0.gas_used.0
    };
    let taken = gas(draft(15, 1).all());
    let (known, forged) =
        (gas(draft(10, 1).all()), gas(changed(|block| signatures(block)[0].signature[9] ^= 1)));
    assert!(known < forged && forged < taken, "{known} {forged} {taken}");
    assert!(forged - known >= 4 * 590, "signatures are charged before they are verified: {known} {forged}");
}

#[test]
fn evidence_must_be_evidence() {
    let check = |code: u32, part: &str, change: fn(&mut wire::MsgSubmitConflict)| {
        let refusal = unshown(change);
        assert_eq!(refusal.code, code, "{}", refusal.text);
        assert!(refusal.text.contains(part), "{}", refusal.text);
    };
    check(21, "two heights", |message| message.second = Some(draft(12, 1).all()));
    check(21, "two chains", |message| {
        message.second = Some(draft(11, 1).with(|draft| draft.chain_id = "db-2".into()).all());
    });
    check(21, "not newer", |message| message.trusted_height = 11);
    check(22, "no header 9", |message| message.trusted_height = 9);
    check(16, "only 20 signed", |message| {
        message.second = Some(draft(11, 1).with(|draft| draft.app_hash = vec![9; 32]).by(&[60, 61]));
    });
    check(14, "header 11 are not those", |message| {
        message.second = Some(draft(11, 1).with(|draft| draft.validators = members(&[64])).all());
    });
    check(1, "there is none", |message| message.second = None);
    let mut late = bed();
    late.block.time.seconds = START.seconds + 3_600;
    assert_eq!(refuse(&late, &bob(), any(&conflict(&bob()))).code, 12);
}
