//! A run as plain rows: the JSON and table output of the command line.
//!
//! Invariant: the names of the fields are a promise.

use std::collections::BTreeMap;

use cloud::Census;
use duty::coverage::{self, CoverageRows};
use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use serde::Serialize;

use crate::facts::{self, Facts};
use crate::rules;
use crate::settings::Settings;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlarmReport {
    /// When it was looked.
    pub taken: Timestamp,
    /// What was counted in each region.
    pub regions: Vec<RegionRow>,
    /// What was found, the worst first.
    pub findings: Vec<FindingRow>,
    /// What was looked at and what was not.
    pub coverage: CoverageRows,
}

/// What was counted in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegionRow {
    /// Our name of the account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The cloud.
    pub cloud: String,
    /// Alarms, whatever they measure.
    pub alarms: usize,
    /// Machines.
    pub machines: usize,
    /// Machines that an alarm watches, of those that ought to have one.
    pub watched: usize,
    /// Machines that ought to have one and have none.
    pub unwatched: usize,
    /// Machines of which that cannot be told.
    pub undecided: usize,
    /// Whether the region was seen well enough to tell.
    pub seen: bool,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingRow {
    /// What it is known by: `alarms:silent:shop:…`.
    pub key: String,
    /// Our name of the account.
    pub account: String,
    /// What was found: `silent`, `left`, `no_target` …
    pub kind: String,
    /// How soon to act.
    pub severity: &'static str,
    /// `new`, `still` or `gone`.
    pub state: &'static str,
    /// Whether it could not be looked at this time.
    pub frozen: bool,
    /// The alarm, machine, target, region or tag it is about.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The region; empty when it is about all.
    pub region: String,
    /// Who owns it by its tags; empty when unknown.
    pub owner: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Until when it is kept quiet.
    pub muted_until: Option<Timestamp>,
    /// Who has taken it on.
    pub acked_by: Option<String>,
    /// All facts it rests on, by stable names.
    pub evidence: BTreeMap<String, String>,
}

/// Returns a run as plain rows.
#[must_use]
pub fn summarize(
    census: &Census,
    known: &[KnownFinding],
    settings: &Settings,
    now: Timestamp,
) -> AlarmReport {
    AlarmReport {
        taken: census.taken,
        regions: rules::counted(census, settings, now),
        findings: rows(known, settings, now),
        coverage: coverage::rows(census, |scope| settings.accepts_gap(scope, now)),
    }
}

/// Returns the findings that are still asked for as rows, the worst first.
#[must_use]
pub fn rows(known: &[KnownFinding], settings: &Settings, now: Timestamp) -> Vec<FindingRow> {
    let known = known.iter().filter(|it| settings.still_asks(&it.finding));
    let mut sorted: Vec<&KnownFinding> = known.collect();
    sorted.sort_by_cached_key(|it| {
        let is_gone = it.state == FindingState::Gone;
        (is_gone, Facts::of(&it.finding).rank())
    });
    sorted.into_iter().map(|it| row(it, now)).collect()
}

fn row(known: &KnownFinding, now: Timestamp) -> FindingRow {
    let finding = &known.finding;
    let muted = known.muted.as_ref().map(|it| it.until);
    FindingRow {
        key: finding.key.to_string(),
        account: finding.key.account.to_string(),
        kind: finding.key.kind.clone(),
        severity: finding.severity.word(),
        state: known.state.word(),
        frozen: known.frozen,
        id: finding.key.resource.to_string(),
        name: finding.name.clone(),
        region: Facts::of(finding).get(facts::REGION).to_owned(),
        owner: finding.owner.clone(),
        first_seen: known.first_seen,
        last_seen: known.last_seen,
        muted_until: muted.filter(|it| now < *it),
        acked_by: known.acked.as_ref().map(|it| it.by.clone()),
        evidence: finding.evidence.clone(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::sample::{Town, Watch, now};

    #[test]
    fn the_names_of_the_fields_are_a_promise() {
        let town =
            "machine i-a\n machine i-b\n machine i-c state=stopped\n alarm one on=i-b tells=";
        let mut watch = Watch::default();
        let (census, _) = watch.look(&Town::read(town), now());
        let report = summarize(&census, &watch.memory.findings, &watch.settings, now());
        expect![[r#"
            [
              {
                "account": "shop",
                "region": "here",
                "cloud": "aws",
                "alarms": 1,
                "machines": 3,
                "watched": 1,
                "unwatched": 1,
                "undecided": 0,
                "seen": true
              }
            ]"#]]
        .assert_eq(&serde_json::to_string_pretty(&report.regions).unwrap());
        expect![[r#"
            {
              "key": "alarms:no_target:shop:here/ec2-NetworkOut-Alarm",
              "account": "shop",
              "kind": "no_target",
              "severity": "warning",
              "state": "new",
              "frozen": false,
              "id": "here/ec2-NetworkOut-Alarm",
              "name": "ec2-NetworkOut-Alarm",
              "region": "here",
              "owner": "",
              "first_seen": "2026-11-21T04:00:00Z",
              "last_seen": "2026-11-21T04:00:00Z",
              "muted_until": null,
              "acked_by": null,
              "evidence": {
                "cloud": "aws",
                "region": "here",
                "target": "ec2-NetworkOut-Alarm"
              }
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&report.findings[0]).unwrap());
        let kinds: Vec<&str> = report.findings.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(kinds, ["no_target", "silent", "unwatched"]);
    }
}
