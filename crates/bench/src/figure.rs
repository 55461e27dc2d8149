//! Figures: what was measured beside what has to hold.

use std::fmt;

/// What has to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// Nothing; it is there to compare with.
    Beside(f64),
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// Its name, which never changes.
    pub(crate) name: String,
    /// What was measured.
    pub(crate) measured: f64,
    /// What has to hold.
    pub(crate) target: Target,
    /// The unit of both.
    pub(crate) unit: &'static str,
}

impl Figure {
    pub(crate) fn new(
        name: impl Into<String>,
        measured: f64,
        target: Target,
        unit: &'static str,
    ) -> Self {
        Self {
            name: name.into(),
            measured,
            target,
            unit,
        }
    }

    /// Returns whether it does not hold; what is not a number never holds.
    pub(crate) fn is_short(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.measured.is_nan() || self.measured > most,
            Target::AtLeast(least) => self.measured.is_nan() || self.measured < least,
            Target::Beside(_) => false,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, target) = match self.target {
            Target::AtMost(most) => ("≤", most),
            Target::AtLeast(least) => ("≥", least),
            Target::Beside(other) => ("~", other),
        };
        let ratio = if target == 0.0 {
            "-".to_owned()
        } else {
            format!("{:.2}", self.measured / target)
        };
        let verdict = if self.is_short() { "SHORT" } else { "ok" };
        let measured = format!("{} {}", number(self.measured), self.unit);
        let target = format!("{sign} {} {}", number(target), self.unit);
        write!(
            f,
            "{:<24} {:>18} {:>18} {ratio:>8} {verdict}",
            self.name,
            measured.trim_end(),
            target.trim_end(),
        )
    }
}

/// Writes a number with as many digits as mean something.
fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

/// Prints figures as they come, and remembers whether one fell short.
#[derive(Debug)]
pub(crate) struct Board {
    only: Vec<String>,
    short: bool,
}

impl Board {
    /// Returns a board that shows figures whose names begin like one of `only`, or all.
    pub(crate) fn new(only: Vec<String>) -> Self {
        Self { only, short: false }
    }

    /// Returns whether figures below `name` are asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|it| it.starts_with(name) || name.starts_with(it.as_str()))
    }

    /// Returns whether a figure fell short.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// Prints a figure.
    #[expect(clippy::print_stdout, reason = "figures are what this program is for")]
    pub(crate) fn show(&mut self, figure: &Figure) {
        if self.wants(&figure.name) {
            self.short |= figure.is_short();
            println!("{figure}");
        }
    }

    /// Prints how a figure came about.
    #[expect(clippy::print_stdout, reason = "figures are what this program is for")]
    pub(crate) fn tell(&self, how: &str) {
        println!("# {how}");
    }
}

/// Returns the middle one of `values`; of none, not a number.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(measured: f64, target: Target, unit: &'static str) -> String {
        let line = Figure::new("a.b", measured, target, unit).to_string();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_figure_is_one_line_with_its_ratio_and_a_verdict() {
        assert_eq!(
            shown(1.2, Target::AtMost(1.5), "s"),
            "a.b 1.200 s ≤ 1.500 s 0.80 ok"
        );
        assert_eq!(
            shown(1.6, Target::AtMost(1.5), "s"),
            "a.b 1.600 s ≤ 1.500 s 1.07 SHORT"
        );
        assert_eq!(
            shown(24_999.4, Target::AtLeast(25_000.0), "/s"),
            "a.b 24999 /s ≥ 25000 /s 1.00 SHORT"
        );
        assert_eq!(shown(0.0, Target::AtMost(0.0), ""), "a.b 0 ≤ 0 - ok");
        assert_eq!(
            shown(20.0, Target::Beside(2.0), "s"),
            "a.b 20 s ~ 2 s 10.00 ok"
        );
    }

    #[test]
    fn what_was_not_measured_falls_short() {
        assert!(Figure::new("a", f64::NAN, Target::AtMost(1.0), "s").is_short());
        assert!(Figure::new("a", median(&mut []), Target::AtLeast(1.0), "s").is_short());
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn a_name_asks_for_itself_and_for_all_below_it() {
        let board = Board::new(vec!["patrol.paced".to_owned()]);
        assert!(board.wants("patrol.paced.rss") && board.wants("patrol"));
        assert!(!board.wants("report") && Board::new(vec![]).wants("report"));
    }
}
