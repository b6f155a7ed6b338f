//! Order: each conversation's commands one after the other, with those of others in between.
//!
//! This AWS works on one batch of a FIFO queue at a time, so it can't show that two of one conversation are never worked
//! on side by side: the conversations in `tests/e2e` do. That a failing message holds up its own group only is shown by
//! `poison`.

use local::sandbox::World;

use crate::stage::{APP, PATIENCE, Stage, place};

/// What is asked, in this order. The wrong verbs tell the answers apart.
const ASKED: [(&str, &str); 8] = [
    ("octo/bedrock#1", "one"),
    ("octo/bedrock#1", "two"),
    ("octo/anthropic#5", "one"),
    ("octo/bedrock#1", "three"),
    ("octo/anthropic#5", "two"),
    ("octo/unmapped#5", "one"),
    ("octo/bedrock#1", "four"),
    ("octo/anthropic#5", "three"),
];

/// Several people ask several things at several places.
pub(crate) async fn each_conversation_is_worked_on_in_order(stage: &Stage<'_>) {
    let mut comments = Vec::new();
    for (at, verb) in ASKED {
        comments.push((at, verb, stage.says("writer", at, &format!("/ai-implement {verb}")).await));
    }
    let answered = stage.sandbox.wait_for(PATIENCE, |world| {
        comments.iter().all(|(at, verb, _)| answer(world, at, verb).is_some()).then_some(())
    });
    assert!(answered.await.is_some(), "an answer is missing");
    for place in ["octo/bedrock#1", "octo/anthropic#5", "octo/unmapped#5"] {
        let effects: Vec<u64> = stage.sandbox.look(|world| {
            let here = comments.iter().filter(|(at, ..)| *at == place);
            here.flat_map(|(at, verb, comment)| effects(world, at, verb, *comment)).collect()
        });
        assert!(effects.is_sorted(), "{place}: {effects:?}");
    }
}

/// A command's answer and the reaction to it, by the numbers that the sandbox gave them as they came. The two are made at
/// once, so either may be the first; a reaction may be missing, as it is the first thing to be saved when words are few.
fn effects(world: &World, at: &str, verb: &str, comment: u64) -> Vec<u64> {
    let mut effects: Vec<u64> = [eyes(world, comment), answer(world, at, verb)].into_iter().flatten().collect();
    effects.sort_unstable();
    effects
}

fn eyes(world: &World, comment: u64) -> Option<u64> {
    let of_it = world.reactions.iter().find(|it| it.comment_id == comment && it.user == APP && it.content == "eyes");
    of_it.map(|reaction| reaction.id)
}

fn answer(world: &World, at: &str, verb: &str) -> Option<u64> {
    let (repo, number) = place(at);
    let id = world.repository(repo).expect("a repository of the sandbox").id;
    let of_it = world.comments.iter().find(|it| {
        (it.repository_id, it.number, it.user.as_str()) == (id, number, APP)
            && it.body.contains(&format!("no command `{verb}`"))
    });
    of_it.map(|comment| comment.id)
}
