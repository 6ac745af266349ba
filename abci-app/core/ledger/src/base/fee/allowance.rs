//! What somebody may spend on fees of another's coins: `cosmos.feegrant.v1beta1.BasicAllowance`.

use borsh::{BorshDeserialize, BorshSerialize};
use prost::Message as _;
use sirius_primitives::{Coins, Timestamp};
use sirius_runtime::{Refusal, decode_canonical, excerpt, tx, type_url};
use tendermint_proto::google::protobuf::{Any, Timestamp as WireTimestamp};

use super::{Refused, wire::feegrant as wire};

/// What may be spent on somebody's fees.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Allowance {
    /// What is left; `None` is without limit.
    pub left: Option<Coins>,
    /// The block time from which it is void.
    pub expires: Option<Timestamp>,
}

impl Allowance {
    /// Reads what a grant brings.
    pub(super) fn parse(any: Option<&Any>) -> Result<Self, Refusal> {
        let bad = |cause: String| Refusal::from(Refused::BadAllowance { cause });
        let any = any.ok_or_else(|| bad("the message has none".into()))?;
        if any.type_url != type_url::<wire::BasicAllowance>() {
            return Err(bad(format!("kind {} is not known", excerpt(&any.type_url))));
        }
        let wire: wire::BasicAllowance = decode_canonical("the allowance", &any.value)?;
        let limit = tx::coins(&wire.spend_limit).map_err(bad)?;
        let expires = wire.expiration.map(|at| Timestamp { seconds: at.seconds, nanos: at.nanos });
        if expires.is_some_and(|at| !(0..1_000_000_000).contains(&at.nanos)) {
            return Err(bad("its expiration has nanoseconds beyond a second".into()));
        }
        Ok(Self { left: (!limit.is_empty()).then_some(limit), expires })
    }

    /// The allowance as Cosmos clients know it.
    pub(super) fn pack(&self) -> Any {
        let wire = wire::BasicAllowance {
            spend_limit: self.left.iter().flatten().map(tx::wire_coin).collect(),
            expiration: self.expires.map(|at| WireTimestamp { seconds: at.seconds, nanos: at.nanos }),
        };
        Any { type_url: type_url::<wire::BasicAllowance>(), value: wire.encode_to_vec() }
    }
}
