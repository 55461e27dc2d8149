//! The texts of the orphan duty.

use std::sync::LazyLock;

use base::Texts;
use model::Language;

pub(crate) use duty::words::{Words, number, plain, shortened};

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/orphans.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/orphans.ftl");

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
    use crate::explain::REASONS;
    use crate::kind::OrphanKind;
    use crate::verdict::Reason;
    use model::ResourceId;

    #[test]
    fn both_languages_parse_and_have_the_same_keys() {
        assert_eq!(keys(CHINESE_SOURCE).unwrap(), keys(ENGLISH_SOURCE).unwrap());
    }

    #[test]
    fn every_reason_and_kind_has_its_words() {
        let keys = keys(ENGLISH_SOURCE).unwrap();
        let id = || ResourceId::new("cls-1");
        let reasons = [
            Reason::ClustersUnseen,
            Reason::ClustersFiltered(id()),
            Reason::NodesUnseen(id()),
            Reason::ClusterUnsettled(id()),
            Reason::NodesPartial(id()),
            Reason::ClusterForbidden(id()),
            Reason::ClusterUnseen(id()),
            Reason::MachineUnseen,
            Reason::MachinesFiltered,
            Reason::OpinionUnseen,
            Reason::OpinionSilent,
            Reason::State(String::new()),
            Reason::FromTheFuture,
            Reason::SameAddress(String::new()),
            Reason::SourceUnseen,
            Reason::BackendsUnseen,
        ];
        let reasons = reasons.iter().map(|it| format!("reason-{}", it.word()));
        let plans = REASONS.iter().map(|it| format!("why-{}", it.0));
        let kinds = OrphanKind::ALL.map(|it| format!("kind-{}", it.word()));
        for key in reasons.chain(kinds).chain(plans) {
            assert!(keys.contains(&key), "{key}");
        }
    }
}
