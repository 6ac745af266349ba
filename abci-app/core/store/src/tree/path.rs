//! Where a page stands: the first nibbles that the hashes of all keys below it share.

use std::fmt;

use sirius_primitives::Hash;

/// Pages of this depth and below share their undo records with their ancestor of this depth.
const GROUP_DEPTH: u8 = 3;

/// The way from the root to a page, four bits a step, the first step in the high half of the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Path {
    depth: u8,
    /// Bytes beyond the depth are zero, so that equal paths are equal values.
    nibbles: [u8; Hash::LENGTH],
}

/// The step that `hash` takes at `depth`, 0 to 15.
pub(crate) fn nibble(hash: &Hash, depth: usize) -> usize {
    let byte = hash.as_bytes().get(depth / 2).copied().unwrap_or_default();
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0xf })
}

impl Path {
    /// The root page's.
    pub(crate) const ROOT: Self = Self { depth: 0, nibbles: [0; Hash::LENGTH] };

    /// Steps from the root, 0 to 64.
    pub(crate) fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// One step further down; `step` is 0 to 15.
    pub(crate) fn child(mut self, step: usize) -> Self {
        let half = u8::try_from(step).unwrap_or_default() & 0xf;
        if let Some(byte) = self.nibbles.get_mut(usize::from(self.depth / 2)) {
            *byte |= if self.depth.is_multiple_of(2) { half << 4 } else { half };
        }
        Self { depth: self.depth.saturating_add(1), ..self }
    }

    /// The page whose undo records also hold this page's.
    pub(crate) fn group(&self) -> Self {
        if self.depth <= GROUP_DEPTH {
            return *self;
        }
        let [first, second, ..] = self.nibbles;
        let mut nibbles = [0; Hash::LENGTH];
        if let Some(start) = nibbles.first_chunk_mut() {
            *start = [first, second & 0xf0];
        }
        Self { depth: GROUP_DEPTH, nibbles }
    }

    /// `depth ‖ nibbles`, half a byte each, the last one padded with zero.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    /// Appends what [`Path::encode`] gives.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.depth);
        bytes.extend_from_slice(self.nibbles.get(..self.depth().div_ceil(2)).unwrap_or_default());
    }

    /// Takes an encoded path off the front of `bytes`; `None` when there is none.
    pub(crate) fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (depth, rest) = bytes.split_first()?;
        let (packed, rest) = rest.split_at_checked(usize::from(*depth).div_ceil(2))?;
        let mut nibbles = [0; Hash::LENGTH];
        nibbles.get_mut(..packed.len())?.copy_from_slice(packed);
        *bytes = rest;
        Some(Self { depth: *depth, nibbles })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = Hash::new(self.nibbles).to_string();
        write!(f, "/{}", hash.get(..self.depth()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn path(steps: &[usize]) -> Path {
        steps.iter().fold(Path::ROOT, |path, step| path.child(*step))
    }

    #[test]
    fn writes_half_a_byte_a_step() {
        for (steps, bytes) in [
            (&[][..], &[0][..]),
            (&[0xa], &[1, 0xa0]),
            (&[0xa, 0xb], &[2, 0xab]),
            (&[0xa, 0xb, 0xc], &[3, 0xab, 0xc0]),
        ] {
            assert_eq!(path(steps).encode(), bytes);
            assert_eq!(Path::take(&mut &*bytes), Some(path(steps)));
        }
        assert_eq!(Path::take(&mut &[3u8, 0xab][..]), None);
        assert_eq!(Path::take(&mut &[200u8][..]), None);
    }

    #[test]
    fn groups_what_lies_below_three_steps() {
        for (steps, group) in
            [(&[1, 2][..], &[1, 2][..]), (&[1, 2, 3], &[1, 2, 3]), (&[1, 2, 3, 4, 5], &[1, 2, 3])]
        {
            assert_eq!(path(steps).group(), path(group));
        }
    }

    #[test]
    fn follows_the_hash() {
        let hash = sirius_primitives::sha256(b"key");
        let steps: Vec<_> = (0..5).map(|depth| nibble(&hash, depth)).collect();
        let text = hash.to_string();
        let digits: Vec<_> = text.chars().take(5).map(|digit| digit.to_digit(16).unwrap() as usize).collect();
        assert_eq!(steps, digits);
    }
}
