//! What a transaction asks for: one kind of message each, made valid by parsing.

use std::{fmt, marker::PhantomData};

use prost::Name;
use sirius_primitives::Address;
use sirius_store::Write;
use tendermint_proto::google::protobuf::Any;

use crate::{Chain, Context, Error, Refusal, tx::error::Refused};

/// A message that passed every check which needs no state; executing it makes the checks that do.
pub trait Message: Sized + fmt::Debug + Send + Sync + 'static {
    /// Its protobuf form, whose name is its type URL.
    type Wire: prost::Message + Name + Default;
    /// What executing it answers.
    type Response: prost::Message + Name + Default;
    /// The field of the wire form that names the (first) signer, from which command lines fill it in; a dot leads into
    /// the first element of a repeated field.
    const SIGNER: &'static str;
    /// Fields of the wire form that people may leave out; they are then what the contract says of an unset one. One that
    /// this form does not have counts for nothing.
    const OPTIONAL: &'static [&'static str] = &[];

    /// Checks the wire form; the only way to make the message.
    ///
    /// # Errors
    /// The first thing wrong with it.
    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal>;

    /// Whose signatures it needs: at least one account, the first of which pays the fee.
    fn signers(&self) -> Vec<Address>;

    /// Does it. What it wrote and emitted before a refusal is dropped by the caller.
    ///
    /// # Errors
    /// A refusal, or a fault of this node.
    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error>;
}

/// A parsed message whose kind is known only to its module.
pub trait Executable: fmt::Debug + Send + Sync {
    /// The type URL it came under.
    fn type_url(&self) -> &str;

    /// The module it belongs to.
    fn module(&self) -> &'static str;

    /// See [`Message::signers`].
    fn signers(&self) -> Vec<Address>;

    /// See [`Message::execute`]; the answer is packed.
    ///
    /// # Errors
    /// A refusal, or a fault of this node.
    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Any, Error>;
}

#[derive(Debug)]
struct Parsed<M> {
    message: M,
    type_url: String,
    module: &'static str,
}

impl<M: Message> Executable for Parsed<M> {
    fn type_url(&self) -> &str {
        &self.type_url
    }

    fn module(&self) -> &'static str {
        self.module
    }

    fn signers(&self) -> Vec<Address> {
        self.message.signers()
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Any, Error> {
        let response = self.message.execute(ctx, state)?;
        Ok(Any { type_url: type_url::<M::Response>(), value: prost::Message::encode_to_vec(&response) })
    }
}

/// The type URL of a protobuf message as Cosmos writes it: `/package.Name`.
pub fn type_url<N: Name>() -> String {
    format!("/{}", N::full_name())
}

/// Decodes protobuf bytes that must be in canonical form: encoding the result gives the same bytes.
///
/// It refuses unknown fields, fields out of order, explicit defaults and trailing bytes, so that a transaction has one
/// form and one hash.
///
/// # Errors
/// Which part could not be decoded, or is not canonical.
pub fn decode_canonical<W: prost::Message + Default>(what: &str, bytes: &[u8]) -> Result<W, Refusal> {
    let wire = W::decode(bytes)
        .map_err(|error| Refused::Undecodable { what: what.into(), cause: error.to_string() })?;
    // The cheap test first: most malformed input differs in length.
    if wire.encoded_len() != bytes.len() || wire.encode_to_vec() != bytes {
        return Err(Refused::NotCanonical { what: what.into() }.into());
    }
    Ok(wire)
}

/// How the registry makes messages of one kind.
pub(crate) trait Parser: Send + Sync {
    /// Decodes and checks; see [`Message::parse`].
    fn parse(&self, bytes: &[u8], chain: &Chain) -> Result<Box<dyn Executable>, Refusal>;
}

pub(crate) struct ParserOf<M> {
    module: &'static str,
    message: PhantomData<fn() -> M>,
}

impl<M> ParserOf<M> {
    pub(crate) fn new(module: &'static str) -> Self {
        Self { module, message: PhantomData }
    }
}

impl<M: Message> Parser for ParserOf<M> {
    fn parse(&self, bytes: &[u8], chain: &Chain) -> Result<Box<dyn Executable>, Refusal> {
        let type_url = type_url::<M::Wire>();
        let wire = decode_canonical::<M::Wire>(&type_url, bytes)?;
        Ok(Box::new(Parsed { message: M::parse(wire, chain)?, type_url, module: self.module }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;

    use super::*;

    #[test]
    fn one_meaning_has_one_form() {
        let check = |bytes: &[u8], code| {
            let found =
                decode_canonical::<Coin>("a coin", bytes).map_err(|refusal| (refusal.space, refusal.code));
            assert_eq!(found.map(|_| ()), code, "{bytes:02x?}");
        };
        check(&[], Ok(()));
        check(&[0x0a, 1, b'a', 0x12, 1, b'7'], Ok(()));
        check(&[0x12, 1, b'7', 0x0a, 1, b'a'], Err(("tx", 1)));
        check(&[0x0a, 1, b'b', 0x0a, 1, b'a'], Err(("tx", 1)));
        check(&[0x0a, 0], Err(("tx", 1)));
        check(&[0x0a, 0x81, 0x00, b'a'], Err(("tx", 1)));
        check(&[0x1a, 0], Err(("tx", 1)));
        check(&[0x0a, 2, b'a'], Err(("sdk", 2)));
        check(&[0x0a, 1, 0xff], Err(("sdk", 2)));
        check(&[0], Err(("sdk", 2)));
    }
}
