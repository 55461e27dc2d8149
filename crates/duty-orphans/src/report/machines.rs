//! What is told of machines: enough for a person to decide without looking them up.

use std::collections::BTreeMap;

use model::message::{Block, Item, Line};
use model::{Span, Tone};

use super::view::{Entry, View};
use super::words::{Words, plain, shortened};
use crate::facts::{self, Facts};
use crate::verdict::Verdict;

/// How many tags, ties or clusters of one machine are named.
const PARTS_SHOWN: usize = 10;

const NUMBERS: [&str; 10] = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟"];

/// Returns the list of machines, cut at the longest that is asked for; the channel says how many
/// more.
pub(super) fn list(view: &View<'_>, machines: &[&Entry<'_>], words: Words) -> Block {
    let longest = usize::from(view.house().max_list_length.max(1));
    let shown = machines.iter().take(longest).enumerate();
    Block::Items {
        items: shown
            .map(|(index, it)| item(view, index, it, words))
            .collect(),
        total: machines.len(),
    }
}

fn item(view: &View<'_>, index: usize, entry: &Entry<'_>, words: Words) -> Item {
    let number = NUMBERS.get(index).copied().unwrap_or("🔢");
    let heading = vec![
        plain(format!("{number} ")),
        Span {
            bold: true,
            ..Span::code(shortened(entry.id()))
        },
    ];
    let facts = &entry.facts;
    let mut rows: Vec<(String, Line)> = Vec::new();
    let mut row = |label: &str, value: String| {
        if !value.is_empty() {
            rows.push((words.say(label), vec![plain(value)]));
        }
    };
    row("label-name", shortened(&entry.known.finding.name));
    row(
        "label-private",
        facts
            .list(facts::PRIVATE_IPS)
            .collect::<Vec<_>>()
            .join(", "),
    );
    row(
        "label-public",
        facts.list(facts::PUBLIC_IPS).collect::<Vec<_>>().join(", "),
    );
    row("label-tags", tags(entry));
    row("label-place", place(view, entry));
    row("label-type", machine_type(view, facts, words));
    row("label-cluster", origin(facts, words));
    row("label-pool", shortened(facts.get(facts::POOL)));
    row("label-ties", ties(facts, words));
    if facts.is_orphan() {
        row("label-asked", asked(facts, words));
    }
    for (label, fact) in [
        ("label-last-member", facts::LAST_MEMBER),
        ("label-since", facts::SINCE),
        ("label-confirmed-after", facts::CONFIRMED_AFTER),
    ] {
        row(
            label,
            facts.time(fact).map_or(String::new(), |it| view.time(it)),
        );
    }
    row(
        "label-note",
        notes(view, entry, words).join(&words.say("note-separator")),
    );
    for (label, value) in &mut rows {
        let is_address = [words.say("label-private"), words.say("label-public")].contains(label);
        value.iter_mut().for_each(|it| it.code = is_address);
    }
    Item { heading, rows }
}

/// Returns the tags in one order, so that the same machine reads the same each day.
fn tags(entry: &Entry<'_>) -> String {
    let tags = entry.known.finding.tags.iter();
    let shown = tags.map(|(key, value)| shortened(&format!("{key}={value}")));
    several(shown)
}

fn several(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let more = if all.len() > PARTS_SHOWN { ", …" } else { "" };
    let shown = &all[..all.len().min(PARTS_SHOWN)];
    format!("{}{more}", shown.join(", "))
}

fn place(view: &View<'_>, entry: &Entry<'_>) -> String {
    let facts = &entry.facts;
    let zone = facts.get(facts::ZONE);
    let region = if zone.is_empty() {
        facts.get(facts::REGION)
    } else {
        zone
    };
    let mut parts = Vec::new();
    if view.spoken_of().len() > 1 {
        parts.push(view.title_of(entry.account()));
    }
    parts.push(shortened(region));
    let network = facts.get(facts::NETWORK);
    if !network.is_empty() {
        parts.push(shortened(network));
    }
    parts.join(" · ")
}

/// Returns its type and terms: what it is, how it is paid for, since when and until when.
fn machine_type(view: &View<'_>, facts: &Facts<'_>, words: Words) -> String {
    let mut parts = vec![shortened(facts.get(facts::TYPE))];
    parts.push(charge(facts.get(facts::CHARGE), words));
    let times = [
        ("created-on", facts::CREATED),
        ("expires-on", facts::EXPIRES),
    ];
    for (key, fact) in times {
        let time = facts.time(fact);
        parts.extend(time.map(|it| words.text(key, &[("day", view.day(it))])));
    }
    parts.retain(|it| !it.is_empty());
    parts.join(" · ")
}

/// Returns how a thing is paid for, in the reader's words.
pub(super) fn charge(charge: &str, words: Words) -> String {
    match charge {
        "prepaid" => words.say("charge-prepaid"),
        "on_demand" => words.say("charge-on_demand"),
        "spot" => words.say("charge-spot"),
        other => shortened(other),
    }
}

fn origin(facts: &Facts<'_>, words: Words) -> String {
    let cluster = facts.get(facts::CLUSTER);
    let name = facts.get(facts::CLUSTER_NAME);
    let cluster = match (name.is_empty() || name == cluster, cluster) {
        (_, "") => return String::new(),
        (true, cluster) => shortened(cluster),
        (false, cluster) => format!("{} ({})", shortened(name), shortened(cluster)),
    };
    if facts.get(facts::CLUSTER_STATE) == "gone" {
        return words.text("cluster-gone", &[("cluster", cluster)]);
    }
    cluster
}

fn ties(facts: &Facts<'_>, words: Words) -> String {
    let ties = facts
        .get(facts::TIES)
        .split("; ")
        .filter(|it| !it.is_empty());
    let said = ties.map(|tie| {
        let (sort, evidence) = tie.split_once(' ').unwrap_or((tie, ""));
        let places = [("evidence", shortened(evidence))];
        match sort {
            "tag" => words.text("tie-tag", &places),
            "name" => words.text("tie-name", &places),
            "group" => words.text("tie-group", &places),
            "history" => words.text("tie-history", &places),
            "hint" => words.text("tie-hint", &places),
            _ => shortened(tie),
        }
    });
    several(said)
}

fn asked(facts: &Facts<'_>, words: Words) -> String {
    let clusters: Vec<&str> = facts.list(facts::ASKED).collect();
    if clusters.is_empty() {
        return words.say("asked-none");
    }
    let shown = clusters.iter().take(PARTS_SHOWN).copied();
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if clusters.len() > PARTS_SHOWN {
        let count = clusters.len().to_string();
        shown = words.text("asked-many", &[("shown", shown), ("count", count)]);
    }
    words.text("asked-free", &[("clusters", shown)])
}

fn notes(view: &View<'_>, entry: &Entry<'_>, words: Words) -> Vec<String> {
    let facts = &entry.facts;
    let mut notes = Vec::new();
    if facts.get(facts::STATE) == "stopped" {
        notes.push(words.say("note-stopped"));
        notes.extend(marked(view, facts, words));
    }
    if facts.get(facts::RENEWAL) == "auto" {
        notes.push(words.say("note-auto-renewal"));
    }
    let mut ties = facts.get(facts::TIES).split("; ");
    if ties.all(|it| it.starts_with("tag ")) && facts.get(facts::LAST_MEMBER).is_empty() {
        notes.push(words.say("note-tag-alone"));
    }
    let proven = facts.time(facts::CONFIRMED);
    if let Some(proven) = proven.filter(|_| facts.verdict() == Verdict::UNKNOWN) {
        notes.push(words.text("note-was-proven", &[("time", view.time(proven))]));
    }
    if entry.known.frozen {
        let time = view.time(entry.known.last_seen);
        notes.push(words.text("note-frozen", &[("time", time)]));
    }
    if let Some(ack) = &entry.known.acked {
        notes.push(words.text("note-acked", &[("by", shortened(&ack.by))]));
    }
    notes
}

/// Says that it was stopped and marked by us, and when it goes: time enough to object.
fn marked(view: &View<'_>, facts: &Facts<'_>, words: Words) -> Option<String> {
    let since = ("since", view.time(facts.time(facts::MARKED)?));
    Some(match facts.time(facts::GOES_AFTER) {
        Some(until) => words.text("note-marked-until", &[since, ("until", view.time(until))]),
        None => words.text("note-marked", &[since]),
    })
}

/// Returns the ids and addresses to be copied. Ids are apart by how they are paid for: clouds take
/// only one sort of them in one call.
pub(super) fn summary(machines: &[&Entry<'_>], words: Words) -> Vec<Block> {
    let mut by_charge: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for it in machines {
        let charge = it.facts.get(facts::CHARGE);
        by_charge
            .entry(charge)
            .or_default()
            .push(it.id().to_owned());
    }
    let is_one = by_charge.len() == 1;
    let mut blocks: Vec<Block> = by_charge
        .into_iter()
        .map(|(it, values)| {
            let label = if is_one {
                words.say("summary-ids")
            } else {
                words.text("summary-ids-of", &[("charge", charge(it, words))])
            };
            let label = vec![Span::bold(label)];
            Block::Values { label, values }
        })
        .collect();
    let ips = machines
        .iter()
        .flat_map(|it| it.facts.list(facts::PRIVATE_IPS));
    let values: Vec<String> = ips.map(str::to_owned).collect();
    if !values.is_empty() {
        let label = vec![Span::bold(words.say("summary-ips"))];
        blocks.push(Block::Values { label, values });
    }
    blocks
}

/// Returns what could not be told: a line for each row of reasons, with whom it concerns.
pub(super) fn unknown(view: &View<'_>, entries: &[&Entry<'_>], words: Words) -> Vec<Line> {
    let mut by_reason: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for it in entries {
        by_reason
            .entry(it.facts.get(facts::WHY))
            .or_default()
            .push(it);
    }
    let mut groups: Vec<_> = by_reason.into_values().collect();
    // The same in every run: by how many it concerns, then by the words of the reasons.
    groups.sort_by_key(|it| std::cmp::Reverse(it.len()));
    let longest = usize::from(view.house().max_list_length.max(1));
    let more: usize = groups.iter().skip(longest).map(Vec::len).sum();
    let shown = groups.iter().take(longest);
    let mut lines: Vec<Line> = shown.map(|it| reason_line(it, words)).collect();
    if more > 0 {
        lines.push(words.line("more-line", &[("count", plain(more))]));
    }
    lines
}

fn reason_line(entries: &[&Entry<'_>], words: Words) -> Line {
    let Some(first) = entries.first() else {
        return Line::new();
    };
    let reasons = reasons(&first.facts, words);
    let mut line = vec![plain(format!("{reasons} ({}): ", entries.len()))];
    line.extend(ids(entries));
    line
}

/// Returns why no more can be said, in words.
pub(super) fn reasons(facts: &Facts<'_>, words: Words) -> String {
    let reasons = facts
        .reasons()
        .take(PARTS_SHOWN)
        .map(|(word, about)| words.text(&format!("reason-{word}"), &[("about", shortened(about))]));
    let reasons: Vec<String> = reasons.collect();
    reasons.join(&words.say("note-separator"))
}

/// Returns the first ids of a row.
pub(super) fn ids(entries: &[&Entry<'_>]) -> Line {
    let mut line = Line::new();
    for (index, entry) in entries.iter().take(PARTS_SHOWN).enumerate() {
        if index > 0 {
            line.push(plain(", "));
        }
        line.push(Span::code(shortened(entry.id())).toned(Tone::Plain));
    }
    if entries.len() > PARTS_SHOWN {
        line.push(plain(", …"));
    }
    line
}
