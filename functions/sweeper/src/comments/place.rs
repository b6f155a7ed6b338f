//! How far a repository's comments were read, and which of the next ones is a command.
//!
//! Owns that reading goes on where it ended: never past a comment that may still be delivered, never before the mapping
//! was made, and never around in a circle. Pure: never reads a comment itself, and takes the time as an argument.

use domain::command::Command;
use domain::ids::{InstallationId, RepoId};
use domain::repo_name::RepoFullName;
use github::RecentComment;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The webhook of a comment may be this long on its way.
const DELIVERED_WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// Nobody waits for an older command's answer any more. Much shorter than a command that was taken is remembered.
const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far a time to ask from may fall behind that: one that moved with each look would never be the same question again.
const LAG: SignedDuration = SignedDuration::from_hours(24);
/// GitHub's times are whole seconds.
const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How far a repository was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The version of the mapping that it was last read under.
    version: Option<u64>,
    /// When that mapping was made.
    made_at: Timestamp,
    /// Every comment that was last touched before is dealt with.
    since: Timestamp,
    /// That of GitHub's last answer to the same question.
    etag: Option<String>,
    /// Where the repository is, once GitHub was asked.
    home: Option<Home>,
    /// Whether GitHub has refused us there since.
    #[serde(default)]
    is_home_in_doubt: bool,
}

/// Where a repository is at GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Home {
    pub(super) id: RepoId,
    /// Its name as last heard: another one than the mapping's after a rename.
    pub(super) name: RepoFullName,
    /// The installation that covers it.
    pub(super) installation: InstallationId,
}

/// What to do about a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It, and all behind it, may still be delivered.
    TooEarly,
    /// It is nothing to us.
    Nothing,
    /// It is a command.
    Command(Command),
}

impl Place {
    pub(super) fn is_of_version(&self, version: u64) -> bool {
        self.version == Some(version)
    }

    /// The mapping is another one than before, or was changed. One that was made again begins anew.
    pub(super) fn start_under(&mut self, version: u64, made_at: Timestamp) {
        self.version = Some(version);
        self.made_at = made_at;
        if self.since < made_at {
            self.move_to(made_at);
        }
    }

    /// Where the repository is, as far as is known.
    pub(super) const fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// Whether it has to be asked for again.
    pub(super) const fn is_home_in_doubt(&self) -> bool {
        self.is_home_in_doubt
    }

    /// GitHub has told where the repository is.
    pub(super) fn settle_at(&mut self, home: Home) {
        self.home = Some(home);
        self.is_home_in_doubt = false;
    }

    /// GitHub has refused us there: the repository may have another name or another installation.
    pub(super) const fn doubt_home(&mut self) {
        self.is_home_in_doubt = true;
    }

    /// The time to ask from.
    pub(super) fn since(&mut self, now: Timestamp) -> Timestamp {
        if self.since < now - LOOKS_BACK - LAG {
            self.move_to(now - LOOKS_BACK);
        }
        self.since
    }

    /// What is known of the answer.
    pub(super) fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// What a comment is to us. An edited one is nothing: what it said when it was written is not known.
    pub(super) fn judge(&self, comment: &RecentComment, now: Timestamp) -> Step {
        if comment.updated_at > now - DELIVERED_WITHIN {
            return Step::TooEarly;
        }
        let is_heard = comment.created_at == comment.updated_at
            && comment.created_at >= self.made_at
            && !comment.by_app
            && comment.author.as_ref().is_some_and(|author| author.is_person);
        let command = is_heard.then(|| Command::parse(&comment.body)).flatten();
        command.map_or(Step::Nothing, Step::Command)
    }

    /// A comment is dealt with. Others may have been touched in the same second.
    pub(super) fn pass(&mut self, comment: &RecentComment) {
        if self.since < comment.updated_at {
            self.move_to(comment.updated_at);
        }
    }

    /// Everything was read that there is since that time. The answer's tag is good for the same question only.
    pub(super) fn end_of_list(&mut self, asked_since: Timestamp, etag: Option<String>) {
        self.etag = etag.filter(|_| self.since == asked_since);
    }

    /// There is more since that time than one page holds. Where all of it is of one second, that second is left.
    pub(super) fn end_of_full_page(&mut self, asked_since: Timestamp) {
        if self.since == asked_since {
            tracing::warn!(second = %self.since, "more comments in one second than a page holds");
            self.move_to(self.since + A_SECOND);
        }
    }

    fn move_to(&mut self, since: Timestamp) {
        self.since = since;
        self.etag = None;
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{CommentId, IssueNumber, UserId};
    use github::Author;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
    }

    fn comment(second: i64) -> RecentComment {
        RecentComment {
            id: CommentId::new(900),
            number: IssueNumber::new(5),
            author: Some(Author { id: UserId::new(4), login: "writer".into(), is_person: true }),
            by_app: false,
            body: "/ai-implement".into(),
            created_at: at(second),
            updated_at: at(second),
        }
    }

    fn place() -> Place {
        let mut place = Place::default();
        place.start_under(1, at(0));
        place
    }

    #[test]
    fn a_persons_unedited_command_after_the_mapping_is_heard() {
        let now = at(1_000);
        assert!(matches!(place().judge(&comment(10), now), Step::Command(_)));
        let bot = Author { id: UserId::new(4), login: "helper[bot]".into(), is_person: false };
        for (what, comment) in [
            ("edited", RecentComment { created_at: at(9), ..comment(10) }),
            ("before the mapping", comment(-1)),
            ("by an App", RecentComment { by_app: true, ..comment(10) }),
            ("by a bot", RecentComment { author: Some(bot), ..comment(10) }),
            ("by nobody", RecentComment { author: None, ..comment(10) }),
            ("no command", RecentComment { body: "thanks\n/ai-implement".into(), ..comment(10) }),
        ] {
            assert_eq!(place().judge(&comment, now), Step::Nothing, "{what}");
        }
    }

    #[test]
    fn what_may_still_be_delivered_is_not_passed() {
        assert_eq!(place().judge(&comment(10), at(129)), Step::TooEarly);
        assert!(matches!(place().judge(&comment(10), at(130)), Step::Command(_)));
        let edited = RecentComment { created_at: at(1), ..comment(10) };
        assert_eq!(place().judge(&edited, at(129)), Step::TooEarly, "others behind it may be new");
    }

    #[test]
    fn a_tag_is_kept_for_the_same_question_only() {
        let mut place = place();
        place.end_of_list(at(0), Some("empty".into()));
        assert_eq!(place.etag(), Some("empty"));
        place.pass(&comment(10));
        assert_eq!((place.since(at(20)), place.etag()), (at(10), None));
        place.end_of_list(at(0), Some("of the earlier question".into()));
        assert_eq!(place.etag(), None);
        place.end_of_list(at(10), Some("of this one".into()));
        place.pass(&comment(10));
        assert_eq!(place.etag(), Some("of this one"));
    }

    #[test]
    fn a_full_page_of_one_second_is_left_behind() {
        let mut place = place();
        place.pass(&comment(10));
        place.end_of_full_page(at(0));
        assert_eq!(place.since(at(20)), at(10), "the page has moved on by itself");
        place.pass(&comment(10));
        place.end_of_full_page(at(10));
        assert_eq!(place.since(at(20)), at(11));
    }

    #[test]
    fn a_mapping_that_was_made_again_begins_anew_and_a_changed_one_goes_on() {
        let mut place = place();
        place.pass(&comment(10));
        assert!(place.is_of_version(1) && !place.is_of_version(2));
        place.start_under(2, at(0));
        assert_eq!(place.since(at(20)), at(10));
        place.start_under(4, at(500));
        assert_eq!(place.since(at(600)), at(500));
        assert_eq!(place.judge(&comment(499), at(1_000)), Step::Nothing);
    }

    #[test]
    fn nobody_is_reminded_of_what_was_said_months_ago() {
        let now = at(0) + LOOKS_BACK + LAG + A_SECOND;
        assert_eq!(place().since(now), at(1) + LAG);
    }

    #[test]
    fn a_quiet_repository_is_asked_the_same_question_for_a_day() {
        let mut place = place();
        place.since(at(0) + LOOKS_BACK + LAG + A_SECOND);
        let asked = place.since;
        place.end_of_list(asked, Some("nothing new".into()));
        for look in [LOOKS_BACK + LAG + A_SECOND, LOOKS_BACK + LAG + LAG] {
            assert_eq!((place.since(at(0) + look), place.etag()), (asked, Some("nothing new")));
        }
    }

    #[test]
    fn a_home_is_kept_while_it_is_in_doubt() {
        let home = Home {
            id: RepoId::new(1),
            name: "octo/here".parse().expect("a name"),
            installation: InstallationId::new(2),
        };
        let mut place = place();
        place.settle_at(home.clone());
        place.doubt_home();
        assert_eq!((place.home(), place.is_home_in_doubt()), (Some(&home), true));
        place.settle_at(home);
        assert!(!place.is_home_in_doubt());
    }
}
