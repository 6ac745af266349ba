//! A remote signer that speaks CometBFT's privval protocol on a unix socket, and remembers what it signed.
//!
//! Messages are protobuf, each behind its length as a varint (`privval/signer_endpoint.go`). CometBFT listens, the signer
//! dials. On a unix socket nothing is encrypted: its file's mode is what protects it.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use ed25519_dalek::{Signer as _, SigningKey};
use prost::Message as _;
use tendermint_proto::v0_38::{
    crypto::{PublicKey, public_key},
    privval::{
        Message, PingResponse, PubKeyResponse, RemoteSignerError, SignedProposalResponse, SignedVoteResponse,
        message::Sum,
    },
    types::{
        BlockId, CanonicalBlockId, CanonicalPartSetHeader, CanonicalProposal, CanonicalVote, Proposal, Vote,
    },
};

/// Longest message that CometBFT sends, in bytes.
const MOST: usize = 10 << 10;
/// Between two attempts to reach CometBFT.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a wait for a message lasts before it is seen whether to end.
const POLL: Duration = Duration::from_millis(200);

/// A running signer; dropping it ends it.
#[derive(Debug)]
pub struct Signer {
    stop: Arc<AtomicBool>,
    signed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Signer {
    /// Signs with the key of `seed` for whoever listens on `socket`.
    pub fn start(socket: PathBuf, seed: &[u8; 32]) -> Self {
        let (stop, signed) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let mut desk =
            Desk { key: SigningKey::from_bytes(seed), last: Last::default(), signed: Arc::clone(&signed) };
        let stopping = Arc::clone(&stop);
        let work = move || {
            while !stopping.load(Ordering::SeqCst) {
                // CometBFT comes and goes; it is dialled again.
                let _ = UnixStream::connect(&socket).and_then(|stream| desk.serve(stream, &stopping));
                thread::sleep(PAUSE);
            }
        };
        Self { stop, signed, thread: Some(thread::spawn(work)) }
    }

    /// How many votes and proposals it has signed.
    pub fn signed(&self) -> u64 {
        self.signed.load(Ordering::SeqCst)
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The last thing signed: never anything before it, and at its place nothing else.
#[derive(Default)]
struct Last {
    /// Height, round, and step: 1 is a proposal, 2 a prevote, 3 a precommit.
    place: (i64, i32, u8),
    /// What was signed there, without the time.
    content: Vec<u8>,
}

struct Desk {
    key: SigningKey,
    last: Last,
    signed: Arc<AtomicU64>,
}

impl Desk {
    fn serve(&mut self, mut stream: UnixStream, stop: &AtomicBool) -> io::Result<()> {
        stream.set_read_timeout(Some(POLL))?;
        while !stop.load(Ordering::SeqCst) {
            let Some(request) = read(&mut stream)? else { continue };
            if let Some(answer) = self.answer(request) {
                stream.write_all(&Message { sum: Some(answer) }.encode_length_delimited_to_vec())?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, request: Message) -> Option<Sum> {
        Some(match request.sum? {
            Sum::PubKeyRequest(_) => {
                let key = self.key.verifying_key().to_bytes().to_vec();
                let pub_key = Some(PublicKey { sum: Some(public_key::Sum::Ed25519(key)) });
                Sum::PubKeyResponse(PubKeyResponse { pub_key, error: None })
            }
            Sum::SignVoteRequest(request) => {
                let signed = self.vote(request.vote?, request.chain_id);
                let (vote, error) = parted(signed);
                Sum::SignedVoteResponse(SignedVoteResponse { vote, error })
            }
            Sum::SignProposalRequest(request) => {
                let signed = self.proposal(request.proposal?, request.chain_id);
                let (proposal, error) = parted(signed);
                Sum::SignedProposalResponse(SignedProposalResponse { proposal, error })
            }
            Sum::PingRequest(_) => Sum::PingResponse(PingResponse {}),
            _ => return None,
        })
    }

    fn vote(&mut self, mut vote: Vote, chain_id: String) -> Result<Vote, RemoteSignerError> {
        let mut canonical = CanonicalVote {
            r#type: vote.r#type,
            height: vote.height,
            round: i64::from(vote.round),
            block_id: vote.block_id.clone().and_then(canonical_id),
            timestamp: None,
            chain_id,
        };
        let step = if vote.r#type == 1 { 2 } else { 3 };
        self.remember((vote.height, vote.round, step), canonical.encode_to_vec())?;
        canonical.timestamp = vote.timestamp;
        vote.signature = self.sign(&canonical.encode_length_delimited_to_vec());
        Ok(vote)
    }

    fn proposal(&mut self, mut proposal: Proposal, chain_id: String) -> Result<Proposal, RemoteSignerError> {
        let mut canonical = CanonicalProposal {
            r#type: proposal.r#type,
            height: proposal.height,
            round: i64::from(proposal.round),
            pol_round: i64::from(proposal.pol_round),
            block_id: proposal.block_id.clone().and_then(canonical_id),
            timestamp: None,
            chain_id,
        };
        self.remember((proposal.height, proposal.round, 1), canonical.encode_to_vec())?;
        canonical.timestamp = proposal.timestamp;
        proposal.signature = self.sign(&canonical.encode_length_delimited_to_vec());
        Ok(proposal)
    }

    fn remember(&mut self, place: (i64, i32, u8), content: Vec<u8>) -> Result<(), RemoteSignerError> {
        if place < self.last.place || (place == self.last.place && content != self.last.content) {
            let description =
                format!("{place:?} comes after {:?}: that would be signing twice", self.last.place);
            return Err(RemoteSignerError { code: 0, description });
        }
        self.last = Last { place, content };
        Ok(())
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.signed.fetch_add(1, Ordering::SeqCst);
        self.key.sign(bytes).to_bytes().to_vec()
    }
}

fn parted<T>(signed: Result<T, RemoteSignerError>) -> (Option<T>, Option<RemoteSignerError>) {
    match signed {
        Ok(signed) => (Some(signed), None),
        Err(error) => (None, Some(error)),
    }
}

/// A vote for nothing names no block.
fn canonical_id(id: BlockId) -> Option<CanonicalBlockId> {
    let parts =
        id.part_set_header.map(|parts| CanonicalPartSetHeader { total: parts.total, hash: parts.hash });
    (!id.hash.is_empty()).then_some(CanonicalBlockId { hash: id.hash, part_set_header: parts })
}

/// Reads one message; `None` where none came in time.
fn read(stream: &mut UnixStream) -> io::Result<Option<Message>> {
    let (mut length, mut shift) = (0_usize, 0_u32);
    loop {
        let mut byte = [0];
        match stream.read_exact(&mut byte) {
            Err(error) if shift == 0 && error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            other => other?,
        }
        let [byte] = byte;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if length > MOST || shift > 21 {
            return Err(io::Error::other("the message is too long"));
        }
        if byte < 0x80 {
            break;
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Message::decode(bytes.as_slice()).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[test]
    fn nothing_is_signed_twice() {
        let mut desk =
            Desk { key: SigningKey::from_bytes(&[7; 32]), last: Last::default(), signed: Arc::default() };
        let block = |byte: u8| Some(BlockId { hash: vec![byte; 32], part_set_header: None });
        let vote =
            |height, kind, byte| Vote { height, r#type: kind, block_id: block(byte), ..Vote::default() };
        let mut check = |vote: Vote, signs: bool| {
            assert_eq!(desk.vote(vote.clone(), "c".into()).is_ok(), signs, "{vote:?}");
        };
        check(vote(5, 1, 1), true);
        check(vote(5, 1, 1), true);
        check(vote(5, 1, 2), false);
        check(vote(5, 2, 1), true);
        check(vote(5, 1, 1), false);
        check(vote(4, 2, 1), false);
        check(vote(6, 1, 2), true);
        assert_eq!(desk.signed.load(Ordering::SeqCst), 4);
    }
}
