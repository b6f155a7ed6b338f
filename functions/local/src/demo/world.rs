//! What the story reads from the sandbox's state document, and the look-ups in it.
//!
//! Everything is found by ids: the sandbox gives them out in rising order and never twice, so that what is newer than
//! a comment is known from its id, however long the system has been running. Never waits and never asks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

/// What every status comment carries, followed by its claim's id.
const STATUS_MARKER: &str = "<!-- ai-implement:status ";
/// How a status comment says that there is no run.
const NOT_STARTED: &str = "**Not started.**";
/// The words of a status comment whose run may be working still.
const UNDER_WAY: [&str; 3] = ["Dispatched", "Running", "Not certain"];

/// The part of the state document that the story needs.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct World {
    pub(super) revision: u64,
    repos: Vec<Repository>,
    comments: Vec<Comment>,
    reactions: Vec<Reaction>,
    dispatches: Vec<Dispatch>,
}

#[derive(Debug, Clone, Deserialize)]
struct Repository {
    full_name: String,
    pulls: Vec<Subject>,
    issues: Vec<Subject>,
}

/// A pull request or an issue.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Subject {
    number: u64,
    pub(super) title: String,
    pub(super) state: String,
}

/// A comment, of a person or of the App.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    id: u64,
    repo: String,
    number: u64,
    user: String,
    pub(super) body: String,
    updated_at: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct Reaction {
    comment_id: u64,
    content: String,
}

/// A `workflow_dispatch` call as GitHub received it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dispatch {
    repo: String,
    pub(super) workflow: String,
    #[serde(rename = "ref")]
    pub(super) reference: String,
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) run_id: u64,
}

/// A comment of ours that the sandbox has taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posted {
    pub(super) id: u64,
    pub(super) repo: &'static str,
    pub(super) number: u64,
    pub(super) body: &'static str,
}

impl World {
    pub(super) fn pull_request(&self, repo: &str, number: u64) -> Option<&Subject> {
        self.repository(repo)?.pulls.iter().find(|pull| pull.number == number)
    }

    pub(super) fn issue(&self, repo: &str, number: u64) -> Option<&Subject> {
        self.repository(repo)?.issues.iter().find(|issue| issue.number == number)
    }

    /// Whether the comment has that reaction, by GitHub's word for it.
    pub(super) fn has_reaction(&self, comment: &Posted, content: &str) -> bool {
        self.reactions_on(comment).any(|reaction| reaction == content)
    }

    /// The dispatch that the comment led to. Others may be dispatching at the same moment: the instructions tell.
    pub(super) fn dispatch_for(&self, comment: &Posted) -> Option<&Dispatch> {
        self.dispatches_on(comment).find(|dispatch| {
            let instructions = dispatch.inputs.get("instructions").map_or("", |text| text.trim());
            dispatch.run_id > comment.id && comment.body.trim_end().ends_with(instructions)
        })
    }

    /// The dispatch that followed the comment's plan by itself: the first one after it in the conversation.
    pub(super) fn dispatch_after(&self, comment: &Posted, plan: &Dispatch) -> Option<&Dispatch> {
        self.dispatches_on(comment).find(|dispatch| dispatch.run_id > plan.run_id)
    }

    /// The status comment of a claim.
    pub(super) fn status_of(&self, dispatch: &Dispatch) -> Option<&Comment> {
        let marker = format!("{STATUS_MARKER}{} -->", dispatch.claim_id()?);
        self.comments.iter().find(|comment| comment.is_status() && comment.body.contains(&marker))
    }

    /// The refusal that answers the comment.
    pub(super) fn refusal_of(&self, comment: &Posted) -> Option<&Comment> {
        self.refusals_on(comment).find(|refusal| refusal.id > comment.id)
    }

    /// The latest refusal for that reason that the comment's conversation had already.
    pub(super) fn earlier_refusal(&self, comment: &Posted, code: &str) -> Option<&Comment> {
        self.refusals_on(comment).filter(|refusal| refusal.id < comment.id && refusal.body.contains(code)).last()
    }

    /// What the comment was answered, where it asked for no run: a status comment that tells of none.
    pub(super) fn answer_to(&self, comment: &Posted) -> Option<&Comment> {
        let mut newer = self.conversation(comment).filter(|other| other.id > comment.id && other.is_status());
        newer.find(|other| other.word().is_none())
    }

    /// The dispatch whose run holds the comment's conversation.
    pub(super) fn holder(&self, comment: &Posted) -> Option<&Dispatch> {
        self.dispatches_on(comment).find(|dispatch| self.status_of(dispatch).is_none_or(Comment::is_under_way))
    }

    /// How many of its comments the App has written or edited since then.
    pub(super) fn written_since(&self, from: Timestamp) -> usize {
        self.comments.iter().filter(|comment| comment.is_status() && comment.updated_at >= from).count()
    }

    /// Whether nothing at all came of the comment.
    pub(super) fn is_without_trace(&self, comment: &Posted) -> bool {
        self.reactions_on(comment).next().is_none()
            && !self.conversation(comment).any(|other| other.id > comment.id && other.is_status())
    }

    /// What can be seen of the comment's fate, for whoever waits in vain.
    pub(super) fn fate_of(&self, comment: &Posted) -> String {
        let reactions: Vec<&str> = self.reactions_on(comment).collect();
        let reactions = if reactions.is_empty() { "none".to_owned() } else { reactions.join(", ") };
        let newest = self.conversation(comment).filter(|other| other.is_status()).last();
        let status = newest.and_then(Comment::word).unwrap_or("nothing");
        format!("reactions on the comment: {reactions}; the newest status comment there says: {status}")
    }

    fn repository(&self, full_name: &str) -> Option<&Repository> {
        self.repos.iter().find(|repository| repository.full_name == full_name)
    }

    fn reactions_on(&self, comment: &Posted) -> impl Iterator<Item = &str> {
        let id = comment.id;
        self.reactions.iter().filter(move |reaction| reaction.comment_id == id).map(|it| it.content.as_str())
    }

    fn conversation(&self, comment: &Posted) -> impl Iterator<Item = &Comment> {
        let (repo, number) = (comment.repo, comment.number);
        self.comments.iter().filter(move |other| other.repo == repo && other.number == number)
    }

    fn refusals_on(&self, comment: &Posted) -> impl Iterator<Item = &Comment> {
        self.conversation(comment).filter(|other| other.is_status() && other.body.contains(NOT_STARTED))
    }

    fn dispatches_on(&self, comment: &Posted) -> impl Iterator<Item = &Dispatch> {
        let (repo, number) = (comment.repo, comment.number);
        self.dispatches.iter().filter(move |it| it.repo == repo && it.is_about(number))
    }
}

impl Comment {
    /// The word in bold that says how the claim stands, such as `Running`.
    pub(super) fn word(&self) -> Option<&str> {
        self.body.split_once("**")?.1.split_once(".**").map(|(word, _)| word)
    }

    /// What it says before any table.
    pub(super) fn first_line(&self) -> &str {
        self.body.lines().next().unwrap_or_default()
    }

    /// What it says at its end, after any table, where it says more than its first line.
    pub(super) fn last_words(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once('\n')?;
        rest.lines().rfind(|line| !line.is_empty() && !line.starts_with(['|', '<']))
    }

    /// Whether the run that it tells of may be working still.
    pub(super) fn is_under_way(&self) -> bool {
        self.word().is_some_and(|word| UNDER_WAY.contains(&word))
    }

    /// People can write the marker too; it counts in a bot's comments only.
    fn is_status(&self) -> bool {
        self.user.ends_with("[bot]") && self.body.contains(STATUS_MARKER)
    }
}

impl Dispatch {
    pub(super) fn claim_id(&self) -> Option<&str> {
        self.inputs.get("claim_id").map(String::as_str)
    }

    /// Whether it is about that pull request, or about that issue.
    fn is_about(&self, number: u64) -> bool {
        match self.inputs.get("pr_number").filter(|pull_request| !pull_request.is_empty()) {
            Some(pull_request) => *pull_request == number.to_string(),
            None => self.inputs.get("issue_identifier") == Some(&format!("{}#{number}", self.repo)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OURS: Posted = Posted { id: 50, repo: "octo/bedrock", number: 1, body: "/ai-implement\nMind the tests." };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("within range")
    }

    /// A world that has been running for a while: an earlier command (20), its run, and ours.
    fn world() -> World {
        let comment = |id: i64, user, body| json!({ "id": id, "repo": OURS.repo, "number": 1, "user": user, "body": body, "updated_at": at(id) });
        let dispatch = |run_id, claim_id, instructions| {
            let inputs = json!({ "pr_number": "1", "claim_id": claim_id, "instructions": instructions });
            json!({ "repo": OURS.repo, "workflow": "w.yml", "ref": "main", "inputs": inputs, "run_id": run_id })
        };
        let pull = json!({ "number": 1, "title": "Retry failed uploads", "state": "open" });
        let issue = json!({ "number": 4, "title": "Export the log", "state": "open" });
        let document = json!({
            "revision": 9,
            "repos": [{ "full_name": OURS.repo, "pulls": [pull], "issues": [issue] }],
            "comments": [
                comment(21, "app[bot]", "😕 **Not started.** No.\n\n`FORK_PR`\n\n<!-- ai-implement:status A -->"),
                comment(31, "app[bot]", "✅ **Succeeded.** Over.\n\n<!-- ai-implement:status B -->"),
                comment(50, "writer", OURS.body),
                comment(51, "writer", "😕 **Not started.** <!-- ai-implement:status C -->"),
                comment(62, "app[bot]", "⏳ **Running.** On.\n\n<!-- ai-implement:status C -->"),
            ],
            "reactions": [{ "comment_id": 50, "user": "app[bot]", "content": "eyes" }],
            "dispatches": [dispatch(30, "B", "Mind the tests."), dispatch(59, "X", "Another's."), dispatch(60, "C", "Mind the tests.")],
        });
        serde_json::from_value(document).expect("the document's shape")
    }

    #[test]
    fn our_dispatch_is_told_from_earlier_ones_and_from_anothers() {
        assert_eq!(world().dispatch_for(&OURS).and_then(Dispatch::claim_id), Some("C"));
    }

    #[test]
    fn the_status_comment_is_found_by_its_marker_in_the_apps_own_comments() {
        let world = world();
        let status = world.dispatch_for(&OURS).and_then(|dispatch| world.status_of(dispatch)).expect("a comment");
        assert_eq!((status.id, status.word(), status.is_under_way()), (62, Some("Running"), true));
    }

    #[test]
    fn a_refusal_belongs_to_us_only_when_it_is_newer_than_our_comment() {
        let world = world();
        assert!(world.refusal_of(&OURS).is_none());
        assert_eq!(world.earlier_refusal(&OURS, "FORK_PR").map(|refusal| refusal.id), Some(21));
        assert!(world.earlier_refusal(&OURS, "NOT_AUTHORIZED").is_none());
        assert_eq!(world.refusal_of(&Posted { id: 20, ..OURS }).map(|refusal| refusal.id), Some(21));
    }

    #[test]
    fn what_the_app_has_written_is_counted_from_a_time_on() {
        assert_eq!((world().written_since(at(31)), world().written_since(at(63))), (2, 0));
    }

    #[test]
    fn a_pull_request_is_held_until_no_run_on_it_is_under_way() {
        let mut world = world();
        world.dispatches.retain(|dispatch| dispatch.claim_id() != Some("X"));
        assert_eq!(world.holder(&OURS).and_then(Dispatch::claim_id), Some("C"));
        world.dispatches.pop();
        assert!(world.holder(&OURS).is_none());
    }

    #[test]
    fn what_can_be_seen_is_said_to_whoever_waits_in_vain() {
        let expected = "reactions on the comment: eyes; the newest status comment there says: Running";
        assert_eq!(world().fate_of(&OURS), expected);
    }

    #[test]
    fn a_comment_without_reaction_and_answer_has_left_no_trace() {
        assert!(!world().is_without_trace(&OURS));
        assert!(world().is_without_trace(&Posted { id: 70, ..OURS }));
    }

    const ON_THE_ISSUE: Posted = Posted { id: 70, number: 4, body: "/ai-implement", ..OURS };

    /// The issue's conversation: a plan (71), its implementation (80), and another issue's run between them.
    fn world_with_an_issue() -> World {
        let dispatch = |run_id, claim_id: &str, issue: &str| {
            let inputs = [("pr_number", ""), ("claim_id", claim_id), ("issue_identifier", issue)];
            Dispatch {
                repo: OURS.repo.to_owned(),
                workflow: "w.yml".to_owned(),
                reference: "main".to_owned(),
                inputs: inputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                run_id,
            }
        };
        let comment = |id: u32, user: &str, body: &str| {
            let (repo, user, body) = (OURS.repo.to_owned(), user.to_owned(), body.to_owned());
            Comment { id: id.into(), repo, number: 4, user, body, updated_at: at(id.into()) }
        };
        let mut world = world();
        world.dispatches.extend([
            dispatch(71, "P", "octo/bedrock#4"),
            dispatch(75, "Q", "octo/bedrock#5"),
            dispatch(80, "I", "octo/bedrock#4"),
        ]);
        world.comments.extend([
            comment(72, "app[bot]", "✅ **Succeeded.** Over.\n\n| | |\n|---|---|\n| Task | Plan |\n\nIt goes on.\n\n<!-- ai-implement:status P -->"),
            comment(90, "maintainer", "/ai-implement cancel"),
            comment(91, "writer", "Asked. <!-- ai-implement:status Z -->"),
            comment(92, "app[bot]", "⏳ **Running.** On.\n\n<!-- ai-implement:status I -->"),
            comment(93, "app[bot]", "GitHub is asked.\n\n<!-- ai-implement:status Z -->"),
        ]);
        world
    }

    #[test]
    fn an_issue_is_told_from_a_pull_request() {
        let world = world();
        assert_eq!(world.issue(OURS.repo, 4).map(|issue| issue.title.as_str()), Some("Export the log"));
        assert!(world.issue(OURS.repo, 1).is_none() && world.pull_request(OURS.repo, 4).is_none());
    }

    #[test]
    fn a_dispatch_for_an_issue_is_found_by_what_the_issue_is_called() {
        let world = world_with_an_issue();
        let plan = world.dispatch_for(&ON_THE_ISSUE).expect("a dispatch");
        assert_eq!(plan.claim_id(), Some("P"));
        assert_eq!(world.dispatch_after(&ON_THE_ISSUE, plan).and_then(Dispatch::claim_id), Some("I"));
        assert_eq!(world.holder(&ON_THE_ISSUE).and_then(Dispatch::claim_id), Some("I"));
    }

    #[test]
    fn an_answer_is_the_apps_own_and_tells_of_no_run() {
        let world = world_with_an_issue();
        assert_eq!(world.answer_to(&Posted { id: 90, ..ON_THE_ISSUE }).map(|answer| answer.id), Some(93));
        assert!(world.answer_to(&Posted { id: 95, ..ON_THE_ISSUE }).is_none());
    }

    #[test]
    fn what_a_status_comment_says_below_its_table_is_its_last_word() {
        let world = world_with_an_issue();
        let plan = world.dispatch_for(&ON_THE_ISSUE).and_then(|plan| world.status_of(plan)).expect("a comment");
        assert_eq!(plan.last_words(), Some("It goes on."));
        let status = world.dispatch_for(&OURS).and_then(|dispatch| world.status_of(dispatch)).expect("a comment");
        assert_eq!(status.last_words(), None);
    }
}
