//! Questions: which path means what, at which height, with which proof.

use sirius_host::{Proven, raw_key};
use sirius_primitives::Height;
use sirius_runtime::{Error, QueryContext, Refusal, query::Refused};
use sirius_store::{Proof, Read as _, Snapshot, Unavailable};
use tendermint_proto::v0_38::{
    abci::{RequestQuery, ResponseQuery},
    crypto::ProofOp,
};

use crate::{deadline::Deadline, shared::Shared};

/// The state's name in proofs and in the path of raw keys.
const STORE_KEY: &str = "/store/ledger/key";
const SIMULATE: &str = "/cosmos.tx.v1beta1.Service/Simulate";
const GET_TX: &str = "/cosmos.tx.v1beta1.Service/GetTx";
/// CometBFT asks these before it lets a peer in when `filter_peers` is set; everyone may come.
const PEER_FILTER: &str = "/p2p/filter/";

impl Shared {
    /// Answers a question; every failure is an answer with a code, never the end of the node.
    pub(crate) fn query(&self, request: &RequestQuery) -> ResponseQuery {
        if request.path.starts_with(PEER_FILTER) {
            return ResponseQuery::default();
        }
        match self.answer(request) {
            Ok(response) => response,
            Err(Error::Refusal(refusal)) => refused(refusal, self.store.committed().height),
            Err(Error::Fault(fault)) => {
                tracing::warn!(path = request.path, %fault, "a question could not be answered");
                let refusal = Refusal { space: "sdk", code: 1, text: format!("internal: {fault}") };
                refused(refusal, self.store.committed().height)
            }
        }
    }

    fn answer(&self, request: &RequestQuery) -> Result<ResponseQuery, Error> {
        let snapshot = self.snapshot(request.height)?;
        let height = snapshot.height().to_wire();
        let answered = |value: Vec<u8>| ResponseQuery { value: value.into(), height, ..Default::default() };
        match request.path.as_str() {
            STORE_KEY => self.raw(&snapshot, request),
            SIMULATE => self.simulate(&request.data).map(answered),
            GET_TX => self.get_tx(&request.data).map(answered),
            path => {
                let chain = self.known_chain()?;
                let state = Deadline::new(&snapshot);
                let ctx = QueryContext {
                    state: &state,
                    chain: &chain,
                    height: snapshot.height(),
                    registry: self.app.registry(),
                };
                self.app.registry().answer(&ctx, path, &request.data).map(answered)
            }
        }
    }

    /// The state that a question is about: the latest when it names no height.
    fn snapshot(&self, height: i64) -> Result<Snapshot, Refused> {
        let refuse = |cause: String| Refused::BadHeight { cause };
        let latest = self.store.latest();
        if latest.height() == Height::ZERO {
            return Err(refuse("the chain has no block yet; wait for the first".into()));
        }
        let asked = Height::from_wire(height)
            .ok_or_else(|| refuse(format!("cannot query with height {height}; use 0 for the latest")))?;
        if asked == Height::ZERO {
            return Ok(latest);
        }
        self.store.at(asked).map_err(|unavailable| match unavailable {
            Unavailable::Future { .. } => refuse(format!(
                "cannot query with height {asked} in the future; the latest is {}; please provide a valid height",
                latest.height()
            )),
            Unavailable::Pruned { .. } => refuse(unavailable.to_string()),
        })
    }

    /// A raw key, with its proof when asked. The proof leads to the app hash in the header of the next height.
    fn raw(&self, snapshot: &Snapshot, request: &RequestQuery) -> Result<ResponseQuery, Error> {
        let key = &request.data;
        let prove = || snapshot.prove(key).map(proven);
        let answer = raw_key(request, snapshot.height().to_wire(), || snapshot.get_bytes(key), prove)?;
        answer.map_err(|error| Refused::BadRequest { cause: error.to_string() }.into())
    }
}

fn proven(proof: Proof) -> Proven {
    let ops = proof.to_ops().map(|op| ProofOp { r#type: op.kind, key: op.key, data: op.data });
    Proven { value: proof.value, ops: ops.into() }
}

/// A refusal as an answer. Its height is never 0: clients take that for a node without an answer.
fn refused(refusal: Refusal, height: Height) -> ResponseQuery {
    ResponseQuery {
        code: refusal.code,
        log: refusal.text,
        codespace: refusal.space.into(),
        height: height.to_wire().max(1),
        ..Default::default()
    }
}
