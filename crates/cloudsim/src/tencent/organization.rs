//! The organization: its members, as its managing account sees them. The number of all is called `Total` here.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter, Part};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::times;
use super::words::{Trouble, wrong_value};
use crate::world::cloud::Cloud;
use crate::world::directory::Member;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: "organization",
    version: "2021-03-31",
    name: "DescribeOrganizationMembers",
    style: Style::Signed,
    reach: Reach::Everywhere,
    parameters: &[
        Parameter::offset().needed(),
        Parameter::limit(50).needed(),
        Parameter::new("Lang", Kind::OneOf(&["en", "zh"])),
        Parameter::text("SearchKey"),
    ],
    listing: Some(Listing {
        rows: "/Items",
        total: "/Total",
        paging: Paging::OffsetLimit(10),
    }),
    serve: describe_organization_members,
}];

fn describe_organization_members(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let uid = asked.caller()?.uid;
    let said = asked.arguments;
    let part = said.part(10);
    let Part { offset, limit } = part;
    if !offset.is_multiple_of(limit) {
        return Err(wrong_value("Offset"));
    }
    let directory = asked
        .world
        .look(uid, |account, _| account.directory.clone())
        .flatten();
    let directory = directory.ok_or_else(|| {
        Trouble::new(
            "FailedOperation.OrganizationNotExist",
            "企业组织不存在。",
            "The organization does not exist.",
        )
    })?;
    let word = said.text("SearchKey");
    let kept = directory.members.iter().filter(|it| {
        let number = Cloud::Tencent.number(it.uid);
        word.is_none_or(|word| it.display_name.contains(word) || number.contains(word))
    });
    let (rows, total) = part.cut(kept);
    let payer = Cloud::Tencent.number(uid);
    let rows: Vec<Value> = rows.into_iter().map(|it| row(it, &payer)).collect();
    super::catalog::json(&json!({"Total": total, "Items": rows}))
}

fn row(it: &Member, payer: &str) -> Value {
    let invited = it.status.starts_with("Invite");
    let tags = it.tags.iter();
    json!({
        "MemberUin": it.uid.0, "Name": it.display_name, "NickName": it.display_name,
        "MemberType": if invited { "Invite" } else { "Create" },
        "OrgPolicyType": "Financial", "OrgPolicyName": "财务管理",
        "OrgPermission": [{"Id": 1, "Name": "viewBill"}, {"Id": 2, "Name": "viewBalance"}],
        "NodeId": 1001, "NodeName": "Root", "Remark": "",
        "CreateTime": times::beijing(it.joined), "UpdateTime": times::beijing(it.joined),
        "IsAllowQuit": "Denied", "PayUin": payer, "PayName": "", "OrgIdentity": [],
        "BindStatus": "Unbound", "PermissionStatus": "Confirmed",
        "Tags": tags.map(|(key, value)| json!({"TagKey": key, "TagValue": value})).collect::<Value>(),
    })
}
