//! The resource directory: which accounts belong to a company.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::ResourceManager,
        name: "GetResourceDirectory",
        right: "resourcemanager:GetResourceDirectory",
        style: Style::Signed,
        path: RPC,
        parameters: &[],
        listing: None,
        serve: get_resource_directory,
    },
    ActionSpec {
        product: Product::ResourceManager,
        name: "ListAccounts",
        right: "resourcemanager:ListAccounts",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
            Parameter::new("IncludeTags", Kind::Flag),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
        ],
        listing: Some(Listing {
            rows: "/Accounts/Account",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: list_accounts,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DirectoryAnswer<'a> {
    request_id: &'a str,
    resource_directory: DirectoryRow<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DirectoryRow<'a> {
    resource_directory_id: &'a str,
    root_folder_id: String,
    master_account_id: String,
    master_account_name: &'a str,
    create_time: Timestamp,
    control_policy_status: &'static str,
    member_deletion_status: &'static str,
    identity_information: &'static str,
}

fn get_resource_directory(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (master, name, directory) = asked.world.directory(asked.caller()?)?;
    json(&DirectoryAnswer {
        request_id: asked.request_id,
        resource_directory: DirectoryRow {
            resource_directory_id: &directory.id,
            root_folder_id: format!("r-{}", directory.id.trim_start_matches("rd-")),
            master_account_id: master.to_string(),
            master_account_name: &name,
            create_time: directory.created,
            control_policy_status: "Disabled",
            member_deletion_status: "Disabled",
            identity_information: "云守示例有限公司",
        },
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountsAnswer<'a> {
    request_id: &'a str,
    accounts: Accounts<'a>,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Accounts<'a> {
    account: Vec<AccountRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountRow<'a> {
    account_id: String,
    display_name: &'a str,
    status: &'static str,
    #[serde(rename = "Type")]
    kind: &'static str,
    folder_id: String,
    join_method: &'static str,
    join_time: Timestamp,
    modify_time: Timestamp,
    resource_directory_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

fn list_accounts(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let wanted = said.pairs("Tag", "Key", "Value");
    let page = said.page(("PageNumber", "PageSize"), 10);
    let (directory, page) = asked.world.members_page(asked.caller()?, &wanted, page)?;
    let with_tags = said.flag("IncludeTags");
    let rows = page.items.iter().map(|it| {
        let tags = it.tags.iter().map(|(key, value)| Tag { key, value });
        AccountRow {
            account_id: it.uid.to_string(),
            display_name: &it.display_name,
            status: it.status,
            kind: if it.status == "InviteSuccess" {
                "CloudAccount"
            } else {
                "ResourceAccount"
            },
            folder_id: format!("r-{}", directory.trim_start_matches("rd-")),
            join_method: if it.status == "InviteSuccess" {
                "invited"
            } else {
                "created"
            },
            join_time: it.joined,
            modify_time: it.joined,
            resource_directory_id: &directory,
            tags: with_tags.then(|| Tags {
                tag: tags.collect(),
            }),
        }
    });
    json(&AccountsAnswer {
        request_id: asked.request_id,
        accounts: Accounts {
            account: rows.collect(),
        },
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}
