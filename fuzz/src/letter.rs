//! What readers of the database hold: a token that opens its nodes, and a document that is sealed to them.

use std::sync::LazyLock;

use mongo_ledger_core::{
    json::{Object, Value},
    key::SecretKey,
    pass::Pass,
    transaction::{
        Asset, Transaction,
        build::{self, Share},
    },
};
use sirius_sdk::database::envelope::{Envelope, EnvelopeError, Place, ReaderSecret, Sealed};

/// When tokens are looked at, in seconds since 1970.
pub const NOW: u64 = 1_700_000_000;
/// The `of` of an addition that means the letter, whose id is another one in each process.
const IT: &str = "it";

/// Whose tokens and letters they are.
pub fn signer() -> SecretKey {
    SecretKey::new(&[7; 32])
}

/// What a token says.
pub fn pass() -> Pass {
    let key = signer().public().to_string();
    Pass { chain: "chain".into(), key, audience: "node".into(), until: NOW + 3_600 }
}

/// A document that is sealed to its author, as an asset of the database.
pub struct Letter {
    /// What is sealed.
    pub document: Object,
    transaction: Transaction,
}

impl Letter {
    /// The one that all inputs of a process meet.
    pub fn the() -> &'static Self {
        static THE: LazyLock<Letter> = LazyLock::new(Letter::seal);
        &THE
    }

    fn seal() -> Self {
        let (document, author) = (document(), signer());
        let sealed =
            Envelope::seal(&document, &[reader().public()], &place()).expect("one reader and a short text");
        let share = [Share::to(author.public(), 1)];
        let made = build::create(&[author.public()], &share, Some(sealed.document(Object::new())), None);
        Self { document, transaction: made.sign(&[&author]).expect("the author signs") }
    }

    /// What an envelope in the letter's place opens to for its reader.
    pub fn opens(&self, envelope: &Envelope) -> Option<Object> {
        envelope.open(&reader(), &place(), &[]).ok()
    }

    /// What the letter opens to for its reader when somebody adds a document to its asset; `None` where the chain takes no
    /// such document.
    pub fn opens_beside(&self, mut document: Object) -> Option<Result<Object, EnvelopeError>> {
        if let Some(Value::Object(more)) = document.get_mut("readers")
            && more.get("of").and_then(Value::as_str) == Some(IT)
        {
            more.insert("of".to_owned(), self.transaction.id().to_string().into());
        }
        let author = signer();
        let added = build::record(&[author.public()], Asset::Id(*self.transaction.id()), Some(document));
        let added = added.sign(&[&author]).ok()?;
        Some(Sealed::latest(&[self.transaction.clone(), added]).and_then(|sealed| sealed.open(&reader())))
    }

    /// An envelope of the same document, as it stands in a transaction.
    pub fn envelope() -> Object {
        let sealed = Envelope::seal(&document(), &[reader().public()], &place());
        sealed.expect("one reader and a short text").document(Object::new())
    }

    /// An addition that lets somebody in.
    pub fn addition(&self) -> Object {
        let sealed = Sealed::latest(std::slice::from_ref(&self.transaction)).expect("it is sealed");
        let other = ReaderSecret::derive(&[8; 32]).public();
        let mut document = sealed.admit(&reader(), &[other]).expect("a reader lets in");
        if let Some(Value::Object(more)) = document.get_mut("readers") {
            more.insert("of".to_owned(), IT.to_owned().into());
        }
        document
    }
}

fn document() -> Object {
    Object::from([("salary".to_owned(), Value::from(41_i64))])
}

fn reader() -> ReaderSecret {
    ReaderSecret::derive(&[7; 32])
}

fn place() -> Place {
    Place::new(None, [signer().public()])
}
