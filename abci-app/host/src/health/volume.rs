//! A folder that the node writes to, and the space that is left for it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A folder on some disk, and what it is called in metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Such as `state` or `cometbft`.
    pub name: &'static str,
    /// The folder. It need not exist yet: then its nearest ancestor is asked.
    pub folder: PathBuf,
}

impl Volume {
    /// How many bytes a process without special rights may still write there.
    ///
    /// # Errors
    /// The system does not say.
    pub fn free(&self) -> io::Result<u64> {
        let there = self.folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        let stat = nix::sys::statvfs::statvfs(there)?;
        #[allow(clippy::useless_conversion, reason = "the fields are narrower on other systems")]
        let (blocks, size) = (u64::from(stat.blocks_available()), u64::from(stat.fragment_size()));
        Ok(blocks.saturating_mul(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_to_be_made_has_the_space_of_its_parent() {
        let free = |folder: PathBuf| Volume { name: "state", folder }.free().unwrap_or_default();
        let there = std::env::temp_dir();
        assert!(free(there.clone()) > 0);
        assert!(free(there.join("not/yet/there")) > 0);
    }
}
