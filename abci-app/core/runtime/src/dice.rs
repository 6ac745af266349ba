//! Chance for the simulator: numbers from a seed, and the world a random move may choose from.

use sirius_primitives::{Address, PublicKey, Timestamp};
use sirius_store::{Fault, Read};
use tendermint_proto::google::protobuf::Any;

use crate::Chain;

/// A stream of numbers that depends on its seed alone (SplitMix64, Steele et al. 2014). Not for secrets.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// Whether something happens that happens once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `things`; `None` when there are none.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(things.len()).unwrap_or(0));
        things.get(usize::try_from(index).unwrap_or(0))
    }
}

/// Makes a key that nobody uses yet, and its signature over a message.
pub type SpareKey<'a> = dyn Fn(&mut Dice, &[u8]) -> (PublicKey, Vec<u8>) + 'a;

/// What a random move may look at.
pub struct World<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The accounts that play, among them some that have nothing.
    pub players: &'a [Address],
    /// The time of the block that is being made, or of the one before.
    pub time: Timestamp,
    /// For moves that change a key.
    pub spare_key: &'a SpareKey<'a>,
    /// The state before the move.
    pub state: &'a dyn Read,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("players", &self.players).finish_non_exhaustive()
    }
}

/// Makes a plausible message of `player`, mostly one that succeeds; `None` when there is nothing to do.
pub type Move = fn(&mut Dice, &World<'_>, player: Address) -> Result<Option<Any>, Fault>;

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the reference implementation (Vigna, `splitmix64.c`) for seed 1234567.
    #[test]
    fn rolls_what_splitmix64_rolls() {
        let mut dice = Dice::new(1_234_567);
        let rolled = [dice.roll(), dice.roll(), dice.roll()];
        assert_eq!(rolled, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn keeps_to_its_bounds() {
        let mut dice = Dice::new(7);
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick::<u8>(&[]), None);
        assert!((0..1_000).all(|_| dice.below(3) < 3));
        assert!((0..1_000).all(|_| dice.pick(&[1, 2]).is_some()));
        assert!((0..100).all(|_| dice.once_in(1)));
    }
}
