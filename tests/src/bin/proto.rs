//! `make proto`: writes the generated wire code and descriptors beside their contracts.

use anyhow::Result;
use sirius_tests::wire;

fn main() -> Result<()> {
    for (path, content) in wire::generate()? {
        let whole = wire::workspace().join(&path);
        if std::fs::read(&whole).ok().as_deref() != Some(content.as_slice()) {
            std::fs::write(&whole, content)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}
