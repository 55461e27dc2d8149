//! What was looked at and what was not, and why.

use std::collections::BTreeMap;

use duty::coverage::CoverageView;
use model::message::Line;

use super::tally::counts_line;
use super::view::View;
use super::words::Words;

/// Returns how many scopes were seen, and each that was not, with the reason.
pub(super) fn lines(view: &View<'_>, words: Words) -> Vec<Line> {
    let coverage = CoverageView {
        census: view.census,
        covers: &|scope| view.covers(scope),
        accepts: &|scope| view.is_accepted(scope),
        title_of: &|account| view.title_of(account, words),
    };
    duty::coverage::lines(&coverage, words.language())
}

/// Names the products that are known from the bill alone.
pub(super) fn uncovered(view: &View<'_>, words: Words) -> Vec<Line> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, many) in view.accounts.iter().flat_map(|(_, sight)| &sight.uncovered) {
        *counts.entry(kind.to_string()).or_default() += many;
    }
    if counts.is_empty() {
        return Vec::new();
    }
    let mut line = words.line("uncovered-line", &[]);
    line.extend(counts_line(counts));
    vec![line]
}
