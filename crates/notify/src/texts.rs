//! The channels' own words, in the language of the channel.

use std::sync::LazyLock;

pub(crate) use base::Texts;
use model::Language;

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("zh-CN", include_str!("../locales/zh-CN/notify.ftl")));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("en", include_str!("../locales/en/notify.ftl")));

/// Returns the texts of `language`.
pub(crate) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        let chinese = base::texts::keys(include_str!("../locales/zh-CN/notify.ftl"));
        let english = base::texts::keys(include_str!("../locales/en/notify.ftl"));
        assert_eq!(chinese.unwrap(), english.unwrap());
    }

    #[test]
    fn places_are_filled() {
        let count = [("count", 134.into())];
        assert_eq!(
            texts(Language::Chinese).say_with("more-items", &count),
            "… 另有 134 项"
        );
        assert_eq!(
            texts(Language::English).say_with("more-items", &count),
            "… and 134 more"
        );
        assert_eq!(texts(Language::English).say("label-colon"), ": ");
    }
}
