//! What a command works with: the home, the nodes, the catalogue, the names, and how to answer.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use clap::ArgMatches;
use sirius_primitives::AccountKey;
use sirius_sdk::{
    catalogue::Catalogue,
    client::Client,
    config::{self, Config, Surroundings},
    keystore::{Entry, Group, Keystore, Listing, Name},
    prove::Prover,
    trust::LightClient,
    units::Units,
};
use tendermint::Time;
use tokio::sync::OnceCell;

use crate::{
    argument::{HOME, JSON, RPC},
    failure::Failure,
    names::Names,
    show::Output,
};

/// See the module's documentation. Nothing is sent before a command asks.
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) names: Names,
    pub(crate) keys: Vec<Entry>,
    pub(crate) groups: Vec<Group>,
    pub(crate) output: Output,
    units: OnceCell<Units>,
}

impl Session {
    /// The session that the global arguments describe.
    ///
    /// # Errors
    /// No home, a wrong one, or keys that others can read.
    pub(crate) fn open(catalogue: Catalogue, matches: &ArgMatches) -> Result<Self, Failure> {
        let mut config = self::config(matches)?;
        if let Some(rpc) = matches.get_many::<String>(RPC) {
            config.rpc = rpc.cloned().collect();
        }
        let client = config.client()?;
        let Listing { keys, groups, .. } = known_keys(&config)?;
        let names = Names::new(&config, &keys, &groups);
        let output = Output::new(matches.get_flag(JSON));
        Ok(Self {
            config,
            client,
            catalogue: Arc::new(catalogue),
            names,
            keys,
            groups,
            output,
            units: OnceCell::new(),
        })
    }

    /// The keys' folder.
    ///
    /// # Errors
    /// It cannot be made, or others can enter it.
    pub(crate) fn keystore(&self) -> Result<Keystore, Failure> {
        Ok(self.config.keystore()?)
    }

    /// The key of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn key(&self, name: &Name) -> Result<&Entry, Failure> {
        let found = self.keys.iter().find(|key| key.name == *name);
        found.ok_or_else(|| match self.groups.iter().any(|group| group.name == *name) {
            true => Failure::input(format!(
                "{name} is a multisig; --generate-only prints what its members sign with `sirius sign FILE --multisig {name}`"
            )),
            false => Failure::input(format!(
                "there is no key named {name} in {}; `sirius keys list` shows which there are",
                self.config.keys.display()
            )),
        })
    }

    /// The multisig of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn group(&self, name: &Name) -> Result<&Group, Failure> {
        self.groups.iter().find(|group| group.name == *name).ok_or_else(|| {
            Failure::input(format!(
                "there is no multisig named {name}; make it with `sirius keys multisig {name} --threshold N --keys A,B,C`"
            ))
        })
    }

    /// The key or the multisig of this name.
    ///
    /// # Errors
    /// There is neither.
    pub(crate) fn account_key(&self, name: &Name) -> Result<AccountKey, Failure> {
        match self.groups.iter().find(|group| group.name == *name) {
            Some(group) => Ok(AccountKey::Multisig(group.multisig.clone())),
            None => Ok(AccountKey::Single(self.key(name)?.public_key)),
        }
    }

    /// The units of the chain's denominations; asked for once.
    ///
    /// # Errors
    /// The nodes do not tell.
    pub(crate) async fn units(&self) -> Result<&Units, Failure> {
        let ask = || async { Ok::<_, Failure>(Units::new(&self.client.denominations().await?)) };
        self.units.get_or_try_init(ask).await
    }

    /// Answers of the ledger that need not be believed.
    ///
    /// # Errors
    /// Nothing is trusted to begin with.
    pub(crate) fn prover(&self) -> Result<Prover, Failure> {
        let light = LightClient::open(self.client.clone(), self.config.trust()?)?;
        Ok(Prover::new(self.client.clone(), light, self.catalogue.clone(), self.config.chain.clone()))
    }

    /// The present time.
    pub(crate) fn now() -> Time {
        // A clock before 1970 makes every header one of the future, which the light client refuses.
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Time::from_unix_timestamp(seconds, since.subsec_nanos()).unwrap_or_else(|_| Time::unix_epoch())
    }
}

/// What `client.toml` says in the home that the global arguments name.
///
/// # Errors
/// No home, or a wrong one.
pub(crate) fn config(matches: &ArgMatches) -> Result<Config, Failure> {
    Ok(Config::load(&config::find(&surroundings(matches)?)?)?)
}

/// A home without a folder of keys has none; it is made with the first key.
fn known_keys(config: &Config) -> Result<Listing, Failure> {
    if !config.keys.exists() {
        return Ok(Listing::default());
    }
    let listing = config.keystore()?.list()?;
    for error in &listing.unreadable {
        // One broken file must not hide the other keys.
        eprintln!("warning: {error}");
    }
    Ok(listing)
}

fn surroundings(matches: &ArgMatches) -> Result<Surroundings, Failure> {
    let current = std::env::current_dir()
        .map_err(|error| Failure::file("reading", "the current folder's path", &error))?;
    Ok(Surroundings {
        told: matches.get_one::<PathBuf>(HOME).cloned(),
        current,
        person: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
    })
}
