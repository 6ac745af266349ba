//! Who may read: on a closed chain each question names a reader, by a token or by its signature, and the roles on the
//! chain say what the reader may see.
//!
//! | asked for | answered to |
//! |---|---|
//! | what the server is, health, metrics, validators, elections, proofs that the log grew; sending a transaction or an erasable body | everybody: the chain itself decides who may write |
//! | a transaction, an asset's history, outputs, proofs, erasable bodies, the stream of one asset | whoever has any role in the asset's namespace |
//! | outputs of a key | that key |
//! | everything else: lists, searches, questions, blocks, the whole stream | auditors and admins of everything |
//!
//! A validator of the chain may read everything: it has the documents anyway.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use mongo_ledger_core::{
    access::{Access, Holder, Namespace, Role},
    key::PublicKey,
    pass::{self, KEY_HEADER, Pass, PassError, SIGNATURE_HEADER, TIME_HEADER, WINDOW},
    payload::Commitment,
    permission,
    proof::Subject,
    state,
    transaction::{AssetId, TransactionId},
};

use super::{Api, STREAM, answer::Refused, ask::Ask, read};
use crate::{ledger::Ledger, payload::look_up};

/// Signed requests remembered at most, so that none is answered twice within its window.
const MOST_REMEMBERED: usize = 1 << 14;
/// Seconds for which a stream goes on that was asked for by a signed request.
const SIGNED_STREAM: u64 = 86_400;

/// What a question asks to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Nothing that is private.
    Public,
    /// A transaction.
    Record(TransactionId),
    /// An asset.
    Asset(AssetId),
    /// A body beside the chain.
    Payload(Commitment),
    /// The outputs of a key.
    Own(PublicKey),
    /// More than one asset.
    Everything,
}

/// Who was admitted, to what, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    key: PublicKey,
    scope: Scope,
    /// Seconds since 1970.
    until: u64,
}

/// What decides who reads.
pub(super) struct Readers {
    /// What tokens must name; the chain's name when it is not set.
    audience: Option<String>,
    /// Signed requests that were answered, by time.
    answered: Mutex<BTreeSet<(u64, String)>>,
}

impl Readers {
    pub(super) fn new(audience: Option<String>) -> Self {
        Self { audience, answered: Mutex::default() }
    }

    fn audience<'a>(&'a self, chain: &'a str) -> &'a str {
        self.audience.as_deref().unwrap_or(chain)
    }

    /// Remembers a signed request; refuses one that was answered before.
    fn once(&self, time: u64, signature: &str, now: u64) -> Result<(), Refused> {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (now.saturating_sub(WINDOW.saturating_mul(2)), String::new());
        *answered = answered.split_off(&oldest);
        if answered.len() >= MOST_REMEMBERED {
            return Err(Refused::unavailable(format!(
                "{MOST_REMEMBERED} signed requests came within two minutes; use a token"
            )));
        }
        match answered.insert((time, signature.to_owned())) {
            true => Ok(()),
            false => Err(Refused::unknown("this signed request was answered already; sign each one anew")),
        }
    }
}

/// Answers those who may read what they ask for.
pub(super) async fn guard(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    match admitted(&api, request).await {
        Ok(request) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

async fn admitted(api: &Arc<Api>, request: Request) -> Result<Request, Refused> {
    let Some(readers) = &api.readers else { return Ok(request) };
    let scope = scope(request.method(), request.uri());
    if scope == Scope::Public {
        return Ok(request);
    }
    let (mut request, key, until) = identified(api, readers, request).await?;
    let scope = match scope {
        // Whether there is such a transaction is told to those alone who may see all.
        Scope::Record(id) => match read::entry(api, id).await? {
            Some(_) => read::places(api, &[id])
                .await?
                .first()
                .map_or(Scope::Everything, |place| Scope::Asset(place.transaction.asset_id())),
            None => Scope::Everything,
        },
        Scope::Payload(commitment) => {
            let known = look_up(&api.ledger, commitment).await?;
            known.map_or(Scope::Everything, |payload| Scope::Asset(payload.asset))
        }
        other => other,
    };
    api.blocking(move |ledger| may_read(ledger, &key, scope)).await?;
    request.extensions_mut().insert(Admitted { key, scope, until });
    Ok(request)
}

/// Whether somebody who was admitted to a stream may still see it.
pub(super) async fn still(api: &Arc<Api>, admitted: Admitted) -> bool {
    let Admitted { key, scope, until } = admitted;
    now() < until && api.blocking(move |ledger| may_read(ledger, &key, scope)).await.is_ok()
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Whether a key may see what it asks for.
fn may_read(ledger: &Ledger, key: &PublicKey, scope: Scope) -> Result<(), Refused> {
    let state = ledger.store.latest();
    if state::validator(key).get(&state)?.is_some() || scope == Scope::Own(*key) {
        return Ok(());
    }
    if permission::mode(&state)? == Access::Open {
        return Err(Refused::forbidden(
            "this chain is open and gives no roles: its operator has to set access.read = \"open\"",
        ));
    }
    let (holder, height) = (Holder::from(key), ledger.height());
    let holds = |role, namespace: &Namespace| permission::holds(&state, &holder, role, namespace, height);
    let all = Namespace::all();
    if holds(Role::Auditor, &all)? || holds(Role::Admin, &all)? {
        return Ok(());
    }
    let refused = |what: String| Err(Refused::forbidden(what));
    let Scope::Asset(asset) = scope else {
        return refused(format!(
            "the key {key} is no auditor of everything, which this question needs; ask for one asset"
        ));
    };
    let Some(chain) = state::chain(&asset).get(&state)? else {
        return refused(format!("the key {key} may not ask for {asset}"));
    };
    for role in Role::ALL {
        if holds(role, &chain.namespace)? {
            return Ok(());
        }
    }
    refused(format!(
        "the key {key} has no role in the namespace of {asset}; an admin grants one with `sirius db grant`"
    ))
}

/// The key that asks, by its token or its signature.
async fn identified(
    api: &Arc<Api>,
    readers: &Readers,
    request: Request,
) -> Result<(Request, PublicKey, u64), Refused> {
    let chain = api.ledger.genesis().map(|genesis| genesis.chain_id.clone());
    let chain = chain.ok_or_else(|| Refused::unavailable("there is no chain yet; ask again in a moment"))?;
    let now = now();
    let refused = |error: PassError| Refused::unknown(error.to_string());
    let (parts, body) = request.into_parts();
    let audience = readers.audience(&chain);
    if let Some(token) = bearer(&parts.headers) {
        let (key, until) = Pass::check(token, &chain, audience, now).map_err(refused)?;
        return Ok((Request::from_parts(parts, body), key, until));
    }
    let Some(Signed { key, time, signature }) = Signed::read(&parts.headers)? else {
        return Err(Refused::unknown(format!(
            "{chain} is read by those who have a role: send `Authorization: Bearer` with what `sirius db token --audience {audience}` gives"
        )));
    };
    let most = api.ledger.limits()?.bytes.saturating_mul(2);
    let body = body::to_bytes(body, most).await.map_err(|_| Refused::too_long(most))?;
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |target| target.as_str());
    let signed = pass::Request { chain: &chain, method: parts.method.as_str(), target, time, body: &body };
    signed.check(&key, &signature, now).map_err(refused)?;
    readers.once(time, &signature, now)?;
    // A signed request to listen ends as a token does that nobody renews.
    let until = now.saturating_add(SIGNED_STREAM);
    Ok((Request::from_parts(parts, Body::from(body)), key, until))
}

/// Who signed a request, when, and the signature.
struct Signed {
    key: PublicKey,
    time: u64,
    signature: String,
}

impl Signed {
    /// What the headers say; `None` where they say nothing.
    fn read(headers: &HeaderMap) -> Result<Option<Self>, Refused> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(key), Some(time), Some(signature)) =
            (text(KEY_HEADER), text(TIME_HEADER), text(SIGNATURE_HEADER))
        else {
            return Ok(None);
        };
        let key = key.parse().map_err(|_| Refused::unknown(format!("{KEY_HEADER} is no key in base58")))?;
        let time =
            time.parse().map_err(|_| Refused::unknown(format!("{TIME_HEADER} is no number of seconds")))?;
        Ok(Some(Self { key, time, signature: signature.to_owned() }))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// What a question asks to see, by its address alone.
fn scope(method: &Method, uri: &Uri) -> Scope {
    let path = uri.path().trim_end_matches('/');
    let Some(rest) = path.strip_prefix("/api/v1") else {
        return match path {
            "" | "/health" | "/metrics" => Scope::Public,
            _ => Scope::Everything,
        };
    };
    let ask = Ask::of(uri);
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    let named = |id: &str| id.parse().map_or(Scope::Everything, Scope::Record);
    let asset = |id: Option<&str>| id.and_then(|id| id.parse().ok()).map_or(Scope::Everything, Scope::Asset);
    match parts.as_slice() {
        [] | ["openapi.yaml" | "health" | "metrics" | "validators"] => Scope::Public,
        ["elections", ..] | ["proofs", "log"] => Scope::Public,
        ["transactions" | "payloads"] if method == Method::POST => Scope::Public,
        ["payloads", name] => name.parse().map_or(Scope::Everything, Scope::Payload),
        ["transactions", id] | ["proofs", "tx", id] => named(id),
        ["transactions"] => asset(ask.text("asset_id")),
        ["assets", id, "history"] => asset(Some(id)),
        ["blocks"] => ask.text("transaction_id").map_or(Scope::Everything, named),
        ["outputs"] => match ask.text("public_key").and_then(|key| key.parse().ok()) {
            Some(key) => Scope::Own(key),
            None => Scope::Everything,
        },
        ["proofs", kind, name] => match format!("{kind}/{name}").parse() {
            Ok(Subject::Utxo(output) | Subject::Spent(output)) => Scope::Record(output.transaction_id),
            Ok(Subject::Asset(id)) => Scope::Asset(id),
            Ok(Subject::Validator(_) | Subject::Election(_)) => Scope::Public,
            Ok(Subject::Role(_)) | Err(_) => Scope::Everything,
        },
        _ if path == STREAM => asset(ask.text("asset")),
        _ => Scope::Everything,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn a_question_asks_to_see_what_its_address_says() {
        let id = "ab".repeat(32);
        let (record, asset) = (Scope::Record(id.parse().unwrap()), Scope::Asset(id.parse().unwrap()));
        let key = mongo_ledger_core::key::SecretKey::new(&[1; 32]).public();
        let check = |path: &str, expected: Scope| {
            for end in ["", "/"] {
                let (front, query) =
                    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
                let uri = match query {
                    Some(query) => format!("{front}{end}?{query}"),
                    None => format!("{front}{end}"),
                };
                assert_eq!(scope(&Method::GET, &uri.parse().unwrap()), expected, "{uri}");
            }
        };
        for path in
            ["/api/v1", "/health", "/api/v1/validators", "/api/v1/elections/ab", "/api/v1/proofs/log?from=1"]
        {
            check(path, Scope::Public);
        }
        check(&format!("/api/v1/transactions/{id}"), record);
        check(&format!("/api/v1/proofs/tx/{id}"), record);
        check(&format!("/api/v1/proofs/utxo/{id}:0"), record);
        check(&format!("/api/v1/blocks?transaction_id={id}"), record);
        check(&format!("/api/v1/assets/{id}/history"), asset);
        check(&format!("/api/v1/transactions?asset_id={id}"), asset);
        check(&format!("{STREAM}?asset={id}"), asset);
        check(&format!("/api/v1/outputs?public_key={key}"), Scope::Own(key));
        for path in [
            "/api/v1/assets?search=x",
            "/api/v1/metadata?search=x",
            "/api/v1/query",
            "/api/v1/blocks/3",
            "/api/v1/transactions",
            "/api/v1/transactions?asset_id=x",
            "/api/v1/outputs",
            "/api/v1/later",
            "/later",
            STREAM,
        ] {
            check(path, Scope::Everything);
        }
        assert_eq!(scope(&Method::POST, &"/api/v1/transactions".parse().unwrap()), Scope::Public);
        assert_eq!(scope(&Method::POST, &"/api/v1/query".parse().unwrap()), Scope::Everything);
    }

    #[test]
    fn a_signed_request_is_answered_once_and_the_memory_is_bounded() {
        let readers = Readers::new(None);
        assert!(readers.once(100, "a", 100).is_ok());
        assert!(readers.once(100, "a", 130).is_err());
        assert!(readers.once(100, "b", 130).is_ok());
        for number in 0..MOST_REMEMBERED {
            let _ = readers.once(140, &number.to_string(), 140);
        }
        assert!(readers.once(140, "more", 140).unwrap_err().text().contains("use a token"));
        assert!(readers.once(500, "more", 500).is_ok(), "what is over is forgotten");
    }
}
