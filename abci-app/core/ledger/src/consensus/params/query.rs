//! What can be asked about parameters.

use sirius_runtime::{Error, QueryContext};

use super::{schedule, wire::params as wire};

/// Every parameter, or one module's, with its value in force.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    request: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let wanted = |name: &str| {
        request.module.is_empty() || name.split_once('.').is_some_and(|(module, _)| module == request.module)
    };
    let mut params = Vec::new();
    for param in ctx.registry.params().iter().filter(|param| wanted(param.name)) {
        params.push(wire::Param {
            name: param.name.into(),
            value: param.get(ctx.state)?,
            unit: param.unit.into(),
            least: param.least,
            most: param.most,
            default: param.default,
            about: param.about.into(),
        });
    }
    Ok(wire::QueryParamsResponse { params })
}

/// What is decided for later heights.
pub(super) fn scheduled(
    ctx: &QueryContext<'_>,
    _: wire::QueryScheduledRequest,
) -> Result<wire::QueryScheduledResponse, Error> {
    let value = |(name, value)| wire::Value { name, value };
    let change = |(height, values): schedule::Change| wire::Change {
        height: height.0,
        values: values.into_iter().map(value).collect(),
    };
    Ok(wire::QueryScheduledResponse { changes: schedule::all(ctx.state)?.into_iter().map(change).collect() })
}
