//! Every action the simulated cloud serves: its name, its parameters, its lists, its right.
//!
//! Invariant: an action is listed here only together with a call of the official client in
//! `conformance/aliyun`; a test there compares both.

use base::Chance;
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Arguments, Parameter};
use super::encoding::segment;
use super::pages::Pages;
use super::received::Received;
use super::{bss, cas, cms, cs, domain, ecs, ess, ram, resource_manager, slb, sts, tokens, vpc};
use crate::offer::Tables;
use crate::world::World;
use crate::world::account::Site;
use crate::world::caller::Caller;
use crate::world::refusal::Refusal;

/// A product of the cloud, as far as the gateway tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Billing.
    Bss,
    /// Certificates.
    Cas,
    /// Metrics and alarms.
    Cms,
    /// Domain names.
    Domain,
    /// Clusters.
    Cs,
    /// Machines.
    Ecs,
    /// Scaling groups.
    Ess,
    /// Users and their keys.
    Ram,
    /// The resource directory.
    ResourceManager,
    /// The old load balancers.
    Slb,
    /// The token service.
    Sts,
    /// Networks, and the addresses that are kept.
    Vpc,
}

impl Product {
    /// Every product.
    pub const ALL: [Self; 12] = [
        Self::Bss,
        Self::Cas,
        Self::Cms,
        Self::Cs,
        Self::Domain,
        Self::Ecs,
        Self::Ess,
        Self::Ram,
        Self::ResourceManager,
        Self::Slb,
        Self::Sts,
        Self::Vpc,
    ];

    /// Returns the product's code and its only version.
    #[must_use]
    pub fn code_and_version(self) -> (&'static str, &'static str) {
        match self {
            Self::Bss => ("BssOpenApi", "2017-12-14"),
            Self::Cas => ("cas", "2020-04-07"),
            Self::Cms => ("Cms", "2019-01-01"),
            Self::Cs => ("CS", "2015-12-15"),
            Self::Domain => ("Domain", "2018-01-29"),
            Self::Ecs => ("Ecs", "2014-05-26"),
            Self::Ess => ("Ess", "2022-02-22"),
            Self::Ram => ("Ram", "2015-05-01"),
            Self::ResourceManager => ("ResourceDirectoryMaster", "2020-03-31"),
            Self::Slb => ("Slb", "2014-05-15"),
            Self::Sts => ("Sts", "2015-04-01"),
            Self::Vpc => ("Vpc", "2016-04-28"),
        }
    }
}

/// Whether an action wants to know who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The request is signed.
    Signed,
    /// The request names no key.
    Unsigned,
}

/// The path of every action that is told apart by its name alone.
pub(crate) const RPC: &str = "/";

/// Where the rows of an answer are, and how pages are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// JSON pointer to the array of rows.
    pub rows: &'static str,
    /// JSON pointer to the number of all rows; empty if the answer has none.
    pub total: &'static str,
    /// The parameters that give the page's number and its size.
    pub page: Option<(&'static str, &'static str)>,
}

/// One action.
#[derive(Debug)]
pub struct ActionSpec {
    /// Its product.
    pub product: Product,
    /// Its name.
    pub name: &'static str,
    /// The RAM action behind it.
    pub right: &'static str,
    /// Whether it is signed.
    pub style: Style,
    /// Where it is: `RPC`, or a path whose words in braces are parameters.
    pub path: &'static str,
    /// What may be said.
    pub parameters: &'static [Parameter],
    /// What it lists, if it lists.
    pub listing: Option<Listing>,
    pub(crate) serve: fn(&Asked<'_>) -> Result<Vec<u8>, Refusal>,
}

impl ActionSpec {
    /// Returns the page that `received` asks for, from 1.
    pub(crate) fn page(&self, received: &Received) -> Option<u64> {
        let token = received
            .parameter("NextToken")
            .or_else(|| received.parameter("Marker"));
        if let Some(token) = token.filter(|it| !it.is_empty()) {
            return tokens::page_of_token(token);
        }
        let (number, _) = self.listing?.page?;
        received
            .parameter(number)
            .map_or(Some(1), |it| it.parse().ok())
    }

    /// Returns the parameters that `path` says; `None` when it is not the path of this action.
    pub(crate) fn captures(&self, path: &str) -> Option<Vec<(String, String)>> {
        let (mut words, mut said) = (self.path.split('/'), path.split('/'));
        let mut captured = Vec::new();
        loop {
            match (words.next(), said.next()) {
                (None, None) => return Some(captured),
                (Some(word), Some(text)) => {
                    let name = word.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                    match name {
                        Some(name) if !text.is_empty() => {
                            captured.push((name.to_owned(), segment(text)));
                        }
                        None if word == text => {}
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// A call whose sender and parameters are in order.
pub(crate) struct Asked<'a> {
    /// The name of the action.
    pub(crate) action: &'static str,
    pub(crate) world: &'a World,
    pub(crate) pages: &'a Pages,
    pub(crate) chance: &'a dyn Chance,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) arguments: &'a Arguments,
    pub(crate) request_id: &'a str,
    pub(crate) site: Option<Site>,
    pub(crate) wall: Timestamp,
}

impl Asked<'_> {
    /// Returns who calls; signed actions have somebody.
    pub(crate) fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.ok_or_else(|| {
            Refusal::new(
                400,
                "MissingAccessKeyId",
                "AccessKeyId is mandatory for this action.",
            )
        })
    }
}

/// Writes an answer.
pub(crate) fn json(answer: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer).map_err(|error| {
        tracing::error!("an answer of the simulation cannot be written: {error}");
        Refusal::new(
            500,
            "InternalError",
            "The request processing has failed due to some unknown error.",
        )
    })
}

/// What is asked by who only looks, as far as nobody plans a change.
pub(crate) const WATCHED: &[&[ActionSpec]] = &[
    bss::ACTIONS,
    cas::ACTIONS,
    cs::ACTIONS,
    domain::ACTIONS,
    ecs::ACTIONS,
    ecs::disks::ACTIONS,
    ecs::events::ACTIONS,
    ecs::images::ACTIONS,
    ecs::snapshots::ACTIONS,
    ess::ACTIONS,
    ram::ACTIONS,
    resource_manager::ACTIONS,
    slb::ACTIONS,
    sts::ACTIONS,
    vpc::ACTIONS,
];

/// What changes something, and what is asked before that.
pub(crate) const CHANGED: &[&[ActionSpec]] = &[
    cms::ACTIONS,
    cms::CONTACTS,
    cms::METRICS,
    ecs::copying::ACTIONS,
    ecs::disking::ACTIONS,
    ecs::imaging::ACTIONS,
    ecs::keeping::ACTIONS,
    ecs::machinery::ACTIONS,
    ecs::tagging::ACTIONS,
    vpc::changing::ACTIONS,
];

/// Finds the action that is asked for, by its path and by its name and the version of its product.
///
/// # Errors
///
/// The gateway's words for an unknown version, a missing action or an unknown one.
pub(crate) fn find(
    offered: Tables<ActionSpec>,
    received: &Received,
) -> Result<&'static ActionSpec, Refusal> {
    let (name, version) = (received.action(), received.version());
    let is_rpc = received.path == RPC;
    if name.is_empty() && is_rpc {
        return Err(Refusal::new(
            400,
            "MissingAction",
            "Action is mandatory for this action.",
        ));
    }
    if version.is_empty() {
        return Err(Refusal::new(
            400,
            "MissingVersion",
            "Version is mandatory for this action.",
        ));
    }
    if !Product::ALL
        .iter()
        .any(|it| it.code_and_version().1 == version)
    {
        return Err(Refusal::new(
            400,
            "InvalidVersion",
            "Specified parameter Version is not valid.",
        ));
    }
    offered
        .actions()
        .filter(|it| it.product.code_and_version().1 == version)
        // Old clients of products with paths say the path alone.
        .filter(|it| it.name == name || (name.is_empty() && !is_rpc))
        .find(|it| it.captures(&received.path).is_some())
        .ok_or_else(|| {
            let text = "Specified api is not found, please check your url and method.";
            Refusal::new(404, "InvalidAction.NotFound", text)
        })
}
