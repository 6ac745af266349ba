//! The network that all cases share, and who has money on it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use localnet::{Account, Binaries, Denomination, Manifest, Source};
use sirius_primitives::Coins;
use sirius_sdk::key::{Key, Mnemonic, Scheme};
use sirius_tests::bed::{self, Bed};
use sirius_tests::load::{Account as Sender, Accounts};
use tempfile::TempDir;

/// Accounts of outside clients, each for one test file, so that none waits for another's sequence.
const WALLETS: &[(&str, Scheme)] = &[
    ("reader", Scheme::Secp256k1),
    ("sender", Scheme::Secp256k1),
    ("searcher", Scheme::Secp256k1),
    ("subscriber", Scheme::Secp256k1),
    ("granter", Scheme::Secp256k1),
    ("edward", Scheme::Ed25519),
    ("clumsy", Scheme::Secp256k1),
    ("pacer", Scheme::Secp256k1),
    ("teller", Scheme::Secp256k1),
    ("walker", Scheme::Secp256k1),
    ("python", Scheme::Secp256k1),
    ("ledger", Scheme::Secp256k1),
    ("treasurer", Scheme::Secp256k1),
];

/// A file in CometBFT's home: the next start ends at the crash point that it names.
pub(crate) const FAIL_FILE: &str = "fail-index";

/// Accounts that send bursts.
pub(crate) const LOAD_ACCOUNTS: u32 = 200;

/// Blocks between two snapshots: the network makes some three a second.
pub(crate) const SNAPSHOTS_EVERY: u64 = 20;

/// See the module's documentation.
pub(crate) struct Setting {
    pub(crate) bed: Bed,
    /// The words of each wallet, made anew each time.
    pub(crate) wallets: BTreeMap<&'static str, Mnemonic>,
    // Dropped after the network that runs what is in it.
    _tools: TempDir,
}

impl Setting {
    pub(crate) fn start() -> Result<Self> {
        let mut manifest = bed::manifest(LOAD_ACCOUNTS)?;
        manifest.snapshots.every_blocks = SNAPSHOTS_EVERY;
        let wallets = add_wallets(&mut manifest)?;
        let tools = tempfile::tempdir()?;
        let cometbft = crashing_cometbft(tools.path())?;
        let bed = Bed::start_with(&manifest, |options| {
            options.binaries.cometbft = cometbft;
            Ok(())
        })?;
        Ok(Self { bed, wallets, _tools: tools })
    }

    /// A wallet as the chain has it now, ready to sign.
    pub(crate) fn sender(&self, name: &str) -> Result<Sender> {
        let (_, scheme) = WALLETS.iter().find(|(wallet, _)| *wallet == name).context("no such wallet")?;
        let words = self.wallets.get(name).context("no such wallet")?;
        let key = Key::derive(words, *scheme)?;
        let mut found = Accounts::of(&self.bed.rpc(0), &self.bed.prefix()?, vec![key])?.0;
        found.pop().context("one account was asked for")
    }
}

/// CometBFT behind a script that hands it the crash point of [`FAIL_FILE`] once.
fn crashing_cometbft(folder: &Path) -> Result<PathBuf> {
    let cometbft = Binaries::find()?.cometbft;
    let script = format!(
        "#!/bin/sh\nfile=\"$3/{FAIL_FILE}\"\nif [ -f \"$file\" ]; then\n  FAIL_TEST_INDEX=$(cat \"$file\")\n  \
         export FAIL_TEST_INDEX\n  rm \"$file\"\nfi\nexec '{}' \"$@\"\n",
        cometbft.display()
    );
    let path = folder.join("cometbft");
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

fn add_wallets(manifest: &mut Manifest) -> Result<BTreeMap<&'static str, Mnemonic>> {
    manifest.denominations.push(Denomination {
        base: "ugold".parse()?,
        display: "gold".parse()?,
        exponent: 6,
        name: "Gold".to_owned(),
        symbol: "GLD".to_owned(),
        description: "Something beside the coin that pays fees".to_owned(),
    });
    let mut wallets = BTreeMap::new();
    for (name, scheme) in WALLETS {
        let words = Mnemonic::generate()?;
        let mut balances = vec!["1000000000000uxpx".parse()?];
        if *name == "reader" {
            // Beyond 64 bits, which a client must not lose.
            balances.insert(0, "18446744073709551616ugold".parse()?);
        }
        manifest.accounts.push(Account {
            name: name.parse()?,
            source: Source::Mnemonic(words.clone()),
            scheme: *scheme,
            balances: Coins::new(balances)?,
            sequence: 0,
        });
        wallets.insert(*name, words);
    }
    Ok(wallets)
}
