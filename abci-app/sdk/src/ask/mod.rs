//! Questions to the chain: protobuf in, protobuf out, at a height. The answer is what the node says; see
//! [`crate::prove`] for one that need not be believed.

mod error;

use cosmrs::proto::cosmos::base::query::v1beta1::PageRequest;
use prost::Message;
use sirius_ledger::base::{
    auth::wire::auth::{QueryAccountInfoRequest, QueryAccountInfoResponse},
    bank::wire::bank::{Metadata, QueryDenomsMetadataRequest, QueryDenomsMetadataResponse},
    fee::wire::fee::{QueryBaseFeeRequest, QueryBaseFeeResponse},
};
use sirius_primitives::{Address, Denom, Height, Prefix};

pub use error::AskError;

use crate::{
    client::{AbciQuestion, Client},
    sign::{AccountNumber, Sequence},
};

/// Denominations read at most: more than a person tells apart, and a bound on what a node can make a client read.
const MOST_DENOMINATIONS: usize = 10_000;

/// An answer and the height it holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The state it was read from is that after this block.
    pub height: Height,
}

/// What an account's next transaction needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountState {
    /// Its number.
    pub number: AccountNumber,
    /// How many transactions it has had in blocks.
    pub sequence: Sequence,
}

/// What gas costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GasPrice {
    /// In which denomination fees are paid.
    pub denom: Denom,
    /// The least price of 1,000,000 gas in the next block, in its smallest units.
    pub per_million_gas: u64,
}

impl Client {
    /// Asks the question of `path`, such as `/cosmos.bank.v1beta1.Query/Balance`, of the state at `height` or the
    /// latest; request and answer are encoded protobuf.
    ///
    /// # Errors
    /// No endpoint answers, or the chain refuses the question.
    pub async fn ask_bytes(
        &self,
        path: &str,
        request: Vec<u8>,
        height: Option<Height>,
    ) -> Result<Answer<Vec<u8>>, AskError> {
        let question = AbciQuestion { path: path.into(), data: request, height, prove: false };
        let answer = self.abci_query(question).await?;
        if answer.code != 0 {
            let (code, codespace, log) = (answer.code, answer.codespace, answer.log);
            return Err(AskError::Refused { path: path.into(), code, codespace, log });
        }
        Ok(Answer { value: answer.value, height: answer.height })
    }

    /// Asks a question whose types are known.
    ///
    /// # Errors
    /// As [`Client::ask_bytes`], and an answer that is not what was asked for.
    pub async fn ask<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        request: &Q,
        height: Option<Height>,
    ) -> Result<Answer<A>, AskError> {
        let Answer { value, height } = self.ask_bytes(path, request.encode_to_vec(), height).await?;
        let value = A::decode(value.as_slice())
            .map_err(|error| AskError::Answer { path: path.into(), reason: error.to_string() })?;
        Ok(Answer { value, height })
    }

    /// The number and sequence of an account.
    ///
    /// # Errors
    /// As [`Client::ask`]; an account that nobody ever sent anything to is refused.
    pub async fn account(&self, address: &Address, prefix: &Prefix) -> Result<AccountState, AskError> {
        const PATH: &str = "/cosmos.auth.v1beta1.Query/AccountInfo";
        let request = QueryAccountInfoRequest { address: address.bech32(prefix) };
        let answer: Answer<QueryAccountInfoResponse> = self.ask(PATH, &request, None).await?;
        let info = answer.value.info.ok_or_else(|| AskError::empty(PATH, "no account"))?;
        Ok(AccountState { number: AccountNumber(info.account_number), sequence: Sequence(info.sequence) })
    }

    /// What gas costs in the next block.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn gas_price(&self) -> Result<GasPrice, AskError> {
        const PATH: &str = "/sirius.fee.v1.Query/BaseFee";
        let answer: Answer<QueryBaseFeeResponse> = self.ask(PATH, &QueryBaseFeeRequest {}, None).await?;
        let denom = answer.value.denom.parse().map_err(|_| AskError::empty(PATH, "no denomination"))?;
        Ok(GasPrice { denom, per_million_gas: answer.value.per_million_gas })
    }

    /// What every denomination is called, at most 10,000 of them.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn denominations(&self) -> Result<Vec<Metadata>, AskError> {
        const PATH: &str = "/cosmos.bank.v1beta1.Query/DenomsMetadata";
        let (mut denominations, mut key) = (Vec::new(), Vec::new());
        loop {
            let pagination = Some(PageRequest { key, limit: 1_000, ..PageRequest::default() });
            let request = QueryDenomsMetadataRequest { pagination };
            let answer: Answer<QueryDenomsMetadataResponse> = self.ask(PATH, &request, None).await?;
            denominations.extend(answer.value.metadatas);
            key = answer.value.pagination.unwrap_or_default().next_key;
            if key.is_empty() || denominations.len() >= MOST_DENOMINATIONS {
                return Ok(denominations);
            }
        }
    }
}
