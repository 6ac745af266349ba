//! What a transaction needs before somebody signs it: its number, its gas and its price. No secret is near.

use cosmrs::{
    Any,
    proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse},
};
use sirius_ledger::base::fee::required;
use sirius_primitives::{AccountKey, Address, Coin, Coins, Gas, Height};
use sirius_runtime::Chain;
use tendermint::chain;

use super::{
    Fee, GasLimit, Options, SubmitError,
    checked::{expected_sequence, refused},
    options::spread,
};
use crate::{
    ask::{AccountState, AskError},
    client::{Checked, Client},
    sign::{Signer, TxBuilder, Unsigned},
};

/// How often a simulation is asked for with another sequence.
const MOST_TRIES: u32 = 8;
/// Parts of a hundred of the simulated gas that a transaction may use.
const GAS_MARGIN: u128 = 130;
/// Gas that is added at random at most, see [`spread`].
const GAS_SPREAD: u64 = 255;
/// Parts of a hundred of the base fee that are paid.
const FEE_MARGIN: u128 = 125;

/// Who sends, without the secret.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The nodes.
    pub client: Client,
    /// The chain.
    pub chain: Chain,
    /// The account.
    pub address: Address,
    /// The account's present key.
    pub public_key: AccountKey,
}

impl Sender {
    /// What the account would sign now, with gas and fee filled in. Nothing is sent and no sequence used.
    ///
    /// # Errors
    /// What it needs to know could not be learned, or the chain refuses it in a simulation.
    pub async fn prepare(&self, messages: &[Any], options: &Options) -> Result<Unsigned, SubmitError> {
        self.client.prefer_newest().await;
        let state = self.state().await?;
        let timeout = self.client.committed().await?.after(options.spread_timeout());
        self.build(messages, options, state, timeout).await.map(|(unsigned, _)| unsigned)
    }

    /// The account's number and sequence in the latest block.
    pub(super) async fn state(&self) -> Result<AccountState, SubmitError> {
        let prefix = &self.chain.prefix;
        self.client.account(&self.address, prefix).await.map_err(|error| match error {
            AskError::Refused { log, .. } if log.contains("NotFound") => {
                SubmitError::NoAccount { address: self.address.bech32(prefix) }
            }
            other => other.into(),
        })
    }

    /// The transaction with gas and fee, and the account's state that it fits: a simulation may know a later sequence.
    pub(super) async fn build(
        &self,
        messages: &[Any],
        options: &Options,
        state: AccountState,
        timeout: Height,
    ) -> Result<(Unsigned, AccountState), SubmitError> {
        let draft = Draft { sender: self, messages, options, timeout };
        let (gas, state) = match options.gas {
            GasLimit::Exactly(gas) => (gas, state),
            GasLimit::Simulated => self.simulate(&draft, state).await?,
        };
        let fee = match &options.fee {
            Fee::Exactly(coins) => coins.clone(),
            Fee::BaseFee => self.price(gas).await?,
        };
        Ok((draft.finish(gas, &fee, state)?, state))
    }

    /// Runs the transaction on the mempool's state to learn its gas.
    async fn simulate(
        &self,
        draft: &Draft<'_>,
        state: AccountState,
    ) -> Result<(Gas, AccountState), SubmitError> {
        const PATH: &str = "/cosmos.tx.v1beta1.Service/Simulate";
        let mut asked = state;
        for _ in 0..MOST_TRIES {
            let tx_bytes = draft.finish(Gas(0), &Coins::default(), asked)?.simulation_bytes();
            let request = SimulateRequest { tx_bytes, ..SimulateRequest::default() };
            match self.client.ask::<_, SimulateResponse>(PATH, &request, None).await {
                Ok(answer) => {
                    let used = answer.value.gas_info.ok_or(SubmitError::NoGas)?.gas_used;
                    // A node that expects less has not heard of the account's latest transactions; the gas is right.
                    let sequence = state.sequence.max(asked.sequence);
                    let gas = Gas(with_margin(u128::from(used), GAS_MARGIN)).plus(Gas(spread(GAS_SPREAD)));
                    return Ok((gas, AccountState { sequence, ..state }));
                }
                Err(AskError::Refused { code, codespace, log, .. }) => {
                    let checked = Checked { code, codespace, log };
                    match expected_sequence(&checked) {
                        Some(sequence) if sequence != asked.sequence => asked.sequence = sequence,
                        _ => return Err(refused(checked)),
                    }
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(SubmitError::Contended { tries: MOST_TRIES })
    }

    async fn price(&self, gas: Gas) -> Result<Coins, SubmitError> {
        let price = self.client.gas_price().await?;
        let margin = with_margin(u128::from(price.per_million_gas), FEE_MARGIN);
        Ok(Coins::from(Coin { denom: price.denom, amount: required(gas, margin) }))
    }
}

/// `value × parts ÷ 100`, rounded up, at most 2^63 - 1: CometBFT counts gas in signed 64 bits.
fn with_margin(value: u128, parts: u128) -> u64 {
    let most = u64::MAX / 2;
    u64::try_from(value.saturating_mul(parts).div_ceil(100)).map_or(most, |value| value.min(most))
}

/// A transaction that has everything but gas, fee and number.
struct Draft<'a> {
    sender: &'a Sender,
    messages: &'a [Any],
    options: &'a Options,
    timeout: Height,
}

impl Draft<'_> {
    fn finish(&self, gas: Gas, fee: &Coins, state: AccountState) -> Result<Unsigned, SubmitError> {
        let Sender { chain, public_key, .. } = self.sender;
        let id: chain::Id = chain.id.parse().map_err(|_| SubmitError::ChainId(chain.id.clone()))?;
        let mut builder = TxBuilder::new(id, gas)
            .memo(self.options.memo.clone())
            .timeout_height(self.timeout)
            .fee(fee)
            .mode(self.options.mode)
            .signer(Signer {
                public_key: public_key.clone(),
                account_number: state.number,
                sequence: state.sequence,
            });
        if let Some(granter) = &self.options.granter {
            builder = builder.granter(granter, &chain.prefix);
        }
        Ok(self.messages.iter().cloned().fold(builder, TxBuilder::message).build()?)
    }
}
