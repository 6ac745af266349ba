//! One host: its document server and its chains, which start and stop in order and fail one by one.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::keeper::{Keeper, Order};
use crate::unit::{Program, Ready, Role, Unit};
use crate::{Application, Binaries, Documents, Error, HostFiles, Layer, Layers, Layout, Perturbation, Ports};

/// How a network's hosts are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) ports: Ports,
    pub(crate) layers: &'a Layers,
    pub(crate) application: Application,
    pub(crate) binaries: &'a Binaries,
    pub(crate) documents: &'a Documents,
}

/// The keepers of a host: one for each group of programs that live and die together.
#[derive(Debug)]
pub(crate) struct Host {
    name: String,
    // Declared in the order of dropping, which is that of stopping.
    chains: Vec<(Layer, Keeper)>,
    documents: Option<Keeper>,
}

impl Plan<'_> {
    /// Makes the host `index`, which waits for [`Order::Start`].
    pub(crate) fn host(&self, index: usize) -> Result<Host, Error> {
        let name = self.layout.host(index).name;
        let chain = |layer| {
            let programs = self.chain(layer, index)?;
            Ok((layer, Keeper::new(self.unit(&name, programs))?))
        };
        let chains = self.layers.iter().map(chain).collect::<Result<_, Error>>()?;
        let documents = match self.has_bundled_documents() {
            true => Some(Keeper::new(self.unit(&name, vec![self.document_server(index)?]))?),
            false => None,
        };
        Ok(Host { name, chains, documents })
    }

    fn unit(&self, name: &str, programs: Vec<Program>) -> Unit {
        Unit::new(name.to_owned(), self.binaries.localnet.clone(), programs)
    }

    fn has_bundled_documents(&self) -> bool {
        self.layers.has(Layer::Database) && *self.documents == Documents::Bundled
    }

    fn document_server(&self, index: usize) -> Result<Program, Error> {
        let files = self.layout.documents(index);
        let port = self.ports.documents(index);
        let listen = format!("127.0.0.1:{port}");
        Ok(Program {
            role: Role::Documents,
            title: "the document server",
            path: self.binaries.documents()?.to_owned(),
            arguments: ["--listen".into(), listen.into(), "--data".into(), files.data.into()].into(),
            log: files.log,
            needs: None,
            ready: Ready::Port(port),
            process: None,
        })
    }

    /// The application of a chain, and its CometBFT.
    fn chain(&self, layer: Layer, index: usize) -> Result<Vec<Program>, Error> {
        let files = self.layout.chain(layer, index);
        let app = match (layer, self.application) {
            (Layer::Ledger, Application::Kvstore) => None,
            (Layer::Ledger, Application::Ledger) => {
                Some(app("the application", self.binaries.abci_app()?, &files, None))
            }
            (Layer::Database, _) => {
                let needs = self.has_bundled_documents().then(|| self.ports.documents(index));
                Some(app("the database's application", self.binaries.mongo_ledger()?, &files, needs))
            }
        };
        let cometbft = Program {
            role: Role::Cometbft,
            title: match layer {
                Layer::Ledger => "CometBFT",
                Layer::Database => "the database's CometBFT",
            },
            path: self.binaries.cometbft.clone(),
            arguments: start_in(&files.cometbft),
            log: files.cometbft_log,
            needs: None,
            ready: Ready::AtOnce,
            process: None,
        };
        Ok(app.into_iter().chain([cometbft]).collect())
    }
}

fn app(title: &'static str, path: &Path, files: &HostFiles, needs: Option<u16>) -> Program {
    Program {
        role: Role::App,
        title,
        path: path.to_owned(),
        arguments: start_in(&files.app),
        log: files.app_log.clone(),
        needs,
        ready: Ready::Socket(files.socket.clone()),
        process: None,
    }
}

/// What CometBFT and the applications are called with.
fn start_in(home: &Path) -> Vec<OsString> {
    ["start".into(), "--home".into(), home.into()].into()
}

impl Host {
    /// All keepers.
    pub(crate) fn keepers(&self) -> impl Iterator<Item = &Keeper> {
        self.documents.iter().chain(self.chains())
    }

    /// The keepers of the chains.
    pub(crate) fn chains(&self) -> impl Iterator<Item = &Keeper> {
        self.chains.iter().map(|(_, keeper)| keeper)
    }

    /// The keeper of the bundled document server.
    pub(crate) fn documents(&self) -> Option<&Keeper> {
        self.documents.as_ref()
    }

    /// The keeper of a chain.
    pub(crate) fn chain(&self, layer: Layer) -> Option<&Keeper> {
        self.chains.iter().find(|(found, _)| *found == layer).map(|(_, keeper)| keeper)
    }

    /// Disturbs the host, except by cutting its links, which are not its own.
    pub(crate) fn disturb(&self, perturbation: Perturbation) -> Result<(), Error> {
        match perturbation {
            Perturbation::Kill => {
                let killed = order_each(self.keepers(), Order::Kill);
                self.resume().and(killed)
            }
            Perturbation::Restart => {
                let halted = order_each(self.chains(), Order::Halt);
                let halted = order_each(self.documents(), Order::Halt).and(halted);
                self.resume().and(halted)
            }
            Perturbation::KillApp => self.kill_only(Layer::Ledger, Role::App),
            Perturbation::KillCometbft => self.kill_only(Layer::Ledger, Role::Cometbft),
            Perturbation::KillDatabaseApp => self.kill_only(Layer::Database, Role::App),
            Perturbation::KillDatabaseCometbft => self.kill_only(Layer::Database, Role::Cometbft),
            Perturbation::KillDocuments => {
                let keeper = self.documents.as_ref().ok_or_else(|| {
                    Error::Pointless(format!("{} runs no document server of its own", self.name))
                })?;
                keeper.command(Order::Kill)?;
                keeper.command(Order::Resume)
            }
            Perturbation::Pause(duration) => self.pause(duration),
            Perturbation::Disconnect(_) => Ok(()),
        }
    }

    fn pause(&self, duration: Duration) -> Result<(), Error> {
        order_each(self.keepers(), Order::Pause(duration))
    }

    fn kill_only(&self, layer: Layer, role: Role) -> Result<(), Error> {
        let keeper = self
            .chain(layer)
            .ok_or_else(|| Error::Pointless(format!("{} does not run the {layer} now", self.name)))?;
        keeper.command(Order::KillOnly(role))?;
        keeper.command(Order::Resume)
    }

    /// Starts again what was ended: the documents first, and the chains also when those fail.
    fn resume(&self) -> Result<(), Error> {
        let documents = order_each(self.documents(), Order::Resume);
        order_each(self.chains(), Order::Resume).and(documents)
    }
}

/// Gives every keeper the same order and waits until all have done it; returns the first failure.
pub(crate) fn order_each<'a>(
    keepers: impl IntoIterator<Item = &'a Keeper>,
    order: Order,
) -> Result<(), Error> {
    let replies: Vec<_> = keepers.into_iter().map(|keeper| keeper.order(order)).collect();
    let results: Vec<_> =
        replies.into_iter().map(|reply| reply?.recv().map_err(|_| Error::Stopped)?).collect();
    results.into_iter().collect()
}
