//! The texts of the patrol, with colored and bold places in the middle of a sentence.

use std::sync::LazyLock;

use base::Texts;
use base::texts::FluentValue;
use model::message::Line;
use model::{Language, Span, Tone};

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/patrol.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/patrol.ftl");

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::Chinese.tag(), CHINESE_SOURCE));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read(Language::English.tag(), ENGLISH_SOURCE));

/// Where a place of a sentence begins and ends while it is put together. Only numbers of places are
/// ever written between the two, so nothing from outside can be taken for a place.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The texts of one language.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static Texts);

impl Words {
    pub(crate) fn of(language: Language) -> Self {
        match language {
            Language::Chinese => Self(&CHINESE),
            Language::English => Self(&ENGLISH),
        }
    }

    /// Returns a text without places.
    pub(crate) fn say(self, key: &str) -> String {
        self.0.say(key)
    }

    /// Returns a text with its places filled by plain words.
    pub(crate) fn text(self, key: &str, places: &[(&'static str, String)]) -> String {
        let places: Vec<(&'static str, FluentValue<'_>)> = places
            .iter()
            .map(|(name, text)| (*name, FluentValue::from(text.as_str())))
            .collect();
        self.0.say_with(key, &places)
    }

    /// Returns a text as a line with its places filled by spans.
    pub(crate) fn line(self, key: &str, places: &[(&'static str, Span)]) -> Line {
        let marks: Vec<(&'static str, FluentValue<'_>)> = places
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (*name, FluentValue::from(format!("{OPEN}{index}{CLOSE}"))))
            .collect();
        let text = self.0.say_with(key, &marks);
        let mut parts = text.split(OPEN);
        let mut line: Line = parts
            .next()
            .filter(|it| !it.is_empty())
            .map(plain)
            .into_iter()
            .collect();
        for part in parts {
            let (index, rest) = part.split_once(CLOSE).unwrap_or((part, ""));
            let place = index.parse().ok().and_then(|it: usize| places.get(it));
            line.extend(place.map(|(_, span)| span.clone()));
            line.extend((!rest.is_empty()).then(|| plain(rest)));
        }
        line
    }

    /// Returns a text as a line that stands out as a whole.
    pub(crate) fn bold_line(self, key: &str, places: &[(&'static str, Span)]) -> Line {
        let mut line = self.line(key, places);
        line.iter_mut().for_each(|it| it.bold = true);
        line
    }
}

/// Returns plain words.
pub(crate) fn plain(text: impl ToString) -> Span {
    Span::plain(text.to_string())
}

/// Returns a number that stands out.
pub(crate) fn number(number: impl ToString) -> Span {
    Span::bold(number.to_string())
}

/// Returns a number that stands out in red.
pub(crate) fn alarming(number: impl ToString) -> Span {
    Span::bold(number.to_string()).toned(Tone::Urgent)
}

/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 80;

/// Returns a name from outside, cut where nobody reads on.
pub(crate) fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
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

    #[test]
    fn spans_stand_where_the_sentence_has_their_place() {
        let places = [("count", alarming(161)), ("days", alarming(15))];
        let line = Words::of(Language::Chinese).line("due-line", &places);
        let texts: Vec<&str> = line.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "您有 ",
                "161",
                " 个资源将在 ",
                "15",
                " 天内到期，未设置自动续费："
            ]
        );
        assert_eq!(line[1].tone, Tone::Urgent);
        assert_eq!(line[2], Span::plain(" 个资源将在 "));
    }

    #[test]
    fn a_name_cannot_become_a_place_or_fill_a_page() {
        let trick = format!("{OPEN}0{CLOSE}");
        let line = Words::of(Language::Chinese).line("due-line", &[("count", plain(&trick))]);
        assert_eq!(line[1].text, trick);
        assert_eq!(
            shortened(&"长".repeat(10_000)).chars().count(),
            LONGEST_NAME + 1
        );
        assert_eq!(shortened("short"), "short");
    }
}
