//! Whom a name of the ledger means on the database, proven: name → account → the key by which the database knows it.
//!
//! Each step is a question that the ledger's own handlers answer over values proven against a header of the light
//! client, see [`crate::prove`]. A node that says another target, another key, or that there is none, is refused; one
//! that shows an old state is, too, once that is older than [`MOST_AGE`].
//!
//! What it is not: a name says who has it now. Whoever gives something to a name gives it to a key, for good; when the
//! key changes on the ledger, what the old one owns stays with it until that hands it over.

mod error;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mongo_ledger_core::key::PublicKey;
use prost::Message;
use sirius_ledger::base::{
    auth::wire::keys::{DatabaseKeySource, QueryDatabaseKeyRequest, QueryDatabaseKeyResponse},
    name::{
        Name,
        wire::name::{QueryNameRequest, QueryNameResponse, Status},
    },
};
use sirius_primitives::{Address, Height};
use tendermint::Time;

pub use error::IdentityError;

use crate::{prove::Prover, trust::TrustedHeader};

const NAME: &str = "/sirius.name.v1.Query/Name";
const DATABASE_KEY: &str = "/sirius.auth.v1.Query/DatabaseKey";

/// How old the header that proves somebody's key may be. Headers are trusted for days; a name may have another owner
/// since.
pub const MOST_AGE: Duration = Duration::from_secs(600);

/// Where an account's key on the database comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It is the key that signs for the account on the ledger.
    Own,
    /// The account registered it.
    Registered,
}

/// Who somebody is on both chains, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name that was asked for, where it was one.
    pub name: Option<Name>,
    /// The account on the ledger.
    pub address: Address,
    /// The key by which the database knows it.
    pub key: PublicKey,
    /// Where the key comes from.
    pub source: Source,
    /// The block of the ledger in which it became the account's; 0 for the key that the address was made of.
    pub since: Height,
    /// The state that this was read from is that after this block.
    pub height: Height,
    /// The header that proves it.
    pub header: TrustedHeader,
}

impl Prover {
    /// Who the account is for which a name stands.
    ///
    /// # Errors
    /// The name stands for nobody, the account has no key on the database, or nothing recent enough proves it.
    pub async fn identity_of_name(
        &mut self,
        name: &Name,
        now: impl Fn() -> Time,
    ) -> Result<Identity, IdentityError> {
        let request = QueryNameRequest { name: name.to_string() };
        let (answer, header) = self.recent::<QueryNameResponse>(NAME, &request, None, &now).await?;
        let found = answer.name.unwrap_or_default();
        let lapsed = || IdentityError::Lapsed { name: name.to_string() };
        let expires = found.expires.unwrap_or_default().seconds;
        // The state says what a block has noticed; the time counts.
        let passed = header.time.max(now()).unix_timestamp();
        if found.status() != Status::Live || expires <= passed {
            return Err(lapsed());
        }
        if found.target.is_empty() {
            return Err(IdentityError::NoTarget { name: name.to_string() });
        }
        let address = Address::parse(&found.target, &self.chain().prefix)
            .map_err(|error| IdentityError::unusable(NAME, &error))?;
        let height = Height(header.height.0.saturating_sub(1));
        let identity = self.identity(&address, Some(height), &now).await?;
        Ok(Identity { name: Some(name.clone()), ..identity })
    }

    /// Who an account is on the database.
    ///
    /// # Errors
    /// The account has no key there, or nothing recent enough proves it.
    pub async fn identity_of(
        &mut self,
        address: &Address,
        now: impl Fn() -> Time,
    ) -> Result<Identity, IdentityError> {
        self.identity(address, None, &now).await
    }

    async fn identity(
        &mut self,
        address: &Address,
        height: Option<Height>,
        now: &impl Fn() -> Time,
    ) -> Result<Identity, IdentityError> {
        let request = QueryDatabaseKeyRequest { address: address.bech32(&self.chain().prefix) };
        let asked = self.recent::<QueryDatabaseKeyResponse>(DATABASE_KEY, &request, height, now).await;
        let (answer, header) = asked?;
        let source = match answer.source() {
            DatabaseKeySource::Own => Source::Own,
            DatabaseKeySource::Registered => Source::Registered,
            DatabaseKeySource::Unspecified => {
                return Err(IdentityError::unusable(DATABASE_KEY, &"it names no source"));
            }
        };
        let key: [u8; 32] = answer
            .key
            .try_into()
            .map_err(|_| IdentityError::unusable(DATABASE_KEY, &"its key has not 32 bytes"))?;
        Ok(Identity {
            name: None,
            address: *address,
            key: PublicKey::new(key),
            source,
            since: Height(answer.since),
            height: Height(header.height.0.saturating_sub(1)),
            header,
        })
    }

    /// A proven answer by a header that is not too old.
    async fn recent<A: Message + Default>(
        &mut self,
        path: &str,
        request: &impl Message,
        height: Option<Height>,
        now: &impl Fn() -> Time,
    ) -> Result<(A, TrustedHeader), IdentityError> {
        let proven = self.answer(path, &request.encode_to_vec(), height, now()).await?;
        let (time, now) = (proven.header.time, now());
        if time.checked_add(MOST_AGE).is_none_or(|end| end < now) {
            return Err(IdentityError::Stale { height: proven.header.height, time });
        }
        let bytes = proven.value.map_err(|refusal| IdentityError::Unknown(refusal.text))?;
        let answer = A::decode(bytes.as_slice()).map_err(|error| IdentityError::unusable(path, &error))?;
        Ok((answer, proven.header))
    }
}
