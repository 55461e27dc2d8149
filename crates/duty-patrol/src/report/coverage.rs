//! What was looked at and what was not, and why.

use std::collections::BTreeMap;

use cloud::{Unseen, Why};
use model::message::Line;
use model::{AccountId, Scope, Span, Tone};

use super::tally::counts_line;
use super::view::View;
use super::words::{Words, number, plain};

/// How many unseen scopes are named.
const UNSEEN_SHOWN: usize = 10;

/// Returns how many scopes were seen, and each that was not, with the reason.
pub(super) fn lines(view: &View<'_>, words: Words) -> Vec<Line> {
    let (mut asked, mut accepted) = (0, 0);
    let mut of_account: BTreeMap<AccountId, usize> = BTreeMap::new();
    let mut unseen: Vec<(Scope, &Unseen)> = Vec::new();
    for covered in view.census.coverage() {
        if !view.covers(&covered.scope) {
            continue;
        }
        asked += 1;
        *of_account.entry(covered.scope.account.clone()).or_default() += 1;
        if let Err(why) = covered.sight {
            accepted += usize::from(view.is_accepted(&covered.scope));
            unseen.push((covered.scope, why));
        }
    }
    if asked == 0 {
        return Vec::new();
    }
    let seen = ("seen", plain(asked - unseen.len()));
    let asked = ("asked", plain(asked));
    if unseen.is_empty() {
        return vec![words.line("coverage-whole", &[seen, asked])];
    }
    // What is known and accepted is said, and alarms nobody.
    let tone = if accepted < unseen.len() {
        Tone::Urgent
    } else {
        Tone::Plain
    };
    let missed = ("unseen", number(unseen.len()).toned(tone));
    let mut lines = vec![words.line("coverage-partial", &[seen, asked, missed])];
    let gaps = gaps(view, &unseen, &of_account, words);
    let more: usize = gaps.iter().skip(UNSEEN_SHOWN).map(|it| it.scopes).sum();
    lines.extend(gaps.into_iter().take(UNSEEN_SHOWN).map(|it| it.line));
    if more > 0 {
        lines.push(words.line("coverage-more", &[("count", plain(more))]));
    }
    if accepted > 0 {
        lines.push(words.line("coverage-accepted", &[("count", plain(accepted))]));
    }
    lines
}

/// Some scopes that were not seen, said in one line.
struct Gap {
    line: Line,
    scopes: usize,
}

/// Returns a line for each account of which nothing at all was seen, then one for each other scope.
fn gaps(
    view: &View<'_>,
    unseen: &[(Scope, &Unseen)],
    of_account: &BTreeMap<AccountId, usize>,
    words: Words,
) -> Vec<Gap> {
    let mut missed: BTreeMap<&AccountId, Vec<&(Scope, &Unseen)>> = BTreeMap::new();
    for entry in unseen {
        missed.entry(&entry.0.account).or_default().push(entry);
    }
    let (mut whole, mut single) = (Vec::new(), Vec::new());
    for (account, scopes) in missed {
        if scopes.len() > 1 && of_account.get(account) == Some(&scopes.len()) {
            // The first thing that was asked says why the others could not be.
            let cause = scopes
                .iter()
                .find(|(scope, _)| scope.kind.as_str() == model::Kind::IDENTITY);
            let why = cause
                .or(scopes.first())
                .map(|(_, unseen)| reason(&unseen.why, words));
            let account = number(view.title_of(account, words));
            let places = [
                ("account", account),
                ("why", plain(why.unwrap_or_default())),
            ];
            whole.push(Gap {
                line: words.line("coverage-account", &places),
                scopes: scopes.len(),
            });
            continue;
        }
        for (scope, unseen) in scopes {
            let places = [
                ("scope", Span::code(scope.to_string())),
                ("why", plain(reason(&unseen.why, words))),
            ];
            single.push(Gap {
                line: words.line("coverage-scope", &places),
                scopes: 1,
            });
        }
    }
    whole.extend(single);
    whole
}

/// Returns why something was not seen, in a person's words.
fn reason(why: &Why, words: Words) -> String {
    match why {
        Why::Denied {
            permission: Some(permission),
        } => words.text(
            "why-denied-permission",
            &[("permission", permission.clone())],
        ),
        Why::Denied { permission: None } => words.say("why-denied"),
        Why::Credentials => words.say("why-credentials"),
        Why::Clock => words.say("why-clock"),
        Why::Throttled => words.say("why-throttled"),
        Why::Unreachable => words.say("why-unreachable"),
        Why::Undecodable => words.say("why-undecodable"),
        Why::CountMismatch { came, total } => words.text(
            "why-count-mismatch",
            &[("came", came.to_string()), ("total", total.to_string())],
        ),
        Why::EmptyAfter { before } => {
            words.text("why-empty-after", &[("before", before.to_string())])
        }
        Why::NotReached => words.say("why-not-reached"),
        Why::Refused => words.say("why-refused"),
        Why::Defect => words.say("why-defect"),
    }
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
