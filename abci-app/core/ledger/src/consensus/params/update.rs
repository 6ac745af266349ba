//! `/sirius.params.v1.MsgUpdate`: other values, from the next block on.

use std::collections::BTreeSet;

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Param, Refusal,
    event::{Attributes as _, event},
    excerpt,
};
use sirius_store::Write;

use super::{Refused, keys, wire::params as wire};

/// A change of parameters.
#[derive(Debug)]
pub struct Update {
    authority: Address,
    values: Vec<wire::Value>,
}

impl Message for Update {
    type Wire = wire::MsgUpdate;
    type Response = wire::MsgUpdateResponse;
    const SIGNER: &'static str = "authority";

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
        Ok(Self { authority, values: wire.values })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let authority = keys::authority().get(state)?;
        if authority != Some(self.authority) {
            let expected = authority.map_or_else(|| "nobody".into(), |address| ctx.text(&address));
            return Err(Refused::NotAuthority { expected, found: ctx.text(&self.authority) }.into());
        }
        for value in &self.values {
            let known = ctx.registry().params().iter().find(|param| param.name == value.name);
            let param = known.ok_or_else(|| Refused::Unknown { name: excerpt(&value.name) })?;
            set(state, param, value.value)?;
            ctx.emit(|_| event("param_set").with("name", param.name).with("value", value.value));
        }
        Ok(wire::MsgUpdateResponse {})
    }
}

/// Puts a value in force, or says why it cannot be.
pub(super) fn set(state: &mut dyn Write, param: &Param, value: u64) -> Result<(), Refused> {
    param.set(state, value).map_err(|value| Refused::OutOfRange {
        name: param.name,
        unit: param.unit,
        value,
        least: param.least,
        most: param.most,
    })
}
