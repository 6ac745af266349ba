//! The programs that a network runs: where they are found, and how they are built.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cometbft_config::COMETBFT_VERSION;

use crate::{Application, Documents, Error, Layer, Layers, Progress, file};

/// A package of a pinned module, and what it becomes.
struct Tool {
    /// What people call it.
    title: &'static str,
    /// The module's folder, below the top of the source tree.
    module: &'static str,
    package: &'static str,
    /// The name of the program in `bin`.
    name: &'static str,
}

const COMETBFT: Tool = Tool {
    title: "CometBFT",
    module: "localnet/tools/cometbft",
    package: "github.com/cometbft/cometbft/cmd/cometbft",
    name: "cometbft",
};
const LOAD: Tool = Tool {
    title: "CometBFT's load tool",
    module: "localnet/tools/cometbft",
    package: "github.com/cometbft/cometbft/test/loadtime/cmd/load",
    name: "load",
};
const DOCUMENTS: Tool = Tool {
    title: "the document server",
    module: "localnet/tools/documents",
    package: ".",
    name: "documents",
};

/// The programs that a host runs.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// This crate's own program, which makes children die with their parent.
    pub localnet: PathBuf,
    /// CometBFT of the pinned version.
    pub cometbft: PathBuf,
    /// The ledger; a network with the built-in key-value store needs none.
    pub abci_app: Option<PathBuf>,
    /// The database's application; a network without a database needs none.
    pub mongo_ledger: Option<PathBuf>,
    /// The document server; a network without a database, or with a MongoDB elsewhere, needs none.
    pub documents: Option<PathBuf>,
}

impl Binaries {
    /// Finds programs that were built before: those of this project beside the running program (or above it, where
    /// tests have it), CometBFT on `PATH` or in the `bin` folder.
    ///
    /// # Errors
    /// `localnet` or CometBFT is missing.
    pub fn find() -> Result<Self, Error> {
        Ok(Self {
            localnet: beside_this_program("localnet").ok_or_else(|| Error::ProgramMissing {
                program: "localnet",
                place: "beside this program".to_owned(),
                advice: "build it with `cargo build --release -p localnet`",
            })?,
            cometbft: find_cometbft(&bin_dir()?).ok_or_else(|| Error::ProgramMissing {
                program: "CometBFT 0.38.26",
                place: format!("on PATH or in {}", bin_dir().unwrap_or_default().display()),
                advice: "build it with `make tools`",
            })?,
            abci_app: beside_this_program("abci-app"),
            mongo_ledger: beside_this_program("mongo-ledger"),
            documents: Some(bin_dir()?.join(DOCUMENTS.name)).filter(|path| path.is_file()),
        })
    }

    /// The ledger's program.
    ///
    /// # Errors
    /// It is missing.
    pub fn abci_app(&self) -> Result<&Path, Error> {
        self.abci_app.as_deref().ok_or_else(|| Error::ProgramMissing {
            program: "abci-app",
            place: format!("beside {}", self.localnet.display()),
            advice: "build it with `cargo build --release -p abci-app`",
        })
    }

    /// The program of the database's application.
    ///
    /// # Errors
    /// It is missing.
    pub fn mongo_ledger(&self) -> Result<&Path, Error> {
        self.mongo_ledger.as_deref().ok_or_else(|| Error::ProgramMissing {
            program: "mongo-ledger",
            place: format!("beside {}", self.localnet.display()),
            advice: "build it with `cargo build --release -p mongo-ledger`",
        })
    }

    /// The program of the document server.
    ///
    /// # Errors
    /// It is missing.
    pub fn documents(&self) -> Result<&Path, Error> {
        self.documents.as_deref().ok_or_else(|| Error::ProgramMissing {
            program: "the document server",
            place: format!("in {}", bin_dir().unwrap_or_default().display()),
            advice: "build it with `make tools`, or set MONGODB_URI",
        })
    }
}

/// The top of the source tree: the first folder with the pinned module, upwards from the current folder, then from
/// this program.
fn source_tree() -> Option<PathBuf> {
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    let mut folders = starts.iter().flatten().flat_map(|start| start.ancestors());
    folders.find(|folder| folder.join(COMETBFT.module).join("go.mod").is_file()).map(Path::to_owned)
}

/// The folder of the network when none is named: `.localnet` at the top of the source tree, or in the current folder.
pub(crate) fn default_dir() -> Result<PathBuf, Error> {
    let top = match source_tree() {
        Some(top) => top,
        None => env::current_dir().map_err(Error::io("find the folder", Path::new(".")))?,
    };
    Ok(top.join(".localnet"))
}

fn bin_dir() -> Result<PathBuf, Error> {
    Ok(default_dir()?.join("bin"))
}

/// A program of this project that lies in the folder of the running one, or in the one above as for tests.
fn beside_this_program(name: &str) -> Option<PathBuf> {
    let this = env::current_exe().ok()?;
    this.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// CometBFT of the pinned version, from `PATH` rather than from `bin`.
fn find_cometbft(bin: &Path) -> Option<PathBuf> {
    let folders =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let candidates =
        folders.into_iter().map(|folder| folder.join("cometbft")).filter(|path| path.is_absolute());
    candidates.chain([bin.join("cometbft")]).find(|path| path.is_file() && is_pinned(path))
}

fn is_pinned(program: &Path) -> bool {
    let output = Command::new(program).arg("version").stdin(Stdio::null()).output();
    output.is_ok_and(|output| says_pinned(&String::from_utf8_lossy(&output.stdout)))
}

/// Whether `cometbft version` printed the pinned one, perhaps with a `v` before it or a commit after it.
fn says_pinned(output: &str) -> bool {
    let version = output.trim();
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('+').next() == Some(COMETBFT_VERSION)
}

/// Builds what is missing for these layers of a network.
pub(crate) fn provide(
    application: Application,
    layers: &Layers,
    documents: &Documents,
    progress: &Progress,
) -> Result<Binaries, Error> {
    if find_cometbft(&bin_dir()?).is_none() {
        build_cometbft(progress)?;
    }
    let ledger = layers.has(Layer::Ledger) && application == Application::Ledger;
    let database = layers.has(Layer::Database);
    let bundled = database && *documents == Documents::Bundled;
    if ledger && beside_this_program("abci-app").is_none() {
        build_with_cargo("abci-app", progress)?;
    }
    if database && beside_this_program("mongo-ledger").is_none() {
        build_with_cargo("mongo-ledger", progress)?;
    }
    if bundled {
        provide_documents(progress)?;
    }
    let binaries = Binaries::find()?;
    if ledger {
        binaries.abci_app()?;
    }
    if database {
        binaries.mongo_ledger()?;
    }
    if bundled {
        binaries.documents()?;
    }
    Ok(binaries)
}

/// Builds the tools that are not there: CometBFT, unless the pinned one is on `PATH`, its load tool, and the document
/// server.
///
/// Returns what there is now, each with its path.
///
/// # Errors
/// Go is missing, a build failed, or this is not the source tree.
pub(crate) fn build_all(progress: &Progress) -> Result<Vec<(&'static str, PathBuf)>, Error> {
    let bin = bin_dir()?;
    let cometbft = match find_cometbft(&bin) {
        Some(path) => path,
        None => build_cometbft(progress)?,
    };
    let load = bin.join(LOAD.name);
    if !load.is_file() {
        progress("building CometBFT's load tool with Go");
        go_build(&bin, &LOAD)?;
    }
    let documents = provide_documents(progress)?;
    Ok(vec![("cometbft", cometbft), ("load", load), ("documents", documents)])
}

fn build_cometbft(progress: &Progress) -> Result<PathBuf, Error> {
    progress(&format!("building CometBFT {COMETBFT_VERSION} with Go: once, about two minutes"));
    go_build(&bin_dir()?, &COMETBFT)
}

/// Builds the document server, unless it is there and newer than its sources.
fn provide_documents(progress: &Progress) -> Result<PathBuf, Error> {
    let bin = bin_dir()?;
    let program = bin.join(DOCUMENTS.name);
    if program.is_file() && source_tree().is_none_or(|top| is_newer(&program, &top.join(DOCUMENTS.module))) {
        return Ok(program);
    }
    progress("building the document server with Go: once, about two minutes");
    go_build(&bin, &DOCUMENTS)
}

/// Whether a program was made after the last change of any file in `folder`.
fn is_newer(program: &Path, folder: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let Ok(entries) = fs::read_dir(folder) else { return true };
    let latest = entries.filter_map(|entry| changed(&entry.ok()?.path())).max();
    changed(program) >= latest
}

/// Builds a package of a pinned module into `bin`.
fn go_build(bin: &Path, tool: &Tool) -> Result<PathBuf, Error> {
    let module = module(tool)?;
    file::create_dir(bin)?;
    let (done, beside) = (bin.join(tool.name), bin.join(format!("{}.new", tool.name)));
    let mut command = Command::new("go");
    command
        .current_dir(&module)
        // Without C no compiler is needed, and the program runs on any Linux of this machine's kind.
        .env("CGO_ENABLED", "0")
        .args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o"])
        .arg(&beside)
        .arg(tool.package);
    run(command, tool.title, "Go")?;
    fs::rename(&beside, &done).map_err(Error::io("rename into place", &done))?;
    Ok(done)
}

fn module(tool: &Tool) -> Result<PathBuf, Error> {
    source_tree().map(|top| top.join(tool.module)).ok_or_else(|| Error::ProgramMissing {
        program: tool.title,
        place: "here, and neither was the source tree with its pinned module".to_owned(),
        advice: "run this in the source tree",
    })
}

/// Builds a program of this project beside this one.
fn build_with_cargo(package: &'static str, progress: &Progress) -> Result<(), Error> {
    let top = source_tree().ok_or_else(|| Error::ProgramMissing {
        program: package,
        place: "beside this program, and neither was the source tree".to_owned(),
        advice: "run this in the source tree",
    })?;
    progress(&format!("building {package} with cargo"));
    let mut command = Command::new("cargo");
    command.current_dir(top).args(["build", "--release", "-p", package]);
    run(command, package, "cargo")
}

/// Runs a build whose output the user sees, on standard error: standard output is for results.
fn run(mut command: Command, program: &'static str, builder: &'static str) -> Result<(), Error> {
    let status = command.stdin(Stdio::null()).stdout(std::io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::Build { program, status: status.to_string() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::ProgramMissing {
            program: builder,
            place: format!("on PATH, and building {program} needs it"),
            advice: match builder {
                "Go" => "install Go 1.24 or newer",
                _ => "install Rust",
            },
        }),
        Err(source) => Err(Error::Io { action: format!("run {builder}"), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_pinned_version() {
        let check = |output, expected| assert_eq!(says_pinned(output), expected, "{output:?}");
        check("0.38.26\n", true);
        check("v0.38.26\n", true);
        check("0.38.26+8a9f2c1\n", true);
        check("0.38.260\n", false);
        check("0.38.25\n", false);
        check("v1.0.1\n", false);
        check("", false);
    }
}
