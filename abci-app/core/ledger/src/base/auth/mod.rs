//! Accounts: who may sign for an address, and how many transactions it has had.
//!
//! An account comes into being when it first receives something. Its number never changes and is part of what is
//! signed; its key can change while its address stays. Beside the key that signs, it may register one for the database.

mod database_key;
mod error;
mod genesis;
mod keys;
mod params;
mod query;
mod rotate_key;
mod sim;
mod state;
mod stored;
#[cfg(test)]
pub(crate) mod tests;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use database_key::{
    ClearDatabaseKey, DatabaseKey, SetDatabaseKey, Source, database_key, database_proof_bytes,
};
pub use error::Refused;
pub use genesis::Genesis;
pub use keys::account as account_key;
pub use params::{
    GAS_PER_BYTE, GAS_PER_ED25519, GAS_PER_SECP256K1, MOST_MEMO, MOST_SIGNATURES, MOST_TX_BYTES,
};
pub use rotate_key::{RotateKey, proof_bytes};
pub use state::{account, open, save};
pub use stored::Account;

use sirius_runtime::{Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Auth;

impl Module for Auth {
    const NAME: &'static str = "auth";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<RotateKey>("rotate-key")
            .message::<SetDatabaseKey>("set-database-key")
            .message::<ClearDatabaseKey>("clear-database-key")
            .query("account", "/cosmos.auth.v1beta1.Query/Account", query::account)
            .query("accounts", "/cosmos.auth.v1beta1.Query/Accounts", query::accounts)
            .query("account-info", "/cosmos.auth.v1beta1.Query/AccountInfo", query::account_info)
            .query("params", "/cosmos.auth.v1beta1.Query/Params", query::params)
            .query("prefix", "/cosmos.auth.v1beta1.Query/Bech32Prefix", query::prefix)
            .query("database-key", "/sirius.auth.v1.Query/DatabaseKey", query::database_key)
            .params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("rotate-key", sim::rotate_key)
            .random_move("set-database-key", sim::set_database_key)
            .random_move("clear-database-key", sim::clear_database_key);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        state::invariants(state)
    }
}
