//! What the tags of one snapshot say: which set it is of, and whether it may go.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroU64;
use std::ops::Range;

use duty::ProtectedTag;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use model::{CopyState, CopyTier, LENT, LENT_TAG, ResourceId, SET_TAG, Snapshot, Tags};

use super::{Barred, Bound, DAY, LATE, Life, Member};
use crate::rules::{AUTO_TAG, COUNT_TAG, FROM_TAG, ROOT_TAG, YES};

/// A set is of a period when it was made in it, or a little before: clocks differ.
const EARLY: SignedDuration = SignedDuration::from_mins(10);

/// Reads what a snapshot's tags say.
pub(super) struct Reader<'s> {
    pub(super) protected: &'s [ProtectedTag],
    pub(super) barred: &'s Barred<'s>,
    /// How long after the start of its period a set may be made.
    pub(super) window: SignedDuration,
    /// And one that was copied from another account.
    pub(super) elsewhere: SignedDuration,
    pub(super) now: Timestamp,
}

/// What they say.
pub(super) struct Read<'a> {
    pub(super) machine: &'a str,
    pub(super) from: Option<&'a str>,
    pub(super) member: Member,
}

impl Reader<'_> {
    /// Returns what a snapshot is of; `None` when it is in no set.
    pub(super) fn read<'a>(&self, snapshot: &'a Snapshot) -> Option<Read<'a>> {
        let (mut set, mut auto, mut has_root, mut count, mut from) = (None, false, false, 0, None);
        let mut lent = false;
        for (key, value) in &snapshot.tags {
            match key.as_str() {
                SET_TAG => set = split(value),
                AUTO_TAG => auto = value == YES,
                ROOT_TAG => has_root = value == YES,
                COUNT_TAG => count = value.parse().unwrap_or(0),
                FROM_TAG => from = Some(value.as_str()),
                key => lent |= value == LENT && key.starts_with(LENT_TAG),
            }
        }
        let (machine, period) = set?;
        let late = snapshot
            .created
            .map(|it| it.as_second() - period.as_second());
        if let Some(late) = late {
            // A copy in another region is made when its set is whole, which may take a while.
            let window = match from {
                Some(from) if from.contains('/') => self.elsewhere,
                Some(_) => self.window + DAY,
                None => self.window,
            };
            if late < -EARLY.as_secs() || late > window.as_secs() {
                return None;
            }
        }
        let bound = self.bound(snapshot, auto);
        Some(Read {
            machine,
            from,
            member: Member {
                owner: 0,
                row: 0,
                period: period.as_second(),
                disk: snapshot.disk.as_ref().map(hash),
                late: late.and_then(|it| i32::try_from(it).ok()),
                gib: u32::try_from(snapshot.size_gib).unwrap_or(u32::MAX),
                count,
                life: match snapshot.state {
                    CopyState::Ready => Life::Ready,
                    CopyState::Pending => Life::Pending,
                    CopyState::Failed => Life::Failed,
                    CopyState::Other(_) => Life::Strange,
                },
                has_root,
                lent,
                bound,
            },
        })
    }

    fn bound(&self, snapshot: &Snapshot, auto: bool) -> Option<Bound> {
        if snapshot
            .key
            .as_ref()
            .is_some_and(|it| self.barred.contains(it))
        {
            return Some(Bound::Key);
        }
        if matches!(snapshot.state, CopyState::Other(_)) {
            return Some(Bound::State);
        }
        if snapshot.tier != CopyTier::Standard {
            return Some(Bound::Tier);
        }
        // What is to come has not been made: a clock is wrong.
        if snapshot.created.is_none_or(|it| it > self.now + LATE) {
            return Some(Bound::Age);
        }
        if snapshot.held_by.as_deref().is_some_and(|it| !is_image(it)) {
            return Some(Bound::Held);
        }
        (!auto || self.is_protected(&snapshot.tags)).then_some(Bound::Tags)
    }

    fn is_protected(&self, tags: &Tags) -> bool {
        // Keys are compared first without making texts of them: there are a million.
        let may_be = |wanted: &ProtectedTag| {
            let like = |key: &String| key.eq_ignore_ascii_case(&wanted.key);
            !wanted.key.is_ascii() || tags.keys().any(like)
        };
        let mut protected = self.protected.iter();
        protected.any(|it| may_be(it) && it.stands_on(tags))
    }
}

fn hash(id: &ResourceId) -> NonZeroU64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    NonZeroU64::new(hasher.finish()).unwrap_or(NonZeroU64::MIN)
}

/// Returns whether what holds a snapshot is an image: which one, the list of images tells.
pub(crate) fn is_image(holder: &str) -> bool {
    holder.split(' ').next() == Some("image")
}

/// Reads `i-0abc/20261121T040000Z` without taking it apart into texts of its own.
pub(super) fn split(text: &str) -> Option<(&str, Timestamp)> {
    let (machine, stamp) = text.rsplit_once('/')?;
    let stamp = stamp.as_bytes();
    if machine.is_empty() || stamp.len() != 16 || stamp[8] != b'T' || stamp[15] != b'Z' {
        return None;
    }
    let number = |range: Range<usize>| {
        let digits = stamp.get(range)?.iter();
        digits.copied().try_fold(0i16, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let short = |range: Range<usize>| i8::try_from(number(range)?).ok();
    let at = DateTime::new(
        number(0..4)?,
        short(4..6)?,
        short(6..8)?,
        short(9..11)?,
        short(11..13)?,
        short(13..15)?,
        0,
    );
    Some((machine, Offset::UTC.to_timestamp(at.ok()?).ok()?))
}
