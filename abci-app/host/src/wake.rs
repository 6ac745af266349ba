//! Ends a wait for connections from another thread.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A bell that, once rung, stays audible to everybody who waits or will wait.
#[derive(Debug)]
pub(crate) struct Bell {
    cord: UnixStream,
    sound: UnixStream,
}

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        let (cord, sound) = UnixStream::pair()?;
        Ok(Self { cord, sound })
    }

    /// Ends every wait, now and later.
    pub(crate) fn ring(&self) {
        // Fails only where the bell has rung before.
        let _ = self.cord.shutdown(Shutdown::Both);
    }

    /// Waits until `listener` has a connection to accept (`true`) or the bell rings (`false`).
    pub(crate) fn wait(&self, listener: &impl AsFd) -> io::Result<bool> {
        let mut watched = [
            PollFd::new(self.sound.as_fd(), PollFlags::POLLIN),
            PollFd::new(listener.as_fd(), PollFlags::POLLIN),
        ];
        loop {
            match poll(&mut watched, PollTimeout::NONE) {
                Ok(_) => break,
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let [sound, _] = &watched;
        Ok(sound.any() != Some(true))
    }
}
