//! The reasons of plans, in words.

use duty::Reason;
use duty::words::minute;
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

/// Those of them that are instants.
const INSTANTS: [&str; 3] = ["confirmed", "since", "until"];

/// Returns a reason of a plan in words; one that a newer version gave stays as it is.
#[must_use]
pub fn explain(reason: &Reason, language: Language) -> String {
    let mut known = REASONS.iter();
    let Some((word, names)) = known.find(|it| it.0 == reason.word) else {
        return reason.word.clone();
    };
    let fact = |name: &str| {
        let fact = reason.facts.get(name).cloned().unwrap_or_default();
        match INSTANTS.contains(&name) {
            true => minute(&fact),
            false => fact,
        }
    };
    let places: Vec<(&'static str, String)> = names.iter().map(|it| (*it, fact(it))).collect();
    words::of(language).text(&format!("why-{word}"), &places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_said_to_the_minute_with_their_zone() {
        let said = |since: &str| {
            let facts = [("since", since.to_owned())];
            explain(&Reason::new("marked_long_ago", facts), Language::English)
        };
        assert_eq!(
            said("2026-11-21T04:00:00.6Z"),
            "marked at 2026-11-21 12:00 +08:00, and nobody has claimed it"
        );
        assert_eq!(
            said("long ago"),
            "marked at long ago, and nobody has claimed it"
        );
    }
}
