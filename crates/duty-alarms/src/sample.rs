//! Small regions for the tests of this room, written a line a thing, and a watch that looks at them
//! as the warden does: the census, then what is asked once more, then the rules, then the memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cloud::{AccountSight, Census, Kept, RegionSight, SecondLook, Sighting, Why};
use duty::{Audience, Memory, Plan, Scene, Step, Takes, reconcile};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Address, AddressState, Alarm, AlarmMetric, AlarmTarget, Charge, CloudId, Expiry,
    Identity, Language, Machine, MachineState, Region, RegionId, ResourceId, STEP_TAG, Scope, Tags,
    Tie, TieSort, Traffic, Watches,
};
use testkit::{seen, unseen};

use crate::rules::MACHINE_TAG;
use crate::settings::{AlarmSettings, Settings};

/// Returns now: noon in China.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

pub(crate) fn hours(many: i64) -> SignedDuration {
    SignedDuration::from_hours(many)
}

/// One region in truth, and what of it can be seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Town {
    pub(crate) machines: Vec<Machine>,
    /// Machines that exist and that the list does not show.
    pub(crate) hidden: Vec<Machine>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) targets: Vec<AlarmTarget>,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) unseen: BTreeSet<String>,
}

impl Town {
    /// Reads a town, a line a thing.
    ///
    /// `machine ID words…`: `state=`, `name=`, `tag=KEY:VALUE`, `group=`, `hint=`, `public=`, `hidden`.
    /// `address ID words…`: `at=THING`, `ip=`. `target ID NAME words…`: `listeners=`, `invited=`.
    /// `alarm NAME words…`: `on=ID,ID`, `all`, `group=`, `metric=`, `off`, `tells=`, `ours=MACHINE`,
    /// `made`, `id=`, `anywhere`. `traffic MACHINE HOURS BYTES`: so many bytes in each five minutes of the last
    /// hours. `unseen LIST`.
    pub(crate) fn read(text: &str) -> Self {
        let mut town = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["machine", id, rest @ ..] if rest.contains(&"hidden") => {
                    town.hidden.push(machine(id, rest));
                }
                ["machine", id, rest @ ..] => town.machines.push(machine(id, rest)),
                ["address", id, rest @ ..] => town.addresses.push(address(id, rest)),
                ["target", id, name, rest @ ..] => town.targets.push(target(id, name, rest)),
                ["alarm", name, rest @ ..] => town.alarms.push(alarm(name, rest)),
                ["traffic", id, hours, bytes] => town.traffic.push(traffic(id, hours, bytes)),
                ["unseen", list] => _ = town.unseen.insert((*list).into()),
                other => panic!("{other:?} is no line of a town"),
            }
        }
        town
    }

    fn look<T>(&self, list: &str, value: T) -> Sighting<T> {
        match self.unseen.contains(list) {
            true => unseen(Why::Throttled),
            false => seen(value),
        }
    }

    pub(crate) fn sight(&self) -> RegionSight {
        fn kept<T: Clone>(rows: &[T], id: impl Fn(&T) -> &ResourceId) -> Kept<T> {
            let mut kept = Kept::default();
            for row in rows {
                kept.take(&id(row).clone(), Some(row.clone()));
            }
            kept
        }
        RegionSight {
            machines: Some(self.look("machines", kept(&self.machines, |it| &it.id))),
            addresses: Some(self.look("addresses", kept(&self.addresses, |it| &it.id))),
            alarms: Some(self.look("alarms", self.alarms.clone())),
            alarm_targets: Some(self.look("targets", self.targets.clone())),
            ..RegionSight::default()
        }
    }

    /// Does the steps of a plan, as far as they are this town's.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        for planned in &plan.steps {
            match &planned.step {
                Step::CreateAlarm {
                    name,
                    machine,
                    address,
                    notify,
                    tags,
                    ..
                } => {
                    let mut tags = tags.clone();
                    tags.insert(STEP_TAG.into(), "0123".into());
                    let watched = address.clone().unwrap_or_else(|| machine.clone());
                    self.alarms.push(Alarm {
                        watches: Watches::These(vec![watched]),
                        notifies: vec![notify.to_string()],
                        tags,
                        ..alarm(name, &[])
                    });
                }
                Step::DeleteAlarm { alarm, .. } => self.alarms.retain(|it| it.id != *alarm),
                Step::CreateTarget { name, subscribe } => {
                    if self.targets.iter().all(|it| it.name != *name) {
                        let id = format!("arn:aws:sns:here:1000:{name}");
                        self.targets.push(target(&id, name, &["listeners=0"]));
                    }
                    let mut named = self.targets.iter_mut();
                    let target = named.find(|it| it.name == *name).unwrap();
                    target.unconfirmed.clone_from(subscribe);
                }
                other => panic!("{other:?} is no step of this duty"),
            }
        }
    }
}

fn pair<'w>(word: &&'w str) -> (&'w str, &'w str) {
    word.split_once('=').unwrap_or((word, ""))
}

pub(crate) fn machine(id: &str, words: &[&str]) -> Machine {
    let mut machine = Machine {
        id: ResourceId::new(id),
        name: String::new(),
        machine_type: "m6i.large".into(),
        zone: "here-1".into(),
        network: None,
        state: MachineState::Running,
        charge: Charge::OnDemand,
        created: Some(now() - hours(1000)),
        expiry: Expiry::Never,
        renewal: None,
        private_ips: vec![],
        public_ips: vec![],
        image: None,
        root_disk: None,
        protected: false,
        tags: Tags::new(),
        ties: vec![],
    };
    let tie = |sort, evidence: &str| Tie {
        sort,
        cluster: None,
        evidence: evidence.into(),
    };
    for word in words {
        match pair(word) {
            ("state", "stopped") => machine.state = MachineState::Stopped,
            ("state", "leaving") => machine.state = MachineState::Leaving,
            ("state", other) => machine.state = MachineState::Other(other.into()),
            ("name", name) => machine.name = name.into(),
            ("tag", tag) => {
                let (key, value) = tag.split_once(':').unwrap();
                machine.tags.insert(key.into(), value.into());
            }
            ("group", group) => machine.ties.push(tie(TieSort::Group, group)),
            ("hint", hint) => machine.ties.push(tie(TieSort::Hint, hint)),
            ("public", ip) => machine.public_ips.push(ip.parse().unwrap()),
            ("zoneless", _) => machine.zone = String::new(),
            ("hidden", _) => {}
            other => panic!("{other:?} is no word of a machine"),
        }
    }
    machine
}

fn address(id: &str, words: &[&str]) -> Address {
    let mut address = Address {
        id: ResourceId::new(id),
        ip: None,
        name: String::new(),
        state: AddressState::Unbound,
        charge: Charge::OnDemand,
        created: None,
        expiry: Expiry::Never,
        tags: Tags::new(),
    };
    for word in words {
        match pair(word) {
            ("at", thing) => address.state = AddressState::Bound(ResourceId::new(thing)),
            ("ip", ip) => address.ip = Some(ip.parse().unwrap()),
            other => panic!("{other:?} is no word of an address"),
        }
    }
    address
}

fn target(id: &str, name: &str, words: &[&str]) -> AlarmTarget {
    let mut target = AlarmTarget {
        id: ResourceId::new(id),
        name: name.into(),
        listeners: 1,
        unconfirmed: vec![],
    };
    for word in words {
        match pair(word) {
            ("listeners", many) => target.listeners = many.parse().unwrap(),
            ("invited", who) => target.unconfirmed.push(who.into()),
            other => panic!("{other:?} is no word of a target"),
        }
    }
    target
}

pub(crate) fn alarm(name: &str, words: &[&str]) -> Alarm {
    let mut alarm = Alarm {
        id: ResourceId::new(name),
        name: name.into(),
        metric: AlarmMetric::Outbound,
        watches: Watches::These(vec![]),
        enabled: true,
        firing: Some(false),
        notifies: vec!["arn:aws:lambda:here:1000:function:page".into()],
        tags: Tags::new(),
        anywhere: false,
    };
    for word in words {
        match pair(word) {
            ("on", ids) => {
                alarm.watches = Watches::These(ids.split(',').map(ResourceId::new).collect());
            }
            ("all", _) => alarm.watches = Watches::All,
            ("group", group) => alarm.watches = Watches::Group(group.into()),
            ("metric", metric) => alarm.metric = AlarmMetric::Other(metric.into()),
            ("anywhere", _) => alarm.anywhere = true,
            ("off", _) => alarm.enabled = false,
            ("tells", "") => alarm.notifies.clear(),
            ("tells", whom) => alarm.notifies = vec![whom.into()],
            ("ours", machine) => {
                alarm.tags.insert(STEP_TAG.into(), "0123".into());
                alarm.tags.insert(MACHINE_TAG.into(), machine.into());
            }
            ("made", _) => drop(alarm.tags.insert(STEP_TAG.into(), "0123".into())),
            ("keep", _) => drop(alarm.tags.insert("keep".into(), "true".into())),
            ("id", id) => alarm.id = ResourceId::new(id),
            other => panic!("{other:?} is no word of an alarm"),
        }
    }
    alarm
}

fn traffic(id: &str, hours: &str, bytes: &str) -> Traffic {
    let (hours, bytes): (i32, u64) = (hours.parse().unwrap(), bytes.parse().unwrap());
    let five = SignedDuration::from_mins(5);
    Traffic {
        machine: ResourceId::new(id),
        points: (1..=hours * 12)
            .map(|it| (now() - five * it, bytes))
            .collect(),
    }
}

/// Looks again and again, and remembers.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) settings: Settings,
    pub(crate) memory: Memory,
    /// The regions that accounts have; not told when `None`.
    pub(crate) regions: Option<Vec<String>>,
}

impl Watch {
    pub(crate) fn with(defaults: AlarmSettings) -> Self {
        Self {
            settings: Settings {
                defaults,
                ..Settings::default()
            },
            memory: Memory::default(),
            regions: None,
        }
    }

    /// Looks at one account with one region: what is wanted then.
    pub(crate) fn look(&mut self, town: &Town, now: Timestamp) -> (Census, Plan) {
        self.look_at(&[("shop@here", "1000", town)], now)
    }

    /// Looks at regions, each `account@region`, its identity, and what is in it.
    pub(crate) fn look_at(
        &mut self,
        places: &[(&str, &str, &Town)],
        now: Timestamp,
    ) -> (Census, Plan) {
        let census = self.census(places, now);
        let found = crate::assess(&census, &self.memory, &self.settings, now);
        let plan = crate::plan(&census, &self.memory, &self.settings, now);
        let covered = census.coverage().into_iter();
        let whole: BTreeSet<Scope> = covered
            .filter(|it| it.sight.is_ok())
            .map(|it| it.scope)
            .collect();
        self.memory.findings = reconcile(&self.memory.findings, found, &whole, now).known;
        (census, plan)
    }

    /// Takes a census, with everything asked once more that the rules doubt.
    pub(crate) fn census(&self, places: &[(&str, &str, &Town)], now: Timestamp) -> Census {
        let mut census = Census {
            taken: now,
            accounts: BTreeMap::new(),
            endpoints: BTreeMap::new(),
        };
        for (place, number, town) in places {
            let (account, region) = placed(place);
            let identity = Identity {
                account: (*number).to_owned(),
                principal: String::new(),
                sort: String::new(),
            };
            let identity = town.look("identity", identity);
            let sight = census.accounts.entry(account);
            let sight =
                sight.or_insert_with(|| AccountSight::unasked(CloudId::new("aws"), identity, ""));
            let named = |id: &String| Region {
                id: RegionId::new(id.as_str()),
                name: String::new(),
            };
            let regions = self.regions.as_ref();
            sight.regions = regions.map(|it| seen(it.iter().map(named).collect()));
            sight.estate.insert(region, town.sight());
        }
        for doubt in crate::doubts(&census, &self.settings, now) {
            let asked = (doubt.account.clone(), doubt.region.clone());
            let town = places.iter().find(|it| placed(it.0) == asked).unwrap().2;
            let account = census.accounts.get_mut(&asked.0).unwrap();
            let sight = account.estate.get_mut(&asked.1).unwrap();
            if !doubt.sources.is_empty() {
                let all = town.machines.iter().chain(&town.hidden);
                let found = all.filter(|it| doubt.sources.contains(&it.id));
                let found = found.cloned().collect();
                sight.second = Some(SecondLook {
                    sources: Some(town.look("sources", found)),
                    ..SecondLook::default()
                });
            }
            if let Some(wanted) = &doubt.traffic {
                let none = |id: &ResourceId| Traffic {
                    machine: id.clone(),
                    points: vec![],
                };
                let of = |id: &ResourceId| {
                    let known = town.traffic.iter().find(|it| it.machine == *id);
                    known.cloned().unwrap_or_else(|| none(id))
                };
                let all = wanted.machines.iter().map(of).collect();
                sight.traffic = Some(town.look("traffic", all));
            }
        }
        census
    }

    /// Returns every finding, a line each.
    pub(crate) fn shown(&self) -> String {
        let mut text = String::new();
        for known in &self.memory.findings {
            let key = &known.finding.key;
            _ = write!(text, "{} {} {}", known.state.word(), key.kind, key.resource);
            for (name, value) in &known.finding.evidence {
                if !["cloud", "region"].contains(&name.as_str()) {
                    _ = write!(text, " {name}={value}");
                }
            }
            if known.frozen {
                text.push_str(" frozen");
            }
            text.push('\n');
        }
        text
    }
}

/// Returns a plan as people read it in one language.
pub(crate) fn shown(plan: &Plan, language: Language) -> String {
    let mut text = String::new();
    for planned in &plan.steps {
        let (sign, subject) = (planned.step.sign(), planned.step.subject());
        let why = crate::explain::explain(&planned.reason, language);
        let what = match &planned.step {
            Step::CreateAlarm {
                name,
                address,
                notify,
                ..
            } => {
                let at = address.as_ref().map(|it| format!(" at {it}"));
                format!(" {name}{} -> {notify}", at.unwrap_or_default())
            }
            _ => String::new(),
        };
        _ = writeln!(text, "{sign} {subject}{what}: {why}");
    }
    for it in &plan.undecided {
        let why = crate::explain::explain(&it.reason, language);
        _ = writeln!(text, "? {} {}: {why}", it.region, it.resource);
    }
    for it in &plan.notes {
        let why = crate::explain::explain(it, language);
        _ = writeln!(text, "! {why}");
    }
    text
}

/// Returns the account and region of `account@region`.
fn placed(place: &str) -> (AccountId, RegionId) {
    let (account, region) = place.split_once('@').unwrap();
    (AccountId::new(account), RegionId::new(region))
}

/// Returns whoever is told all about the account `shop`.
pub(crate) fn audience(language: Language) -> Audience {
    Audience {
        channel: "ops".into(),
        language,
        takes: vec![Takes::Accounts(BTreeSet::from([AccountId::new("shop")]))],
    }
}

/// Returns the scene after a look, with the digest due.
pub(crate) fn scene<'a>(census: &'a Census, memory: &'a Memory) -> Scene<'a> {
    Scene {
        census,
        memory,
        known: &memory.findings,
        now: census.taken,
        last_digest: None,
    }
}
