//! What can be asked about upgrades.

use sirius_runtime::{Error, QueryContext};

use super::{keys, state, wire::upgrade as wire};
use crate::consensus::params;

/// The planned upgrade.
pub(super) fn current_plan(
    ctx: &QueryContext<'_>,
    _: wire::QueryCurrentPlanRequest,
) -> Result<wire::QueryCurrentPlanResponse, Error> {
    let plan = state::plan(ctx.state)?.map(|plan| plan.to_wire());
    Ok(wire::QueryCurrentPlanResponse { plan })
}

/// When an upgrade was carried out.
pub(super) fn applied_plan(
    ctx: &QueryContext<'_>,
    request: wire::QueryAppliedPlanRequest,
) -> Result<wire::QueryAppliedPlanResponse, Error> {
    // A name longer than any plan's was never carried out, and longer than any key it cannot be looked up.
    let known = request.name.len() <= 64;
    let height = if known { keys::done(&request.name).get(ctx.state)? } else { None };
    Ok(wire::QueryAppliedPlanResponse { height: height.map_or(0, sirius_primitives::Height::to_wire) })
}

/// The versions of the modules' records.
pub(super) fn module_versions(
    ctx: &QueryContext<'_>,
    request: wire::QueryModuleVersionsRequest,
) -> Result<wire::QueryModuleVersionsResponse, Error> {
    let wanted = |name: &str| request.module_name.is_empty() || request.module_name == name;
    let versions = state::versions(ctx.state)?.into_iter().filter(|(name, _)| wanted(name));
    let module_versions = versions.map(|(name, version)| wire::ModuleVersion { name, version }).collect();
    Ok(wire::QueryModuleVersionsResponse { module_versions })
}

/// Who may plan an upgrade.
pub(super) fn authority(
    ctx: &QueryContext<'_>,
    _: wire::QueryAuthorityRequest,
) -> Result<wire::QueryAuthorityResponse, Error> {
    let address = params::authority(ctx.state)?.bech32(&ctx.chain.prefix);
    Ok(wire::QueryAuthorityResponse { address })
}
