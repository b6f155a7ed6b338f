//! A mapping follows its repository to another name.
//!
//! Owns the one transaction in which it does, of updates alone: the worker may neither put nor delete here, and no setting
//! is touched. Never takes a name from another mapping.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use domain::mapping::MappingDraft;
use domain::message::RepositoryRenamed;
use jiff::Timestamp;

use super::keys::{
    HOME, Home, NAMED_AT, REPO_ID, UPDATED_AT, UPDATED_BY, VERSION, history_key, name_partition, team_partition,
};
use super::record::{NameItem, Record, history_item};
use super::writes::{Guard, GuardedWrite, Written};
use super::{MappingAction, MappingChange, Mappings};
use crate::batch;
use crate::error::StoreError;
use crate::rounds::{ROUNDS, pause_before};
use crate::table::{META, NAME_KEY, PARTITION_KEY, SORT_KEY, number, string};

/// Who renames repositories, in the history.
const GITHUB: &str = "github";

/// What became of the mapping of a repository that has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// It has the new name, from this version on.
    Moved {
        /// The version.
        version: u64,
    },
    /// There is none, it has that name, or it has one from a later event.
    Unchanged,
    /// Another mapping has the new name: both are left as they are.
    NameTaken,
    /// It still lies under the old name. The next save moves it to the repository's id, and the name of that save counts.
    LeftBehind,
}

/// A move to another name, worked out from what was read.
struct Move<'a> {
    renamed: &'a RepositoryRenamed,
    before: Record,
    /// The last version that the new name had.
    last_version: Option<u64>,
    line: MappingChange,
}

impl Mappings {
    /// Gives a repository's mapping the name that the repository has now. Says nothing new when it is said again.
    pub async fn follow_name(&self, renamed: &RepositoryRenamed, now: Timestamp) -> Result<Followed, StoreError> {
        for round in 0..ROUNDS {
            pause_before(round).await;
            let next = match self.read_move(renamed, now).await? {
                Ok(next) => next,
                Err(answer) => return Ok(answer),
            };
            if let Written::Done = self.transact(self.move_writes(&next)?).await? {
                return Ok(next.answer());
            }
        }
        Err(StoreError::contended("rename a mapping"))
    }

    /// What is to be written; or the answer, when it is nothing.
    async fn read_move<'a>(
        &self,
        renamed: &'a RepositoryRenamed,
        now: Timestamp,
    ) -> Result<Result<Move<'a>, Followed>, StoreError> {
        let home = Home::OfId(renamed.repo.id);
        let (old_home, new_name) =
            (Home::OfName(renamed.old_name.key()).to_string(), name_partition(&renamed.repo.name.key()));
        let places = [home.to_string(), old_home.clone(), new_name.clone()];
        let items = batch::get_each(&self.client, &self.table, places, "read a mapping").await?;
        let at = |partition: &str| items.iter().find(|item| item.get(PARTITION_KEY) == Some(&string(partition)));
        let Some(item) = at(&home.to_string()) else {
            let bound = at(&old_home).and_then(|item| item.get(REPO_ID));
            let is_ours = bound == Some(&number(renamed.repo.id));
            return Ok(Err(if is_ours { Followed::LeftBehind } else { Followed::Unchanged }));
        };
        let before = Record::from_item(home, item)?;
        let name = at(&new_name).map(NameItem::from_item).transpose()?;
        if before.named_at.is_some_and(|named_at| named_at > renamed.at) {
            return Ok(Err(Followed::Unchanged));
        }
        if before.name_key() != renamed.repo.name.key() && name.as_ref().is_some_and(|name| name.home.is_some()) {
            return Ok(Err(Followed::NameTaken));
        }
        let next = Move::of(renamed, before, name.map(|name| name.version), now);
        Ok(if next.is_made() { Err(Followed::Unchanged) } else { Ok(next) })
    }

    fn move_writes(&self, next: &Move<'_>) -> Result<Vec<GuardedWrite>, StoreError> {
        let mut writes = vec![self.record_renamed(next)];
        if next.keeps_its_name() {
            return Ok(finished(writes));
        }
        let (before, after) = (next.before.name_key(), next.renamed.repo.name.key());
        let home = string(next.before.home.to_string());
        let as_read = |update: UpdateBuilder| {
            let update = update.condition_expression("version = :last AND home = :home");
            let update = update.expression_attribute_values(":last", number(next.before.version()));
            update.expression_attribute_values(":home", home.clone())
        };
        let leads_home = [(VERSION, number(next.line.version)), (HOME, home.clone())];
        let new_name = set(self.update(&name_partition(&after), META), leads_home, "");
        writes.push(match next.last_version {
            _ if before == after => as_read(new_name),
            None => new_name.condition_expression("attribute_not_exists(pk)"),
            Some(last) => new_name
                .condition_expression("version = :last AND attribute_not_exists(home)")
                .expression_attribute_values(":last", number(last)),
        });
        writes.push(self.line(&after, &next.line)?);
        if before != after {
            let old_name = self.update(&name_partition(&before), META);
            writes.push(as_read(set(old_name, [(VERSION, number(next.line.version))], " REMOVE home")));
            writes.push(self.line(&before, &next.line)?);
            if let Some(team) = next.before.entry.draft.team_key.as_deref() {
                let team = set(self.update(&team_partition(team), META), [(NAME_KEY, string(after))], "");
                let team = team.condition_expression("name_key = :name");
                writes.push(team.expression_attribute_values(":name", string(before)));
            }
        }
        Ok(finished(writes))
    }

    fn record_renamed(&self, next: &Move<'_>) -> UpdateBuilder {
        let mut attributes = vec![(NAMED_AT, string(next.renamed.at.to_string()))];
        if !next.keeps_its_name() {
            let MappingDraft { owner, repo, .. } = &next.line.draft;
            attributes.extend([("owner", string(owner)), ("repo", string(repo))]);
            attributes.push((NAME_KEY, string(next.line.draft.name_key())));
            attributes.push((VERSION, number(next.line.version)));
            attributes.push((UPDATED_AT, string(next.line.at.to_string())));
            attributes.push((UPDATED_BY, string(GITHUB)));
        }
        set(self.update(&next.before.home.to_string(), META), attributes, "")
            .condition_expression("version = :version AND repoId = :id AND name_key = :name")
            .expression_attribute_values(":version", number(next.before.version()))
            .expression_attribute_values(":id", number(next.renamed.repo.id))
            .expression_attribute_values(":name", string(next.before.name_key()))
    }

    fn line(&self, name_key: &str, line: &MappingChange) -> Result<UpdateBuilder, StoreError> {
        let mut item = history_item(name_key, line)?;
        item.retain(|name, _| name != PARTITION_KEY && name != SORT_KEY);
        let update = self.update(&name_partition(name_key), &history_key(line.version));
        Ok(set(update, item, "").condition_expression("attribute_not_exists(pk)"))
    }

    fn update(&self, partition: &str, sort: &str) -> UpdateBuilder {
        Update::builder().table_name(&self.table).key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(sort))
    }
}

impl<'a> Move<'a> {
    /// The version goes on from both names' last ones.
    fn of(renamed: &'a RepositoryRenamed, before: Record, last_version: Option<u64>, now: Timestamp) -> Self {
        let name = &renamed.repo.name;
        let version = before.version().max(last_version.unwrap_or(0)).saturating_add(1);
        let old = &before.entry.draft;
        let draft =
            MappingDraft { owner: name.owner().to_owned(), repo: name.repo().to_owned(), version, ..old.clone() };
        let line = MappingChange {
            renamed_from: Some(format!("{}/{}", old.owner, old.repo)),
            unreadable: before.entry.unreadable.clone(),
            ..MappingChange::new(version, MappingAction::Renamed, now, GITHUB, draft)
        };
        Self { renamed, before, last_version, line }
    }

    /// Only the time of its name is news.
    fn keeps_its_name(&self) -> bool {
        self.line.renamed_from.as_deref() == Some(self.renamed.repo.name.to_string().as_str())
    }

    fn is_made(&self) -> bool {
        self.keeps_its_name() && self.before.named_at == Some(self.renamed.at)
    }

    fn answer(&self) -> Followed {
        if self.keeps_its_name() { Followed::Unchanged } else { Followed::Moved { version: self.line.version } }
    }
}

/// An update that sets these attributes, whatever words DynamoDB has reserved.
fn set<N: Into<String>>(
    update: UpdateBuilder,
    attributes: impl IntoIterator<Item = (N, AttributeValue)>,
    more: &str,
) -> UpdateBuilder {
    let mut sets = Vec::new();
    let mut update = update;
    for (index, (name, value)) in attributes.into_iter().enumerate() {
        update = update.expression_attribute_names(format!("#{index}"), name);
        update = update.expression_attribute_values(format!(":{index}"), value);
        sets.push(format!("#{index} = :{index}"));
    }
    update.update_expression(format!("SET {}{more}", sets.join(", ")))
}

fn finished(writes: Vec<UpdateBuilder>) -> Vec<GuardedWrite> {
    let update = |update: UpdateBuilder| update.build().expect("an update has a table, a key and an expression");
    let write = |it| (Guard::Read, TransactWriteItem::builder().update(update(it)).build());
    writes.into_iter().map(write).collect()
}
