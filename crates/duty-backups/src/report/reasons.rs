//! The reasons of plans in words.

use duty::Reason;
use duty::words::minute;
use model::Language;

use super::words;

/// The words of all reasons.
pub(crate) const WORDS: [&str; 42] = [
    "set_due",
    "copy_due",
    "loan_stands",
    "root_tag_missing",
    "image_due",
    "image_past",
    "set_past",
    "set_of_gone",
    "set_partial",
    "restore_disk",
    "restore_image",
    "restore_machine",
    "proof_disk",
    "proof_attach",
    "proof_drop",
    "proof_root_only",
    "adopt_set",
    "adopt_image",
    "identity_unseen",
    "regions_unseen",
    "machines_unseen",
    "disks_unseen",
    "snapshots_unseen",
    "images_unseen",
    "image_uses_unseen",
    "homes_unseen",
    "copies_unseen",
    "copies_closed",
    "copies_same",
    "copies_twice",
    "gone_unproven",
    "selection_unknown",
    "never_due",
    "no_disks",
    "no_root",
    "image_name_taken",
    "owner_unknown",
    "many_new",
    "tag_unknown",
    "tag_unknown_like",
    "held_by_images",
    "newer_barred",
];

/// The names of all facts of reasons.
const FACTS: [&str; 22] = [
    "account",
    "age_days",
    "chosen",
    "disks",
    "gib",
    "images",
    "keep",
    "keep_days",
    "key",
    "like",
    "machine",
    "machines",
    "many",
    "name",
    "new",
    "region",
    "sets",
    "snapshots",
    "tag",
    "to",
    "week",
    "which",
];

/// Returns a reason in words; its own word when a newer version gave one that this one does not know.
#[must_use]
pub fn explain(reason: &Reason, language: Language) -> String {
    let words = words::of(language);
    let word = match (reason.word.as_str(), reason.facts.get("like")) {
        ("tag_unknown", Some(like)) if !like.is_empty() => "tag_unknown_like",
        (word, _) => word,
    };
    if !WORDS.contains(&word) {
        return reason.word.clone();
    }
    let fact = |name: &str| reason.facts.get(name).cloned().unwrap_or_default();
    let mut places: Vec<(&'static str, String)> =
        FACTS.iter().map(|name| (*name, fact(name))).collect();
    places.push(("why", fact("why")));
    // Near enough to tell one set from another; its full name is in the plan.
    places.push(("period", minute(&fact("period"))));
    words.text(&format!("reason-{word}"), &places)
}
