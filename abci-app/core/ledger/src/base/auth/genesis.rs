//! The section `auth` of genesis: accounts that exist from the beginning, in the order of their numbers.

use std::{collections::BTreeMap, ops::ControlFlow};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sirius_primitives::{AccountKey, Address, Height};
use sirius_runtime::{
    Context, Error, QueryContext, Refusal, genesis::number, rows::each_row, tx, tx::pack_account_key,
};
use sirius_store::{Fault, Write};
use tendermint_proto::google::protobuf::Any;

use super::{Account, Refused, account, database_key::usable, keys, open, save, stored::Registered};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The accounts.
    pub accounts: Vec<GenesisAccount>,
}

/// One account.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Its address as text.
    pub address: String,
    /// How many transactions it has had on the chain it comes from.
    #[serde(default, with = "number")]
    pub sequence: u64,
    /// The key that signs for it; left out until it has signed something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<GenesisKey>,
    /// The block in which that key was put in another's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Height>,
    /// The key that it registered for the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_key: Option<GenesisDatabaseKey>,
}

/// A key by which the database knows an account.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisDatabaseKey {
    /// An Ed25519 key, in base64.
    pub key: String,
    /// The block in which it was registered.
    pub since: Height,
}

/// A public key in its packed form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisKey {
    /// Its kind, such as `/cosmos.crypto.secp256k1.PubKey`.
    pub type_url: String,
    /// The encoded message of that kind, in base64.
    pub value: String,
}

impl GenesisKey {
    fn pack(key: &AccountKey) -> Self {
        let any = pack_account_key(key);
        Self { type_url: any.type_url, value: BASE64_STANDARD.encode(any.value) }
    }

    fn unpack(&self) -> Result<AccountKey, Refusal> {
        let value = BASE64_STANDARD
            .decode(&self.value)
            .map_err(|error| tx::Refused::BadKey { cause: format!("its value is no base64: {error}") })?;
        tx::account_key(&Any { type_url: self.type_url.clone(), value })
    }
}

impl GenesisDatabaseKey {
    fn pack(registered: &Registered) -> Self {
        Self { key: BASE64_STANDARD.encode(registered.key), since: registered.since }
    }

    fn unpack(&self) -> Result<Registered, Refused> {
        let bad = |cause: String| Refused::BadDatabaseKey { cause };
        let bytes = BASE64_STANDARD
            .decode(&self.key)
            .map_err(|error| bad(format!("its text is no base64: {error}")))?;
        Ok(Registered { key: usable(&bytes)?, since: self.since })
    }
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for genesis in self.accounts {
            let address = Address::parse(&genesis.address, &ctx.chain.prefix)
                .map_err(|error| Refused::BadAddress { cause: format!("{}: {error}", genesis.address) })?;
            // Accounts are the first that genesis opens, so one that is there was in this list before.
            if account(state, &address)?.is_some() {
                return Err(Refused::AccountTwice { address: genesis.address }.into());
            }
            let mut account = open(state, &address)?;
            account.sequence = genesis.sequence;
            account.public_key = genesis.public_key.as_ref().map(GenesisKey::unpack).transpose()?;
            save(state, &address, &account);
            if let Some(height) = genesis.rotated {
                keys::rotated(&address).set(state, &height);
            }
            if let Some(key) = &genesis.database_key {
                keys::database(&address).set(state, &key.unpack()?);
            }
        }
        Ok(())
    }

    /// Accounts have the numbers 0, 1, 2 and so on without a gap, so their order alone gives them back.
    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut accounts = BTreeMap::new();
        each_row(ctx.state, keys::ACCOUNTS, |rest, account: Account| {
            let address = rest.try_into().map(Address::new).map_err(|_| Fault::Damaged {
                what: "auth/account",
                detail: "its key holds no address".into(),
            })?;
            let genesis = GenesisAccount {
                address: address.bech32(&ctx.chain.prefix),
                sequence: account.sequence,
                public_key: account.public_key.as_ref().map(GenesisKey::pack),
                rotated: keys::rotated(&address).get(ctx.state)?,
                database_key: keys::database(&address).get(ctx.state)?.as_ref().map(GenesisDatabaseKey::pack),
            };
            accounts.insert(account.number, genesis);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self { accounts: accounts.into_values().collect() })
    }
}
