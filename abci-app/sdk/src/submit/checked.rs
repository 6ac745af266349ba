//! What CheckTx's words mean for whoever sends.

use super::SubmitError;
use crate::{client::Checked, sign::Sequence};

/// The sequence that a node expects, where that is why it refuses; clients of the Cosmos SDK know its words.
pub(super) fn expected_sequence(checked: &Checked) -> Option<Sequence> {
    if (checked.codespace.as_str(), checked.code) != ("sdk", 32) {
        return None;
    }
    let (_, rest) = checked.log.split_once("expected ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Sequence)
}

/// The refusal as the sender hears it.
pub(super) fn refused(checked: Checked) -> SubmitError {
    let Checked { code, codespace, log } = checked;
    SubmitError::Refused { code, codespace, log }
}

/// Whether the fee is below the price, which may have risen meanwhile.
pub(super) fn is_too_cheap(checked: &Checked) -> bool {
    (checked.codespace.as_str(), checked.code) == ("sdk", 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_expected_sequence() {
        let check = |codespace: &str, code, log: &str, expected: Option<u64>| {
            let checked = Checked { code, codespace: codespace.into(), log: log.into() };
            assert_eq!(expected_sequence(&checked), expected.map(Sequence), "{log}");
        };
        let log = "account sequence mismatch, expected 12, got 7: incorrect account sequence";
        check("sdk", 32, log, Some(12));
        check("sdk", 31, log, None);
        check("bank", 32, log, None);
        check("sdk", 32, "expected nothing", None);
        check("sdk", 32, "expected 99999999999999999999", None);
    }
}
