//! What a person should know.

use std::collections::{BTreeMap, BTreeSet};

use cloud::{Census, Sighting};
use duty::{Finding, FindingKey, Memory, Severity};
use model::{AccountId, Alarm, AlarmTarget, Kind, Machine, ResourceId, Scope, Tags};

use super::DUTY;
use super::left::{self, Proof, is_ours};
use super::survey::{Survey, Target, Verdict};
use crate::facts;
use crate::kind::AlarmKind;

/// How many machines a finding about many names.
const NAMED: usize = 20;

/// A tag that a selection asks for and that no machine has.
pub(super) struct Stranger {
    pub(super) account: AccountId,
    pub(super) tag: String,
    /// A tag that is much like it; empty when none is.
    pub(super) like: String,
}

/// Returns the tags that selections ask for and that no machine of the whole census has; none as long
/// as a list of machines was not seen.
pub(super) fn strangers(census: &Census, surveys: &[Survey<'_>]) -> Vec<Stranger> {
    let sights = census.accounts.values();
    let mut lists = sights.clone().flat_map(|it| it.estate.values());
    let is_seen = |it: &Option<Sighting<_>>| it.as_ref().is_none_or(|it| it.seen().is_some());
    if !lists.all(|it| is_seen(&it.machines))
        || !sights.clone().all(|it| it.identity.seen().is_some())
    {
        return Vec::new();
    }
    let machines = || surveys.iter().flat_map(|it| &it.machines).copied();
    if machines().next().is_none() {
        return Vec::new();
    }
    let mut found: BTreeMap<(AccountId, String), String> = BTreeMap::new();
    for survey in surveys {
        let Some(selection) = &survey.settings.select else {
            continue;
        };
        for (tag, like) in selection.strangers(machines()) {
            let key = (survey.place.account.clone(), tag);
            found.insert(key, like.unwrap_or_default());
        }
    }
    let found = found.into_iter();
    found
        .map(|((account, tag), like)| Stranger { account, tag, like })
        .collect()
}

/// Returns findings of tags that no machine has.
pub(super) fn of_tags(census: &Census, surveys: &[Survey<'_>]) -> Vec<Finding> {
    let strangers = strangers(census, surveys).into_iter();
    strangers
        .map(|it| {
            let regions = surveys
                .iter()
                .filter(|survey| *survey.place.account == it.account);
            let scopes = regions.map(|survey| survey.scope(Kind::INSTANCE)).collect();
            Finding {
                key: key(
                    AlarmKind::NoSuchTag,
                    &it.account,
                    ResourceId::new(it.tag.clone()),
                ),
                severity: Severity::Warning,
                scopes,
                name: it.tag.clone(),
                owner: String::new(),
                tags: Tags::new(),
                evidence: evidence([(facts::TAG, it.tag), (facts::LIKE, it.like)]),
            }
        })
        .collect()
}

/// Returns the findings of one region.
pub(super) fn of_region(survey: &Survey<'_>, memory: &Memory) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(of_target(survey));
    found.extend(of_alarms(survey));
    found.extend(of_mishaps(survey, memory));
    found.extend(of_many(survey));
    found.extend(of_left(survey, memory));
    found
}

/// Says when the alarms have nobody to tell.
fn of_target(survey: &Survey<'_>) -> Option<Finding> {
    if !survey.needs_target() {
        return None;
    }
    let named = &survey.settings.notify;
    let resource = ResourceId::new(format!("{}/{named}", survey.place.region));
    let (kind, listeners) = match survey.target {
        Target::Missing => (AlarmKind::NoTarget, String::new()),
        Target::There(target) if !target.unconfirmed.is_empty() => {
            (AlarmKind::Unconfirmed, target.unconfirmed.join(", "))
        }
        Target::There(target) if target.listeners == 0 => (AlarmKind::Unheard, String::new()),
        Target::There(_) | Target::Unseen => return None,
    };
    let facts = [
        (facts::TARGET, named.clone()),
        (facts::LISTENERS, listeners),
    ];
    let mut finding = survey.finding(kind, resource, facts);
    finding.name.clone_from(named);
    finding.severity = survey.settings.severity;
    Some(finding)
}

/// Names the alarms of machines that tell nobody or are switched off.
fn of_alarms(survey: &Survey<'_>) -> Vec<Finding> {
    let targets = survey.place.sight.alarm_targets.as_ref();
    let targets = targets
        .and_then(Sighting::seen)
        .map(|it| it.get().as_slice());
    let mut once = BTreeSet::new();
    let mut found = Vec::new();
    for (machine, verdict) in &survey.verdicts {
        let Verdict::Watched(alarms) = verdict else {
            continue;
        };
        for alarm in alarms.iter().filter(|it| once.insert(&it.id)) {
            let kind = if !alarm.enabled {
                AlarmKind::Off
            } else if alarm.notifies.iter().all(|it| is_deaf(it, targets)) {
                AlarmKind::Silent
            } else {
                continue;
            };
            let mut finding = of_alarm(survey, kind, alarm, Some(&machine.id));
            finding.owner = survey.settings.owner_of(machine);
            finding.tags.clone_from(&machine.tags);
            finding.severity = match kind {
                AlarmKind::Silent => survey.settings.severity,
                _ => Severity::Notice,
            };
            found.push(finding);
        }
    }
    found
}

/// Returns whether nobody hears what is told to `whom`. What is not in the list may be another
/// account's, a function or a web hook: it is taken to be heard, unless the list would show it.
fn is_deaf(whom: &str, targets: Option<&[AlarmTarget]>) -> bool {
    let Some(targets) = targets else {
        return false;
    };
    let mut named = targets.iter();
    if let Some(target) = named.find(|it| it.id.as_str() == whom || it.name == whom) {
        return target.listeners == 0;
    }
    // `arn:aws:sns:eu-west-1:1234:` is of this account and region when another target is.
    let house = |it: &str| it.rsplit_once(':').map(|(house, _)| house.to_owned());
    let own = house(whom);
    own.is_some() && targets.iter().any(|it| house(it.id.as_str()) == own)
}

/// Names the machines whose alarm could not be made at an earlier attempt, and is wanted still.
fn of_mishaps(survey: &Survey<'_>, memory: &Memory) -> Vec<Finding> {
    let wanted: BTreeMap<&ResourceId, &Machine> =
        survey.wanted().map(|(it, _)| (&it.id, it)).collect();
    let mishaps = memory.mishaps.iter().filter(|it| {
        it.step == "create_alarm"
            && it.account == *survey.place.account
            && it.region == *survey.place.region
    });
    let found = mishaps.filter_map(|mishap| {
        let machine = wanted.get(&mishap.subject)?;
        let facts = [
            (facts::MACHINE, machine.id.to_string()),
            (facts::SINCE, mishap.since.to_string()),
            (facts::WHY, mishap.why.clone()),
        ];
        let mut finding = survey.finding(AlarmKind::NotMade, machine.id.clone(), facts);
        finding.name.clone_from(&machine.name);
        finding.owner = survey.settings.owner_of(machine);
        finding.tags.clone_from(&machine.tags);
        finding.severity = survey.settings.severity;
        Some(finding)
    });
    found.collect()
}

/// Says how many machines have no alarm, and of how many that cannot be told; one finding each.
fn of_many(survey: &Survey<'_>) -> Vec<Finding> {
    let wanted: Vec<&Machine> = survey.wanted().map(|(it, _)| it).collect();
    let open: Vec<&Machine> = survey.open().map(|(it, _)| it).collect();
    let reasons: BTreeSet<&str> = survey.open().map(|(_, it)| it.word.as_str()).collect();
    let reasons: Vec<&str> = reasons.into_iter().collect();
    let many = [
        (AlarmKind::Unwatched, wanted, String::new()),
        (AlarmKind::Undecided, open, reasons.join(",")),
    ];
    let some = many
        .into_iter()
        .filter(|(_, machines, _)| !machines.is_empty());
    some.map(|(kind, machines, why)| {
        let named: Vec<&str> = machines
            .iter()
            .map(|it| it.id.as_str())
            .take(NAMED)
            .collect();
        let facts = [
            (facts::COUNT, machines.len().to_string()),
            (facts::MACHINES, named.join(",")),
            (facts::WHY, why),
        ];
        let region = ResourceId::new(survey.place.region.as_str());
        survey.finding(kind, region, facts)
    })
    .collect()
}

/// Names the alarms whose machine is gone. One that was told before and that could not be asked for
/// this time is told again: its clock goes on.
fn of_left(survey: &Survey<'_>, memory: &Memory) -> Vec<Finding> {
    let known: BTreeSet<&ResourceId> = left::remembered(survey, memory)
        .map(|it| &it.finding.key.resource)
        .collect();
    let candidates = left::candidates(survey).into_iter();
    let told = candidates.filter_map(|alarm| match left::proof(survey, alarm) {
        Proof::Gone { machine } => Some((alarm, machine)),
        Proof::Unknown if known.contains(&alarm.id) => Some((alarm, None)),
        Proof::Unknown | Proof::There => None,
    });
    told.map(|(alarm, machine)| {
        let mut finding = of_alarm(survey, AlarmKind::Left, alarm, machine.as_ref());
        if survey.place.sight.addresses.is_some() {
            finding.scopes.push(survey.scope(Kind::ADDRESS));
        }
        finding
    })
    .collect()
}

fn of_alarm(
    survey: &Survey<'_>,
    kind: AlarmKind,
    alarm: &Alarm,
    machine: Option<&ResourceId>,
) -> Finding {
    let machine = machine.map(ToString::to_string).unwrap_or_default();
    let ours = is_ours(alarm).to_string();
    let facts = [
        (facts::ALARM, alarm.name.clone()),
        (facts::MACHINE, machine),
        (facts::OURS, ours),
    ];
    let mut finding = survey.finding(kind, alarm.id.clone(), facts);
    finding.name.clone_from(&alarm.name);
    finding
}

fn key(kind: AlarmKind, account: &AccountId, resource: ResourceId) -> FindingKey {
    FindingKey {
        duty: DUTY.to_owned(),
        kind: kind.word().to_owned(),
        account: account.clone(),
        resource,
    }
}

fn evidence<const N: usize>(facts: [(&str, String); N]) -> BTreeMap<String, String> {
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

impl Survey<'_> {
    fn scope(&self, kind: &str) -> Scope {
        Scope::regional(self.place.account, self.place.region, kind)
    }

    /// Returns a finding of this region, worth knowing.
    fn finding<const N: usize>(
        &self,
        kind: AlarmKind,
        resource: ResourceId,
        facts: [(&str, String); N],
    ) -> Finding {
        let mut evidence = evidence(facts);
        evidence.insert(facts::CLOUD.to_owned(), self.place.cloud.to_string());
        evidence.insert(facts::REGION.to_owned(), self.place.region.to_string());
        let of_target = matches!(
            kind,
            AlarmKind::NoTarget | AlarmKind::Unheard | AlarmKind::Unconfirmed | AlarmKind::Silent
        );
        let mut scopes = vec![self.scope(Kind::INSTANCE), self.scope(Kind::ALARM)];
        scopes.extend(of_target.then(|| self.scope(Kind::ALARM_TARGET)));
        Finding {
            key: key(kind, self.place.account, resource),
            severity: Severity::Notice,
            scopes,
            name: String::new(),
            owner: String::new(),
            tags: Tags::new(),
            evidence,
        }
    }
}
