//! What is said of accounts: of one at length, of several in a line each.

use std::collections::BTreeMap;

use model::message::Line;
use model::{AccountId, Balance};

use super::balance;
use super::tally::Tally;
use super::view::{Entry, View};
use super::words::{Words, number, plain};
use crate::facts;
use crate::kind::PatrolKind;

/// How many accounts with something to say get a line of their own.
const ACCOUNTS_SHOWN: usize = 40;

/// How many accounts with nothing but a balance get a line of their own.
const QUIET_SHOWN: usize = 10;

/// Returns the counts, the renewing ones and the money of everyone the letter is about.
pub(super) fn lines(view: &View<'_>, words: Words) -> Vec<Line> {
    let open = view.open();
    let all: Vec<&Entry<'_>> = open.iter().collect();
    let mut lines = Tally::of(&all, view.now).lines(view.common_warn_days(), words);
    let frozen = all.iter().filter(|it| it.known.frozen).count();
    if frozen > 0 {
        lines.push(words.line("frozen-line", &[("count", number(frozen))]));
    }
    lines.extend(renewing_line(view, &all, words));
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

/// Says how many things renew by themselves and are not in the list: they are counted, not warned
/// about.
fn renewing_line(view: &View<'_>, open: &[&Entry<'_>], words: Words) -> Option<Line> {
    let harvests = view
        .accounts
        .iter()
        .flat_map(|(account, it)| it.ending(account))
        .filter_map(|(_, it)| it.seen());
    let renewing: u64 = harvests.flat_map(|it| it.get().renewing.values()).sum();
    let is_on_the_bill = |it: &&&Entry<'_>| it.facts.kind != Some(PatrolKind::Domain);
    let listed = open.iter().filter(is_on_the_bill);
    let listed = listed
        .filter(|it| it.facts.get(facts::RENEWAL) == "auto")
        .count();
    let rest = renewing.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
    (rest > 0).then(|| words.line("renewing-line", &[("count", number(rest))]))
}

/// Returns a line for each account that has something to say, the worst off first, then for some
/// that have a balance and nothing else, and one for all others.
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
    let (mut folded, room) = (0, lines.len() + QUIET_SHOWN);
    let quiet = view
        .accounts
        .iter()
        .map(|(id, _)| *id)
        .filter(|it| !entries.contains_key(it));
    for account in quiet {
        if lines.len() < room && watched_balance(view, account).is_some() {
            lines.push(account_line(view, account, &[], words));
        } else if !view.has_gaps_in(account) {
            folded += 1;
        }
    }
    if folded > 0 {
        lines.push(words.line("accounts-quiet", &[("count", number(folded))]));
    }
    lines.extend(balance::unjudged_line(view, words));
    lines
}

/// Returns the balance of an account that they are told all about, where it is asked for and seen.
fn watched_balance<'a>(view: &View<'a>, account: &AccountId) -> Option<&'a Balance> {
    view.settings.of(account).thresholds()?;
    let (_, sight) = view.accounts.iter().find(|(id, _)| *id == account)?;
    Some(sight.balance.as_ref()?.seen()?.get())
}

fn account_line(
    view: &View<'_>,
    account: &AccountId,
    entries: &[&Entry<'_>],
    words: Words,
) -> Line {
    let mut parts = Tally::of(entries, view.now).brief(words);
    let balance = watched_balance(view, account);
    if let Some(balance) = balance {
        let amount = balance::value(view, account, balance, words);
        parts.push(words.line("brief-balance", &[("amount", amount)]));
    }
    for entry in entries {
        match entry.facts.kind {
            Some(PatrolKind::BalanceRunway) => {
                let days = entry.facts.get(facts::DAYS_LEFT);
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
