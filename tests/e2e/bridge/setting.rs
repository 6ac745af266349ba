//! The network that all cases share.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::{Binaries, Layer, Running};
use mongo_ledger_core::json::{Object, Value};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::Transaction;
use mongo_ledger_core::transaction::build::{self, Share};
use sirius_ledger::service::anchor::wire::anchor as wire;
use sirius_tests::bed::{self, Bed};
use sirius_tests::database::Http;

/// Every how many of the database's blocks a header goes to the ledger.
pub(crate) const EVERY: u64 = 5;
/// How long the network may take until it is ready.
const READY: Duration = Duration::from_secs(90);

/// See the module's documentation.
pub(crate) struct Setting {
    pub(crate) bed: Bed,
    /// Numbers assets, so that no two are alike.
    serial: i64,
}

impl Setting {
    pub(crate) fn start() -> Result<Self> {
        let mut manifest = bed::database_manifest()?;
        manifest.database.as_mut().context("the manifest has a database")?.anchor_every = EVERY;
        let bed = Bed::start_with(&manifest, |options| {
            options.ready_timeout = READY;
            Ok(())
        })?;
        Ok(Self { bed, serial: 0 })
    }

    pub(crate) fn network(&self) -> &Running {
        self.bed.network()
    }

    /// The database's chain.
    pub(crate) fn chain_id(&self) -> Result<&str> {
        let database = self.network().record().database.as_ref();
        Ok(&database.context("the network has a database")?.chain_id)
    }

    /// Makes an asset that nobody has made before, in a block of its own or with others.
    pub(crate) fn asset(&mut self, host: usize) -> Result<Transaction> {
        self.serial += 1;
        let owner = SecretKey::new(&[9; 32]);
        let data = Object::from([("serial".to_owned(), Value::from(self.serial))]);
        let made = build::create(&[owner.public()], &[Share::to(owner.public(), 1)], Some(data), None);
        let made = made.sign(&[&owner])?;
        let said = Http::new(self.network(), host).send("commit", made.raw().as_bytes())?;
        ensure!(said.status == 202, "host{host} answered {said:?}");
        Ok(made)
    }

    /// The newest block of the database.
    pub(crate) fn height(&self) -> Result<u64> {
        Ok(self.bed.chain_rpcs(Layer::Database)[0].status()?.height)
    }

    /// What the ledger says of the database's chain; `None` when it is not registered.
    pub(crate) fn anchored(&self) -> Result<Option<wire::Chain>> {
        let request = wire::QueryChainRequest { chain_id: self.chain_id()?.to_owned() };
        let path = "/sirius.anchor.v1.Query/Chain";
        let answer: Result<wire::QueryChainResponse, _> = self.bed.rpc(0).ask(path, &request);
        Ok(answer.ok().and_then(|answer| answer.chain))
    }

    /// Waits until the ledger has a header of the database that is at least so high.
    pub(crate) fn wait_anchored(&self, height: u64, patience: Duration) -> Result<wire::Chain> {
        let deadline = Instant::now() + patience;
        loop {
            let found = self.anchored()?;
            let at = found.as_ref().and_then(|chain| chain.latest.as_ref()).map_or(0, |latest| latest.height);
            if let Some(chain) = found.filter(|_| at >= height) {
                return Ok(chain);
            }
            ensure!(
                Instant::now() < deadline,
                "the ledger has header {at} after {} s, not {height}",
                patience.as_secs()
            );
            sleep(Duration::from_millis(200));
        }
    }

    /// Runs `mongo-ledger` with these words on a host; gives how it ended and what it said.
    pub(crate) fn mongo_ledger(&self, host: usize, words: &[&str]) -> Result<(Option<i32>, String)> {
        let home = self.network().layout().chain(Layer::Database, host).app;
        let (verb, rest) = words.split_at(2);
        let mut command = Command::new(Binaries::find()?.mongo_ledger()?);
        command.args(verb).arg("--home").arg(&home).args(rest).stdin(Stdio::null());
        let output = command.output().context("starting mongo-ledger")?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8_lossy(&said).into_owned()))
    }
}
