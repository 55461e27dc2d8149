//! How many calls a month the schedule makes, and what they cost.
//!
//! Counted from what the last looks found, page by page; where nobody has looked yet, a list is
//! taken for one page, and that is said.

use std::collections::{BTreeMap, BTreeSet};

use cloud::Requirement;
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use model::{AccountId, Kind, Place};
use store::Look;

use super::check::{Check, Status};
use crate::cli::lines::Words;

/// A month, for estimates.
const DAYS: i64 = 30;

/// So many runs are counted one by one; a schedule with more is extrapolated.
const RUNS_COUNTED: usize = 5_000;

/// The calls of one account in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Estimate {
    /// Its name in the configuration.
    pub(super) account: String,
    /// How often it runs.
    pub(super) runs: u64,
    /// One row an operation.
    pub(super) rows: Vec<Row>,
}

/// The calls of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// For which ability.
    pub(super) kind: &'static str,
    /// Which operation.
    pub(super) operation: &'static str,
    /// How many calls one run makes.
    pub(super) calls_a_run: u64,
    /// How many a month has.
    pub(super) calls: u64,
    /// How many rows a page holds; `None` where there are no pages.
    pub(super) page_size: Option<u32>,
    /// How many rows the last look found; `None` where nobody has looked.
    pub(super) rows: Option<u64>,
    /// Whether the pages are assumed, for lack of an earlier look.
    pub(super) assumed: bool,
    /// How many a month cost nothing; `None` where none costs anything.
    pub(super) free: Option<u64>,
}

/// What an estimate stands on.
pub(super) struct Basis<'a> {
    /// The account.
    pub(super) account: &'a AccountId,
    /// The abilities that are used.
    pub(super) wanted: &'a [Requirement],
    /// The product codes whose machines are asked for by region.
    pub(super) covers: &'a [&'static str],
    /// What earlier looks found.
    pub(super) looks: &'a [Look],
}

/// Returns the calls of a month.
pub(super) fn estimate(basis: &Basis<'_>, runs: u64) -> Estimate {
    let members: BTreeSet<&AccountId> = basis
        .looks
        .iter()
        .map(|it| &it.scope.account)
        .filter(|it| it.administrator().as_ref() == Some(basis.account))
        .collect();
    let mut rows = vec![Row {
        kind: Kind::IDENTITY,
        operation: Kind::IDENTITY,
        calls_a_run: 1 + members.len() as u64,
        calls: runs * (1 + members.len() as u64),
        page_size: None,
        rows: None,
        assumed: false,
        free: None,
    }];
    for requirement in basis.wanted {
        let of_members = members
            .iter()
            .copied()
            .filter(|_| requirement.kind != Kind::MEMBER);
        let pages: Vec<Pages> = std::iter::once(basis.account)
            .chain(of_members)
            .map(|account| pages(account, requirement, basis))
            .collect();
        let calls_a_run: u64 = pages.iter().map(|it| it.count).sum();
        let counted = pages
            .iter()
            .filter_map(|it| it.rows)
            .reduce(|sum, rows| sum + rows);
        let mut operations: BTreeMap<&'static str, u64> = BTreeMap::new();
        for operation in requirement.operations {
            *operations.entry(operation).or_default() += calls_a_run;
        }
        rows.extend(operations.into_iter().map(|(operation, calls_a_run)| Row {
            kind: requirement.kind,
            operation,
            calls_a_run,
            calls: runs.saturating_mul(calls_a_run),
            page_size: (requirement.page_size > 1).then_some(requirement.page_size),
            rows: counted,
            assumed: pages.iter().any(|it| it.assumed),
            free: requirement.free_calls_a_month,
        }));
    }
    Estimate {
        account: basis.account.to_string(),
        runs,
        rows,
    }
}

struct Pages {
    count: u64,
    rows: Option<u64>,
    assumed: bool,
}

/// Returns how many pages one list of an account has.
fn pages(account: &AccountId, requirement: &Requirement, basis: &Basis<'_>) -> Pages {
    if requirement.page_size <= 1 {
        return Pages {
            count: 1,
            rows: None,
            assumed: false,
        };
    }
    let is_of = |look: &&Look| {
        let kind = look.scope.kind.as_str();
        look.scope.account == *account
            && match (&look.scope.place, requirement.kind) {
                (Place::Region(_), Kind::INSTANCE) => basis.covers.contains(&kind),
                (Place::Global, wanted) => wanted == kind,
                _ => false,
            }
    };
    let counts: Vec<u64> = basis
        .looks
        .iter()
        .filter(is_of)
        .filter_map(|it| it.count)
        .collect();
    let page_size = u64::from(requirement.page_size);
    let pages = counts
        .iter()
        .map(|count| count.div_ceil(page_size).max(1))
        .sum();
    match counts.is_empty() {
        true => Pages {
            count: 1,
            rows: None,
            assumed: true,
        },
        false => Pages {
            count: pages,
            rows: Some(counts.iter().sum()),
            assumed: false,
        },
    }
}

impl Estimate {
    /// Returns the line of the report.
    pub(super) fn check(&self, words: Words) -> Check {
        let total: u64 = self.rows.iter().map(|it| it.calls).sum();
        let places = [("calls", total.into()), ("runs", self.runs.into())];
        let mut detail = words.say("doctor-calls", &places);
        let assumed: BTreeSet<&str> = self
            .rows
            .iter()
            .filter(|it| it.assumed)
            .map(|it| it.kind)
            .collect();
        if !assumed.is_empty() {
            let named = assumed
                .iter()
                .map(|it| words.say(&format!("ability-{it}"), &[]));
            let kinds: Vec<String> = named.collect();
            let places = [("kinds", kinds.join(", ").into())];
            detail.push_str(&words.say("doctor-calls-assumed", &places));
        }
        let over: Vec<&Row> = self.rows.iter().filter(|it| it.is_billed()).collect();
        if over.is_empty() {
            detail.push_str(&words.say("doctor-calls-free", &[]));
            return Check::new("calls", Status::Ok, detail);
        }
        for row in over {
            let places = [
                ("operation", row.operation.into()),
                ("calls", row.calls.into()),
                ("free", row.free.unwrap_or_default().into()),
            ];
            detail.push_str(&words.say("doctor-calls-billed", &places));
        }
        Check::new("calls", Status::Warning, detail).hint(words.say("doctor-hint-calls", &[]))
    }
}

impl Row {
    /// Returns whether the month has more calls than are free.
    pub(super) fn is_billed(&self) -> bool {
        self.free.is_some_and(|free| self.calls > free)
    }
}

/// Returns how often a schedule runs in the 30 days after `now`, in its zone.
pub(super) fn runs_a_month(cron: &Cron, zone: &TimeZone, now: Timestamp) -> u64 {
    let start = now.to_zoned(zone.clone());
    let Ok(end) = start.checked_add(DAYS.days()) else {
        return 0;
    };
    let mut last = start.clone();
    let mut runs = 0_u64;
    for at in cron
        .iter_after(start.clone())
        .take_while(|it| *it <= end)
        .take(RUNS_COUNTED)
    {
        runs += 1;
        last = at;
    }
    if runs < RUNS_COUNTED as u64 {
        return runs;
    }
    let (counted, whole) = (
        last.timestamp() - start.timestamp(),
        end.timestamp() - start.timestamp(),
    );
    let (counted, whole) = (counted.get_seconds().max(1), whole.get_seconds());
    let extrapolated = i128::from(runs) * i128::from(whole) / i128::from(counted);
    u64::try_from(extrapolated).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
