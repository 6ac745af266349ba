//! What the targets share: a small chain in memory, and how the fuzzer's bytes become what strangers send.

mod forgery;
mod input;
mod letter;
mod shipment;
mod step;
mod world;

pub use forgery::Forgery;
pub use input::{Input, Output};
pub use letter::{Letter, NOW, pass, signer};
pub use shipment::{SHIPPED, Shipment, Shipped};
pub use step::{MOST, Step, transactions};
pub use world::{
    CHAIN, LIMITS, PLAYERS, WORLD, World, address, any, genesis, key, paths, payment, question, sections,
    tag, text,
};

/// Says, once in a run, that an input got through the parser to what lies behind it. `.ci/fuzz` fails a target whose
/// corpus holds no such input: it would try the first line of a parser and nothing else.
pub fn taken() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| eprintln!("an input was taken"));
}
