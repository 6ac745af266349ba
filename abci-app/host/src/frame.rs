//! Received bytes cut into frames: a length as unsigned LEB128, then that many bytes.
//!
//! The buffer is a window over one allocation. Its size follows the bytes that really arrived, never the length a
//! peer declares. What is moved is the unfinished frame at the end, or, while it is read ahead, at most as many bytes as were
//! handled since.

use std::io::{self, Read};

use thiserror::Error;

/// Size of an idle buffer, and so of most reads: about 250 transactions of 250 bytes.
const INITIAL: usize = 64 * 1024;
/// Largest buffer kept while idle, so that a block of ordinary size does not allocate each time; and the most that is
/// read ahead.
const KEPT: usize = 4 * 1024 * 1024;
/// Least room worth a read ahead.
const ROOM: usize = 32 * 1024;
/// Longest unsigned LEB128 number of 64 bits.
const MAX_PREFIX: usize = 10;

/// Why received bytes are no frame.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum FrameError {
    #[error("the frame declares {declared} bytes, at most {limit} are taken")]
    TooLong { declared: u64, limit: usize },
    #[error("the frame's length is no 64-bit number")]
    Overflow,
    #[error("the frame's length is padded: CometBFT writes the shortest form")]
    Padded,
}

/// Where bytes come from.
pub(crate) trait Source: Read {
    /// Reads what has arrived already; `WouldBlock` when nothing has.
    fn read_arrived(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Bytes received and not yet handled.
#[derive(Debug)]
pub(crate) struct FrameBuffer {
    /// Initialised up to its length; the window `start..end` holds what was received.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    max_frame: usize,
}

impl FrameBuffer {
    /// An empty buffer for frames of at most `max_frame` bytes.
    pub(crate) fn new(max_frame: usize) -> Self {
        Self { bytes: vec![0; INITIAL], start: 0, end: 0, max_frame }
    }

    /// Whether every received byte belonged to a frame already taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Takes the next frame if all of it has been received.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let window = self.window();
        let Some((declared, prefix)) = length(window)? else { return Ok(None) };
        let too_long = FrameError::TooLong { declared, limit: self.max_frame };
        let Ok(size) = usize::try_from(declared) else { return Err(too_long) };
        if size > self.max_frame {
            return Err(too_long);
        }
        if window.len() - prefix < size {
            return Ok(None);
        }
        let body = self.start + prefix;
        self.start = body + size;
        Ok(self.bytes.get(body..self.start))
    }

    /// Reads once from `source` behind what is already there; 0 means that the source has ended.
    pub(crate) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        self.make_room();
        loop {
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            match source.read(room) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what has arrived meanwhile, up to a bound, without waiting. What is wrong with the source is left for the next
    /// [`Self::fill`] to find.
    pub(crate) fn read_ahead(&mut self, source: &mut impl Source) -> usize {
        if self.end - self.start >= KEPT {
            return 0;
        }
        if self.bytes.len() - self.end < ROOM {
            // Moved only where that frees half of the buffer: else it grows.
            if self.start < self.bytes.len() / 2 {
                self.bytes.resize(2 * self.bytes.len(), 0);
            } else {
                self.move_to_front();
            }
        }
        let read = source.read_arrived(self.bytes.get_mut(self.end..).unwrap_or_default()).unwrap_or(0);
        self.end += read;
        read
    }

    fn window(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Moves the unfinished frame to the front, and doubles the buffer where that frame fills all of it.
    ///
    /// An unfinished frame is shorter than `MAX_PREFIX + max_frame`, so the doubled buffer always has room.
    fn make_room(&mut self) {
        self.move_to_front();
        if self.end == 0 && self.bytes.len() > KEPT {
            self.bytes = vec![0; INITIAL];
        } else if self.end == self.bytes.len() {
            let size = (2 * self.bytes.len()).min(self.max_frame + MAX_PREFIX);
            self.bytes.reserve_exact(size - self.bytes.len());
            self.bytes.resize(size, 0);
        }
    }

    fn move_to_front(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
    }
}

/// Reads an unsigned LEB128 number: its value and how many bytes it took, `None` where it is cut off.
fn length(window: &[u8]) -> Result<Option<(u64, usize)>, FrameError> {
    let mut value = 0_u64;
    for (position, &byte) in window.iter().take(MAX_PREFIX).enumerate() {
        if position == MAX_PREFIX - 1 && byte > 1 {
            return Err(FrameError::Overflow);
        }
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            let padded = byte == 0 && position > 0;
            return if padded { Err(FrameError::Padded) } else { Ok(Some((value, position + 1))) };
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use proptest::prelude::*;

    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(body.len() as u64, &mut bytes);
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn refuses_lengths_that_are_no_length() {
        let check = |bytes: &[u8], expected: Result<bool, FrameError>| {
            let mut buffer = FrameBuffer::new(1000);
            buffer.fill(&mut &bytes[..]).unwrap();
            let found = buffer.next_frame().map(|frame| frame.is_some());
            assert_eq!(found, expected, "{bytes:02x?}");
            assert_eq!(buffer.bytes.len(), INITIAL);
        };
        let too_long = |declared| Err(FrameError::TooLong { declared, limit: 1000 });
        check(&[], Ok(false));
        check(&[0], Ok(true));
        check(&[1], Ok(false));
        check(&[1, 7], Ok(true));
        check(&[0xe8, 0x07], Ok(false));
        check(&[0xe9, 0x07], too_long(1001));
        check(&[0x80], Ok(false));
        check(&[0x80, 0x00], Err(FrameError::Padded));
        check(&[0x81, 0x00], Err(FrameError::Padded));
        check(&[0x80; 9], Ok(false));
        check(&[0x80; 10], Err(FrameError::Overflow));
        check(&[0x80; 200], Err(FrameError::Overflow));
        check(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], too_long(1 << 63));
        check(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], too_long(u64::MAX));
        check(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], Err(FrameError::Overflow));
    }

    /// A source whose bytes have all arrived.
    struct Arrived<'a>(&'a [u8]);

    impl Read for Arrived<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Source for Arrived<'_> {
        fn read_arrived(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    #[test]
    fn reads_ahead_up_to_a_bound_and_shrinks_when_all_is_handled() {
        let bytes = framed(&[7; 1000]).repeat(10_000);
        let mut source = Arrived(&bytes);
        let mut buffer = FrameBuffer::new(1000);
        let mut frames = 0;
        loop {
            while buffer.read_ahead(&mut source) > 0 {}
            assert!(buffer.bytes.len() <= 2 * (KEPT + ROOM), "{}", buffer.bytes.len());
            if source.0.is_empty() {
                break;
            }
            assert!(buffer.end - buffer.start >= KEPT, "nothing more was read, though there was room");
            for _ in 0..100 {
                assert_eq!(buffer.next_frame().unwrap(), Some([7; 1000].as_slice()));
                frames += 1;
            }
        }
        while buffer.next_frame().unwrap().is_some() {
            frames += 1;
        }
        assert_eq!(frames, 10_000);
        assert_eq!(buffer.fill(&mut source).unwrap(), 0);
        assert_eq!(buffer.bytes.len(), INITIAL);
    }

    #[test]
    fn grows_with_the_bytes_received_and_shrinks_when_idle() {
        let limit = 8 * 1024 * 1024;
        let mut buffer = FrameBuffer::new(limit);
        let bytes = framed(&vec![7; limit]);
        let mut source = &bytes[..];
        let mut received = 0;
        while buffer.next_frame().unwrap().is_none() {
            received += buffer.fill(&mut source).unwrap();
            assert!(
                buffer.bytes.len() <= (2 * received).max(INITIAL),
                "{} at {received}",
                buffer.bytes.len()
            );
        }
        assert!(buffer.bytes.len() <= limit + MAX_PREFIX);
        assert_eq!(buffer.fill(&mut &[][..]).unwrap(), 0);
        assert_eq!(buffer.bytes.len(), INITIAL);
    }

    proptest! {
        #[test]
        fn frames_cut_anywhere_come_out_whole_and_in_order(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
            mut cuts in prop::collection::vec((1_usize..700, any::<bool>()), 1..50),
        ) {
            cuts.push((1, false));
            let wire: Vec<u8> = bodies.iter().flat_map(|body| framed(body)).collect();
            let mut buffer = FrameBuffer::new(300);
            let mut rest = &wire[..];
            let mut found = Vec::new();
            for (cut, ahead) in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                let mut now = Arrived(now);
                if *ahead {
                    // As while frames are handled: one is taken, and more comes in.
                    found.extend(buffer.next_frame().unwrap().map(<[u8]>::to_vec));
                    prop_assert_eq!(buffer.read_ahead(&mut now), rest.len() - later.len());
                    rest = later;
                    continue;
                }
                while let Some(frame) = buffer.next_frame().unwrap() {
                    found.push(frame.to_vec());
                }
                if rest.is_empty() {
                    break;
                }
                prop_assert_eq!(buffer.fill(&mut now).unwrap(), rest.len() - later.len());
                rest = later;
            }
            prop_assert_eq!(found, bodies);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn arbitrary_bytes_never_panic_nor_grow_the_buffer(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..2000), 0..50),
        ) {
            let mut buffer = FrameBuffer::new(10_000);
            'reading: for chunk in &chunks {
                buffer.fill(&mut &chunk[..]).unwrap();
                loop {
                    match buffer.next_frame() {
                        Ok(Some(frame)) => prop_assert!(frame.len() <= 10_000),
                        Ok(None) => break,
                        Err(_) => break 'reading,
                    }
                }
            }
            prop_assert_eq!(buffer.bytes.len(), INITIAL);
        }
    }
}
