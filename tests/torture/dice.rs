//! Chance, from one seed: the same seed throws the same.

use std::ops::Range;

/// The dice of one schedule.
#[derive(Debug, Clone)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Dice of their own for one purpose, so that throws for another don't change these.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether it happens, with this many chances in a hundred.
    pub(crate) fn percent(&mut self, chances: u32) -> bool {
        self.0.u32(0..100) < chances
    }

    pub(crate) fn within(&mut self, range: Range<u32>) -> u32 {
        self.0.u32(range)
    }

    /// An index below a length, which is not zero.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.0.usize(0..length)
    }

    pub(crate) fn of_these<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// One of these, each with its weight; at least one weighs something.
    pub(crate) fn weighed<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let mut throw = self.0.u32(0..choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if throw < *weight {
                return *choice;
            }
            throw -= weight;
        }
        unreachable!("the throw is below the sum of the weights")
    }
}
