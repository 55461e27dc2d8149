//! The reasons of plans, in words.

use std::sync::LazyLock;

use base::Texts;
use duty::Reason;
use duty::words::Words;
use jiff::SignedDuration;
use model::Language;

use crate::threshold;

const CHINESE_SOURCE: &str = include_str!("../locales/zh-CN/alarms.ftl");
const ENGLISH_SOURCE: &str = include_str!("../locales/en/alarms.ftl");

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::Chinese.tag(), CHINESE_SOURCE));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English.tag(), ENGLISH_SOURCE));

/// The reasons that plans of this duty have, and the facts that belong to each.
const REASONS: [(&str, &[&str]); 23] = [
    ("unwatched", &["threshold", "rate", "by", "fires"]),
    ("machine_gone", &["alarm", "machine", "since"]),
    ("target_missing", &["target", "count"]),
    ("target_first", &["target", "count"]),
    ("target_invites", &["target"]),
    ("target_unheard", &["target"]),
    ("target_unconfirmed", &["target", "listeners"]),
    ("targets_unseen", &["target", "count"]),
    ("machines_unseen", &["why"]),
    ("alarms_unseen", &["why"]),
    ("addresses_unseen", &["why"]),
    ("selection_unknown", &["why"]),
    ("group_may_watch", &["group"]),
    ("threshold_unreadable", &["tag", "value", "why"]),
    ("name_taken", &["alarm"]),
    ("name_twice", &["alarm"]),
    (
        "past",
        &["fired", "tested", "wanted", "days", "threshold", "rate"],
    ),
    ("past_empty", &["wanted"]),
    ("past_unseen", &["wanted", "why"]),
    ("counts_all_interfaces", &["cloud"]),
    ("counts_public", &["cloud"]),
    ("no_alarms_there", &["account", "cloud"]),
    ("no_such_tag", &["account", "tag", "like"]),
];

/// Returns the words of one language.
pub(crate) fn words(language: Language) -> Words {
    match language {
        Language::Chinese => Words::new(language, &CHINESE),
        Language::English => Words::new(language, &ENGLISH),
    }
}

/// Returns a reason of a plan in words; one that a newer version gave stays as it is.
#[must_use]
pub fn explain(reason: &Reason, language: Language) -> String {
    let words = words(language);
    let mut known = REASONS.iter();
    let Some((word, names)) = known.find(|it| it.0 == reason.word) else {
        return reason.word.clone();
    };
    let places = names.iter().map(|name| (*name, fact(reason, name, words)));
    let places: Vec<(&'static str, String)> = places.collect();
    let mut text = words.text(&format!("why-{word}"), &places);
    let place = |name: &str| reason.facts.get(name).cloned();
    if let (Some(account), Some(region)) = (place("account"), place("region")) {
        let places = [("account", account), ("region", region), ("text", text)];
        text = words.text("why-where", &places);
    }
    text
}

/// Returns a fact as it is put into a sentence.
fn fact(reason: &Reason, name: &str, words: Words) -> String {
    let raw = |name: &str| reason.facts.get(name).map_or("", String::as_str);
    match name {
        "threshold" => {
            let number = |name: &str| raw(name).parse::<u64>().unwrap_or_default();
            let seconds = raw("period").parse().unwrap_or_default();
            let places = [
                ("bytes", threshold::bytes(number("bytes"))),
                (
                    "period",
                    threshold::period(SignedDuration::from_secs(seconds)),
                ),
                ("periods", number("periods").to_string()),
            ];
            let key = match raw("periods") {
                "1" => "threshold-once",
                _ => "threshold",
            };
            words.text(key, &places)
        }
        "rate" => threshold::rate(raw("bits").parse().unwrap_or_default()),
        "by" => words.say(&format!("by-{}", raw("by"))),
        "fires" => match raw("fires") {
            "" => String::new(),
            "0" => words.say("fires-never"),
            times => words.text("fires", &[("times", times.to_owned())]),
        },
        "like" => match raw("like") {
            "" => String::new(),
            like => words.text("did-you-mean", &[("like", like.to_owned())]),
        },
        _ => raw(name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use base::texts::keys;

    use super::*;
    use crate::kind::AlarmKind;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        assert_eq!(keys(CHINESE_SOURCE).unwrap(), keys(ENGLISH_SOURCE).unwrap());
    }

    #[test]
    fn every_reason_and_kind_has_its_words() {
        let keys = keys(ENGLISH_SOURCE).unwrap();
        let reasons = REASONS.iter().map(|it| format!("why-{}", it.0));
        let headings = AlarmKind::ALL.map(|it| format!("heading-{}", it.word()));
        let entries = AlarmKind::ALL.map(|it| format!("entry-{}", it.word()));
        for key in reasons.chain(headings).chain(entries) {
            assert!(keys.contains(&key), "{key}");
        }
    }

    #[test]
    fn a_reason_of_a_newer_version_stays_as_it_is() {
        let reason = Reason::new("too_loud", []);
        assert_eq!(explain(&reason, Language::English), "too_loud");
    }
}
