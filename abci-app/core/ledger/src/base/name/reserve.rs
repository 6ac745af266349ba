//! `/sirius.name.v1.MsgReserve`: changes which names only the chain's authority can lease.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Name, Refused, keys, state, wire::name as wire};
use crate::consensus::params::authorize;

/// Names that one message reserves or frees, at most.
const MOST: usize = 100;

/// A change of the reserved names. Somebody who leases one keeps it until its lease is over.
#[derive(Debug)]
pub struct Reserve {
    authority: Address,
    reserve: Vec<Name>,
    free: Vec<Name>,
}

impl Message for Reserve {
    type Wire = wire::MsgReserve;
    type Response = wire::MsgReserveResponse;
    const SIGNER: &'static str = "authority";
    const OPTIONAL: &'static [&'static str] = &["reserve", "free"];

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let authority = state::address("authority's", &wire.authority, chain)?;
        let found = wire.reserve.len().saturating_add(wire.free.len());
        if !(1..=MOST).contains(&found) {
            return Err(Refused::BadList { found, most: MOST }.into());
        }
        let names = |texts: &[String]| texts.iter().map(|text| state::leased(text)).collect();
        let (reserve, free): (Result<_, Refused>, Result<_, Refused>) =
            (names(&wire.reserve), names(&wire.free));
        Ok(Self { authority, reserve: reserve?, free: free? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.authority]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        authorize(ctx, state, &self.authority)?;
        for name in &self.reserve {
            keys::reserved(name.as_str()).set(state, &true);
        }
        for name in &self.free {
            keys::reserved(name.as_str()).remove(state);
        }
        ctx.emit(|_| {
            let shown = event("names_reserved").with("reserved", self.reserve.len());
            shown.with("freed", self.free.len())
        });
        Ok(wire::MsgReserveResponse {})
    }
}
