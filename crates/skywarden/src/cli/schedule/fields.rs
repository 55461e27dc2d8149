//! The fields of a schedule as sets of numbers, and what of them a machine's scheduler can say.

use crate::config::Schedule;

/// What neither cron nor systemd can say as it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsayable {
    /// `L`, `W` or `#`.
    Modifiers,
    /// More often than once a minute.
    Seconds,
    /// Only in some years.
    Years,
    /// A day of the month that is also a certain weekday (`+`).
    BothDays,
}

/// The fields of a schedule. Days are `None` where any day will do; where both kinds of days are
/// there, either will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) second: u16,
    pub(super) minutes: Vec<u16>,
    pub(super) hours: Vec<u16>,
    pub(super) days: Option<Vec<u16>>,
    pub(super) months: Vec<u16>,
    /// Sunday is 0.
    pub(super) weekdays: Option<Vec<u16>>,
}

impl Fields {
    /// Returns the fields of a schedule.
    pub(super) fn of(schedule: &Schedule) -> Result<Self, Unsayable> {
        let pattern = &schedule.cron().pattern;
        if pattern.days.has_modifiers() || pattern.days_of_week.has_modifiers() {
            return Err(Unsayable::Modifiers);
        }
        let [second] = pattern.seconds.values()[..] else {
            return Err(Unsayable::Seconds);
        };
        let years = &pattern.years;
        if years.values().len() != usize::from(years.max - years.min) + 1 {
            return Err(Unsayable::Years);
        }
        let days = (!pattern.is_dom_wildcard()).then(|| pattern.days.values());
        let weekdays = (!pattern.is_dow_wildcard()).then(|| pattern.days_of_week.values());
        if pattern.matches_dom_and_dow() && days.is_some() && weekdays.is_some() {
            return Err(Unsayable::BothDays);
        }
        Ok(Self {
            second,
            minutes: pattern.minutes.values(),
            hours: pattern.hours.values(),
            days,
            months: pattern.months.values(),
            weekdays,
        })
    }
}

/// Returns numbers as a list with ranges: `1-5,7`, its ranges joined by `to`.
pub(super) fn ranges(values: &[u16], to: &str, shown: impl Fn(u16) -> String) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = values;
    while let Some(first) = rest.first() {
        let run = rest.windows(2).take_while(|it| it[1] == it[0] + 1).count();
        let last = rest[run];
        match run {
            0 => parts.push(shown(*first)),
            1 => parts.extend([shown(*first), shown(last)]),
            _ => parts.push(format!("{}{to}{}", shown(*first), shown(last))),
        }
        rest = &rest[run + 1..];
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Result<Fields, Unsayable> {
        Fields::of(&Schedule::try_from(text.to_owned()).unwrap())
    }

    #[test]
    fn five_and_six_fields_nicknames_and_names_come_to_numbers() {
        let daily = fields("@daily").unwrap();
        assert_eq!(
            (daily.second, daily.minutes, daily.hours),
            (0, vec![0], vec![0])
        );
        assert_eq!((daily.days, daily.weekdays), (None, None));
        let named = fields("15 30 9 ? MAR MON-FRI").unwrap();
        assert_eq!(named.second, 15);
        assert_eq!(named.months, [3]);
        assert_eq!(named.weekdays.unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(fields("0 0 * * 7").unwrap().weekdays.unwrap(), [0]);
    }

    #[test]
    fn what_no_scheduler_says_is_refused() {
        assert_eq!(fields("0 0 9 L * *"), Err(Unsayable::Modifiers));
        assert_eq!(fields("0 0 9 15W * *"), Err(Unsayable::Modifiers));
        assert_eq!(fields("0 0 9 * * FRI#2"), Err(Unsayable::Modifiers));
        assert_eq!(fields("*/10 * * * * *"), Err(Unsayable::Seconds));
        assert_eq!(fields("0 0 9 1 1 * 2030"), Err(Unsayable::Years));
        assert_eq!(fields("0 0 9 13 * +FRI"), Err(Unsayable::BothDays));
    }

    #[test]
    fn numbers_are_joined_to_ranges() {
        let list = |values: &[u16]| ranges(values, "-", |it| it.to_string());
        assert_eq!(list(&[1, 2, 3, 4, 5]), "1-5");
        assert_eq!(list(&[0, 15, 30, 45]), "0,15,30,45");
        assert_eq!(list(&[1, 2, 4, 5, 6, 9]), "1,2,4-6,9");
    }
}
