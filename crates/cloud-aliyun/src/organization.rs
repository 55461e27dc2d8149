//! Reads the resource directory, the cloud's organization (ResourceManager 2020-03-31).

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Member, Organization, Page, PageAt, PageSource, Provider};
use model::{AccountId, Place};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::numbering::{Numbering, Told};
use crate::operations::LIST_ACCOUNTS;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A member with its folder and state.
const ROW_BYTES: usize = 1024;

impl Organization for Aliyun {
    fn members(&self) -> Box<dyn PageSource<Member> + '_> {
        Box::new(MemberList {
            aliyun: self,
            numbering: Numbering::new(PAGE_SIZE),
        })
    }

    fn enter(&self, member: &Member, role: &str) -> Arc<dyn Provider> {
        let account = AccountId::new(format!("{}/{}", self.account(), member.number));
        Arc::new(self.member(account, &member.number, role))
    }
}

struct MemberList<'a> {
    aliyun: &'a Aliyun,
    numbering: Numbering,
}

#[async_trait]
impl PageSource<Member> for MemberList<'_> {
    fn site(&self) -> CallSite {
        self.aliyun.call_site(&LIST_ACCOUNTS, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Member>, CloudError> {
        let number = Numbering::number(at);
        let call = self
            .aliyun
            .call(&LIST_ACCOUNTS, decode)
            .with("PageNumber", number.to_string());
        let call = call
            .with("PageSize", PAGE_SIZE.to_string())
            .expecting(PAGE_SIZE as usize, ROW_BYTES);
        let (items, told) = call.send().await?;
        Ok(Page {
            items,
            next: self.numbering.next(number, told),
            total: told.total,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    accounts: Option<Accounts<'a>>,
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Accounts<'a> {
    #[serde(borrow)]
    account: Option<Vec<Row<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    account_id: Loose<'a>,
    #[serde(borrow)]
    display_name: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
}

fn decode(body: &str) -> Result<(Vec<Member>, Told), Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    let total = answer.total_count.count();
    let rows = match (answer.accounts.and_then(|it| it.account), total) {
        (Some(rows), _) => rows,
        (None, Some(_)) => Vec::new(),
        (None, None) => return Err(Misread::Lacks("Accounts")),
    };
    let told = Told {
        rows: rows.len(),
        total,
        page_size: answer.page_size.count(),
    };
    let items = rows.into_iter().map(member).collect::<Result<_, _>>()?;
    Ok((items, told))
}

fn member(row: Row<'_>) -> Result<Member, Misread> {
    let number = row.account_id.some_text();
    Ok(Member {
        number: number.ok_or(Misread::Lacks("AccountId in one of its rows"))?,
        active: is_active(&row.status.text()),
        name: row.display_name.into_text(),
    })
}

/// Members on their way in or out cannot be entered. One whose state has a word that nobody knows
/// is taken for a member: that it cannot be entered would be seen, that it was left out would not.
fn is_active(status: &str) -> bool {
    let on_its_way = ["Verifying", "Failed", "Expired", "Cancelled"];
    let unfinished = |kind| {
        status
            .strip_prefix(kind)
            .is_some_and(|state| on_its_way.contains(&state))
    };
    // A promotion that is not done leaves the member what it was.
    !(unfinished("Create") || unfinished("Invite") || matches!(status, "Removed" | "Deleted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_in_use_are_told_from_those_on_their_way() {
        for (status, expected) in [
            ("CreateSuccess", true),
            ("InviteSuccess", true),
            ("PromoteSuccess", true),
            ("PromoteVerifying", true),
            ("PromoteExpired", true),
            ("CreateVerifying", false),
            ("CreateFailed", false),
            ("CreateExpired", false),
            ("CreateCancelled", false),
            ("Removed", false),
            ("Unheard_Of", true),
            ("", true),
        ] {
            assert_eq!(is_active(status), expected, "{status}");
        }
    }

    #[test]
    fn numbers_keep_their_zeros_and_rows_their_names() {
        let body = r#"{"TotalCount":2,"PageSize":100,"Accounts":{"Account":[
            {"AccountId":"0123456789012345","DisplayName":"财务","Status":"CreateSuccess"},
            {"AccountId":1234567890123456}]}}"#;
        let (items, told) = decode(body).unwrap();
        assert_eq!((told.rows, told.total), (2, Some(2)));
        assert_eq!(
            (items[0].number.as_str(), items[0].name.as_str()),
            ("0123456789012345", "财务")
        );
        assert_eq!(items[1].number, "1234567890123456");
        let nobody = r#"{"TotalCount":1,"Accounts":{"Account":[{"DisplayName":"x"}]}}"#;
        assert!(matches!(decode(nobody), Err(Misread::Lacks(_))));
    }
}
