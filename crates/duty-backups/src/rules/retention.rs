//! Which sets of a machine stay, in restic's words.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::settings::Keep;

/// When a set is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The period it was due in: its day, week and month.
    pub(crate) period: Timestamp,
    /// When it was begun: its age.
    pub(crate) at: Timestamp,
}

/// Returns which of a machine's whole sets stay; the newest comes first.
///
/// Each word keeps the newest set of each of its spans that have one, until it has kept as many as it
/// says. `within` counts back from the newest set and not from now: when no new ones come, nothing
/// goes.
pub(crate) fn kept(
    moments: &[Moment],
    keep: &Keep,
    tolerance: SignedDuration,
    zone: &TimeZone,
) -> Vec<bool> {
    if keep.words() == 0 {
        return vec![true; moments.len()];
    }
    let at_least = usize::try_from(keep.at_least).unwrap_or(usize::MAX);
    // Of what is as new as the newest there can be no doubt.
    let oldest = keep.within.zip(moments.first()).map(|(within, newest)| {
        let oldest = newest.at.checked_sub(within);
        let oldest = oldest.and_then(|it| it.checked_add(tolerance));
        oldest.unwrap_or(Timestamp::MIN).min(newest.at - SECOND)
    });
    let mut last = keep.last;
    let mut hours = Spans::new(keep.hourly, |it| it.date().at(it.hour(), 0, 0, 0));
    let mut days = Spans::new(keep.daily, DateTime::date);
    let mut weeks = Spans::new(keep.weekly, |it| week(it.date()));
    let mut months = Spans::new(keep.monthly, |it| (it.year(), it.month()));
    let stays = |(place, moment): (usize, &Moment)| {
        let mut stays = place < at_least || oldest.is_some_and(|it| moment.at > it);
        if last > 0 {
            last -= 1;
            stays = true;
        }
        if hours.want() || days.want() || weeks.want() || months.want() {
            let local = zone.to_datetime(moment.period);
            stays |= hours.take(local);
            stays |= days.take(local);
            stays |= weeks.take(local);
            stays |= months.take(local);
        }
        stays
    };
    moments.iter().enumerate().map(stays).collect()
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Returns the ISO year and week of a day.
pub(crate) fn week(day: Date) -> (i16, i8) {
    let week = day.iso_week_date();
    (week.year(), week.week())
}

/// One word: how many more spans it keeps one of, and the last one it met.
struct Spans<T, F> {
    left: u32,
    last: Option<T>,
    span: F,
}

impl<T: PartialEq, F: Fn(DateTime) -> T> Spans<T, F> {
    fn new(left: u32, span: F) -> Self {
        Self {
            left,
            last: None,
            span,
        }
    }

    fn want(&self) -> bool {
        self.left > 0
    }

    /// Returns whether it keeps a set of this moment.
    fn take(&mut self, local: DateTime) -> bool {
        if self.left == 0 {
            return false;
        }
        let span = Some((self.span)(local));
        let is_new = span != self.last;
        if is_new {
            self.last = span;
            self.left -= 1;
        }
        is_new
    }
}

#[cfg(test)]
mod tests;
