//! The part of DER (X.690) that conditions need, in its one allowed form.

/// A tag, one-byte as all of ours are.
pub(super) type Tag = u8;

/// Appends an element: tag, shortest length, content.
pub(super) fn element(out: &mut Vec<u8>, tag: Tag, content: &[u8]) {
    out.push(tag);
    let length = content.len().to_be_bytes();
    let length = trimmed(&length);
    match length {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
}

/// The shortest bytes of a number that is not negative.
pub(super) fn unsigned(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let bytes = trimmed(&bytes);
    let mut out = Vec::with_capacity(9);
    // A first bit of 1 would make it negative.
    if bytes.first().is_some_and(|first| *first >= 0x80) {
        out.push(0);
    }
    out.extend_from_slice(bytes);
    out
}

/// Appends a `SET OF`: elements in ascending order of their bytes (X.690, 11.6; none is the beginning of another).
pub(super) fn set(out: &mut Vec<u8>, tag: Tag, mut elements: Vec<Vec<u8>>) {
    elements.sort_unstable();
    element(out, tag, &elements.concat());
}

/// Without leading zeros, but at least one byte.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros.min(bytes.len().saturating_sub(1))..).unwrap_or_default()
}

/// Elements one after another.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element, whatever its tag; `None` when there is no whole element with a shortest length.
    pub(super) fn any(&mut self) -> Option<(Tag, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if *first >= 0x80 {
            let (bytes, after) = rest.split_at_checked(usize::from(*first & 0x7f))?;
            let shortest = bytes.first().is_some_and(|byte| *byte != 0) && bytes.len() <= 4;
            length = bytes.iter().take(4).fold(0, |length, byte| (length << 8) | usize::from(*byte));
            if !shortest || length < 0x80 {
                return None;
            }
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((*tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn tagged(&mut self, tag: Tag) -> Option<&'a [u8]> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A number that is not negative, has at most 8 bytes and is written as shortly as can be.
pub(super) fn read_unsigned(bytes: &[u8]) -> Option<u64> {
    let number = bytes.iter().take(9).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (bytes.len() <= 8 && unsigned(number) == bytes).then_some(number)
}
