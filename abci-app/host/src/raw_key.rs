//! The answer about a raw key of a state, with its proof when one is asked for (`/store/<name>/key`).

use bytes::Bytes;
use tendermint_proto::v0_38::{
    abci::{RequestQuery, ResponseQuery},
    crypto::{ProofOp, ProofOps},
};

/// A value, and the operations that lead from it, or from its absence, to an app hash.
#[derive(Debug)]
pub struct Proven {
    /// The value; `None` where the key has none.
    pub value: Option<Vec<u8>>,
    /// Innermost first, in the order in which a light client runs them.
    pub ops: Vec<ProofOp>,
}

/// A proof was asked for the empty key, which no proof can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data of this path is a key, which is never empty")]
pub struct EmptyKey;

/// Answers `request` about the state at `height` with what `value` or `prove` say of the key in its data.
///
/// The proof leads to the app hash in the header of the next height.
///
/// # Errors
/// `E` is why the state cannot be read; inside, that the request is wrong.
pub fn raw_key<E>(
    request: &RequestQuery,
    height: i64,
    value: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    prove: impl FnOnce() -> Result<Proven, E>,
) -> Result<Result<ResponseQuery, EmptyKey>, E> {
    let (value, proof_ops) = match (request.prove, request.data.is_empty()) {
        (false, _) => (value()?, None),
        (true, true) => return Ok(Err(EmptyKey)),
        (true, false) => {
            let Proven { value, ops } = prove()?;
            (value, Some(ProofOps { ops }))
        }
    };
    let (key, value) = (request.data.clone(), Bytes::from(value.unwrap_or_default()));
    Ok(Ok(ResponseQuery { key, value, height, proof_ops, ..Default::default() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    fn ask(key: &'static [u8], prove: bool) -> Result<Result<ResponseQuery, EmptyKey>, String> {
        let request = RequestQuery { data: Bytes::from_static(key), prove, ..Default::default() };
        let op = ProofOp { r#type: "ics23:jmt".into(), key: b"k".to_vec(), data: b"d".to_vec() };
        let proven = Proven { value: Some(b"v".to_vec()), ops: vec![op] };
        raw_key(&request, 7, || Err("the disk is gone".to_owned()), || Ok(proven))
    }

    #[test]
    fn a_proof_comes_with_its_value() {
        let answer = ask(b"k", true).unwrap().unwrap();
        assert_eq!((answer.key.as_ref(), answer.value.as_ref(), answer.height), (&b"k"[..], &b"v"[..], 7));
        assert_eq!(answer.proof_ops.unwrap().ops.len(), 1);
    }

    #[test]
    fn an_empty_key_has_no_proof_and_a_state_that_cannot_be_read_is_no_answer() {
        assert_eq!(ask(b"", true).unwrap(), Err(EmptyKey));
        assert_eq!(ask(b"k", false).unwrap_err(), "the disk is gone");
    }
}
