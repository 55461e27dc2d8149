//! What is looked at of one account: who it is, what its key may do, where it is asked.

use std::collections::BTreeSet;

use cloud::{Access, CloudError, ErrorKind, PageAt, Part, Provider, Requirement, Wants};
use jiff::SignedDuration;
use model::{Identity, Kind, Prepaid, PrepaidStatus, RegionId, ResourceId};
use warden::{Discover, Exit};

use super::check::{Check, Status};
use crate::cli::lines::{AccountLine, Words};

/// From so much on a clock is worth a word: signatures are refused from 15 minutes on, and the day
/// that something ends is counted by this clock.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// As many machines are asked for by id to see whether the key may see them.
const MACHINES_ASKED: usize = 20;

/// What was found of one account.
pub(crate) struct Examined {
    /// Its name in the configuration.
    pub(crate) account: String,
    /// What was looked at, in the order it is shown.
    pub(crate) checks: Vec<Check>,
    /// Who it is; `None` when it could not be seen, or is somebody else than expected.
    pub(crate) identity: Option<Identity>,
    /// The abilities it should have, as far as the duties that are configured need them.
    pub(crate) wanted: Vec<Requirement>,
    /// The permissions to add, and the policy that grants them; `None` when nothing is missing.
    pub(crate) policy: Option<Policy>,
    /// The product codes whose machines are asked for by region, for the estimate.
    pub(crate) covers: Vec<&'static str>,
    /// The commercial site it is of, where that was found out.
    pub(crate) site: Option<&'static str>,
}

/// The permissions of a policy, and its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The permissions, as the cloud's policies spell them.
    pub(crate) permissions: Vec<&'static str>,
    /// The document, ready to be pasted.
    pub(crate) document: String,
}

/// Looks at one account.
pub(crate) async fn examine(
    line: AccountLine,
    wants: Wants,
    writes: BTreeSet<&'static str>,
    words: Words,
) -> Examined {
    let account = line.account.name.to_string();
    let mut examined = Examined {
        account,
        checks: Vec::new(),
        identity: None,
        wanted: Vec::new(),
        policy: None,
        covers: Vec::new(),
        site: None,
    };
    let watched = match &line.watched {
        Ok(watched) => watched,
        Err(error) => {
            let mut check = Check::new("identity", Status::Failed, &*error.text).exit(error.exit());
            check.hints.clone_from(&error.hints);
            examined.checks.push(check);
            return examined;
        }
    };
    let provider = &*watched.provider;
    examined.wanted = wanted(provider, &wants, watched.discover.is_some(), &writes);
    examined.covers = provider
        .inventory()
        .map_or_else(Vec::new, |it| it.covers().to_vec());
    let (check, identity) = identity(&line, provider, words).await;
    examined.checks.push(check);
    let Some(identity) = identity else {
        let skipped = words.say("doctor-not-asked", &[]);
        examined
            .checks
            .push(Check::new("permission", Status::Skipped, skipped));
        examined.checks.extend(heard(&line, words));
        return examined;
    };
    examined.identity = Some(identity);
    match provider.access() {
        Some(access) => {
            let missing = permissions(access, &mut examined, words).await;
            examined.policy = policy(access, &missing);
        }
        None => {
            let detail = words.say("doctor-no-access", &[]);
            examined
                .checks
                .push(Check::new("permission", Status::Skipped, detail));
        }
    }
    examined.checks.extend(names(provider, words).await);
    if let Some(discover) = &watched.discover {
        examined
            .checks
            .push(member_role(provider, discover, words).await);
    }
    examined.checks.extend(heard(&line, words));
    examined.site = provider.site();
    if let Some(site) = examined.site {
        examined.checks.push(Check::new("site", Status::Ok, site));
    }
    examined
}

/// The kinds of abilities to change something end with this; before it stands the word of the duty.
const WRITE: &str = ":write";

/// Returns the abilities that the configured duties need of an account; `writes` are the words of
/// those that may change something there by themselves.
pub(crate) fn wanted(
    provider: &dyn Provider,
    wants: &Wants,
    discovers: bool,
    writes: &BTreeSet<&'static str>,
) -> Vec<Requirement> {
    let Some(access) = provider.access() else {
        return Vec::new();
    };
    let asks = |parts: &[Part]| parts.iter().any(|it| wants.estate.parts.contains(it));
    let needed = |it: &&Requirement| match it.kind {
        Kind::PREPAID => wants.prepaid_ending_before.is_some(),
        Kind::INSTANCE => {
            wants.prepaid_ending_before.is_some() || asks(&[Part::Machines, Part::Images])
        }
        Kind::CLUSTER => asks(&[Part::Machines]),
        Kind::DISK => asks(&[Part::Disks, Part::Snapshots]),
        Kind::SNAPSHOT => asks(&[Part::Snapshots]),
        Kind::IMAGE => asks(&[Part::Images]),
        Kind::IMAGE_USE => asks(&[Part::ImageUses]),
        Kind::PROTECTION => asks(&[Part::Protections]),
        Kind::COPY_NOTE => asks(&[Part::CopyNotes]),
        Kind::CRYPT_KEY => asks(&[Part::CryptKeys]),
        Kind::ALARM | Kind::ALARM_TARGET | Kind::TRAFFIC => asks(&[Part::Alarms]),
        Kind::OPINION => asks(&[Part::Machines]),
        Kind::ADDRESS => asks(&[Part::Addresses]),
        Kind::LOAD_BALANCER => asks(&[Part::LoadBalancers]),
        Kind::MAINTENANCE => wants.estate.asks(provider.account(), Part::Maintenance),
        Kind::ACCESS_KEY => wants.wants_access_keys_of(provider.account()),
        Kind::BALANCE => wants.wants_balance_of(provider.account()),
        Kind::CERTIFICATE => wants.certificates,
        Kind::DOMAIN => wants.domains,
        Kind::MEMBER => discovers,
        kind if kind.ends_with(WRITE) => writes.contains(kind.trim_end_matches(WRITE)),
        // The rest are the lists of what ends, product by product.
        _ => wants.prepaid_ending_before.is_some(),
    };
    access
        .requirements()
        .iter()
        .filter(needed)
        .cloned()
        .collect()
}

/// Returns the policy for abilities, or `None` when there are none.
pub(crate) fn policy(access: &dyn Access, requirements: &[Requirement]) -> Option<Policy> {
    if requirements.is_empty() {
        return None;
    }
    let permissions: BTreeSet<&'static str> = requirements
        .iter()
        .flat_map(|it| it.permissions)
        .copied()
        .collect();
    let all: Vec<&Requirement> = requirements.iter().collect();
    Some(Policy {
        permissions: permissions.into_iter().collect(),
        document: access.policy(&all),
    })
}

async fn identity(
    line: &AccountLine,
    provider: &dyn Provider,
    words: Words,
) -> (Check, Option<Identity>) {
    let name = line.account.name.as_str();
    let identity = match provider.identity().await {
        Ok(identity) => identity,
        Err(error) => {
            let check = Check::new("identity", Status::Failed, base::chain(&error))
                .hint_if(hint_of(&error, name, words))
                .exit(Exit::Unseen);
            return (check, None);
        }
    };
    let Identity {
        account,
        principal,
        sort,
    } = &identity;
    match &line.account.expect_identity {
        Some(expected) if expected != account => {
            let places = [
                ("expected", expected.as_str().into()),
                ("found", account.as_str().into()),
            ];
            let check = Check::new(
                "identity",
                Status::Failed,
                words.say("identity-mismatch", &places),
            )
            .hint(words.say("doctor-hint-mismatch", &[("account", name.into())]))
            .exit(Exit::Unseen);
            (check, None)
        }
        expected => {
            let check = Check::new(
                "identity",
                Status::Ok,
                format!("{account} {sort} {principal}"),
            );
            let pin = expected.is_none().then(|| {
                let places = [
                    ("account", name.into()),
                    ("number", account.as_str().into()),
                ];
                words.say("doctor-hint-pin", &places)
            });
            (check.hint_if(pin), Some(identity))
        }
    }
}

/// Tries every ability; returns those for which a permission is missing.
async fn permissions(
    access: &dyn Access,
    examined: &mut Examined,
    words: Words,
) -> Vec<Requirement> {
    let mut missing = Vec::new();
    for requirement in &examined.wanted {
        let check = match access.check(requirement).await {
            Ok(()) => {
                let permissions = requirement.permissions.join(", ");
                Check::new("permission", Status::Ok, permissions)
            }
            Err(error) => match &error.kind {
                ErrorKind::Denied { permission } => {
                    missing.push(requirement.clone());
                    let permission = permission.clone();
                    let named = permission.unwrap_or_else(|| requirement.permissions.join(", "));
                    let places = [("permission", named.into())];
                    Check::new(
                        "permission",
                        Status::Missing,
                        words.say("doctor-missing", &places),
                    )
                    .hint(words.say("doctor-hint-policy-below", &[]))
                    .exit(Exit::Unseen)
                }
                _ => Check::new("permission", Status::Unknown, base::chain(&error))
                    .hint_if(hint_of(&error, &examined.account, words))
                    .exit(Exit::Unseen),
            },
        };
        examined.checks.push(check.of(requirement.kind));
    }
    missing
}

/// Asks for machines that the bill names: a list that a key's rights or resource groups cut short
/// looks like a shorter list, not like an error.
async fn names(provider: &dyn Provider, words: Words) -> Option<Check> {
    let (billing, inventory) = (provider.billing()?, provider.inventory()?);
    let list = billing.prepaid()?;
    // Where the bill cannot be read, its permission has said so already.
    let page = list.page(&PageAt::First).await.ok()?;
    let covers = inventory.covers();
    let billed =
        |it: &&Prepaid| covers.contains(&it.kind.as_str()) && it.status == PrepaidStatus::Normal;
    let mut billed = page.items.iter().filter(billed);
    let (kind, region) = billed
        .clone()
        .find_map(|it| Some((&it.kind, it.region.as_ref()?)))?;
    let ids: Vec<ResourceId> = billed
        .by_ref()
        .filter(|it| it.kind == *kind && it.region.as_ref() == Some(region))
        .map(|it| it.id.clone())
        .take(MACHINES_ASKED)
        .collect();
    Some(names_of(inventory, kind, region, &ids, words).await)
}

async fn names_of(
    inventory: &dyn cloud::Inventory,
    kind: &Kind,
    region: &RegionId,
    ids: &[ResourceId],
    words: Words,
) -> Check {
    let subject = format!("{kind} {region}");
    let places = |found: usize| {
        [
            ("found", found.into()),
            ("asked", ids.len().into()),
            ("kind", kind.as_str().into()),
            ("region", region.as_str().into()),
        ]
    };
    let check = match inventory.details(kind, region, ids).await {
        Ok(found) if found.len() < ids.len() => {
            let detail = words.say("doctor-names-fewer", &places(found.len()));
            Check::new("names", Status::Warning, detail).hint(words.say("doctor-hint-names", &[]))
        }
        Ok(found) => Check::new(
            "names",
            Status::Ok,
            words.say("doctor-names", &places(found.len())),
        ),
        // A missing permission has a line of its own, with the policy that adds it.
        Err(error) if matches!(error.kind, ErrorKind::Denied { .. }) => Check::new(
            "names",
            Status::Skipped,
            words.say("doctor-names-denied", &[]),
        ),
        Err(error) => Check::new("names", Status::Unknown, base::chain(&error)).exit(Exit::Unseen),
    };
    check.of(subject)
}

/// Enters one member: the role has to be there, and the key has to be allowed to take it.
async fn member_role(provider: &dyn Provider, discover: &Discover, words: Words) -> Check {
    let name = "member_role";
    let Some(organization) = provider.organization() else {
        let detail = words.say("doctor-no-organization", &[]);
        return Check::new(name, Status::Failed, detail).exit(Exit::Unseen);
    };
    let list = organization.members();
    let Ok(page) = list.page(&PageAt::First).await else {
        let detail = words.say("doctor-members-unseen", &[]);
        return Check::new(name, Status::Skipped, detail);
    };
    let enterable = |it: &&cloud::Member| it.active && !discover.exclude.contains(&it.number);
    let Some(member) = page.items.iter().find(enterable) else {
        return Check::new(name, Status::Skipped, words.say("doctor-no-members", &[]));
    };
    let places = [
        ("role", discover.role.as_str().into()),
        ("member", member.number.as_str().into()),
    ];
    match organization.enter(member, &discover.role).identity().await {
        Ok(_) => Check::new(
            name,
            Status::Ok,
            words.say("doctor-member-entered", &places),
        ),
        Err(error) => Check::new(name, Status::Failed, base::chain(&error))
            .hint(words.say("doctor-hint-member", &places))
            .exit(Exit::Unseen),
    }
    .of(member.number.as_str())
}

/// Returns what the answers told beside their content: the clock and the hosts.
fn heard(line: &AccountLine, words: Words) -> Vec<Check> {
    let heard = line.overheard.heard();
    let mut checks = Vec::new();
    if let Some(ahead) = heard.ahead {
        // A date has whole seconds.
        let seconds = ahead.as_secs().unsigned_abs().max(1);
        let (key, status) = match ahead {
            off if off.abs() < CLOCK_TOLERANCE => ("doctor-clock", Status::Ok),
            off if off.is_negative() => ("doctor-clock-behind", Status::Warning),
            _ => ("doctor-clock-ahead", Status::Warning),
        };
        let detail = words.say(key, &[("seconds", seconds.into())]);
        let check = Check::new("clock", status, detail);
        checks.push(match status {
            Status::Ok => check,
            _ => check.hint(words.say("doctor-hint-clock", &[])),
        });
    }
    if !heard.hosts.is_empty() {
        let hosts: Vec<String> = heard.hosts.into_iter().collect();
        checks.push(Check::new("endpoints", Status::Ok, hosts.join(", ")));
    }
    checks
}

/// Returns what a person can do about a cloud's refusal, when there is something.
pub(crate) fn hint_of(error: &CloudError, account: &str, words: Words) -> Option<String> {
    let cause = base::chain(error);
    let places = [("account", account.into())];
    let key = match &error.kind {
        ErrorKind::Denied { permission } => {
            let permissions = permission.clone()?;
            return Some(words.say("doctor-hint-grant", &[("permissions", permissions.into())]));
        }
        // The words of rustls and of the verifier that asks the system for its authorities.
        _ if cause.contains("No CA certificates") => "doctor-hint-no-ca",
        _ if cause.contains("UnknownIssuer") => "doctor-hint-ca",
        ErrorKind::Credentials | ErrorKind::StaleCredentials => "doctor-hint-credentials",
        ErrorKind::Clock { .. } => "doctor-hint-clock",
        ErrorKind::Throttled { .. } | ErrorKind::TryLater => "doctor-hint-throttled",
        ErrorKind::Busy | ErrorKind::Unsent | ErrorKind::Unanswered => "doctor-hint-network",
        ErrorKind::WrongSite => "doctor-hint-site",
        ErrorKind::Undecodable => "doctor-hint-proxy",
        ErrorKind::NotFound
        | ErrorKind::Invalid
        | ErrorKind::Exists
        | ErrorKind::Held { .. }
        | ErrorKind::Exhausted
        | ErrorKind::NonceUsed => return None,
    };
    Some(words.say(key, &places))
}

#[cfg(test)]
mod tests;
