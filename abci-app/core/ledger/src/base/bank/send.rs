//! `/cosmos.bank.v1beta1.MsgSend`: coins from one account to another.

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use sirius_primitives::{Address, Coins};
use sirius_runtime::{Chain, Context, Error, Message, Refusal, tx};
use sirius_store::Write;

use super::{Refused, transfer, wire::bank as wire};

/// A payment.
#[derive(Debug)]
pub struct Send {
    from: Address,
    to: Address,
    coins: Coins,
}

impl Message for Send {
    type Wire = wire::MsgSend;
    type Response = wire::MsgSendResponse;
    const SIGNER: &'static str = "from_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            from: address("sender's", &wire.from_address, chain)?,
            to: address("recipient's", &wire.to_address, chain)?,
            coins: some_coins(&wire.amount)?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.from]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        transfer(ctx, state, (&self.from, &self.to), &self.coins)?;
        Ok(wire::MsgSendResponse {})
    }
}

/// Reads an address of a message.
pub(super) fn address(what: &'static str, text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// Reads the coins of a message, of which there must be some.
pub(super) fn some_coins(wire: &[WireCoin]) -> Result<Coins, Refused> {
    let coins = tx::coins(wire).map_err(|cause| Refused::BadCoins { cause })?;
    if coins.is_empty() { Err(Refused::Nothing) } else { Ok(coins) }
}
