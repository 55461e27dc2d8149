//! The languages a person can be told in.

/// A language of everything a user reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Chinese as written in China.
    #[default]
    Chinese,
    /// American English.
    English,
}

impl Language {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Returns the tag that config and command line use.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// Returns the language of a tag or a POSIX locale: `zh`, `zh_CN.UTF-8`, `en-US`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let word = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match word {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_locales_name_a_language() {
        assert_eq!(Language::from_tag("zh_CN.UTF-8"), Some(Language::Chinese));
        assert_eq!(Language::from_tag("en-US"), Some(Language::English));
        assert_eq!(Language::from_tag("C"), None);
        assert!(
            Language::ALL
                .into_iter()
                .all(|it| Language::from_tag(it.tag()) == Some(it))
        );
    }
}
