//! Texts for people, in one language, from a Fluent source.
//!
//! Invariant: a missing or broken text shows its key; it never stops what wanted to speak.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

pub use fluent_bundle::FluentValue;

/// The texts of one room in one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// Reads the texts of the language `tag` (`zh-CN`, `en`) from `source`.
    ///
    /// What cannot be parsed is left out; rooms test that nothing is.
    #[must_use]
    pub fn read(tag: &str, source: &str) -> Self {
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Chats show the invisible isolation marks as boxes, and they count as bytes.
        bundle.set_use_isolating(false);
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
        bundle.add_resource_overriding(resource);
        Self { bundle }
    }

    /// Returns the text called `key`.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// Returns the text called `key` with its places filled.
    #[must_use]
    pub fn say_with(&self, key: &str, places: &[(&'static str, FluentValue<'_>)]) -> String {
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

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts")
            .field("languages", &self.bundle.locales)
            .finish_non_exhaustive()
    }
}

/// Returns the keys of a Fluent source in order, for tests that hold two languages together.
///
/// # Errors
///
/// The parser's words when a part of the source is no Fluent.
pub fn keys(source: &str) -> Result<Vec<String>, String> {
    use fluent_bundle::FluentResource;
    let resource = FluentResource::try_new(source.to_owned());
    let resource = resource.map_err(|(_, errors)| format!("{errors:?}"))?;
    Ok(resource
        .entries()
        .filter_map(|entry| match entry {
            fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
            _ => None,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_without_invisible_marks_and_a_missing_text_shows_its_key() {
        let texts = Texts::read("zh-CN", "more = … 另有 { $count } 项\n");
        assert_eq!(
            texts.say_with("more", &[("count", 134.into())]),
            "… 另有 134 项"
        );
        assert_eq!(texts.say("missing"), "missing");
        assert_eq!(keys("a = 1\n# c\nb = 2\n").unwrap(), ["a", "b"]);
        assert!(keys("= 1").is_err());
    }
}
