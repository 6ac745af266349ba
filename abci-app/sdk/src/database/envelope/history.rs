//! The last envelope of an asset, with everybody who was let in since.

use mongo_ledger_core::{
    json::{Object, Value},
    transaction::{Asset, Transaction, TransactionId},
};

use super::{Envelope, EnvelopeError, MOST_READERS, Place, ReaderKey, ReaderSecret, Wrap, text};

/// The member of a document that lets readers in.
const READERS: &str = "readers";

/// What of an asset is sealed now: its last envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The transaction that has the envelope.
    pub transaction: TransactionId,
    /// What stands in the clear beside it.
    pub clear: Object,
    envelope: Envelope,
    place: Place,
    added: Vec<Wrap>,
}

impl Sealed {
    /// Looks an asset's history through, the first transaction first. Members of these names that are somebody's own
    /// are passed over.
    ///
    /// # Errors
    /// Nothing is sealed, or nothing that this program reads.
    pub fn latest(history: &[Transaction]) -> Result<Self, EnvelopeError> {
        let (mut latest, mut unread): (Option<Self>, EnvelopeError) = (None, EnvelopeError::Open);
        for (transaction, document) in history.iter().flat_map(documents) {
            match Envelope::read(document) {
                Ok(Some(envelope)) => latest = Some(Self::new(transaction, document, envelope)),
                Ok(None) => {
                    if let Some(sealed) = &mut latest {
                        sealed.hear(document);
                    }
                }
                Err(error) => unread = error,
            }
        }
        latest.ok_or(unread)
    }

    fn new(transaction: &Transaction, document: &Object, envelope: Envelope) -> Self {
        let clear = document.iter().filter(|(name, _)| super::CLEAR.contains(&name.as_str()));
        Self {
            transaction: *transaction.id(),
            clear: clear.map(|(name, value)| (name.clone(), value.clone())).collect(),
            envelope,
            place: Place::of(transaction),
            added: Vec::new(),
        }
    }

    /// Takes in those whom a document adds to this envelope, while there is room.
    fn hear(&mut self, document: &Object) {
        let added =
            document.get(READERS).and_then(|value| text::members(value, &["add", "of"], "readers").ok());
        let id = self.transaction.to_string();
        let added = added.filter(|object| text::string(object, "of").is_ok_and(|of| of == id));
        let Some(Ok(added)) = added.map(|object| Wrap::read_all(object, "add")) else { return };
        if self.readers().count().saturating_add(added.len()) <= MOST_READERS {
            self.added.extend(added);
        }
    }

    /// Who can read it.
    pub fn readers(&self) -> impl Iterator<Item = ReaderKey> {
        self.envelope.readers.iter().chain(&self.added).map(|wrap| wrap.reader)
    }

    /// The document.
    ///
    /// # Errors
    /// As [`Envelope::open`].
    pub fn open(&self, secret: &ReaderSecret) -> Result<Object, EnvelopeError> {
        self.envelope.open(secret, &self.place, &self.added)
    }

    /// The document that lets more readers in, for the next record of the asset.
    ///
    /// # Errors
    /// As [`Envelope::admit`].
    pub fn admit(&self, secret: &ReaderSecret, readers: &[ReaderKey]) -> Result<Object, EnvelopeError> {
        let added = self.envelope.admit(secret, &self.place, &self.added, readers)?;
        let added: Vec<Value> = added.iter().map(Wrap::value).collect();
        let more = Object::from([
            ("add".to_owned(), added.into()),
            ("of".to_owned(), self.transaction.to_string().into()),
        ]);
        Ok(Object::from([(READERS.to_owned(), Value::Object(more))]))
    }

    /// The document that seals the same anew, under another key, to all but some readers; for the next record of the
    /// asset, which stands at `place`.
    ///
    /// # Errors
    /// As [`Envelope::open`]; one of them is no reader, or no reader would be left.
    pub fn without(
        &self,
        secret: &ReaderSecret,
        gone: &[ReaderKey],
        place: &Place,
    ) -> Result<Object, EnvelopeError> {
        if let Some(stranger) = gone.iter().find(|gone| !self.readers().any(|reader| reader == **gone)) {
            return Err(EnvelopeError::NotThere(*stranger));
        }
        let left: Vec<ReaderKey> = self.readers().filter(|reader| !gone.contains(reader)).collect();
        Ok(Envelope::seal(&self.open(secret)?, &left, place)?.document(Object::new()))
    }
}

/// The documents of a transaction, with it.
fn documents(transaction: &Transaction) -> impl Iterator<Item = (&Transaction, &Object)> {
    let data = match transaction.asset() {
        Asset::Data(data) => data.as_ref(),
        Asset::Id(_) => None,
    };
    data.into_iter().chain(transaction.metadata()).map(move |document| (transaction, document))
}
