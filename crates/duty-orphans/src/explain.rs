//! The reasons of plans, in words.

use duty::Reason;
use model::Language;

use crate::report::words;

/// The reasons that plans of this duty have, and the facts that belong to each.
pub(crate) const REASONS: [(&str, &[&str]); 18] = [
    ("orphan", &["confirmed"]),
    ("orphan_stopped", &["confirmed"]),
    ("marked_long_ago", &["since"]),
    ("stopped_anew", &["since"]),
    ("unused", &["since"]),
    ("used_meanwhile", &["since"]),
    ("unused_long", &["since", "ip"]),
    ("selection_unknown", &["why"]),
    ("protected_by_cloud", &[]),
    ("protected_tag", &["tag"]),
    ("not_by_use", &["charge"]),
    ("tag_alone", &["ties"]),
    ("started_again", &["since"]),
    ("on_its_way", &["state"]),
    ("marked_ahead", &["since"]),
    ("acked", &["by"]),
    ("muted", &["until", "reason"]),
    ("cluster_made", &["evidence"]),
];

/// Returns a reason of a plan in words; one that a newer version gave stays as it is.
#[must_use]
pub fn explain(reason: &Reason, language: Language) -> String {
    let mut known = REASONS.iter();
    let Some((word, names)) = known.find(|it| it.0 == reason.word) else {
        return reason.word.clone();
    };
    let fact = |name: &str| reason.facts.get(name).cloned().unwrap_or_default();
    let places: Vec<(&'static str, String)> = names.iter().map(|it| (*it, fact(it))).collect();
    words::of(language).text(&format!("why-{word}"), &places)
}
