//! `/sirius.name.v1.MsgRenew`: makes a lease longer, also while its grace lasts.

use sirius_primitives::{Address, Timestamp};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

use super::{
    Name, Refused,
    lease::{Lease, after},
    params::{GRACE, LEAST_TERM, MOST_TERM},
    rent, state,
    wire::name as wire,
};

/// More time for a lease. It begins where the lease ends, so that nobody wins by renewing late.
#[derive(Debug)]
pub struct Renew {
    owner: Address,
    name: Name,
    seconds: u64,
}

impl Message for Renew {
    type Wire = wire::MsgRenew;
    type Response = wire::MsgRenewResponse;
    const SIGNER: &'static str = "owner";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let owner = state::address("owner's", &wire.owner, chain)?;
        Ok(Self { owner, name: state::leased(&wire.name)?, seconds: wire.seconds })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let before = state::of_owner(ctx, state, (&self.name, &self.owner))?;
        // A block may be behind with clearing away; the name is gone all the same.
        if ctx.block.time >= before.end(GRACE.get(state)?) {
            return Err(Refused::NoName { name: self.name.to_string() }.into());
        }
        let expires = after(before.expires, self.seconds);
        check_term(ctx, state, (self.seconds, expires))?;
        if expires <= ctx.block.time {
            return Err(Refused::Lapsed { name: self.name.to_string() }.into());
        }
        rent::pay_rent(ctx, state, &self.owner, self.seconds)?;
        let lease = Lease { expires, frees: None, ..before.clone() };
        state::put_off(state, self.name.as_str(), (&before, &lease));
        ctx.emit(|_| {
            event("name_renewed").indexed("name", &self.name).with("expires", lease.expires.seconds)
        });
        let expires = WireTimestamp { seconds: expires.seconds, nanos: expires.nanos };
        Ok(wire::MsgRenewResponse { expires: Some(expires) })
    }
}

/// Whether a lease may get so many seconds, with which it ends at that moment.
pub(super) fn check_term(
    ctx: &Context<'_>,
    state: &(impl Read + ?Sized),
    (seconds, expires): (u64, Timestamp),
) -> Result<(), Error> {
    let (least, most) = (LEAST_TERM.get(state)?, MOST_TERM.get(state)?);
    if seconds < least {
        return Err(Refused::BadTerm { found: seconds, least }.into());
    }
    // A time beyond all numbers stands still at the last one, and must not count as near.
    if seconds > most || expires > after(ctx.block.time, most) {
        return Err(Refused::TooFarAhead { most }.into());
    }
    Ok(())
}
