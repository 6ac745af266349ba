//! An accepted connection of either kind, and who is at its other end.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use nix::sys::socket::{MsgFlags, getsockopt, recv, sockopt::PeerCredentials};

use crate::frame::Source;

/// A connection.
#[derive(Debug)]
pub(crate) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// Who has connected, as the system tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The process number is 0 for a process that this one cannot see, in another container for example.
    Unix {
        uid: u32,
        pid: i32,
    },
    Tcp(SocketAddr),
}

impl Peer {
    /// The process that opened a unix connection.
    pub(crate) fn of_unix(stream: &UnixStream) -> io::Result<Self> {
        let credentials = getsockopt(stream, PeerCredentials)?;
        Ok(Self::Unix { uid: credentials.uid(), pid: credentials.pid() })
    }

    /// Whether this peer may call an application that runs as `own_uid`: the same user and root may, and over TCP,
    /// which does not tell the user, everybody on this machine.
    pub(crate) fn is_allowed(self, own_uid: u32) -> bool {
        match self {
            Self::Unix { uid, .. } => uid == own_uid || uid == 0,
            Self::Tcp(_) => true,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix { uid, pid } => write!(f, "process {pid} of user {uid}"),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

impl Stream {
    /// A second owner of the same connection, to end it from another thread.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        }
    }

    /// Ends one or both directions for all owners.
    pub(crate) fn shutdown(&self, how: Shutdown) {
        // Fails only where the peer has ended it already.
        let _ = match self {
            Self::Unix(stream) => stream.shutdown(how),
            Self::Tcp(stream) => stream.shutdown(how),
        };
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Source for Stream {
    fn read_arrived(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let descriptor = match self {
            Self::Unix(stream) => stream.as_raw_fd(),
            Self::Tcp(stream) => stream.as_raw_fd(),
        };
        Ok(recv(descriptor, buffer, MsgFlags::MSG_DONTWAIT)?)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_user_and_root_may_call() {
        let check = |uid, own, expected| assert_eq!(Peer::Unix { uid, pid: 1 }.is_allowed(own), expected);
        check(1000, 1000, true);
        check(0, 1000, true);
        check(1001, 1000, false);
        check(1000, 0, false);
    }
}
