//! What was looked at and what was not, and why: as lines of a letter, and as rows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base::Texts;
use cloud::{Census, Unseen, Why};
use model::message::Line;
use model::{AccountId, Language, Scope, Span, Tone};
use serde::Serialize;

use crate::words::{Words, number, plain};

const CHINESE_SOURCE: &str = include_str!("../locales/zh-CN/duty.ftl");
const ENGLISH_SOURCE: &str = include_str!("../locales/en/duty.ftl");

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::Chinese.tag(), CHINESE_SOURCE));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English.tag(), ENGLISH_SOURCE));

/// What an audience may know of the coverage of a run.
pub struct CoverageView<'a> {
    /// The run's census.
    pub census: &'a Census,
    /// Says whether a scope is theirs to know of.
    pub covers: &'a dyn Fn(&Scope) -> bool,
    /// Says whether it is known and accepted that a scope is not seen.
    pub accepts: &'a dyn Fn(&Scope) -> bool,
    /// Says what an account is called.
    pub title_of: &'a dyn Fn(&AccountId) -> String,
}

/// How many unseen scopes are named.
const UNSEEN_SHOWN: usize = 10;

/// Returns how many scopes were seen, and each that was not, with the reason.
#[must_use]
pub fn lines(view: &CoverageView<'_>, language: Language) -> Vec<Line> {
    let words = match language {
        Language::Chinese => Words::new(language, &CHINESE),
        Language::English => Words::new(language, &ENGLISH),
    };
    let (mut asked, mut accepted) = (0, 0);
    let mut of_account: BTreeMap<AccountId, usize> = BTreeMap::new();
    let mut unseen: Vec<(Scope, &Unseen)> = Vec::new();
    for covered in view.census.coverage() {
        if !(view.covers)(&covered.scope) {
            continue;
        }
        asked += 1;
        *of_account.entry(covered.scope.account.clone()).or_default() += 1;
        if let Err(why) = covered.sight {
            accepted += usize::from((view.accepts)(&covered.scope));
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
    view: &CoverageView<'_>,
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
            let account = number((view.title_of)(account));
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

/// What was looked at, as rows; the names of the fields are those of the JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverageRows {
    /// How many scopes were asked for.
    pub scopes: usize,
    /// How many were seen whole.
    pub seen: usize,
    /// How many things were seen in them.
    pub resources: u64,
    /// Those that were not.
    pub unseen: Vec<UnseenRow>,
}

/// One scope that was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnseenRow {
    /// The scope: `account/place/kind`.
    pub scope: String,
    /// Why, as a stable word.
    pub why: &'static str,
    /// The permission to grant, where it is known.
    pub permission: Option<String>,
    /// The whole chain of the error.
    pub detail: String,
    /// Whether that is known and accepted.
    pub accepted: bool,
}

/// Returns what was looked at as rows.
#[must_use]
pub fn rows(census: &Census, accepts: impl Fn(&Scope) -> bool) -> CoverageRows {
    let covered = census.coverage();
    let unseen: Vec<UnseenRow> = covered
        .iter()
        .filter_map(|it| Some(unseen_row(&it.scope, it.sight.err()?, accepts(&it.scope))))
        .collect();
    CoverageRows {
        scopes: covered.len(),
        seen: covered.len() - unseen.len(),
        resources: covered.iter().filter_map(|it| it.sight.ok()).sum(),
        unseen,
    }
}

fn unseen_row(scope: &Scope, unseen: &Unseen, accepted: bool) -> UnseenRow {
    let permission = match &unseen.why {
        Why::Denied { permission } => permission.clone(),
        _ => None,
    };
    UnseenRow {
        scope: scope.to_string(),
        why: unseen.why.word(),
        permission,
        detail: unseen.detail.clone(),
        accepted,
    }
}

#[cfg(test)]
mod tests {
    use base::texts::keys;

    use super::*;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        assert_eq!(keys(CHINESE_SOURCE).unwrap(), keys(ENGLISH_SOURCE).unwrap());
    }
}
