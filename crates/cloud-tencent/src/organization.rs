//! Reads the organization (organization 2021-03-31), and enters its members by taking a role there.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Member, Organization, Page, PageAt, PageSource, Provider};
use model::{AccountId, Place};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_MEMBERS;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 50;
const ROW_BYTES: u64 = 1024;

impl Organization for Tencent {
    fn members(&self) -> Box<dyn PageSource<Member> + '_> {
        let question = Question {
            operation: &DESCRIBE_MEMBERS,
            place: Place::Global,
            counts: Counts::Rows,
            arguments: Map::new(),
            page_size: PAGE_SIZE,
            row_bytes: ROW_BYTES,
            decode,
        };
        Box::new(MemberList {
            tencent: self,
            list: OffsetList::new(self, question),
        })
    }

    fn enter(&self, member: &Member, role: &str) -> Arc<dyn Provider> {
        let account = AccountId::new(format!("{}/{}", self.account(), member.number));
        Arc::new(self.member(account, &member.number, role))
    }
}

struct MemberList<'a> {
    tencent: &'a Tencent,
    list: OffsetList<'a, Member>,
}

#[async_trait]
impl PageSource<Member> for MemberList<'_> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Member>, CloudError> {
        let mut page = self.list.page(at).await?;
        // The list names the administrator as well, who is not entered: we are there.
        let own = self.tencent.identity().await?.account;
        for member in page.items.iter_mut().filter(|it| it.number == own) {
            member.active = false;
        }
        Ok(page)
    }
}

decode::wire! {
    struct Row<'a> {
        member_uin: Loose<'a>,
        name: Loose<'a>,
        permission_status: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Listed<Member>, Misread> {
    const SHAPE: Shape = Shape {
        total: "Total",
        ..Shape::rows("Items")
    };
    lists::read(body, &SHAPE, member)
}

fn member(row: Row<'_>) -> Result<Member, Misread> {
    let number = row.member_uin.some_text();
    Ok(Member {
        number: number.ok_or(Misread::Lacks("MemberUin in one of its rows"))?,
        name: row.name.into_text(),
        // One whose state has a word that nobody knows is taken for a member: that it cannot be
        // entered would be seen, that it was left out would not.
        active: row.permission_status.text() != "UnConfirmed",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_those_who_have_not_agreed() {
        let body = r#"{"Response":{"Total":3,"Items":[
            {"MemberUin":111111111111,"Name":"财务","PermissionStatus":"Confirmed","NodeId":101},
            {"MemberUin":"0222","Name":"x","PermissionStatus":"UnConfirmed"},{"MemberUin":3}]}}"#;
        let page = decode(body).unwrap();
        let shown: Vec<_> = page
            .items
            .iter()
            .map(|it| (it.number.as_str(), it.name.as_str(), it.active))
            .collect();
        assert_eq!(
            shown,
            [
                ("111111111111", "财务", true),
                ("0222", "x", false),
                ("3", "", true)
            ]
        );
        assert_eq!(page.total, Some(3));
    }
}
