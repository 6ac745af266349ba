//! Where the authority stands. The values' keys are [`sirius_runtime::Param::key`].

use sirius_primitives::Address;
use sirius_store::Key;

/// Who may change parameters.
///
/// ```text
/// params-authority
/// ```
pub(super) fn authority() -> Key<Address> {
    Key::new(&[b"params-authority"])
}
