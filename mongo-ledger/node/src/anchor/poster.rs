//! The thread that posts.

use std::{
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use sirius_ledger::service::anchor::wire::anchor::{ChainStatus, LightBlock, Validator};
use sirius_sdk::submit::SubmitError;
use tracing::{info, warn};

use super::{
    AnchorError, Link,
    light::{Own, Standing},
    link::Anchored,
    plan::{Trusted, plan},
};
use crate::{
    config::{Anchor, Config},
    ledger::Ledger,
};

/// How often the ledger is asked.
const POLL: Duration = Duration::from_secs(1);
/// How long each member waits for those whose turn is before its own: a block or two of the ledger.
const TURN: Duration = Duration::from_secs(3);
/// The longest wait after a failure; it begins with [`POLL`] and doubles.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// How long a sleep may overlook that the process is to end.
const NAP: Duration = Duration::from_millis(200);

/// The codes of space `anchor` by which the ledger says that somebody else was faster.
const LATE: [u32; 2] = [9, 10];

struct Poster {
    config: Config,
    settings: Anchor,
    ledger: Arc<Ledger>,
    own: Own,
    link: Option<Link>,
    /// Since when a header is due after the one of this height.
    due: Option<(u64, Instant)>,
}

/// Starts the thread, if headers are to be posted.
///
/// # Errors
/// A setting that is of no use, or the system gives no thread.
pub(crate) fn start(config: &Config, ledger: &Arc<Ledger>) -> Result<Option<JoinHandle<()>>> {
    let Some(settings) = config.anchor.clone() else { return Ok(None) };
    let own = Own::new(config.rpc())?;
    let (config, ledger) = (config.clone(), Arc::clone(ledger));
    let mut poster = Poster { config, settings, ledger, own, link: None, due: None };
    let thread = thread::Builder::new().name("anchor".into()).spawn(move || poster.run());
    Ok(Some(thread.context("starting the thread that posts headers")?))
}

impl Poster {
    fn run(&mut self) {
        let runtime = self.ledger.runtime.clone();
        let (mut wait, mut said) = (POLL, String::new());
        while !self.is_stopping() {
            let ledger = Arc::clone(&self.ledger);
            let round = runtime.block_on(async {
                tokio::select! {
                    done = self.round() => Some(done),
                    () = stopped(&ledger) => None,
                }
            });
            match round {
                None => return,
                Some(Ok(())) => {
                    if !said.is_empty() {
                        info!("headers are posted to the ledger again");
                    }
                    (wait, said) = (POLL, String::new());
                    self.ledger.anchor.well();
                }
                Some(Err(error)) => {
                    self.ledger.anchor.failed();
                    let text = error.to_string();
                    // Once for each reason: the ledger may be away for days.
                    if text != said {
                        warn!(error = text, "no header can be posted to the ledger now");
                        said = text;
                    }
                    // An account whose key or sequence changed is opened anew.
                    self.link = None;
                    wait = wait.saturating_mul(2).min(MOST_WAIT);
                }
            }
            self.sleep(wait);
        }
    }

    fn is_stopping(&self) -> bool {
        self.ledger.stopping.load(Ordering::SeqCst)
    }

    fn sleep(&self, wait: Duration) {
        let end = Instant::now() + wait;
        while !self.is_stopping() && Instant::now() < end {
            thread::sleep(NAP);
        }
    }

    /// Looks once at both chains, and posts what is due when it is this node's turn.
    async fn round(&mut self) -> Result<(), AnchorError> {
        let standing = self.own.standing().await?;
        if standing.height == 0 {
            return Ok(());
        }
        let link = match self.link.take() {
            Some(link) => link,
            None => Link::open(&self.config, &self.settings).await?,
        };
        let done = self.look(&link, &standing).await;
        self.link = Some(link);
        done
    }

    async fn look(&mut self, link: &Link, standing: &Standing) -> Result<(), AnchorError> {
        let Some(anchored) = link.anchored(&standing.chain_id).await? else {
            return self.register(link, standing).await;
        };
        let status = match anchored.chain.status() {
            ChainStatus::Active => None,
            ChainStatus::Frozen => Some("frozen"),
            ChainStatus::Closing => Some("closing"),
            ChainStatus::Closed | ChainStatus::Unspecified => Some("closed"),
        };
        if let Some(status) = status {
            return Err(AnchorError::NotActive { chain_id: standing.chain_id.clone(), status });
        }
        let height = anchored.height();
        self.ledger.anchor.at(height);
        if !is_due(&anchored, standing) || !self.is_my_turn(height, &anchored.next_validators, &standing.key)
        {
            return Ok(());
        }
        self.post(link, standing.height, anchored).await
    }

    async fn register(&self, link: &Link, standing: &Standing) -> Result<(), AnchorError> {
        if !self.settings.register {
            return Err(AnchorError::NotRegistered(standing.chain_id.clone()));
        }
        let block = self.own.light_block(standing.height).await?;
        link.register(&self.settings, block).await?;
        info!(height = standing.height, "this chain is registered on the ledger");
        Ok(())
    }

    /// Whether those before this node had their time. Turns go around with each header.
    fn is_my_turn(&mut self, height: u64, validators: &[Validator], key: &[u8]) -> bool {
        let since = match self.due {
            Some((of, since)) if of == height => since,
            _ => self.due.insert((height, Instant::now())).1,
        };
        since.elapsed() >= TURN.saturating_mul(turn(height, validators, key))
    }

    async fn post(&self, link: &Link, height: u64, anchored: Anchored) -> Result<(), AnchorError> {
        let trusted = Trusted { height: anchored.height(), next: anchored.next_validators };
        let blocks: Vec<LightBlock> =
            plan(trusted, height, async |height| self.own.light_block(height).await).await?;
        match link.post(blocks).await {
            Ok(receipt) => {
                self.ledger.anchor.posted();
                info!(height, ledger = receipt.height.0, "header posted to the ledger");
                Ok(())
            }
            Err(AnchorError::Submit(error)) if is_late(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether the newest header is to be posted: enough blocks of this chain after the one that the ledger has; or enough of the
/// ledger, so that what was written last can be proven though nothing more is, if anything was; or enough time, so that a
/// chain with nothing to do stays trusted.
fn is_due(anchored: &Anchored, standing: &Standing) -> bool {
    let chain = &anchored.chain;
    let latest = chain.latest.clone().unwrap_or_default();
    let has_waited = anchored.block >= latest.posted_height.saturating_add(chain.every);
    let time = latest.time.map_or(0, |time| time.seconds);
    // A second more than the ledger asks for: its times have fractions.
    let late =
        i64::try_from(chain.trusting_seconds / 3).unwrap_or(i64::MAX).saturating_add(time).saturating_add(1);
    standing.height >= latest.height.saturating_add(chain.every)
        || standing.height > latest.height
            && (has_waited && standing.app_hash != latest.app_hash || standing.time > late)
}

/// Ends when the process is to end: nothing that was begun needs to be finished, since nothing is remembered.
async fn stopped(ledger: &Ledger) {
    while !ledger.stopping.load(Ordering::SeqCst) {
        tokio::time::sleep(NAP).await;
    }
}

/// Whether somebody else posted a header meanwhile.
fn is_late(error: &SubmitError) -> bool {
    match error {
        SubmitError::Refused { code, codespace, .. } => codespace == "anchor" && LATE.contains(code),
        SubmitError::Failed { receipt } => receipt.codespace == "anchor" && LATE.contains(&receipt.code),
        _ => false,
    }
}

/// How many members come before the one with this key when the header after `height` is due; all, for one who is none.
fn turn(height: u64, validators: &[Validator], key: &[u8]) -> u32 {
    let mut keys: Vec<_> = validators.iter().map(|member| member.pub_key.as_slice()).collect();
    keys.sort_unstable();
    let count = keys.len() as u64;
    let place = keys.iter().position(|other| *other == key).map(|place| place as u64);
    let turn = match (place, height.checked_rem(count)) {
        (Some(place), Some(first)) => place.saturating_add(count).saturating_sub(first) % count,
        _ => count,
    };
    u32::try_from(turn).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_due_after_enough_blocks_of_either_chain_or_enough_time() {
        let latest = sirius_ledger::service::anchor::wire::anchor::Header {
            height: 10,
            app_hash: vec![1; 32],
            posted_height: 200,
            time: Some(tendermint_proto::google::protobuf::Timestamp { seconds: 1_000, nanos: 5 }),
            ..Default::default()
        };
        let chain = sirius_ledger::service::anchor::wire::anchor::Chain {
            latest: Some(latest),
            every: 5,
            trusting_seconds: 300,
            ..Default::default()
        };
        let check = |(height, time, app_hash), block, expected| {
            let anchored = Anchored { chain: chain.clone(), next_validators: Vec::new(), block };
            let app_hash = vec![app_hash; 32];
            let standing = Standing { chain_id: String::new(), height, time, app_hash, key: Vec::new() };
            assert_eq!(is_due(&anchored, &standing), expected, "{height} at {time}, block {block}");
        };
        check((14, 1_050, 2), 204, false);
        check((15, 1_050, 2), 204, true);
        check((11, 1_101, 2), 204, false);
        check((11, 1_102, 2), 204, true);
        check((11, 1_050, 2), 205, true);
        // Nothing was written since, so that nothing more could be proven.
        check((11, 1_050, 1), 205, false);
        check((10, 9_000, 1), 999, false);
    }

    #[test]
    fn every_member_has_a_turn_of_its_own_and_it_goes_around() {
        let members: Vec<_> =
            [7_u8, 3, 9, 1].map(|seed| Validator { pub_key: vec![seed; 32], power: 10 }).to_vec();
        let turns =
            |height| members.iter().map(|one| turn(height, &members, &one.pub_key)).collect::<Vec<_>>();
        assert_eq!(turns(0), [2, 1, 3, 0]);
        assert_eq!(turns(1), [1, 0, 2, 3]);
        assert_eq!(turns(4), turns(0));
        assert_eq!(turn(5, &members, &[8; 32]), 4, "whoever is no member comes last");
        assert_eq!(turn(5, &[], &[8; 32]), 0);
    }
}
