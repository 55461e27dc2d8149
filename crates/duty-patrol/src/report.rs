//! What a letter says, in the language of its readers.
//!
//! Invariant: no amount is shown where amounts are hidden.
//! Invariant: every letter says what was looked at and what was not.

mod account;
mod balance;
mod coverage;
mod items;
mod tally;
mod view;
pub(crate) mod words;

use duty::{Audience, Letter, Scene, Severity};
use model::message::{Button, Line, Message};
use model::{Block, Tone};

use crate::kind::PatrolKind;
use crate::notice::{Notice, Occasion, is_news, notice};
use crate::settings::Settings;
pub(crate) use items::{product, renewal};
use view::{Entry, View};
use words::Words;

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
            let speech = Speech {
                told: view.entries(&told),
                gone: view.entries(&gone),
                occasion,
            };
            let tells = told
                .iter()
                .chain(&gone)
                .map(|it| it.finding.key.clone())
                .collect();
            let message = spoken(&view, &speech, words);
            Some(Letter {
                message,
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

impl Speech<'_> {
    fn things(&self) -> impl Iterator<Item = &Entry<'_>> {
        self.told.iter().filter(|it| !it.facts.is_about_money())
    }
}

fn spoken(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Message {
    let things: Vec<&Entry<'_>> = speech.things().collect();
    let mut blocks = Vec::new();
    if !things.is_empty() {
        if speech.occasion == Occasion::News {
            let count = words::number(things.len());
            blocks.push(Block::Heading(
                words.line("news-heading", &[("count", count)]),
            ));
        }
        blocks.push(items::block(view, &things, words));
        blocks.push(Block::Rule);
    }
    let mut lines: Vec<Line> = gone_line(&speech.gone, words).into_iter().collect();
    lines.extend(account::lines(view, words));
    if speech.occasion == Occasion::Digest {
        lines.extend(fresh_line(&speech.told, words));
    }
    lines.extend(footer(view, speech.occasion, words));
    blocks.push(Block::Lines(lines));
    Message {
        title: title(view, speech, words),
        tone: tone(view, speech),
        blocks,
        mention: mentions(&speech.told),
        button: button(view, &things, words),
    }
}

fn heartbeat(view: &View<'_>, words: Words) -> Message {
    let all_clear = match view.common_warn_days() {
        // What is kept quiet may end all the same: nobody is told that nothing does.
        _ if view.muted() > 0 => words.line("heartbeat-muted", &[]),
        Some(days) => words.line("heartbeat-line", &[("days", words::plain(days))]),
        None => words.line("heartbeat-several", &[]),
    };
    let mut lines = vec![all_clear];
    lines.extend(account::lines(view, words));
    lines.extend(footer(view, Occasion::Digest, words));
    Message {
        title: words.text("title-heartbeat", &[("who", view.who(words))]),
        tone: Tone::Good,
        blocks: vec![Block::Lines(lines)],
        mention: Vec::new(),
        button: None,
    }
}

fn title(view: &View<'_>, speech: &Speech<'_>, words: Words) -> String {
    let mut things = speech.things().map(|it| it.severity);
    let key = if let Some(worst) = things.next() {
        match worst {
            Severity::Notice => "title-notice",
            Severity::Warning | Severity::Urgent => "title-expiry",
        }
    } else if !speech.told.is_empty() {
        "title-balance"
    } else if speech.gone.is_empty() {
        "title-partial"
    } else if view.open().is_empty() {
        "title-resolved"
    } else {
        "title-some-resolved"
    };
    words.text(key, &[("who", view.who(words))])
}

fn tone(view: &View<'_>, speech: &Speech<'_>) -> Tone {
    match speech.told.iter().map(|it| it.severity).max() {
        Some(Severity::Urgent) => Tone::Urgent,
        Some(Severity::Warning) => Tone::Warning,
        _ if view.has_gaps() => Tone::Warning,
        None if view.open().is_empty() => Tone::Good,
        Some(Severity::Notice) | None => Tone::Plain,
    }
}

/// Returns whom to mention: the owners of what is news to them or urgent, not of what they have
/// read yesterday.
fn mentions(told: &[Entry<'_>]) -> Vec<String> {
    let concerns = |it: &&Entry<'_>| is_news(it.known) || it.severity == Severity::Urgent;
    let mut owners: Vec<String> = told
        .iter()
        .filter(concerns)
        .filter(|it| !it.known.frozen && it.known.acked.is_none())
        .map(|it| it.known.finding.owner.clone())
        .filter(|it| !it.is_empty())
        .collect();
    owners.sort();
    owners.dedup();
    owners
}

/// Returns the button to the page where the worst thing is renewed.
fn button(view: &View<'_>, things: &[&Entry<'_>], words: Words) -> Option<Button> {
    let renewed = |it: &&&Entry<'_>| it.facts.kind.is_none_or(PatrolKind::is_about_an_end);
    let pages = things
        .iter()
        .filter(renewed)
        .filter_map(|it| view.census.accounts.get(it.account()));
    let url = pages
        .map(|it| &it.renewal_page)
        .find(|it| it.starts_with("https://"))?;
    Some(Button {
        caption: words.say("button-renew"),
        url: url.clone(),
    })
}

/// How many of the things that are gone are named.
const GONE_SHOWN: usize = 10;

fn gone_line(gone: &[Entry<'_>], words: Words) -> Option<Line> {
    if gone.is_empty() {
        return None;
    }
    let mut line = words.line("gone-line", &[("count", words::number(gone.len()))]);
    for (index, entry) in gone.iter().take(GONE_SHOWN).enumerate() {
        if index > 0 {
            line.push(words::plain(", "));
        }
        line.push(words::plain(format!(
            "{} ",
            items::product(&entry.facts, words)
        )));
        line.push(model::Span::code(entry.resource()));
    }
    if gone.len() > GONE_SHOWN {
        line.push(words::plain(" …"));
    }
    Some(line)
}

/// Says how many of the findings are new, unless all are or none is.
fn fresh_line(told: &[Entry<'_>], words: Words) -> Option<Line> {
    let fresh = told.iter().filter(|it| it.known.notified.is_none()).count();
    (fresh > 0 && fresh < told.len())
        .then(|| words.line("fresh-line", &[("count", words::number(fresh))]))
}

fn footer(view: &View<'_>, occasion: Occasion, words: Words) -> Vec<Line> {
    let mut lines = Vec::new();
    let muted = view.muted();
    if muted > 0 {
        lines.push(words.line("muted-line", &[("count", words::plain(muted))]));
    }
    lines.extend(coverage::lines(view, words));
    if occasion == Occasion::Digest {
        lines.extend(coverage::uncovered(view, words));
    }
    lines
}

#[cfg(test)]
mod tests;
