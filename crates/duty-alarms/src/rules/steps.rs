//! What is to be made and removed.

use std::collections::BTreeMap;

use cloud::Census;
use duty::{Measure, Memory, Plan, Planned, Population, Reason, Spot, Step, Undecided};
use jiff::Timestamp;
use model::{AccountId, Kind, Machine, Money, ResourceId, Tags, Traffic};

use super::left::{self, Proof, is_ours};
use super::survey::{Order, Survey, Target};
use super::{DUTY, MACHINE_TAG, TESTED, findings, past, places};
use crate::settings::Settings;

/// Stands for all of a region.
const WHOLE: &str = "*";

/// Returns what is to be made and removed now.
pub(super) fn plan(
    census: &Census,
    surveys: &[Survey<'_>],
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::empty(DUTY, now);
    plan.populations = populations(surveys);
    for stranger in findings::strangers(census, surveys) {
        let facts = [
            ("account", stranger.account.to_string()),
            ("tag", stranger.tag),
            ("like", stranger.like),
        ];
        plan.notes.push(Reason::new("no_such_tag", facts));
    }
    for (account, cloud) in places::without_alarms(census) {
        let facts = [
            ("account", account.to_string()),
            ("cloud", cloud.to_string()),
        ];
        plan.notes.push(Reason::new("no_alarms_there", facts));
    }
    for survey in surveys {
        let mut region = Region {
            survey,
            settings,
            now,
            plan: &mut plan,
        };
        region.creates();
        region.removes(memory);
    }
    plan
}

/// Returns how many alarms of ours there are: a share is one of what may go at all, and what people
/// made may not.
fn populations(surveys: &[Survey<'_>]) -> Vec<Population> {
    let mut totals: BTreeMap<&AccountId, u64> = BTreeMap::new();
    for survey in surveys {
        let ours = survey.alarms.iter().filter(|it| is_ours(it)).count();
        *totals.entry(survey.place.account).or_default() += ours as u64;
    }
    let populations = totals.into_iter().map(|(account, total)| Population {
        account: account.clone(),
        kind: Kind::new(Kind::ALARM),
        total,
        measure: Measure::Share,
    });
    populations.collect()
}

/// One region, and the plan that its part goes into.
struct Region<'a, 's> {
    survey: &'a Survey<'s>,
    settings: &'a Settings,
    now: Timestamp,
    plan: &'a mut Plan,
}

impl Region<'_, '_> {
    fn creates(&mut self) {
        if let Some(reason) = self.survey.blocked.clone() {
            self.undecided(ResourceId::new(WHOLE), reason);
            return;
        }
        let open: Vec<(ResourceId, Reason)> = self
            .survey
            .open()
            .map(|(machine, reason)| (machine.id.clone(), reason.clone()))
            .collect();
        for (machine, reason) in open {
            self.undecided(machine, reason);
        }
        if self.survey.needs_target() {
            self.tell_of_listeners();
        }
        let wanted: Vec<(&Machine, &Order)> = self.survey.wanted().collect();
        if wanted.is_empty() {
            return;
        }
        self.tell_of_the_past(&wanted);
        match self.survey.target {
            Target::There(target) => {
                for (machine, order) in wanted {
                    self.create(machine, order, (&target.id, None));
                }
            }
            Target::Missing => {
                let Some(made_by) = self.without_target(wanted.len()) else {
                    return;
                };
                // It is known by an id that it gets when it is made.
                let named = ResourceId::new(&self.survey.settings.notify);
                for (machine, order) in wanted {
                    self.create(machine, order, (&named, Some(made_by)));
                }
            }
            Target::Unseen => {
                let facts = [
                    ("target", self.survey.settings.notify.clone()),
                    ("count", wanted.len().to_string()),
                ];
                self.undecided(ResourceId::new(WHOLE), Reason::new("targets_unseen", facts));
            }
        }
    }

    /// Says that nobody hears the alarms, or not yet; invites those of the config where it may.
    fn tell_of_listeners(&mut self) {
        let Target::There(target) = self.survey.target else {
            return;
        };
        if !target.unconfirmed.is_empty() {
            let facts = [
                ("target", target.name.clone()),
                ("listeners", target.unconfirmed.join(", ")),
            ];
            self.note("target_unconfirmed", facts);
        } else if target.listeners == 0 {
            self.invite();
        }
    }

    /// An alarm is made once it has someone to tell: returns the step that makes that one, where it
    /// may be made.
    fn without_target(&mut self, many: usize) -> Option<usize> {
        let settings = self.survey.settings;
        let facts = || {
            [
                ("target", settings.notify.clone()),
                ("count", many.to_string()),
            ]
        };
        if !settings.create_target {
            let reason = Reason::new("target_missing", facts());
            self.undecided(ResourceId::new(WHOLE), reason);
            self.note("target_missing", facts());
            return None;
        }
        self.note("target_first", facts());
        let step = Step::CreateTarget {
            name: settings.notify.clone(),
            subscribe: settings.subscribe.clone(),
        };
        let reason = Reason::new("target_missing", facts());
        Some(self.step(step, reason, Vec::new(), None))
    }

    /// Whom the alarms tell is there, and nobody hears it nor was invited to.
    fn invite(&mut self) {
        let settings = self.survey.settings;
        let facts = || [("target", settings.notify.clone())];
        if !settings.create_target || settings.subscribe.is_empty() {
            self.note("target_unheard", facts());
            return;
        }
        // It is the one that is there already, and the listeners are invited.
        let step = Step::CreateTarget {
            name: settings.notify.clone(),
            subscribe: settings.subscribe.clone(),
        };
        self.step(
            step,
            Reason::new("target_invites", facts()),
            Vec::new(),
            None,
        );
    }

    fn create(
        &mut self,
        machine: &Machine,
        order: &Order,
        (target, made_by): (&ResourceId, Option<usize>),
    ) {
        let rule = order.rule;
        let by = if order.by_tag { "tag" } else { "config" };
        let mut facts = vec![
            ("bytes", rule.bytes.to_string()),
            ("period", rule.period.as_secs().to_string()),
            ("periods", rule.periods.to_string()),
            ("bits", rule.bits_a_second().to_string()),
            ("by", by.to_owned()),
            ("name", machine.name.clone()),
        ];
        if let Some(traffic) = self.traffic_of(&machine.id)
            && rule.period == self.survey.settings.outbound.period
        {
            facts.push(("fires", past::fires(traffic, &rule).to_string()));
        }
        let facts = facts
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        let reason = Reason {
            word: "unwatched".to_owned(),
            facts: facts.collect(),
        };
        let step = Step::CreateAlarm {
            name: order.name.clone(),
            machine: machine.id.clone(),
            address: order.address.clone(),
            rule,
            notify: target.clone(),
            made_by,
            tags: Tags::from([(MACHINE_TAG.to_owned(), machine.id.to_string())]),
        };
        let price = self.settings.prices.get(self.survey.place.cloud).cloned();
        let after = made_by.into_iter().collect();
        self.step(step, reason, after, price);
    }

    /// Says how many would have fired, and what is counted: before the first alarm of ours.
    fn tell_of_the_past(&mut self, wanted: &[(&Machine, &Order)]) {
        let sight = self.survey.place.sight;
        let Some(traffic) = sight.traffic.as_ref() else {
            return;
        };
        if let Some(counts) = self.settings.counts.get(self.survey.place.cloud) {
            let facts = [("cloud", self.survey.place.cloud.to_string())];
            self.note(&format!("counts_{}", counts.word()), facts);
        }
        let rule = self.survey.settings.outbound;
        let rule_facts = || {
            [
                ("bytes", rule.bytes.to_string()),
                ("period", rule.period.as_secs().to_string()),
                ("periods", rule.periods.to_string()),
                ("bits", rule.bits_a_second().to_string()),
                ("wanted", wanted.len().to_string()),
            ]
        };
        if let Some(unseen) = traffic.unseen() {
            let mut facts = rule_facts().to_vec();
            facts.push(("why", unseen.why.word().to_owned()));
            self.note("past_unseen", facts);
        } else {
            // Another period than that which was asked for cannot be told from these numbers.
            let tested = wanted.iter().take(TESTED);
            let tested: Vec<(&Traffic, &Order)> = tested
                .filter(|(_, order)| order.rule.period == rule.period)
                .filter_map(|(machine, order)| Some((self.traffic_of(&machine.id)?, *order)))
                .collect();
            if tested.is_empty() {
                return self.note("past_empty", rule_facts());
            }
            let fired = tested
                .iter()
                .filter(|(it, order)| past::fires(it, &order.rule) > 0);
            let mut facts = rule_facts().to_vec();
            facts.push(("fired", fired.count().to_string()));
            facts.push(("tested", tested.len().to_string()));
            facts.push(("days", "7".to_owned()));
            self.note("past", facts);
        }
    }

    fn traffic_of(&self, machine: &ResourceId) -> Option<&Traffic> {
        let seen = self.survey.place.sight.traffic.as_ref()?.seen()?;
        let mut with_data = seen.get().iter().filter(|it| !it.points.is_empty());
        with_data.find(|it| it.machine == *machine)
    }

    /// Removes alarms of ours whose machine was gone a while ago and is gone still.
    fn removes(&mut self, memory: &Memory) {
        let survey = self.survey;
        for alarm in left::candidates(survey) {
            let Proof::Gone {
                machine: Some(machine),
            } = left::proof(survey, alarm)
            else {
                continue;
            };
            let mut protected = survey.settings.limits.protected.iter();
            if !is_ours(alarm) || protected.any(|it| it.stands_on(&alarm.tags)) {
                continue;
            }
            let mut known = left::remembered(survey, memory);
            let Some(known) = known.find(|it| it.finding.key.resource == alarm.id) else {
                continue;
            };
            let since = known.first_seen;
            if self.now.duration_since(since) < survey.settings.gone_after {
                continue;
            }
            let facts = [
                ("alarm", alarm.name.clone()),
                ("machine", machine.to_string()),
                ("since", since.to_string()),
            ];
            let step = Step::DeleteAlarm {
                alarm: alarm.id.clone(),
                machine,
            };
            self.step(step, Reason::new("machine_gone", facts), Vec::new(), None);
        }
    }

    fn spot(&self) -> Spot {
        Spot {
            account: self.survey.place.account.clone(),
            region: self.survey.place.region.clone(),
        }
    }

    /// Writes down a step, and returns its place.
    fn step(
        &mut self,
        step: Step,
        reason: Reason,
        after: Vec<usize>,
        monthly: Option<Money>,
    ) -> usize {
        let spot = self.spot();
        self.plan.steps.push(Planned {
            spot,
            step,
            reason,
            after,
            monthly,
        });
        self.plan.steps.len() - 1
    }

    fn undecided(&mut self, resource: ResourceId, reason: Reason) {
        let Spot { account, region } = self.spot();
        self.plan.undecided.push(Undecided {
            account,
            region,
            resource,
            reason,
        });
    }

    fn note(&mut self, word: &str, facts: impl IntoIterator<Item = (&'static str, String)>) {
        let Spot { account, region } = self.spot();
        let place = [
            ("account", account.to_string()),
            ("region", region.to_string()),
        ];
        let facts = facts.into_iter().chain(place);
        let facts = facts.map(|(key, value)| (key.to_owned(), value));
        self.plan.notes.push(Reason {
            word: word.to_owned(),
            facts: facts.collect(),
        });
    }
}
