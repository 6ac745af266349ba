//! The yardstick: cuts frames by their length and answers each with three bytes, one write a read.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use sirius_host::Endpoint;

/// A `CheckTx` answer of the empty application.
const ANSWER: [u8; 3] = [2, 0x4a, 0];
/// Room for the largest request measured.
const BUFFER: usize = 1024 * 1024;

/// Echoes on a unix socket until the process ends.
pub(crate) fn start(endpoint: &Endpoint) {
    let Endpoint::Unix(path) = endpoint else { panic!("the yardstick is a unix socket") };
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || echo(&mut stream.unwrap()));
        }
    });
}

fn echo(stream: &mut UnixStream) {
    let mut buffer = vec![0; BUFFER];
    let (mut held, mut answers) = (0, Vec::new());
    loop {
        let read = stream.read(buffer.get_mut(held..).unwrap()).unwrap();
        if read == 0 {
            return;
        }
        held += read;
        let mut rest = buffer.get(..held).unwrap();
        while let Some(behind) = skip(rest) {
            rest = behind;
            answers.extend_from_slice(&ANSWER);
        }
        let used = held - rest.len();
        buffer.copy_within(used..held, 0);
        held -= used;
        if !answers.is_empty() {
            stream.write_all(&answers).unwrap();
            answers.clear();
        }
    }
}

/// What follows the first frame, if all of that is here.
fn skip(mut bytes: &[u8]) -> Option<&[u8]> {
    let length = prost::decode_length_delimiter(&mut bytes).ok()?;
    bytes.get(length..)
}
