//! The files of a CometBFT 0.38.26 home directory, rendered for one node of a described network.
//!
//! [`render`] is a pure function: it is given the [`Network`] with every key seed and the index of a node, and returns
//! the files as text. It reads no clock, no disk and no randomness, so the same network always gives the same bytes.
//!
//! Not a goal: settings of CometBFT that no network of this project changes. They are written with CometBFT's default,
//! so that an operator sees the complete file, and become fields of [`Network`] on the day somebody needs them.

mod config;
mod error;
mod file;
mod genesis;
mod key;
mod network;
mod setting;

pub use error::Error;
pub use file::{File, Role};
pub use key::{NodeId, Seed, ValidatorAddress};
pub use network::{Application, Block, Listen, Network, Node, Peer, SOCKET_PATH_LIMIT, TX_BYTES};

/// The release of CometBFT whose files are rendered, as `cometbft version` prints it.
pub const COMETBFT_VERSION: &str = "0.38.26";

/// Renders all files of the node `index` (counted from 0 in the order of [`Network::nodes`]).
///
/// # Errors
/// Says which field of the network CometBFT would refuse, or that there is no such node.
pub fn render(network: &Network, index: usize) -> Result<Vec<File>, Error> {
    network.check()?;
    let node = network.node(index)?;
    Ok(vec![
        File::new("config/config.toml", config::render(network, node)?, Role::Public),
        File::new("config/genesis.json", genesis::render(network), Role::Public),
        File::new("config/node_key.json", key::node_key_file(&node.node_seed), Role::Secret),
        File::new(
            "config/priv_validator_key.json",
            key::validator_key_file(&node.validator_seed),
            Role::Secret,
        ),
        File::new("data/priv_validator_state.json", key::validator_state_file(), Role::State),
    ])
}
