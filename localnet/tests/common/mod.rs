//! What the tests of this crate share.

use std::path::Path;

/// The program under test.
pub(crate) const LOCALNET: &str = env!("CARGO_BIN_EXE_localnet");

/// Processes whose command line names a path below `root`.
pub(crate) fn processes(root: &Path) -> Vec<u32> {
    let root = root.to_str().unwrap();
    let ids = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(root)
    })
    .collect()
}
