//! A module for tests that does what later modules will do: it moves coins at the bank's door, holds them, and routes
//! messages that its own messages carry.

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use sirius_primitives::{Address, Coin, Coins};
use sirius_runtime::{Chain, Context, Error, Message, Module, QueryContext, Refusal, Registrar, tx};
use sirius_store::{Fault, Write};
use tendermint_proto::google::protobuf::Any;

use crate::base::bank::{self, Hold};

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Vault;

impl Module for Vault {
    const NAME: &'static str = "vault";
    type Genesis = ();

    fn register(on: &mut Registrar<'_>) {
        on.message::<Action>("action").message::<Nobody>("nobody");
    }

    fn init((): (), _: &mut Context<'_>, _: &mut dyn Write) -> Result<(), Error> {
        Ok(())
    }

    fn export(_: &QueryContext<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// One movement of coins, or an inner message.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MsgVault {
    #[prost(string, tag = "1")]
    pub(crate) owner: String,
    /// `hold`, `release`, `mint`, `burn` or `route`.
    #[prost(string, tag = "2")]
    pub(crate) action: String,
    #[prost(string, tag = "3")]
    pub(crate) to: String,
    #[prost(message, optional, tag = "4")]
    pub(crate) amount: Option<WireCoin>,
    #[prost(message, optional, tag = "5")]
    pub(crate) inner: Option<Any>,
}

impl prost::Name for MsgVault {
    const NAME: &'static str = "MsgVault";
    const PACKAGE: &'static str = "sirius.testing.v1";
}

/// A message that nobody signs: what a module must not have.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct MsgNobody {}

impl prost::Name for MsgNobody {
    const NAME: &'static str = "MsgNobody";
    const PACKAGE: &'static str = "sirius.testing.v1";
}

#[derive(Debug)]
struct Action {
    owner: Address,
    to: Address,
    action: String,
    coin: Coin,
    inner: Option<Any>,
}

impl Message for Action {
    type Wire = MsgVault;
    type Response = MsgNobody;
    const SIGNER: &'static str = "owner";

    fn parse(wire: MsgVault, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            owner: address("owner's", &wire.owner, chain)?,
            to: address("recipient's", &wire.to, chain)?,
            action: wire.action,
            coin: tx::coin(&wire.amount.unwrap_or_default())
                .map_err(|cause| bank::Refused::BadCoins { cause })?,
            inner: wire.inner,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<MsgNobody, Error> {
        let held = Hold { module: "vault", purpose: "7" };
        let coins = Coins::from(self.coin.clone());
        match self.action.as_str() {
            "hold" => bank::hold(state, &self.owner, &held, &self.coin)?,
            "release" => bank::release(state, &self.owner, &held, (&self.to, &self.coin))?,
            "mint" => bank::mint(ctx, state, &self.to, &coins)?,
            "burn" => bank::burn(ctx, state, &self.owner, &coins)?,
            "route" => {
                ctx.route(self.inner.as_ref().unwrap(), state)?;
            }
            other => panic!("the vault does not {other}"),
        }
        Ok(MsgNobody {})
    }
}

fn address(what: &'static str, text: &str, chain: &Chain) -> Result<Address, bank::Refused> {
    Address::parse(text, &chain.prefix)
        .map_err(|error| bank::Refused::BadAddress { what, cause: error.to_string() })
}

#[derive(Debug)]
struct Nobody;

impl Message for Nobody {
    type Wire = MsgNobody;
    type Response = MsgNobody;
    const SIGNER: &'static str = "";

    fn parse(_: MsgNobody, _: &Chain) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn signers(&self) -> Vec<Address> {
        Vec::new()
    }

    fn execute(&self, _: &mut Context<'_>, _: &mut dyn Write) -> Result<MsgNobody, Error> {
        Ok(MsgNobody {})
    }
}
