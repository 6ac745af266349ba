//! Why a client gets no answer: gRPC's code and a sentence. REST shows both in its own words.

use tendermint_proto::v0_38::abci::ResponseQuery;
use tonic::Code;

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What kind of failure it is, as gRPC counts them.
    pub(crate) code: Code,
    /// What was asked, what was found, what to do.
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The request itself is wrong.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// Nothing here answers that.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(Code::Unimplemented, format!("Not Implemented: this chain has nothing that answers {what}"))
    }

    /// The answer is there but does not come in time, or the node is asked for too much at once.
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, message)
    }

    /// This node is at fault.
    pub(crate) fn broken(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// What a refused question says.
    pub(crate) fn refused(response: ResponseQuery) -> Self {
        Self::new(code(&response.codespace, response.code), response.log)
    }
}

/// gRPC's code for a refusal. What the Cosmos SDK answers with a plain error is `Unknown` there, and here.
fn code(space: &str, code: u32) -> Code {
    match (space, code) {
        ("sdk", 1) => Code::Internal,
        ("sdk", 2 | 7 | 8 | 10 | 18 | 21 | 26) | ("query", 1) => Code::InvalidArgument,
        ("sdk", 6) => Code::Unimplemented,
        ("sdk", 22) => Code::NotFound,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_codes_that_clients_know() {
        let check =
            |space: &str, number, expected| assert_eq!(code(space, number), expected, "{space} {number}");
        check("sdk", 22, Code::NotFound);
        check("sdk", 18, Code::InvalidArgument);
        check("sdk", 26, Code::InvalidArgument);
        check("sdk", 6, Code::Unimplemented);
        check("query", 1, Code::InvalidArgument);
        check("sdk", 32, Code::Unknown);
        check("bank", 1, Code::Unknown);
    }
}
