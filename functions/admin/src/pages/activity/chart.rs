//! A chart of days: a bar a day, stacked by what became of the requests.
//!
//! Owns the drawing, as SVG, and nothing that a browser would have to compute. Colours are the stylesheet's; every bar says in
//! words what it shows.

use domain::activity::Runs;
use maud::{Markup, html};

use crate::activity::ActivityDay;

const LABEL: &str = "Requests for a run, by day and by what became of them; the table below has the numbers";
const WIDTH: u32 = 960;
const HEIGHT: u32 = 260;
/// Room for the numbers at the left and the dates below.
const LEFT: u32 = 40;
const BELOW: u32 = 28;
const ABOVE: u32 = 12;
/// So many lines across, besides the base.
const LINES: u32 = 4;
/// So many dates find room.
const DATES: usize = 8;

/// What a bar is stacked of, from below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    Succeeded,
    Failed,
    Stopped,
    Refused,
    Open,
}

impl Series {
    pub(super) const ALL: [Self; 5] = [Self::Succeeded, Self::Failed, Self::Stopped, Self::Refused, Self::Open];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped or unclear",
            Self::Refused => "Refused",
            Self::Open => "Open",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Refused => "refused",
            Self::Open => "open",
        }
    }

    pub(super) const fn of(self, runs: &Runs) -> u32 {
        match self {
            Self::Succeeded => runs.succeeded,
            Self::Failed => runs.failed + runs.timed_out,
            Self::Stopped => runs.cancelled + runs.unclear,
            Self::Refused => runs.refused,
            Self::Open => runs.open,
        }
    }
}

/// One part of a bar.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    series: Series,
    y: u32,
    height: u32,
}

/// The chart of these days, the oldest at the left.
pub(super) fn draw(days: &[ActivityDay]) -> Markup {
    let most = days.iter().map(|day| day.figures.asked).max().unwrap_or_default();
    let top = round_up(most);
    let room = (WIDTH - LEFT) / u32::try_from(days.len().max(1)).unwrap_or(1);
    let every = days.len().div_ceil(DATES).max(1);
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(LABEL) {
            @for line in 0..=LINES {
                @let y = height_of(top * line / LINES, top);
                line.grid x1=(LEFT) x2=(WIDTH) y1=(base() - y) y2=(base() - y) {}
                text x=(LEFT - 8) y=(base() - y + 4) text-anchor="end" { (top * line / LINES) }
            }
            @for (x, day) in (LEFT..).step_by(room as usize).zip(days) {
                g {
                    title { (told(day)) }
                    @for Block { series, y, height } in blocks(&day.figures.runs, top) {
                        rect class=(series.class()) x=(x + room / 8) y=(y) width=(room - room / 4) height=(height) {}
                    }
                }
            }
            @for (place, day) in days.iter().enumerate().step_by(every) {
                @let x = LEFT + u32::try_from(place).unwrap_or(0) * room + room / 2;
                text x=(x) y=(HEIGHT - 8) text-anchor="middle" { (day.date.strftime("%b %-d")) }
            }
        }
    }
}

/// What each colour stands for.
pub(super) fn legend() -> Markup {
    html! {
        ul.legend {
            @for series in Series::ALL {
                li {
                    svg.chart viewBox="0 0 10 10" aria-hidden="true" {
                        rect class=(series.class()) width="10" height="10" rx="2" {}
                    }
                    (series.name())
                }
            }
        }
    }
}

fn told(day: &ActivityDay) -> String {
    let parts =
        Series::ALL.into_iter().map(|series| (series, series.of(&day.figures.runs))).filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(series, count)| format!("{count} {}", series.name().to_lowercase())).collect();
    let parts = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    format!("{}: {parts}", day.date)
}

const fn base() -> u32 {
    HEIGHT - BELOW
}

fn height_of(count: u32, top: u32) -> u32 {
    count * (base() - ABOVE) / top.max(1)
}

/// The parts of a bar, from below, each where the one before ends.
fn blocks(runs: &Runs, top: u32) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut below = 0;
    for series in Series::ALL {
        let count = series.of(runs);
        if count > 0 {
            let (from, to) = (height_of(below, top), height_of(below + count, top));
            blocks.push(Block { series, y: base() - to, height: to - from });
            below += count;
        }
    }
    blocks
}

/// The least number that is not smaller, is parted evenly by the lines, and is easily read.
fn round_up(most: u32) -> u32 {
    let steps = [1, 2, 3, 4, 5, 6, 8];
    let decades = (0..9).map(|power| 10_u32.pow(power));
    let mut tops = decades.flat_map(|decade| steps.map(|step| step * decade * LINES));
    tops.find(|top| *top >= most).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_easily_read() {
        for (most, top) in [(0, 4), (4, 4), (5, 8), (9, 12), (21, 24), (90, 120), (100, 120), (3_333, 4_000)] {
            assert_eq!(round_up(most), top, "{most}");
        }
    }

    #[test]
    fn a_bar_is_stacked_without_a_gap_and_as_high_as_its_number() {
        let runs = Runs { succeeded: 2, failed: 1, timed_out: 1, open: 4, ..Runs::default() };
        let blocks = blocks(&runs, 8);
        let told: Vec<_> = blocks.iter().map(|block| block.series).collect();
        assert_eq!(told, [Series::Succeeded, Series::Failed, Series::Open]);
        let mut below = base();
        for block in &blocks {
            assert_eq!(block.y + block.height, below, "{block:?}");
            below = block.y;
        }
        assert_eq!(below, ABOVE, "all eight of eight");
    }

    #[test]
    fn every_request_is_in_one_of_the_parts() {
        let runs = Runs { succeeded: 1, failed: 2, timed_out: 4, cancelled: 8, refused: 16, unclear: 32, open: 64 };
        assert_eq!(Series::ALL.map(|series| series.of(&runs)).iter().sum::<u32>(), runs.total());
    }
}
