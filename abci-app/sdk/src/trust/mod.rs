//! A light client: which headers to believe, knowing only the genesis file or one header.
//!
//! ```text
//! anchor ──▶ newest trusted header ──▶ header wanted
//!   genesis validators signed header 1;      > 1/3 of the trusted validators and > 2/3 of its own signed it
//!   or height and hash from a friend         (else: by way of the headers between), within the trusting period
//! ```
//!
//! What is verified follows the Tendermint light client specification, by `tendermint-light-client-verifier`. The newest
//! trusted header is kept in a file, so that the next verification is one step. A header *before* it is verified by the
//! hashes that headers keep of the one before.
//!
//! What it is not: it asks no witnesses, and thus does not notice an attack by more than a third of the validators, nor
//! report one. The clock is the caller's.

mod anchor;
mod block;
mod error;
mod evidence;
mod file;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Duration};

use sirius_primitives::Height;
use tendermint::{Time, chain};
use tendermint_light_client_verifier::{
    ProdVerifier, Verdict, Verifier as _, options::Options, types::TrustThreshold,
};

pub use anchor::{Anchor, Genesis};
pub use error::TrustError;
pub use evidence::Evidence;

use crate::client::Client;
pub use block::TrustedHeader;
use block::{LightBlock, fetch};

/// Headers that one verification looks at, at most: bisecting a million blocks with new validators in each half takes 20.
const MOST_STEPS: usize = 200;
/// Headers before the trusted one that are verified by their hashes, at most: twice what a node keeps states for.
const MOST_BACK: u64 = 2_000;
/// Headers that one call gives; CometBFT gives no more.
const HEADERS_A_CALL: u64 = 20;
/// How far the chain's clock may be ahead of the caller's.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// How long a header is trusted: it must be shorter than validators need to withdraw their stake.
pub const TRUSTING_PERIOD: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// What the client trusts without proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The chain.
    pub chain_id: String,
    /// What the first trust rests on.
    pub anchor: Anchor,
    /// How long a header is trusted after its time.
    pub period: Duration,
    /// Where the newest trusted header is kept; `None` keeps it in memory alone.
    pub file: Option<PathBuf>,
}

impl Settings {
    fn is_fresh(&self, trusted: &TrustedHeader, now: Time) -> bool {
        trusted.time.checked_add(self.period).is_some_and(|end| end.after(now))
    }

    /// The first trusted header: that of a block for which the anchor vouches.
    fn begin(
        &self,
        chain_id: &chain::Id,
        block: &LightBlock,
        now: Time,
    ) -> Result<TrustedHeader, TrustError> {
        self.anchor.vouch(chain_id, block)?;
        let trusted = block.header();
        match self.is_fresh(&trusted, now) {
            true => Ok(trusted),
            false => {
                let (height, time) = (trusted.height, trusted.time);
                Err(TrustError::Expired { height, time, days: self.period.as_secs() / 86_400 })
            }
        }
    }

    /// The next trusted header, from one that is trusted; `None` when too few of its validators signed.
    fn step(
        &self,
        chain_id: &chain::Id,
        trusted: &TrustedHeader,
        target: &LightBlock,
        now: Time,
    ) -> Result<Option<TrustedHeader>, TrustError> {
        let options = Options {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: self.period,
            clock_drift: CLOCK_DRIFT,
        };
        let verifier = ProdVerifier::default();
        match verifier.verify_update_header(target.untrusted(), trusted.state(chain_id), &options, now) {
            Verdict::Success => Ok(Some(target.header())),
            Verdict::NotEnoughTrust(_) => Ok(None),
            Verdict::Invalid(reason) => {
                Err(TrustError::Invalid { height: target.height(), reason: reason.to_string() })
            }
        }
    }
}

/// A light client of one chain.
#[derive(Debug)]
pub struct LightClient {
    client: Client,
    settings: Settings,
    chain_id: chain::Id,
    trusted: Option<TrustedHeader>,
    /// The height in the file.
    written: Option<Height>,
}

impl LightClient {
    /// A light client that goes on from the newest header it ever trusted, if its file still fits the settings.
    ///
    /// # Errors
    /// A chain id that is none, or a file that cannot be read.
    pub fn open(client: Client, settings: Settings) -> Result<Self, TrustError> {
        let chain_id =
            settings.chain_id.parse().map_err(|_| TrustError::ChainId(settings.chain_id.clone()))?;
        let trusted = match &settings.file {
            Some(path) => file::read(path, &settings)?,
            None => None,
        };
        let written = trusted.as_ref().map(|trusted| trusted.height);
        Ok(Self { client, settings, chain_id, trusted, written })
    }

    /// The newest trusted header.
    pub fn trusted(&self) -> Option<&TrustedHeader> {
        self.trusted.as_ref()
    }

    /// What the first trust rests on.
    pub fn anchor(&self) -> &Anchor {
        &self.settings.anchor
    }

    /// Verifies the header at `height`, at the caller's time `now`.
    ///
    /// # Errors
    /// The header is not there, or cannot be trusted; see [`TrustError`].
    pub async fn verify(&mut self, height: Height, now: Time) -> Result<TrustedHeader, TrustError> {
        let mut trusted = match self.trusted.take() {
            Some(trusted) if self.settings.is_fresh(&trusted, now) => trusted,
            // An expired header proves nothing any more; the anchor may be a newer one.
            _ => self.begin(now).await?.header(),
        };
        let result = if height < trusted.height {
            self.back(&trusted, height).await
        } else {
            self.forward(&mut trusted, height, now, &mut Vec::new()).await.map(|()| trusted.clone())
        };
        // Steps on the way were verified all the same.
        self.keep(trusted)?;
        result
    }

    /// The block that the anchor vouches for.
    async fn begin(&self, now: Time) -> Result<LightBlock, TrustError> {
        let block = self.fetch(self.settings.anchor.height()).await?;
        self.settings.begin(&self.chain_id, &block, now)?;
        Ok(block)
    }

    async fn fetch(&self, height: Height) -> Result<LightBlock, TrustError> {
        fetch(&self.client, height).await
    }

    /// Steps from the trusted header to `height`: at once where enough trusted validators signed, else by halves. Each
    /// block that came to be trusted is added to `passed`.
    async fn forward(
        &self,
        trusted: &mut TrustedHeader,
        height: Height,
        now: Time,
        passed: &mut Vec<LightBlock>,
    ) -> Result<(), TrustError> {
        // What is still to be reached, the farthest first. Fetched blocks are kept: they are tried again.
        let mut ahead: Vec<LightBlock> = Vec::new();
        for _ in 0..MOST_STEPS {
            let target = match ahead.pop() {
                Some(block) => block,
                None if trusted.height >= height => return Ok(()),
                None => self.fetch(height).await?,
            };
            match self.settings.step(&self.chain_id, trusted, &target, now)? {
                Some(header) => {
                    *trusted = header;
                    passed.push(target);
                }
                None => {
                    let between = trusted.height.0.midpoint(target.height().0);
                    let between = self.fetch(Height(between)).await?;
                    ahead.push(target);
                    ahead.push(between);
                }
            }
        }
        Err(TrustError::TooFar { from: trusted.height, to: height, steps: MOST_STEPS })
    }

    /// Walks down from the trusted header by the hashes that headers keep of the one before.
    async fn back(&self, trusted: &TrustedHeader, height: Height) -> Result<TrustedHeader, TrustError> {
        if trusted.height.0.saturating_sub(height.0) > MOST_BACK {
            return Err(TrustError::TooOld { height, trusted: trusted.height, most: MOST_BACK });
        }
        let mut reached = trusted.clone();
        while reached.height > height {
            let most = Height(reached.height.0.saturating_sub(1));
            let least = Height(most.0.saturating_sub(HEADERS_A_CALL - 1).max(height.0));
            let headers = self.client.headers(least, most).await?;
            if headers.is_empty() {
                return Err(TrustError::Missing { height: most });
            }
            for header in headers.iter().take_while(|header| header.height.value() >= height.0) {
                reached = reached.before(header).ok_or(TrustError::BrokenChain { height: most })?;
            }
        }
        Ok(reached)
    }

    /// Remembers the newest header, and writes it down when it is a new one.
    fn keep(&mut self, trusted: TrustedHeader) -> Result<(), TrustError> {
        let height = trusted.height;
        let trusted = self.trusted.insert(trusted);
        if let Some(path) = self.settings.file.as_ref().filter(|_| self.written != Some(height)) {
            file::write(path, &self.settings, trusted)?;
            self.written = Some(height);
        }
        Ok(())
    }

    /// Waits until the chain has a header at `height`.
    ///
    /// # Errors
    /// No endpoint answers, or the header does not come within `wait`.
    pub async fn wait_for(&self, height: Height, wait: Duration) -> Result<(), TrustError> {
        const POLL: Duration = Duration::from_millis(150);
        let begun = tokio::time::Instant::now();
        loop {
            let latest = self.client.status().await?.height;
            if latest >= height {
                return Ok(());
            }
            if begun.elapsed() >= wait {
                return Err(TrustError::NoHeader { height, latest, seconds: wait.as_secs() });
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
