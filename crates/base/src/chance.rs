//! Chance, injected: nonces, ids and jitter come from a [`Chance`], so that tests can repeat them.

use std::sync::{Mutex, PoisonError};

use crate::hex;

/// A source of random bytes.
pub trait Chance: Send + Sync + std::fmt::Debug {
    /// Fills `bytes` with chance.
    fn fill(&self, bytes: &mut [u8]);

    /// Returns 32 hexadecimal digits: a nonce or an id nobody else has.
    fn token(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        hex::encode(&bytes)
    }

    /// Returns a number in `0.0 .. 1.0`.
    fn fraction(&self) -> f64 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The operating system's random numbers; fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    /// # Panics
    ///
    /// When the operating system has no random numbers: nothing safe can be done without them.
    #[expect(
        clippy::panic,
        reason = "no key or nonce can be made without randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system has no random numbers: {error}");
        }
    }
}

/// The same sequence for the same seed (splitmix64); for tests and simulations, never for keys.
#[derive(Debug)]
pub struct SeededChance {
    state: Mutex<u64>,
}

impl SeededChance {
    /// Returns the sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(seed),
        }
    }

    fn next(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_tokens_and_another_does_not() {
        assert_eq!(SeededChance::new(7).token(), SeededChance::new(7).token());
        assert_ne!(SeededChance::new(7).token(), SeededChance::new(8).token());
        assert_ne!(SystemChance.token(), SystemChance.token());
    }

    #[test]
    fn fractions_stay_below_one() {
        let chance = SeededChance::new(1);
        assert!(
            (0..10_000)
                .map(|_| chance.fraction())
                .all(|it| (0.0..1.0).contains(&it))
        );
    }
}
