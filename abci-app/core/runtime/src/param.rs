//! A limit that the chain agreed on: its name, unit, range and default, and where its value stands.

use std::ops::RangeInclusive;

use sirius_store::{Fault, Key, Read, Write};

/// A parameter of a module. Its value is part of state and changes only by the chain's own decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// `module.name`.
    pub name: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// The smallest value allowed.
    pub least: u64,
    /// The largest value allowed.
    pub most: u64,
    /// The value of a new chain.
    pub default: u64,
    /// What it limits, and why it is there.
    pub about: &'static str,
}

impl Param {
    /// A parameter within a range. A constant whose default is outside of it does not compile.
    pub const fn new(
        name: &'static str,
        unit: &'static str,
        range: RangeInclusive<u64>,
        default: u64,
        about: &'static str,
    ) -> Self {
        let (least, most) = (*range.start(), *range.end());
        assert!(least <= default && default <= most, "a parameter's default is within its range");
        Self { name, unit, least, most, default, about }
    }

    /// ```text
    /// params/<name>
    /// ```
    pub fn key(&self) -> Key<u64> {
        Key::new(&[b"params/", self.name.as_bytes()])
    }

    /// The value in force.
    ///
    /// # Errors
    /// This node cannot read its state.
    pub fn get(&self, state: &(impl Read + ?Sized)) -> Result<u64, Fault> {
        Ok(self.key().get(state)?.unwrap_or(self.default))
    }

    /// Puts a value in force.
    ///
    /// # Errors
    /// The value when it is outside the range.
    pub fn set(&self, state: &mut (impl Write + ?Sized), value: u64) -> Result<(), u64> {
        if (self.least..=self.most).contains(&value) {
            self.key().set(state, &value);
            Ok(())
        } else {
            Err(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const LIMIT: Param = Param::new("a.limit", "things", 2..=9, 4, "for this test");

    #[test]
    fn a_value_stays_in_its_range() {
        let mut state = BTreeMap::new();
        let mut check = |value, answer, after| {
            assert_eq!(LIMIT.set(&mut state, value), answer);
            assert!(matches!(LIMIT.get(&state), Ok(found) if found == after));
        };
        check(1, Err(1), 4);
        check(2, Ok(()), 2);
        check(9, Ok(()), 9);
        check(10, Err(10), 9);
    }
}
