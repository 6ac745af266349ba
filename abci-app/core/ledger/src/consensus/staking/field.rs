//! The fields that the module's messages have in common, checked as far as they can be without state.

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use sirius_primitives::{Address, Amount, Coin};
use sirius_runtime::{Chain, Error, tx};
use sirius_store::Read;

use super::{Refused, address::parse_operator, state::denom};

/// Reads an account.
pub(super) fn account(what: &'static str, text: &str, chain: &Chain) -> Result<Address, Refused> {
    Address::parse(text, &chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// Reads a validator's operator.
pub(super) fn operator(what: &'static str, text: &str, chain: &Chain) -> Result<Address, Refused> {
    parse_operator(text, &chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: error.to_string() })
}

/// Reads a coin of which there is something.
pub(super) fn some_coin(wire: Option<&WireCoin>) -> Result<Coin, Refused> {
    let wire = wire.ok_or(Refused::Incomplete { part: "amount" })?;
    let coin = tx::coin(wire).map_err(|cause| Refused::BadCoin { cause })?;
    if coin.amount.is_zero() { Err(Refused::BadCoin { cause: "it is zero".into() }) } else { Ok(coin) }
}

/// Reads a promise of an operator's own stake, which is something.
pub(super) fn promise(text: &str) -> Result<Amount, Refused> {
    let bad = |cause: String| Refused::BadCoin { cause: format!("min_self_delegation: {cause}") };
    let amount: Amount = text.parse().map_err(|error| bad(format!("{error}")))?;
    if amount.is_zero() { Err(bad("it is zero".into())) } else { Ok(amount) }
}

/// Whether a coin is what is staked here.
pub(super) fn check_denom(state: &(impl Read + ?Sized), coin: &Coin) -> Result<(), Error> {
    let expected = denom(state)?;
    if coin.denom == expected {
        Ok(())
    } else {
        Err(Refused::WrongDenom { found: coin.denom.clone(), expected }.into())
    }
}
