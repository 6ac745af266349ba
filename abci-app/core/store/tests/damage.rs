//! A database whose bytes have changed is named as damaged; nothing wrong is ever read, hashed further or proven.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use common::{commit, whole};
use sirius_primitives::sha256;
use sirius_store::{
    Changes, Disk, DiskOptions, Fault, Memory, Options, Order, Read, Span, Store,
    backend::{Backend, Batch, Space, View},
};

fn key(number: u32) -> Vec<u8> {
    sha256(&number.to_le_bytes()).as_bytes()[..20].to_vec()
}

fn filled(backend: Arc<dyn Backend>) -> Store {
    let store = Store::open(backend, Options::default()).unwrap();
    commit(&store, &(0..2000).map(|number| (key(number), Some(vec![1; 40]))).collect());
    commit(&store, &(0..2000).step_by(3).map(|number| (key(number), Some(vec![2; 40]))).collect());
    store
}

/// Reads everything and works a block out; what comes out is either right or a fault that names the damage.
fn judge(
    open: impl FnOnce() -> Result<Store, Fault>,
    expected: &common::State,
    app_hash: &str,
) -> Option<Fault> {
    let work = || -> Result<(), Fault> {
        let store = open()?;
        let (latest, mut found) = (store.latest(), common::State::new());
        latest.scan(&Span::prefix(b""), Order::Ascending, &mut |key, value| {
            found.insert(key.to_vec(), value.to_vec());
            std::ops::ControlFlow::Continue(())
        })?;
        assert_eq!(&found, expected);
        let all: Changes = (0..2000).map(|number| (key(number), Some(vec![3; 40]))).collect();
        let prepared = store.prepare(store.committed().height.next(), &all)?;
        assert_eq!(prepared.app_hash().to_string(), app_hash);
        Ok(())
    };
    work().err()
}

/// What [`judge`] must find where nothing is damaged.
fn truth() -> (common::State, String) {
    let store = filled(Arc::new(Memory::new()));
    let all: Changes = (0..2000).map(|number| (key(number), Some(vec![3; 40]))).collect();
    (
        whole(&store.latest()),
        store.prepare(store.committed().height.next(), &all).unwrap().app_hash().to_string(),
    )
}

#[test]
fn changed_records_are_noticed() {
    let (expected, app_hash) = truth();
    let memory = Memory::new();
    drop(filled(Arc::new(memory.clone())));
    assert!(
        judge(|| Store::open(Arc::new(memory.clone()), Options::default()), &expected, &app_hash).is_none()
    );

    let view = memory.view().unwrap();
    for space in [Space::Pages, Space::Meta] {
        let mut records = Vec::new();
        view.scan(space, &Span::prefix(b""), Order::Ascending, &mut |key, value| {
            records.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        for (index, (record, value)) in records.iter().enumerate().filter(|(index, _)| index % 37 < 2) {
            let mut wrong = value.clone();
            let at = index * 31 % wrong.len();
            wrong[at] ^= 1 << (index % 8);
            for bytes in [&wrong[..], &value[..value.len() / 2], &[]] {
                let damaged = copy(&*view);
                let mut batch = Batch::default();
                batch.put(space, record, bytes);
                damaged.commit(batch).unwrap();
                let fault =
                    judge(|| Store::open(Arc::new(damaged), Options::default()), &expected, &app_hash);
                let old_root = record.starts_with(b"root/") && !record.ends_with(&[2]);
                assert!(
                    matches!(fault, Some(Fault::Damaged { .. })) || (old_root && fault.is_none()),
                    "{record:02x?}: {fault:?}"
                );
            }
        }
    }
}

fn copy(view: &dyn View) -> Memory {
    let (memory, mut batch) = (Memory::new(), Batch::default());
    for space in Space::ALL {
        view.scan(space, &Span::prefix(b""), Order::Ascending, &mut |key, value| {
            batch.put(space, key, value);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    }
    memory.commit(batch).unwrap();
    memory
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

#[test]
fn changed_files_are_noticed() {
    let (expected, app_hash) = truth();
    let folder = tempfile::tempdir().unwrap();
    let disk = |folder: &Path| Disk::open(folder, DiskOptions { buffer: 64 << 10, ..DiskOptions::default() });
    drop(filled(Arc::new(disk(folder.path()).unwrap())));
    let open = |folder: &Path| Store::open(Arc::new(disk(folder)?), Options::default());
    assert!(judge(|| open(folder.path()), &expected, &app_hash).is_none());

    let mut noticed = 0;
    for file in files(folder.path()).iter().filter(|file| file.metadata().unwrap().len() > 0) {
        for part in 1..4 {
            // Opening rewrites and deletes files, so that each change is made to a copy.
            let copy = tempfile::tempdir().unwrap();
            copy_all(folder.path(), copy.path());
            let file = copy.path().join(file.strip_prefix(folder.path()).unwrap());
            let mut wrong = std::fs::read(&file).unwrap();
            let at = (wrong.len() * part / 4).min(wrong.len() - 1);
            wrong[at] ^= 0x10;
            std::fs::write(&file, &wrong).unwrap();
            // A panic inside the database is a stop as well, only a less polite one.
            let outcome = std::panic::catch_unwind(|| judge(|| open(copy.path()), &expected, &app_hash));
            noticed += usize::from(!matches!(outcome, Ok(None)));
        }
    }
    assert!(noticed > 0, "not one change of a file was noticed");
    assert!(judge(|| open(folder.path()), &expected, &app_hash).is_none());
}

fn copy_all(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, &target).unwrap();
    }
}
