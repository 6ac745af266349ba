//! An offered snapshot, judged by its manifest before anything of it is fetched.

use sirius_primitives::{Hash, Height, sha256};
use tendermint_proto::v0_38::abci::{RequestOfferSnapshot, response_offer_snapshot::Result as Offered};

use super::Manifest;

/// Why a snapshot that is offered is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwanted {
    /// It may be honest, but is not for this node.
    This(String),
    /// Its layout is not known here.
    Format(u32),
    /// It contradicts itself or the trusted hash: its senders lie.
    Lie(String),
}

impl Unwanted {
    /// What CometBFT is told; the reason is for the log.
    pub(super) fn answer(self, known: u32) -> (String, Offered) {
        match self {
            Self::This(reason) => (reason, Offered::Reject),
            Self::Lie(reason) => (reason, Offered::RejectSender),
            Self::Format(format) => {
                (format!("its format is {format}, this program's is {known}"), Offered::RejectFormat)
            }
        }
    }
}

/// The manifest of an offered snapshot and the app hash that is trusted.
///
/// # Errors
/// Why it is not taken.
pub fn read<M: Manifest>(request: &RequestOfferSnapshot) -> Result<(M, Hash), Unwanted> {
    let snapshot = request.snapshot.as_ref().ok_or_else(|| Unwanted::This("the offer is empty".into()))?;
    if snapshot.format != M::FORMAT {
        return Err(Unwanted::Format(snapshot.format));
    }
    let trusted = <[u8; Hash::LENGTH]>::try_from(request.app_hash.as_ref()).map(Hash::new);
    let trusted = trusted.map_err(|_| Unwanted::This("the trusted app hash has not 32 bytes".into()))?;
    let manifest = M::decode(&snapshot.metadata).map_err(Unwanted::Lie)?;
    let consistent = manifest.height() == Height(snapshot.height)
        && manifest.chunks() == usize::try_from(snapshot.chunks).unwrap_or(usize::MAX)
        && sha256(&snapshot.metadata).as_bytes().as_slice() == snapshot.hash.as_ref();
    match consistent {
        true => Ok((manifest, trusted)),
        false => Err(Unwanted::Lie("its height, chunks or hash are not its manifest's".into())),
    }
}
