//! `mongo-ledger anchor`: this chain on the ledger, with the operator's account there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use mongo_ledger_core::{proof::RecordProof, transaction::TransactionId};
use sirius_sdk::submit::SubmitError;

use super::Outcome;
use crate::{
    anchor::{AnchorError, Link, Own, record_claim},
    config::{Anchor, Config},
    reader, runtime,
};

/// How long the own node may take to prove a record.
const TIMEOUT: Duration = Duration::from_secs(30);

fn settings(config: &Config) -> Result<&Anchor> {
    config
        .anchor
        .as_ref()
        .context("mongo-ledger.toml has no section anchor, which names the ledger and the account")
}

/// Registers this chain on the ledger, with its newest header.
///
/// # Errors
/// A node that does not answer, or settings that are of no use.
pub fn register(config: &Config) -> Result<Outcome> {
    let settings = settings(config)?;
    runtime()?.block_on(async {
        let (own, link) = (Own::new(config.rpc())?, Link::open(config, settings).await?);
        let standing = own.standing().await?;
        ensure!(standing.height > 0, "this chain has no block yet");
        let block = own.light_block(standing.height).await?;
        answered(link.register(settings, block).await.map(|receipt| {
            let (chain, height, block) = (&standing.chain_id, standing.height, receipt.height);
            println!(
                "chain {chain} is registered with header {height} in block {block} of the ledger, by {}",
                link.address()
            );
        }))
    })
}

/// Shows what the ledger says of this chain.
///
/// # Errors
/// A node that does not answer, or settings that are of no use.
pub fn status(config: &Config) -> Result<Outcome> {
    let settings = settings(config)?;
    runtime()?.block_on(async {
        let (own, link) = (Own::new(config.rpc())?, Link::open(config, settings).await?);
        let standing = own.standing().await?;
        let Some(anchored) = link.anchored(&standing.chain_id).await? else {
            println!("chain {} is not registered on the ledger", standing.chain_id);
            return Ok(Outcome::Refused);
        };
        let coin = |coin: &Option<cosmos_sdk_proto::cosmos::base::v1beta1::Coin>| {
            coin.as_ref().map(|coin| format!("{}{}", coin.amount, coin.denom)).unwrap_or_default()
        };
        let chain = &anchored.chain;
        println!("chain {}, {}", chain.chain_id, chain.status().as_str_name());
        println!(
            "anchored header {}, own block {}, one every {}",
            anchored.height(),
            standing.height,
            chain.every
        );
        println!("{} headers posted, {} kept", chain.posted, chain.kept);
        println!("deposit {}, bond {}", coin(&chain.deposit), coin(&chain.bond));
        println!("posting from {}", link.address());
        Ok(Outcome::Done)
    })
}

/// Proves the record of a transaction to the ledger, against the first anchored header that has it.
///
/// # Errors
/// A node that does not answer, or settings that are of no use.
pub fn prove(config: &Config, id: &TransactionId) -> Result<Outcome> {
    let settings = settings(config)?;
    runtime()?.block_on(async {
        let own = Own::new(config.rpc())?;
        let standing = own.standing().await?;
        let newest = proof(config, &standing.chain_id, id, None)?;
        let link = Link::open(config, settings).await?;
        // The state with a block's records is in the header of the next.
        let least = newest.record.height.saturating_add(1);
        let header = match link.following(&standing.chain_id, least).await {
            Ok(header) => header,
            Err(error) => return answered(Err(error)),
        };
        let proof = proof(config, &standing.chain_id, id, Some(header.height.saturating_sub(1)))?;
        let claim = record_claim(&proof).context("the node's proof has no transaction in it")?;
        answered(link.prove(&standing.chain_id, header.height, claim).await.map(|receipt| {
            println!(
                "record {id} is proven to the ledger against header {} in its block {}",
                header.height, receipt.height
            );
        }))
    })
}

/// The own node's proof of a record, in the state after a height.
pub(crate) fn proof(
    config: &Config,
    chain: &str,
    id: &TransactionId,
    height: Option<u64>,
) -> Result<RecordProof> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .into();
    let at = height.map(|height| format!("?height={height}")).unwrap_or_default();
    let url = format!("http://{}/api/v1/proofs/tx/{id}{at}", config.http.listen);
    let mut question = agent.get(&url);
    if let Some(token) = reader::token(config, chain)? {
        question = question.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = question.call().with_context(|| format!("asking {url}; does the node run?"))?;
    let status = answer.status();
    ensure!(status.is_success(), "{url} answers {status}: {}", answer.body_mut().read_to_string()?);
    answer.body_mut().read_json().with_context(|| format!("reading the answer of {url}"))
}

/// A refusal is an answer; what is broken is not.
fn answered(result: Result<(), AnchorError>) -> Result<Outcome> {
    match result {
        Ok(()) => Ok(Outcome::Done),
        Err(error @ AnchorError::NotAnchored(_)) => {
            println!("refused: {error}");
            Ok(Outcome::Refused)
        }
        Err(AnchorError::Submit(error))
            if matches!(*error, SubmitError::Refused { .. } | SubmitError::Failed { .. }) =>
        {
            println!("refused: {error}");
            Ok(Outcome::Refused)
        }
        Err(error) => Err(error.into()),
    }
}
