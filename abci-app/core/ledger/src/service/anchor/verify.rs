//! Which headers to believe: the rules of the Tendermint light client, by the library that clients use too, with the
//! ledger's block time as the clock.
//!
//! The library's verifier reads no clock, keeps nothing, and looks at validators and votes in an order that their powers
//! and addresses give, so that every node comes to the same verdict.

use std::time::Duration;

use sirius_primitives::Timestamp;
use sirius_runtime::excerpt;
use tendermint::{Time, chain, validator::Set};
use tendermint_light_client_verifier::{
    ProdVerifier, Verdict, Verifier as _,
    errors::VerificationErrorDetail,
    options::Options,
    types::{TrustThreshold, TrustedBlockState, UntrustedBlockState},
};

use super::{Refused, light::LightBlock};

/// What a verification starts from.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) height: u64,
    pub(super) time: Time,
    /// Who can sign the next header.
    pub(super) next: Set,
}

impl From<&LightBlock> for Trusted {
    fn from(block: &LightBlock) -> Self {
        Self { height: block.height(), time: block.signed.header.time, next: block.next.clone() }
    }
}

/// How long what is believed, and what time it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// For how many seconds after its time a header is trusted.
    pub(super) trusting: u64,
    /// How many seconds another chain's clock may be ahead.
    pub(super) drift: u64,
    /// The ledger's block time.
    pub(super) now: Time,
}

impl Rules {
    /// Whether a header's time is neither too old to be trusted nor in the future.
    pub(super) fn check_time(&self, block: &LightBlock) -> Result<(), Refused> {
        let (height, time) = (block.height(), block.signed.header.time);
        if !self.trusts(time) {
            return Err(Refused::Expired { height, seconds: self.trusting });
        }
        if self.now.checked_add(Duration::from_secs(self.drift)).is_none_or(|latest| time >= latest) {
            return Err(Refused::FromTheFuture { height, seconds: self.drift });
        }
        Ok(())
    }

    /// Whether a header of this time is still trusted.
    pub(super) fn trusts(&self, time: Time) -> bool {
        time.checked_add(Duration::from_secs(self.trusting)).is_some_and(|end| end > self.now)
    }

    fn options(&self) -> Options {
        Options {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: Duration::from_secs(self.trusting),
            clock_drift: Duration::from_secs(self.drift),
        }
    }

    /// What a verdict says of `block`.
    fn judge(&self, verdict: Verdict, block: &LightBlock, from: u64) -> Result<(), Refused> {
        use VerificationErrorDetail as Detail;
        let height = block.height();
        Err(match verdict {
            Verdict::Success => return Ok(()),
            Verdict::NotEnoughTrust(tally) => {
                Refused::NotEnoughTrust { height, signed: tally.tallied, power: tally.total }
            }
            Verdict::Invalid(Detail::InsufficientSignersOverlap(found)) => {
                Refused::NotEnoughSigned { height, signed: found.tally.tallied, power: found.tally.total }
            }
            Verdict::Invalid(Detail::NotWithinTrustPeriod(_)) => {
                Refused::Expired { height: from, seconds: self.trusting }
            }
            Verdict::Invalid(Detail::HeaderFromTheFuture(_)) => {
                Refused::FromTheFuture { height, seconds: self.drift }
            }
            // Its text has every byte of the signature first.
            Verdict::Invalid(Detail::InvalidSignature(_)) => {
                Refused::BadCommit { height, cause: "a signature is not its validator's".into() }
            }
            Verdict::Invalid(other) => Refused::BadCommit { height, cause: excerpt(&other.to_string()) },
        })
    }
}

/// A moment as the library has it.
pub(super) fn time(at: Timestamp) -> Option<Time> {
    Time::from_unix_timestamp(at.seconds, u32::try_from(at.nanos).ok()?).ok()
}

fn untrusted(block: &LightBlock) -> UntrustedBlockState<'_> {
    UntrustedBlockState {
        signed_header: &block.signed,
        validators: &block.validators,
        next_validators: Some(&block.next),
    }
}

fn state<'a>(trusted: &'a Trusted, chain_id: &'a chain::Id) -> TrustedBlockState<'a> {
    TrustedBlockState {
        chain_id,
        header_time: trusted.time,
        // Heights were bounded where they were read.
        height: trusted.height.try_into().unwrap_or_default(),
        next_validators: &trusted.next,
        next_validators_hash: trusted.next.hash(),
    }
}

/// Whether more than two thirds of its own validators signed a header, which is all that can be asked of a first one.
pub(super) fn own(rules: &Rules, block: &LightBlock) -> Result<(), Refused> {
    rules.check_time(block)?;
    let (verifier, untrusted) = (ProdVerifier::default(), untrusted(block));
    rules.judge(verifier.verify_validator_sets(&untrusted), block, block.height())?;
    rules.judge(verifier.verify_commit(&untrusted), block, block.height())
}

/// Whether `block` follows from what is trusted.
pub(super) fn next(rules: &Rules, trusted: &Trusted, block: &LightBlock) -> Result<(), Refused> {
    announced(trusted, block)?;
    let (verifier, options) = (ProdVerifier::default(), rules.options());
    let known = state(trusted, block.chain());
    let verdict = verifier.verify_update_header(untrusted(block), known, &options, rules.now);
    rules.judge(verdict, block, trusted.height)
}

/// The same of a header that is shown as evidence, whose time may be ahead of any clock.
pub(super) fn shown(rules: &Rules, trusted: &Trusted, block: &LightBlock) -> Result<(), Refused> {
    announced(trusted, block)?;
    let (verifier, options) = (ProdVerifier::default(), rules.options());
    let known = state(trusted, block.chain());
    let verdict = verifier.verify_misbehaviour_header(untrusted(block), known, &options, rules.now);
    rules.judge(verdict, block, trusted.height)
}

/// The validators of the very next header are those that the trusted one announced. The verifier asks this too; here it
/// has a name of its own.
fn announced(trusted: &Trusted, block: &LightBlock) -> Result<(), Refused> {
    let is_next = block.height() == trusted.height.saturating_add(1);
    if is_next && block.signed.header.validators_hash != trusted.next.hash() {
        return Err(Refused::OtherValidators { height: block.height(), before: trusted.height });
    }
    Ok(())
}
