//! The repository's manifests and sources, read once.
//!
//! Owns finding the files. Never judges them.

use std::collections::BTreeMap;
use std::path::Path;

use super::manifest::{Dependency, Manifest};
use super::source::{Source, UsedPath};
use super::{Offence, source};
use crate::place;

const FOLDERS: [&str; 3] = ["functions", "shared", "tests"];
/// Not ours, and large.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// Every crate's manifest, and every Rust file.
pub(super) struct Workspace {
    pub(super) manifests: Vec<Manifest>,
    pub(super) sources: Vec<Source>,
}

impl Workspace {
    /// This repository.
    pub(super) fn read() -> Self {
        let root = place::repository();
        let mut files = BTreeMap::new();
        take(root, &root.join("Cargo.toml"), &mut files);
        for folder in FOLDERS {
            walk(root, &root.join(folder), &mut files);
        }
        Self::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    /// A repository of these files, each with its path from the top.
    pub(super) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (manifests, sources): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(path, _)| path.ends_with("Cargo.toml"));
        Self {
            manifests: Manifest::all(&manifests),
            sources: sources.into_iter().map(|(path, text)| Source::new(path, text)).collect(),
        }
    }

    /// The names of the workspace's crates that lie below a folder; all for the empty one.
    pub(super) fn crates_in(&self, folder: &str) -> Vec<&str> {
        self.manifests.iter().filter(|m| m.path.starts_with(folder)).map(|m| m.package.as_str()).collect()
    }

    /// The dependencies that break a rule.
    pub(super) fn dependencies_where(
        &self,
        rule: &'static str,
        offends: impl Fn(&Manifest, &Dependency) -> bool,
    ) -> Vec<Offence> {
        let mut offences = Vec::new();
        for manifest in &self.manifests {
            for dependency in manifest.dependencies.iter().filter(|dependency| offends(manifest, dependency)) {
                offences.push(Offence {
                    file: manifest.path.clone(),
                    line: dependency.line,
                    found: dependency.name.clone(),
                    rule,
                });
            }
        }
        offences
    }

    /// The paths in production code that break a rule.
    pub(super) fn paths_where(&self, rule: &'static str, offends: impl Fn(&Source, &UsedPath) -> bool) -> Vec<Offence> {
        let mut offences = Vec::new();
        for source in self.sources.iter().filter(|source| source.is_production()) {
            for path in source::used_paths(source).iter().filter(|path| offends(source, path)) {
                offences.push(Offence { file: source.path.clone(), line: path.line, found: path.to_string(), rule });
            }
        }
        offences
    }

    /// The methods that production code names and that break a rule.
    pub(super) fn methods_where(&self, rule: &'static str, offends: impl Fn(&Source, &str) -> bool) -> Vec<Offence> {
        let mut offences = Vec::new();
        for source in self.sources.iter().filter(|source| source.is_production()) {
            for (found, line) in source::named_methods(source).into_iter().filter(|(name, _)| offends(source, name)) {
                offences.push(Offence { file: source.path.clone(), line, found, rule });
            }
        }
        offences
    }
}

fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder's entries are readable").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) {
            walk(root, &path, files);
        } else if name == "Cargo.toml" || path.extension().is_some_and(|extension| extension == "rs") {
            take(root, &path, files);
        }
    }
}

fn take(root: &Path, path: &Path, files: &mut BTreeMap<String, String>) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.strip_prefix(root).expect("the file lies in the repository");
    files.insert(path.to_str().expect("our paths are UTF-8").to_owned(), text);
}
