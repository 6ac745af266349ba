//! Reflection, versions 1 and 1alpha, whose messages are the same on the wire: which services there are, and the
//! contracts they come from.
//!
//! The library's own server ends a task by panic when a client leaves early, and this node treats panics as faults.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use prost_reflect::{DescriptorPool, FileDescriptor};
use tonic::{
    Code, Status, Streaming,
    codec::ProstCodec,
    server::{Grpc, StreamingService},
};
use tonic_reflection::pb::{
    v1::{
        self, ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
        ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    },
    v1alpha,
};

use crate::gateway::Contracts;

/// Where it is asked.
pub(super) const PATHS: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// Questions in one call; a client that wants every contract asks a few dozen.
const MOST_QUESTIONS: usize = 1_000;
/// The largest question, in bytes: a name.
const MOST_QUESTION: usize = 16 * 1024;

/// What is told.
#[derive(Debug)]
pub(super) struct Reflection {
    pool: DescriptorPool,
    services: Vec<String>,
}

impl Reflection {
    /// The services of `contracts` that are answered, and this one.
    pub(super) fn new(contracts: &Contracts) -> Self {
        let mut pool = contracts.pool().clone();
        for own in [v1::FILE_DESCRIPTOR_SET, v1alpha::FILE_DESCRIPTOR_SET] {
            pool.decode_file_descriptor_set(own).expect("the library's descriptors are complete");
        }
        let mut services: Vec<_> = contracts.services().into_iter().collect();
        services.extend(PATHS.iter().filter_map(|path| Some(path.split('/').nth(1)?.to_owned())));
        Self { pool, services }
    }

    fn answer(&self, request: ServerReflectionRequest) -> ServerReflectionResponse {
        let answered = match &request.message_request {
            Some(MessageRequest::ListServices(_)) => Ok(self.list()),
            Some(MessageRequest::FileByFilename(name)) => self.file(self.pool.get_file_by_name(name), name),
            Some(MessageRequest::FileContainingSymbol(name)) => self.file(self.containing(name), name),
            Some(MessageRequest::FileContainingExtension(wanted)) => {
                let number = u32::try_from(wanted.extension_number).unwrap_or_default();
                let message = self.pool.get_message_by_name(&wanted.containing_type);
                let found = message.and_then(|message| message.get_extension(number));
                self.file(found.map(|found| found.parent_file()), &wanted.containing_type)
            }
            Some(MessageRequest::AllExtensionNumbersOfType(name)) => self.extensions(name),
            None => Err((Code::InvalidArgument, "the request asks nothing".to_owned())),
        };
        let message = answered.unwrap_or_else(|(code, error_message)| {
            MessageResponse::ErrorResponse(ErrorResponse { error_code: code.into(), error_message })
        });
        ServerReflectionResponse {
            valid_host: request.host.clone(),
            original_request: Some(request),
            message_response: Some(message),
        }
    }

    fn list(&self) -> MessageResponse {
        let service = self.services.iter().map(|name| ServiceResponse { name: name.clone() }).collect();
        MessageResponse::ListServicesResponse(ListServiceResponse { service })
    }

    fn file(&self, found: Option<FileDescriptor>, name: &str) -> Result<MessageResponse, (Code, String)> {
        let file =
            found.ok_or_else(|| (Code::NotFound, format!("{} not found", sirius_runtime::excerpt(name))))?;
        let file_descriptor_proto = vec![file.encode_to_vec()];
        Ok(MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto }))
    }

    fn extensions(&self, name: &str) -> Result<MessageResponse, (Code, String)> {
        let message = self.pool.get_message_by_name(name);
        let message = message
            .ok_or_else(|| (Code::NotFound, format!("{} not found", sirius_runtime::excerpt(name))))?;
        let numbers = message.extensions().map(|extension| i32::try_from(extension.number()).unwrap_or(0));
        let extension_number = numbers.collect();
        let base_type_name = name.to_owned();
        let found = ExtensionNumberResponse { base_type_name, extension_number };
        Ok(MessageResponse::AllExtensionNumbersResponse(found))
    }

    /// The file that declares a message, enum, service, extension, or a part of one.
    fn containing(&self, name: &str) -> Option<FileDescriptor> {
        let declares = |name: &str| {
            let pool = &self.pool;
            let message = pool.get_message_by_name(name).map(|found| found.parent_file());
            let message = message.or_else(|| pool.get_enum_by_name(name).map(|found| found.parent_file()));
            let message = message.or_else(|| pool.get_service_by_name(name).map(|found| found.parent_file()));
            message.or_else(|| pool.get_extension_by_name(name).map(|found| found.parent_file()))
        };
        declares(name).or_else(|| declares(name.rsplit_once('.')?.0))
    }
}

/// Serves one call.
pub(super) async fn serve(reflection: Arc<Reflection>, request: Request) -> Response {
    let codec = ProstCodec::<ServerReflectionResponse, ServerReflectionRequest>::default();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(MOST_QUESTION);
    grpc.streaming(Call(reflection), request).await.map(Body::new)
}

struct Call(Arc<Reflection>);

type Answers = Pin<Box<dyn Stream<Item = Result<ServerReflectionResponse, Status>> + Send>>;
type Answering = Pin<Box<dyn Future<Output = Result<tonic::Response<Answers>, Status>> + Send>>;

impl StreamingService<ServerReflectionRequest> for Call {
    type Response = ServerReflectionResponse;
    type ResponseStream = Answers;
    type Future = Answering;

    fn call(&mut self, request: tonic::Request<Streaming<ServerReflectionRequest>>) -> Answering {
        let reflection = Arc::clone(&self.0);
        let questions = request.into_inner().take(MOST_QUESTIONS);
        let answers = questions.map_ok(move |asked| reflection.answer(asked));
        Box::pin(async move { Ok(tonic::Response::new(Box::pin(answers) as Answers)) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use tonic_reflection::pb::v1::ExtensionRequest;

    use super::*;

    fn ask(request: MessageRequest) -> MessageResponse {
        let reflection = Reflection::new(&Contracts::new(&sirius_ledger::registry()));
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        reflection.answer(request).message_response.unwrap()
    }

    #[test]
    fn lists_the_services_that_are_answered_and_no_other() {
        let MessageResponse::ListServicesResponse(found) = ask(MessageRequest::ListServices("*".into()))
        else {
            panic!("another answer")
        };
        let names: Vec<_> = found.service.into_iter().map(|service| service.name).collect();
        for name in [
            "cosmos.bank.v1beta1.Query",
            "cosmos.tx.v1beta1.Service",
            "grpc.reflection.v1alpha.ServerReflection",
        ] {
            assert!(names.contains(&name.to_owned()), "{name} is not among {names:?}");
        }
        assert!(!names.iter().any(|name| name.ends_with(".Msg")), "{names:?}");
    }

    #[test]
    fn a_file_is_found_by_its_name_and_by_all_that_it_declares() {
        let file = ask(MessageRequest::FileByFilename("base/bank/bank.proto".into()));
        assert!(
            matches!(&file, MessageResponse::FileDescriptorResponse(found) if found.file_descriptor_proto.len() == 1)
        );
        for symbol in [
            "cosmos.bank.v1beta1.Query",
            "cosmos.bank.v1beta1.Query.Balance",
            "cosmos.bank.v1beta1.MsgSend",
            "cosmos.bank.v1beta1.MsgSend.amount",
        ] {
            assert_eq!(ask(MessageRequest::FileContainingSymbol(symbol.into())), file, "{symbol}");
        }
        let extension = ExtensionRequest {
            containing_type: "google.protobuf.MethodOptions".into(),
            extension_number: 72_295_728,
        };
        let found = ask(MessageRequest::FileContainingExtension(extension));
        assert!(matches!(found, MessageResponse::FileDescriptorResponse(_)), "{found:?}");
    }

    #[test]
    fn what_is_not_there_is_said_so_and_the_call_goes_on() {
        for request in [
            MessageRequest::FileByFilename("nowhere.proto".into()),
            MessageRequest::FileContainingSymbol(".".into()),
            MessageRequest::AllExtensionNumbersOfType("no.Such".into()),
        ] {
            let MessageResponse::ErrorResponse(error) = ask(request) else { panic!("another answer") };
            assert_eq!(error.error_code, i32::from(Code::NotFound));
        }
    }
}
