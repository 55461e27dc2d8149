//! What an image is called: the name of its machine, the ISO year and the week.
//!
//! Of the characters that a name may have, those are used that every cloud takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::Machine;

use super::retention::week;

/// An ISO week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Week {
    year: i16,
    number: i8,
}

impl Week {
    /// Returns the week of an instant in a zone.
    pub(crate) fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let (year, number) = week(zone.to_datetime(at).date());
        Self { year, number }
    }

    /// Returns the machine's part of a name that ends in a year and a week, and that week. The week
    /// may stand without its zero, as older names have it.
    pub(crate) fn split(name: &str) -> Option<(&str, Self)> {
        let (rest, number) = name.rsplit_once('-')?;
        let (base, year) = rest.rsplit_once('-')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let fits = is_number(number) && number.len() <= 2 && is_number(year) && year.len() == 4;
        let (year, number) = (year.parse().ok()?, number.parse().ok()?);
        (fits && (1..=53).contains(&number)).then_some((base, Self { year, number }))
    }

    /// Returns how names end: `2026-07`.
    fn suffix(self) -> String {
        format!("{:04}-{:02}", self.year, self.number)
    }
}

impl fmt::Display for Week {
    /// Writes `2026-W07`, the value of the week's tag.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

/// Returns a name as it may stand in that of an image: other characters become `-`.
pub(crate) fn mapped(name: &str) -> String {
    let allowed = |it: char| it.is_ascii_alphanumeric() || "()[] ./-'@_".contains(it);
    let mapped: String = name
        .trim()
        .chars()
        .map(|it| if allowed(it) { it } else { '-' })
        .collect();
    // Some clouds take no name that begins with a sign.
    let begins_well = mapped.starts_with(|it: char| it.is_ascii_alphabetic());
    match mapped.is_empty() || begins_well {
        true => mapped,
        false => format!("m{mapped}"),
    }
}

/// Gives names to images of one region.
pub(crate) struct Namer<'a> {
    /// How many machines have each mapped name.
    bearers: BTreeMap<String, usize>,
    taken: BTreeSet<&'a str>,
    given: BTreeSet<String>,
    longest: usize,
}

/// How much of a machine's id tells it from others.
const TAIL: usize = 8;

impl<'a> Namer<'a> {
    /// Begins with the machines of the region and the names that its images have.
    pub(crate) fn new(
        machines: &[&Machine],
        taken: impl Iterator<Item = &'a str>,
        longest: usize,
    ) -> Self {
        let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
        for machine in machines {
            *bearers.entry(mapped(&machine.name)).or_default() += 1;
        }
        Self {
            bearers,
            taken: taken.collect(),
            given: BTreeSet::new(),
            longest,
        }
    }

    /// Returns whether a mapped name is that of one machine alone.
    pub(crate) fn is_of_one(&self, mapped: &str) -> bool {
        self.bearers.get(mapped) == Some(&1)
    }

    /// Returns the name of a machine's image of a week; `None` when every name for it is taken.
    pub(crate) fn name(&mut self, machine: &Machine, week: Week) -> Option<String> {
        let base = mapped(&machine.name);
        let id = mapped(machine.id.as_str());
        let tail_from = id.len().saturating_sub(TAIL);
        let tail = id.get(tail_from..).unwrap_or(&id).trim_start_matches('-');
        let plain = !base.is_empty() && base == machine.name && self.is_of_one(&base);
        let candidates = [
            plain.then(|| self.fitted(&base, "", week)).flatten(),
            self.fitted(&base, tail, week),
            self.fitted(&base, &id, week),
        ];
        let free = |it: &String| !self.taken.contains(it.as_str()) && !self.given.contains(it);
        let name = candidates.into_iter().flatten().find(free)?;
        self.given.insert(name.clone());
        Some(name)
    }

    /// Returns a name of these parts, the first cut where it would be too long; `None` when a name
    /// that is to tell all by itself has to be cut.
    fn fitted(&self, base: &str, tail: &str, week: Week) -> Option<String> {
        let suffix = week.suffix();
        let ending = match tail {
            "" => suffix,
            tail => format!("{tail}-{suffix}"),
        };
        let room = self.longest.saturating_sub(ending.len() + 1);
        if tail.is_empty() && base.len() > room {
            return None;
        }
        // All of it is ASCII.
        match base.get(..base.len().min(room)).unwrap_or(base) {
            "" => Some(
                match ending.starts_with(|it: char| it.is_ascii_alphabetic()) {
                    true => ending,
                    false => format!("m-{ending}"),
                },
            ),
            base => Some(format!("{base}-{ending}")),
        }
    }
}

#[cfg(test)]
mod tests;
