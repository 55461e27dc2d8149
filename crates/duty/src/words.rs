//! The texts of a room, with colored and bold places in the middle of a sentence.

use base::Texts;
use base::texts::FluentValue;
use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use model::message::Line;
use model::{Language, Span, Tone};

/// Where a place of a sentence begins and ends while it is put together. Only numbers of places are
/// ever written between the two, so nothing from outside can be taken for a place.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    language: Language,
    texts: &'static Texts,
}

impl Words {
    /// Returns the words of a room in one language.
    #[must_use]
    pub fn new(language: Language, texts: &'static Texts) -> Self {
        Self { language, texts }
    }

    /// Returns their language.
    #[must_use]
    pub fn language(self) -> Language {
        self.language
    }

    /// Returns a text without places.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.texts.say(key)
    }

    /// Returns a text with its places filled by plain words.
    #[must_use]
    pub fn text(self, key: &str, places: &[(&'static str, String)]) -> String {
        let places: Vec<(&'static str, FluentValue<'_>)> = places
            .iter()
            .map(|(name, text)| (*name, FluentValue::from(text.as_str())))
            .collect();
        self.texts.say_with(key, &places)
    }

    /// Returns a text as a line with its places filled by spans.
    #[must_use]
    pub fn line(self, key: &str, places: &[(&'static str, Span)]) -> Line {
        let marks: Vec<(&'static str, FluentValue<'_>)> = places
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (*name, FluentValue::from(format!("{OPEN}{index}{CLOSE}"))))
            .collect();
        let text = self.texts.say_with(key, &marks);
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
    #[must_use]
    pub fn bold_line(self, key: &str, places: &[(&'static str, Span)]) -> Line {
        let mut line = self.line(key, places);
        line.iter_mut().for_each(|it| it.bold = true);
        line
    }
}

/// Returns plain words.
#[must_use]
pub fn plain(text: impl ToString) -> Span {
    Span::plain(text.to_string())
}

/// Returns a number that stands out.
#[must_use]
pub fn number(number: impl ToString) -> Span {
    Span::bold(number.to_string())
}

/// Returns a number that stands out in red.
#[must_use]
pub fn alarming(number: impl ToString) -> Span {
    Span::bold(number.to_string()).toned(Tone::Urgent)
}

/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 80;

/// Returns a name from outside, cut where nobody reads on.
#[must_use]
pub fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Returns an instant to the minute as it is in China, where most readers are, with its zone; what is
/// none stays as it is.
#[must_use]
pub fn minute(fact: &str) -> String {
    let Ok(at) = fact.parse::<Timestamp>() else {
        return fact.to_owned();
    };
    let local = at.to_zoned(TimeZone::fixed(tz::offset(8)));
    local.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static ENGLISH: LazyLock<Texts> =
        LazyLock::new(|| Texts::read("en", "due-line = { $count } things end in { $days } days."));

    fn words() -> Words {
        Words::new(Language::English, &ENGLISH)
    }

    #[test]
    fn spans_stand_where_the_sentence_has_their_place() {
        let places = [("count", alarming(161)), ("days", alarming(15))];
        let line = words().line("due-line", &places);
        let texts: Vec<&str> = line.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["161", " things end in ", "15", " days."]);
        assert_eq!(line[0].tone, Tone::Urgent);
        assert_eq!(line[1], Span::plain(" things end in "));
    }

    #[test]
    fn a_name_cannot_become_a_place_or_fill_a_page() {
        let trick = format!("{OPEN}0{CLOSE}");
        let line = words().line("due-line", &[("count", plain(&trick))]);
        assert_eq!(line[0].text, trick);
        assert_eq!(
            shortened(&"长".repeat(10_000)).chars().count(),
            LONGEST_NAME + 1
        );
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn an_instant_is_said_to_the_minute_with_its_zone_and_what_is_none_stays() {
        assert_eq!(minute("2026-11-21T04:00:00.6Z"), "2026-11-21 12:00 +08:00");
        for other in ["", "soon", "2026-11-21"] {
            assert_eq!(minute(other), other);
        }
    }
}
