//! Transactions for CometBFT's built-in key-value store, as long as the transfers they are compared with.

use super::Tx;

/// `count` transactions of `bytes` bytes each, no two alike: `<key>=<value>` with a key of 16 digits.
///
/// Other runs on the same chain use another `seed`, or the store would see the same transactions again.
pub fn kvstore(count: usize, bytes: usize, seed: u64) -> Vec<Tx> {
    let make = |index: usize| {
        let key = format!("{:04x}{index:012x}=", seed & 0xffff);
        // Hexadecimal digits that differ from one transaction to the next, so that nothing compresses them.
        let mut state = seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut text = key.into_bytes();
        while text.len() < bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.extend_from_slice(format!("{:016x}", state ^ (state >> 31)).as_bytes());
        }
        text.truncate(bytes.max(18));
        Tx { bytes: text, lane: index }
    };
    (0..count).map(make).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn are_distinct_pairs_of_the_length_asked_for() {
        let txs: Vec<_> = kvstore(500, 249, 1).into_iter().chain(kvstore(500, 249, 2)).collect();
        assert!(txs.iter().all(|tx| tx.bytes.len() == 249));
        assert!(txs.iter().all(|tx| tx.bytes.iter().filter(|byte| **byte == b'=').count() == 1));
        let distinct: BTreeSet<_> = txs.iter().map(|tx| &tx.bytes).collect();
        assert_eq!(distinct.len(), 1000);
    }
}
