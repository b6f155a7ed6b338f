//! What can go wrong, and the drawing of it.
//!
//! Owns the catalogue. Each fault is one that GitHub, AWS or a process is known for; never one that no product could
//! survive.

mod drawn;
mod oddity;

use jiff::SignedDuration;
use local::sandbox::Fault;

use self::drawn::{
    call_that_fails, calls_that_are_refused, edits_that_fail, limited_dispatch, look_that_fails, outage,
    permission_that_is_missing, request_amid_few, request_that_fails, runs_that_are_forbidden, silence,
    table_that_is_out, unhelpful_dispatch,
};
pub(crate) use self::oddity::Oddity;
use crate::dice::Dice;
use crate::engine_proxy::Scripted;
use crate::stage::{REPOSITORIES, Stage};

/// A page has a hundred comments.
const CROWD: i64 = 120;

/// Something that will go wrong.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// A call to GitHub fails.
    GitHub(Fault),
    /// Requests to the tables fail.
    Engine(Scripted),
    /// GitHub starts runs in one of its odd ways.
    Dispatch(Oddity),
    /// GitHub forgets the tokens that it minted.
    TokensEnd,
    /// The App's key is replaced, and its secret follows only later.
    KeyRotates,
    /// A repository gets another name.
    Renamed,
    /// Webhooks don't name the installation, as those of repository hooks don't; and perhaps GitHub finds none for a
    /// moment, or limits whoever asks.
    Unnamed { besides: Option<u16> },
    /// Somebody deletes one of the App's comments.
    CommentVanishes,
    /// Somebody deletes a run.
    RunVanishes,
    /// Somebody starts a run by hand.
    RunByHand,
    /// The account removes the App.
    Uninstalled,
    /// GitHub takes no word of the App's until everything heals.
    Silence,
    /// Somebody closes a pull request.
    PullRequestCloses,
    /// The App is suspended and loses a repository, and has everything back a moment later.
    AppGoesAndComes,
    /// Many people talk in one conversation.
    Crowd,
    /// A run ends, and GitHub tells nobody.
    RunEndsUnheard,
    /// Somebody runs an ended run again.
    RunAgain,
    /// Another release leaves a place in the line behind, of a claim that isn't there.
    LeftInLine,
    /// Another release writes a claim's record, until it is rolled back.
    RecordTurns,
    /// Another release writes how far the round through the repositories is.
    CursorTurns,
}

impl Trouble {
    /// One after which nobody knows whether there is a run.
    pub(crate) fn draw_a_doubt(dice: &mut Dice) -> Self {
        if dice.percent(40) { Self::Dispatch(Oddity::Hides) } else { Self::GitHub(unhelpful_dispatch(dice)) }
    }

    /// What lasts for a whole night, if anything does.
    pub(crate) fn draw_for_a_night(dice: &mut Dice) -> Option<Self> {
        match dice.within(0..6) {
            0 => Some(Self::GitHub(outage())),
            1 => Some(Self::Silence),
            2 | 3 => Some(Self::Uninstalled),
            4 => Some(Self::GitHub(runs_that_are_forbidden())),
            _ => None,
        }
    }

    /// GitHub shows one of two workers nothing, and puts the other one's dispatch off.
    pub(crate) fn between_two_workers() -> [Self; 2] {
        [Self::GitHub(look_that_fails()), Self::GitHub(limited_dispatch())]
    }

    /// What the App has said stands as it is for a while.
    pub(crate) fn no_edit_for_a_while() -> Self {
        Self::GitHub(edits_that_fail())
    }

    /// The tables are out when a message comes for the last time.
    pub(crate) fn draw_at_the_last_delivery(dice: &mut Dice) -> Self {
        Self::Engine(table_that_is_out(dice))
    }

    /// The table fails one of the few requests that a run's question takes.
    pub(crate) fn draw_at_a_redemption(dice: &mut Dice) -> Self {
        Self::Engine(request_amid_few(dice))
    }

    /// No look at the list of runs succeeds for a while.
    pub(crate) fn draw_a_blind_look(dice: &mut Dice) -> Self {
        // After three short waits it waits on record.
        let times = dice.within(4..9);
        Self::GitHub(Fault { status: Some(502), times, ..Fault::on("GET", "/repos/*/actions/runs") })
    }

    pub(crate) fn draw(dice: &mut Dice) -> Self {
        match dice.within(0..114) {
            0..30 => Self::GitHub(call_that_fails(dice)),
            30..35 => Self::GitHub(unhelpful_dispatch(dice)),
            35..42 => Self::GitHub(calls_that_are_refused(dice)),
            42..65 => Self::Engine(request_that_fails(dice)),
            65..76 => Self::Dispatch(dice.of_these(&[
                Oddity::NamesNoRun,
                Oddity::StartsTwo,
                Oddity::StartsTwoAndKeepsThem,
                Oddity::RefusesTheField,
                Oddity::ListsLate,
                Oddity::Hides,
            ])),
            76 => Self::TokensEnd,
            77 => Self::CursorTurns,
            78..81 => Self::KeyRotates,
            81..83 => Self::GitHub(permission_that_is_missing(dice)),
            83..86 => Self::Unnamed { besides: dice.of_these(&[None, Some(404), Some(429)]) },
            86..88 => Self::Renamed,
            88..91 => Self::CommentVanishes,
            91..93 => Self::RunVanishes,
            93..95 => Self::RunByHand,
            95 => Self::Uninstalled,
            96 => Self::Crowd,
            97..101 => Self::RecordTurns,
            101..103 => Self::PullRequestCloses,
            103..106 => Self::AppGoesAndComes,
            106..110 => Self::RunAgain,
            110..112 => Self::RunEndsUnheard,
            _ => Self::LeftInLine,
        }
    }

    /// Whether it keeps the App from hearing or speaking until everything heals.
    pub(crate) const fn lasts(&self) -> bool {
        matches!(self, Self::Uninstalled | Self::Silence | Self::KeyRotates)
    }

    /// Its name, where it happens at once and nothing else counts it.
    pub(crate) const fn name(&self) -> Option<&'static str> {
        match self {
            Self::GitHub(_) | Self::Engine(_) | Self::Dispatch(_) => None,
            Self::TokensEnd => Some("ended tokens"),
            Self::KeyRotates => Some("rotated key"),
            Self::Renamed => Some("renamed repository"),
            Self::Unnamed { .. } => Some("unnamed installation"),
            Self::CommentVanishes => Some("deleted status comment"),
            Self::RunVanishes => Some("deleted run"),
            Self::RunByHand => Some("run by hand"),
            Self::Uninstalled => Some("uninstalled App"),
            Self::Silence => Some("silenced App"),
            Self::PullRequestCloses => Some("closed pull request"),
            Self::AppGoesAndComes => Some("App that goes and comes"),
            Self::Crowd => Some("crowded conversation"),
            Self::RunAgain => Some("run again"),
            Self::RunEndsUnheard => Some("end of a run that nobody is told of"),
            Self::LeftInLine => Some("place left in the line"),
            Self::RecordTurns => Some("record of another release"),
            Self::CursorTurns => Some("cursor of another release"),
        }
    }

    /// Lets it happen from now on.
    pub(crate) fn begins(&self, stage: &Stage<'_>) {
        match self {
            Self::GitHub(fault) => stage.sandbox.script_fault(fault.clone()),
            Self::Engine(scripted) => stage.proxy.script(*scripted),
            Self::Dispatch(oddity) => oddity.begins(stage),
            Self::TokensEnd => stage.sandbox.edit_world(|world| world.tokens.clear()),
            Self::KeyRotates => stage.rotate_key(false),
            Self::Renamed => stage.redirect(),
            Self::Unnamed { besides } => {
                stage.sandbox.edit_world(|world| world.installation.named_in_payloads = false);
                if let Some(status) = *besides {
                    let path = if status == 404 { "/repos/*/installation" } else { "/repos/*/pulls/*" };
                    stage.sandbox.script_fault(Fault { status: Some(status), times: 3, ..Fault::on("GET", path) });
                }
            }
            Self::Uninstalled => stage.uninstall(),
            Self::Silence => stage.sandbox.script_fault(silence()),
            Self::Crowd => crowd(stage),
            Self::LeftInLine => stage.leave_in_line(),
            // These ask for something that is there, or wait: the schedule does them.
            Self::CommentVanishes
            | Self::RunVanishes
            | Self::RunByHand
            | Self::RunAgain
            | Self::RunEndsUnheard
            | Self::RecordTurns
            | Self::CursorTurns
            | Self::PullRequestCloses
            | Self::AppGoesAndComes => {}
        }
    }
}

/// More was said, a comment a second, than a page of GitHub's lists holds.
fn crowd(stage: &Stage<'_>) {
    let repo = stage.repo_id(REPOSITORIES[0]).get();
    stage.sandbox.edit_world(|world| {
        for seconds in (1..=CROWD).rev() {
            let id = world.add_comment(repo, 1, "reader", "Looking forward to it.");
            let said = world.comments.iter_mut().find(|said| said.id == id).expect("it was just said");
            said.created_at -= SignedDuration::from_secs(seconds);
            said.updated_at = said.created_at;
        }
    });
}

/// Everything works from now on.
pub(crate) fn heal(stage: &Stage<'_>) {
    stage.proxy.heal();
    stage.post_box.heal();
    stage.sandbox.clear_faults();
    stage.redirect();
    stage.sandbox.edit_world(|world| world.dispatch_behaviour = local::sandbox::world::DispatchBehaviour::default());
    stage.rotate_key(true);
}

/// A step of the clock; mostly a short one while somebody works, who would be stopped at a time limit.
pub(crate) fn step(dice: &mut Dice, is_busy: bool) -> SignedDuration {
    if is_busy && dice.percent(80) {
        return SignedDuration::from_secs(i64::from(dice.within(1..16)));
    }
    let seconds = dice.weighed(&[(50, 2), (20, 15), (15, 70), (8, 200), (5, 400), (2, 4_000)]);
    SignedDuration::from_secs(i64::from(dice.within(1..seconds + 1)))
}
