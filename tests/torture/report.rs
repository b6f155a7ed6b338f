//! What all schedules came to, in one table.
//!
//! Owns the numbers, and the list of points that there are: read from the sources, so that one that nobody reaches is
//! counted too.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::judge::Verdict;

/// The crates whose awaits are played.
const CRATES: [(&str, &str); 3] = [("functions", "sweeper"), ("functions", "worker"), ("shared", "gather")];
/// Runs before any invocation.
const NEVER_PLAYED: &str = "from_env";

/// The numbers of some schedules.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) schedules: u32,
    pub(crate) with_a_fault: u32,
    pub(crate) points: BTreeMap<String, u64>,
    pub(crate) faults: BTreeMap<String, u32>,
    claims: u32,
    dispatches: u32,
    admitted: u32,
    turned_away: u32,
    unfenced_doubles: u32,
    pub(crate) doubles: u32,
    pub(crate) losses: u32,
    untold: u32,
    unstopped: u32,
    states: BTreeMap<&'static str, u32>,
}

impl Report {
    /// Nothing yet, and every point.
    pub(crate) fn new() -> Self {
        Self { points: all_points().into_iter().map(|point| (point, 0)).collect(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.schedules += 1;
        self.dispatches += verdict.dispatches;
        self.admitted += verdict.admitted;
        self.turned_away += verdict.turned_away;
        self.unfenced_doubles += verdict.unfenced_doubles;
        self.doubles += count(&verdict.doubles);
        self.losses += count(&verdict.losses);
        self.untold += verdict.untold;
        self.unstopped += verdict.unstopped;
        for (state, count) in &verdict.states {
            *self.states.entry(state).or_default() += count;
            self.claims += count;
        }
    }

    pub(crate) fn fired(&mut self, faults: impl IntoIterator<Item = String>) {
        let mut any = false;
        for fault in faults {
            *self.faults.entry(fault).or_default() += 1;
            any = true;
        }
        self.with_a_fault += u32::from(any);
    }

    pub(crate) fn reached(&mut self, point: String) {
        *self.points.entry(point).or_default() += 1;
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.with_a_fault += other.with_a_fault;
        self.claims += other.claims;
        self.dispatches += other.dispatches;
        self.admitted += other.admitted;
        self.turned_away += other.turned_away;
        self.unfenced_doubles += other.unfenced_doubles;
        self.doubles += other.doubles;
        self.losses += other.losses;
        self.untold += other.untold;
        self.unstopped += other.unstopped;
        for (point, hits) in other.points {
            *self.points.entry(point).or_default() += hits;
        }
        for (fault, times) in other.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        for (state, claims) in other.states {
            *self.states.entry(state).or_default() += claims;
        }
    }

    /// The points that nobody came by.
    pub(crate) fn unreached(&self) -> Vec<&str> {
        self.points.iter().filter(|(_, hits)| **hits == 0).map(|(point, _)| point.as_str()).collect()
    }

    /// Every point with the number of its hits, the rarest first.
    pub(crate) fn points_in_full(&self) -> String {
        let mut points: Vec<_> = self.points.iter().collect();
        points.sort_by_key(|(_, hits)| **hits);
        let lines: Vec<String> = points.iter().map(|(point, hits)| format!("{hits:>8}  {point}")).collect();
        lines.join("\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = f64::from(self.with_a_fault) * 100.0 / f64::from(self.schedules.max(1));
        let rarest = self.points.iter().min_by_key(|(_, hits)| **hits);
        let (rarest, hits) = rarest.map_or(("", 0), |(point, hits)| (point.as_str(), *hits));
        writeln!(f, "schedules         {:>7}", self.schedules)?;
        writeln!(f, "  with a fault    {:>7}  {percent:.1} %", self.with_a_fault)?;
        writeln!(f, "points            {:>7}", self.points.len())?;
        writeln!(f, "  not reached     {:>7}", self.unreached().len())?;
        writeln!(f, "  rarest          {hits:>7}  {rarest}")?;
        for point in self.unreached() {
            writeln!(f, "    {point}")?;
        }
        writeln!(f, "claims, by end    {:>7}", self.claims)?;
        for (state, claims) in &self.states {
            writeln!(f, "  {state:<15} {claims:>7}")?;
        }
        writeln!(f, "dispatches        {:>7}", self.dispatches)?;
        writeln!(f, "runs admitted     {:>7}", self.admitted)?;
        writeln!(f, "  turned away     {:>7}", self.turned_away)?;
        writeln!(f, "doubles           {:>7}", self.doubles)?;
        writeln!(
            f,
            "  unfenced        {:>7}  (claims with two acting runs, where no run asks)",
            self.unfenced_doubles
        )?;
        writeln!(f, "losses            {:>7}", self.losses)?;
        writeln!(f, "untold            {:>7}  (when nobody could speak for three days)", self.untold)?;
        writeln!(f, "unstopped         {:>7}  (strays, when nobody could stop them for three days)", self.unstopped)?;
        writeln!(f, "faults")?;
        for (fault, times) in &self.faults {
            writeln!(f, "  {fault:<22} {times:>7}")?;
        }
        Ok(())
    }
}

fn count(sentences: &[String]) -> u32 {
    u32::try_from(sentences.len()).expect("few")
}

fn all_points() -> Vec<String> {
    let mut points = Vec::new();
    for (place, name) in CRATES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(place).join(name).join("src");
        for file in files(&folder) {
            let module = module(name, file.strip_prefix(&folder).expect("it is in the folder"));
            let text = std::fs::read_to_string(&file).expect("a readable source");
            let found = failpoint_syntax::functions(&text).expect("Rust");
            let played = found.into_iter().filter(|found| found.has_points && found.name != NEVER_PLAYED);
            for place in played.flat_map(|found| found.places) {
                points.extend(["before", "after"].map(|side| format!("{module}::{place}:{side}")));
            }
        }
    }
    points
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn module(name: &str, file: &Path) -> String {
    let names = file.with_extension("");
    let names = names.iter().map(|name| name.to_str().expect("our paths are UTF-8"));
    let below = names.filter(|name| !matches!(*name, "lib" | "mod"));
    std::iter::once(name).chain(below).collect::<Vec<_>>().join("::")
}
