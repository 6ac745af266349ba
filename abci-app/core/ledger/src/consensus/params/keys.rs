//! Where the authority stands. The values' keys are [`sirius_runtime::Param::key`].

use sirius_primitives::Address;
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
