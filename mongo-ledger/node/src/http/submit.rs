//! `POST /api/v1/transactions`: a transaction is checked as every node will, handed to CometBFT, and awaited.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{self, Body},
    extract::State,
    http::StatusCode,
};
use mongo_ledger_core::{block, error::Error, refusal::Refusal, state, transaction::Transaction};
use sirius_store::Overlay;
use tendermint_rpc::{Client as _, error::ErrorDetail};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout_at},
};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::Ask,
};
use crate::{feed::Committed, ledger::Ledger};

/// How long a transaction is awaited in a block.
const COMMIT_WAIT: Duration = Duration::from_secs(30);

/// When the client is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// When the mempool has the transaction. BigchainDB validates before it answers `async` too, so that both are one.
    Waiting,
    /// When a block has it.
    Committed,
}

fn mode(ask: &Ask) -> Result<Mode, Refused> {
    match ask.text("mode") {
        None | Some("async" | "sync") => Ok(Mode::Waiting),
        Some("commit") => Ok(Mode::Committed),
        Some(_) => Err(Refused::parameter("mode", "Mode must be \"async\", \"sync\" or \"commit\"")),
    }
}

/// `POST /transactions?mode=`.
pub(super) async fn post(State(api): State<Arc<Api>>, ask: Ask, body: Body) -> Answer {
    let mode = mode(&ask)?;
    // While a block waits for its documents the mempool is shut.
    if let Some(trouble) = api.ledger.trouble() {
        return Err(Refused::unavailable(trouble));
    }
    let most = api.ledger.limits()?.bytes.saturating_mul(2);
    let bytes = body::to_bytes(body, most).await.map_err(|_| Refused::too_long(most))?;
    let transaction = api.blocking(move |ledger| accepted(ledger, &bytes)).await?;
    // Listening begins before anything is sent, so that no block is missed.
    let feed = api.ledger.feed.subscribe();
    broadcast(&api, &transaction).await?;
    if mode == Mode::Committed {
        committed(&api, &transaction, feed).await?;
    }
    Ok(answer::text(StatusCode::ACCEPTED, transaction.raw().to_owned()))
}

/// Reads a transaction and checks it upon the last block that counts, so that its refusal is told in full.
fn accepted(ledger: &Ledger, bytes: &[u8]) -> Result<Arc<Transaction>, Refused> {
    let transaction = Transaction::parse(bytes, &ledger.limits()?)?;
    check(ledger, &transaction)?;
    transaction.verify_signatures()?;
    let transaction = Arc::new(transaction);
    ledger.seen.put(transaction.raw().as_bytes(), Arc::clone(&transaction));
    Ok(transaction)
}

fn check(ledger: &Ledger, transaction: &Transaction) -> Result<(), Refused> {
    let mut state = match ledger.height() {
        0 => ledger.base(&ledger.block()),
        _ => Overlay::new(ledger.store.latest()),
    };
    match block::check(transaction, &mut state, ledger.height().saturating_add(1)) {
        Ok(_) => Ok(()),
        Err(Error::Refusal(refusal)) => Err(refusal.into()),
        Err(Error::Fault(fault)) => Err(fault.into()),
    }
}

/// Hands a transaction to CometBFT, whose mempool checks it upon what is still waiting.
async fn broadcast(api: &Api, transaction: &Transaction) -> Result<(), Refused> {
    match api.rpc.client.broadcast_tx_sync(transaction.raw().as_bytes()).await {
        Ok(checked) if checked.code.is_ok() => Ok(()),
        Ok(checked) => Err(refused(checked.code.value(), &checked.log)),
        Err(error) => Err(failed(api, &error)),
    }
}

/// What a refusal of the mempool reads like, as if it had been met here.
fn refused(code: u32, log: &str) -> Refused {
    match Refusal::name_of(code) {
        Some("SchemaValidationError") => Refusal::SchemaValidationError(log.into()).into(),
        Some(name) => Refused::bad(format!("Invalid transaction ({name}): {log}")),
        None => Refused::broken(format!("the mempool refused the transaction with code {code}: {log}")),
    }
}

fn failed(api: &Api, error: &tendermint_rpc::Error) -> Refused {
    let ErrorDetail::Response(response) = error.detail() else { return unreachable(api, error) };
    let data = response.source.data().unwrap_or_default();
    let message = format!("{} - {data}", response.source.message());
    match data {
        data if data.contains("already exists in cache") => Refused::bad(message),
        data if data.contains("too large") => Refused::bad(message),
        data if data.contains("mempool is full") => Refused::unavailable(message),
        _ => Refused::broken(message),
    }
}

/// CometBFT is away. The cause stands in the error's trace alone, behind the address that is named already.
fn unreachable(api: &Api, error: &tendermint_rpc::Error) -> Refused {
    let trace = format!("{:#}", error.trace()).replace('\n', " ");
    let (url, cause) = (api.rpc.url(), trace.rsplit("): ").next().unwrap_or_default());
    Refused::unavailable(format!("CometBFT does not answer at {url}; look whether it runs: {cause}"))
}

/// Waits until a block has the transaction, or until one makes it impossible.
async fn committed(
    api: &Arc<Api>,
    transaction: &Arc<Transaction>,
    mut feed: Receiver<Arc<Committed>>,
) -> Result<(), Refused> {
    let (deadline, mut blocks) = (Instant::now() + COMMIT_WAIT, 0_u64);
    loop {
        match timeout_at(deadline, feed.recv()).await {
            Ok(Ok(block)) if block.records.iter().any(|(id, _)| id == transaction.id()) => return Ok(()),
            Ok(Ok(_) | Err(RecvError::Lagged(_))) => blocks = blocks.saturating_add(1),
            Ok(Err(RecvError::Closed)) => return Err(Refused::unavailable("the node is stopping")),
            Err(_) => return Err(late(api, blocks)),
        }
        let waiting = Arc::clone(transaction);
        if api.blocking(move |ledger| stands(ledger, &waiting)).await? {
            return Ok(());
        }
    }
}

/// Whether a block has the transaction; refused when none can have it any more.
fn stands(ledger: &Ledger, transaction: &Transaction) -> Result<bool, Refused> {
    if state::entry(transaction.id()).get(&ledger.store.latest())?.is_some() {
        return Ok(true);
    }
    check(ledger, transaction).map(|()| false)
}

fn late(api: &Api, blocks: u64) -> Refused {
    let seconds = COMMIT_WAIT.as_secs();
    match (api.ledger.trouble(), blocks) {
        (Some(trouble), _) => Refused::unavailable(trouble),
        (None, 0) => Refused::unavailable(format!(
            "no block was agreed on in {seconds} s: fewer than two thirds of the validators answer; \
             the transaction waits, ask for it by its id"
        )),
        (None, _) => Refused::broken(format!(
            "the transaction is in none of the {blocks} blocks of {seconds} s; it may still wait: \
             ask for it by its id before sending it again"
        )),
    }
}

#[cfg(test)]
mod tests {
    use mongo_ledger_core::{payload::Commitment, transaction::TransactionId};

    use super::*;

    #[test]
    fn the_names_of_refusals_are_those_of_their_codes() {
        let (id, body) = (TransactionId::new([0; 32]), Commitment::new([0; 32]));
        let why = String::new;
        let all = [
            Refusal::SchemaValidationError(why()),
            Refusal::ValidationError(why()),
            Refusal::InvalidHash(why()),
            Refusal::InvalidSignature(why()),
            Refusal::DoubleSpend(why()),
            Refusal::InputDoesNotExist(why()),
            Refusal::AssetIdMismatch,
            Refusal::AmountError(why()),
            Refusal::DuplicateTransaction(id),
            Refusal::ThresholdTooDeep(why()),
            Refusal::MultipleInputsError,
            Refusal::InvalidProposer,
            Refusal::UnequalValidatorSet,
            Refusal::InvalidPowerChange,
            Refusal::InvalidPublicKey(why()),
            Refusal::ElectionClosed(id),
            Refusal::ChainEnded { height: 1 },
            Refusal::DuplicatePayload(body),
            Refusal::PayloadDoesNotExist(body),
            Refusal::PayloadErased { commitment: body, height: 1 },
            Refusal::EraseNotAllowed(body),
        ];
        for refusal in all {
            let (code, log) = (refusal.code(), refusal.to_string());
            assert_eq!(refused(code, &log), Refused::from(refusal));
        }
    }
}
