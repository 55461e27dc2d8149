//! How many of what, by product.

use std::collections::BTreeMap;

use model::message::Line;
use model::{Span, Tone};

use super::items::product;
use super::view::Entry;
use super::words::{Words, alarming, number, plain};
use crate::facts;
use crate::kind::PatrolKind;

/// How many products a line of counts names.
const PRODUCTS_SHOWN: usize = 30;

/// The open things of one or more accounts, sorted by what is to be said of them.
pub(super) struct Tally<'a> {
    /// They end soon and nothing will renew them.
    pub(super) due: Vec<&'a Entry<'a>>,
    /// They have ended.
    pub(super) ended: Vec<&'a Entry<'a>>,
    /// The cloud should have renewed them by now.
    pub(super) failed: Vec<&'a Entry<'a>>,
    /// When they end could not be read.
    pub(super) unknown: Vec<&'a Entry<'a>>,
    /// The cloud has planned them.
    pub(super) planned: Vec<&'a Entry<'a>>,
    /// They are keys that have grown old.
    pub(super) old_keys: Vec<&'a Entry<'a>>,
}

impl<'a> Tally<'a> {
    pub(super) fn of(entries: &[&'a Entry<'a>], now: jiff::Timestamp) -> Self {
        let mut tally = Self {
            due: Vec::new(),
            ended: Vec::new(),
            failed: Vec::new(),
            unknown: Vec::new(),
            planned: Vec::new(),
            old_keys: Vec::new(),
        };
        for entry in entries.iter().filter(|it| !it.facts.is_about_money()) {
            let place = match entry.facts.kind {
                Some(PatrolKind::Maintenance) => &mut tally.planned,
                Some(PatrolKind::AccessKey) => &mut tally.old_keys,
                _ if entry.facts.has_ended(now) => &mut tally.ended,
                Some(PatrolKind::UnknownEnd) => &mut tally.unknown,
                _ if entry.facts.get(facts::RENEWAL) == "auto" => &mut tally.failed,
                _ => &mut tally.due,
            };
            place.push(entry);
        }
        tally
    }

    /// Returns a sentence with its counts by product, for each sort that there is.
    pub(super) fn lines(&self, warn_days: Option<u16>, words: Words) -> Vec<Line> {
        let mut lines = Vec::new();
        if !self.due.is_empty() {
            let count = ("count", alarming(self.due.len()));
            lines.push(match warn_days {
                Some(days) => words.bold_line("due-line", &[count, ("days", alarming(days))]),
                None => words.bold_line("due-several", &[count]),
            });
            lines.push(by_product(&self.due, words));
        }
        let more = [
            ("ended-line", &self.ended, Tone::Urgent),
            ("failed-line", &self.failed, Tone::Urgent),
            ("unknown-line", &self.unknown, Tone::Plain),
        ];
        for (key, entries, tone) in more {
            if !entries.is_empty() {
                lines.push(words.line(key, &[("count", number(entries.len()).toned(tone))]));
                lines.push(by_product(entries, words));
            }
        }
        let counted = [
            ("maintenance-line", &self.planned),
            ("access-keys-line", &self.old_keys),
        ];
        for (key, entries) in counted.into_iter().filter(|(_, it)| !it.is_empty()) {
            lines.push(words.line(key, &[("count", number(entries.len()))]));
        }
        lines
    }

    /// Returns the same in a few words, for one line among many.
    pub(super) fn brief(&self, words: Words) -> Vec<Line> {
        let sorts = [
            ("brief-due", &self.due),
            ("brief-ended", &self.ended),
            ("brief-failed", &self.failed),
            ("brief-unknown", &self.unknown),
            ("brief-maintenance", &self.planned),
            ("brief-access-keys", &self.old_keys),
        ];
        let said = sorts.into_iter().filter(|(_, entries)| !entries.is_empty());
        said.map(|(key, entries)| words.line(key, &[("count", number(entries.len()))]))
            .collect()
    }
}

fn by_product(entries: &[&Entry<'_>], words: Words) -> Line {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for entry in entries {
        *counts.entry(product(&entry.facts, words)).or_default() += 1;
    }
    counts_line(counts)
}

/// Returns `**rds** (19) ,**ecs** (7)`: the most first.
pub(super) fn counts_line(counts: BTreeMap<String, u64>) -> Line {
    let mut sorted: Vec<(String, u64)> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut line = Line::new();
    for (index, (name, count)) in sorted.iter().take(PRODUCTS_SHOWN).enumerate() {
        if index > 0 {
            line.push(plain(" ,"));
        }
        line.push(Span::bold(name));
        line.push(plain(format!(" ({count})")));
    }
    if sorted.len() > PRODUCTS_SHOWN {
        let rest: u64 = sorted
            .iter()
            .skip(PRODUCTS_SHOWN)
            .map(|(_, count)| count)
            .sum();
        line.push(plain(format!(" ,… ({rest})")));
    }
    line
}
