//! `/cosmos.bank.v1beta1.MsgMultiSend`: coins from one account to many.

use sirius_primitives::{Address, Coins};
use sirius_runtime::{Chain, Context, Error, Message, Refusal};
use sirius_store::Write;

use super::{
    Refused,
    params::MOST_OUTPUTS,
    send::{address, some_coins},
    transfer,
    wire::bank as wire,
};

/// Payments from one account to many, all of them or none.
#[derive(Debug)]
pub struct MultiSend {
    from: Address,
    outputs: Vec<(Address, Coins)>,
}

impl Message for MultiSend {
    type Wire = wire::MsgMultiSend;
    type Response = wire::MsgMultiSendResponse;
    const SIGNER: &'static str = "inputs.address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let [input] = wire.inputs.as_slice() else {
            return Err(Refused::NotOneInput { found: wire.inputs.len() }.into());
        };
        let sent = some_coins(&input.coins)?;
        let outputs = wire
            .outputs
            .iter()
            .map(|output| Ok((address("recipient's", &output.address, chain)?, some_coins(&output.coins)?)))
            .collect::<Result<Vec<_>, Refused>>()?;
        let received = sum(&outputs)?;
        if sent != received {
            return Err(Refused::SumsDiffer { sent: sent.to_string(), received: received.to_string() }.into());
        }
        Ok(Self { from: address("sender's", &input.address, chain)?, outputs })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.from]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let most = MOST_OUTPUTS.get(state)?;
        let found = u64::try_from(self.outputs.len()).unwrap_or(u64::MAX);
        if found > most {
            return Err(Refused::BadOutputCount { found, most }.into());
        }
        for (to, coins) in &self.outputs {
            transfer(ctx, state, (&self.from, to), coins)?;
            // The work of one message grows with its outputs, so the meter is asked after each.
            ctx.check_gas()?;
        }
        Ok(wire::MsgMultiSendResponse {})
    }
}

fn sum(outputs: &[(Address, Coins)]) -> Result<Coins, Refused> {
    let mut sum = Coins::default();
    for coin in outputs.iter().flat_map(|(_, coins)| coins) {
        sum = sum.checked_add(coin).ok_or_else(|| Refused::Overflow { denom: coin.denom.clone() })?;
    }
    Ok(sum)
}
