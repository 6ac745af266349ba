//! Questions about state: a protobuf method each, answered from the snapshot of one height.

use std::marker::PhantomData;

use sirius_primitives::Height;
use sirius_store::Read;

use crate::{Chain, Error, Refusal, Registry, tx};

crate::refusals! {
    /// Why a question is not answered. Codes and texts are those of the Cosmos SDK that clients look for.
    pub enum Refused {
        /// No such method.
        "sdk" 6 => UnknownPath { path: String }:
            "unknown query path: {path}; ask the catalogue for the paths there are: unknown request",
        /// The request's bytes are not the method's request.
        "sdk" 18 => BadRequest { cause: String }:
            "rpc error: code = InvalidArgument desc = {cause}: invalid request",
        /// Nothing is kept under what was asked for.
        "sdk" 22 => NotFound { what: String }:
            "rpc error: code = NotFound desc = {what} not found: key not found",
        /// A height not yet made, or no longer kept.
        "sdk" 26 => BadHeight { cause: String }:
            "{cause}: invalid height",
        /// The answer would be larger than a node gives.
        "query" 1 => TooMuch { what: &'static str, most: u64 }:
            "the answer would pass the limit of {most} {what}; ask for a smaller page and go on from its next_key",
    }
}

/// What a question may look at.
pub struct QueryContext<'a> {
    /// The state at [`QueryContext::height`].
    pub state: &'a dyn Read,
    /// The chain.
    pub chain: &'a Chain,
    /// The height the answer holds for.
    pub height: Height,
    /// What the chain can do.
    pub registry: &'a Registry,
}

impl std::fmt::Debug for QueryContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryContext").field("height", &self.height).finish_non_exhaustive()
    }
}

impl QueryContext<'_> {
    /// Reads the address in a request.
    ///
    /// # Errors
    /// Text that is no address of this chain.
    pub fn address(&self, text: &str) -> Result<sirius_primitives::Address, Refusal> {
        sirius_primitives::Address::parse(text, &self.chain.prefix)
            .map_err(|error| tx::Refused::BadAddress { what: "request's", cause: error.to_string() }.into())
    }
}

/// A function that answers one kind of question.
pub type Answer<Q, A> = fn(&QueryContext<'_>, Q) -> Result<A, Error>;

/// A question whose types are known only to its module.
pub(crate) trait Question: Send + Sync {
    /// Decodes the request, answers, encodes.
    fn answer(&self, ctx: &QueryContext<'_>, request: &[u8]) -> Result<Vec<u8>, Error>;
}

pub(crate) struct QuestionOf<Q, A> {
    answer: Answer<Q, A>,
    types: PhantomData<fn(Q) -> A>,
}

impl<Q, A> QuestionOf<Q, A> {
    pub(crate) fn new(answer: Answer<Q, A>) -> Self {
        Self { answer, types: PhantomData }
    }
}

impl<Q: prost::Message + Default, A: prost::Message> Question for QuestionOf<Q, A> {
    fn answer(&self, ctx: &QueryContext<'_>, request: &[u8]) -> Result<Vec<u8>, Error> {
        // Unknown fields are let through: a newer client may ask with fields that this node does not know.
        let request = Q::decode(request).map_err(|error| Refused::BadRequest { cause: error.to_string() })?;
        Ok((self.answer)(ctx, request)?.encode_to_vec())
    }
}
