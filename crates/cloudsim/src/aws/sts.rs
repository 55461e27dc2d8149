//! The token service: who am I, and may I be somebody else for an hour.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::caller::{arn, unique, user_id};
use super::catalog::{ActionSpec, Asked, Style};
use super::service::Service;
use super::words::Trouble;
use crate::world::account::Uid;
use crate::world::caller::Principal;
use crate::world::cloud::{Cloud, Partition};
use crate::world::is_root;
use crate::world::refusal::Refusal;
use crate::world::sessions::{RoleNamed, RoleTrouble, SessionKeys};

const DURATION: Parameter = Parameter::new("DurationSeconds", Kind::Whole(900, 43_200));

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: Service::Sts,
        name: "GetCallerIdentity",
        style: Style::Signed,
        path: None,
        parameters: &[],
        listing: None,
        serve: get_caller_identity,
    },
    ActionSpec {
        service: Service::Sts,
        name: "AssumeRole",
        style: Style::Signed,
        path: None,
        parameters: &[
            Parameter::text("RoleArn").needed(),
            Parameter::text("RoleSessionName").needed(),
            DURATION,
            Parameter::text("ExternalId"),
            Parameter::text("Policy"),
            Parameter::new("PolicyArns", Kind::Any),
            Parameter::new("Tags", Kind::Any),
            Parameter::new("TransitiveTagKeys", Kind::Any),
            Parameter::text("SourceIdentity"),
        ],
        listing: None,
        serve: assume_role,
    },
    ActionSpec {
        service: Service::Sts,
        name: "AssumeRoleWithWebIdentity",
        style: Style::Unsigned,
        path: None,
        parameters: &[
            Parameter::text("RoleArn").needed(),
            Parameter::text("RoleSessionName").needed(),
            Parameter::text("WebIdentityToken").needed(),
            DURATION,
            Parameter::text("ProviderId"),
            Parameter::text("Policy"),
            Parameter::new("PolicyArns", Kind::Any),
        ],
        listing: None,
        serve: assume_role_with_web_identity,
    },
];

fn get_caller_identity(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    Ok(json!({
        "UserId": user_id(caller),
        "Account": caller.cloud.number(caller.uid),
        "Arn": arn(caller),
    }))
}

/// The role that is asked for: its ARN taken to pieces.
struct Wanted<'a> {
    partition: Partition,
    uid: Uid,
    name: &'a str,
}

fn wanted<'a>(asked: &'a Asked<'_>) -> Result<Wanted<'a>, Refusal> {
    let text = asked.arguments.text("RoleArn").unwrap_or_default();
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let read = || {
        let ["arn", partition, "iam", "", account, role] = parts[..] else {
            return None;
        };
        let partition = [Partition::Aws, Partition::AwsCn]
            .into_iter()
            .find(|it| it.as_str() == partition)?;
        let name = role.strip_prefix("role/")?.rsplit('/').next()?;
        let uid = Uid(account.parse().ok().filter(|_| account.len() == 12)?);
        Some(Wanted {
            partition,
            uid,
            name,
        })
    };
    read().ok_or_else(|| Refusal::new(400, "ValidationError", format!("{text} is invalid")))
}

fn named<'a>(asked: &'a Asked<'_>, wanted: &Wanted<'a>) -> Result<RoleNamed<'a>, Refusal> {
    let said = asked.arguments;
    let session = said.text("RoleSessionName").unwrap_or_default();
    let legal = |it: char| it.is_ascii_alphanumeric() || "_+=,.@-".contains(it);
    if !(2..=64).contains(&session.len()) || !session.chars().all(legal) {
        let why = r"Member must satisfy regular expression pattern: [\w+=,.@-]*";
        return Err(asked.refuse(Trouble::Invalid("RoleSessionName", why.to_owned())));
    }
    Ok(RoleNamed {
        uid: wanted.uid,
        name: wanted.name,
        session,
        seconds: said.whole("DurationSeconds").unwrap_or(3600),
        external_id: said.text("ExternalId"),
    })
}

fn assume_role(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let wanted = wanted(asked)?;
    let named = named(asked, &wanted)?;
    let denied = |text: String| Refusal::new(403, "AccessDenied", text);
    if is_root(caller) {
        return Err(denied(
            "Roles may not be assumed by root accounts.".to_owned(),
        ));
    }
    let not_authorized = || {
        let role = asked.arguments.text("RoleArn").unwrap_or_default();
        let who = arn(caller);
        denied(format!(
            "User: {who} is not authorized to perform: sts:AssumeRole on resource: {role}"
        ))
    };
    let elsewhere = caller.cloud != Cloud::Aws(wanted.partition);
    if elsewhere || !caller.rights.allow("sts:AssumeRole") {
        return Err(not_authorized());
    }
    if named.seconds > 3600 && matches!(caller.principal, Principal::Session { .. }) {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(Refusal::new(400, "ValidationError", text));
    }
    let keys = asked
        .world
        .enter_role(caller, &named, asked.wall, asked.chance);
    let keys = keys.map_err(|trouble| match trouble {
        RoleTrouble::Duration { .. } => too_long(),
        RoleTrouble::NoSuchRole | RoleTrouble::NotTrusted => not_authorized(),
    })?;
    Ok(session(&keys))
}

fn too_long() -> Refusal {
    let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    Refusal::new(400, "ValidationError", text)
}

fn session(keys: &SessionKeys) -> Value {
    let (number, name) = keys.assumed_role_id.split_once(':').unwrap_or_default();
    let role_id = unique("AROA", number.parse().unwrap_or_default());
    json!({
        "Credentials": {
            "AccessKeyId": keys.key.id,
            "SecretAccessKey": keys.key.secret,
            "SessionToken": keys.token,
            "Expiration": keys.expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{role_id}:{name}"),
            "Arn": keys.arn,
        },
        "PackedPolicySize": 6,
    })
}

/// What is read of a web identity token; its signature is not looked at: the simulation has no keys of issuers.
#[derive(Deserialize)]
struct Identity {
    iss: String,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    aud: Value,
    exp: i64,
}

fn assume_role_with_web_identity(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let wanted = wanted(asked)?;
    let named = named(asked, &wanted)?;
    let token = asked.arguments.text("WebIdentityToken").unwrap_or_default();
    let identity = identity(token).ok_or_else(|| {
        let text = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        Refusal::new(400, "InvalidIdentityToken", text)
    })?;
    if identity.exp <= asked.wall.as_second() {
        let text = format!(
            "Token expired: current date/time {} must be before the expiration date/time {}",
            asked.wall.as_second(),
            identity.exp
        );
        return Err(Refusal::new(400, "ExpiredTokenException", text));
    }
    let issuer = identity.iss.trim_start_matches("https://");
    let provider = format!(
        "arn:{}:iam::{:012}:oidc-provider/{issuer}",
        wanted.partition.as_str(),
        wanted.uid.0
    );
    let cloud = Cloud::Aws(wanted.partition);
    let keys = asked
        .world
        .open_role(cloud, &named, asked.wall, asked.chance, |role| {
            role.trusted_oidc.contains(&provider)
        });
    let keys = keys.map_err(|trouble| match trouble {
        RoleTrouble::Duration { .. } => too_long(),
        RoleTrouble::NoSuchRole | RoleTrouble::NotTrusted => {
            let text = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
            Refusal::new(403, "AccessDenied", text)
        }
    })?;
    let mut answer = session(&keys);
    answer["SubjectFromWebIdentityToken"] = json!(identity.sub);
    answer["Provider"] = json!(provider);
    answer["Audience"] = match identity.aud {
        Value::Array(all) => all.into_iter().next().unwrap_or_default(),
        one => one,
    };
    Ok(answer)
}

fn identity(token: &str) -> Option<Identity> {
    let [_, payload, _] = token.split('.').collect::<Vec<_>>()[..] else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
