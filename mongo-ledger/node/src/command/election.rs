//! `mongo-ledger election`: decisions of the validators, signed with the key by which CometBFT votes.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::{
    access::{Change, Right},
    json::Limits,
    key::{PublicKey, SecretKey},
    transaction::{
        OutputRef, Proposal, Transaction, TransactionId,
        build::{self, Spend},
    },
    upgrade::{self, Plan},
};
use serde_json::Value;

use super::Outcome;
use crate::{
    config::{Config, Read},
    reader,
};

/// How long the own node may take to answer; a commit takes a few blocks.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The own node, and the key of its validator.
struct Member<'a> {
    agent: ureq::Agent,
    api: String,
    secret: SecretKey,
    config: &'a Config,
}

impl<'a> Member<'a> {
    fn open(config: &'a Config) -> Result<Self> {
        let agent =
            ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
        let api = format!("http://{}/api/v1", config.http.listen);
        Ok(Self { agent: agent.into(), api, secret: reader::validator(config)?, config })
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.answer(path, None)
    }

    /// The answer to a question that a closed chain answers its validators.
    fn get_as_validator(&self, path: &str) -> Result<Value> {
        match self.config.access.read {
            Read::Open => self.get(path),
            Read::Roles => {
                let token = reader::sign(self.config, &self.secret, &self.chain()?);
                self.answer(path, Some(&token))
            }
        }
    }

    fn answer(&self, path: &str, token: Option<&str>) -> Result<Value> {
        let url = format!("{}{path}", self.api);
        let mut request = self.agent.get(&url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().with_context(|| format!("asking {url}; does the node run?"))?;
        let status = answer.status();
        let body: Value =
            answer.body_mut().read_json().with_context(|| format!("reading the answer of {url}"))?;
        ensure!(status.is_success(), "{url}: {}", said(&body));
        Ok(body)
    }

    /// Sends a transaction and waits for its block.
    fn send(&self, transaction: &Transaction) -> Result<Outcome> {
        let url = format!("{}/transactions?mode=commit", self.api);
        let sent = self.agent.post(&url).content_type("application/json").send(transaction.raw());
        let mut answer = sent.with_context(|| format!("sending to {url}; does the node run?"))?;
        if answer.status().is_success() {
            println!("{}", transaction.id());
            return Ok(Outcome::Done);
        }
        let body: Value = answer.body_mut().read_json().unwrap_or_default();
        println!("refused: {}", said(&body));
        Ok(Outcome::Refused)
    }

    fn validators(&self) -> Result<Vec<(PublicKey, u64)>> {
        let answer = self.get("/validators")?;
        let one = |validator: &Value| {
            let key = validator.pointer("/public_key/value").and_then(Value::as_str);
            let key = key.context("a validator without a key")?;
            let power = validator.get("voting_power").and_then(Value::as_u64);
            let power = power.context("a validator without power")?;
            Ok((validator_key(key)?, power))
        };
        answer.as_array().context("the node's validators are no list")?.iter().map(one).collect()
    }

    /// The chain's id.
    fn chain(&self) -> Result<String> {
        let health = self.get("/health")?;
        let chain = health.get("chain").and_then(Value::as_str);
        Ok(chain.context("the node does not say which chain it is of")?.to_owned())
    }

    fn transaction(&self, id: &str) -> Result<Transaction> {
        let found = self.get_as_validator(&format!("/transactions/{id}"))?;
        Ok(Transaction::parse(found.to_string().as_bytes(), &Limits::of_any_length())?)
    }
}

/// Why the node said no.
fn said(body: &Value) -> &str {
    body.get("message").and_then(Value::as_str).unwrap_or("without a reason")
}

/// Reads a validator's key as CometBFT shows it (base64) or as BigchainDB does (base58).
fn validator_key(text: &str) -> Result<PublicKey> {
    if let Some(key) = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        return Ok(PublicKey::new(key));
    }
    text.parse().with_context(|| format!("{text} is no ed25519 key in base64 or base58"))
}

/// Proposes that a validator gets another power.
///
/// # Errors
/// The node or the key cannot be had.
pub fn validator(config: &Config, key: &str, power: u64, node_id: &str) -> Result<Outcome> {
    propose(config, &Proposal::Validator { key: validator_key(key)?, power, node_id: node_id.into() })
}

/// Proposes that the chain ends.
///
/// # Errors
/// The node or the key cannot be had.
pub fn migration(config: &Config) -> Result<Outcome> {
    propose(config, &Proposal::Migration)
}

/// Proposes other settings; those that are not given stay.
///
/// # Errors
/// The node or the key cannot be had.
pub fn parameters(
    config: &Config,
    transaction_bytes: Option<u32>,
    election_blocks: Option<u64>,
) -> Result<Outcome> {
    ensure!(
        transaction_bytes.is_some() || election_blocks.is_some(),
        "name what changes: --transaction-bytes, --election-blocks or both"
    );
    propose(config, &Proposal::Parameters { transaction_bytes, election_blocks })
}

/// Proposes to give somebody a role, or with `revoke` to take it.
///
/// # Errors
/// The node or the key cannot be had.
pub fn policy(config: &Config, right: Right, revoke: bool, until: Option<u64>) -> Result<Outcome> {
    let change = if revoke { Change::Revoke { right } } else { Change::Grant { right, until } };
    propose(config, &Proposal::Policy(change))
}

/// Proposes that the chain goes on with another program from a height on.
///
/// # Errors
/// The name is none, or the node or the key cannot be had.
pub fn upgrade(config: &Config, name: &str, height: u64) -> Result<Outcome> {
    let most = upgrade::LONGEST_NAME;
    ensure!(
        upgrade::is_name(name),
        "the name is 1 to {most} letters, digits, `-`, `_` or `.`, found {name:?}"
    );
    propose(config, &Proposal::Upgrade(Plan { name: name.into(), height }))
}

fn propose(config: &Config, proposal: &Proposal) -> Result<Outcome> {
    let member = Member::open(config)?;
    let validators = member.validators()?;
    // Each proposal is another one, so that what was not agreed can be asked again.
    let seed = time::OffsetDateTime::now_utc().unix_timestamp_nanos().to_string();
    let proposer = member.secret.public();
    let election = build::election(&member.chain()?, proposer, &validators, proposal, &seed);
    member.send(&election.sign(&[&member.secret])?)
}

/// Votes for an election with the whole power of this node's validator.
///
/// # Errors
/// The node or the key cannot be had, or the validator was not asked.
pub fn approve(config: &Config, id: &str) -> Result<Outcome> {
    let member = Member::open(config)?;
    let election = member.transaction(id)?;
    let own = member.secret.public();
    let place = election.outputs().iter().zip(0_u32..).find(|(output, _)| output.public_keys == [own]);
    let Some((output, output_index)) = place else {
        bail!("election {id} does not ask the validator {own}");
    };
    let id: TransactionId = *election.id();
    let output_ref = OutputRef { transaction_id: id, output_index };
    let spend = Spend { output: output_ref, condition: output.condition.clone() };
    member.send(&build::vote(id, &spend, output.amount).sign(&[&member.secret])?)
}

/// Shows how an election stands.
///
/// # Errors
/// The node cannot be asked, or knows no such election.
pub fn show(config: &Config, id: &str) -> Result<Outcome> {
    let member = Member::open(config)?;
    println!("{:#}", member.get(&format!("/elections/{id}"))?);
    Ok(Outcome::Done)
}
