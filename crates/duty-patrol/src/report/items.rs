//! The list of things: type, id, days and end of each, and what else must be known of it.

use duty::Severity;
use model::message::{Item, Line};
use model::{Block, Span, Tone};

use super::view::{Entry, View};
use super::words::{Words, plain, shortened};
use crate::days::day_of;
use crate::facts::{self, Facts};
use crate::kind::PatrolKind;

/// Returns the list, cut at the longest that its accounts allow; the channel says how many more.
pub(super) fn block(view: &View<'_>, things: &[&Entry<'_>], words: Words) -> Block {
    let lengths = things
        .iter()
        .map(|it| view.settings.of(it.account()).max_list_length);
    let longest = usize::from(lengths.max().unwrap_or_default().max(1));
    let several = view.is_about_several();
    let shown = things
        .iter()
        .take(longest)
        .map(|it| item(view, it, several, words));
    Block::Items {
        items: shown.collect(),
        total: things.len(),
    }
}

fn item(view: &View<'_>, entry: &Entry<'_>, several: bool, words: Words) -> Item {
    let facts = &entry.facts;
    let mut rows: Vec<(String, Line)> = Vec::new();
    let mut row = |label: &str, value: Line| rows.push((words.say(label), value));
    if several {
        row(
            "label-account",
            vec![plain(view.title_of(entry.account(), words))],
        );
    }
    row("label-product", vec![plain(product(facts, words))]);
    row("label-id", vec![Span::code(shortened(entry.resource()))]);
    let name = &entry.known.finding.name;
    if !name.is_empty() {
        row("label-name", vec![plain(shortened(name))]);
    }
    let names = facts.get(facts::NAMES);
    if !names.is_empty() && names != name {
        row("label-names", vec![plain(shortened(names))]);
    }
    for (label, value) in particulars(view, entry, words) {
        row(label, value);
    }
    if let Some(renewal) = renewal(facts) {
        row("label-renewal", vec![plain(words.say(renewal))]);
    }
    if let Some(release) = release(view, entry) {
        row("label-release", vec![plain(release)]);
    }
    let notes = notes(view, entry, words);
    if !notes.is_empty() {
        row(
            "label-note",
            vec![plain(notes.join(&words.say("note-separator")))],
        );
    }
    Item {
        heading: Vec::new(),
        rows,
    }
}

/// Returns what is said of a thing by its sort: when it ends, when it begins, or how old it is.
fn particulars(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Vec<(&'static str, Line)> {
    let facts = &entry.facts;
    let zone = view.zone(entry.account());
    let day = |name: &str| {
        let day = facts.instant(name).map(|it| day_of(it, zone).to_string());
        vec![plain(day.unwrap_or_else(|| words.say("days-unknown")))]
    };
    let text = |name: &str| vec![plain(shortened(facts.get(name)))];
    let mut rows = match facts.kind {
        Some(PatrolKind::Maintenance) => vec![
            (
                "label-machine",
                vec![Span::code(shortened(facts.get(facts::MACHINE)))],
            ),
            ("label-event", text(facts::EVENT)),
            ("label-words", text(facts::WORDS)),
            ("label-days", vec![days(view, entry, words)]),
            ("label-begins", day(facts::BEGINS)),
            ("label-deadline", day(facts::DEADLINE)),
        ],
        Some(PatrolKind::AccessKey) => vec![
            ("label-user", text(facts::USER)),
            ("label-age", vec![age(view, entry, words)]),
            ("label-last-used", day(facts::LAST_USED)),
        ],
        _ => vec![
            ("label-days", vec![days(view, entry, words)]),
            ("label-ends", vec![plain(end(view, entry, words))]),
        ],
    };
    let is_said = |label: &str| match label {
        "label-words" => !facts.get(facts::WORDS).is_empty(),
        "label-deadline" => !facts.get(facts::DEADLINE).is_empty(),
        "label-user" => !facts.get(facts::USER).is_empty(),
        _ => true,
    };
    rows.retain(|(label, _)| is_said(label));
    rows
}

fn age(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Span {
    let days = entry.facts.age_days(view.now, view.zone(entry.account()));
    Span::bold(match days {
        Some(days) => words.text("age-days", &[("days", days.to_string())]),
        None => words.say("days-unknown"),
    })
}

/// Returns what kind of thing it is: the cloud's product code, or our word.
pub(crate) fn product(facts: &Facts<'_>, words: Words) -> String {
    match facts.kind {
        Some(PatrolKind::Certificate) => words.say("product-certificate"),
        Some(PatrolKind::Domain) => words.say("product-domain"),
        Some(PatrolKind::Endpoint) => words.say("product-endpoint"),
        Some(PatrolKind::Maintenance) => words.say("product-maintenance"),
        Some(PatrolKind::AccessKey) => words.say("product-access-key"),
        Some(it) if it.is_about_money() => words.say("product-balance"),
        _ => shortened(facts.product()),
    }
}

fn days(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Span {
    let account = entry.account();
    let left = entry.facts.days_left(view.now, view.zone(account));
    let ended = entry.facts.has_ended(view.now);
    let begun = entry.facts.kind == Some(PatrolKind::Maintenance)
        && entry.facts.ends.is_some_and(|it| it <= view.now);
    let text = match left {
        _ if begun => words.say("days-begun"),
        _ if entry.facts.is(facts::REDEMPTION) => words.say("days-redemption"),
        Some(days) if ended && days < 0 => {
            words.text("days-ended", &[("days", days.unsigned_abs().to_string())])
        }
        Some(0) if ended => words.say("days-ended-today"),
        _ if ended => words.say("days-ended-unknown"),
        Some(days) => days.to_string(),
        None => words.say("days-unknown"),
    };
    let urgent_days = i64::from(view.settings.of(account).urgent_days);
    let is_red =
        entry.severity == Severity::Urgent || left.is_some_and(|days| days <= urgent_days) || ended;
    Span::bold(text).toned(if is_red { Tone::Urgent } else { Tone::Plain })
}

fn end(view: &View<'_>, entry: &Entry<'_>, words: Words) -> String {
    match entry.facts.ends {
        Some(end) => day_of(end, view.zone(entry.account())).to_string(),
        None => words.say("days-unknown"),
    }
}

/// Returns what is to be said of the renewal; nothing where a person simply has to renew.
pub(crate) fn renewal(facts: &Facts<'_>) -> Option<&'static str> {
    match facts.get(facts::RENEWAL) {
        "auto" if facts.kind == Some(PatrolKind::UnknownEnd) => Some("renewal-auto"),
        "auto" => Some("renewal-failed"),
        "never" => Some("renewal-never"),
        "unknown" => Some("renewal-unknown"),
        _ => None,
    }
}

fn release(view: &View<'_>, entry: &Entry<'_>) -> Option<String> {
    let release = entry.facts.get(facts::RELEASE).parse().ok()?;
    let ended = entry.facts.has_ended(view.now);
    ended.then(|| day_of(release, view.zone(entry.account())).to_string())
}

fn notes(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Vec<String> {
    let mut notes = Vec::new();
    let newer = entry.facts.get(facts::REPLACED_BY);
    if !newer.is_empty() {
        notes.push(words.text("note-replaced", &[("id", shortened(newer))]));
    }
    if entry.facts.get(facts::DEPLOYED) == "no" {
        notes.push(words.say("note-not-deployed"));
    }
    if let Some(ack) = &entry.known.acked {
        notes.push(words.text("note-acked", &[("by", shortened(&ack.by))]));
    }
    if entry.known.frozen {
        let day = day_of(entry.known.last_seen, view.zone(entry.account()));
        notes.push(words.text("note-frozen", &[("day", day.to_string())]));
    }
    notes
}
