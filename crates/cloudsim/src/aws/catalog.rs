//! Every action of the simulated AWS: its name, its parameters, its list.
//!
//! Invariant: an action is listed here only together with a call of the official client in `conformance/aws`; a
//! test there compares both.

use std::time::Duration;

use base::Chance;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::arguments::{Arguments, Parameter, labels};
use super::caller::{arn, partition};
use super::received::Received;
use super::service::{Protocol, Service};
use super::state::State;
use super::tokens::Place;
use super::words::Trouble;
use super::{
    acm, autoscaling, cloudwatch, domains, ec2, eks, elb, iam, keeping, kms, organizations, rds,
    savings, signature, sns, sts, tagging,
};
use crate::offer::Tables;
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::cloud::Partition;
use crate::world::refusal::Refusal;

/// Who may call an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Whoever has the right that is called like the action.
    Granted,
    /// Every caller whose signature holds.
    Signed,
    /// Anybody.
    Unsigned,
}

/// How pages of a list are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// The parameter that gives the size of a page.
    pub size: &'static str,
    /// The parameter that brings the token.
    pub token: &'static str,
    /// The field of the answer that holds the token of the next page.
    pub next: &'static str,
    /// The size when none is asked for; `None` gives the whole list.
    pub default: Option<u64>,
    /// Whether the answer says `IsTruncated`, as IAM's do.
    pub says_truncated: bool,
}

/// Where the rows of an answer are.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The array of rows; where there are two names, the second is an array in every row of the first.
    pub rows: &'static [&'static str],
    /// How it is paged, if it is.
    pub paging: Option<Paging>,
}

/// Serves a call whose sender and parameters are in order.
pub(crate) type Serve = fn(&Asked<'_>) -> Result<Value, Refusal>;

/// One action.
#[derive(Debug)]
pub struct ActionSpec {
    /// Its service.
    pub service: Service,
    /// Its name.
    pub name: &'static str,
    /// Who may call it.
    pub style: Style,
    /// Method and path, for services with paths.
    pub path: Option<(&'static str, &'static str)>,
    /// What may be said.
    pub parameters: &'static [Parameter],
    /// What it lists, if it lists.
    pub listing: Option<Listing>,
    pub(crate) serve: fn(&Asked<'_>) -> Result<Value, Refusal>,
}

impl ActionSpec {
    /// Returns the IAM action behind it.
    #[must_use]
    pub fn right(&self) -> String {
        format!("{}:{}", self.service.facts().name, self.name)
    }

    /// Describes the action for the operator of the simulation.
    pub(crate) fn told(&self) -> Value {
        let facts = self.service.facts();
        // What stands in the path cannot be left out of it.
        let path = self.path.map_or("", |it| it.1);
        let needed = self.parameters.iter().filter(|it| it.needed);
        let needed = needed.filter(|it| !path.contains(&format!("{{{}}}", it.name)));
        json!({
            "service": facts.name,
            "version": facts.version,
            "action": self.name,
            "signed": self.style != Style::Unsigned,
            "pages": self.paging().is_some(),
            "needs": needed.map(|it| it.name).collect::<Vec<_>>(),
        })
    }

    /// Returns the paging of the list, if it has pages.
    #[must_use]
    pub fn paging(&self) -> Option<Paging> {
        self.listing?.paging
    }
}

/// A call whose sender and parameters are in order.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) state: &'a State,
    pub(crate) chance: &'a dyn Chance,
    pub(crate) spec: &'static ActionSpec,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) arguments: &'a Arguments,
    pub(crate) region: &'a str,
    /// The server's wall clock.
    pub(crate) wall: Timestamp,
    /// The server's monotonic clock.
    pub(crate) at: Duration,
    /// How long a list leaves out what was just made.
    pub(crate) lag: SignedDuration,
    /// Whether the page shall be empty, with a token to go on with.
    pub(crate) empty_page: bool,
}

impl Asked<'_> {
    /// Returns who calls; signed actions have somebody.
    pub(crate) fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.ok_or_else(|| self.refuse(Trouble::Unsigned))
    }

    /// Returns the caller's partition.
    pub(crate) fn partition(&self) -> Partition {
        self.caller.map_or(Partition::Aws, partition)
    }

    /// Returns the ARN of something of the caller's account in the region of the call.
    pub(crate) fn arn(&self, rest: &str) -> String {
        let uid = self.caller.map_or(0, |it| it.uid.0);
        let name = self.spec.service.facts().name;
        format!(
            "arn:{}:{name}:{}:{uid:012}:{rest}",
            self.partition().as_str(),
            self.region
        )
    }

    /// Words `trouble` as the service does.
    pub(crate) fn refuse(&self, trouble: Trouble) -> Refusal {
        trouble.told_by(self.spec.service)
    }

    /// Returns whether a list shows by now what was made at `created`.
    pub(crate) fn shows(&self, created: Timestamp) -> bool {
        self.lag.is_zero()
            || created
                .saturating_add(self.lag)
                .is_ok_and(|it| it <= self.world.now())
    }

    /// Cuts the page that was asked for out of `rows`; the other half of the answer is the token of the next one.
    pub(crate) fn cut<T>(
        &self,
        rows: impl Iterator<Item = T>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let Some(paging) = self.spec.paging() else {
            return Ok((rows.collect(), None));
        };
        let subject = self.subject(paging);
        let place = match self.arguments.text(paging.token) {
            None => Place { offset: 0, page: 1 },
            Some(token) => self
                .state
                .tokens
                .place(token, &subject, self.at)
                .map_err(|it| self.refuse(it))?,
        };
        let size = self.arguments.whole(paging.size).or(paging.default);
        let size = match size {
            _ if self.empty_page => 0,
            Some(size) => usize::try_from(size).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        let skip = usize::try_from(place.offset).unwrap_or(usize::MAX);
        let mut rest = rows.skip(skip).peekable();
        let page: Vec<T> = rest.by_ref().take(size).collect();
        let next = rest.peek().map(|_| Place {
            offset: place.offset + page.len() as u64,
            page: place.page + 1,
        });
        Ok((
            page,
            next.map(|it| self.state.tokens.token(&subject, it, self.at, self.chance)),
        ))
    }

    /// Returns an answer with `rows` under the name of the list, and the token of the next page.
    pub(crate) fn answer(&self, rows: Vec<Value>, token: Option<String>) -> Value {
        let mut answer = Map::new();
        if let Some(listing) = self.spec.listing {
            if let Some(name) = listing.rows.first() {
                answer.insert((*name).to_owned(), Value::Array(rows));
            }
            if let Some(paging) = listing.paging {
                if paging.says_truncated {
                    answer.insert("IsTruncated".to_owned(), Value::Bool(token.is_some()));
                }
                if let Some(token) = token {
                    answer.insert(paging.next.to_owned(), Value::String(token));
                }
            }
        }
        Value::Object(answer)
    }

    /// Answers with the page of `things` that was asked for; only what is on it is written out.
    pub(crate) fn page<T>(
        &self,
        things: impl Iterator<Item = T>,
        write: impl FnMut(T) -> Value,
    ) -> Result<Value, Refusal> {
        let (things, token) = self.cut(things)?;
        Ok(self.answer(things.into_iter().map(write).collect(), token))
    }

    /// Returns what a token is good for: who lists what, where, how narrowed.
    fn subject(&self, paging: Paging) -> String {
        let uid = self.caller.map_or(0, |it| it.uid.0);
        let said = self.arguments.subject([paging.size, paging.token]);
        format!(
            "{uid}/{}/{:?}/{}/{said}",
            self.region, self.spec.service, self.spec.name
        )
    }

    /// Refuses unless the caller has the right to the action.
    pub(crate) fn require(&self) -> Result<(), Refusal> {
        let caller = self.caller()?;
        let right = self.spec.right();
        if caller.rights.allow(&right) {
            return Ok(());
        }
        Err(self.refuse(Trouble::Denied(arn(caller), right)))
    }
}

/// What is asked by who only looks, and by who plans backups and alarms.
pub(crate) const WATCHED: &[&[ActionSpec]] = &[
    acm::ACTIONS,
    autoscaling::ACTIONS,
    cloudwatch::IN_FORMS,
    cloudwatch::IN_JSON,
    domains::ACTIONS,
    ec2::ACTIONS,
    eks::ACTIONS,
    elb::ACTIONS,
    iam::ACTIONS,
    keeping::ACTIONS,
    kms::ACTIONS,
    organizations::ACTIONS,
    rds::ACTIONS,
    savings::ACTIONS,
    sns::ACTIONS,
    sts::ACTIONS,
    tagging::ACTIONS,
];

/// What changes machines, disks and copies.
pub(crate) const CHANGED: &[&[ActionSpec]] = &[ec2::CHANGES];

/// An action that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Meant {
    pub(crate) spec: &'static ActionSpec,
    /// The parts of the path that have names.
    pub(crate) labels: Vec<(&'static str, String)>,
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Found {
    /// The service, as far as it could be told: its way of speaking is used even for refusals.
    pub(crate) service: Service,
    /// The word for the action.
    pub(crate) action: String,
    /// The action.
    pub(crate) meant: Result<Meant, Trouble>,
}

/// Finds out what `received` asks for: by target, by form, or by path and the service its signature names.
pub(crate) fn find(offered: Tables<ActionSpec>, received: &Received) -> Found {
    let signed_for = signature::scope(received).map(|it| it.2);
    let fallback = signed_for
        .and_then(|it| Service::signing_as(it).next())
        .unwrap_or(Service::Sts);
    if let Some(target) = received.header("x-amz-target") {
        let (prefix, action) = target.rsplit_once('.').unwrap_or(("", target));
        let speaks =
            |it: &Service| it.facts().protocol == Protocol::Json && it.facts().namespace == prefix;
        let service = Service::ALL.into_iter().find(speaks);
        return found(offered, service, service.unwrap_or(fallback), action);
    }
    let form = received.form();
    let said = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if let Some(action) = said("Action") {
        let version = said("Version").unwrap_or_default();
        let speaks = |it: &Service| {
            matches!(it.facts().protocol, Protocol::Ec2 | Protocol::Query)
                && it.facts().version == version
                && signed_for.is_none_or(|signed| signed == it.facts().signs_as)
        };
        let service = Service::ALL.into_iter().find(speaks);
        return found(offered, service, service.unwrap_or(fallback), action);
    }
    let by_path = offered.actions().find_map(|spec| {
        let (method, template) = spec.path?;
        let labels = labels(template, &received.path)?;
        let is_meant = method == received.method
            && signed_for.is_none_or(|it| it == spec.service.facts().signs_as);
        is_meant.then_some(Meant { spec, labels })
    });
    match by_path {
        Some(meant) => Found {
            service: meant.spec.service,
            action: meant.spec.name.to_owned(),
            meant: Ok(meant),
        },
        None => found(offered, None, fallback, ""),
    }
}

fn found(
    offered: Tables<ActionSpec>,
    service: Option<Service>,
    speaking: Service,
    action: &str,
) -> Found {
    let spec = offered
        .actions()
        .find(|it| Some(it.service) == service && it.name == action);
    Found {
        service: speaking,
        action: action.to_owned(),
        meant: spec
            .map(|spec| Meant {
                spec,
                labels: Vec::new(),
            })
            .ok_or_else(|| Trouble::UnknownAction(action.to_owned())),
    }
}
