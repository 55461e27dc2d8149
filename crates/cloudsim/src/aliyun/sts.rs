//! The token service: who am I, and may I be somebody else for an hour.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Product, RPC, Style, json};
use crate::world::caller::Principal;
use crate::world::refusal::Refusal;
use crate::world::sessions::{RoleAsked, SessionKeys};

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Sts,
        name: "GetCallerIdentity",
        right: "sts:GetCallerIdentity",
        style: Style::Signed,
        path: RPC,
        parameters: &[],
        listing: None,
        serve: get_caller_identity,
    },
    ActionSpec {
        product: Product::Sts,
        name: "AssumeRole",
        right: "sts:AssumeRole",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RoleArn").needed(),
            Parameter::text("RoleSessionName").needed(),
            Parameter::new("DurationSeconds", Kind::Whole(0, i64::MAX)),
            Parameter::text("Policy"),
            Parameter::text("ExternalId"),
            Parameter::text("SourceIdentity"),
        ],
        listing: None,
        serve: assume_role,
    },
    ActionSpec {
        product: Product::Sts,
        name: "AssumeRoleWithOIDC",
        right: "sts:AssumeRoleWithOIDC",
        style: Style::Unsigned,
        path: RPC,
        parameters: &[
            Parameter::text("OIDCProviderArn").needed(),
            Parameter::text("RoleArn").needed(),
            Parameter::text("OIDCToken").needed(),
            Parameter::text("RoleSessionName").needed(),
            Parameter::new("DurationSeconds", Kind::Whole(0, i64::MAX)),
            Parameter::text("Policy"),
        ],
        listing: None,
        serve: assume_role_with_oidc,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identity<'a> {
    request_id: &'a str,
    account_id: String,
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<String>,
    identity_type: &'static str,
    principal_id: String,
    arn: String,
}

fn get_caller_identity(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let caller = asked.caller()?;
    let uid = caller.uid;
    let (identity_type, user_id, role_id, principal_id, arn) = match &caller.principal {
        Principal::Root => (
            "Account",
            uid.to_string(),
            None,
            uid.to_string(),
            format!("acs:ram::{uid}:root"),
        ),
        Principal::User { name, id } => (
            "RAMUser",
            id.to_string(),
            None,
            id.to_string(),
            format!("acs:ram::{uid}:user/{name}"),
        ),
        Principal::Session {
            role,
            role_id,
            session,
        } => {
            let principal = format!("{role_id}:{session}");
            let arn = format!("acs:ram::{uid}:assumed-role/{role}/{session}");
            (
                "AssumedRoleUser",
                String::new(),
                Some(role_id.to_string()),
                principal,
                arn,
            )
        }
    };
    let account_id = uid.to_string();
    json(&Identity {
        request_id: asked.request_id,
        account_id,
        user_id,
        role_id,
        identity_type,
        principal_id,
        arn,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionAnswer<'a> {
    request_id: &'a str,
    assumed_role_user: AssumedRoleUser<'a>,
    credentials: Credentials<'a>,
    #[serde(rename = "OIDCTokenInfo", skip_serializing_if = "Option::is_none")]
    token: Option<TokenInfo<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser<'a> {
    arn: &'a str,
    assumed_role_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    access_key_id: &'a str,
    access_key_secret: &'a str,
    security_token: &'a str,
    expiration: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TokenInfo<'a> {
    issuer: &'a str,
    subject: &'a str,
    verification_info: &'static str,
}

fn session_answer<'a>(
    asked: &Asked<'a>,
    keys: &'a SessionKeys,
    token: Option<TokenInfo<'a>>,
) -> Result<Vec<u8>, Refusal> {
    json(&SessionAnswer {
        request_id: asked.request_id,
        assumed_role_user: AssumedRoleUser {
            arn: &keys.arn,
            assumed_role_id: &keys.assumed_role_id,
        },
        credentials: Credentials {
            access_key_id: &keys.key.id,
            access_key_secret: &keys.key.secret,
            security_token: &keys.token,
            expiration: keys.expires,
        },
        token,
    })
}

fn role_asked<'a>(asked: &'a Asked<'_>) -> Result<RoleAsked<'a>, Refusal> {
    let said = asked.arguments;
    if let Some(policy) = said.text("Policy") {
        if policy.len() > 1024 {
            let text = "The size of Policy must be smaller than 1024 bytes.";
            return Err(Refusal::new(400, "InvalidParameter.PolicySize", text));
        }
        if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy).is_err() {
            let text = "The parameter Policy has not passed grammar check.";
            return Err(Refusal::new(400, "InvalidParameter.PolicyGrammar", text));
        }
    }
    Ok(RoleAsked {
        arn: said.text("RoleArn").unwrap_or_default(),
        session: said.text("RoleSessionName").unwrap_or_default(),
        seconds: said.whole("DurationSeconds").unwrap_or(3600).unsigned_abs(),
        external_id: said.text("ExternalId"),
    })
}

fn assume_role(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let keys = asked.world.assume_role(
        asked.caller()?,
        &role_asked(asked)?,
        asked.wall,
        asked.chance,
    )?;
    session_answer(asked, &keys, None)
}

fn assume_role_with_oidc(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let provider = said.text("OIDCProviderArn").unwrap_or_default();
    let token = said.text("OIDCToken").unwrap_or_default();
    let keys = asked.world.assume_role_with_oidc(
        &role_asked(asked)?,
        (provider, token),
        asked.wall,
        asked.chance,
    )?;
    let info = TokenInfo {
        issuer: provider,
        subject: "system:serviceaccount:ops:skywarden",
        verification_info: "Success",
    };
    session_answer(asked, &keys, Some(info))
}
