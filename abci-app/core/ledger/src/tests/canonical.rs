//! One meaning, one form: whatever decodes is the only encoding of what it says, and nothing makes the decoder panic.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use proptest::{prelude::*, sample::Index};
use prost::Message;
use sirius_runtime::Tx;
use tendermint_proto::google::protobuf::Any;

use crate::{
    base::bank::wire::bank::MsgSend,
    testing::{Bed, alice, bob, coins, send},
};

fn payment(bed: &Bed) -> TxRaw {
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    parts
        .with(|parts| {
            parts.body.memo = "for the book".into();
            parts.body.timeout_height = 300;
        })
        .raw()
}

/// A change of bytes that a relayer could make.
#[derive(Debug, Clone)]
enum Mutation {
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Repeat(Index, Index),
    Append(Vec<u8>),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        match self {
            Self::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(at.index(length)) {
                    *byte ^= bits;
                }
            }
            Self::Insert(at, byte) => bytes.insert(at.index(length).min(bytes.len()), *byte),
            Self::Remove(at) => {
                if !bytes.is_empty() {
                    bytes.remove(at.index(length));
                }
            }
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(length).min(bytes.len()), to.index(length).min(bytes.len()));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.extend(part);
            }
            Self::Append(more) => bytes.extend(more),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), 1..=255u8).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<Index>().prop_map(Mutation::Remove),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        prop::collection::vec(any::<u8>(), 1..8).prop_map(Mutation::Append),
    ]
}

/// Where in the envelope bytes are changed.
fn mutated(raw: &TxRaw, place: u8, mutations: &[Mutation]) -> Bytes {
    let mut raw = raw.clone();
    let change = |bytes: &mut Vec<u8>| mutations.iter().for_each(|mutation| mutation.apply(bytes));
    match place {
        0 => change(&mut raw.body_bytes),
        1 => change(&mut raw.auth_info_bytes),
        2 => {
            let mut body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
            change(&mut body.messages[0].value);
            raw.body_bytes = body.encode_to_vec();
        }
        _ => {
            let mut bytes = raw.encode_to_vec();
            change(&mut bytes);
            return bytes.into();
        }
    }
    raw.encode_to_vec().into()
}

/// Whether encoding what the bytes say gives the bytes again.
fn is_canonical<M: Message + Default>(bytes: &[u8]) -> bool {
    M::decode(bytes).is_ok_and(|message| message.encode_to_vec() == bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_transaction_has_one_encoding(
        place in 0..4u8,
        mutations in prop::collection::vec(mutation(), 0..3),
    ) {
        let bed = Bed::new();
        let bytes = mutated(&payment(&bed), place, &mutations);
        if let Ok(tx) = Tx::decode(&bytes, bed.app.registry(), &bed.chain) {
            prop_assert!(is_canonical::<TxRaw>(&bytes));
            prop_assert!(is_canonical::<TxBody>(&tx.body_bytes));
            prop_assert!(is_canonical::<AuthInfo>(&tx.auth_info_bytes));
            for any in TxBody::decode(tx.body_bytes.as_slice()).unwrap().messages {
                prop_assert!(any.type_url != "/cosmos.bank.v1beta1.MsgSend" || is_canonical::<MsgSend>(&any.value));
            }
            let raw =
                TxRaw { body_bytes: tx.body_bytes, auth_info_bytes: tx.auth_info_bytes, signatures: tx.signatures };
            prop_assert_eq!(Bytes::from(raw.encode_to_vec()), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let bed = Bed::new();
        // Bytes that decode as a transaction by chance do not say anything this chain can do.
        prop_assert!(Tx::decode(&bytes.clone().into(), bed.app.registry(), &bed.chain).is_err());
        for verb in bed.app.registry().verbs() {
            let any = Any { type_url: verb.path.clone(), value: bytes.clone() };
            let _ = bed.app.registry().parse(&any, &bed.chain);
        }
    }
}

/// Protobuf allows these for the same meaning; the chain allows one.
#[test]
fn other_forms_of_the_same_meaning_are_refused() {
    let bed = Bed::new();
    let raw = payment(&bed);
    let check = |what: &str, body: Vec<u8>| {
        assert_eq!(
            TxBody::decode(body.as_slice()).unwrap(),
            TxBody::decode(raw.body_bytes.as_slice()).unwrap(),
            "{what} has the same meaning"
        );
        let bytes = TxRaw { body_bytes: body, ..raw.clone() }.encode_to_vec().into();
        let refusal = Tx::decode(&bytes, bed.app.registry(), &bed.chain).unwrap_err();
        assert_eq!((refusal.space, refusal.code), ("tx", 1), "{what}");
    };
    let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
    let part = |memo: &str, timeout_height, messages: Vec<Any>| {
        TxBody { memo: memo.into(), timeout_height, messages, ..TxBody::default() }.encode_to_vec()
    };
    let (message, memo, timeout) =
        (part("", 0, body.messages.clone()), part(&body.memo, 0, Vec::new()), part("", 300, Vec::new()));
    assert_eq!([message.clone(), memo.clone(), timeout.clone()].concat(), raw.body_bytes);
    check("fields out of order", [timeout.clone(), memo.clone(), message.clone()].concat());
    check("a field written twice", [message.clone(), memo.clone(), memo.clone(), timeout.clone()].concat());
    check(
        "an explicit default",
        [raw.body_bytes.clone(), vec![0xfa, 0x3f, 0]].concat()[..raw.body_bytes.len()]
            .to_vec()
            .into_iter()
            .chain([0x20, 0])
            .collect(),
    );
    check("an overlong number", [message, memo, vec![0x18, 0xac, 0x82, 0x00]].concat());
}
