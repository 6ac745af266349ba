//! `/sirius.params.v1.MsgUpdate`: other values, from the next block on or from a later height.

use std::collections::BTreeSet;

use sirius_primitives::{Address, Height};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    excerpt,
};
use sirius_store::Write;

use super::{
    Refused, authorize, schedule,
    value::{check, set},
    wire::params as wire,
};

/// A change of parameters.
#[derive(Debug)]
pub struct Update {
    authority: Address,
    values: Vec<wire::Value>,
    /// The first block that obeys; `None` is the next one.
    from: Option<Height>,
}

impl Message for Update {
    type Wire = wire::MsgUpdate;
    type Response = wire::MsgUpdateResponse;
    const SIGNER: &'static str = "authority";
    const OPTIONAL: &'static [&'static str] = &["height"];

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let authority = Address::parse(&wire.authority, &chain.prefix)
            .map_err(|error| Refused::BadAuthority { cause: error.to_string() })?;
        if wire.values.is_empty() {
            return Err(Refused::NotASet { cause: "it names none".into() }.into());
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = wire.values.iter().find(|value| !names.insert(value.name.as_str())) {
            return Err(Refused::NotASet { cause: format!("{} stands twice", excerpt(&twice.name)) }.into());
        }
        let from = (wire.height > 0).then_some(Height(wire.height));
        Ok(Self { authority, values: wire.values, from })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        authorize(ctx, state, &self.authority)?;
        for value in &self.values {
            let known = ctx.registry().params().iter().find(|param| param.name == value.name);
            let param = known.ok_or_else(|| Refused::Unknown { name: excerpt(&value.name) })?;
            match self.from {
                None => {
                    set(state, param, value.value)?;
                    ctx.emit(|_| event("param_set").with("name", param.name).with("value", value.value));
                }
                Some(height) => {
                    check(param, value.value)?;
                    ctx.emit(|_| {
                        let scheduled = event("param_scheduled").with("height", height);
                        scheduled.with("name", param.name).with("value", value.value)
                    });
                }
            }
        }
        if let Some(height) = self.from {
            let next = ctx.block.height.next();
            if height < next {
                return Err(Refused::TooSoon { height, next }.into());
            }
            schedule::add(state, height, self.values.iter().map(|value| (value.name.clone(), value.value)))?;
        }
        Ok(wire::MsgUpdateResponse {})
    }
}
