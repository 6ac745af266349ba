//! What is proven of a database chain, and what is not.

use super::*;

fn entry(key: &[u8]) -> wire::StateProof {
    Database::new().unwrap().entry(key).unwrap()
}

/// A proof of an entry.
fn of(entry: wire::StateProof) -> Any {
    any(&wire::MsgProveRecord { record: None, entry: Some(entry), ..proof(&bob()) })
}

fn asked(bed: &Bed, subject: &Subject) -> wire::Proven {
    let request = wire::QueryProvenRequest { chain_id: CHAIN.into(), subject: subject.to_string() };
    bed.ask::<wire::QueryProvenResponse>("/sirius.anchor.v1.Query/Proven", &request).unwrap().proven.unwrap()
}

#[test]
fn records_and_entries_and_their_absence_are_proven() {
    let mut bed = bed();
    bed.deliver(&[&bob()], vec![any(&proof(&bob()))]);
    bed.deliver(&[&bob()], vec![of(entry(ENTRY.0)), of(entry(b"u/nothing"))]);
    let record = asked(&bed, &Subject::Record([2; 32]));
    assert_eq!((record.header_height, record.record.unwrap().index), (10, 1));
    let held = |key: &[u8]| {
        let subject = Subject::Entry(key.to_vec());
        let proven = super::super::proven(&bed.state, CHAIN, &subject).unwrap().unwrap();
        assert_eq!(asked(&bed, &subject).entry.unwrap().key, key);
        proven.what
    };
    assert_eq!(held(ENTRY.0), What::Entry(Some(ENTRY.1.to_vec())));
    assert_eq!(held(b"u/nothing"), What::Entry(None));
    assert_eq!(super::super::proven(&bed.state, CHAIN, &Subject::Record([9; 32])).unwrap(), None);
    // Proven again, against a newer header.
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(15, 1).all()])]);
    let newer = wire::MsgProveRecord { height: 15, ..proof(&carol()) };
    bed.deliver(&[&carol()], vec![any(&newer)]);
    let again = asked(&bed, &Subject::Record([2; 32]));
    assert_eq!((again.header_height, again.prover_address), (15, text(&carol().address())));
}

#[test]
fn whatever_is_changed_in_a_proof_is_refused() {
    let check = |change: fn(&mut wire::RecordProof)| {
        let refusal = unproven(|message| change(message.record.as_mut().unwrap()));
        assert_eq!((refusal.space, refusal.code), ("anchor", 24), "{}", refusal.text);
    };
    check(|record| record.transaction_id = vec![9; 32]);
    check(|record| record.transaction_id.clear());
    check(|record| record.height = 2);
    check(|record| record.position = 9);
    check(|record| record.raw[0] ^= 1);
    check(|record| record.asset[0] ^= 1);
    check(|record| record.previous[0] ^= 1);
    check(|record| record.previous.truncate(31));
    check(|record| record.index = 2);
    check(|record| record.index = u64::MAX);
    check(|record| record.path.clear());
    check(|record| record.path[0] = vec![1]);
    check(|record| record.path.swap(0, 1));
    check(|record| record.path = vec![vec![1; 32]; 64]);
    check(|record| record.log = None);
    let log = |change: fn(&mut wire::StateProof)| {
        let refusal = unproven(|message| change(message.record.as_mut().unwrap().log.as_mut().unwrap()));
        assert_eq!((refusal.space, refusal.code), ("anchor", 24), "{}", refusal.text);
    };
    log(|log| log.key = b"other".to_vec());
    log(|log| log.value.push(0));
    log(|log| log.value.clear());
    log(|log| log.state.truncate(9));
    log(|log| log.root[20] ^= 1);
    log(|log| *log = entry(ENTRY.0));
}

#[test]
fn whatever_is_changed_in_an_entry_is_refused() {
    let bed = bed();
    let check = |change: fn(&mut wire::StateProof)| {
        for key in [ENTRY.0, b"u/nothing".as_slice()] {
            let mut entry = entry(key);
            change(&mut entry);
            let refusal = refuse(&bed, &bob(), of(entry));
            assert_eq!((refusal.space, refusal.code), ("anchor", 24), "{}", refusal.text);
        }
    };
    check(|entry| entry.key = b"u/other".to_vec());
    check(|entry| entry.key.clear());
    check(|entry| entry.key = vec![b'k'; 513]);
    check(|entry| entry.value = vec![1; 4_097]);
    check(|entry| entry.value.push(1));
    check(|entry| entry.state.clear());
    check(|entry| entry.root.clear());
    check(|entry| std::mem::swap(&mut entry.state, &mut entry.root));
    let both = wire::MsgProveRecord { entry: Some(entry(ENTRY.0)), ..proof(&bob()) };
    assert!(refuse(&bed, &bob(), any(&both)).text.contains("a record or an entry"));
    // A value that is there is not proven absent by leaving it out.
    assert_eq!(refuse(&bed, &bob(), of(wire::StateProof { value: Vec::new(), ..entry(ENTRY.0) })).code, 24);
}

#[test]
fn the_state_of_another_header_is_not_proven_against() {
    let mut bed = bed();
    let other = draft(15, 1).with(|draft| draft.app_hash = vec![9; 32]).all();
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![other])]);
    let odd = draft(20, 2).with(|draft| draft.app_hash = vec![9; 31]).all();
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![odd])]);
    for (height, part) in [(15, "is not proven against app hash"), (20, "has not 32 bytes")] {
        let refusal = refuse(&bed, &bob(), any(&wire::MsgProveRecord { height, ..proof(&bob()) }));
        assert!(refusal.code == 24 && refusal.text.contains(part), "{}", refusal.text);
    }
}
