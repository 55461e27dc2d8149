//! Whom alarms tell: notice templates.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{AlarmTarget, Place, RegionId, ResourceId};

use super::MODULE;
use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Listed, number};
use crate::operations::DESCRIBE_ALARM_NOTICES;

/// The largest page there is is twice as large.
const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 4096;
/// Pages of templates: ten thousand of them.
const MOST_PAGES: u32 = 100;

/// The notice templates of an account.
pub(super) struct Notices<'a> {
    tencent: &'a Tencent,
    region: RegionId,
}

impl<'a> Notices<'a> {
    pub(super) fn of(tencent: &'a Tencent, region: &RegionId) -> Self {
        let region = region.clone();
        Self { tencent, region }
    }

    /// Returns the template of a name.
    ///
    /// # Errors
    ///
    /// When a page cannot be had.
    pub(super) async fn find(&self, name: &str) -> Result<Option<ResourceId>, CloudError> {
        for at in 1..=MOST_PAGES {
            let page = self.page(&PageAt::Number(at)).await?;
            if let Some(found) = page.items.into_iter().find(|it| it.name == name) {
                return Ok(Some(found.id));
            }
            match page.next {
                Next::Through(last) if at < last => {}
                _ => break,
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl PageSource<AlarmTarget> for Notices<'_> {
    fn site(&self) -> CallSite {
        let place = Place::Region(self.region.clone());
        self.tencent.call_site(&DESCRIBE_ALARM_NOTICES, &place)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<AlarmTarget>, CloudError> {
        let number = number(at);
        let listed = self
            .tencent
            .call_in(&DESCRIBE_ALARM_NOTICES, &self.region, decode_notices)
            .with(MODULE.0, MODULE.1)
            .with("PageNumber", number)
            .with("PageSize", PAGE_SIZE)
            .with("Order", "ASC")
            .expecting(PAGE_SIZE.into(), ROW_BYTES)
            .send()
            .await?;
        Ok(Page {
            next: lists::next(number, PAGE_SIZE.into(), &listed),
            total: listed.total,
            items: listed.items,
        })
    }
}

decode::wire! {
    struct Row<'a> {
        id: Loose<'a>,
        name: Loose<'a>,
        user_notices: Option<Vec<Users<'a>>>,
        #[serde(rename = "URLNotices")]
        url_notices: Option<Vec<Address<'a>>>,
    }
    struct Users<'a> {
        user_ids: Option<Vec<Loose<'a>>>,
        group_ids: Option<Vec<Loose<'a>>>,
    }
    struct Address<'a> {
        #[serde(rename = "URL")]
        url: Loose<'a>,
    }
}

fn decode_notices(body: &str) -> Result<Listed<AlarmTarget>, Misread> {
    lists::read(body, &Shape::rows("Notices"), target)
}

/// Who of them has confirmed an address is no matter of the template.
fn target(row: Row<'_>) -> Result<AlarmTarget, Misread> {
    let id = row.id.some_text();
    let id = id.ok_or(Misread::Lacks("Id in one of its rows"))?;
    let some = |list: Option<Vec<Loose<'_>>>| {
        let list = list.unwrap_or_default().into_iter();
        list.filter(|it| it.count().is_some_and(|it| it > 0))
            .count()
    };
    let users = row.user_notices.unwrap_or_default().into_iter();
    let users: usize = users.map(|it| some(it.user_ids) + some(it.group_ids)).sum();
    let addresses = row.url_notices.unwrap_or_default();
    let addresses = addresses.iter().filter(|it| !it.url.is_empty()).count();
    Ok(AlarmTarget {
        id: ResourceId::new(id),
        name: row.name.into_text(),
        listeners: (users + addresses) as u64,
        unconfirmed: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_tells_users_groups_and_addresses() {
        let body = r#"{"Response":{"TotalCount":2,"Notices":[
            {"Id":"notice-1","Name":"ops","UserNotices":[{"UserIds":[1,2],"GroupIds":[7]},{"UserIds":null,"GroupIds":[0]}],
             "URLNotices":[{"URL":"https://hooks.example.com/x"},{"URL":""}]},
            {"Id":"notice-2","Name":"nobody","UserNotices":null,"URLNotices":[]}],"RequestId":"r"}}"#;
        let all = decode_notices(body).unwrap().items;
        assert_eq!((all[0].name.as_str(), all[0].listeners), ("ops", 4));
        assert_eq!(all[1].listeners, 0);
    }
}
