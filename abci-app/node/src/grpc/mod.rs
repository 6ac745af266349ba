//! gRPC: any unary method of any contract, and reflection, so that clients find out by themselves what there is.
//!
//! A method's path is the path of the ABCI query of the same name, and its message the query's, so that one function
//! serves all of them.

mod codec;
mod reflection;

use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::post,
};
use bytes::Bytes;
use tonic::{
    Code, Status,
    metadata::{MetadataMap, MetadataValue},
    server::{Grpc, UnaryService},
};

use crate::gateway::{Failure, Gateway, Guard, HEIGHT_HEADER, MOST_BODY, Peer, REQUEST_TIMEOUT, Traffic};
use codec::Raw;
use reflection::Reflection;

/// Every method of all contracts within `guard`'s limits, counted in `traffic`.
pub(crate) fn router(gateway: &Arc<Gateway>, guard: &Arc<Guard>, traffic: &Arc<Traffic>) -> Router {
    let reflection = Arc::new(Reflection::new(gateway.contracts()));
    let mut router = Router::new();
    for path in reflection::PATHS {
        let reflection = Arc::clone(&reflection);
        let asked = async move |request: Request| reflection::serve(reflection, request).await;
        router = router.route(path, post(asked));
    }
    let traffic = Arc::clone(traffic);
    let counted = async move |State(gateway): State<Arc<Gateway>>, request: Request| {
        let asked = traffic.begin(request.uri().path());
        let response = unary(gateway, request).await;
        asked.end(code(&response));
        response
    };
    router
        .fallback(counted)
        .layer(middleware::from_fn_with_state(Arc::clone(guard), limited))
        .with_state(Arc::clone(gateway))
}

/// Answers within the limits.
async fn limited(
    State(guard): State<Arc<Guard>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let refuse = |failure| status(failure).into_http::<Body>();
    let _inside = match guard.enter(peer, Instant::now()) {
        Ok(inside) => inside,
        Err(failure) => return refuse(failure),
    };
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("no answer in {} s; ask for a smaller page", REQUEST_TIMEOUT.as_secs());
            refuse(Failure::new(Code::DeadlineExceeded, message))
        }
    }
}

fn status(failure: Failure) -> Status {
    Status::new(failure.code, failure.message)
}

/// The code of an answer. What failed says so in its head; what did not says it behind the message.
fn code(response: &Response) -> Code {
    response.headers().get(Status::GRPC_STATUS).map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
}

async fn unary(gateway: Arc<Gateway>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if gateway.contracts().method(&path).is_none() {
        let what = sirius_runtime::excerpt(&path);
        return status(Failure::unknown(&format!("the method {what}"))).into_http();
    }
    let mut grpc = Grpc::new(Raw).max_decoding_message_size(MOST_BODY);
    grpc.unary(Call { gateway, path }, request).await.map(Body::new)
}

/// One call of a method.
struct Call {
    gateway: Arc<Gateway>,
    path: String,
}

type Answering = Pin<Box<dyn Future<Output = Result<tonic::Response<Bytes>, Status>> + Send>>;

impl UnaryService<Bytes> for Call {
    type Response = Bytes;
    type Future = Answering;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Answering {
        let (gateway, path) = (Arc::clone(&self.gateway), std::mem::take(&mut self.path));
        Box::pin(async move {
            let height = height(request.metadata()).map_err(status)?;
            let answer = gateway.answer(&path, height, request.into_inner()).await.map_err(status)?;
            let mut response = tonic::Response::new(answer.value);
            if answer.height > 0 {
                response.metadata_mut().insert(HEIGHT_HEADER, MetadataValue::from(answer.height));
            }
            Ok(response)
        })
    }
}

/// The height that a client asks about; 0 is the latest.
fn height(metadata: &MetadataMap) -> Result<i64, Failure> {
    let Some(value) = metadata.get(HEIGHT_HEADER) else { return Ok(0) };
    let parsed = value.to_str().ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| Failure::bad(format!("{HEIGHT_HEADER} is no height: {value:?}")))
}
