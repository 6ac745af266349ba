//! What is done to hosts that run: perturbations of one, and networks that fall into two.

use std::time::Duration;

use super::Running;
use crate::{Error, Perturbation};

impl Running {
    /// Disturbs one host. Returns when its processes are started again, or when the pause or the cut has begun.
    ///
    /// # Errors
    /// There is no such host, it did not start again, or the perturbation makes no sense for it.
    pub fn perturb(&self, host: usize, perturbation: Perturbation) -> Result<(), Error> {
        let disturbed = self.host(host)?;
        tracing::info!(host, %perturbation, "perturbing");
        match perturbation {
            Perturbation::Disconnect(_) if self.hosts() == 1 => {
                Err(Error::Pointless("a network of one host has no links to cut".to_owned()))
            }
            Perturbation::Disconnect(duration) => {
                self.links.cut(host, duration);
                Ok(())
            }
            _ => disturbed.disturb(perturbation),
        }
    }

    /// Cuts all links between the hosts of `side` and the others, on every layer, until [`Running::heal`], or for
    /// `duration`. Hosts that joined are on no side.
    ///
    /// # Errors
    /// A host of `side` is not there, or one side is empty.
    pub fn part(&self, side: &[usize], duration: Duration) -> Result<(), Error> {
        side.iter().try_for_each(|host| self.host(*host).map(drop))?;
        let (parted, all) = (side.len(), self.hosts());
        if parted == 0 || parted >= all {
            return Err(Error::Pointless(format!(
                "{parted} of {all} hosts on one side leave none on the other"
            )));
        }
        tracing::info!(?side, ?duration, "parting");
        self.links.part(side, duration);
        Ok(())
    }

    /// Ends a parting.
    pub fn heal(&self) {
        tracing::info!("healing");
        self.links.heal();
    }
}
