//! What goes back: JSON, and refusals as BigchainDB writes them.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mongo_ledger_core::refusal::Refusal;
use serde::Serialize;
use serde_json::{Value, json};
use sirius_store::{Fault, Unavailable};
use tracing::error;

use crate::documents::DocumentsError;

/// An answer, or why there is none.
pub(super) type Answer = Result<Response, Refused>;

/// The header that names the place after which a list goes on: the `after` of the next question.
pub(super) const NEXT: HeaderName = HeaderName::from_static("x-next");

/// An answer with a status that is no success. Written as `{"message": …, "status": …}`, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    status: StatusCode,
    message: Value,
}

#[derive(Serialize)]
struct Body {
    message: Value,
    status: u16,
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<Value>) -> Self {
        Self { status, message: message.into() }
    }

    /// 400: the question is wrong.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message.into())
    }

    /// 400 about one parameter, in the shape that BigchainDB's framework gives it.
    pub(super) fn parameter(name: &str, what: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, json!({ name: what.into() }))
    }

    /// 401: who asks is not known.
    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message.into())
    }

    /// 403: who asks may not see that.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message.into())
    }

    /// 404.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    /// 405.
    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for the requested URL.")
    }

    /// 413: the body is too long.
    pub(super) fn too_long(most: usize) -> Self {
        let message = format!("the body has more than {most} bytes; send one transaction");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 404 about something that may be elsewhere.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message.into())
    }

    /// 410: it was, and never will be again.
    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, message.into())
    }

    /// 413 in other words.
    pub(super) fn large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message.into())
    }

    /// 500: this node could not do it.
    pub(super) fn broken(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message.into())
    }

    /// 503: not now.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message.into())
    }
}

impl Refused {
    /// The message alone.
    pub(super) fn text(&self) -> String {
        self.message.as_str().map_or_else(|| self.message.to_string(), str::to_owned)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = Body { message: self.message, status: self.status.as_u16() };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        error!(%fault, "the index could not answer");
        Self::broken(fault.to_string())
    }
}

impl From<Unavailable> for Refused {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::Future { .. } => Self::new(StatusCode::NOT_FOUND, unavailable.to_string()),
            Unavailable::Pruned { .. } => Self::new(StatusCode::GONE, unavailable.to_string()),
        }
    }
}

impl From<DocumentsError> for Refused {
    fn from(failure: DocumentsError) -> Self {
        error!(%failure, "the documents could not answer");
        match failure.is_passing() {
            true => Self::unavailable(failure.to_string()),
            false => Self::broken(failure.to_string()),
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::bad(refusal.message())
    }
}

/// A JSON text with a status.
pub(super) fn text(status: StatusCode, json: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// A value as JSON.
pub(super) fn value(value: &impl Serialize) -> Answer {
    let written = serde_json::to_string(value);
    let written = written.map_err(|error| Refused::broken(format!("writing the answer failed: {error}")))?;
    Ok(text(StatusCode::OK, written))
}

/// JSON texts as one array; `next` says after which one it goes on.
pub(super) fn list<T: AsRef<str>>(items: &[T], next: Option<String>) -> Response {
    let bytes = items.iter().map(|item| item.as_ref().len().saturating_add(1)).sum::<usize>();
    let mut json = String::with_capacity(bytes.saturating_add(2));
    json.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str(item.as_ref());
    }
    json.push(']');
    let mut response = text(StatusCode::OK, json);
    // A cursor is digits, a dot and hexadecimal digits.
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    response
}
