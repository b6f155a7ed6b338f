//! The protocol as stateright's model.
//!
//! Owns nothing but the wiring: where it starts, what may happen, what has to hold.

use stateright::{Model, Property};

use crate::properties;
use crate::rules::Rules;
use crate::state::State;
use crate::step::{self, Action};

impl Model for Rules {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::initial()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        step::possible(self, state, actions);
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let after = step::take(self, before, action)?;
        Some(if self.workers_are_alike { after.canonical() } else { after })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(*self)
    }
}
