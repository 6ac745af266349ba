//! F12: any document is an envelope, an addition to one, or neither; it opens to what was sealed, and nobody shuts a reader
//! out by what they add.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mongo_ledger_core::json::{Limits, Object, Value, parse};
use sirius_fuzz::Letter;
use sirius_sdk::database::envelope::Envelope;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Object(document)) = parse(bytes, &Limits::default()) else { return };
    let letter = Letter::the();
    let envelope = Envelope::read(&document);
    if let Ok(Some(envelope)) = &envelope {
        let again = Envelope::read(&envelope.document(Object::new())).expect("it was read before");
        assert_eq!(again.as_ref(), Some(envelope));
        if let Some(opened) = letter.opens(envelope) {
            sirius_fuzz::taken();
            assert_eq!(opened, letter.document);
        }
    }
    let stays = !matches!(envelope, Ok(Some(_)));
    match letter.opens_beside(document) {
        Some(Ok(opened)) => assert_eq!(opened, letter.document),
        Some(Err(error)) => assert!(!stays, "a reader was shut out: {error}"),
        None => {}
    }
});
