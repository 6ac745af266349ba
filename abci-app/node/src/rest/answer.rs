//! What goes back over HTTP: JSON, errors as grpc-gateway writes them, and the headers of every answer.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use tonic::Code;

use crate::gateway::{Failure, HEIGHT_HEADER, REQUEST_TIMEOUT};

/// The same header as grpc-gateway calls it.
const GATEWAY_HEIGHT_HEADER: &str = "grpc-metadata-x-cosmos-block-height";

/// An answer that holds for `height`.
pub(super) fn json(body: Vec<u8>, height: i64) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    if height > 0 {
        for name in [HEIGHT_HEADER, GATEWAY_HEIGHT_HEADER] {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(height));
        }
    }
    response
}

/// `{"code", "message", "details"}`, with gRPC's code and the status of HTTP that goes with it.
pub(super) fn refused(failure: &Failure) -> Response {
    let body = json!({ "code": i32::from(failure.code), "message": failure.message, "details": [] });
    let head = [(header::CONTENT_TYPE, "application/json")];
    (status(failure.code), head, body.to_string()).into_response()
}

/// What a client is told that waited too long.
pub(super) fn late() -> Failure {
    let message = format!("no answer in {} s; ask for a smaller page", REQUEST_TIMEOUT.as_secs());
    Failure::new(Code::DeadlineExceeded, message)
}

/// The status of HTTP that grpc-gateway has for a code of gRPC.
pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::REQUEST_TIMEOUT,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Lets pages from anywhere read the answer.
pub(super) fn open(mut response: Response) -> Response {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "*"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
