//! Where chains, their headers, and what is proven of them stand. A chain's name has no `/`, so that no name's rows stand
//! among another's.

use sirius_primitives::Timestamp;
use sirius_store::Key;

use super::{
    chain::{Chain, Evidence, Header},
    light::Member,
    subject::{Proven, Subject},
};

/// The beginning of every chain's key.
pub(super) const CHAINS: &[u8] = b"anchor/chain/";
/// The beginning of every header's key.
pub(super) const HEADERS: &[u8] = b"anchor/header/";
/// The beginning of every set of validators' key.
pub(super) const VALIDATORS: &[u8] = b"anchor/validators/";
/// The beginning of the keys of what was proven.
pub(super) const PROVEN: &[u8] = b"anchor/proven/";
/// The beginning of the keys of chains in the order of their ends.
pub(super) const DUE: &[u8] = b"anchor/due/";

/// A chain.
///
/// ```text
/// anchor/chain/ <chain id>
/// ```
pub fn chain(chain_id: &str) -> Key<Chain> {
    Key::new(&[CHAINS, chain_id.as_bytes()])
}

/// A header that is kept.
///
/// ```text
/// anchor/header/ <chain id> / <height: 8 bytes, big-endian>
/// ```
pub fn header(chain_id: &str, height: u64) -> Key<Header> {
    Key::new(&[HEADERS, chain_id.as_bytes(), b"/", &height.to_be_bytes()])
}

/// The beginning of the keys of a chain's headers.
pub(super) fn headers(chain_id: &str) -> Vec<u8> {
    [HEADERS, chain_id.as_bytes(), b"/"].concat()
}

/// Who can sign the header after the newest.
///
/// ```text
/// anchor/validators/ <chain id>
/// ```
pub(super) fn validators(chain_id: &str) -> Key<Vec<Member>> {
    Key::new(&[VALIDATORS, chain_id.as_bytes()])
}

/// The evidence that froze a chain's anchor.
///
/// ```text
/// anchor/evidence/ <chain id>
/// ```
pub(super) fn evidence(chain_id: &str) -> Key<Evidence> {
    Key::new(&[b"anchor/evidence/", chain_id.as_bytes()])
}

/// What was proven of a chain.
///
/// ```text
/// anchor/proven/ <chain id> / r <transaction: 32 bytes>
/// anchor/proven/ <chain id> / k <key of the chain's state>
/// ```
pub(super) fn proven(chain_id: &str, subject: &Subject) -> Key<Proven> {
    let (kind, name) = subject.parts();
    Key::new(&[PROVEN, chain_id.as_bytes(), b"/", kind, name])
}

/// The beginning of the keys of what was proven of a chain.
pub(super) fn all_proven(chain_id: &str) -> Vec<u8> {
    [PROVEN, chain_id.as_bytes(), b"/"].concat()
}

/// A chain that is being closed, under the time from which its bond comes back; the value repeats its name.
///
/// ```text
/// anchor/due/ <seconds + 2^63: 8 bytes, big-endian> <nanoseconds: 4 bytes, big-endian> <chain id>
/// ```
pub(super) fn due(at: Timestamp, chain_id: &str) -> Key<String> {
    Key::new(&[DUE, &at.in_order(), chain_id.as_bytes()])
}
