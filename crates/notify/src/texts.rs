//! The channels' own words, in the language of the channel.
//!
//! Invariant: a missing or broken text shows its key; it never stops a message.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::settings::Language;

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("zh-CN", include_str!("../locales/zh-CN/notify.ftl")));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("en", include_str!("../locales/en/notify.ftl")));

/// The texts of one language.
pub(crate) struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// Returns the texts of `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::ZhCn => &CHINESE,
            Language::En => &ENGLISH,
        }
    }

    fn read(language: &str, source: &str) -> Self {
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Chats show the invisible isolation marks as boxes, and they count as bytes.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { bundle }
    }

    /// Returns the text called `key`.
    pub(crate) fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// Returns the text called `key` with its places filled.
    pub(crate) fn say_with(&self, key: &str, places: &[(&'static str, FluentValue<'_>)]) -> String {
        let pattern = self.bundle.get_message(key).and_then(|it| it.value());
        let Some(pattern) = pattern else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in places {
            arguments.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut errors)
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(source: &str) -> Vec<&str> {
        let lines = source.lines().filter(|it| !it.starts_with('#'));
        lines
            .filter_map(|it| it.split_once(" = "))
            .map(|it| it.0)
            .collect()
    }

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        let chinese = include_str!("../locales/zh-CN/notify.ftl");
        let english = include_str!("../locales/en/notify.ftl");
        assert!(FluentResource::try_new(chinese.to_owned()).is_ok());
        assert!(FluentResource::try_new(english.to_owned()).is_ok());
        assert_eq!(keys(chinese), keys(english));
        for key in keys(chinese) {
            assert_ne!(Texts::of(Language::ZhCn).say(key), key);
            assert_ne!(Texts::of(Language::En).say(key), key);
        }
    }

    #[test]
    fn places_are_filled_without_invisible_marks() {
        let count = [("count", FluentValue::from(134))];
        assert_eq!(
            Texts::of(Language::ZhCn).say_with("more-items", &count),
            "… 另有 134 项"
        );
        assert_eq!(
            Texts::of(Language::En).say_with("more-items", &count),
            "… and 134 more"
        );
        assert_eq!(Texts::of(Language::En).say("label-colon"), ": ");
    }
}
