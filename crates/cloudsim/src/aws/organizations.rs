//! Organizations: the accounts that belong together.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::service::Service;
use crate::world::account::Uid;
use crate::world::directory::Directory;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: Service::Organizations,
        name: "DescribeOrganization",
        style: Style::Granted,
        path: None,
        parameters: &[],
        listing: None,
        serve: describe_organization,
    },
    ActionSpec {
        service: Service::Organizations,
        name: "ListAccounts",
        style: Style::Granted,
        path: None,
        parameters: &[
            Parameter::text("NextToken"),
            Parameter::new("MaxResults", Kind::Whole(1, 20)),
        ],
        listing: Some(Listing {
            rows: &["Accounts"],
            paging: Some(Paging {
                size: "MaxResults",
                token: "NextToken",
                next: "NextToken",
                default: Some(20),
                says_truncated: false,
            }),
        }),
        serve: list_accounts,
    },
];

/// An organization: who manages it, and who is in it.
struct Organization {
    manager: Uid,
    name: String,
    directory: Directory,
}

/// Returns the organization that the caller's account belongs to.
fn organization(asked: &Asked<'_>) -> Result<Organization, Refusal> {
    let caller = asked.caller()?;
    let found = asked.world.find_account(|account| {
        let directory = account.directory.as_ref()?;
        let inside =
            account.uid == caller.uid || directory.members.iter().any(|it| it.uid == caller.uid);
        (inside && account.cloud() == caller.cloud).then(|| Organization {
            manager: account.uid,
            name: account.name.clone(),
            directory: directory.clone(),
        })
    });
    found.ok_or_else(|| {
        let text = "Your account is not a member of an organization.";
        Refusal::new(400, "AWSOrganizationsNotInUseException", text)
    })
}

/// Returns the ARN of something of the organization, which is its manager's.
fn arn(asked: &Asked<'_>, organization: &Organization, rest: &str) -> String {
    let partition = asked.partition().as_str();
    format!(
        "arn:{partition}:organizations::{:012}:{rest}",
        organization.manager.0
    )
}

fn describe_organization(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let it = organization(asked)?;
    let (id, manager) = (&it.directory.id, it.manager.0);
    Ok(json!({"Organization": {
        "Id": id,
        "Arn": arn(asked, &it, &format!("organization/{id}")),
        "FeatureSet": "ALL",
        "MasterAccountArn": arn(asked, &it, &format!("account/{id}/{manager:012}")),
        "MasterAccountId": format!("{manager:012}"),
        "MasterAccountEmail": "root@example.com",
        "AvailablePolicyTypes": [],
    }}))
}

fn list_accounts(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let it = organization(asked)?;
    if it.manager != asked.caller()?.uid {
        let text = "You don't have permissions to access this resource.";
        return Err(Refusal::new(400, "AccessDeniedException", text));
    }
    let row = |uid: Uid, name: &str, status: &str, joined: jiff::Timestamp| {
        let number = format!("{:012}", uid.0);
        let (status, method) = match status {
            "CreateSuccess" => ("ACTIVE", "CREATED"),
            "InviteSuccess" => ("ACTIVE", "INVITED"),
            _ => ("SUSPENDED", "CREATED"),
        };
        json!({
            "Id": number,
            "Arn": arn(asked, &it, &format!("account/{}/{number}", it.directory.id)),
            "Email": format!("{number}@example.com"),
            "Name": name,
            "Status": status,
            "State": status,
            "JoinedMethod": method,
            "JoinedTimestamp": joined.as_second() as f64,
        })
    };
    // The manager is in its own list.
    let own = row(it.manager, &it.name, "InviteSuccess", it.directory.created);
    let members = it.directory.members.iter().map(|member| {
        row(
            member.uid,
            &member.display_name,
            member.status,
            member.joined,
        )
    });
    asked.page(std::iter::once(own).chain(members), |it| it)
}
