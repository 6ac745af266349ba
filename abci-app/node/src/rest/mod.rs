//! REST: every question of every contract as JSON over HTTP, by the paths of its `google.api.http` rules, as Cosmos
//! chains offer it through grpc-gateway. A new module's questions are served without a line here.

mod answer;
mod describe;
mod json;
mod openapi;
mod request;
mod route;
mod template;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Instant};

use axum::{
    Extension, Router,
    body::{Bytes, to_bytes},
    extract::{Query, RawPathParams, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, get, on},
};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use tonic::Code;

pub use route::RouteError;

use crate::gateway::{
    Answer, Failure, Gateway, Guard, HEIGHT_HEADER, MOST_BODY, Peer, REQUEST_TIMEOUT, Traffic,
};
use json::Shown;
use route::{Body, Route};

/// The routes of all contracts within `guard`'s limits, counted in `traffic`.
///
/// # Errors
/// A rule in a contract that is not served.
pub(crate) fn router(
    gateway: &Arc<Gateway>,
    guard: &Arc<Guard>,
    traffic: &Arc<Traffic>,
) -> Result<Router, RouteError> {
    let table = route::table(gateway.contracts())?;
    let document: Bytes = openapi::document(&table).to_string().into();
    let described = get(async move || ([(header::CONTENT_TYPE, "application/json")], document));
    let mut router = Router::new().route("/openapi.json", described);
    for route in table {
        let filter = if route.verb == Method::POST { MethodFilter::POST } else { MethodFilter::GET };
        let pattern = route.template.pattern();
        let (route, traffic) = (Arc::new(route), Arc::clone(traffic));
        let asked = async move |state: State<Arc<Gateway>>, path: RawPathParams, request: Request| {
            answered(&state, &traffic, &route, &path, request).await
        };
        router = router.route(&pattern, on(filter, asked));
    }
    let strangers = Arc::clone(traffic);
    let unknown = async move |method: Method, uri: Uri| unknown(&strangers, &method, &uri);
    Ok(router
        .fallback(unknown.clone())
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(Arc::clone(guard), limited))
        .with_state(Arc::clone(gateway)))
}

fn unknown(traffic: &Traffic, method: &Method, uri: &Uri) -> Response {
    traffic.begin(uri.path()).end(Code::Unimplemented);
    let what = format!("{method} {}", sirius_runtime::excerpt(uri.path()));
    answer::refused(&Failure::unknown(&format!("{what}; /openapi.json has what there is")))
}

/// Answers within the limits, and lets pages from anywhere ask: nothing is told to one that is not told to all.
async fn limited(
    State(guard): State<Arc<Guard>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS {
        return answer::open(StatusCode::NO_CONTENT.into_response());
    }
    let response = match guard.enter(peer, Instant::now()) {
        Err(failure) => answer::refused(&failure),
        Ok(_inside) => match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
            Ok(response) => response,
            Err(_) => answer::refused(&answer::late()),
        },
    };
    answer::open(response)
}

async fn answered(
    gateway: &Arc<Gateway>,
    traffic: &Traffic,
    route: &Route,
    path: &RawPathParams,
    request: Request,
) -> Response {
    let asked = traffic.begin(&route.path);
    match attempt(gateway, route, path, request).await {
        Ok(response) => {
            asked.end(Code::Ok);
            response
        }
        Err(failure) => {
            asked.end(failure.code);
            answer::refused(&failure)
        }
    }
}

async fn attempt(
    gateway: &Arc<Gateway>,
    route: &Route,
    path: &RawPathParams,
    request: Request,
) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    let height = height(&head.headers)?;
    let mut message = match route.body {
        Body::None => DynamicMessage::new(route.input.clone()),
        Body::Whole => {
            let too_large =
                |_| Failure::bad(format!("the body is larger than {MOST_BODY} bytes, or incomplete"));
            request::from_body(route.input.clone(), &to_bytes(body, MOST_BODY).await.map_err(too_large)?)?
        }
    };
    let Query(query): Query<Vec<(String, String)>> =
        Query::try_from_uri(&head.uri).map_err(|error| Failure::bad(error.to_string()))?;
    let in_path = route.template.fields().zip(path).map(|(field, (_, value))| (field, value));
    let in_query = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    // The path is set last: a parameter of the same name does not change what was asked for.
    request::fill(&mut message, in_query.filter(|(name, _)| !is_in_path(route, name)))?;
    request::fill(&mut message, in_path)?;
    let answer = gateway.answer(&route.path, height, message.encode_to_vec().into()).await?;
    shown(gateway, route, answer)
}

fn is_in_path(route: &Route, name: &str) -> bool {
    route.template.fields().any(|field| field == name)
}

/// The height that a client asks about; 0 is the latest.
fn height(headers: &HeaderMap) -> Result<i64, Failure> {
    let Some(value) = headers.get(HEIGHT_HEADER) else { return Ok(0) };
    let parsed = value.to_str().ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| Failure::bad(format!("{HEIGHT_HEADER} is no height: {value:?}")))
}

fn shown(gateway: &Gateway, route: &Route, answer: Answer) -> Result<Response, Failure> {
    let broken =
        |cause: String| Failure::broken(format!("the answer of {} cannot be shown: {cause}", route.path));
    let message = DynamicMessage::decode(route.output.clone(), answer.value)
        .map_err(|error| broken(error.to_string()))?;
    let json = serde_json::to_vec(&Shown::new(&message, gateway.contracts()))
        .map_err(|error| broken(error.to_string()))?;
    Ok(answer::json(json, answer.height))
}
