//! What is told of things that nobody uses: a line for each, by kind.

use model::Span;
use model::message::{Block, Line};

use super::machines::charge;
use super::view::{Entry, View};
use super::words::{Words, number, plain, shortened};
use crate::facts;
use crate::kind::OrphanKind;

/// Returns the things that nobody uses, a block for each kind.
pub(super) fn blocks(view: &View<'_>, entries: &[&Entry<'_>], words: Words) -> Vec<Block> {
    let kinds = [
        (OrphanKind::Disk, "kind-unused-disk"),
        (OrphanKind::Address, "kind-unused-address"),
        (OrphanKind::LoadBalancer, "kind-unused-load_balancer"),
        (OrphanKind::Snapshot, "kind-unused-snapshot"),
        (OrphanKind::Image, "kind-unused-image"),
    ];
    let longest = usize::from(view.house().max_list_length.max(1));
    let mut blocks = Vec::new();
    for (kind, key) in kinds {
        let of_kind = entries.iter().filter(|it| it.facts.kind == Some(kind));
        let of_kind: Vec<&Entry<'_>> = of_kind.copied().collect();
        if of_kind.is_empty() {
            continue;
        }
        let mut lines = vec![words.bold_line(key, &[("count", number(of_kind.len()))])];
        let shown = of_kind.iter().take(longest);
        lines.extend(shown.map(|it| line(view, it, words)));
        if of_kind.len() > longest {
            let more = of_kind.len() - longest;
            lines.push(words.line("more-line", &[("count", plain(more))]));
        }
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
    parts.push(fact(facts::PUBLIC_IPS));
    parts.push(fact(facts::ANSWERS_AT));
    parts.push(fact(facts::TYPE));
    let size = facts.get(facts::SIZE_GIB);
    if !size.is_empty() {
        parts.push(words.text("size", &[("gib", size.to_owned())]));
    }
    parts.push(charge(facts.get(facts::CHARGE), words));
    if let Some(since) = facts.time(facts::SINCE) {
        parts.push(words.text("unused-since", &[("day", view.day(since))]));
    }
    if let Some(end) = facts.time(facts::EXPIRES) {
        parts.push(words.text("expires-on", &[("day", view.day(end))]));
    }
    if !facts.get(facts::SOURCE).is_empty() {
        parts.push(words.text("source-of", &[("source", fact(facts::SOURCE))]));
    }
    if !facts.get(facts::HELD_BY).is_empty() {
        parts.push(words.text("held-by", &[("what", fact(facts::HELD_BY))]));
    }
    if facts.get(facts::SHARED) == "true" {
        parts.push(words.say("shared"));
    }
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
