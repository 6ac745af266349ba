//! The fuzzer's bytes as a few values. Every input means something, and contents lie in one piece, so that the fuzzer's own
//! moves (splice, copy, a changed byte) stay moves on what they mean.

/// Reads values; what is missing at the end is zero or empty.
#[derive(Debug, Clone)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// The values in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    /// Two bytes, big-endian.
    pub fn number(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// Eight bytes, big-endian.
    pub fn amount(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// A length of two bytes and so many bytes.
    pub fn part(&mut self) -> &'a [u8] {
        let length = usize::from(self.number());
        self.take(length)
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        self.take(usize::MAX)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let taken = self.take(N);
        std::array::from_fn(|index| taken.get(index).copied().unwrap_or_default())
    }
}

/// Writes what [`Input`] reads.
#[derive(Debug, Clone, Default)]
pub struct Output(Vec<u8>);

impl Output {
    /// One byte.
    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    /// Two bytes.
    pub fn number(mut self, number: u16) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Eight bytes.
    pub fn amount(mut self, amount: u64) -> Self {
        self.0.extend(amount.to_be_bytes());
        self
    }

    /// A part, of which as much is written as a length can say.
    pub fn part(self, bytes: &[u8]) -> Self {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.number(length).rest(&bytes[..usize::from(length)])
    }

    /// Bytes up to the end.
    pub fn rest(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// All that was written.
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}
