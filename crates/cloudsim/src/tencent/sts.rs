//! The token service: who am I, and may I be somebody else for an hour.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Reach, Style, json};
use super::times;
use super::words::{Trouble, coded_value, not_found};
use crate::world::account::{Role, Uid};
use crate::world::caller::Principal;
use crate::world::cloud::Cloud;
use crate::world::sessions::{RoleNamed, RoleTrouble, SessionKeys};

const VERSION: &str = "2018-08-13";
/// How long a session lives unless it is said, in seconds.
const DEFAULT_SECONDS: i64 = 7200;
/// The longest a session may live, in seconds.
const MOST_SECONDS: i64 = 43_200;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: "sts",
        version: VERSION,
        name: "GetCallerIdentity",
        style: Style::SignedByAnybody,
        reach: Reach::Everywhere,
        parameters: &[],
        listing: None,
        serve: get_caller_identity,
    },
    ActionSpec {
        service: "sts",
        version: VERSION,
        name: "AssumeRole",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[
            Parameter::text("RoleArn").needed(),
            Parameter::text("RoleSessionName").needed(),
            Parameter::new("DurationSeconds", Kind::Whole(0, MOST_SECONDS)),
            Parameter::text("Policy"),
            Parameter::text("ExternalId"),
            Parameter::new("Tags", Kind::Tree),
            Parameter::text("SourceIdentity"),
            Parameter::text("SerialNumber"),
            Parameter::text("TokenCode"),
        ],
        listing: None,
        serve: assume_role,
    },
    ActionSpec {
        service: "sts",
        version: VERSION,
        name: "AssumeRoleWithWebIdentity",
        style: Style::Unsigned,
        reach: Reach::Everywhere,
        parameters: &[
            Parameter::text("ProviderId").needed(),
            Parameter::text("WebIdentityToken").needed(),
            Parameter::text("RoleArn").needed(),
            Parameter::text("RoleSessionName").needed(),
            Parameter::new("DurationSeconds", Kind::Whole(0, MOST_SECONDS)),
        ],
        listing: None,
        serve: assume_role_with_web_identity,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    arn: String,
    account_id: String,
    user_id: String,
    principal_id: String,
    r#type: &'static str,
}

fn get_caller_identity(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let caller = asked.caller()?;
    let owner = Cloud::Tencent.number(caller.uid);
    let (arn, user_id, principal_id, kind) = match &caller.principal {
        Principal::Root => (
            format!("qcs::cam::uin/{owner}:uin/{owner}"),
            owner.clone(),
            owner.clone(),
            "CAMUser",
        ),
        Principal::User { id, .. } => (
            format!("qcs::cam::uin/{owner}:uin/{id}"),
            id.to_string(),
            id.to_string(),
            "CAMUser",
        ),
        Principal::Session {
            role_id, session, ..
        } => (
            format!("qcs::sts:{owner}:assumed-role/{role_id}"),
            format!("{role_id}:{session}"),
            role_id.to_string(),
            "CAMRole",
        ),
    };
    json(&Identity {
        arn,
        account_id: owner,
        user_id,
        principal_id,
        r#type: kind,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionAnswer<'a> {
    credentials: Credentials<'a>,
    expired_time: i64,
    expiration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    token: &'a str,
    tmp_secret_id: &'a str,
    tmp_secret_key: &'a str,
}

fn session_answer(keys: &SessionKeys) -> Result<Vec<u8>, Trouble> {
    let ends: Timestamp = keys.expires;
    json(&SessionAnswer {
        credentials: Credentials {
            token: &keys.token,
            tmp_secret_id: &keys.key.id,
            tmp_secret_key: &keys.key.secret,
        },
        expired_time: ends.as_second(),
        expiration: times::utc(ends),
    })
}

fn assume_role(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let caller = asked.caller()?.uid;
    open(asked, |role| {
        let word = role.external_id.as_deref();
        role.trusted.contains(&caller)
            && word.is_none_or(|it| asked.arguments.text("ExternalId") == Some(it))
    })
}

fn assume_role_with_web_identity(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let token = said.text("WebIdentityToken").unwrap_or_default();
    if token.split('.').filter(|it| !it.is_empty()).count() != 3 {
        return Err(coded_value(
            "InvalidParameter.WebIdentityTokenError",
            "WebIdentityToken",
        ));
    }
    let provider = said.text("ProviderId").unwrap_or_default();
    open(asked, |role| {
        role.trusted_oidc.iter().any(|it| it == provider)
    })
}

fn open(asked: &Asked<'_>, trusts: impl FnOnce(&Role) -> bool) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let arn = said.text("RoleArn").unwrap_or_default();
    let (uid, name) =
        parse_role_arn(arn).ok_or_else(|| coded_value("InvalidParameter.ParamError", "RoleArn"))?;
    let session = said.text("RoleSessionName").unwrap_or_default();
    let legal = |it: char| it.is_ascii_alphanumeric() || "=,.@_-".contains(it);
    if !(2..=128).contains(&session.len()) || !session.chars().all(legal) {
        return Err(coded_value(
            "InvalidParameter.ParamError",
            "RoleSessionName",
        ));
    }
    let is_object =
        |it: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(it).is_ok();
    if said.text("Policy").is_some_and(|it| !is_object(it)) {
        let code = "InvalidParameter.StrategyFormatError";
        return Err(coded_value(code, "Policy"));
    }
    let seconds = said.whole("DurationSeconds").unwrap_or(DEFAULT_SECONDS);
    let named = RoleNamed {
        uid,
        name,
        session,
        seconds: seconds.unsigned_abs(),
        external_id: said.text("ExternalId"),
    };
    let opened = asked
        .world
        .open_role(Cloud::Tencent, &named, asked.wall, asked.chance, trusts);
    match opened {
        Ok(keys) => session_answer(&keys),
        Err(RoleTrouble::NoSuchRole) => Err(not_found("ResourceNotFound.RoleNotFound", arn)),
        Err(RoleTrouble::Duration { .. }) => Err(coded_value(
            "InvalidParameter.ParamError",
            "DurationSeconds",
        )),
        Err(RoleTrouble::NotTrusted) => Err(Trouble::new(
            "UnauthorizedOperation",
            "未授权操作：角色的载体不包含当前调用者。",
            "Unauthorized operation: the role does not trust this caller.",
        )),
    }
}

/// Reads `qcs::cam::uin/100000000001:roleName/reader`.
fn parse_role_arn(arn: &str) -> Option<(Uid, &str)> {
    let rest = arn.strip_prefix("qcs::cam::uin/")?;
    let (uin, name) = rest.split_once(":roleName/")?;
    (!name.is_empty()).then_some((Uid(uin.parse().ok()?), name))
}
