//! The texts of the backup duty.

use std::sync::LazyLock;

use base::Texts;
use model::Language;

pub(crate) use duty::words::{Words, number, plain, shortened};

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/backups.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/backups.ftl");

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
    use crate::kind::BackupKind;
    use crate::report::reasons::WORDS;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        assert_eq!(keys(CHINESE_SOURCE).unwrap(), keys(ENGLISH_SOURCE).unwrap());
    }

    #[test]
    fn every_kind_and_reason_has_its_words() {
        let keys = keys(ENGLISH_SOURCE).unwrap();
        let kinds = BackupKind::ALL.iter().map(|it| it.word());
        for kind in kinds {
            assert!(keys.contains(&format!("kind-{kind}")), "{kind}");
            assert!(keys.contains(&format!("others-{kind}")), "{kind}");
        }
        for word in WORDS {
            assert!(keys.contains(&format!("reason-{word}")), "{word}");
        }
    }
}
