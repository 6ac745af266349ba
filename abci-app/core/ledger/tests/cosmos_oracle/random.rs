//! Any values of any message, by its descriptor.

use prost::Message as _;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value,
};
use sirius_primitives::{AccountKey, Multisig, PublicKey};
use sirius_runtime::{VerbKind, dice::Dice, tx::pack_account_key};
use tendermint_proto::google::protobuf::Any;

/// Text with everything that JSON, Go or a browser would escape.
const ODD: &[char] = &[
    'a', 'Z', '0', ' ', '&', '<', '>', '"', '\\', '/', '\n', '\t', '\u{8}', '\u{c}', '\u{1}', '\u{7f}', 'é',
    '\u{2028}', '😀',
];

/// Fields that hold integers of 10^-18 parts.
const FRACTIONS: &[&str] = &["rate", "max_rate", "max_change_rate", "commission_rate", "weight"];

/// How deep messages are filled.
const DEPTH: usize = 3;

pub(crate) struct Random {
    pool: DescriptorPool,
    /// The full names of the registry's messages.
    messages: Vec<String>,
}

impl Random {
    pub(crate) fn new() -> Self {
        let registry = sirius_ledger::registry();
        let messages = registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Message);
        Self {
            pool: DescriptorPool::decode(sirius_ledger::DESCRIPTORS).unwrap(),
            messages: messages.map(|verb| verb.request.clone()).collect(),
        }
    }

    pub(crate) fn text(dice: &mut Dice) -> String {
        (0..dice.below(8)).map(|_| dice.pick(ODD).unwrap()).collect()
    }

    /// The next kind of message in turn, so that each is met as often; a second or third is any.
    pub(crate) fn message(&self, dice: &mut Dice, turn: usize, extra: u64) -> Any {
        let turn = if extra == 0 { turn } else { usize::try_from(dice.below(1_000)).unwrap() };
        let name = &self.messages[turn % self.messages.len()];
        self.pack(dice, name, 0)
    }

    fn pack(&self, dice: &mut Dice, name: &str, depth: usize) -> Any {
        let message = self.fill(dice, self.pool.get_message_by_name(name).unwrap(), depth);
        Any { type_url: format!("/{name}"), value: message.encode_to_vec() }
    }

    /// Something packed: an allowance, a message, or a key.
    fn any(&self, dice: &mut Dice, depth: usize) -> Any {
        match dice.below(3) {
            0 => self.pack(dice, "cosmos.feegrant.v1beta1.BasicAllowance", depth),
            1 if depth < DEPTH => {
                let name = dice.pick(&self.messages).unwrap().clone();
                self.pack(dice, &name, depth)
            }
            _ => pack_account_key(&key(dice)),
        }
    }

    fn fill(&self, dice: &mut Dice, descriptor: MessageDescriptor, depth: usize) -> DynamicMessage {
        let name = descriptor.full_name().to_owned();
        let mut message = DynamicMessage::new(descriptor.clone());
        match name.as_str() {
            "google.protobuf.Any" => {
                let any = self.any(dice, depth);
                message.set_field_by_name("type_url", Value::String(any.type_url));
                message.set_field_by_name("value", Value::Bytes(any.value.into()));
            }
            "google.protobuf.Timestamp" | "google.protobuf.Duration" => {
                let seconds = i64::try_from(dice.below(4_000_000_000)).unwrap() - 1_000_000_000;
                let nanos =
                    if dice.once_in(2) { 0 } else { 10_i32.pow(u32::try_from(dice.below(9)).unwrap()) };
                message.set_field_by_name("seconds", Value::I64(seconds));
                message.set_field_by_name("nanos", Value::I32(nanos));
            }
            _ => {
                for field in descriptor.fields() {
                    // Empty fields are where the rules differ.
                    if !dice.once_in(4) {
                        let value = self.field(dice, &field, depth);
                        message.set_field(&field, value);
                    }
                }
            }
        }
        message
    }

    fn field(&self, dice: &mut Dice, field: &FieldDescriptor, depth: usize) -> Value {
        if field.cardinality() == Cardinality::Repeated {
            return Value::List((0..dice.below(3)).map(|_| self.one(dice, field, depth)).collect());
        }
        self.one(dice, field, depth)
    }

    fn one(&self, dice: &mut Dice, field: &FieldDescriptor, depth: usize) -> Value {
        let wide = dice.roll() >> dice.below(64);
        match field.kind() {
            Kind::String if FRACTIONS.contains(&field.name()) => Value::String(wide.to_string()),
            Kind::String => Value::String(Self::text(dice)),
            Kind::Bytes => Value::Bytes(
                (0..dice.below(40)).map(|_| dice.roll().to_le_bytes()[0]).collect::<Vec<_>>().into(),
            ),
            Kind::Bool => Value::Bool(dice.once_in(2)),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(wide),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(wide.cast_signed()),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(u32::try_from(wide >> 32).unwrap()),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(u32::try_from(wide >> 32).unwrap().cast_signed())
            }
            Kind::Enum(kind) => {
                let numbers: Vec<_> = kind.values().map(|value| value.number()).collect();
                Value::EnumNumber(*dice.pick(&numbers).unwrap())
            }
            Kind::Message(inner) => Value::Message(self.fill(dice, inner, depth + 1)),
            Kind::Float | Kind::Double => panic!("{} is a floating-point number", field.full_name()),
        }
    }
}

/// Any key, of the three kinds.
fn key(dice: &mut Dice) -> AccountKey {
    let mut one = |kind: u64| {
        let mut bytes = [0; 33];
        bytes.iter_mut().for_each(|byte| *byte = dice.roll().to_le_bytes()[0]);
        bytes[0] = 2;
        match kind {
            0 => PublicKey::Secp256k1(bytes),
            _ => {
                let secret: [u8; 32] = bytes[1..].try_into().unwrap();
                PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key().to_bytes())
            }
        }
    };
    let (first, second) = (one(0), one(1));
    match dice.below(3) {
        0 => first.into(),
        1 => second.into(),
        _ => AccountKey::Multisig(Multisig::new(2, vec![first, second]).unwrap()),
    }
}
