//! What a schedule is about, where it is about something that chance alone hardly ever brings together.
//!
//! Owns the drawing of plots, and of what is said and goes wrong in each. Never plays one.

use failpoint::Safeguard;

use crate::comments::{self, Plan};
use crate::dice::Dice;
use crate::faults::Trouble;
use crate::stage::THIRD;

/// In so many of a hundred schedules whose webhooks name no installation the repository is renamed too.
const RENAMED_BESIDES_PERCENT: u32 = 40;

/// In so many of a hundred nights they name none: then nobody knows where to ask when the App is gone.
const UNNAMED_AT_NIGHT_PERCENT: u32 = 40;

/// What a schedule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plot {
    /// Nothing but chance.
    Any,
    /// A dispatch of which nobody knows whether GitHub has taken it.
    Doubt,
    /// Hours or days in which little moves, and something may be out for all of them.
    Night,
    /// More conversations at once than the repository has slots.
    Rush,
    /// A worker that dies somewhere in the dispatch, and what comes of its message.
    DeathAtTheDispatch,
    /// Two workers that have one message at the same time.
    TwoAtOnce,
    /// Two runs of one call, which move while workers are busy with each.
    Twins,
}

impl Plot {
    /// Where a rule is taken away, what that rule is for.
    pub(crate) fn draw(removed: Option<Safeguard>, dice: &mut Dice) -> Self {
        if removed == Some(Safeguard::EpochCheck) {
            return Self::TwoAtOnce;
        }
        dice.weighed(&[
            (45, Self::Any),
            (20, Self::Doubt),
            (10, Self::Night),
            (5, Self::Rush),
            (8, Self::DeathAtTheDispatch),
            (4, Self::TwoAtOnce),
            (8, Self::Twins),
        ])
    }

    /// What people say, the first of it last.
    pub(crate) fn to_say(self, dice: &mut Dice) -> Vec<Plan> {
        let by_the_plot: &[u64] = match self {
            Self::Any => &[],
            Self::Rush => &[5, THIRD, 1],
            Self::Doubt | Self::Night | Self::DeathAtTheDispatch | Self::TwoAtOnce | Self::Twins => &[1],
        };
        let by_chance = if self.is_of_one_message() { 0 } else { dice.weighed(&[(50, 1), (35, 2), (15, 3)]) };
        let mut to_say: Vec<Plan> = (0..by_chance).map(|_| comments::plan(dice)).collect();
        to_say.extend(by_the_plot.iter().copied().map(comments::plan_of_a_run));
        to_say
    }

    /// What goes wrong, the first of it last.
    pub(crate) fn to_come(self, dice: &mut Dice) -> Vec<Trouble> {
        let by_chance = if self.is_of_one_message() {
            dice.weighed(&[(70, 0), (30, 1)])
        } else {
            dice.weighed(&[(15, 0), (40, 1), (30, 2), (15, 3)])
        };
        let mut to_come: Vec<Trouble> = (0..by_chance).map(|_| Trouble::draw(dice)).collect();
        if self == Self::Doubt {
            to_come.push(Trouble::draw_a_doubt(dice));
        }
        if self == Self::Night && dice.percent(UNNAMED_AT_NIGHT_PERCENT) {
            to_come.push(Trouble::Unnamed { besides: None });
        }
        let is_unnamed = to_come.iter().any(|trouble| matches!(trouble, Trouble::Unnamed { .. }));
        if is_unnamed && dice.percent(RENAMED_BESIDES_PERCENT) {
            to_come.push(Trouble::Renamed);
        }
        to_come
    }

    /// Whether little else is to stand in the way of one message.
    const fn is_of_one_message(self) -> bool {
        matches!(self, Self::DeathAtTheDispatch | Self::TwoAtOnce | Self::Twins)
    }

    /// Whether there is a second act.
    pub(crate) const fn goes_on(self) -> bool {
        matches!(self, Self::Doubt | Self::Night)
    }
}
