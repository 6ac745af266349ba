//! What work costs: a meter for one transaction, and a state that charges it.

use std::cell::Cell;

use sirius_primitives::Gas;
use sirius_store::{Fault, Order, Read, Span, Visit, Write};

/// The price of each operation, in gas. The numbers are parameters of the `fee` module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// Reading a key.
    pub read: u64,
    /// Each byte read.
    pub read_byte: u64,
    /// Writing or removing a key.
    pub write: u64,
    /// Each byte written, key and value.
    pub write_byte: u64,
}

/// Counts the gas of one transaction.
///
/// Charging never fails, so that reading and writing state keep their plain errors; the runtime asks
/// [`Meter::is_exhausted`] after each step and refuses. What one step can do is bounded by the transaction's size.
#[derive(Debug)]
pub struct Meter {
    limit: Gas,
    used: Cell<Gas>,
}

impl Meter {
    /// A meter that allows `limit`.
    pub fn new(limit: Gas) -> Self {
        Self { limit, used: Cell::new(Gas(0)) }
    }

    /// Adds `gas` to what has been used.
    pub fn charge(&self, gas: u64) {
        self.used.set(self.used.get().plus(Gas(gas)));
    }

    /// Charges `each` for every one of `count`.
    pub fn charge_each(&self, each: u64, count: usize) {
        self.charge(each.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)));
    }

    /// What has been used, which may be beyond the limit.
    pub fn used(&self) -> Gas {
        self.used.get()
    }

    /// What may be used.
    pub fn limit(&self) -> Gas {
        self.limit
    }

    /// Whether more was used than allowed.
    pub fn is_exhausted(&self) -> bool {
        self.used() > self.limit
    }
}

/// A state whose every use is charged to a meter.
pub struct Metered<'a> {
    state: &'a mut dyn Write,
    meter: &'a Meter,
    costs: Costs,
}

impl std::fmt::Debug for Metered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metered")
            .field("meter", self.meter)
            .field("costs", &self.costs)
            .finish_non_exhaustive()
    }
}

impl<'a> Metered<'a> {
    /// `state`, charging `meter` by `costs`.
    pub fn new(state: &'a mut dyn Write, meter: &'a Meter, costs: Costs) -> Self {
        Self { state, meter, costs }
    }
}

impl Read for Metered<'_> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.state.get_bytes(key)?;
        self.meter.charge(self.costs.read);
        self.meter.charge_each(self.costs.read_byte, value.as_ref().map_or(0, Vec::len));
        Ok(value)
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.meter.charge(self.costs.read);
        self.state.scan(span, order, &mut |key, value| {
            self.meter.charge(self.costs.read);
            self.meter.charge_each(self.costs.read_byte, key.len().saturating_add(value.len()));
            visit(key, value)
        })
    }
}

impl Write for Metered<'_> {
    fn set_bytes(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.meter.charge(self.costs.write);
        let length = key.len().saturating_add(value.as_ref().map_or(0, Vec::len));
        self.meter.charge_each(self.costs.write_byte, length);
        self.state.set_bytes(key, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use std::{collections::BTreeMap, ops::ControlFlow};

    use super::*;

    const COSTS: Costs = Costs { read: 1, read_byte: 10, write: 100, write_byte: 1_000 };

    #[test]
    fn every_use_of_state_is_charged() {
        let check = |expected: u64, act: &dyn Fn(&mut Metered<'_>)| {
            let mut state = BTreeMap::from([(b"a".to_vec(), vec![1, 2]), (b"ab".to_vec(), vec![3])]);
            let meter = Meter::new(Gas(u64::MAX));
            act(&mut Metered::new(&mut state, &meter, COSTS));
            assert_eq!(meter.used(), Gas(expected));
        };
        check(1 + 2 * 10, &|state| assert!(state.get_bytes(b"a").unwrap().is_some()));
        check(1, &|state| assert!(state.get_bytes(b"b").unwrap().is_none()));
        check(100 + 3 * 1_000, &|state| state.set_bytes(b"b".to_vec(), Some(vec![1, 2])));
        check(100 + 1_000, &|state| state.set_bytes(b"a".to_vec(), None));
        // The scan itself, then two rows of three bytes each; what is not visited is not paid for.
        let scan = |state: &Metered<'_>, flow: ControlFlow<()>| {
            state.scan(&Span::prefix(b"a"), Order::Ascending, &mut |_, _| flow).unwrap();
        };
        check(1 + 2 * (1 + 3 * 10), &|state| scan(state, ControlFlow::Continue(())));
        check(1 + 1 + 3 * 10, &|state| scan(state, ControlFlow::Break(())));
    }

    #[test]
    fn counting_never_wraps() {
        let meter = Meter::new(Gas(5));
        meter.charge(5);
        assert!(!meter.is_exhausted());
        meter.charge_each(u64::MAX, usize::MAX);
        meter.charge(u64::MAX);
        assert!(meter.is_exhausted());
        assert_eq!(meter.used(), Gas(u64::MAX));
    }
}
