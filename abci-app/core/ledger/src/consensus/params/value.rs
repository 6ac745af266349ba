//! A value of a parameter, within its range.

use sirius_runtime::Param;
use sirius_store::Write;

use super::Refused;

/// Puts a value in force, or says why it cannot be.
pub(super) fn set(state: &mut dyn Write, param: &Param, value: u64) -> Result<(), Refused> {
    param.set(state, value).map_err(|value| out_of_range(param, value))
}

/// Says why a value could not be put in force.
pub(super) fn check(param: &Param, value: u64) -> Result<(), Refused> {
    if (param.least..=param.most).contains(&value) { Ok(()) } else { Err(out_of_range(param, value)) }
}

fn out_of_range(param: &Param, value: u64) -> Refused {
    Refused::OutOfRange { name: param.name, unit: param.unit, value, least: param.least, most: param.most }
}
