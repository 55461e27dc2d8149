//! Every action the simulated cloud serves: its service and version, its parameters, its lists.
//!
//! Invariant: an action is listed here only together with a call of the official client in
//! `conformance/tencent`; a test there compares both.

use base::Chance;
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Arguments, Parameter};
use super::received::{Language, Received};
use super::words::{Trouble, internal};
use super::{
    billing, cam, cbs, clb, cvm, domain, monitor, organization, products, region, scaling, ssl,
    sts, tag, tke, vpc,
};
use crate::offer::Tables;
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::holdings::Holdings;

/// Whether an action wants to know who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The request is signed, and its sender needs the right.
    Signed,
    /// The request is signed; every sender may.
    SignedByAnybody,
    /// The request says that it is not signed.
    Unsigned,
}

/// Whether an action is about one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It needs a region.
    Region,
    /// It is served everywhere alike; a region is passed over.
    Everywhere,
}

/// Where the rows of an answer are, and how pages are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// JSON pointer to the array of rows.
    pub rows: &'static str,
    /// JSON pointer to the number of all rows; empty if the answer has none.
    pub total: &'static str,
    /// How pages are asked for.
    pub paging: Paging,
}

/// How pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Everything comes at once.
    None,
    /// `Offset` and `Limit`, the latter so large unless it is said.
    OffsetLimit(u64),
    /// `Offset` and `Limit`, but the former is the number of the page, from 0.
    PageNumber,
    /// `PageNumber`, from 1, and `PageSize`.
    Numbered,
    /// A token that the page before gave.
    Token,
}

/// One action.
#[derive(Debug)]
pub struct ActionSpec {
    /// Its service, as signatures spell it.
    pub service: &'static str,
    /// The version of its API.
    pub version: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it is signed.
    pub style: Style,
    /// Whether it is about one region.
    pub reach: Reach,
    /// What may be said.
    pub parameters: &'static [Parameter],
    /// What it lists, if it lists.
    pub listing: Option<Listing>,
    pub(crate) serve: fn(&Asked<'_>) -> Result<Vec<u8>, Trouble>,
}

impl ActionSpec {
    /// Returns the CAM action behind it.
    #[must_use]
    pub fn right(&self) -> String {
        // Policies have words of their own for money and for disks.
        let service = match self.service {
            "billing" => "finance",
            "cbs" => "cvm",
            service => service,
        };
        format!("{service}:{}", self.name)
    }

    /// Returns the name by which calls of it are counted and faults find it: `cvm:2017-03-12:DescribeInstances`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}:{}:{}", self.service, self.version, self.name)
    }

    /// Returns the page that `received` asks for, from 1.
    pub(crate) fn page(&self, received: &Received) -> Option<u64> {
        let (said, _) = received.parameters().ok()?;
        let whole = |name: &str| {
            let value = said.get(name)?;
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        match self.listing?.paging {
            Paging::None => None,
            Paging::OffsetLimit(default) => {
                let limit = whole("Limit").unwrap_or(default).max(1);
                Some(whole("Offset").unwrap_or(0) / limit + 1)
            }
            Paging::PageNumber => Some(whole("Offset").unwrap_or(0) + 1),
            Paging::Numbered => Some(whole("PageNumber").unwrap_or(1)),
            Paging::Token => {
                let token = said.get("NextToken").and_then(|it| it.as_str());
                match token.filter(|it| !it.is_empty()) {
                    Some(token) => token_number(token),
                    None => Some(1),
                }
            }
        }
    }
}

/// Returns a token for page `number`.
pub(crate) fn token(number: u64) -> String {
    format!("page-{number:06}")
}

/// Returns the page that a token was made for.
pub(crate) fn token_number(token: &str) -> Option<u64> {
    token.strip_prefix("page-")?.parse().ok()
}

/// A call whose sender and parameters are in order.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) chance: &'a dyn Chance,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) arguments: &'a Arguments,
    pub(crate) region: &'a str,
    pub(crate) language: Language,
    pub(crate) wall: Timestamp,
}

impl Asked<'_> {
    /// Returns who calls; signed actions have somebody.
    pub(crate) fn caller(&self) -> Result<&Caller, Trouble> {
        self.caller.ok_or_else(internal)
    }

    /// Returns what the caller's account holds in the region that is asked for.
    pub(crate) fn holdings(&self) -> Result<std::sync::Arc<Holdings>, Trouble> {
        Ok(self.world.holdings(self.caller()?.uid, self.region))
    }
}

/// Writes an answer, which is an object.
pub(crate) fn json(answer: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(answer).map_err(|error| {
        tracing::error!("an answer of the simulation cannot be written: {error}");
        internal()
    })
}

/// What is asked by who only looks, as far as nobody plans a change.
pub(crate) const WATCHED: &[&[ActionSpec]] = &[
    billing::ACTIONS,
    cam::ACTIONS,
    cbs::ACTIONS,
    clb::ACTIONS,
    cvm::ACTIONS,
    domain::ACTIONS,
    organization::ACTIONS,
    products::ACTIONS,
    region::ACTIONS,
    scaling::ACTIONS,
    ssl::ACTIONS,
    sts::ACTIONS,
    tke::ACTIONS,
    vpc::ACTIONS,
];

/// What changes something, and what is asked before that.
pub(crate) const CHANGED: &[&[ActionSpec]] = &[
    cbs::COPYING,
    cbs::DISKING,
    cbs::GROUPING,
    cvm::IMAGING,
    cvm::MACHINERY,
    monitor::BINDING,
    monitor::DATA,
    monitor::POLICIES,
    scaling::CONFIGURATIONS,
    tag::ACTIONS,
    vpc::RELEASING,
];

/// Finds the action `name` of `version` of `service`.
///
/// # Errors
///
/// The gateway's words for an unknown product, an unknown version, or an unknown action.
pub(crate) fn find(
    offered: Tables<ActionSpec>,
    service: &str,
    version: &str,
    name: &str,
) -> Result<&'static ActionSpec, Trouble> {
    let refused =
        |code: &str, chinese: String, english: String| Trouble::new(code, chinese, english);
    if !offered.actions().any(|it| it.service == service) {
        return Err(refused(
            "NoSuchProduct",
            format!("产品 `{service}` 不存在。"),
            format!("The product `{service}` does not exist."),
        ));
    }
    if !offered
        .actions()
        .any(|it| it.service == service && it.version == version)
    {
        return Err(refused(
            "NoSuchVersion",
            format!("接口版本 `{version}` 不存在。"),
            format!("The version `{version}` does not exist."),
        ));
    }
    offered
        .actions()
        .find(|it| (it.service, it.version, it.name) == (service, version, name))
        .ok_or_else(|| {
            refused(
                "InvalidAction",
                format!("接口 `{name}` 不存在。"),
                format!("The request action `{name}` is invalid or not found."),
            )
        })
}

/// Finds the unsigned action `name` of `version`.
pub(crate) fn find_unsigned(
    offered: Tables<ActionSpec>,
    version: &str,
    name: &str,
) -> Option<&'static ActionSpec> {
    offered
        .actions()
        .find(|it| it.style == Style::Unsigned && (it.version, it.name) == (version, name))
}
