//! The programs that a network runs: where they are found, and how they are built.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cometbft_config::COMETBFT_VERSION;

use crate::{Application, Error, Progress, file};

/// The folder, below the top of the source tree, with the pinned module of CometBFT.
const COMETBFT_MODULE: &str = "localnet/tools/cometbft";
/// CometBFT's package.
const COMETBFT_PACKAGE: &str = "github.com/cometbft/cometbft/cmd/cometbft";
/// The package of its load tool.
const LOAD_PACKAGE: &str = "github.com/cometbft/cometbft/test/loadtime/cmd/load";

/// The programs that a host runs.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// This crate's own program, which makes children die with their parent.
    pub localnet: PathBuf,
    /// CometBFT of the pinned version.
    pub cometbft: PathBuf,
    /// The ledger; a network with the built-in key-value store needs none.
    pub abci_app: Option<PathBuf>,
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
}

/// The top of the source tree: the first folder with the pinned module, upwards from the current folder, then from
/// this program.
fn source_tree() -> Option<PathBuf> {
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    let mut folders = starts.iter().flatten().flat_map(|start| start.ancestors());
    folders.find(|folder| folder.join(COMETBFT_MODULE).join("go.mod").is_file()).map(Path::to_owned)
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

/// Builds what is missing for a network of this application.
pub(crate) fn provide(application: Application, progress: &Progress) -> Result<Binaries, Error> {
    if find_cometbft(&bin_dir()?).is_none() {
        build_cometbft(progress)?;
    }
    if application == Application::Ledger && beside_this_program("abci-app").is_none() {
        build_abci_app(progress)?;
    }
    let binaries = Binaries::find()?;
    if application == Application::Ledger {
        binaries.abci_app()?;
    }
    Ok(binaries)
}

/// Builds the tools that are not there: CometBFT, unless the pinned one is on `PATH`, and its load tool.
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
    let load = bin.join("load");
    if !load.is_file() {
        progress("building CometBFT's load tool with Go");
        go_build(&bin, "CometBFT's load tool", LOAD_PACKAGE, "load")?;
    }
    Ok(vec![("cometbft", cometbft), ("load", load)])
}

fn build_cometbft(progress: &Progress) -> Result<PathBuf, Error> {
    progress(&format!("building CometBFT {COMETBFT_VERSION} with Go: once, about two minutes"));
    go_build(&bin_dir()?, "CometBFT", COMETBFT_PACKAGE, "cometbft")
}

/// Builds a package of the pinned module into `bin`.
fn go_build(bin: &Path, program: &'static str, package: &str, name: &str) -> Result<PathBuf, Error> {
    let module = module(program)?;
    file::create_dir(bin)?;
    let (done, beside) = (bin.join(name), bin.join(format!("{name}.new")));
    let mut command = Command::new("go");
    command
        .current_dir(&module)
        // Without C no compiler is needed, and the program runs on any Linux of this machine's kind.
        .env("CGO_ENABLED", "0")
        .args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o"])
        .arg(&beside)
        .arg(package);
    run(command, program, "Go")?;
    fs::rename(&beside, &done).map_err(Error::io("rename into place", &done))?;
    Ok(done)
}

fn module(program: &'static str) -> Result<PathBuf, Error> {
    source_tree().map(|top| top.join(COMETBFT_MODULE)).ok_or_else(|| Error::ProgramMissing {
        program,
        place: "here, and neither was the source tree with its pinned module".to_owned(),
        advice: "run this in the source tree",
    })
}

fn build_abci_app(progress: &Progress) -> Result<(), Error> {
    let top = source_tree().ok_or_else(|| Error::ProgramMissing {
        program: "abci-app",
        place: "beside this program, and neither was the source tree".to_owned(),
        advice: "run this in the source tree",
    })?;
    progress("building abci-app with cargo");
    let mut command = Command::new("cargo");
    command.current_dir(top).args(["build", "--release", "-p", "abci-app"]);
    run(command, "abci-app", "cargo")
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
                "Go" => "install Go 1.24 or newer, or put a cometbft 0.38.26 on PATH",
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
