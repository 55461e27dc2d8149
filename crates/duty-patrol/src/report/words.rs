//! The texts of the patrol.

use std::sync::LazyLock;

use base::Texts;
use model::Language;

pub(crate) use duty::words::{Words, alarming, number, plain, shortened};

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/patrol.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/patrol.ftl");

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::Chinese.tag(), CHINESE_SOURCE));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English.tag(), ENGLISH_SOURCE));

/// Returns the words of one language.
pub(crate) fn of(language: Language) -> Words {
    match language {
        Language::Chinese => Words::new(language, &CHINESE),
        Language::English => Words::new(language, &ENGLISH),
    }
}

#[cfg(test)]
mod tests {
    use base::texts::keys;

    use super::*;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        assert_eq!(keys(CHINESE_SOURCE).unwrap(), keys(ENGLISH_SOURCE).unwrap());
    }
}
