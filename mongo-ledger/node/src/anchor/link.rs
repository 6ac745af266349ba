//! The ledger as this node sees it: what it says of this chain, and the operator's account there.

use std::fs;

use prost::Message;
use sirius_ledger::{
    base::auth::wire::auth::{Bech32PrefixRequest, Bech32PrefixResponse},
    service::anchor::wire::anchor as wire,
};
use sirius_primitives::{Address, Blocks, Coin, Prefix};
use sirius_runtime::{Chain, tx::wire_coin, type_url};
use sirius_sdk::{
    ask::AskError,
    client::Client,
    keystore::{Keystore, Passphrase},
    submit::{Account, Options, Receipt},
};
use tendermint_proto::google::protobuf::Any;
use zeroize::Zeroizing;

use super::AnchorError;
use crate::config::{Anchor, Config};

/// In how many of the ledger's blocks a transaction must be in one; a header that comes later is soon outdated.
const TIMEOUT: Blocks = Blocks(30);

/// See the module's documentation.
#[derive(Debug)]
pub struct Link {
    client: Client,
    account: Account,
    prefix: Prefix,
}

/// What the ledger says of this chain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Anchored {
    pub(crate) chain: wire::Chain,
    pub(crate) next_validators: Vec<wire::Validator>,
    /// The ledger's block after which it says so.
    pub(crate) block: u64,
}

impl Anchored {
    /// The height of the newest anchored header.
    pub(crate) fn height(&self) -> u64 {
        self.chain.latest.as_ref().map_or(0, |latest| latest.height)
    }
}

impl Link {
    /// Opens the operator's account and asks the ledger who it is.
    ///
    /// # Errors
    /// A setting or a file that is of no use, or a ledger that does not answer.
    pub async fn open(config: &Config, settings: &Anchor) -> Result<Self, AnchorError> {
        let client = Client::new(&settings.ledger)?;
        let status = client.status().await?;
        let path = "/cosmos.auth.v1beta1.Query/Bech32Prefix";
        let answer = client.ask::<_, Bech32PrefixResponse>(path, &Bech32PrefixRequest {}, None).await?;
        let prefix = Prefix::new(&answer.value.bech32_prefix);
        let prefix = prefix.map_err(|_| AnchorError::Lacks("the prefix of addresses"))?;
        let keystore = Keystore::open(&config.anchor_keys(settings))?;
        let key = keystore.load(&settings.name.parse()?, &passphrase(config, settings)?)?;
        let chain = Chain { id: status.network, prefix };
        let account = Account::new(client.clone(), chain, key);
        Ok(Self { client, account, prefix })
    }

    /// The operator's address on the ledger.
    pub fn address(&self) -> String {
        self.text(&self.account.address())
    }

    fn text(&self, address: &Address) -> String {
        address.bech32(&self.prefix)
    }

    /// What the ledger says of a chain; `None` when nobody registered it.
    pub(crate) async fn anchored(&self, chain_id: &str) -> Result<Option<Anchored>, AnchorError> {
        let request = wire::QueryChainRequest { chain_id: chain_id.into() };
        let path = "/sirius.anchor.v1.Query/Chain";
        match self.client.ask::<_, wire::QueryChainResponse>(path, &request, None).await {
            Ok(answer) => {
                let chain = answer.value.chain.ok_or(AnchorError::Lacks("the chain"))?;
                let (block, next_validators) = (answer.height.0, answer.value.next_validators);
                Ok(Some(Anchored { chain, next_validators, block }))
            }
            Err(AskError::Refused { log, .. }) if log.contains("NotFound") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The first anchored header of at least that height.
    pub(crate) async fn following(&self, chain_id: &str, height: u64) -> Result<wire::Header, AnchorError> {
        let pagination = Some(cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest {
            limit: 1,
            ..Default::default()
        });
        let request = wire::QueryHeadersRequest { chain_id: chain_id.into(), from: height, pagination };
        let path = "/sirius.anchor.v1.Query/Headers";
        let answer = self.client.ask::<_, wire::QueryHeadersResponse>(path, &request, None).await?;
        answer.value.headers.into_iter().next().ok_or(AnchorError::NotAnchored(height))
    }

    /// Registers a chain.
    pub(crate) async fn register(
        &self,
        settings: &Anchor,
        block: wire::LightBlock,
    ) -> Result<Receipt, AnchorError> {
        let coin = |field: &'static str, text: &str| {
            let coin: Result<Coin, _> = text.parse();
            coin.map(|coin| wire_coin(&coin))
                .map_err(|error| AnchorError::Setting { field, cause: error.to_string() })
        };
        let message = wire::MsgRegisterChain {
            owner_address: self.address(),
            bond: Some(coin("bond", &settings.bond)?),
            deposit: Some(coin("deposit", &settings.deposit)?),
            block: Some(block),
            trusting_seconds: settings.trusting_seconds,
            every: settings.every,
        };
        self.send(&message).await
    }

    /// Posts headers.
    pub(crate) async fn post(&self, blocks: Vec<wire::LightBlock>) -> Result<Receipt, AnchorError> {
        self.send(&wire::MsgPostHeader { poster_address: self.address(), blocks }).await
    }

    /// Proves a record against an anchored header.
    pub(crate) async fn prove(
        &self,
        chain_id: &str,
        height: u64,
        record: wire::RecordProof,
    ) -> Result<Receipt, AnchorError> {
        let message = wire::MsgProveRecord {
            prover_address: self.address(),
            chain_id: chain_id.into(),
            height,
            record: Some(record),
            entry: None,
        };
        self.send(&message).await
    }

    async fn send<M: Message + prost::Name>(&self, message: &M) -> Result<Receipt, AnchorError> {
        let any = Any { type_url: type_url::<M>(), value: message.encode_to_vec() };
        let options = Options { timeout: TIMEOUT, ..Options::default() };
        Ok(self.account.send(vec![any], &options).await?)
    }
}

/// The passphrase of the operator's keys, from a file that nobody else can read.
fn passphrase(config: &Config, settings: &Anchor) -> Result<Passphrase, AnchorError> {
    let path = config.anchor_passphrase(settings);
    sirius_host::doctor::private(&path)?;
    let text = fs::read_to_string(&path).map_err(|cause| AnchorError::File { path, cause })?;
    let text = Zeroizing::new(text);
    Ok(Passphrase::new(text.trim_end().to_owned())?)
}
