//! A program that wants a run, and asks again where it was told nothing.
//!
//! Owns when it asks. Like any program it repeats a request with the same key.

use super::Schedule;
use crate::dice::Dice;
use crate::stage::Wish;

/// In so many of a hundred schedules it asks once more, whatever it was told.
const AGAIN_PERCENT: u32 = 40;

impl Schedule<'_> {
    /// Before anything else happens.
    pub(crate) async fn invite_a_program(&mut self, mut dice: Dice) {
        let token = self.stage.mint().await;
        self.trace.note(&self.stage.time, "a program asks for a run".to_owned());
        self.wish = Some(self.stage.wish(&token).await);
        if self.wish == Some(Wish::Uncertain) || dice.percent(AGAIN_PERCENT) {
            self.trace.note(&self.stage.time, "it asks again".to_owned());
            let again = self.stage.wish(&token).await;
            self.wish = self.wish.filter(|first| *first == Wish::Acknowledged).or(Some(again));
        }
    }
}
