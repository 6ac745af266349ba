//! Stopping before a block that this program must not execute: because an upgrade comes with it that another program
//! knows, or because the operator said so.

use std::{fs, io, path::PathBuf, sync::OnceLock};

use serde_json::json;
use sirius_ledger::consensus::upgrade::{self, Plan, Verdict};
use sirius_primitives::Height;
use sirius_runtime::Registry;
use sirius_store::{Fault, Read};
use tracing::{error, info};

/// The file by which a supervisor such as cosmovisor learns which program to start.
const INFO: &str = "upgrade-info.json";

/// Where this node stops.
pub(crate) struct Halts {
    /// The last height to commit; `None` is without end.
    last: Option<Height>,
    /// The folder of the state.
    data: PathBuf,
    /// Ends the process in good order.
    leave: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Halts {
    pub(crate) fn new(last: Option<Height>, data: PathBuf) -> Self {
        Self { last, data, leave: OnceLock::new() }
    }

    /// Has the process end by `leave` when the last height is committed.
    pub(crate) fn leave_by(&self, leave: impl Fn() + Send + Sync + 'static) {
        // Nobody says it twice.
        let _ = self.leave.set(Box::new(leave));
    }

    /// Whether a node whose state is at `height` has nothing more to do; then it says why.
    pub(crate) fn is_done(&self, height: Height) -> bool {
        let is_done = self.last.is_some_and(|last| height >= last);
        if is_done {
            info!(%height, "{}", done(height));
        }
        is_done
    }

    /// Ends the process when the block of `height`, which was just committed, is the last one.
    pub(crate) fn committed(&self, height: Height) {
        if self.is_done(height)
            && let Some(leave) = self.leave.get()
        {
            leave();
        }
    }

    /// Whether the block of `height` may be executed upon `state`. Before an upgrade that another program knows it
    /// writes down which, so that a supervisor can start that one.
    ///
    /// # Errors
    /// [`Fault::Halt`] with one line for the operator.
    pub(crate) fn allow(&self, registry: &Registry, state: &dyn Read, height: Height) -> Result<(), Fault> {
        if let Some(last) = self.last.filter(|last| height > *last) {
            return Err(Fault::Halt(done(last)));
        }
        let verdict = upgrade::verdict(registry, state, height)?;
        if let Verdict::Halt(plan) = &verdict
            && let Err(cause) = self.write(plan)
        {
            // The line on the log says the same; only the supervisor has to be helped.
            error!(file = %self.data.join(INFO).display(), %cause, "upgrade-info.json could not be written");
        }
        verdict.allow().map(drop)
    }

    /// Writes the file whole or not at all.
    fn write(&self, plan: &Plan) -> io::Result<()> {
        let info = json!({ "name": plan.name, "height": plan.height, "info": plan.info });
        let (file, half) = (self.data.join(INFO), self.data.join("upgrade-info.json.half"));
        fs::create_dir_all(&self.data)?;
        fs::write(&half, info.to_string())?;
        fs::rename(half, file)
    }
}

fn done(height: Height) -> String {
    format!("stopped after height {height} as --halt-height says; start without it to go on")
}
