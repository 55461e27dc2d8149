//! What is told of each finding: a line, by kind.

use model::Span;
use model::message::{Block, Line};

use super::view::{Entry, View};
use super::words::{Words, number, plain, shortened};
use crate::facts;
use crate::kind::BackupKind;

/// Returns the findings, a block for each kind.
pub(super) fn blocks(view: &View<'_>, entries: &[Entry<'_>], words: Words) -> Vec<Block> {
    let longest = usize::from(view.house().max_list_length.max(1));
    let mut blocks = Vec::new();
    for kind in BackupKind::ALL {
        let of_kind = entries.iter().filter(|it| it.facts.kind == Some(kind));
        let of_kind: Vec<&Entry<'_>> = of_kind.collect();
        if of_kind.is_empty() {
            continue;
        }
        let key = format!("kind-{}", kind.word());
        let mut lines = vec![words.bold_line(&key, &[("count", number(of_kind.len()))])];
        let shown = of_kind.iter().take(longest);
        lines.extend(shown.map(|it| line(view, it, words)));
        if of_kind.len() > longest {
            let more = of_kind.len() - longest;
            lines.push(words.line("more-line", &[("count", plain(more))]));
        }
        blocks.push(Block::Rule);
        blocks.push(Block::Lines(lines));
    }
    blocks
}

fn line(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Line {
    let facts = &entry.facts;
    let fact = |name: &str| shortened(facts.get(name));
    let mut parts = Vec::new();
    if view.spoken_of().len() > 1 {
        parts.push(view.title_of(entry.account()));
    }
    parts.push(fact(facts::REGION));
    parts.push(shortened(&entry.known.finding.name));
    let mut say = |key: &'static str, name: &str, place: &'static str| {
        let value = fact(name);
        if !value.is_empty() {
            parts.push(words.text(key, &[(place, value)]));
        }
    };
    say("state-is", facts::STATE, "state");
    say("of-machine", facts::MACHINE, "machine");
    say("barred-by", facts::BARRED_BY, "key");
    let state = facts.get(facts::KEY_STATE);
    if !state.is_empty() {
        parts.push(key_state(state, words));
    }
    let steps: Vec<String> = facts.list(facts::STEPS).map(|it| step(it, words)).collect();
    if !steps.is_empty() {
        let steps = steps.join(&words.say("list-separator"));
        parts.push(words.text("steps-not-done", &[("steps", steps)]));
    }
    let mut at = |key: &'static str, name: &str| {
        if let Some(at) = facts.time(name) {
            parts.push(words.text(key, &[("time", view.time(at))]));
        }
    };
    at("since", facts::SINCE);
    at("newest-copy", facts::NEWEST);
    at("of-period", facts::PERIOD);
    at("made-on", facts::CREATED);
    at("paid-until", facts::UNTIL);
    at("goes-on", facts::GOES);
    if !facts.get(facts::WANTED).is_empty() {
        let places = [
            ("there", fact(facts::THERE)),
            ("wanted", fact(facts::WANTED)),
        ];
        parts.push(words.text("there-of-wanted", &places));
    }
    let mut say = |key: &'static str, name: &str, place: &'static str| {
        let value = fact(name);
        if !value.is_empty() {
            parts.push(words.text(key, &[(place, value)]));
        }
    };
    say("size", facts::SIZE_GIB, "gib");
    say("in-zones", facts::ZONES, "zones");
    say("binned-snapshots", facts::SNAPSHOTS, "count");
    say("of-sets", facts::SETS, "count");
    say("of-machines", facts::MACHINES, "count");
    say("last-of", facts::LAST_OF, "machines");
    say("binned-images", facts::IMAGES, "count");
    say("covered-by", facts::COVERED_BY, "what");
    say("held-by", facts::HELD_BY, "what");
    say("because", facts::WHY, "why");
    if entry.known.frozen {
        let time = view.time(entry.known.last_seen);
        parts.push(words.text("note-frozen", &[("time", time)]));
    }
    parts.retain(|it| !it.is_empty());
    vec![
        Span::code(shortened(entry.id())),
        plain(format!(" {}", parts.join(" · "))),
    ]
}

/// Returns what the state of a key is called; the cloud's own word when it is one of those.
fn key_state(word: &str, words: Words) -> String {
    match word {
        "disabled" | "gone" | "withheld" => words.say(&format!("key-{word}")),
        _ => words.text("state-is", &[("state", shortened(word))]),
    }
}

/// Returns what a step is called; its own word when a newer version made one that this one does not
/// know.
fn step(word: &str, words: Words) -> String {
    let known = [
        "create_set",
        "make_image",
        "copy_set",
        "end_loan",
        "put_tags",
        "delete_snapshot",
        "delete_image",
    ];
    match known.contains(&word) {
        true => words.say(&format!("step-{word}")),
        false => word.to_owned(),
    }
}
