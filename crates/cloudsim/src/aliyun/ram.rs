//! Resource Access Management: users, and how old their keys are.

use jiff::Timestamp;
use serde_json::json;

use super::arguments::{Kind, Parameter};
use super::catalog::{self, ActionSpec, Asked, Listing, Product, RPC, Style};
use super::tokens;
use crate::world::account::{AccessKey, User};
use crate::world::caller::{Caller, Principal};
use crate::world::paging::PageAsked;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Ram,
        name: "ListUsers",
        right: "ram:ListUsers",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("Marker"),
            Parameter::new("MaxItems", Kind::Whole(1, 1000)),
        ],
        listing: Some(Listing {
            rows: "/Users/User",
            total: "",
            page: None,
        }),
        serve: list_users,
    },
    ActionSpec {
        product: Product::Ram,
        name: "ListAccessKeys",
        right: "ram:ListAccessKeys",
        style: Style::Signed,
        path: RPC,
        parameters: &[Parameter::text("UserName")],
        listing: Some(Listing {
            rows: "/AccessKeys/AccessKey",
            total: "",
            page: None,
        }),
        serve: list_access_keys,
    },
];

/// What this service shows for things whose birth the world does not know.
const BIRTH: Timestamp = Timestamp::constant(1_577_808_000, 0);
/// The list a marker is good for.
const USERS: &str = "users";

fn born(user: &User) -> Timestamp {
    user.keys
        .iter()
        .filter_map(|it| it.created)
        .min()
        .unwrap_or(BIRTH)
}

fn text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn list_users(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    require(caller, "ram:ListUsers")?;
    let size = usize::try_from(said.whole("MaxItems").unwrap_or(100)).unwrap_or(100);
    let page = match said.text("Marker") {
        None => PageAsked { number: 1, size },
        Some(marker) => tokens::page(marker, size, USERS).ok_or_else(|| {
            let text = "The parameter Marker is invalid.";
            Refusal::new(400, "InvalidParameter.Marker", text)
        })?,
    };
    let users = asked.world.users(caller)?;
    let page = page.cut(users.into_iter());
    let marker = tokens::next(&page, USERS);
    let rows = page.items.iter().map(|it| {
        json!({
            "UserId": it.id.to_string(),
            "UserName": it.name,
            "DisplayName": it.name,
            "Comments": "",
            "Email": "",
            "MobilePhone": "",
            "CreateDate": text(born(it)),
            "UpdateDate": text(born(it)),
        })
    });
    let mut answer = json!({
        "RequestId": asked.request_id,
        "IsTruncated": !marker.is_empty(),
        "Users": {"User": rows.collect::<Vec<_>>()},
    });
    // The last page has no marker at all.
    if !marker.is_empty() {
        answer["Marker"] = json!(marker);
    }
    catalog::json(&answer)
}

fn list_access_keys(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    require(caller, "ram:ListAccessKeys")?;
    let named = said.text("UserName");
    // Who names nobody asks for his own.
    let name = named.or(match &caller.principal {
        Principal::User { name, .. } => Some(name.as_str()),
        Principal::Root | Principal::Session { .. } => None,
    });
    let keys: Vec<AccessKey> = match name {
        None => asked.world.root_keys(caller)?,
        Some(name) => {
            let mut users = asked.world.users(caller)?.into_iter();
            let user = users.find(|it| it.name == name).ok_or_else(|| {
                let text = "The user does not exist.";
                Refusal::new(404, "EntityNotExist.User", text)
            })?;
            user.keys
        }
    };
    let rows = keys.iter().map(|it| {
        json!({
            "AccessKeyId": it.id,
            "Status": if it.disabled { "Inactive" } else { "Active" },
            "CreateDate": text(it.created.unwrap_or(BIRTH)),
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "AccessKeys": {"AccessKey": rows.collect::<Vec<_>>()},
    }))
}

/// Refuses in the words of this service.
fn require(caller: &Caller, action: &str) -> Result<(), Refusal> {
    if caller.rights.allow(action) {
        return Ok(());
    }
    let text = "You are not authorized to do this action. You should be authorized by RAM.";
    let mut refusal = Refusal::new(403, "NoPermission", text);
    refusal.denied = Some(Box::new(caller.denied_detail(action)));
    Err(refusal)
}
