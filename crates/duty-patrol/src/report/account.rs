//! What is said of accounts: of one at length, of several in a line each.

use std::collections::BTreeMap;

use model::AccountId;
use model::message::Line;

use super::balance;
use super::tally::Tally;
use super::view::{Entry, View};
use super::words::{Words, number, plain};
use crate::kind::PatrolKind;

/// How many accounts get a line of their own.
const ACCOUNTS_SHOWN: usize = 40;

/// Returns the counts, the renewing ones and the money of everyone the letter is about.
pub(super) fn lines(view: &View<'_>, words: Words) -> Vec<Line> {
    let open = view.open();
    let all: Vec<&Entry<'_>> = open.iter().collect();
    let mut lines = Tally::of(&all, view.now).lines(view.common_warn_days(), words);
    let frozen = all.iter().filter(|it| it.known.frozen).count();
    if frozen > 0 {
        lines.push(words.line("frozen-line", &[("count", number(frozen))]));
    }
    lines.extend(renewing_line(view, words));
    if view.is_about_several() {
        lines.extend(each_in_a_line(view, &open, words));
        return lines;
    }
    for (account, sight) in &view.accounts {
        lines.extend(balance::lines(
            view,
            account,
            sight.balance.as_ref(),
            &all,
            words,
        ));
    }
    lines
}

/// Says how many things renew by themselves: they are counted, not warned about.
fn renewing_line(view: &View<'_>, words: Words) -> Option<Line> {
    let harvests = view
        .accounts
        .iter()
        .filter_map(|(_, it)| it.prepaid.as_ref()?.seen());
    let renewing: u64 = harvests.flat_map(|it| it.get().renewing.values()).sum();
    (renewing > 0).then(|| words.line("renewing-line", &[("count", number(renewing))]))
}

/// Returns a line for each account that has something to say, the worst off first, and one for all
/// others.
fn each_in_a_line(view: &View<'_>, open: &[Entry<'_>], words: Words) -> Vec<Line> {
    let mut order: Vec<&AccountId> = Vec::new();
    let mut entries: BTreeMap<&AccountId, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in open {
        let account = entry.account();
        let theirs = entries.entry(account).or_default();
        if theirs.is_empty() {
            order.push(account);
        }
        theirs.push(entry);
    }
    let shown = order.iter().take(ACCOUNTS_SHOWN);
    let mut lines: Vec<Line> = shown
        .map(|it| account_line(view, it, &entries[it], words))
        .collect();
    if order.len() > ACCOUNTS_SHOWN {
        let more = order.len() - ACCOUNTS_SHOWN;
        lines.push(words.line("accounts-more", &[("count", number(more))]));
    }
    let quiet = view
        .accounts
        .iter()
        .filter(|(id, _)| !entries.contains_key(id))
        .count();
    if quiet > 0 {
        lines.push(words.line("accounts-quiet", &[("count", number(quiet))]));
    }
    lines
}

fn account_line(
    view: &View<'_>,
    account: &AccountId,
    entries: &[&Entry<'_>],
    words: Words,
) -> Line {
    let mut parts = Tally::of(entries, view.now).brief(words);
    let sight = view
        .accounts
        .iter()
        .find(|(id, _)| *id == account)
        .map(|(_, sight)| *sight);
    let balance = sight
        .and_then(|it| it.balance.as_ref()?.seen())
        .map(|it| it.get());
    if let Some(balance) = balance.filter(|_| view.settings.of(account).thresholds().is_some()) {
        let amount = balance::value(view, account, balance, words);
        parts.push(words.line("brief-balance", &[("amount", amount)]));
    }
    for entry in entries {
        match entry.facts.kind {
            Some(PatrolKind::BalanceRunway) => {
                let days = entry.facts.get(crate::facts::DAYS_LEFT);
                parts.push(words.line("brief-runway", &[("days", number(days))]));
            }
            Some(PatrolKind::RenewalUnfunded) => parts.push(words.line("brief-unfunded", &[])),
            // The money was not seen this time: what was said of it last time still holds.
            Some(PatrolKind::Balance) if balance.is_none() => {
                parts.push(words.line("brief-balance-low", &[]));
            }
            _ => {}
        }
    }
    let title = number(view.title_of(account, words));
    let mut line = words.line("account-line", &[("account", title)]);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            line.push(plain(" · "));
        }
        line.extend(part);
    }
    line
}
