//! `/api/v1/payloads`: bodies beside the chain, which can be erased.

use std::sync::Arc;

use axum::{
    body::{self, Body as HttpBody},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::IntoResponse as _,
};
use mongo_ledger_core::payload::{Commitment, MOST_BYTES};
use serde_json::json;
use tracing::error;

use super::{
    Api,
    answer::{self, Answer, Refused},
};
use crate::{
    documents::Collection,
    payload::{Body, KeepError, SALT, keep, look_up},
};

/// `POST /payloads`: takes a body in, with its salt in the header `X-Salt`, before or after its transaction.
pub(super) async fn post(State(api): State<Arc<Api>>, headers: HeaderMap, body: HttpBody) -> Answer {
    if let Some(trouble) = api.ledger.trouble() {
        return Err(Refused::unavailable(trouble));
    }
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
    let long = |_| Refused::large(format!("a payload has at most {most} bytes; divide it"));
    let bytes = body::to_bytes(body, most).await.map_err(long)?;
    let salt = headers.get(SALT).and_then(|salt| salt.to_str().ok()).unwrap_or_default();
    let body = Body::new(salt, bytes.to_vec()).map_err(|error| {
        Refused::bad(format!("{error}; send the body as it is, and its salt in the header X-Salt"))
    })?;
    let (commitment, bytes) = (body.commitment(), body.bytes().len());
    let ledger = Arc::clone(&api.ledger);
    // A client that goes away must not end a write halfway, behind which the gate would open.
    let kept = tokio::spawn(async move { keep(&ledger, body).await }).await;
    match kept {
        Ok(Ok(())) => {
            let answer = json!({ "commitment": commitment.to_string(), "bytes": bytes });
            Ok(answer::text(StatusCode::ACCEPTED, answer.to_string()))
        }
        Ok(Err(error)) => Err(error.into()),
        Err(error) => Err(Refused::broken(format!("keeping the payload ended early: {error}"))),
    }
}

/// `GET /payloads/<commitment>`: the body as it is, its salt in the header `X-Salt`.
pub(super) async fn one(State(api): State<Arc<Api>>, Path(name): Path<String>) -> Answer {
    let commitment: Commitment = name.parse().map_err(|error| Refused::bad(format!("{error}")))?;
    let known = look_up(&api.ledger, commitment).await?;
    let known = known.ok_or_else(|| {
        Refused::missing(format!(
            "no transaction that this node knows names payload {commitment}; look whether the commitment is right, and \
             whether its transaction is in a block"
        ))
    })?;
    if let Some(height) = known.erased {
        return Err(Refused::gone(format!("payload {commitment} was erased at height {height}")));
    }
    let found = api.ledger.documents.get(Collection::Payloads, &[commitment.to_string()]).await?;
    let found = found.into_iter().flatten().next();
    match found.map(|document| Body::read(&commitment, &document)) {
        Some(Some(body)) => {
            let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
            let headers = [kind, (HeaderName::from_static(SALT), body.salt())];
            Ok((StatusCode::OK, headers, body.into_bytes()).into_response())
        }
        Some(None) => {
            error!(%commitment, "a payload does not match its commitment; looking for it at the peers");
            api.ledger.payloads.want(commitment);
            Err(Refused::broken(format!(
                "payload {commitment} was changed at this node, which now looks for it at its peers; ask another node, or \
                 again in a moment"
            )))
        }
        None => {
            api.ledger.payloads.want(commitment);
            Err(Refused::missing(format!(
                "payload {commitment} of transaction {} is missing here, and this node asks its peers for it; ask another \
                 node, or again in a moment",
                known.transaction
            )))
        }
    }
}

impl From<KeepError> for Refused {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Erased { .. } => Self::gone(error.to_string()),
            KeepError::Length { .. } => Self::bad(error.to_string()),
            KeepError::Full(_) => Self::unavailable(error.to_string()),
            KeepError::Documents(error) => error.into(),
            KeepError::Fault(fault) => fault.into(),
        }
    }
}
