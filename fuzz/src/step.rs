//! One transaction as the fuzzer describes it.
//!
//! ```text
//! 0 ‖ part                                                        any bytes
//! 1 ‖ player ‖ skip ‖ gas: 2 ‖ messages: 1 ‖ (tag: 2 ‖ part)…     messages with any content, rightly signed
//! 2 ‖ from ‖ to ‖ amount: 8                                       a payment that works
//! ```

use bytes::Bytes;
use sirius_ledger::base::auth;

use crate::{Input, Output, PLAYERS, World, address, any, payment};

/// How many transactions of one input: what is found with many is found with few, sooner.
pub const MOST: usize = 8;

/// How many messages one transaction has at most.
const MOST_MESSAGES: u8 = 4;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Any bytes.
    Raw(Vec<u8>),
    /// Messages with any content, rightly signed, so that they reach their handlers.
    Signed {
        /// Who signs.
        player: u8,
        /// From 128 on the sequence is one too high.
        skip: u8,
        /// Gas, in thousands.
        gas: u16,
        /// Which message, by the tag of its type, and its bytes.
        messages: Vec<(u16, Vec<u8>)>,
    },
    /// A payment that works.
    Payment {
        /// From whom.
        from: u8,
        /// To whom.
        to: u8,
        /// How much.
        amount: u64,
    },
}

impl Step {
    /// Every step of an input.
    pub fn read(input: &mut Input<'_>) -> Vec<Self> {
        let mut steps = Vec::new();
        while !input.is_empty() && steps.len() < MOST {
            steps.push(match input.byte() % 3 {
                0 => Self::Raw(input.part().to_vec()),
                1 => Self::Signed {
                    player: input.byte(),
                    skip: input.byte(),
                    gas: input.number(),
                    messages: (0..input.byte() % (MOST_MESSAGES + 1))
                        .map(|_| (input.number(), input.part().to_vec()))
                        .collect(),
                },
                _ => Self::Payment { from: input.byte(), to: input.byte(), amount: input.amount() },
            });
        }
        steps
    }

    /// Writes what [`Step::read`] reads.
    pub fn write(&self, output: Output) -> Output {
        match self {
            Self::Raw(bytes) => output.byte(0).part(bytes),
            Self::Signed { player, skip, gas, messages } => {
                let count = u8::try_from(messages.len()).unwrap_or(MOST_MESSAGES).min(MOST_MESSAGES);
                let output = output.byte(1).byte(*player).byte(*skip).number(*gas).byte(count);
                let messages = messages.iter().take(usize::from(count));
                messages.fold(output, |output, (tag, value)| output.number(*tag).part(value))
            }
            Self::Payment { from, to, amount } => output.byte(2).byte(*from).byte(*to).amount(*amount),
        }
    }
}

/// The transactions of some steps, each player's sequence counted on.
pub fn transactions(world: &World, steps: &[Step]) -> Vec<Bytes> {
    let sequence = |player| {
        auth::account(&world.state, &address(player)).ok().flatten().map_or(0, |account| account.sequence)
    };
    let mut sequences: [u64; PLAYERS as usize] =
        std::array::from_fn(|player| sequence(u8::try_from(player).unwrap_or_default()));
    let mut next = |player: u8| {
        let sequence = &mut sequences[usize::from(player % PLAYERS)];
        *sequence += 1;
        *sequence - 1
    };
    let transaction = |step: &Step| match step {
        Step::Raw(bytes) => Bytes::from(bytes.clone()),
        Step::Signed { player, skip, gas, messages } => {
            let messages = messages.iter().map(|(tag, value)| any(world, *tag, value.clone())).collect();
            let sequence = next(*player) + u64::from(*skip / 128);
            world.sign(*player, sequence, u64::from(*gas) * 1_000, messages)
        }
        Step::Payment { from, to, amount } => {
            world.sign(*from, next(*from), 200_000, vec![payment(*from, *to, *amount)])
        }
    };
    steps.iter().take(MOST).map(transaction).collect()
}
