//! Where plans and versions stand.

use sirius_primitives::Height;
use sirius_store::Key;

use super::Plan;

/// The beginning of the keys of upgrades carried out.
pub(super) const DONE: &[u8] = b"upgrade/done/";
/// The beginning of the keys of modules' versions.
pub(super) const VERSIONS: &[u8] = b"upgrade/version/";

/// The upgrade that is planned; absent when none is.
///
/// ```text
/// upgrade/plan
/// ```
pub(super) fn plan() -> Key<Plan> {
    Key::new(&[b"upgrade/plan"])
}

/// The height at which an upgrade was carried out.
///
/// ```text
/// upgrade/done/ <name>
/// ```
pub(super) fn done(name: &str) -> Key<Height> {
    Key::new(&[DONE, name.as_bytes()])
}

/// The version of a module's records.
///
/// ```text
/// upgrade/version/ <module>
/// ```
pub(super) fn version(module: &str) -> Key<u64> {
    Key::new(&[VERSIONS, module.as_bytes()])
}
