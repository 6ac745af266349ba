//! A network that lies ready in a folder, and what is needed to start it.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::ports::MAX_HOSTS;
use crate::{
    Binaries, Documents, Error, Layer, Layers, Layout, Manifest, Ports, Record, Running, database_config,
    file, process, setup,
};

/// How long a layer may take until it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(120);

/// Called with one line for people when something takes over a second.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// How to start a network.
#[derive(Clone)]
pub struct Options {
    /// The folder of the network.
    pub layout: Layout,
    /// The programs that its hosts run.
    pub binaries: Binaries,
    /// Which layers are started; `None` starts all that the network has.
    pub layers: Option<Layers>,
    /// Where the hosts of the database keep their documents.
    pub documents: Documents,
    /// How long each layer may take until it is ready.
    pub ready_timeout: Duration,
    /// Where progress is told.
    pub progress: Progress,
}

impl Options {
    /// Options for all layers of a network in `root` with programs that were built before, documents where `MONGODB_URI`
    /// says or on bundled servers, silent, ready within two minutes.
    ///
    /// # Errors
    /// A program is missing.
    pub fn new(root: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self {
            layout: Layout::new(root)?,
            binaries: Binaries::find()?,
            layers: None,
            documents: Documents::from_environment(),
            ready_timeout: READY_TIMEOUT,
            progress: Arc::new(|_| {}),
        })
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("layout", &self.layout)
            .field("binaries", &self.binaries)
            .field("layers", &self.layers)
            .field("documents", &self.documents)
            .field("ready_timeout", &self.ready_timeout)
            .finish_non_exhaustive()
    }
}

/// A network whose files are written and which nobody else runs while this value lives.
#[derive(Debug)]
pub struct Network {
    pub(crate) layout: Layout,
    pub(crate) record: Record,
    // Holding the open file is holding the lock.
    _lock: File,
}

impl Network {
    /// Sets a network up, starts it, and waits until every host has made two blocks.
    ///
    /// # Errors
    /// Whatever [`Network::prepare`], [`Network::launch`] and [`Running::wait_ready`] refuse. Nothing runs afterwards.
    pub fn start(manifest: &Manifest, options: &Options) -> Result<Running, Error> {
        let running = Self::prepare(manifest, &options.layout)?.launch(options)?;
        running.wait_ready()?;
        Ok(running)
    }

    /// Writes the files of a network, unless the folder has one of this manifest already.
    ///
    /// # Errors
    /// The folder has a network of another manifest, is in use, or cannot be written; the manifest describes a network
    /// that CometBFT refuses.
    pub fn prepare(manifest: &Manifest, layout: &Layout) -> Result<Self, Error> {
        let lock = lock(layout)?;
        let record = match Record::read(layout)? {
            Some(record) if record.is_of(manifest) => record,
            Some(_) => return Err(Error::OtherManifest(layout.root().to_owned())),
            None => setup::create(layout, manifest)?,
        };
        Ok(Self { layout: layout.clone(), record, _lock: lock })
    }

    /// The network that lies ready in the folder; `None` when there is none.
    ///
    /// # Errors
    /// It is in use, or cannot be read.
    pub fn open(layout: &Layout) -> Result<Option<Self>, Error> {
        if Record::read(layout)?.is_none() {
            return Ok(None);
        }
        let lock = lock(layout)?;
        let record = Record::read(layout)?;
        Ok(record.map(|record| Self { layout: layout.clone(), record, _lock: lock }))
    }

    /// What was set up.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Deletes the network, its keys and its state, but no programs.
    ///
    /// # Errors
    /// It is in use, or cannot be deleted.
    pub fn delete(layout: &Layout) -> Result<(), Error> {
        if !layout.root().exists() {
            return Ok(());
        }
        let _lock = lock(layout)?;
        layout.delete_state()
    }

    /// Starts every host, and returns when their processes run.
    ///
    /// # Errors
    /// A port is taken, in which case nothing was started; or a process did not start, in which case the others were
    /// stopped.
    pub fn launch(self, options: &Options) -> Result<Running, Error> {
        let ports = Ports::new(self.record.port_offset)?;
        let layers = Layers::choose(options.layers.as_ref(), &self.record.layers())?;
        end_leftovers(&self.layout)?;
        ports.check_free(self.record.hosts, &layers)?;
        self.layout.create_socket_dir()?;
        if layers.has(Layer::Database) {
            self.configure_database(ports, &layers, &options.documents)?;
        }
        Running::start(self, ports, layers, options)
    }

    /// Writes what the database's applications read. At each start, for the document server may be another one; only for
    /// the owner's eyes, for its address may hold a password.
    fn configure_database(&self, ports: Ports, layers: &Layers, documents: &Documents) -> Result<(), Error> {
        let Some(database) = &self.record.database else { return Ok(()) };
        for index in 0..self.record.hosts {
            let files = self.layout.chain(Layer::Database, index);
            let anchor = match layers.has(Layer::Ledger) {
                true => self.anchor(ports, index, database.anchor_every),
                false => None,
            };
            let config = database_config::render(ports, index, &files, database, documents, anchor);
            file::write(&files.app.join("mongo-ledger.toml"), config.as_bytes(), 0o600)?;
        }
        Ok(())
    }

    /// How a host posts the database's headers, if they are to be posted and the host has an account.
    fn anchor(&self, ports: Ports, index: usize, every: u64) -> Option<database_config::Anchor> {
        let account = self.record.accounts.get(index).filter(|_| every > 0)?;
        // The own host's node first; any other serves as well.
        let hosts = (index..self.record.hosts).chain(0..index);
        Some(database_config::Anchor {
            ledger: hosts.map(|host| format!("http://127.0.0.1:{}", ports.rpc(host))).collect(),
            keys: self.layout.keys(),
            passphrase: self.layout.passphrase(),
            name: account.name.clone(),
            every,
            register: index == 0,
        })
    }
}

/// Ends programs of the network that outlived whoever watched them, CometBFT before its application.
///
/// The kernel ends them with their parent; this is for systems and moments where it could not.
pub(crate) fn end_leftovers(layout: &Layout) -> Result<(), Error> {
    // Those who joined are among them, and are in no record.
    let chains = (0..MAX_HOSTS).flat_map(|index| Layer::ALL.map(|layer| layout.chain(layer, index)));
    let programs =
        chains.flat_map(|files| [(files.cometbft_log, files.cometbft), (files.app_log, files.app)]);
    let documents = (0..MAX_HOSTS).map(|index| layout.documents(index)).map(|files| (files.log, files.data));
    let mut alive = Vec::new();
    for (log, home) in programs.chain(documents) {
        let pid_file = log.with_extension("pid");
        match process::end_leftover(&pid_file, &home) {
            true => file::remove(&pid_file)?,
            false => alive.push(format!("{} ({})", home.display(), pid_file.display())),
        }
    }
    match alive.is_empty() {
        true => Ok(()),
        false => Err(Error::Alive(alive.join(", "))),
    }
}

/// Claims the folder, until the file is closed.
fn lock(layout: &Layout) -> Result<File, Error> {
    file::create_dir(layout.root())?;
    let path = layout.lock();
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy(layout.root().to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
    }
}

/// Whether somebody sets up or runs a network in the folder.
pub(crate) fn in_use(layout: &Layout) -> bool {
    layout.lock().exists() && matches!(lock(layout), Err(Error::Busy(_)))
}
