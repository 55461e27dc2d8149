//! What a letter says, in the language of its readers.
//!
//! Invariant: every letter says what was looked at and what was not.
//! Invariant: nothing unproven stands among the orphans.

mod machines;
mod unused;
mod view;
pub(crate) mod words;

use duty::coverage::{self, CoverageView};
use duty::notice::{Notice, Occasion, is_news, notice};
use duty::{Audience, Finding, Letter, Scene, Severity};
use model::message::{Line, Message};
use model::{Block, Language, Span, Tone};

use crate::facts::{self, Facts};
use crate::kind::OrphanKind;
use crate::settings::Settings;
use crate::verdict::Verdict;
use view::{Entry, View};
use words::{Words, number, plain};

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

/// Returns why no more can be said of a finding, in words; empty when nothing stands in the way.
#[must_use]
pub fn reasons(finding: &Finding, language: Language) -> String {
    machines::reasons(&Facts::of(finding), words::of(language))
}

/// What is said in a letter; the worst first.
struct Speech<'a> {
    occasion: Occasion,
    told: Vec<Entry<'a>>,
    gone: Vec<Entry<'a>>,
}

impl<'a> Speech<'a> {
    fn of(&self, verdict: &str) -> Vec<&Entry<'a>> {
        let told = self.told.iter();
        told.filter(|it| it.facts.verdict() == verdict).collect()
    }
}

fn spoken(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Message {
    let orphans = speech.of(Verdict::ORPHAN);
    let mut blocks = vec![Block::Lines(head(view, speech, words))];
    if !orphans.is_empty() {
        blocks.push(Block::Rule);
        blocks.push(Block::Heading(words.line("orphans-heading", &[])));
        blocks.push(machines::list(view, &orphans, words));
        blocks.push(Block::Rule);
        blocks.push(Block::Heading(words.line("summary-heading", &[])));
        blocks.extend(machines::summary(&orphans, words));
    }
    blocks.extend(lesser(view, speech, words));
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

/// Returns the sections of what is no proven orphan.
fn lesser(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = |key: &str, entries: &[&Entry<'_>], inside: Vec<Block>| {
        if !entries.is_empty() {
            blocks.push(Block::Rule);
            let count = ("count", plain(entries.len()));
            blocks.push(Block::Heading(words.line(key, &[count])));
            blocks.extend(inside);
        }
    };
    let suspects = speech.of(Verdict::SUSPECT);
    let list = machines::list(view, &suspects, words);
    section("suspects-heading", &suspects, vec![list]);
    let unknown = speech.of(Verdict::UNKNOWN);
    let lines = machines::unknown(view, &unknown, words);
    section("unknown-heading", &unknown, vec![Block::Lines(lines)]);
    let unused = speech.of(Verdict::UNUSED);
    section(
        "unused-heading",
        &unused,
        unused::blocks(view, &unused, words),
    );
    let hints = speech.of(Verdict::HINT);
    let line = machines::ids(&hints);
    section("hints-heading", &hints, vec![Block::Lines(vec![line])]);
    blocks
}

/// Returns the lines that come first: how many, when, how grave, whose.
fn head(view: &View<'_>, speech: &Speech<'_>, words: Words) -> Vec<Line> {
    let mut lines = Vec::new();
    let open = view.open();
    let orphans = open.iter().filter(|it| it.facts.is_orphan()).count();
    if orphans > 0 {
        let told = speech.of(Verdict::ORPHAN);
        let fresh = told.iter().filter(|it| is_news(it.known)).count();
        let count = ("count", number(orphans));
        lines.push(if fresh == orphans || fresh == 0 {
            words.line("total-line", &[count])
        } else {
            words.line("total-fresh", &[count, ("fresh", number(fresh))])
        });
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
    let orphans = speech.of(Verdict::ORPHAN);
    if !orphans.is_empty() {
        return match what_they_are_called(view, &orphans) {
            Some(what) => words.text("title-orphans", &[("what", what)]),
            None => words.say("title-orphans-plain"),
        };
    }
    let key = if speech
        .told
        .iter()
        .any(|it| it.facts.verdict() != Verdict::UNUSED)
    {
        "title-notice"
    } else if !speech.told.is_empty() {
        "title-unused"
    } else if speech.gone.is_empty() {
        "title-partial"
    } else if view.open().iter().any(|it| it.facts.is_orphan()) {
        "title-some-resolved"
    } else {
        "title-resolved"
    };
    words.say(key)
}

/// Returns what their cloud calls its machines, if they are of one cloud.
fn what_they_are_called(view: &View<'_>, machines: &[&Entry<'_>]) -> Option<String> {
    let mut clouds = machines.iter().map(|it| it.facts.get(facts::CLOUD));
    let first = clouds.next()?;
    let called = &view.settings.machine_words;
    let (_, word) = called.iter().find(|(cloud, _)| cloud.as_str() == first)?;
    clouds.all(|it| it == first).then(|| word.clone())
}

fn tone(view: &View<'_>, speech: &Speech<'_>) -> Tone {
    match speech.told.iter().map(Entry::severity).max() {
        Some(Severity::Urgent) => Tone::Urgent,
        // An orphan costs money and may serve traffic unwatched.
        Some(Severity::Warning) if !speech.of(Verdict::ORPHAN).is_empty() => Tone::Urgent,
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
    let recycled = view.recycled();
    if recycled > 0 && speech.occasion == Occasion::Digest {
        lines.push(words.line("recycled-line", &[("count", plain(recycled))]));
    }
    lines.extend(coverage(view, words));
    lines
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
        let kind = entry.facts.kind.map_or("", OrphanKind::word);
        if !kind.is_empty() {
            line.push(plain(format!("{} ", words.say(&format!("kind-{kind}")))));
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
    let sorts = [
        ("others-orphan", Verdict::ORPHAN),
        ("others-suspect", Verdict::SUSPECT),
        ("others-unknown", Verdict::UNKNOWN),
        ("others-unused", Verdict::UNUSED),
        ("others-hint", Verdict::HINT),
    ];
    let said = sorts.into_iter().filter_map(|(key, verdict)| {
        let all = open
            .iter()
            .filter(|it| it.facts.verdict() == verdict)
            .count();
        let rest = all.saturating_sub(speech.of(verdict).len());
        (rest > 0).then(|| words.text(key, &[("count", rest.to_string())]))
    });
    let said: Vec<String> = said.collect();
    let what = said.join(&words.say("others-separator"));
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
