//! What became of a transaction in a block.

use cosmrs::proto::cosmos::tx::v1beta1::{AuthInfo, Fee as WireFee, TxBody, TxRaw};
use prost::Message as _;
use serde::Serialize;
use sirius_primitives::{Coin, Coins, Gas, Hash, Height, sha256};
use tendermint::abci;

use crate::client::Found;

/// What became of a transaction in a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipt {
    /// The transaction.
    #[serde(serialize_with = "as_text")]
    pub hash: Hash,
    /// The block that has it.
    pub height: Height,
    /// Its place in that block, from 0.
    pub index: u32,
    /// 0, or the code of the refusal of one of its messages.
    pub code: u32,
    /// Whose code it is.
    pub codespace: String,
    /// The refusal in words.
    pub log: String,
    /// The gas limit.
    pub gas_wanted: Gas,
    /// What it used.
    pub gas_used: Gas,
    /// What was paid.
    pub fee: Coins,
    /// Its note.
    pub memo: String,
    /// What observers see.
    pub events: Vec<Event>,
    /// Its bytes.
    #[serde(skip)]
    pub tx: Vec<u8>,
}

/// Something that observers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it tells, in order.
    pub attributes: Vec<Attribute>,
}

/// A detail of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl Receipt {
    /// The receipt of a transaction that a block has. The hash is that of the bytes, not what a node says.
    pub fn new(found: Found) -> Self {
        let Found { height, index, result, tx } = found;
        let gas = |gas: i64| Gas(u64::try_from(gas).unwrap_or(0));
        let (fee, memo) = fee_and_memo(&tx);
        Self {
            hash: sha256(&tx),
            height,
            index,
            code: result.code.value(),
            codespace: result.codespace,
            log: result.log,
            gas_wanted: gas(result.gas_wanted),
            gas_used: gas(result.gas_used),
            fee,
            memo,
            events: result.events.iter().map(event).collect(),
            tx,
        }
    }

    /// Whether all its messages were executed.
    pub fn succeeded(&self) -> bool {
        self.code == 0
    }

    /// Its messages, packed; none where the bytes are no transaction.
    pub fn messages(&self) -> Vec<cosmrs::Any> {
        decode(&self.tx).map(|(body, _)| body.messages).unwrap_or_default()
    }
}

/// A block may hold bytes that are no transaction; they have neither fee nor memo.
fn fee_and_memo(tx: &[u8]) -> (Coins, String) {
    let Some((body, auth)) = decode(tx) else { return Default::default() };
    let WireFee { amount, .. } = auth.fee.unwrap_or_default();
    let coin = |coin: &cosmrs::proto::cosmos::base::v1beta1::Coin| {
        Some(Coin { denom: coin.denom.parse().ok()?, amount: coin.amount.parse().ok()? })
    };
    let coins = amount.iter().map(coin).collect::<Option<Vec<_>>>();
    (coins.and_then(|coins| Coins::new(coins).ok()).unwrap_or_default(), body.memo)
}

/// The last height at which a transaction can be in a block; `None` where it names none.
pub(super) fn timeout(tx: &[u8]) -> Option<Height> {
    let (body, _) = decode(tx)?;
    (body.timeout_height != 0).then_some(Height(body.timeout_height))
}

fn decode(tx: &[u8]) -> Option<(TxBody, AuthInfo)> {
    let raw = TxRaw::decode(tx).ok()?;
    Some((
        TxBody::decode(raw.body_bytes.as_slice()).ok()?,
        AuthInfo::decode(raw.auth_info_bytes.as_slice()).ok()?,
    ))
}

fn event(event: &abci::Event) -> Event {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let attributes = event.attributes.iter().map(|attribute| Attribute {
        key: text(attribute.key_bytes()),
        value: text(attribute.value_bytes()),
    });
    Event { kind: event.kind.clone(), attributes: attributes.collect() }
}

fn as_text<S: serde::Serializer>(value: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
