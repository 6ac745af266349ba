//! Outside clients in their own languages: their folders, how they are installed, and how they are run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};

/// The folder of an outside client in the source tree.
pub fn client(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// Runs a program and gives what it printed.
///
/// # Errors
/// It cannot be started, for which `advice` says what to install; or it failed: shows both of its outputs.
pub fn run(command: &mut Command, advice: &str) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("starting {program}; {advice}"))?;
    let text = String::from_utf8_lossy(&stdout).into_owned();
    ensure!(status.success(), "{program} ended with {status}\n{text}\n{}", String::from_utf8_lossy(&stderr));
    Ok(text)
}

/// Installs what the lock file of a client says, unless that was done before, and runs its tests with Node.js; gives the
/// lines that count them.
///
/// # Errors
/// Node.js or the package registry is missing, a test failed, or there is none.
pub fn node_tests(name: &str, variables: &[(&str, String)]) -> Result<String> {
    let advice = "install Node.js 20 or later";
    let folder = client(name);
    if !is_installed(&folder) {
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        run(Command::new("npm").args(arguments).current_dir(&folder), advice)
            .context("installing packages needs the registry of npm")?;
    }
    let arguments = ["--test", "--test-force-exit", "--test-reporter=spec"];
    let mut node = Command::new("node");
    node.args(arguments).current_dir(&folder);
    node.envs(variables.iter().map(|(name, value)| (name, value)));
    let text = run(&mut node, advice)?;
    ensure!(!text.contains("pass 0\n"), "no test was found: {text}");
    let counts: Vec<_> =
        text.lines().filter(|line| line.contains("pass ") || line.contains("fail ")).collect();
    Ok(counts.join(", "))
}

/// Whether what the lock file says was installed after it was written.
fn is_installed(folder: &Path) -> bool {
    let time = |path: &str| folder.join(path).metadata().and_then(|found| found.modified());
    let (installed, locked) = (time("node_modules/.package-lock.json"), time("package-lock.json"));
    matches!((installed, locked), (Ok(installed), Ok(locked)) if installed >= locked)
}
