//! What observers see of a transaction or a block: named lists of text attributes.

pub use tendermint_proto::v0_38::abci::Event;
use tendermint_proto::v0_38::abci::EventAttribute;

/// Starts an event of this kind; add attributes with [`Attributes`].
///
/// The kind is never `tx` with a key `hash` or `height`: CometBFT's indexer keeps those for itself and drops the whole
/// batch (`state/txindex/kv`, v0.38).
pub fn event(kind: &str) -> Event {
    Event { r#type: kind.into(), attributes: Vec::new() }
}

/// Adding attributes to an event. Keys are never empty: CometBFT refuses to index such an event.
pub trait Attributes: Sized {
    /// An attribute that clients search for. Each costs every node an index entry for every transaction, so there are
    /// few.
    fn indexed(self, key: &str, value: impl ToString) -> Self;

    /// An attribute that clients only read.
    fn with(self, key: &str, value: impl ToString) -> Self;
}

impl Attributes for Event {
    fn indexed(mut self, key: &str, value: impl ToString) -> Self {
        self.attributes.push(EventAttribute { key: key.into(), value: value.to_string(), index: true });
        self
    }

    fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.attributes.push(EventAttribute { key: key.into(), value: value.to_string(), index: false });
        self
    }
}
