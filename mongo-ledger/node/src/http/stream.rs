//! The stream of transactions over WebSocket: BigchainDB's, and beside it one that begins at any height and knows
//! filters.
//!
//! A reader is led through the look-up tables until it has reached the present, and hears of new blocks from then on.
//! Whatever it missed meanwhile it gets from the tables again, so that it sees every transaction once and in order.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    middleware,
    response::Response,
    routing::any,
};
use mongo_ledger_core::{
    key::PublicKey,
    transaction::{AssetId, Transaction, TransactionId},
};
use serde::Serialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast::error::RecvError, watch},
    time::{Instant, interval, timeout},
};
use tracing::debug;

use super::{
    Api, STREAM,
    access::{self, Admitted},
    answer::Refused,
    ask::Ask,
    read,
};
use crate::{feed::Committed, index::Index};

/// How many readers there are at most.
const MOST_READERS: usize = 1_000;
/// How many bytes wait in the system for a reader that does not take them; all readers' together are 128 MiB.
pub(super) const UNSENT: u32 = 128 * 1024;
/// How many blocks are read from the tables together.
const PART: usize = 64;
/// How long a reader may take for one message.
const SLOWEST: Duration = Duration::from_secs(10);
/// How often a reader is asked whether it is there.
const PING: Duration = Duration::from_secs(20);
/// How long a reader may be silent.
const SILENCE: Duration = Duration::from_secs(70);
/// The longest message that a reader may send: it has nothing to say.
const MOST_BYTES: usize = 4 * 1024;

#[derive(Clone)]
struct Door {
    api: Arc<Api>,
    slots: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

/// The one route of the port.
pub(super) fn routes(api: &Arc<Api>, stopped: watch::Receiver<bool>) -> Router {
    let door = Door { api: Arc::clone(api), slots: Arc::new(Semaphore::new(MOST_READERS)), stopped };
    Router::new()
        .route(STREAM, any(enter))
        .route(&format!("{STREAM}/"), any(enter))
        .layer(middleware::from_fn_with_state(Arc::clone(api), access::guard))
        .with_state(door)
}

/// What a reader wants.
#[derive(Debug, Clone, Copy)]
struct Wish {
    from: Option<u64>,
    asset: Option<AssetId>,
    key: Option<PublicKey>,
}

impl Wish {
    fn read(ask: &Ask) -> Result<Self, Refused> {
        let asset = ask.text("asset").map(|_| ask.id("asset")).transpose()?;
        Ok(Self { from: ask.number("from_height")?, asset, key: ask.key("key")? })
    }

    fn is_of_asset(&self, asset: AssetId) -> bool {
        self.asset.is_none_or(|wanted| wanted == asset)
    }

    /// Whether the key signs the transaction or has a part in what it makes.
    fn has_key(&self, transaction: &Transaction) -> bool {
        self.key.is_none_or(|key| {
            transaction.inputs().iter().any(|input| input.owners_before.contains(&key))
                || transaction.outputs().iter().any(|output| output.public_keys.contains(&key))
        })
    }
}

async fn enter(
    State(door): State<Door>,
    AskOf(ask, admitted): AskOf,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let wish = Wish::read(&ask)?;
    let Ok(slot) = Arc::clone(&door.slots).try_acquire_owned() else {
        return Err(Refused::unavailable(format!("{MOST_READERS} readers are connected; come back later")));
    };
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES);
    Ok(upgrade.on_upgrade(move |socket| serve(door, (wish, admitted), socket, slot)))
}

/// The parameters, read without the state that other routes have, and who asks on a closed chain.
struct AskOf(Ask, Option<Admitted>);

impl axum::extract::FromRequestParts<Door> for AskOf {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &Door,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(Ask::of(&parts.uri), parts.extensions.get().copied()))
    }
}

async fn serve(
    door: Door,
    (wish, admitted): (Wish, Option<Admitted>),
    socket: WebSocket,
    slot: OwnedSemaphorePermit,
) {
    let mut reader = Reader { socket, heard: Instant::now(), admitted };
    let Err(end) = lead(&door, wish, &mut reader).await else { return };
    debug!(reason = end.reason(), "a reader of the stream leaves");
    let frame = CloseFrame { code: end.code(), reason: Utf8Bytes::from(end.reason()) };
    // A reader that is gone needs no farewell.
    let _ = timeout(SLOWEST, reader.socket.send(Message::Close(Some(frame)))).await;
    drop(slot);
}

/// Why a stream ends.
#[derive(Debug)]
enum End {
    Left,
    Silent,
    Slow,
    Stopping,
    Over,
    Broken(String),
}

impl End {
    fn code(&self) -> u16 {
        match self {
            Self::Left => close_code::NORMAL,
            Self::Silent | Self::Slow | Self::Over => close_code::POLICY,
            Self::Stopping => close_code::AWAY,
            Self::Broken(_) => close_code::ERROR,
        }
    }

    /// At most 123 bytes, as a frame of the protocol holds.
    fn reason(&self) -> &str {
        match self {
            Self::Left => "bye",
            Self::Silent => "nothing was heard; answer pings, and resume with from_height",
            Self::Slow => "reading is too slow; resume with from_height",
            Self::Stopping => "the node is stopping; resume with from_height",
            Self::Over => "the token has ended or the role was taken; come back with another one",
            Self::Broken(what) => what.get(..what.floor_char_boundary(123)).unwrap_or_default(),
        }
    }
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        Self::Broken(refused.text())
    }
}

struct Reader {
    socket: WebSocket,
    heard: Instant,
    /// What it may see, on a closed chain.
    admitted: Option<Admitted>,
}

impl Reader {
    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SLOWEST, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::Slow),
        }
    }

    async fn tell(&mut self, height: u64, asset: AssetId, transaction: TransactionId) -> Result<(), End> {
        let line = Line { height, asset_id: asset.to_string(), transaction_id: transaction.to_string() };
        let text = serde_json::to_string(&line).map_err(|error| End::Broken(error.to_string()))?;
        self.send(Message::Text(text.into())).await
    }
}

/// One transaction, as BigchainDB tells of it.
#[derive(Serialize)]
struct Line {
    height: u64,
    asset_id: String,
    transaction_id: String,
}

/// Leads a reader from where it wants to begin to the present, and on with it.
async fn lead(door: &Door, wish: Wish, reader: &mut Reader) -> Result<(), End> {
    let Door { api, stopped, .. } = door;
    let (mut stopped, mut pings) = (stopped.clone(), interval(PING));
    // Listening begins before the tables are read, so that no block falls between.
    let mut feed = api.ledger.feed.subscribe();
    let mut next = wish.from.unwrap_or_else(|| api.ledger.height().saturating_add(1));
    loop {
        next = catch_up(api, wish, reader, next).await?;
        let heard = tokio::select! {
            heard = feed.recv() => heard,
            message = reader.socket.recv() => {
                match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Left),
                    Some(Ok(_)) => reader.heard = Instant::now(),
                }
                continue;
            }
            _ = pings.tick() => {
                if reader.heard.elapsed() > SILENCE {
                    return Err(End::Silent);
                }
                if let Some(admitted) = reader.admitted
                    && !access::still(api, admitted).await
                {
                    return Err(End::Over);
                }
                reader.send(Message::Ping(bytes::Bytes::new())).await?;
                continue;
            }
            _ = stopped.changed() => return Err(End::Stopping),
        };
        match heard {
            Ok(block) if block.height == next => {
                fresh(api, wish, reader, &block).await?;
                next = next.saturating_add(1);
            }
            // What was heard too early or too late is in the tables.
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Err(End::Stopping),
        }
    }
}

/// Tells of a block that was just committed.
async fn fresh(api: &Arc<Api>, wish: Wish, reader: &mut Reader, block: &Committed) -> Result<(), End> {
    let records = block.records.iter().filter(|(_, asset)| wish.is_of_asset(*asset));
    if wish.key.is_none() {
        for (id, asset) in records {
            reader.tell(block.height, *asset, *id).await?;
        }
        return Ok(());
    }
    let ids: Vec<TransactionId> = records.map(|(id, _)| *id).collect();
    stored(api, wish, reader, block.height, &ids).await
}

/// Tells of everything from `next` to the last block that counts; gives the height after it.
async fn catch_up(api: &Arc<Api>, wish: Wish, reader: &mut Reader, mut next: u64) -> Result<u64, End> {
    loop {
        let last = api.ledger.height();
        if next > last {
            return Ok(next);
        }
        let from = next;
        let blocks = api
            .blocking(move |ledger| Ok(Index(&ledger.store).blocks(from, PART)?))
            .await
            .map_err(End::from)?;
        let full = blocks.len() == PART;
        for (height, row) in blocks {
            let ids = api
                .blocking(move |ledger| Ok(Index(&ledger.store).records(row.first, row.count)?))
                .await
                .map_err(End::from)?;
            stored(api, wish, reader, height, &ids).await?;
            next = height.saturating_add(1);
        }
        if !full {
            // Heights without transactions have no rows; a block that came meanwhile may already have been told.
            next = next.max(last.saturating_add(1));
        }
    }
}

/// Tells of transactions of earlier blocks, which only their documents describe.
async fn stored(
    api: &Arc<Api>,
    wish: Wish,
    reader: &mut Reader,
    height: u64,
    ids: &[TransactionId],
) -> Result<(), End> {
    let lines = read::each(api, ids, |place| {
        let (id, asset) = (*place.transaction.id(), place.transaction.asset_id());
        (wish.is_of_asset(asset) && wish.has_key(&place.transaction)).then_some((asset, id))
    })
    .await?;
    for (asset, id) in lines {
        reader.tell(height, asset, id).await?;
    }
    Ok(())
}
