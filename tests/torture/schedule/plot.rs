//! What a schedule is about, where it is about something that chance alone hardly ever brings together.
//!
//! Owns the drawing of plots, and of what is said and goes wrong in each. Never plays one.

use failpoint::Safeguard;

use crate::comments::{self, Plan};
use crate::dice::Dice;
use crate::faults::{Oddity, Trouble};
use crate::stage::THIRD;

/// In so many of a hundred schedules whose webhooks name no installation the repository is renamed too.
const RENAMED_BESIDES_PERCENT: u32 = 40;

/// In so many of a hundred nights they name none: then nobody knows where to ask when the App is gone.
const UNNAMED_AT_NIGHT_PERCENT: u32 = 40;

/// In so many of a hundred rushes somebody takes a command back, and in so many a claim is in the line that isn't there.
const TAKEN_BACK_PERCENT: u32 = 30;
const LEFT_IN_LINE_PERCENT: u32 = 20;

/// A rule that isn't there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// One of the product's.
    Of(Safeguard),
    /// The fence: runs act whatever they are answered.
    Fence,
}

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
    /// Two runs of one call that ask whether they may act, or one that nobody named, while a worker hears GitHub's answer.
    Fence,
    /// A run that somebody runs again while a new command lines up in its conversation.
    RunAgain,
    /// The same, while a new command is about to start there.
    RunAgainFirst,
    /// The same, while people are told of its end.
    RunAgainUntold,
    /// A plan whose run ends unheard.
    Planning,
    /// A command that somebody takes back while one of its two workers hears GitHub's answer to the dispatch.
    TakenBack,
    /// A pull request that is closed while a command waits there.
    Closing,
}

impl Lack {
    pub(super) fn of_the_product(self) -> Option<Safeguard> {
        match self {
            Self::Of(safeguard) => Some(safeguard),
            Self::Fence => None,
        }
    }
}

impl Plot {
    /// Where a rule is taken away, what that rule is for.
    pub(crate) fn draw(lack: Option<Lack>, dice: &mut Dice) -> Self {
        match lack {
            Some(Lack::Of(Safeguard::EpochCheck)) => return Self::TwoAtOnce,
            Some(Lack::Fence) => return Self::Fence,
            Some(Lack::Of(Safeguard::IntentBeforePost)) | None => {}
        }
        dice.weighed(&[
            (28, Self::Any),
            (19, Self::Doubt),
            (10, Self::Night),
            (8, Self::Rush),
            (8, Self::DeathAtTheDispatch),
            (4, Self::TwoAtOnce),
            (8, Self::Twins),
            (5, Self::Fence),
            (4, Self::RunAgain),
            (1, Self::RunAgainFirst),
            (2, Self::RunAgainUntold),
            (2, Self::Planning),
            (3, Self::TakenBack),
            (2, Self::Closing),
        ])
    }

    /// How many runs may be in progress at once in the repository where most is said.
    pub(crate) fn slots(self, dice: &mut Dice) -> i64 {
        match self {
            Self::RunAgain | Self::Closing => 1,
            Self::Rush => dice.of_these(&[1, 2]),
            _ => 2,
        }
    }

    /// Where an invocation is left standing while anything else can happen.
    pub(crate) fn leaves_standing_at(self, place: &str) -> bool {
        let places: &[&str] = match self {
            Self::Twins => &["worker::look::note_strays#", "worker::tell::explained#"],
            Self::RunAgain => &["worker::line::line_up#"],
            Self::RunAgainFirst => &["worker::start::start#1"],
            // By then it is known why the run failed.
            Self::RunAgainUntold => &["worker::tell::explained#3"],
            Self::TakenBack | Self::Fence => &["worker::start::record_answer#"],
            _ => &[],
        };
        places.iter().any(|left| place.starts_with(left))
    }

    /// What people say, the first of it last.
    pub(crate) fn to_say(self, dice: &mut Dice) -> Vec<Plan> {
        let by_the_plot: &[u64] = match self {
            Self::Rush => &[5, THIRD, 1],
            // Of the others, it is said before they begin.
            Self::Any | Self::RunAgain | Self::RunAgainFirst | Self::RunAgainUntold | Self::Closing => &[],
            Self::Planning => &[4],
            Self::Doubt
            | Self::Night
            | Self::DeathAtTheDispatch
            | Self::TwoAtOnce
            | Self::Twins
            | Self::Fence
            | Self::TakenBack => &[1],
        };
        let by_chance = if self.is_of_one_message() { 0 } else { dice.weighed(&[(50, 1), (35, 2), (15, 3)]) };
        let mut to_say: Vec<Plan> = (0..by_chance).map(|_| comments::plan(dice)).collect();
        if self == Self::TakenBack || self == Self::Rush && dice.percent(TAKEN_BACK_PERCENT) {
            to_say.push(comments::plan_to_take_back(1));
        }
        to_say.extend(by_the_plot.iter().copied().map(comments::plan_of_a_run));
        to_say
    }

    /// In which way GitHub takes dispatches from the beginning.
    pub(crate) fn oddity(self, dice: &mut Dice) -> Option<Oddity> {
        let twins = [Oddity::StartsTwo, Oddity::StartsTwoAndKeepsThem];
        match self {
            Self::Twins => Some(dice.of_these(&twins)),
            Self::Fence => Some(dice.weighed(&[(35, twins[0]), (35, twins[1]), (30, Oddity::NamesNoRun)])),
            _ => None,
        }
    }

    /// What goes wrong, the first of it last.
    pub(crate) fn to_come(self, dice: &mut Dice) -> Vec<Trouble> {
        let by_chance = if self.is_of_one_message() {
            dice.weighed(&[(70, 0), (30, 1)])
        } else {
            dice.weighed(&[(15, 0), (40, 1), (30, 2), (15, 3)])
        };
        let mut to_come: Vec<Trouble> = (0..by_chance).map(|_| Trouble::draw(dice)).collect();
        to_come.extend(self.by_the_plot(dice));
        if self == Self::Night && dice.percent(UNNAMED_AT_NIGHT_PERCENT) {
            to_come.push(Trouble::Unnamed { besides: None });
        }
        let is_unnamed = to_come.iter().any(|trouble| matches!(trouble, Trouble::Unnamed { .. }));
        if is_unnamed && dice.percent(RENAMED_BESIDES_PERCENT) {
            to_come.push(Trouble::Renamed);
        }
        to_come
    }

    fn by_the_plot(self, dice: &mut Dice) -> Vec<Trouble> {
        match self {
            Self::Doubt => vec![Trouble::draw_a_doubt(dice)],
            Self::Rush if dice.percent(LEFT_IN_LINE_PERCENT) => vec![Trouble::LeftInLine],
            Self::Planning => vec![Trouble::RunEndsUnheard],
            Self::TakenBack => Trouble::between_two_workers().into(),
            Self::Closing => vec![Trouble::PullRequestCloses, Trouble::no_edit_for_a_while()],
            _ => Vec::new(),
        }
    }

    /// Whether little else is to stand in the way of what it is about.
    const fn is_of_one_message(self) -> bool {
        self.is_about_a_moment()
            || matches!(self, Self::DeathAtTheDispatch | Self::TwoAtOnce | Self::Twins | Self::Fence | Self::Planning)
    }

    /// How often runs move, beside everything else.
    pub(crate) const fn moves_runs(self) -> u32 {
        match self {
            Self::Twins | Self::Fence => 20,
            // What moves is over before the night.
            Self::Night | Self::Planning => 1,
            _ => 3,
        }
    }

    /// Whether a message is at two workers at once.
    pub(crate) const fn copies(self) -> bool {
        matches!(self, Self::TwoAtOnce | Self::TakenBack)
    }

    /// Whether it is about a moment, which nothing but its own trouble is to pass over: no death, no sweep, little time.
    pub(crate) const fn is_about_a_moment(self) -> bool {
        self.is_about_a_run_again() || matches!(self, Self::TakenBack | Self::Closing)
    }

    /// Whether somebody runs a run again just when an invocation is left standing.
    pub(crate) const fn is_about_a_run_again(self) -> bool {
        matches!(self, Self::RunAgain | Self::RunAgainFirst | Self::RunAgainUntold)
    }

    /// Whether there is a second act.
    pub(crate) const fn goes_on(self) -> bool {
        matches!(self, Self::Doubt | Self::Night)
    }
}
