//! Texts come into the order of the log, in whatever order a server gives them and whatever else it has.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::mpsc::{Receiver, sync_channel};

use futures::TryStreamExt as _;
use mongo_ledger_core::state;
use mongodb::bson::Document;
use sirius_primitives::sha256;

use super::world::{World, replay};
use crate::{
    Machine,
    documents::{Collection, Documents, Find, Memory},
    snapshots::{FIELDS, InOrder, Source, Text},
};

/// A process with a history, and what is read out of it.
struct Bed {
    world: World,
    machine: Machine,
    /// The texts in the order of the log.
    texts: Vec<Text>,
}

impl Bed {
    fn new() -> Self {
        let world = World::new();
        let machine = world.plain();
        replay(&machine);
        let stream = world.documents.stream(Collection::Transactions, &FIELDS);
        let documents: Vec<Document> = world.runtime.block_on(stream.try_collect()).unwrap();
        let mut texts: Vec<Text> = documents.into_iter().filter_map(Text::read).collect();
        texts.sort_by_key(|text| text.index);
        let size = state::head().get(&machine.ledger.store.latest()).unwrap().unwrap().size;
        assert_eq!(size, u64::try_from(texts.len()).unwrap());
        assert!(size > 10, "only {size} records");
        Self { world, machine, texts }
    }

    /// What comes of the texts of `stream`, with a window of so many bytes and these documents to look up.
    fn read(
        &self,
        documents: &dyn Documents,
        stream: Option<Receiver<Text>>,
        window: usize,
    ) -> Result<Vec<Text>, String> {
        let store = &self.machine.ledger.store;
        let (state, runtime) = (store.latest(), self.world.runtime.handle());
        let source = Source { store, state: &state, documents, runtime };
        let size = u64::try_from(self.texts.len()).unwrap();
        let mut order = InOrder::new(source, stream, (window, size));
        (0..size).map(|index| order.take(index).map_err(|error| error.to_string())).collect()
    }

    /// The document of a text.
    fn document(&self, place: usize) -> Document {
        let all = self.world.documents.find(Collection::Transactions, Find::default());
        let all = self.world.runtime.block_on(all).unwrap();
        let raw = &self.texts[place].raw;
        all.into_iter().find(|document| document.get_str("raw").unwrap() == raw).unwrap()
    }
}

fn streaming(texts: Vec<Text>) -> Option<Receiver<Text>> {
    let (to, stream) = sync_channel(texts.len());
    texts.into_iter().for_each(|text| to.send(text).unwrap());
    Some(stream)
}

/// The texts in orders that a server may give them in.
fn orders(texts: &[Text]) -> Vec<Vec<Text>> {
    let mut backwards = texts.to_vec();
    backwards.reverse();
    let mut by_leaf = texts.to_vec();
    by_leaf.sort_by_key(|text| text.leaf);
    let mut turned = texts.to_vec();
    turned.rotate_left(texts.len() / 3);
    vec![texts.to_vec(), backwards, by_leaf, turned]
}

#[test]
fn texts_of_any_order_come_in_that_of_the_log_without_a_look_up() {
    let bed = Bed::new();
    // Nothing can be looked up here.
    let empty = Memory::default();
    for order in orders(&bed.texts) {
        assert_eq!(bed.read(&empty, streaming(order), usize::MAX).unwrap(), bed.texts);
    }
    let missing = bed.read(&empty, streaming(Vec::new()), usize::MAX).unwrap_err();
    assert!(missing.contains("is missing"), "{missing}");
}

#[test]
fn a_text_that_the_stream_lacks_or_the_window_has_no_room_for_is_looked_up() {
    let bed = Bed::new();
    for window in [0, 1, 2_000, usize::MAX] {
        for order in orders(&bed.texts) {
            for step in 1..4 {
                let part: Vec<Text> = order.iter().step_by(step).cloned().collect();
                assert_eq!(bed.read(&*bed.world.documents, streaming(part), window).unwrap(), bed.texts);
            }
        }
    }
    assert_eq!(bed.read(&*bed.world.documents, None, usize::MAX).unwrap(), bed.texts);
}

#[test]
fn texts_that_are_not_of_the_log_are_passed_over() {
    let bed = Bed::new();
    let mut stream = Vec::new();
    for text in &bed.texts {
        let other = Text { leaf: sha256(b"other"), raw: "other".into(), ..text.clone() };
        let later = Text { index: text.index + 1_000, ..text.clone() };
        let elsewhere = Text { index: text.index / 2, ..text.clone() };
        stream.extend([other, later, elsewhere, text.clone(), text.clone()]);
    }
    assert_eq!(bed.read(&Memory::default(), streaming(stream), usize::MAX).unwrap(), bed.texts);
}

#[test]
fn a_text_that_somebody_changed_is_refused_with_its_name() {
    let bed = Bed::new();
    let check = |change: &dyn Fn(&mut Document), expected: &str| {
        let honest = bed.document(3);
        let mut changed = honest.clone();
        change(&mut changed);
        let put = |document: &Document| {
            let work = bed.world.documents.replace(Collection::Transactions, std::slice::from_ref(document));
            bed.world.runtime.block_on(work).unwrap();
        };
        put(&changed);
        let stream = bed.world.documents.stream(Collection::Transactions, &FIELDS);
        let found: Vec<Document> = bed.world.runtime.block_on(stream.try_collect()).unwrap();
        let texts = found.into_iter().filter_map(Text::read).collect();
        let refused = bed.read(&*bed.world.documents, streaming(texts), usize::MAX).unwrap_err();
        assert!(refused.contains(honest.get_str("_id").unwrap()), "{refused}");
        assert!(refused.contains(expected), "{refused}");
        put(&honest);
    };
    let other = bed.texts[4].raw.clone();
    check(&|document| drop(document.insert("raw", &other)), "has the text of another transaction");
    check(&|document| drop(document.remove("raw")), "raw");
    let place = |field: &'static str, value: i64| {
        move |document: &mut Document| {
            document.get_document_mut("_l").unwrap().insert(field, value);
        }
    };
    check(&place("n", 7), "is not the record that the log has");
    check(&place("h", 1_000), "is not the record that the log has");
    check(&place("i", -1), "has a wrong _l.i");
}
