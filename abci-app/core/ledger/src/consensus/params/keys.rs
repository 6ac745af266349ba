//! Where the authority and coming changes stand. The values' keys are [`sirius_runtime::Param::key`].

use std::collections::BTreeMap;

use sirius_primitives::{Address, Height};
use sirius_store::Key;

/// The beginning of every value's key.
pub(super) const VALUES: &[u8] = b"params/";

/// Who may change parameters.
///
/// ```text
/// params-authority
/// ```
pub(super) fn authority() -> Key<Address> {
    Key::new(&[b"params-authority"])
}

/// The beginning of every coming change's key.
pub(super) const SCHEDULED: &[u8] = b"params-due/";

/// The values that come in force at a height, by name.
///
/// ```text
/// params-due/ <height: 8 bytes, big-endian>
/// ```
pub(super) fn scheduled(height: Height) -> Key<BTreeMap<String, u64>> {
    Key::new(&[SCHEDULED, &height.0.to_be_bytes()])
}
