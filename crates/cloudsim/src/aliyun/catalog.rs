//! Every action the simulated cloud serves: its name, its parameters, its lists, its right.
//!
//! Invariant: an action is listed here only together with a call of the official client in
//! `conformance/aliyun`; a test there compares both.

use base::Chance;
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Arguments, Parameter};
use super::pages::Pages;
use super::received::Received;
use super::{bss, cas, domain, ecs, resource_manager, sts};
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
    /// Domain names.
    Domain,
    /// Machines.
    Ecs,
    /// The resource directory.
    ResourceManager,
    /// The token service.
    Sts,
}

impl Product {
    /// Every product.
    pub const ALL: [Self; 6] = [
        Self::Bss,
        Self::Cas,
        Self::Domain,
        Self::Ecs,
        Self::ResourceManager,
        Self::Sts,
    ];

    /// Returns the product's code and its only version.
    #[must_use]
    pub fn code_and_version(self) -> (&'static str, &'static str) {
        match self {
            Self::Bss => ("BssOpenApi", "2017-12-14"),
            Self::Cas => ("cas", "2020-04-07"),
            Self::Domain => ("Domain", "2018-01-29"),
            Self::Ecs => ("Ecs", "2014-05-26"),
            Self::ResourceManager => ("ResourceDirectoryMaster", "2020-03-31"),
            Self::Sts => ("Sts", "2015-04-01"),
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
    /// What may be said.
    pub parameters: &'static [Parameter],
    /// What it lists, if it lists.
    pub listing: Option<Listing>,
    pub(crate) serve: fn(&Asked<'_>) -> Result<Vec<u8>, Refusal>,
}

impl ActionSpec {
    /// Returns the page that `received` asks for, from 1.
    pub(crate) fn page(&self, received: &Received) -> Option<u64> {
        if let Some(token) = received.parameter("NextToken").filter(|it| !it.is_empty()) {
            return ecs::page_of_token(token);
        }
        let (number, _) = self.listing?.page?;
        received
            .parameter(number)
            .map_or(Some(1), |it| it.parse().ok())
    }
}

/// A call whose sender and parameters are in order.
pub(crate) struct Asked<'a> {
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

/// Returns every action there is.
pub fn actions() -> impl Iterator<Item = &'static ActionSpec> {
    [
        bss::ACTIONS,
        cas::ACTIONS,
        domain::ACTIONS,
        ecs::ACTIONS,
        resource_manager::ACTIONS,
        sts::ACTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Finds the action `name` of the product that has `version`.
///
/// # Errors
///
/// The gateway's words for an unknown version, a missing action or an unknown one.
pub(crate) fn find(name: &str, version: &str) -> Result<&'static ActionSpec, Refusal> {
    if name.is_empty() {
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
    actions()
        .find(|it| it.name == name && it.product.code_and_version().1 == version)
        .ok_or_else(|| {
            let text = "Specified api is not found, please check your url and method.";
            Refusal::new(404, "InvalidAction.NotFound", text)
        })
}
