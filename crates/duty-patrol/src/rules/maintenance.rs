//! What the clouds have planned for machines: reboots, moves, ends.

use cloud::Seen;
use duty::{Finding, Severity};
use model::{Kind, Maintenance, RegionId, Scope};

use super::desk::{Desk, note};
use crate::facts;
use crate::kind::PatrolKind;

/// How much of the cloud's words is written down, in characters.
const WORDS_SHOWN: usize = 200;

/// Returns what a person should know of the maintenance of one region: all of it, for the cloud does
/// not ask whether it suits. It is urgent when it begins, or ends a machine, within the urgent days.
pub(super) fn findings(
    desk: &Desk<'_>,
    region: &RegionId,
    planned: &Seen<Vec<Maintenance>>,
) -> Vec<Finding> {
    let scope = Scope::regional(desk.account, region, Kind::MAINTENANCE);
    let written_up = |event: &Maintenance| {
        let severity = severity(desk, event);
        let looks = [scope.clone()];
        let mut finding = desk.finding_in(PatrolKind::Maintenance, &event.id, severity, looks);
        note(&mut finding, facts::PRODUCT, Kind::MAINTENANCE);
        note(&mut finding, facts::REGION, region);
        note(&mut finding, facts::MACHINE, &event.machine);
        note(&mut finding, facts::EVENT, &event.code);
        let words: String = event.words.trim().chars().take(WORDS_SHOWN).collect();
        note(&mut finding, facts::WORDS, words);
        if let Some(begins) = event.begins {
            note(&mut finding, facts::BEGINS, begins);
        }
        if let Some(deadline) = event.deadline {
            note(&mut finding, facts::DEADLINE, deadline);
        }
        if let Some(next) = event.begins.into_iter().chain(event.deadline).min() {
            note(&mut finding, facts::DAYS_LEFT, desk.days_left(next));
        }
        finding
    };
    planned.get().iter().map(written_up).collect()
}

fn severity(desk: &Desk<'_>, event: &Maintenance) -> Severity {
    let urgent_days = i64::from(desk.settings.urgent_days);
    let mut instants = event.begins.into_iter().chain(event.deadline);
    match instants.any(|it| desk.days_left(it) <= urgent_days) {
        true => Severity::Urgent,
        false => Severity::Warning,
    }
}
