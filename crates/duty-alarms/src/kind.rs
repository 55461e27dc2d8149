//! What the alarm duty can find.

/// What a finding is about; its word is part of a finding's identity and of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// Whom the alarms are to tell is not there.
    NoTarget,
    /// It is there, and nobody hears it.
    Unheard,
    /// Someone was invited to hear it and has not confirmed.
    Unconfirmed,
    /// An alarm tells nobody.
    Silent,
    /// An alarm of a machine that runs is switched off.
    Off,
    /// An alarm that was to be made could not be.
    NotMade,
    /// The selection asks for a tag that no machine has.
    NoSuchTag,
    /// Machines that ought to have an alarm and have none.
    Unwatched,
    /// Machines of which it cannot be told whether they have one.
    Undecided,
    /// An alarm whose machine is gone.
    Left,
}

impl AlarmKind {
    /// All of them, in the order reports show them.
    pub const ALL: [Self; 10] = [
        Self::NoTarget,
        Self::Unheard,
        Self::Unconfirmed,
        Self::Silent,
        Self::Off,
        Self::NotMade,
        Self::NoSuchTag,
        Self::Unwatched,
        Self::Undecided,
        Self::Left,
    ];

    /// Returns its stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoTarget => "no_target",
            Self::Unheard => "unheard",
            Self::Unconfirmed => "unconfirmed",
            Self::Silent => "silent",
            Self::Off => "off",
            Self::NotMade => "not_made",
            Self::NoSuchTag => "no_such_tag",
            Self::Unwatched => "unwatched",
            Self::Undecided => "undecided",
            Self::Left => "left",
        }
    }

    /// Returns the kind a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}
