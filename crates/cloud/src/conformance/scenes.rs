//! The rules themselves.

use super::Trouble;

/// What a look is to give.
pub(super) enum Expected {
    /// All that was planted.
    All,
    /// Nothing, as a fact.
    Nothing,
    /// Not seen, for a reason with this word (see [`crate::Why::word`]).
    Unseen(&'static str),
}

/// One rule: a trouble, and what a look gives all the same.
pub(super) struct Scene {
    pub(super) rule: &'static str,
    pub(super) trouble: Option<Trouble>,
    pub(super) expected: Expected,
}

const fn scene(rule: &'static str, trouble: Option<Trouble>, expected: Expected) -> Scene {
    Scene {
        rule,
        trouble,
        expected,
    }
}

/// All rules, in the order they are played.
pub(super) const SCENES: &[Scene] = &[
    scene("all that is there is seen, and once", None, Expected::All),
    scene(
        "throttling is waited out",
        Some(Trouble::Throttled { calls: 2 }),
        Expected::All,
    ),
    scene(
        "a lost answer is asked for again",
        Some(Trouble::LostAnswer),
        Expected::All,
    ),
    scene(
        "half an answer is no answer",
        Some(Trouble::HalfAnswer),
        Expected::All,
    ),
    scene(
        "a dead page makes the list unseen, not shorter",
        Some(Trouble::DeadPage { page: 2 }),
        Expected::Unseen("unreachable"),
    ),
    scene(
        "a far side that is down leaves nothing seen",
        Some(Trouble::Down),
        Expected::Unseen("unreachable"),
    ),
    scene(
        "an empty list is a list",
        Some(Trouble::Empty),
        Expected::Nothing,
    ),
    scene(
        "a list shorter than its own total is unseen",
        Some(Trouble::LyingTotal),
        Expected::Unseen("count_mismatch"),
    ),
    scene(
        "a row that comes twice counts once",
        Some(Trouble::RepeatedRow),
        Expected::All,
    ),
    scene(
        "a row lost once is found by the second look",
        Some(Trouble::RowLostOnce),
        Expected::All,
    ),
    scene(
        "a row lost for good makes the list unseen",
        Some(Trouble::RowLost),
        Expected::Unseen("count_mismatch"),
    ),
    scene(
        "a missing right leaves nothing seen",
        Some(Trouble::Denied),
        Expected::Unseen("denied"),
    ),
    scene(
        "new fields are no trouble",
        Some(Trouble::NewFields),
        Expected::All,
    ),
    scene(
        "a log-in page is no answer",
        Some(Trouble::LogInPage),
        Expected::Unseen("undecodable"),
    ),
    scene(
        "garbage is no answer",
        Some(Trouble::Garbage),
        Expected::Unseen("undecodable"),
    ),
    scene(
        "a wrong key leaves nothing seen",
        Some(Trouble::WrongKey),
        Expected::Unseen("credentials"),
    ),
];
