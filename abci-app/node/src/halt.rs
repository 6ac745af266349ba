//! Stopping before a block that this program must not execute: because an upgrade comes with it that another program
//! knows, or because the operator said so.

use std::{fs, io, path::PathBuf};

use serde_json::json;
use sirius_ledger::consensus::upgrade::{self, Plan, Verdict};
use sirius_primitives::Height;
use sirius_runtime::Registry;
use sirius_store::{Fault, Read};
use tracing::error;

/// The file by which a supervisor such as cosmovisor learns which program to start.
const INFO: &str = "upgrade-info.json";

/// Where this node stops.
#[derive(Debug)]
pub(crate) struct Halts {
    /// The last height to commit; `None` is without end.
    last: Option<Height>,
    /// The folder of the state.
    data: PathBuf,
}

impl Halts {
    pub(crate) fn new(last: Option<Height>, data: PathBuf) -> Self {
        Self { last, data }
    }

    /// Whether the block of `height` may be executed upon `state`. Before an upgrade that another program knows it
    /// writes down which, so that a supervisor can start that one.
    ///
    /// # Errors
    /// [`Fault::Halt`] with one line for the operator.
    pub(crate) fn allow(&self, registry: &Registry, state: &dyn Read, height: Height) -> Result<(), Fault> {
        if let Some(last) = self.last.filter(|last| height > *last) {
            return Err(Fault::Halt(format!(
                "stopped after height {last} as --halt-height says; start without it to go on"
            )));
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
