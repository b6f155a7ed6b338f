//! What happened in a schedule, step by step, for whoever has to understand it.

use std::fmt;

use domain::claim::ClaimId;
use jiff::SignedDuration;

use crate::time::Time;

/// Ids that GitHub gives have so many digits, and differ each time.
const DIGITS_OF_AN_ID: usize = 9;

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Trace(Vec<(SignedDuration, String)>);

impl Trace {
    pub(crate) fn note(&mut self, time: &Time, step: String) {
        self.0.push((time.elapsed(), step));
    }

    /// The steps with their times, and without what differs each time.
    pub(crate) fn without_ids(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(at, step)| {
            let is_number =
                |word: &str| word.len() >= DIGITS_OF_AN_ID && word.bytes().all(|byte| byte.is_ascii_digit());
            let is_id = |word: &&str| is_number(word) || word.parse::<ClaimId>().is_ok();
            let words = step.split(|c: char| !c.is_ascii_alphanumeric());
            let step = words.filter(is_id).fold(step.clone(), |step, id| step.replace(id, "…"));
            format!("{at:#} {step}")
        })
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in &self.0 {
            writeln!(f, "  {:>9.3} s  {step}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
