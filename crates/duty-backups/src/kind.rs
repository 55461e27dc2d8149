//! What the backup duty can find.

/// What a finding is about; its word is part of a finding's identity and of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BackupKind {
    /// A machine that ought to have copies and has none.
    Unprotected,
    /// A machine whose newest copy is too old.
    Stale,
    /// A key that cannot be used: nothing under it can be restored.
    KeyUnusable,
    /// A key that goes, and with it for good what stands under it.
    KeyLeaving,
    /// Something that was to be done and was not.
    NotDone,
    /// A set that is not whole, and will not be.
    Incomplete,
    /// A machine of which it cannot be told whether it is to have copies.
    Unclear,
    /// An image that is past its time and that something holds.
    HeldImage,
    /// A key of which it cannot be told whether what stands under it can be restored.
    KeyUnclear,
    /// The last copy of a machine that is gone: a person decides on it.
    LastCopy,
    /// A snapshot that disks are made of at full speed at once, which is paid by the hour.
    FastRestore,
    /// What is in the recycle bin of a region, and is paid for until its time is over.
    RecycleBin,
}

impl BackupKind {
    /// All of them, in the order reports show them.
    pub const ALL: [Self; 12] = [
        Self::Unprotected,
        Self::Stale,
        Self::KeyUnusable,
        Self::KeyLeaving,
        Self::NotDone,
        Self::Incomplete,
        Self::Unclear,
        Self::HeldImage,
        Self::KeyUnclear,
        Self::LastCopy,
        Self::FastRestore,
        Self::RecycleBin,
    ];

    /// Returns its stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unprotected => "unprotected",
            Self::Stale => "stale",
            Self::KeyUnusable => "key_unusable",
            Self::KeyLeaving => "key_leaving",
            Self::NotDone => "not_done",
            Self::Incomplete => "incomplete",
            Self::Unclear => "unclear",
            Self::HeldImage => "image_held",
            Self::KeyUnclear => "key_unclear",
            Self::LastCopy => "last_copy",
            Self::FastRestore => "fast_restore",
            Self::RecycleBin => "recycle_bin",
        }
    }

    /// Returns the kind a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}
