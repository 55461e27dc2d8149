//! A run of the orphan duty as plain rows, for tables and JSON.

use std::collections::BTreeMap;

use cloud::{AccountSight, Census, Kept, RegionSight, Sighting};
use duty::coverage::{self, CoverageRows};
use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use model::{AccountId, Cluster, Machine};
use serde::Serialize;

use crate::facts::{self, Facts};
use crate::settings::Settings;
use crate::verdict::Verdict;

/// A run of the orphan duty; the names of the fields are those of the JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrphanReport {
    /// When the census was taken.
    pub taken: Timestamp,
    /// How many open findings there are that nobody muted.
    pub counts: Counts,
    /// Each account, by name.
    pub accounts: Vec<AccountRow>,
    /// Each known finding, the worst first; gone and muted ones too, and marked so.
    pub findings: Vec<ItemRow>,
    /// What was looked at.
    pub coverage: CoverageRows,
}

/// How many findings there are of each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Machines that are proven to be orphans.
    pub orphans: usize,
    /// Machines that another look has to prove.
    pub suspects: usize,
    /// Things of which it cannot be told.
    pub unknown: usize,
    /// Things that nobody uses.
    pub unused: usize,
    /// Machines that only weak hints speak for.
    pub hints: usize,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Its name in the config.
    pub account: String,
    /// What reports call it.
    pub title: String,
    /// Its cloud.
    pub cloud: String,
    /// The cloud's own number of it; `null` when it could not be seen.
    pub number: Option<String>,
    /// How many regions were looked at.
    pub regions: usize,
    /// How many clusters there are in those that were seen.
    pub clusters: u64,
    /// How many machines there are in those that were seen.
    pub machines: u64,
}

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemRow {
    /// Its identity, as `skywarden findings` takes it.
    pub key: String,
    /// The account's name in the config.
    pub account: String,
    /// What it is about: `machine`, `disk`, `address`, `load_balancer`, `snapshot`, `image`.
    pub kind: String,
    /// What is said of it: `orphan`, `suspect`, `unknown`, `hint`, `unused`.
    pub verdict: String,
    /// Why no more can be said.
    pub why: Vec<WhyRow>,
    /// How soon to act: `notice`, `warning`, `urgent`.
    pub severity: &'static str,
    /// `new`, `still` or `gone`.
    pub state: &'static str,
    /// Whether it was not seen this time and is told as last seen.
    pub frozen: bool,
    /// The id of the thing.
    pub id: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The cluster it belonged to; empty when unknown.
    pub cluster: String,
    /// What people call that cluster; empty when unknown.
    pub cluster_name: String,
    /// Its type, category or sort in the cloud's word.
    #[serde(rename = "type")]
    pub sort: String,
    /// How it is paid for: `prepaid`, `on_demand`, `spot`; empty when unknown.
    pub charge: String,
    /// Its addresses inside.
    pub private_ips: Vec<String>,
    /// Its addresses outside.
    pub public_ips: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When its paid time ends.
    pub expires: Option<Timestamp>,
    /// The first look that showed it, or since when nobody uses it.
    pub since: Option<Timestamp>,
    /// The look that proved it.
    pub confirmed: Option<Timestamp>,
    /// From when on another look proves it.
    pub confirmed_after: Option<Timestamp>,
    /// Who owns it by its tags; empty when unknown.
    pub owner: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
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

/// One reason why no more can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyRow {
    /// Its stable word: `nodes_unseen`, `opinion_silent` …
    pub reason: String,
    /// What it is about, such as a cluster; empty for most.
    pub about: String,
}

/// Returns a run as plain rows.
#[must_use]
pub fn summarize(
    census: &Census,
    known: &[KnownFinding],
    settings: &Settings,
    now: Timestamp,
) -> OrphanReport {
    let findings = rows(known, settings, now);
    let accounts = census.accounts.iter();
    OrphanReport {
        taken: census.taken,
        counts: counts(&findings),
        accounts: accounts
            .map(|(id, sight)| account_row(id, sight, settings))
            .collect(),
        findings,
        coverage: coverage::rows(census, |scope| settings.accepts_gap(scope, now)),
    }
}

/// Returns the findings that are still asked for as rows, the worst first. What is unused since a
/// short while is only remembered, and no row.
#[must_use]
pub fn rows(known: &[KnownFinding], settings: &Settings, now: Timestamp) -> Vec<ItemRow> {
    let asked = known
        .iter()
        .filter(|it| settings.still_asks(&it.finding) && Facts::of(&it.finding).is_worth_telling());
    let mut sorted: Vec<&KnownFinding> = asked.collect();
    sorted.sort_by_cached_key(|it| Facts::of(&it.finding).rank());
    sorted.into_iter().map(|it| item_row(it, now)).collect()
}

fn counts(rows: &[ItemRow]) -> Counts {
    let mut counts = Counts::default();
    let open = rows
        .iter()
        .filter(|it| it.state != FindingState::Gone.word() && it.muted_until.is_none());
    for row in open {
        match row.verdict.as_str() {
            Verdict::ORPHAN => counts.orphans += 1,
            Verdict::SUSPECT => counts.suspects += 1,
            Verdict::UNUSED => counts.unused += 1,
            Verdict::HINT => counts.hints += 1,
            _ => counts.unknown += 1,
        }
    }
    counts
}

fn account_row(account: &AccountId, sight: &AccountSight, settings: &Settings) -> AccountRow {
    let regions = sight.estate.values();
    AccountRow {
        account: account.to_string(),
        title: settings.title(account).to_owned(),
        cloud: sight.cloud.to_string(),
        number: sight.identity.seen().map(|it| it.get().account.clone()),
        regions: sight.estate.len(),
        clusters: regions
            .clone()
            .filter_map(clusters)
            .map(|it| it.len() as u64)
            .sum(),
        machines: regions.filter_map(machines).map(|it| it.total).sum(),
    }
}

fn clusters(sight: &RegionSight) -> Option<&[Cluster]> {
    let seen = sight.clusters.as_ref().and_then(Sighting::seen)?;
    Some(seen.get())
}

fn machines(sight: &RegionSight) -> Option<&Kept<Machine>> {
    let seen = sight.machines.as_ref().and_then(Sighting::seen)?;
    Some(seen.get())
}

fn item_row(known: &KnownFinding, now: Timestamp) -> ItemRow {
    let finding = &known.finding;
    let facts = Facts::of(finding);
    let text = |name: &str| facts.get(name).to_owned();
    let list = |name: &str| facts.list(name).map(str::to_owned).collect();
    let why = facts.reasons().map(|(reason, about)| WhyRow {
        reason: reason.to_owned(),
        about: about.to_owned(),
    });
    ItemRow {
        key: finding.key.to_string(),
        account: finding.key.account.to_string(),
        kind: finding.key.kind.clone(),
        verdict: text(facts::VERDICT),
        why: why.collect(),
        severity: finding.severity.word(),
        state: known.state.word(),
        frozen: known.frozen,
        id: finding.key.resource.to_string(),
        name: finding.name.clone(),
        region: text(facts::REGION),
        cluster: text(facts::CLUSTER),
        cluster_name: text(facts::CLUSTER_NAME),
        sort: text(facts::TYPE),
        charge: text(facts::CHARGE),
        private_ips: list(facts::PRIVATE_IPS),
        public_ips: list(facts::PUBLIC_IPS),
        created: facts.time(facts::CREATED),
        expires: facts.time(facts::EXPIRES),
        since: facts.time(facts::SINCE),
        confirmed: facts.time(facts::CONFIRMED),
        confirmed_after: facts.time(facts::CONFIRMED_AFTER),
        owner: finding.owner.clone(),
        tags: finding.tags.clone().into_iter().collect(),
        first_seen: known.first_seen,
        last_seen: known.last_seen,
        muted_until: known
            .muted
            .as_ref()
            .map(|it| it.until)
            .filter(|it| now < *it),
        acked_by: known.acked.as_ref().map(|it| it.by.clone()),
        evidence: finding.evidence.clone(),
    }
}

#[cfg(test)]
mod tests {
    use duty::Mute;
    use expect_test::expect;

    use super::*;
    use crate::sample::{Town, Watch, minutes, now};

    const TOWN: &str = "
        cluster cls-1 name=prod
        cluster cls-dead vpc=vpc-2
        unseen nodes cls-dead
        machine ins-left tag=cls-1 vpc=vpc-1 ip=10.0.0.1
        machine ins-dark tag=cls-dead
        disk disk-fresh
        disk disk-old detached=3000
    ";

    #[test]
    fn every_finding_is_a_row_and_what_is_too_fresh_is_none() {
        let town = Town::read(TOWN, now());
        let mut watch = Watch::default();
        watch.look(&town, now());
        let census = watch.look(&town, now() + minutes(60));
        watch.memory.findings.iter_mut().for_each(|it| {
            if it.finding.key.resource.as_str() == "disk-old" {
                it.muted = Some(Mute {
                    until: now() + minutes(600),
                    reason: "moves".into(),
                    by: "li".into(),
                });
            }
        });
        let report = summarize(
            &census,
            &watch.memory.findings,
            &watch.settings,
            census.taken,
        );
        let rows = report.findings.iter().map(|it| {
            let why = it
                .why
                .iter()
                .map(|it| format!(" {} {}", it.reason, it.about));
            format!("{} {}{}\n", it.verdict, it.id, why.collect::<String>())
        });
        expect![[r#"
            orphan ins-left
            unknown ins-dark nodes_unseen cls-dead
            unused disk-old
        "#]]
        .assert_eq(&rows.collect::<String>());
        expect![[r#"
            {"orphans":1,"suspects":0,"unknown":1,"unused":0,"hints":0}"#]]
        .assert_eq(&serde_json::to_string(&report.counts).unwrap());
        expect![[r#"
            [{"account":"game","title":"game","cloud":"tencent","number":"1000","regions":1,"clusters":2,"machines":2}]"#]]
        .assert_eq(&serde_json::to_string(&report.accounts).unwrap());
        assert_eq!(report.coverage.unseen.len(), 1);
    }

    #[test]
    fn the_names_of_the_fields_are_a_promise() {
        let town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1 ip=10.0.0.1", now());
        let mut watch = Watch::default();
        let census = watch.look(&town, now());
        let report = summarize(
            &census,
            &watch.memory.findings,
            &watch.settings,
            census.taken,
        );
        let mut row = serde_json::to_value(&report.findings[0]).unwrap();
        row["evidence"] = serde_json::Value::Null;
        expect![[r#"
            {
              "account": "game",
              "acked_by": null,
              "charge": "on_demand",
              "cluster": "cls-1",
              "cluster_name": "",
              "confirmed": null,
              "confirmed_after": "2026-11-21T02:30:00Z",
              "created": "2026-11-19T02:00:00Z",
              "evidence": null,
              "expires": null,
              "first_seen": "2026-11-21T02:00:00Z",
              "frozen": false,
              "id": "ins-1",
              "key": "orphans:machine:game:ins-1",
              "kind": "machine",
              "last_seen": "2026-11-21T02:00:00Z",
              "muted_until": null,
              "name": "",
              "owner": "",
              "private_ips": [
                "10.0.0.1"
              ],
              "public_ips": [],
              "region": "ap-beijing",
              "severity": "notice",
              "since": "2026-11-21T02:00:00Z",
              "state": "new",
              "tags": {
                "tke-clusterId": "cls-1"
              },
              "type": "S5.LARGE8",
              "verdict": "suspect",
              "why": []
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&row).unwrap());
    }
}
