//! What a letter says, in the language of its readers.
//!
//! Invariant: every letter says what was looked at and what was not.

mod lines;
pub(crate) mod reasons;
mod view;
mod words;

use duty::coverage::{self, CoverageView};
use duty::notice::{Notice, Occasion, is_news, notice};
use duty::{Audience, Letter, Scene, Severity};
use model::message::{Line, Message};
use model::{Block, Money, Span, Tone};

use crate::kind::BackupKind;
use crate::settings::Settings;
use crate::summary;
use view::{Entry, View};
use words::{Words, number, plain};

pub use reasons::explain;

/// How many of the things that are gone are named.
const GONE_SHOWN: usize = 10;

/// Returns what there is to tell an audience now, or `None` when there is nothing.
#[must_use]
pub fn letter(settings: &Settings, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
    let view = View::new(settings, audience, scene);
    let words = words::of(audience.language);
    match notice(&view.circumstances(scene.last_digest)) {
        Notice::Silent => None,
        Notice::Heartbeat => Some(Letter {
            message: heartbeat(&view, words),
            tells: Vec::new(),
            is_digest: true,
        }),
        Notice::Speak {
            occasion,
            told,
            gone,
        } => {
            let all = told.iter().chain(&gone);
            let tells = all.map(|it| it.finding.key.clone()).collect();
            let speech = Speech {
                told: view.entries(&told),
                gone: view.entries(&gone),
                occasion,
            };
            Some(Letter {
                message: spoken(&view, &speech, words),
                tells,
                is_digest: occasion == Occasion::Digest,
            })
        }
    }
}

/// What is said in a letter; the worst first.
struct Speech<'a> {
    occasion: Occasion,
    told: Vec<Entry<'a>>,
    gone: Vec<Entry<'a>>,
}

fn spoken(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Message {
    let mut blocks = vec![Block::Lines(head(view, speech, words))];
    blocks.extend(lines::blocks(view, &speech.told, words));
    blocks.push(Block::Rule);
    blocks.push(Block::Lines(footer(view, speech, words)));
    Message {
        title: title(view, speech, words),
        tone: tone(view, speech),
        blocks,
        mention: mentions(&speech.told),
        button: None,
    }
}

/// Returns the lines that come first: how many, when, how grave, whose.
fn head(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Vec<Line> {
    let mut lines = Vec::new();
    let open = view.open();
    let bare = open.iter().filter(|it| is_bare(it)).count();
    if bare > 0 {
        lines.push(words.line("total-line", &[("count", number(bare))]));
    }
    lines.push(words.line("time-line", &[("time", plain(view.time(view.now)))]));
    if let Some(worst) = speech.told.iter().map(Entry::severity).max() {
        let level = ("level", Span::code(level(view, worst)));
        lines.push(words.line("level-line", &[level]));
    }
    lines.push(words.line(
        "account-line",
        &[("who", plain(view.who(&speech.told, words)))],
    ));
    lines
}

/// Returns whether it is about a machine without a copy that is young enough.
fn is_bare(entry: &Entry<'_>) -> bool {
    let kinds = [BackupKind::Unprotected, BackupKind::Stale];
    entry.facts.kind.is_some_and(|it| kinds.contains(&it))
}

/// Returns the word of the alarm's level: the user's own, if there is one.
fn level(view: &View<'_>, worst: Severity) -> String {
    match (view.house().level.as_str(), worst) {
        (_, Severity::Notice) | ("", _) => worst.word().to_uppercase(),
        (own, _) => own.to_owned(),
    }
}

fn heartbeat(view: &View<'_>, words: Words) -> Message {
    // What is kept quiet is there all the same: nobody is told that nothing is.
    let all_clear = match view.muted() {
        0 => words.line("heartbeat-line", &[]),
        _ => words.line("heartbeat-muted", &[]),
    };
    let mut lines = vec![all_clear];
    lines.push(words.line("time-line", &[("time", plain(view.time(view.now)))]));
    lines.push(words.line("account-line", &[("who", plain(view.who(&[], words)))]));
    lines.extend(kept_line(view, words));
    lines.extend(coverage(view, words));
    Message {
        title: words.say("title-heartbeat"),
        tone: Tone::Good,
        blocks: vec![Block::Lines(lines)],
        mention: Vec::new(),
        button: None,
    }
}

fn title(view: &View<'_>, speech: &Speech<'_>, words: Words) -> String {
    let is_grave = |it: &Entry<'_>| it.severity() >= Severity::Warning;
    let key = if speech.told.iter().any(|it| is_bare(it) && is_grave(it)) {
        "title-bare"
    } else if speech.told.iter().any(is_grave) {
        "title-trouble"
    } else if !speech.told.is_empty() {
        "title-notice"
    } else if speech.gone.is_empty() {
        "title-partial"
    } else if view.open().iter().any(is_grave) {
        "title-some-resolved"
    } else {
        "title-resolved"
    };
    words.say(key)
}

fn tone(view: &View<'_>, speech: &Speech<'_>) -> Tone {
    match speech.told.iter().map(Entry::severity).max() {
        Some(Severity::Urgent) => Tone::Urgent,
        Some(Severity::Warning) => Tone::Warning,
        _ if view.has_gaps() => Tone::Warning,
        None if view.open().is_empty() => Tone::Good,
        Some(Severity::Notice) | None => Tone::Plain,
    }
}

/// Returns whom to mention: the owners of what is news to them.
fn mentions(told: &[Entry<'_>]) -> Vec<String> {
    let grave = told.iter().filter(|it| it.severity() >= Severity::Warning);
    let mut owners: Vec<String> = grave
        .filter(|it| is_news(it.known) && !it.known.frozen)
        .map(|it| it.known.finding.owner.clone())
        .filter(|it| !it.is_empty())
        .collect();
    owners.sort();
    owners.dedup();
    owners
}

fn footer(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(gone_line(&speech.gone, words));
    lines.extend(others_line(view, speech, words));
    let muted = view.muted();
    if muted > 0 {
        lines.push(words.line("muted-line", &[("count", plain(muted))]));
    }
    if speech.occasion == Occasion::Digest {
        lines.extend(kept_line(view, words));
    }
    lines.extend(coverage(view, words));
    lines
}

/// Says how much is kept, and what that costs.
fn kept_line(view: &View<'_>, words: Words) -> Option<Line> {
    let theirs = |account: &model::AccountId| view.accounts.iter().any(|(id, _)| *id == account);
    let total = summary::total(view.census, view.settings, view.now, theirs);
    if total.machines == 0 {
        return None;
    }
    let mut places = vec![
        ("sets", number(total.sets)),
        ("machines", plain(total.machines)),
    ];
    if total.monthly.is_empty() {
        return Some(words.line("kept-line", &places));
    }
    let costs: Vec<String> = total.monthly.iter().map(Money::to_string).collect();
    places.push(("cost", number(costs.join(" + "))));
    Some(words.line("kept-cost-line", &places))
}

fn gone_line(gone: &[Entry<'_>], words: Words) -> Option<Line> {
    if gone.is_empty() {
        return None;
    }
    let mut line = words.line("gone-line", &[("count", number(gone.len()))]);
    for (index, entry) in gone.iter().take(GONE_SHOWN).enumerate() {
        if index > 0 {
            line.push(plain(", "));
        }
        line.push(Span::code(words::shortened(entry.id())));
    }
    if gone.len() > GONE_SHOWN {
        line.push(plain(", …"));
    }
    Some(line)
}

/// Says how much there is that this letter does not tell of.
fn others_line(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Option<Line> {
    let open = view.open();
    let said = BackupKind::ALL.into_iter().filter_map(|kind| {
        let of_kind = |it: &&Entry<'_>| it.facts.kind == Some(kind);
        let all = open.iter().filter(of_kind).count();
        let rest = all.saturating_sub(speech.told.iter().filter(of_kind).count());
        let key = format!("others-{}", kind.word());
        (rest > 0).then(|| words.text(&key, &[("count", rest.to_string())]))
    });
    let said: Vec<String> = said.collect();
    let what = said.join(&words.say("list-separator"));
    (!what.is_empty()).then(|| words.line("others-line", &[("what", plain(what))]))
}

fn coverage(view: &View<'_>, words: Words) -> Vec<Line> {
    let coverage = CoverageView {
        census: view.census,
        covers: &|scope| view.covers(scope),
        accepts: &|scope| view.accepts(scope),
        title_of: &|account| view.title_of(account),
    };
    coverage::lines(&coverage, words.language())
}

#[cfg(test)]
mod tests;
