//! Cloud Access Management: users, their keys, and when a key was last used.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::times;
use super::words::{Trouble, not_found};
use crate::world::account::{AccessKey, Account};
use crate::world::caller::Principal;

const VERSION: &str = "2019-01-16";

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: "cam",
        version: VERSION,
        name: "ListUsers",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[],
        listing: Some(Listing {
            rows: "/Data",
            total: "",
            paging: Paging::None,
        }),
        serve: list_users,
    },
    ActionSpec {
        service: "cam",
        version: VERSION,
        name: "ListAccessKeys",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[Parameter::new("TargetUin", Kind::Whole(0, i64::MAX))],
        listing: Some(Listing {
            rows: "/AccessKeys",
            total: "",
            paging: Paging::None,
        }),
        serve: list_access_keys,
    },
    ActionSpec {
        service: "cam",
        version: VERSION,
        name: "GetSecurityLastUsed",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[Parameter::new("SecretIdList", Kind::Texts(10)).needed()],
        listing: Some(Listing {
            rows: "/SecretIdLastUsedRows",
            total: "",
            paging: Paging::None,
        }),
        serve: get_security_last_used,
    },
];

/// What is shown for users and keys of whose making nothing is known.
const LONG_AGO: Timestamp = Timestamp::constant(1_577_836_800, 0);

fn list_users(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let rows = look(asked, |account| {
        let users = account.users.iter();
        let rows = users.map(|it| {
            json!({
                "Uin": it.id, "Uid": it.id % 10_000_000, "Name": it.name, "NickName": it.name, "Remark": "",
                "ConsoleLogin": 0, "PhoneNum": "", "CountryCode": "", "Email": "",
                "CreateTime": times::beijing(LONG_AGO),
            })
        });
        rows.collect::<Vec<_>>()
    })?;
    super::catalog::json(&json!({"Data": rows}))
}

fn list_access_keys(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let caller = asked.caller()?;
    let own = match &caller.principal {
        Principal::Root => Some(caller.uid.0),
        Principal::User { id, .. } => Some(*id),
        Principal::Session { .. } => None,
    };
    let target = asked
        .arguments
        .whole("TargetUin")
        .and_then(|it| u64::try_from(it).ok());
    let target = target.filter(|it| *it != 0).or(own);
    let keys = look(asked, |account| {
        if target == Some(account.uid.0) {
            return Some(account.keys.clone());
        }
        let user = account.users.iter().find(|it| Some(it.id) == target);
        user.map(|it| it.keys.clone())
    })?;
    let keys = keys.ok_or_else(|| {
        let uin = target.map_or_else(String::new, |it| it.to_string());
        not_found("ResourceNotFound.UserNotExist", &uin)
    })?;
    let rows: Vec<Value> = keys.iter().map(key_row).collect();
    super::catalog::json(&json!({"AccessKeys": rows}))
}

fn key_row(key: &AccessKey) -> Value {
    json!({
        "AccessKeyId": key.id,
        "Status": if key.disabled { "Inactive" } else { "Active" },
        "CreateTime": times::beijing(key.created.unwrap_or(LONG_AGO)),
        "Description": null,
    })
}

fn get_security_last_used(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let asked_for = asked.arguments.texts("SecretIdList").unwrap_or_default();
    let rows = look(asked, |account| {
        let keys = account
            .keys
            .iter()
            .chain(account.users.iter().flat_map(|it| &it.keys));
        let named = keys.filter(|it| asked_for.contains(&it.id));
        let rows = named.map(|it| {
            json!({
                "SecretId": it.id,
                "LastUsedDate": it.last_used.map(|it| times::beijing(it).chars().take(10).collect::<String>()),
                "LastSecretUsedDate": it.last_used.map(|it| it.as_millisecond()),
            })
        });
        rows.collect::<Vec<_>>()
    })?;
    super::catalog::json(&json!({"SecretIdLastUsedRows": rows}))
}

fn look<T>(asked: &Asked<'_>, look: impl FnOnce(&Account) -> T) -> Result<T, Trouble> {
    let seen = asked
        .world
        .look(asked.caller()?.uid, |account, _| look(account));
    seen.ok_or_else(super::words::unknown_key)
}
