//! What every adapter keeps to, whatever its cloud: one suite, run by each against its own
//! simulated cloud over the wire.
//!
//! A test builds a [`Stage`]: a provider, what was planted in its lists, and a way to make the far
//! side misbehave. [`breaches`] plays every scene and returns what was not kept to; a test asserts
//! that there is none.
//!
//! Invariant: nothing here knows a cloud; a list that the provider has no port for is left out.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{CloudError, ErrorKind};
use crate::pager::{self, Keyed, PageSource};
use crate::ports::Provider;
use crate::seen::{Sighting, Why};

/// A list that an adapter may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// [`crate::Billing::prepaid`].
    Prepaid,
    /// [`crate::Certificates::certificates`].
    Certificates,
    /// [`crate::Domains::domains`].
    Domains,
    /// [`crate::Organization::members`].
    Members,
}

impl List {
    /// Every list there is.
    pub const ALL: [Self; 4] = [
        Self::Prepaid,
        Self::Certificates,
        Self::Domains,
        Self::Members,
    ];

    /// Returns the kind of [`crate::Requirement`] that the list needs.
    #[must_use]
    pub fn requirement(self) -> &'static str {
        match self {
            Self::Prepaid => model::Kind::PREPAID,
            Self::Certificates => model::Kind::CERTIFICATE,
            Self::Domains => model::Kind::DOMAIN,
            Self::Members => model::Kind::MEMBER,
        }
    }
}

/// How the far side misbehaves when it is asked for a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It refuses so many calls for their number, then serves.
    Throttled {
        /// How many.
        calls: u32,
    },
    /// It takes one call, does its work, and the answer is lost.
    LostAnswer,
    /// One answer ends in its middle.
    HalfAnswer,
    /// One page fails for good with an error of the cloud's own.
    DeadPage {
        /// Which, counted from 1.
        page: u32,
    },
    /// Nothing is in the list, and it says so.
    Empty,
    /// The list says that it has one row more than it has, for good.
    LyingTotal,
    /// A row is given twice on its page.
    RepeatedRow,
    /// A row is lost between two pages the first time the list is read, and not the second.
    RowLostOnce,
    /// A row is lost every time.
    RowLost,
    /// The key has no right to the list, and the cloud says so.
    Denied,
    /// Rows and answers have fields that nobody knows.
    NewFields,
    /// Something between us and the cloud answers with its own page, and status 200.
    LogInPage,
    /// The answer is no JSON, for good.
    Garbage,
    /// The key is wrong.
    WrongKey,
}

/// A provider over a far side that can be made to misbehave.
#[async_trait]
pub trait Stage: Send + Sync {
    /// Returns a provider that has not been used yet.
    fn provider(&self) -> Arc<dyn Provider>;

    /// Returns the keys of what is in a list, which has more than two pages; `None` when the cloud
    /// has no such list.
    fn planted(&self, list: List) -> Option<BTreeSet<String>>;

    /// Lets the far side misbehave from now on, beside whatever it does already.
    async fn trouble(&self, list: List, trouble: Trouble);

    /// Lets the far side behave again.
    async fn calm(&self);
}

/// Something that an adapter does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// For which list.
    pub list: List,
    /// What the rule is.
    pub rule: &'static str,
    /// What was seen instead.
    pub saw: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}; saw {}", self.list, self.rule, self.saw)
    }
}

/// What a look is to give.
enum Expected {
    /// All that was planted.
    All,
    /// Nothing, as a fact.
    Nothing,
    /// Not seen, for a reason with this word (see [`Why::word`]).
    Unseen(&'static str),
}

struct Scene {
    rule: &'static str,
    trouble: Option<Trouble>,
    expected: Expected,
}

const fn scene(rule: &'static str, trouble: Option<Trouble>, expected: Expected) -> Scene {
    Scene {
        rule,
        trouble,
        expected,
    }
}

const SCENES: &[Scene] = &[
    scene(
        "all pages make one list, each row once",
        None,
        Expected::All,
    ),
    scene(
        "throttling is waited out",
        Some(Trouble::Throttled { calls: 2 }),
        Expected::All,
    ),
    scene(
        "a lost answer is asked for again",
        Some(Trouble::LostAnswer),
        Expected::All,
    ),
    scene(
        "half an answer is no answer",
        Some(Trouble::HalfAnswer),
        Expected::All,
    ),
    scene(
        "a dead page makes the list unseen, not shorter",
        Some(Trouble::DeadPage { page: 2 }),
        Expected::Unseen("unreachable"),
    ),
    scene(
        "a dead first page makes the list unseen",
        Some(Trouble::DeadPage { page: 1 }),
        Expected::Unseen("unreachable"),
    ),
    scene(
        "an empty list is a list",
        Some(Trouble::Empty),
        Expected::Nothing,
    ),
    scene(
        "a list shorter than its own total is unseen",
        Some(Trouble::LyingTotal),
        Expected::Unseen("count_mismatch"),
    ),
    scene(
        "a row that comes twice counts once",
        Some(Trouble::RepeatedRow),
        Expected::All,
    ),
    scene(
        "a row lost once is found by the second look",
        Some(Trouble::RowLostOnce),
        Expected::All,
    ),
    scene(
        "a row lost for good makes the list unseen",
        Some(Trouble::RowLost),
        Expected::Unseen("count_mismatch"),
    ),
    scene(
        "a missing right makes the list unseen",
        Some(Trouble::Denied),
        Expected::Unseen("denied"),
    ),
    scene(
        "new fields are no trouble",
        Some(Trouble::NewFields),
        Expected::All,
    ),
    scene(
        "a log-in page is not an empty list",
        Some(Trouble::LogInPage),
        Expected::Unseen("undecodable"),
    ),
    scene(
        "garbage is not an empty list",
        Some(Trouble::Garbage),
        Expected::Unseen("undecodable"),
    ),
    scene(
        "a wrong key makes the list unseen",
        Some(Trouble::WrongKey),
        Expected::Unseen("credentials"),
    ),
];

/// Plays every scene with every list of the provider and returns what was not kept to.
pub async fn breaches(stage: &dyn Stage) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for list in List::ALL {
        let Some(planted) = stage.planted(list) else {
            continue;
        };
        for scene in SCENES {
            if let Some(trouble) = scene.trouble {
                stage.trouble(list, trouble).await;
            }
            let saw = look(stage.provider().as_ref(), list).await;
            stage.calm().await;
            if let Some(saw) = differs(&scene.expected, &planted, &saw) {
                breaches.push(Breach {
                    list,
                    rule: scene.rule,
                    saw,
                });
            }
        }
        breaches.extend(access(stage, list).await);
    }
    breaches
}

/// What a look gave: the keys in order, or why not.
type Look = Result<Vec<String>, Why>;

async fn look(provider: &dyn Provider, list: List) -> Look {
    match list {
        List::Prepaid => keys(provider.billing().map(|it| it.prepaid())).await,
        List::Certificates => keys(provider.certificates().map(|it| it.certificates())).await,
        List::Domains => keys(provider.domains().map(|it| it.domains())).await,
        List::Members => keys(provider.organization().map(|it| it.members())).await,
    }
}

async fn keys<T: Keyed + Send>(source: Option<Box<dyn PageSource<T> + '_>>) -> Look {
    // A port that is missing although something was planted is found as a breach.
    let Some(source) = source else {
        return Err(Why::NotReached);
    };
    match pager::collect(source.as_ref()).await {
        Sighting::Seen(seen) => Ok(seen.get().iter().map(|row| row.key().to_owned()).collect()),
        Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

/// Returns what was seen, in words, where that is not what was expected.
fn differs(expected: &Expected, planted: &BTreeSet<String>, saw: &Look) -> Option<String> {
    let all = match saw {
        Ok(keys) => keys.iter().cloned().collect::<BTreeSet<_>>(),
        Err(why) => {
            let kept = matches!(expected, Expected::Unseen(word) if *word == why.word());
            return (!kept).then(|| format!("unseen, {}", why.word()));
        }
    };
    let many = saw.as_ref().map_or(0, Vec::len);
    let kept = match expected {
        Expected::All => all == *planted && many == all.len(),
        Expected::Nothing => many == 0,
        Expected::Unseen(_) => false,
    };
    let (missing, strange) = (
        planted.difference(&all).count(),
        all.difference(planted).count(),
    );
    (!kept).then(|| format!("a list of {many} rows: {missing} missing, {strange} never planted"))
}

/// The permission check agrees with what the list itself gives.
async fn access(stage: &dyn Stage, list: List) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let breach = |rule, saw: String| Breach { list, rule, saw };
    let provider = stage.provider();
    let Some(access) = provider.access() else {
        return breaches;
    };
    let requirement = access
        .requirements()
        .iter()
        .find(|it| it.kind == list.requirement());
    let Some(requirement) = requirement else {
        return vec![breach("every list has its requirement", "none".to_owned())];
    };
    if let Err(error) = access.check(requirement).await {
        breaches.push(breach(
            "a key with all rights passes the check",
            error.to_string(),
        ));
    }
    let policy = access.policy(&[requirement]);
    for permission in requirement.permissions {
        if !policy.contains(permission) {
            breaches.push(breach("the policy grants what is required", policy.clone()));
        }
    }
    stage.trouble(list, Trouble::Denied).await;
    let checked = stage.provider();
    let denied = match checked.access() {
        Some(access) => access.check(requirement).await,
        None => Ok(()),
    };
    stage.calm().await;
    if !names_permission(&denied, requirement.permissions) {
        let saw = format!("{:?}", denied.map_err(|error| error.kind));
        breaches.push(breach(
            "a missing right is found by the check, and named",
            saw,
        ));
    }
    breaches
}

fn names_permission(outcome: &Result<(), CloudError>, permissions: &[&str]) -> bool {
    match outcome.as_ref().map_err(|error| &error.kind) {
        Err(ErrorKind::Denied {
            permission: Some(named),
        }) => permissions.contains(&named.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
