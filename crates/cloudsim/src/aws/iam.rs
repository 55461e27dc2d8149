//! Users, their keys, and the server certificates that are kept here: CloudFront in China knows no others.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::caller::unique;
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::service::Service;
use crate::world::account::{Account, User};
use crate::world::caller::Principal;
use crate::world::certificates::{Certificate, Keeper};
use crate::world::refusal::Refusal;

const PAGED: Paging = Paging {
    size: "MaxItems",
    token: "Marker",
    next: "Marker",
    default: Some(100),
    says_truncated: true,
};
const SIZE: Parameter = Parameter::new("MaxItems", Kind::Whole(1, 1000));
const MARKER: Parameter = Parameter::text("Marker");
const PREFIX: Parameter = Parameter::text("PathPrefix");

const fn list(
    name: &'static str,
    parameters: &'static [Parameter],
    rows: &'static [&'static str],
    serve: Serve,
) -> ActionSpec {
    ActionSpec {
        service: Service::Iam,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing: Some(Listing {
            rows,
            paging: Some(PAGED),
        }),
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: Service::Iam,
        name: "GetAccessKeyLastUsed",
        style: Style::Granted,
        path: None,
        parameters: &[Parameter::text("AccessKeyId").needed()],
        listing: None,
        serve: get_access_key_last_used,
    },
    ActionSpec {
        service: Service::Iam,
        name: "GetAccountSummary",
        style: Style::Granted,
        path: None,
        parameters: &[],
        listing: None,
        serve: get_account_summary,
    },
    list(
        "ListAccessKeys",
        &[Parameter::text("UserName"), SIZE, MARKER],
        &["AccessKeyMetadata"],
        list_access_keys,
    ),
    list(
        "ListServerCertificates",
        &[PREFIX, SIZE, MARKER],
        &["ServerCertificateMetadataList"],
        list_server_certificates,
    ),
    list("ListUsers", &[PREFIX, SIZE, MARKER], &["Users"], list_users),
];

/// Looks at the caller's account.
fn look<T: Default>(asked: &Asked<'_>, look: impl FnOnce(&Account) -> T) -> Result<T, Refusal> {
    Ok(asked
        .world
        .look(asked.caller()?.uid, |account, _| look(account))
        .unwrap_or_default())
}

fn arn(asked: &Asked<'_>, rest: &str) -> Result<String, Refusal> {
    let caller = asked.caller()?;
    let number = caller.cloud.number(caller.uid);
    Ok(format!(
        "arn:{}:iam::{number}:{rest}",
        asked.partition().as_str()
    ))
}

/// Returns an instant as IAM writes it: seconds, `Z`.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns when a user or key was made; what says nothing is as old as the hills.
fn made(at: Option<Timestamp>) -> String {
    instant(at.unwrap_or(Timestamp::constant(1_577_836_800, 0)))
}

fn get_account_summary(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let counts = look(asked, |it| {
        let kept_here = it
            .certificates
            .iter()
            .filter(|it| it.keeper == Keeper::Identity);
        let has_root_key = it.keys.iter().any(|it| !it.disabled);
        [
            ("Users", it.users.len()),
            ("Roles", it.roles.len()),
            ("ServerCertificates", kept_here.count()),
            ("AccountAccessKeysPresent", usize::from(has_root_key)),
            ("AccountMFAEnabled", 0),
        ]
        .to_vec()
    })?;
    let entries = counts.into_iter();
    let entries = entries.map(|(key, value)| json!({"key": key, "value": value}));
    Ok(json!({"SummaryMap": entries.collect::<Vec<_>>()}))
}

fn list_users(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let users: Vec<User> = look(asked, |it| it.users.clone())?;
    let arns = arn(asked, "user/")?;
    // Every simulated user is under the path `/`.
    let wanted = users.into_iter().filter(|_| {
        asked
            .arguments
            .text("PathPrefix")
            .is_none_or(|it| it == "/")
    });
    asked.page(wanted, |it| {
        json!({
            "Path": "/",
            "UserName": it.name,
            "UserId": unique("AIDA", it.id),
            "Arn": format!("{arns}{}", it.name),
            "CreateDate": made(it.keys.iter().filter_map(|it| it.created).min()),
        })
    })
}

fn list_access_keys(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let own = match &asked.caller()?.principal {
        Principal::User { name, .. } => Some(name.as_str()),
        Principal::Root | Principal::Session { .. } => None,
    };
    let Some(name) = asked.arguments.text("UserName").or(own) else {
        let text = "Must specify userName when calling with non-User credentials";
        return Err(Refusal::new(400, "ValidationError", text));
    };
    let user = look(asked, |it| {
        it.users.iter().find(|it| it.name == name).cloned()
    })?;
    let Some(user) = user else {
        let text = format!("The user with name {name} cannot be found.");
        return Err(Refusal::new(404, "NoSuchEntity", text));
    };
    asked.page(user.keys.iter(), |it| {
        json!({
            "UserName": user.name,
            "AccessKeyId": it.id,
            "Status": if it.disabled { "Inactive" } else { "Active" },
            "CreateDate": made(it.created),
        })
    })
}

fn get_access_key_last_used(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = asked.arguments.text("AccessKeyId").unwrap_or_default();
    let found = look(asked, |account| {
        account.users.iter().find_map(|user| {
            let key = user.keys.iter().find(|it| it.id == id)?;
            Some((user.name.clone(), key.last_used))
        })
    })?;
    let Some((name, last_used)) = found else {
        let text = format!(
            "User is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}"
        );
        return Err(Refusal::new(403, "AccessDenied", text));
    };
    let used = match last_used {
        Some(at) => {
            json!({"LastUsedDate": instant(at), "ServiceName": "ec2", "Region": "us-east-1"})
        }
        None => json!({"ServiceName": "N/A", "Region": "N/A"}),
    };
    Ok(json!({"UserName": name, "AccessKeyLastUsed": used}))
}

fn list_server_certificates(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let certificates: Vec<Certificate> = look(asked, |account| {
        let kept_here = account
            .certificates
            .iter()
            .filter(|it| it.keeper == Keeper::Identity);
        kept_here.cloned().collect()
    })?;
    let arns = arn(asked, "server-certificate/")?;
    let wanted = certificates.into_iter().filter(|_| {
        asked
            .arguments
            .text("PathPrefix")
            .is_none_or(|it| it == "/")
    });
    asked.page(wanted, |it| {
        json!({
            "Path": "/",
            "ServerCertificateName": it.name,
            "ServerCertificateId": unique("ASCA", it.id),
            "Arn": format!("{arns}{}", it.name),
            "UploadDate": instant(it.starts),
            "Expiration": instant(it.ends),
        })
    })
}
