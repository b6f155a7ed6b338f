//! A crate's `Cargo.toml`, as far as the rules ask.
//!
//! Owns where a dependency can be declared, and that a renamed one is told by the name of its package.

use toml::{Table, Value};

/// A crate of the workspace.
pub(super) struct Manifest {
    pub(super) path: String,
    pub(super) package: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One declared dependency.
pub(super) struct Dependency {
    /// The package, as the registry calls it.
    pub(super) name: String,
    pub(super) line: usize,
    /// Whether only the crate's own tests have it.
    pub(super) for_tests: bool,
}

impl Manifest {
    /// The crates of these manifests; the workspace's own only tells which dependencies are renamed.
    pub(super) fn all(files: &[(&str, &str)]) -> Vec<Self> {
        let read = |path: &str, text: &str| -> Table {
            text.parse().unwrap_or_else(|error| panic!("{path} is no TOML: {error}"))
        };
        let shared = files.iter().find(|(path, _)| *path == "Cargo.toml").map(|(path, text)| read(path, text));
        let shared = shared.as_ref().and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
        let crates = files.iter().filter(|(path, _)| *path != "Cargo.toml");
        crates.map(|(path, text)| Self::of(path, text, &read(path, text), shared)).collect()
    }

    fn of(path: &str, text: &str, manifest: &Table, shared: Option<&Table>) -> Self {
        let package = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let package = package.unwrap_or_else(|| panic!("{path} names no package")).to_owned();
        let mut dependencies = Vec::new();
        let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        for table in targets.filter_map(Value::as_table).chain([manifest]) {
            for (section, for_tests) in
                [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
            {
                for (key, declared) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                    let name = package_of(key, declared, shared);
                    dependencies.push(Dependency { name, line: line_of(text, key), for_tests });
                }
            }
        }
        Self { path: path.to_owned(), package, dependencies }
    }
}

fn package_of(key: &str, declared: &Value, shared: Option<&Table>) -> String {
    let renamed = |declared: &Value| Some(declared.get("package")?.as_str()?.to_owned());
    renamed(declared).or_else(|| renamed(shared?.get(key)?)).unwrap_or_else(|| key.to_owned())
}

/// The line, from 1, that declares a key in one of the ways that TOML has.
fn line_of(text: &str, key: &str) -> usize {
    let declares = |line: &str| {
        let line = line.trim_start();
        let table = line.starts_with('[') && line.trim_end().ends_with(&format!(".{key}]"));
        table || line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    let in_dependencies = text.lines().position(|line| line.contains("dependencies")).unwrap_or_default();
    1 + text.lines().enumerate().skip(in_dependencies).find(|(_, line)| declares(line)).map_or(0, |(at, _)| at)
}

#[test]
fn a_renamed_dependency_is_told_by_its_package() {
    let root = ("Cargo.toml", "[workspace.dependencies]\nhub = { version = \"1\", package = \"octocrab\" }\n");
    let shy = ("a/Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nhub.workspace = true\n");
    let open = ("b/Cargo.toml", "[package]\nname = \"b\"\n[dependencies.hub]\npackage = \"octocrab\"\n");
    for Manifest { path, dependencies, .. } in Manifest::all(&[root, shy, open]) {
        assert_eq!(dependencies[0].name, "octocrab", "{path}");
    }
}

#[test]
fn a_dependency_of_one_target_counts() {
    let text = "[package]\nname = \"a\"\n[target.'cfg(unix)'.dependencies]\ntokio = \"1\"\n";
    let manifests = Manifest::all(&[("a/Cargo.toml", text)]);
    let Dependency { name, line, for_tests } = &manifests[0].dependencies[0];
    assert_eq!((name.as_str(), *line, *for_tests), ("tokio", 4, false));
}
