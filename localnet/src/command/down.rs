//! `localnet down` and `localnet reset`: stop, verify, and perhaps delete.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::control::{self, Request};
use crate::{Error, Layout, Network, Record, network};

/// How long the supervisor may take to end after its last answer.
const END_WAIT: Duration = Duration::from_secs(10);
/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

pub(super) fn run(layout: &Layout) -> Result<(), Error> {
    match stop(layout)? {
        true => println!("The network in {} has stopped; its state is kept.", layout.root().display()),
        false => println!("No network was running in {}.", layout.root().display()),
    }
    Ok(())
}

pub(super) fn reset(layout: &Layout) -> Result<(), Error> {
    stop(layout)?;
    Network::delete(layout)?;
    println!("The network in {} is deleted; programs in bin are kept.", layout.root().display());
    Ok(())
}

/// Stops what runs and verifies that it is gone; returns whether anything ran.
fn stop(layout: &Layout) -> Result<bool, Error> {
    let ran = match control::ask(layout, &Request::Stop) {
        Ok(_) => true,
        Err(Error::NotRunning(_)) => false,
        Err(error) => return Err(error),
    };
    let deadline = Instant::now() + END_WAIT;
    while network::in_use(layout) {
        if Instant::now() >= deadline {
            return Err(match ran {
                true => Error::Alive(format!("the supervisor of {}", layout.root().display())),
                // A test that runs a network in its own process, or a setup that takes its time.
                false => Error::Busy(layout.root().to_owned()),
            });
        }
        sleep(POLL);
    }
    if Record::read(layout)?.is_some() {
        network::end_leftovers(layout)?;
    }
    Ok(ran)
}
