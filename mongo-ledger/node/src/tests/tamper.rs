//! Documents that somebody changed: each is named, and made what it was.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use mongodb::bson::{Bson, doc};

use super::world::{World, history, replay};
use crate::{
    Machine,
    documents::{Collection, Documents as _},
    rpc::Rpc,
    verify::{VerifyError, repair},
};

/// What `verify db` finds in a world.
fn findings(world: &World, machine: &Machine) -> Vec<String> {
    let work = crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {});
    world.runtime.block_on(work).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn whatever_is_edited_deleted_or_added_in_any_collection_is_named_and_repaired() {
    let world = World::new();
    let machine = world.plain();
    replay(&machine);
    assert_eq!(findings(&world, &machine), Vec::<String>::new());
    let sound = world.dump();
    // Nobody listens there: what is repaired here follows from texts that are sound.
    let nowhere = Rpc::new("http://127.0.0.1:1").unwrap();
    let found = |expected: &str| {
        let found = world
            .runtime
            .block_on(crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {}))
            .unwrap();
        assert!(found.iter().any(|finding| finding.to_string() == expected), "{expected}: {found:?}");
        world.runtime.block_on(repair(&machine.ledger.store, &*world.documents, &found, &nowhere)).unwrap();
        assert_eq!(findings(&world, &machine), Vec::<String>::new(), "after repairing {expected}");
    };
    let mut changes = 0;
    for (collection, documents) in sound {
        for document in documents {
            let id = document.get_str("_id").unwrap().to_owned();
            for field in document.keys().filter(|field| *field != "_id" && *field != "raw") {
                if collection == Collection::Meta && field == "time" {
                    continue;
                }
                let mut edited = document.clone();
                edited.insert(field.clone(), Bson::String("forged".into()));
                world.runtime.block_on(world.documents.replace(collection, &[edited])).unwrap();
                let named = world
                    .runtime
                    .block_on(crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {}))
                    .unwrap();
                assert!(
                    named.iter().any(|one| one.collection == collection.name() && one.id == id),
                    "{collection}/{id}, {field}: {named:?}"
                );
                world
                    .runtime
                    .block_on(repair(&machine.ledger.store, &*world.documents, &named, &nowhere))
                    .unwrap();
                assert_eq!(findings(&world, &machine), Vec::<String>::new());
                changes += 1;
            }
            let mut added = document.clone();
            added.insert("surplus", true);
            world.runtime.block_on(world.documents.replace(collection, &[added])).unwrap();
            let named = world
                .runtime
                .block_on(crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {}))
                .unwrap();
            let named: Vec<String> = named.iter().map(ToString::to_string).collect();
            assert!(
                named.iter().any(|one| one.starts_with(&format!("{collection}/{id} was edited"))),
                "{named:?}"
            );
            world
                .runtime
                .block_on(world.documents.replace(collection, std::slice::from_ref(&document)))
                .unwrap();
            if collection != Collection::Transactions {
                world
                    .runtime
                    .block_on(world.documents.remove(collection, std::slice::from_ref(&id)))
                    .unwrap();
                found(&format!("{collection}/{id} is missing"));
            }
        }
        let stray = "ab".repeat(32);
        world.runtime.block_on(world.documents.insert(collection, &[doc! { "_id": &stray }])).unwrap();
        found(&format!("{collection}/{stray} is not of this ledger"));
    }
    assert!(changes > 100, "only {changes} fields were changed");
}

#[test]
fn a_changed_text_is_named_and_not_repaired_from_nowhere() {
    let world = World::new();
    let machine = world.plain();
    replay(&machine);
    let id = history()[0][0].id().to_string();
    let change = |id: &str, raw: Option<&str>| {
        let found =
            world.runtime.block_on(world.documents.get(Collection::Transactions, &[id.to_owned()])).unwrap();
        let mut document = found.into_iter().flatten().next().unwrap();
        raw.map(|raw| document.insert("raw", raw));
        document
    };
    let forged = change(&id, Some(history()[0][1].raw()));
    world.runtime.block_on(world.documents.replace(Collection::Transactions, &[forged])).unwrap();
    let named = world
        .runtime
        .block_on(crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {}))
        .unwrap();
    assert_eq!(named[0].to_string(), format!("transactions/{id} was edited: raw"));
    let nowhere = Rpc::new("http://127.0.0.1:1").unwrap();
    let repaired = world.runtime.block_on(repair(&machine.ledger.store, &*world.documents, &named, &nowhere));
    assert!(matches!(repaired, Err(VerifyError::Blocks { height: 1, .. })), "{repaired:?}");
    let recent =
        world.runtime.block_on(crate::verify::recent(&machine.ledger.store, &*world.documents, 100)).unwrap();
    assert_eq!(recent, named, "a start would refuse");
}
