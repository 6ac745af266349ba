//! Every kept height reads as if nothing had come after it, on every backend, before and after opening again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that panics fails"
)]

mod common;

use common::{Place, after, commit, compare, history, key, pairs, states, whole};
use proptest::prelude::*;
use sirius_primitives::Height;
use sirius_store::{Changes, Fault, LONGEST_KEY, Order, Overlay, Read, Span, Write};

fn changes(pairs: &[(&str, Option<&str>)]) -> Changes {
    pairs
        .iter()
        .map(|(key, value)| (key.as_bytes().to_vec(), value.map(|value| value.as_bytes().to_vec())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn reads_every_kept_height(history in history(9), keep in 1..6u64) {
        for place in Place::each() {
            let states = states(&history);
            let mut store = place.open(keep);
            for (block, changes) in history.iter().enumerate() {
                commit(&store, changes);
                compare(&store, &states[..=block + 1], keep);
                if block % 4 == 2 {
                    drop(store);
                    store = place.open(keep);
                    compare(&store, &states[..=block + 1], keep);
                }
            }
        }
    }

    #[test]
    fn scans_any_span_of_any_height(
        history in history(6), from in key(), to in prop::option::of(key()), most in 1..6usize,
    ) {
        let span = Span { from, to };
        for place in Place::each() {
            let store = place.open(100);
            for changes in &history {
                commit(&store, changes);
            }
            for (height, state) in states(&history).iter().enumerate().skip(1) {
                let snapshot = store.at(Height(height as u64)).unwrap();
                for order in [Order::Ascending, Order::Descending] {
                    prop_assert_eq!(pairs(&snapshot, &span, order, most), pairs(state, &span, order, most));
                }
                prop_assert_eq!(snapshot.get_bytes(&span.from).unwrap(), state.get(&span.from).cloned());
            }
        }
    }
}

#[test]
fn long_scans_go_beyond_one_stride() {
    for place in Place::each() {
        let store = place.open(10);
        let all = |value: u8| {
            (0..1000u16).map(move |key| (key.to_be_bytes().to_vec(), vec![value])).collect::<Vec<_>>()
        };
        commit(&store, &all(1).into_iter().map(|(key, value)| (key, Some(value))).collect());
        commit(&store, &all(1).into_iter().step_by(3).map(|(key, _)| (key, None)).collect());
        for order in [Order::Ascending, Order::Descending] {
            let past = pairs(&store.at(Height(1)).unwrap(), &Span::prefix(b""), order, usize::MAX);
            assert_eq!(past.len(), 1000);
            assert!(past.is_sorted() != (order == Order::Descending));
            assert_eq!(pairs(&store.latest(), &Span::prefix(b""), order, usize::MAX).len(), 666);
        }
    }
}

#[test]
fn preparing_changes_nothing_and_may_be_done_again() {
    for place in Place::each() {
        let store = place.open(10);
        let empty = store.committed();
        let genesis = changes(&[("a", Some("1")), ("b", Some("2"))]);
        let first = store.prepare(Height(0), &genesis).unwrap();
        let again = store.prepare(Height(0), &genesis).unwrap();
        assert_eq!(first.app_hash(), again.app_hash());
        assert_ne!(first.app_hash(), empty.app_hash);
        assert_eq!(store.committed(), empty);

        // Genesis is committed with the first block, whatever its number.
        let block = changes(&[("a", None), ("b", Some("2")), ("c", Some("3"))]);
        let prepared = store.prepare(Height(7), &block).unwrap();
        let other = store.prepare(Height(7), &changes(&[("x", Some("y"))])).unwrap();
        let app_hash = prepared.app_hash();
        drop(other);
        store.commit(prepared, Vec::new()).unwrap();
        assert_eq!((store.committed().height, store.committed().app_hash), (Height(7), app_hash));
        assert_eq!(whole(&store.latest()), after(&Default::default(), &block));
        assert_eq!(store.oldest(), Height(7));
    }
}

#[test]
fn refuses_what_was_prepared_on_another_state() {
    for place in Place::each() {
        let store = place.open(10);
        let [one, two] = [(), ()].map(|()| store.prepare(Height(1), &changes(&[("a", Some("1"))])).unwrap());
        store.commit(one, Vec::new()).unwrap();
        for fault in
            [store.commit(two, Vec::new()).unwrap_err(), store.prepare(Height(1), &changes(&[])).unwrap_err()]
        {
            assert!(matches!(fault, Fault::Contradiction(_)), "{fault}");
        }
    }
}

#[test]
fn refuses_what_no_proof_can_show() {
    let store = Place::each()[0].open(10);
    for (key, value) in [(vec![], vec![1]), (vec![1], vec![]), (vec![1; LONGEST_KEY + 1], vec![1])] {
        let fault = store.prepare(Height(1), &Changes::from([(key, Some(value))])).unwrap_err();
        assert!(matches!(fault, Fault::Contradiction(_)), "{fault}");
    }
    store.prepare(Height(1), &Changes::from([(vec![1; LONGEST_KEY], Some(vec![1]))])).unwrap();
}

#[test]
fn a_snapshot_stays_while_the_chain_goes_on() {
    for place in Place::each() {
        let store = place.open(1);
        commit(&store, &changes(&[("a", Some("1"))]));
        let mut fork = Overlay::new(store.latest());
        for value in ["2", "3", "4", "5"] {
            commit(&store, &changes(&[("a", Some(value)), ("b", Some(value))]));
        }
        assert!(store.at(Height(1)).is_err());
        assert_eq!(fork.get_bytes(b"a").unwrap().unwrap(), b"1");
        assert_eq!(fork.get_bytes(b"b").unwrap(), None);
        fork.set_bytes(b"b".to_vec(), Some(b"0".to_vec()));
        assert_eq!(whole(&fork).len(), 2);
    }
}

#[test]
fn a_shorter_window_is_pruned_little_by_little() {
    for place in Place::each() {
        let store = place.open(100);
        for block in 0..30u8 {
            commit(
                &store,
                &Changes::from([
                    (vec![block % 7 + 1], Some(vec![block, 1])),
                    (vec![100, block], Some(vec![1])),
                ]),
            );
        }
        drop(store);
        let store = place.open(2);
        let mut kept = Vec::new();
        for block in 30..50u8 {
            commit(&store, &Changes::from([(vec![block % 7 + 1], Some(vec![block, 1]))]));
            let (oldest, latest) = (store.oldest(), store.committed().height);
            kept.push(latest.0 - oldest.0);
            // What is still there is still right.
            let snapshot = store.at(oldest).unwrap();
            let last = oldest.0 as u8 - 1;
            assert_eq!(snapshot.get_bytes(&[last % 7 + 1]).unwrap().unwrap(), [last, 1]);
        }
        assert!(kept.windows(2).all(|pair| pair[0] - pair[1] <= 1), "{kept:?}");
        assert_eq!(kept.last(), Some(&9));
    }
}

#[test]
fn rows_stand_and_fall_with_their_block() {
    for place in Place::each() {
        let store = place.open(10);
        let row = |key: &str, value: Option<&str>| {
            (key.as_bytes().to_vec(), value.map(|value| value.as_bytes().to_vec()))
        };
        let prepared = store.prepare(Height(1), &changes(&[("a", Some("1"))])).unwrap();
        store
            .commit(
                prepared,
                vec![row("tx/1", Some("one")), row("tx/2", Some("two")), row("u", Some("three"))],
            )
            .unwrap();
        let prepared = store.prepare(Height(2), &changes(&[("a", Some("2"))])).unwrap();
        store.commit(prepared, vec![row("tx/1", None), row("tx/3", Some("four"))]).unwrap();
        drop(store);
        let store = place.open(10);
        assert_eq!(store.row(b"tx/1").unwrap(), None);
        assert_eq!(store.row(b"tx/2").unwrap().unwrap(), b"two");
        let mut found = Vec::new();
        store
            .scan_rows(&Span::prefix(b"tx/"), Order::Descending, &mut |key, _| {
                found.push(key.to_vec());
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(found, [b"tx/3", b"tx/2"]);
        assert_eq!(whole(&store.latest()).len(), 1);
    }
}

#[test]
fn readers_and_the_writer_do_not_wait_for_each_other() {
    for place in Place::each() {
        let store = place.open(3);
        commit(&store, &(0..200u8).map(|key| (vec![1, key], Some(vec![1]))).collect());
        std::thread::scope(|scope| {
            let reader = || {
                for _ in 0..40 {
                    let snapshot = store.latest();
                    let state = whole(&snapshot);
                    let first = state.values().next().unwrap();
                    assert!(
                        state.values().all(|value| value == first),
                        "a block is seen whole or not at all"
                    );
                    let proof = snapshot.prove(&[1, 77]).unwrap();
                    proof.verify(&snapshot.app_hash()).unwrap();
                    assert_eq!(proof.value.as_ref(), Some(first));
                }
            };
            let readers = [scope.spawn(reader), scope.spawn(reader)];
            for block in 2..60u8 {
                commit(&store, &(0..200u8).map(|key| (vec![1, key], Some(vec![block]))).collect());
            }
            for reader in readers {
                reader.join().unwrap();
            }
        });
    }
}
