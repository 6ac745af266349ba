//! Learning of new heights: at once by WebSocket, and every two seconds by asking.

use std::time::Duration;

use futures::StreamExt as _;
use sirius_primitives::Height;
use tendermint_rpc::{
    SubscriptionClient as _, WebSocketClient, WebSocketClientUrl,
    client::CompatMode,
    event::{Event, EventData},
    query::EventType,
};
use tokio::sync::watch;

use crate::client::Client;

/// How often nodes are asked, whatever the subscription says: events may be lost.
const POLL: Duration = Duration::from_secs(2);
/// The pause before the next endpoint is connected to.
const RECONNECT: Duration = Duration::from_secs(1);

/// Keeps `newest` at the newest height until nobody looks at it.
pub(super) async fn listen(client: Client, newest: watch::Sender<Height>) {
    tokio::select! {
        () = poll(&client, &newest) => {}
        () = subscribe(&client, &newest) => {}
        () = newest.closed() => {}
    }
}

async fn poll(client: &Client, newest: &watch::Sender<Height>) {
    loop {
        if let Ok(status) = client.status().await {
            raise(newest, status.height);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Subscribes at one endpoint after the other, for ever; polling goes on meanwhile.
async fn subscribe(client: &Client, newest: &watch::Sender<Height>) {
    let urls: Vec<_> = client.urls().filter_map(web_socket).collect();
    for url in urls.iter().cycle() {
        // How a connection ended does not matter: the next one begins.
        let _ = subscribe_at(url.clone(), newest).await;
        tokio::time::sleep(RECONNECT).await;
    }
    // No endpoint has a WebSocket: polling alone tells.
    std::future::pending::<()>().await;
}

async fn subscribe_at(
    url: WebSocketClientUrl,
    newest: &watch::Sender<Height>,
) -> Result<(), tendermint_rpc::Error> {
    let (client, driver) = WebSocketClient::builder(url).compat_mode(CompatMode::V0_38).build().await?;
    let subscribed = async {
        let mut events = client.subscribe(EventType::NewBlock.into()).await?;
        // Events are taken as fast as they come, so that the library's own queue stays empty.
        while let Some(event) = events.next().await {
            if let Some(height) = height_of(&event?) {
                raise(newest, height);
            }
        }
        Ok(())
    };
    // The driver moves the bytes; whichever ends first ends the connection.
    tokio::select! {
        result = driver.run() => result,
        result = subscribed => result,
    }
}

fn height_of(event: &Event) -> Option<Height> {
    match &event.data {
        EventData::NewBlock { block: Some(block), .. } => Some(Height(block.header.height.value())),
        _ => None,
    }
}

fn raise(newest: &watch::Sender<Height>, height: Height) {
    newest.send_if_modified(|newest| {
        let higher = height > *newest;
        *newest = height.max(*newest);
        higher
    });
}

/// The WebSocket of an HTTP endpoint: `http://host:port` is `ws://host:port/websocket`.
fn web_socket(url: &str) -> Option<WebSocketClientUrl> {
    let rest = url.strip_prefix("http")?;
    format!("ws{}/websocket", rest.trim_end_matches('/')).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_http_endpoint_has_a_web_socket() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(web_socket(url).map(|url| url.to_string()).as_deref(), expected);
        };
        check("http://127.0.0.1:26657", Some("ws://127.0.0.1:26657/websocket"));
        check("https://rpc.example.com/", Some("wss://rpc.example.com/websocket"));
        check("tcp://127.0.0.1:26657", None);
    }

    #[test]
    fn heights_only_rise() {
        let (newest, mut heights) = watch::channel(Height(5));
        raise(&newest, Height(4));
        assert!(!heights.has_changed().unwrap_or(true));
        raise(&newest, Height(6));
        assert_eq!(*heights.borrow_and_update(), Height(6));
    }
}
