//! Who may do what on a permissioned chain.
//!
//! A *right* is a role in a namespace, held by whoever meets a condition: the owner of a key, or enough of a group. Genesis
//! gives the first admins theirs; from then on admins grant and revoke by transactions, and validators by elections.
//!
//! Here is what these are; [`permission`](crate::permission) asks for them. Not here: who may *vote* (the validators), and
//! who may *read* (each node decides, by the roles that are here).

mod change;
mod grant;
mod holder;
mod mode;
mod namespace;
mod role;

pub use change::Change;
pub use grant::{Grant, Revocation, Right, RightId, RightIdError};
pub use holder::{Holder, HolderError};
pub use mode::{Access, AccessError};
pub use namespace::{LONGEST_SEGMENT, MOST_SEGMENTS, Namespace, NamespaceError};
pub use role::{Role, RoleError};
