//! What keys cost: prints the median of 15 runs of each operation, and of the raw primitive beside it.
#![allow(clippy::unwrap_used, reason = "a measurement that panics has failed")]

use std::{hint::black_box, time::Instant};

use cosmrs::Any;
use secp256k1::{Message, Secp256k1, SecretKey};
use sirius_primitives::{Gas, sha256};
use sirius_sdk::{
    key::{Key, Mnemonic, Path, Scheme},
    keystore::{Keystore, Passphrase, Secret},
    sign::{AccountNumber, Sequence, Signer, TxBuilder},
};

/// Median microseconds of one call, out of 15 runs of `calls` calls each.
fn measure(name: &str, calls: u32, mut call: impl FnMut()) {
    let mut runs: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    println!("{name:<44} {:>12.1} µs", runs.get(7).unwrap());
}

fn main() {
    let message = [7; 200];
    let mnemonic = Mnemonic::generate().unwrap();
    let secp = Key::derive(&mnemonic, Scheme::Secp256k1).unwrap();
    let edwards = Key::derive(&mnemonic, Scheme::Ed25519).unwrap();

    let context = Secp256k1::signing_only();
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    let digest = Message::from_digest(*sha256(&message).as_bytes());
    measure("libsecp256k1 sign, a digest", 1000, || {
        black_box(context.sign_ecdsa(&digest, &secret));
    });
    measure("secp256k1 sign, 200 bytes", 1000, || drop(black_box(secp.sign(&message))));
    measure("ed25519 sign, 200 bytes", 1000, || drop(black_box(edwards.sign(&message))));

    let any = Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: vec![7; 110] };
    let signer = Signer {
        public_key: secp.public_key().into(),
        account_number: AccountNumber(1),
        sequence: Sequence(1),
    };
    measure("build and sign a payment, secp256k1", 1000, || {
        let builder = TxBuilder::new("sirius-local-1".parse().unwrap(), Gas(1))
            .message(any.clone())
            .signer(signer.clone());
        drop(black_box(builder.build().unwrap().sign(&[&secp]).unwrap()));
    });

    for scheme in Scheme::ALL {
        measure(&format!("derive from a mnemonic, {scheme}"), 10, || {
            drop(black_box(Key::derive(&mnemonic, scheme).unwrap()));
        });
    }

    let folder = tempfile::tempdir().unwrap();
    let keystore = Keystore::open(&folder.path().join("keys")).unwrap();
    let passphrase = Passphrase::new("correct horse battery".into()).unwrap();
    let secret = Secret::from_mnemonic(mnemonic, Path::first(Scheme::Secp256k1));
    let name = "alice".parse().unwrap();
    keystore.add(&name, &secret, &passphrase).unwrap();
    measure("keystore load, Argon2id 64 MiB and 3 passes", 1, || {
        drop(black_box(keystore.load(&name, &passphrase).unwrap()));
    });
    measure("keystore list, 1 key", 100, || drop(black_box(keystore.list().unwrap())));
}
