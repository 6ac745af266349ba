//! Who may do what on the database chain: as a node says it, and as it is proven.

use mongo_ledger_core::{
    access::{Grant, Holder, Namespace, RightId, Role},
    proof::{Held, Subject, SubjectProof},
};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Hash, Height};
use tendermint::Time;

use super::{
    Database, DatabaseError,
    bundle::{Dated, Proven, after, dated},
    unusable,
};
use crate::trust::LightClient;

/// Grants a part of a list.
const GRANTS: &str = "200";

/// Whose roles, and which; everything that is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub holder: Option<Holder>,
    /// Which.
    pub role: Option<Role>,
    /// Those that count there, by a grant for it or for what covers it.
    pub namespace: Option<Namespace>,
}

/// A role that somebody has or had, as a node says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The right's short name.
    pub id: String,
    /// Whose: the URI of a condition.
    pub subject: String,
    /// The role.
    pub role: String,
    /// Where; empty is everywhere.
    pub namespace: String,
    /// `active`, `expired` or `revoked`.
    pub status: String,
    /// The block that granted it; 0 is genesis.
    pub since: u64,
    /// The transaction or election that granted it.
    pub by: Option<String>,
    /// The last block in which it counts.
    pub until: Option<u64>,
    /// The block that revoked it.
    pub revoked: Option<u64>,
    /// The transaction or election that revoked it.
    pub revoked_by: Option<String>,
}

impl Database {
    /// The roles that somebody has or had.
    ///
    /// # Errors
    /// No node answers, or not with roles.
    pub async fn roles(&self, wanted: &Wanted) -> Result<Vec<Granted>, DatabaseError> {
        let mut query = vec![("limit", GRANTS.to_owned())];
        query.extend(wanted.holder.iter().map(|holder| ("subject", holder.to_string())));
        query.extend(wanted.role.iter().map(|role| ("role", role.to_string())));
        query.extend(wanted.namespace.iter().map(|namespace| ("namespace", namespace.to_string())));
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut all = Vec::new();
        let keep = |body: &[u8]| {
            let part: Vec<Granted> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
            all.extend(part);
            Ok(())
        };
        self.list("roles", "roles", &query, keep).await?;
        Ok(all)
    }

    /// What the chain has of a right, proven: the grant, also one that has ended, or that there never was one.
    ///
    /// # Errors
    /// No node answers, the header is not believed, or the proof does not hold.
    pub async fn proven_role(
        &self,
        light: &mut LightClient,
        right: &RightId,
        now: impl Fn() -> Time,
    ) -> Result<Proven<Option<Grant>>, DatabaseError> {
        let what = format!("the proven role {right}");
        // The name is one segment of the path.
        let path = format!("proofs/role/{}", right.to_string().replace('/', "%2F"));
        let ask = async |height| self.proof::<SubjectProof>(&what, &path, &[], height).await;
        let proven = dated(light, ask, &now).await?;
        let (proof, header) = proven.ok_or_else(|| unusable(&what, "the node gives no such proof".into()))?;
        if proof.subject != Subject::Role(right.clone()) {
            return Err(unusable(&what, format!("it is of {}", proof.subject)));
        }
        let height = after(proof.height, &header)?;
        match proof.verify(&header.app_hash)? {
            Held::Role(value) => Ok(Proven { value, height, header }),
            _ => Err(unusable(&what, "it is of something else".into())),
        }
    }
}

impl Dated for SubjectProof {
    fn height(&self) -> Height {
        Height(self.height)
    }

    fn app_hash(&self) -> &Hash {
        &self.app_hash
    }
}
