//! A proposal's messages in the name of the chain's own account: all, or none.

use sirius_primitives::Gas;
use sirius_runtime::{Context, Error, Meter, Metered, Refusal, excerpt};
use sirius_store::{Fault, Overlay, Read, Write};

use super::{params::EXECUTION_GAS, proposal::Packed};
use crate::base::fee;

/// Executes `messages` in order upon `state`, which keeps what they did when none is refused and nothing otherwise. The
/// answer is which was refused, and why.
///
/// # Errors
/// Only a fault.
pub(super) fn execute(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    messages: &[Packed],
) -> Result<Result<(), String>, Fault> {
    let meter = Meter::new(Gas(EXECUTION_GAS.get(state)?));
    let costs = fee::costs(&*state as &dyn Read)?;
    let mut work = Overlay::new(&*state as &dyn Read);
    let mut inner = Context::new(ctx.chain, ctx.block, &meter, ctx.registry());
    for (index, message) in messages.iter().enumerate() {
        let done = one(&mut inner, &mut Metered::new(&mut work, &meter, costs), message);
        match done {
            Ok(()) => {}
            Err(Error::Fault(fault)) => return Err(fault),
            Err(Error::Refusal(Refusal { space, code, text })) => {
                let text = excerpt(&text);
                return Ok(Err(format!("message {index}, {}: {space} {code}: {text}", message.type_url)));
            }
        }
    }
    let changes = work.into_changes();
    for (key, value) in changes {
        state.set_bytes(key, value);
    }
    for event in inner.take_events() {
        ctx.emit(|_| event);
    }
    Ok(Ok(()))
}

fn one(ctx: &mut Context<'_>, state: &mut dyn Write, message: &Packed) -> Result<(), Error> {
    ctx.route(&message.any(), state)?;
    Ok(ctx.check_gas()?)
}
