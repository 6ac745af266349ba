//! The folder on the disk: who may read it, and how a file appears in it whole or not at all.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{KeystoreError, Name};

/// A key file has well under 1 KiB; sixteen times that leaves room for later versions.
const MAX_FILE_BYTES: usize = 16 * 1024;

/// See [`super::Keystore::MAX_KEYS`].
pub(super) const MAX_KEYS: usize = 10_000;

/// How long to wait for another process: changing one passphrase takes well under a second.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(20);

const SUFFIX: &str = ".json";

/// A folder that only its owner can enter.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// Proof that nobody else is changing the folder; released when dropped, or when the process dies.
pub(super) struct Lock(#[expect(dead_code, reason = "holding the open file is holding the lock")] File);

impl Folder {
    /// Opens the folder, making it and its missing parents for the owner alone.
    pub(super) fn open(path: &Path) -> Result<Self, KeystoreError> {
        make(path).map_err(KeystoreError::io("making folder", path))?;
        let metadata = fs::metadata(path).map_err(KeystoreError::io("reading", path))?;
        if !metadata.is_dir() {
            return Err(KeystoreError::NotAFolder(path.into()));
        }
        match mode(&metadata) {
            mode if mode & 0o077 == 0 => Ok(Self { path: path.into() }),
            mode => Err(KeystoreError::FolderOpen { path: path.into(), mode }),
        }
    }

    /// Waits until nobody else changes the folder.
    pub(super) fn lock(&self) -> Result<Lock, KeystoreError> {
        self.lock_within(LOCK_WAIT)
    }

    fn lock_within(&self, wait: Duration) -> Result<Lock, KeystoreError> {
        let path = self.path.join(".lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(KeystoreError::io("opening", &path))?;
        let give_up = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => thread::sleep(LOCK_POLL),
                Err(TryLockError::WouldBlock) => return Err(KeystoreError::Busy(self.path.clone())),
                Err(TryLockError::Error(error)) => return Err(KeystoreError::io("locking", &path)(error)),
            }
        }
    }

    /// Where the key of this name is kept.
    pub(super) fn file(&self, name: &Name) -> PathBuf {
        self.path.join(format!("{name}{SUFFIX}"))
    }

    /// The content of a key file.
    pub(super) fn read(&self, name: &Name) -> Result<Vec<u8>, KeystoreError> {
        let path = self.file(name);
        self.check_regular(name)?;
        let file = File::open(&path).map_err(KeystoreError::io("opening", &path))?;
        let metadata = file.metadata().map_err(KeystoreError::io("reading", &path))?;
        let mode = mode(&metadata);
        if mode & 0o077 != 0 {
            return Err(KeystoreError::FileOpen { path, mode });
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(KeystoreError::io("reading", &path))?;
        match bytes.len() {
            0..=MAX_FILE_BYTES => Ok(bytes),
            bytes => Err(KeystoreError::TooLarge { path, bytes, most: MAX_FILE_BYTES }),
        }
    }

    /// The names of all key files, sorted; an error for each `.json` file whose name cannot be a key's.
    pub(super) fn names(&self) -> Result<Vec<Result<Name, KeystoreError>>, KeystoreError> {
        let failed = || KeystoreError::io("listing", &self.path);
        let (mut names, mut strange) = (Vec::<Name>::new(), Vec::new());
        for entry in fs::read_dir(&self.path).map_err(failed())? {
            let entry = entry.map_err(failed())?.file_name();
            let file = entry.to_string_lossy();
            let Some(stem) = file.strip_suffix(SUFFIX) else { continue };
            match stem.parse() {
                Ok(name) => names.push(name),
                Err(_) => strange.push(KeystoreError::StrangeName { path: self.path.join(&entry) }),
            }
            if names.len() + strange.len() > MAX_KEYS {
                return Err(KeystoreError::Full(self.path.clone()));
            }
        }
        names.sort_unstable();
        Ok(names.into_iter().map(Ok).chain(strange.into_iter().map(Err)).collect())
    }

    /// Writes a new key file.
    pub(super) fn create(&self, lock: &Lock, name: &Name, bytes: &[u8]) -> Result<(), KeystoreError> {
        // Whatever stands there, a dangling link too, is not overwritten.
        match self.check_regular(name) {
            Err(KeystoreError::Missing { .. }) => {}
            Err(error) => return Err(error),
            Ok(()) => return Err(KeystoreError::Exists(name.clone())),
        }
        if self.names()?.len() >= MAX_KEYS {
            return Err(KeystoreError::Full(self.path.clone()));
        }
        self.replace(lock, name, bytes)
    }

    /// Writes a key file whether or not there is one: into a second file, flushed, then renamed over the first.
    pub(super) fn replace(&self, _lock: &Lock, name: &Name, bytes: &[u8]) -> Result<(), KeystoreError> {
        let draft = self.path.join(format!(".{name}.tmp"));
        // The lock is ours, so that a draft can only be what a crash left.
        remove_if_there(&draft).map_err(KeystoreError::io("removing", &draft))?;
        write_new(&draft, bytes).map_err(KeystoreError::io("writing", &draft))?;
        let path = self.file(name);
        fs::rename(&draft, &path).map_err(KeystoreError::io("renaming a draft to", &path))?;
        self.sync()
    }

    /// Deletes a key file.
    pub(super) fn delete(&self, _lock: &Lock, name: &Name) -> Result<(), KeystoreError> {
        self.check_regular(name)?;
        let path = self.file(name);
        fs::remove_file(&path).map_err(KeystoreError::io("removing", &path))?;
        self.sync()
    }

    /// Whether a regular file stands where the key is kept. Opening anything else could block or lead elsewhere.
    fn check_regular(&self, name: &Name) -> Result<(), KeystoreError> {
        let path = self.file(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(()),
            Ok(_) => Err(KeystoreError::NotAFile(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(KeystoreError::Missing { name: name.clone(), folder: self.path.clone() })
            }
            Err(error) => Err(KeystoreError::io("reading", &path)(error)),
        }
    }

    fn sync(&self) -> Result<(), KeystoreError> {
        sync(&self.path).map_err(KeystoreError::io("flushing", &self.path))
    }
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// Makes a folder and its missing parents, each on the disk before the next.
fn make(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.exists() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make(parent)?;
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| sync(parent)),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Flushes a folder: without it a new name may be gone after a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use std::{env, process::Command};

    use super::*;

    /// Tells the process that [`writes_until_killed`] runs in where to write.
    const WRITE_TO: &str = "SIRIUS_TEST_KEY_FOLDER";
    const CONTENTS: [[u8; 600]; 2] = [[b'a'; 600], [b'b'; 600]];

    #[test]
    #[ignore = "another test starts it in a process of its own"]
    fn writes_until_killed() {
        let Ok(path) = env::var(WRITE_TO) else { return };
        let (folder, name) = (Folder::open(path.as_ref()).unwrap(), "alice".parse().unwrap());
        for content in CONTENTS.iter().cycle() {
            let lock = folder.lock().unwrap();
            folder.replace(&lock, &name, content).unwrap();
        }
    }

    #[test]
    fn a_killed_writer_leaves_a_whole_file() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("keys");
        let (folder, name) = (Folder::open(&path).unwrap(), "alice".parse().unwrap());
        for round in 0..20 {
            let mut writer = Command::new(env::current_exe().unwrap())
                .args(["--ignored", "--exact", "keystore::folder::tests::writes_until_killed"])
                .env(WRITE_TO, &path)
                .spawn()
                .unwrap();
            while !folder.file(&name).exists() {
                assert!(writer.try_wait().unwrap().is_none(), "the writer ended before it wrote");
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(20 + 3 * round));
            assert!(writer.try_wait().unwrap().is_none(), "the writer ended by itself");
            writer.kill().unwrap();
            writer.wait().unwrap();
            let _lock = folder.lock_within(Duration::from_secs(1)).unwrap();
            assert!(CONTENTS.iter().any(|content| folder.read(&name).unwrap() == content));
        }
    }

    #[test]
    fn one_at_a_time_changes_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("keys");
        let (one, other) = (Folder::open(&path).unwrap(), Folder::open(&path).unwrap());
        let wait = Duration::from_millis(50);
        let lock = one.lock().unwrap();
        assert!(matches!(other.lock_within(wait), Err(KeystoreError::Busy(_))));
        drop(lock);
        assert!(other.lock_within(wait).is_ok());
    }
}
