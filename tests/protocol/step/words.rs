//! A worker's steps in words, for whoever reads how a promise is broken.
//!
//! Owns the words. Never decides anything.

use std::fmt;

use super::Move;
use super::table::Wire;
use crate::state::{Event, Finding, RunSet};

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run { kept, others } if others.is_empty() => write!(f, "that it is run {}", kept.run.0 + 1),
            Self::Run { kept, others } => write!(f, "that it is run {}, beside {others}", kept.run.0 + 1),
            Self::Gone => write!(f, "that its run is gone"),
            Self::Strays(runs) => write!(f, "that there is {runs} besides"),
            Self::NotTaken => write!(f, "that the call was not taken"),
            Self::Refused => write!(f, "that GitHub refused"),
            Self::Doubt => write!(f, "that it is in doubt"),
            Self::Nothing => write!(f, "that the look found nothing"),
        }
    }
}

impl fmt::Display for RunSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|run| (run.0 + 1).to_string()).collect();
        f.write_str(if names.is_empty() { "none" } else { "run " })?;
        f.write_str(&names.join(" and "))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "requested",
            Self::InProgress => "in progress",
            Self::Completed => "completed",
        })
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = |wire: &Wire| match wire {
            Wire::Answered => "",
            Wire::AnswerLost => ", and the answer is lost",
            Wire::RequestLost => ", and the request is lost",
        };
        match self {
            Self::Read => write!(f, "is handed the claim and reads it"),
            Self::Hear(run, event) => write!(f, "hears of run {}: {event}; and reads the claim", run.0 + 1),
            Self::LastWord => write!(f, "gives the claim up"),
            Self::Intend(wire) => write!(f, "writes its intent{}", lost(wire)),
            Self::ReadBack => write!(f, "reads whether the intent is its own"),
            Self::Call(answer) => write!(f, "calls GitHub: {answer}"),
            Self::Record(finding, wire) => write!(f, "writes down {finding}{}", lost(wire)),
            Self::Look(runs) => write!(f, "lists the runs and sees {runs}"),
            Self::LookAtRun(others) => write!(f, "looks at the claim's run, and lists of the others {others}"),
            Self::Follow => write!(f, "writes what the event makes of the claim, or reads it again if it has moved"),
            Self::Note => write!(f, "puts the stray on record"),
            Self::Cancel => write!(f, "cancels a stray"),
            Self::Strike => write!(f, "takes the stray from the record"),
            Self::Tell => write!(f, "tells how it stands"),
            Self::Crash => write!(f, "dies"),
        }
    }
}
