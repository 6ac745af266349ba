//! How much one client, and all of them together, may ask for.
//!
//! An address has a bucket of requests that fills at a steady rate. It is kept as one moment, the time at which the
//! bucket would be full again (the generic cell rate algorithm), so that an address costs a few bytes and no timer.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Code;

use super::Failure;

/// Requests that are worked on at the same time on one face; more are sent away.
pub(crate) const MOST_REQUESTS: usize = 1_024;
/// Connections that one address may have on one face, where addresses are limited at all.
pub(crate) const MOST_CONNECTIONS_EACH: u32 = 256;
/// Addresses that are remembered; beyond them newcomers share one bucket until others are full again.
const MOST_ADDRESSES: usize = 16_384;

/// What one face lets through.
#[derive(Debug)]
pub(crate) struct Guard {
    rate: Option<Rate>,
    full_at: Mutex<HashMap<IpAddr, Instant>>,
    connections: Mutex<HashMap<IpAddr, u32>>,
    slots: Arc<Semaphore>,
    too_fast: AtomicU64,
    too_much: AtomicU64,
    too_many_connections: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    /// How long a bucket takes to gain one request.
    step: Duration,
    /// How far a bucket may be from full before it is empty.
    depth: Duration,
}

impl Guard {
    /// `per_second` 0 is without limit an address.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let rate = (per_second > 0).then(|| {
            let step = Duration::from_secs(1) / per_second;
            Rate { step, depth: step.saturating_mul(burst.max(1).saturating_sub(1)) }
        });
        Self {
            rate,
            full_at: Mutex::default(),
            connections: Mutex::default(),
            slots: Arc::new(Semaphore::new(MOST_REQUESTS)),
            too_fast: AtomicU64::new(0),
            too_much: AtomicU64::new(0),
            too_many_connections: AtomicU64::new(0),
        }
    }

    /// How much was turned away, by reason.
    pub(crate) fn refused(&self) -> [(&'static str, u64); 3] {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("rate", read(&self.too_fast)),
            ("busy", read(&self.too_much)),
            ("connections", read(&self.too_many_connections)),
        ]
    }

    /// Lets a request of `address` in, for as long as what is returned lives.
    ///
    /// # Errors
    /// The address asks too fast, or the node is asked for too much at once.
    pub(crate) fn enter(&self, address: IpAddr, now: Instant) -> Result<OwnedSemaphorePermit, Failure> {
        if let Some(wait) = self.wait(group(address), now) {
            self.too_fast.fetch_add(1, Ordering::Relaxed);
            let message = format!("too many requests from one address; ask again in {} ms", wait.as_millis());
            return Err(Failure::new(Code::ResourceExhausted, message));
        }
        Arc::clone(&self.slots).try_acquire_owned().map_err(|_| {
            self.too_much.fetch_add(1, Ordering::Relaxed);
            Failure::busy(format!("{MOST_REQUESTS} requests are being answered; ask again in a moment"))
        })
    }

    /// Takes one request out of an address' bucket, or says how long it is empty.
    fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let rate = self.rate?;
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST_ADDRESSES && !full_at.contains_key(&address) {
            full_at.retain(|_, full| *full > now);
        }
        let crowded = full_at.len() >= MOST_ADDRESSES && !full_at.contains_key(&address);
        let address = if crowded { Ipv6Addr::UNSPECIFIED.into() } else { address };
        let full = full_at.get(&address).copied().unwrap_or(now).max(now);
        let missing = full.duration_since(now);
        if missing > rate.depth {
            return Some(missing.saturating_sub(rate.depth));
        }
        full_at.insert(address, full.checked_add(rate.step).unwrap_or(full));
        None
    }

    /// Lets a connection of `address` in; `None` when it has too many.
    pub(crate) fn connect(self: &Arc<Self>, address: IpAddr) -> Option<Connected> {
        let address = group(address);
        if self.rate.is_some() {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            let count = connections.entry(address).or_insert(0);
            if *count >= MOST_CONNECTIONS_EACH {
                self.too_many_connections.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            *count = count.saturating_add(1);
        }
        Some(Connected { guard: Arc::clone(self), address })
    }
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Connected {
    guard: Arc<Guard>,
    address: IpAddr,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut connections = self.guard.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = connections.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                connections.remove(&self.address);
            }
        }
    }
}

/// Whom an address stands for: one customer has at least 2^64 addresses of IPv6.
fn group(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => match long.to_ipv4_mapped() {
            Some(short) => short.into(),
            None => Ipv6Addr::from_bits(long.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn passes(guard: &Guard, address: IpAddr, now: Instant) -> usize {
        (0..1_000).take_while(|_| guard.enter(address, now).is_ok()).count()
    }

    #[test]
    fn an_address_has_a_burst_and_then_its_rate() {
        let guard = Guard::new(20, 40);
        let begin = Instant::now();
        assert_eq!(passes(&guard, ONE, begin), 40);
        assert_eq!(passes(&guard, OTHER, begin), 40, "another address has its own bucket");
        assert_eq!(passes(&guard, ONE, begin + Duration::from_millis(500)), 10);
        assert_eq!(passes(&guard, ONE, begin + Duration::from_secs(60)), 40);
        let failure = guard.enter(ONE, begin + Duration::from_secs(60)).unwrap_err();
        assert_eq!(failure.code, Code::ResourceExhausted);
        assert_eq!(guard.refused(), [("rate", 5), ("busy", 0), ("connections", 0)]);
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        assert_eq!(passes(&Guard::new(0, 0), ONE, Instant::now()), 1_000);
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let guard = Guard::new(1, 1);
        let now = Instant::now();
        for number in 0..20_000_u32 {
            let _ = guard.enter(std::net::Ipv4Addr::from_bits(number).into(), now);
        }
        assert!(guard.full_at.lock().unwrap().len() <= MOST_ADDRESSES + 1);
    }

    #[test]
    fn only_so_many_requests_are_worked_on_at_once() {
        let guard = Guard::new(0, 0);
        let inside: Vec<_> = (0..MOST_REQUESTS).map(|_| guard.enter(ONE, Instant::now()).unwrap()).collect();
        assert_eq!(guard.enter(ONE, Instant::now()).unwrap_err().code, Code::Unavailable);
        drop(inside);
        assert!(guard.enter(ONE, Instant::now()).is_ok());
    }

    #[test]
    fn an_address_has_only_so_many_connections() {
        let guard = Arc::new(Guard::new(20, 40));
        let open: Vec<_> = (0..MOST_CONNECTIONS_EACH).map(|_| guard.connect(ONE).unwrap()).collect();
        assert!(guard.connect(ONE).is_none());
        assert!(guard.connect(OTHER).is_some());
        drop(open);
        assert!(guard.connect(ONE).is_some());
        assert!(guard.connections.lock().unwrap().is_empty());
    }

    #[test]
    fn addresses_of_one_customer_are_one() {
        let parse = |text: &str| group(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff:1"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), ONE);
    }
}
