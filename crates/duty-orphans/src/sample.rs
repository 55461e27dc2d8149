//! Small estates for the tests of this room, written a line a thing, and a watch that looks at them
//! as the warden does: the census, then what is asked once more, then the rules, then the memory.

pub(crate) mod town;

pub(crate) use town::{Fault, Town};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cloud::{AccountSight, Census, Doubt, Sighting};
use duty::{Audience, FindingState, KnownFinding, Membership, Memory, Scene, Takes, reconcile};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, CloudId, Identity, Language, RegionId, Scope};
use testkit::{seen, unseen};

use crate::facts::{self, Facts};
use crate::settings::{OrphanSettings, Settings};

/// Ten in the morning in China.
pub(crate) const NOW: &str = "2026-11-21T02:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns now.
pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn minutes(many: i64) -> SignedDuration {
    SignedDuration::from_mins(many)
}

pub(crate) fn settings(defaults: OrphanSettings) -> Settings {
    Settings {
        defaults,
        ..Settings::default()
    }
}

/// Looks again and again, and remembers.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) settings: Settings,
    pub(crate) memory: Memory,
}

impl Watch {
    pub(crate) fn with(defaults: OrphanSettings) -> Self {
        Self {
            settings: settings(defaults),
            memory: Memory::default(),
        }
    }

    /// Looks at one account with one region.
    pub(crate) fn look(&mut self, town: &Town, now: Timestamp) -> Census {
        self.look_at(&[("game", "1000", town)], now)
    }

    /// Looks at accounts, each by name, identity and what it sees; `name@region` is one region of
    /// several.
    pub(crate) fn look_at(&mut self, accounts: &[(&str, &str, &Town)], now: Timestamp) -> Census {
        let census = self.census(accounts, now);
        let found = crate::assess(&census, &self.memory, &self.settings, now);
        let covered = census.coverage().into_iter();
        let whole: BTreeSet<Scope> = covered
            .filter(|it| it.sight.is_ok())
            .map(|it| it.scope)
            .collect();
        self.memory.findings = reconcile(&self.memory.findings, found, &whole, now).known;
        self.remember_nodes(&census, now);
        census
    }

    /// Takes a census, with everything asked once more that the rules doubt.
    pub(crate) fn census(&self, accounts: &[(&str, &str, &Town)], now: Timestamp) -> Census {
        let wants = crate::wants(&self.settings).estate;
        let remembered = crate::remembered(&self.memory);
        let mut census = Census {
            taken: now,
            accounts: BTreeMap::new(),
            endpoints: BTreeMap::new(),
        };
        for (place, number, town) in accounts {
            let (account, region) = placed(place);
            let identity = Identity {
                account: (*number).to_owned(),
                principal: format!("qcs::cam::uin/{number}:uin/1"),
                sort: "CAMUser".into(),
            };
            let identity = match town.has(&Fault::Identity) {
                true => unseen(cloud::Why::Credentials),
                false => seen(identity),
            };
            let sight = census
                .accounts
                .entry(account.clone())
                .or_insert_with(|| AccountSight::unasked(CloudId::new("tencent"), identity, ""));
            let seen = town.sight(&account, &wants, &remembered);
            sight.estate.insert(region, seen);
        }
        for doubt in crate::doubts(&census, &self.memory, &self.settings, now) {
            let Doubt {
                account, region, ..
            } = &doubt;
            let asked = (account.clone(), region.clone());
            let town = accounts.iter().find(|it| placed(it.0) == asked);
            let second = town.unwrap().2.second(&doubt, now);
            let sight = census.accounts.get_mut(account).unwrap();
            sight.estate.get_mut(region).unwrap().second = Some(second);
        }
        census
    }

    fn remember_nodes(&mut self, census: &Census, now: Timestamp) {
        let place = |it: &Membership| (it.account.clone(), it.machine.clone());
        let before = std::mem::take(&mut self.memory.memberships);
        let mut all: BTreeMap<_, _> = before.into_iter().map(|it| (place(&it), it)).collect();
        for (account, sight) in &census.accounts {
            for (region, estate) in &sight.estate {
                let clusters = estate.clusters.as_ref().and_then(Sighting::seen);
                for cluster in clusters.into_iter().flat_map(|it| it.get()) {
                    let nodes = estate.nodes.get(&cluster.id).and_then(Sighting::seen);
                    for node in nodes.into_iter().flat_map(|it| it.get()) {
                        let Some(machine) = node.machine.id() else {
                            continue;
                        };
                        let membership = Membership {
                            account: account.clone(),
                            region: region.clone(),
                            machine: machine.clone(),
                            cluster: cluster.id.clone(),
                            cluster_name: cluster.name.as_str().into(),
                            network: cluster.network.clone(),
                            last_seen: now,
                        };
                        all.insert(place(&membership), membership);
                    }
                }
            }
        }
        self.memory.memberships = all.into_values().collect();
    }

    /// Returns every open finding, a line each.
    pub(crate) fn shown(&self) -> String {
        let open = self.memory.findings.iter();
        let mut open: Vec<&KnownFinding> =
            open.filter(|it| it.state != FindingState::Gone).collect();
        open.sort_by_key(|it| Facts::of(&it.finding).rank());
        open.into_iter().map(line).collect()
    }

    /// Returns the word of the verdict on a thing; empty when there is none.
    pub(crate) fn verdict(&self, id: &str) -> &str {
        let mut open = self.memory.findings.iter().filter(|it| {
            it.state != FindingState::Gone && !it.frozen && it.finding.key.resource.as_str() == id
        });
        open.next()
            .map_or("", |it| Facts::of(&it.finding).verdict())
    }
}

fn line(known: &KnownFinding) -> String {
    let facts = Facts::of(&known.finding);
    let key = &known.finding.key;
    let mut line = format!("{} {} {}", facts.verdict(), key.kind, key.resource);
    let why = facts.get(facts::WHY);
    if !why.is_empty() {
        _ = write!(line, " ({why})");
    }
    if known.frozen {
        line.push_str(" frozen");
    }
    line.push('\n');
    line
}

/// Returns the account and region of `name` or `name@region`.
fn placed(place: &str) -> (AccountId, RegionId) {
    let (name, region) = place.split_once('@').unwrap_or((place, "ap-beijing"));
    (AccountId::new(name), RegionId::new(region))
}

/// Returns whoever is told all about these accounts.
pub(crate) fn audience(accounts: &[&str], language: Language) -> Audience {
    let accounts = accounts.iter().map(|it| AccountId::new(*it)).collect();
    Audience {
        channel: "ops".into(),
        language,
        takes: vec![Takes::Accounts(accounts)],
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
