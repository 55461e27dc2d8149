//! Small estates for the tests of this room, written a line a thing.

use std::collections::{BTreeMap, BTreeSet};

use cloud::census::RegionSight;
use cloud::{AccountSight, Census, Harvest, Probe, Sighting, Why};
use duty::{Audience, Finding, KnownFinding, Memory, Scene, Takes, reconcile};
use jiff::Timestamp;
use model::{
    AccessKey, AccountId, Balance, Certificate, CloudId, Currency, Domain, Expiry, Identity, Kind,
    Language, Maintenance, Money, Prepaid, PrepaidStatus, RegionId, Renewal, ResourceId, Scope,
    Tags,
};
use rust_decimal::Decimal;
use testkit::{harvest, seen, unseen};

use crate::settings::{BalanceRule, PatrolSettings, Settings};

/// Ten in the morning in China.
pub(crate) const NOW: &str = "2026-11-21T02:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns now.
pub(crate) fn now() -> Timestamp {
    at(NOW)
}

/// Returns an end: a day is its midnight in China, `?` is unknown.
fn expiry(text: &str) -> Expiry {
    match text {
        "never" => Expiry::Never,
        "?" => Expiry::Unknown,
        day if day.len() == 10 => Expiry::At(at(&format!("{day}T00:00:00+08:00"))),
        instant => Expiry::At(at(instant)),
    }
}

/// Returns the lines that say something.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let words = text
        .lines()
        .map(|it| it.split_whitespace().collect::<Vec<_>>());
    words.filter(|it| !it.is_empty())
}

/// Returns the rows of a bill: `id product end words…`, the words being `auto`, `never`, `weird`,
/// `expired`, `price=`, `created=`, `release=`, `owner=`, `name=`.
pub(crate) fn bill(text: &str) -> Vec<Prepaid> {
    lines(text).map(|it| prepaid(&it)).collect()
}

fn prepaid(words: &[&str]) -> Prepaid {
    let mut row = Prepaid {
        kind: Kind::new(words[1]),
        product_type: "".into(),
        id: ResourceId::new(words[0]),
        name: None,
        region: None,
        tags: Tags::new(),
        created: None,
        expiry: expiry(words[2]),
        renewal: Renewal::Manual,
        status: PrepaidStatus::Normal,
        release: None,
        renewal_price: None,
    };
    for word in &words[3..] {
        match word.split_once('=').unwrap_or((word, "")) {
            ("auto", _) => row.renewal = Renewal::Auto { months: Some(1) },
            ("never", _) => row.renewal = Renewal::Never,
            ("weird", _) => row.renewal = Renewal::Unknown("Perhaps".into()),
            ("expired", _) => row.status = PrepaidStatus::Expired,
            ("price", amount) => row.renewal_price = Some(money(amount)),
            ("created", when) => row.created = Some(at(when)),
            ("release", when) => row.release = Some(at(when)),
            ("owner", who) => drop(row.tags.insert("owner".into(), who.into())),
            ("name", name) => row.name = Some(name.into()),
            other => panic!("{other:?} is no word of a bill"),
        }
    }
    row
}

/// Returns certificates: `id names start end deployed`, names with commas or `-`, deployed `yes`,
/// `no` or `?`.
pub(crate) fn certificates(text: &str) -> Vec<Certificate> {
    let certificate = |it: Vec<&str>| Certificate {
        id: ResourceId::new(it[0]),
        name: String::new(),
        names: it[1]
            .split(',')
            .filter(|it| *it != "-")
            .map(str::to_owned)
            .collect(),
        starts: Some(at(&format!("{}T00:00:00Z", it[2]))),
        expiry: expiry(it[3]),
        issuer: String::new(),
        uploaded: false,
        deployed: match it[4] {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    };
    lines(text).map(certificate).collect()
}

/// Returns domain names: `name end auto`, auto `yes`, `no` or `?`, and perhaps `redemption`.
pub(crate) fn domains(text: &str) -> Vec<Domain> {
    let domain = |it: Vec<&str>| Domain {
        id: ResourceId::new(format!("S-{}", it[0])),
        name: it[0].to_owned(),
        expiry: expiry(it[1]),
        auto_renew: match it[2] {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        in_redemption: it.get(3) == Some(&"redemption"),
        tags: Tags::new(),
    };
    lines(text).map(domain).collect()
}

/// Returns what is planned: `id machine code begins deadline`, an instant or a day in China or `-`,
/// and perhaps words.
pub(crate) fn maintenance(text: &str) -> Vec<Maintenance> {
    let event = |it: Vec<&str>| Maintenance {
        id: ResourceId::new(it[0]),
        machine: ResourceId::new(it[1]),
        code: it[2].to_owned(),
        words: it[5..].join(" "),
        begins: instant(it[3]),
        deadline: instant(it[4]),
    };
    lines(text).map(event).collect()
}

/// Returns keys: `id user created last-used state`, a day in China or `-`, state `on` or `off`.
pub(crate) fn access_keys(text: &str) -> Vec<AccessKey> {
    let key = |it: Vec<&str>| AccessKey {
        id: ResourceId::new(it[0]),
        user: it[1].trim_matches('-').to_owned(),
        created: instant(it[2]),
        last_used: instant(it[3]),
        active: it[4] == "on",
    };
    lines(text).map(key).collect()
}

fn instant(text: &str) -> Option<Timestamp> {
    match text {
        "-" => None,
        text => match expiry(text) {
            Expiry::At(instant) => Some(instant),
            _ => panic!("{text:?} is no instant"),
        },
    }
}

/// Returns an account with such things planned in one region, and such keys.
pub(crate) fn upkept(
    region: &str,
    planned: Vec<Maintenance>,
    keys: Vec<AccessKey>,
) -> AccountSight {
    let sight = RegionSight {
        maintenance: Some(seen(planned)),
        ..RegionSight::default()
    };
    AccountSight {
        estate: [(RegionId::new(region), sight)].into(),
        access_keys: Some(seen(keys)),
        ..empty_account()
    }
}

/// Returns settings that ask for maintenance, and for keys older than so many days.
pub(crate) fn upkeep_settings(access_key_days: Option<u16>) -> Settings {
    let mut settings = settings("1");
    settings.defaults.maintenance = true;
    settings.defaults.access_key_days = access_key_days;
    settings
}

pub(crate) fn yuan() -> Currency {
    Currency::new("CNY")
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Returns an amount of yuan.
pub(crate) fn money(text: &str) -> Money {
    Money::parse(text, yuan()).unwrap()
}

/// Returns settings with a threshold in yuan for everybody.
pub(crate) fn settings(threshold: &str) -> Settings {
    let below = BTreeMap::from([(yuan(), decimal(threshold))]);
    let defaults = PatrolSettings {
        balance: BalanceRule::Below(below),
        ..PatrolSettings::default()
    };
    Settings {
        defaults,
        ..Settings::default()
    }
}

/// Returns what was seen of an account with nothing in it and no money asked for.
pub(crate) fn empty_account() -> AccountSight {
    let identity = Identity {
        account: "1234567890".into(),
        principal: "acs:ram::1234567890:user/patrol".into(),
        sort: "RAMUser".into(),
    };
    let page = "https://usercenter2.aliyun.com/renew/manual";
    AccountSight {
        prepaid: Some(harvest(Vec::new())),
        certificates: Some(seen(Vec::new())),
        domains: Some(seen(Vec::new())),
        ..AccountSight::unasked(CloudId::new("aliyun"), seen(identity), page)
    }
}

/// Returns what was seen of an account with such a bill and, if any, so many yuan.
pub(crate) fn account(rows: Vec<Prepaid>, yuan: Option<&str>) -> AccountSight {
    AccountSight {
        prepaid: Some(harvest(rows)),
        balance: yuan.map(|it| seen(balance(it))),
        ..empty_account()
    }
}

pub(crate) fn balance(yuan: &str) -> Balance {
    Balance {
        available: money(yuan),
        cash: None,
        credit: None,
    }
}

/// Returns an account of which nothing could be seen.
pub(crate) fn unseen_account(why: &Why) -> AccountSight {
    AccountSight {
        identity: unseen(why.clone()),
        prepaid: Some(unseen::<Harvest<Prepaid>>(why.clone())),
        balance: Some(unseen(why.clone())),
        certificates: Some(unseen(why.clone())),
        domains: Some(unseen(why.clone())),
        ..empty_account()
    }
}

pub(crate) fn census(accounts: impl IntoIterator<Item = (&'static str, AccountSight)>) -> Census {
    let accounts = accounts
        .into_iter()
        .map(|(name, sight)| (AccountId::new(name), sight));
    Census {
        taken: now(),
        accounts: accounts.collect(),
        endpoints: BTreeMap::new(),
    }
}

/// Returns what an endpoint showed.
pub(crate) fn probe(endpoint: &str, ends: &str) -> (String, Sighting<Probe>) {
    let Expiry::At(ends) = expiry(ends) else {
        panic!("an endpoint shows an end")
    };
    let probe = Probe {
        endpoint: endpoint.into(),
        ends,
        subject: "example.com".into(),
        issuer: "Test CA".into(),
    };
    (endpoint.into(), seen(probe))
}

/// Returns the findings as they are known after a first run.
pub(crate) fn first_run(census: &Census, found: Vec<Finding>) -> Vec<KnownFinding> {
    next_run(&[], census, found)
}

/// Returns the findings as they are known after one more run.
pub(crate) fn next_run(
    known: &[KnownFinding],
    census: &Census,
    found: Vec<Finding>,
) -> Vec<KnownFinding> {
    let covered = census.coverage().into_iter();
    let seen: BTreeSet<Scope> = covered
        .filter(|it| it.sight.is_ok())
        .map(|it| it.scope)
        .collect();
    reconcile(known, found, &seen, census.taken).known
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

/// Returns the scene after a run, with the digest due.
pub(crate) fn scene<'a>(
    census: &'a Census,
    memory: &'a Memory,
    known: &'a [KnownFinding],
) -> Scene<'a> {
    Scene {
        census,
        memory,
        known,
        now: census.taken,
        last_digest: None,
    }
}
