//! What an application does with a fault: this node's illness, which other honest nodes do not share.

use std::fmt::Display;

/// The value, or the end of the process: going on after a fault would mean to disagree with everybody else.
///
/// To be called in the methods of an application: a served one's panic is turned by the host into one clear line and
/// the end.
#[track_caller]
pub fn or_stop<T>(outcome: Result<T, impl Display>) -> T {
    match outcome {
        Ok(value) => value,
        #[allow(
            clippy::panic,
            reason = "the host stops the process on a panic, which is what a fault asks for"
        )]
        Err(fault) => panic!("{fault}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_through() {
        assert_eq!(or_stop(Ok::<_, String>(7)), 7);
    }

    #[test]
    #[should_panic(expected = "the disk is gone")]
    fn a_fault_is_a_panic_with_its_text() {
        or_stop(Err::<(), _>("the disk is gone"));
    }
}
