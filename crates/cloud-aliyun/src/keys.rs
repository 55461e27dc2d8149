//! Reads the access keys of the account's users (Ram 2015-05-01).

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Keys, Next, Page, PageAt, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{AccessKey, Place, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::operations::{LIST_ACCESS_KEYS, LIST_USERS};
use crate::times;

/// The largest page of users there is.
const PAGE_SIZE: u32 = 1000;
/// How many questions are under way at once.
const PARALLEL: usize = 4;

impl Keys for Aliyun {
    fn access_keys(&self) -> Box<dyn PageSource<AccessKey> + '_> {
        Box::new(KeyList(self))
    }
}

/// The keys of all users: a page of users at a time.
struct KeyList<'a>(&'a Aliyun);

#[async_trait]
impl PageSource<AccessKey> for KeyList<'_> {
    fn site(&self) -> CallSite {
        self.0.call_site(&LIST_USERS, &Place::Global)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<AccessKey>, CloudError> {
        let mut call = self
            .0
            .call(&LIST_USERS, decode_users)
            .with("MaxItems", PAGE_SIZE.to_string())
            .expecting(PAGE_SIZE as usize, 512);
        if let PageAt::Token(marker) = at {
            call = call.with("Marker", marker.as_str());
        }
        let (users, marker) = call.send().await?;
        let asked: Vec<_> = users.iter().map(|user| self.of_user(user)).collect();
        let keys: Vec<Vec<AccessKey>> = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(Page {
            items: keys.into_iter().flatten().collect(),
            next: marker.map_or(Next::End, Next::Token),
            total: None,
        })
    }
}

impl KeyList<'_> {
    async fn of_user(&self, user: &str) -> Result<Vec<AccessKey>, CloudError> {
        let call = self.0.call(&LIST_ACCESS_KEYS, decode_keys);
        let keys = call.with("UserName", user).send().await?;
        let owned = keys.into_iter().map(|it| AccessKey {
            user: user.to_owned(),
            ..it
        });
        Ok(owned.collect())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct UsersAnswer<'a> {
    #[serde(borrow)]
    users: Option<Users<'a>>,
    #[serde(borrow)]
    is_truncated: Loose<'a>,
    #[serde(borrow)]
    marker: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Users<'a> {
    #[serde(borrow)]
    user: Option<Vec<User<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct User<'a> {
    #[serde(borrow)]
    user_name: Loose<'a>,
}

fn decode_users(body: &str) -> Result<(Vec<String>, Option<String>), Misread> {
    let answer: UsersAnswer<'_> = serde_json::from_str(body)?;
    let users = answer.users.ok_or(Misread::Lacks("Users"))?.user;
    let names = users.into_iter().flatten().map(|it| {
        it.user_name
            .some_text()
            .ok_or(Misread::Lacks("UserName in one of its rows"))
    });
    let names = names.collect::<Result<_, Misread>>()?;
    let more = answer.is_truncated.flag() == Some(true);
    match (more, answer.marker.some_text()) {
        (true, None) => Err(Misread::Lacks("Marker, though there is more")),
        (more, marker) => Ok((names, marker.filter(|_| more))),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct KeysAnswer<'a> {
    #[serde(borrow)]
    access_keys: Option<KeyRows<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct KeyRows<'a> {
    #[serde(borrow)]
    access_key: Option<Vec<KeyRow<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct KeyRow<'a> {
    #[serde(borrow)]
    access_key_id: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    create_date: Loose<'a>,
}

fn decode_keys(body: &str) -> Result<Vec<AccessKey>, Misread> {
    let answer: KeysAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer.access_keys.ok_or(Misread::Lacks("AccessKeys"))?;
    let rows = rows.access_key.into_iter().flatten().map(|row| {
        let id = row.access_key_id.some_text();
        let id = id.ok_or(Misread::Lacks("AccessKeyId in one of its rows"))?;
        Ok(AccessKey {
            id: ResourceId::new(shortened(&id)),
            user: String::new(),
            created: times::instant_of(&row.create_date),
            last_used: None,
            active: row.status.text() == "Active",
        })
    });
    rows.collect()
}

/// Returns enough of a key's id to know it again, and too little to use it.
fn shortened(id: &str) -> String {
    let all: Vec<char> = id.chars().collect();
    if all.len() < 12 {
        return "…".to_owned();
    }
    let (head, tail) = (&all[..4], &all[all.len() - 4..]);
    let mut short: String = head.iter().collect();
    short.push('…');
    short.extend(tail);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_id_is_known_again_and_cannot_be_used() {
        assert_eq!(shortened("LTAI5tExampleExamplex3Qz"), "LTAI…x3Qz");
        assert_eq!(shortened("short"), "…");
        let body = r#"{"AccessKeys":{"AccessKey":[{"AccessKeyId":"LTAI5tExampleExamplex3Qz",
            "Status":"Active","CreateDate":"2024-03-21T05:46:00Z"}]}}"#;
        let keys = decode_keys(body).unwrap();
        assert!(keys[0].active && keys[0].created.is_some());
    }

    #[test]
    fn a_list_that_says_there_is_more_and_not_where_is_not_read_as_whole() {
        let cut = r#"{"Users":{"User":[{"UserName":"li"}]},"IsTruncated":true}"#;
        assert!(matches!(decode_users(cut), Err(Misread::Lacks(_))));
        let whole = r#"{"Users":{"User":[{"UserName":"li"}]},"IsTruncated":false,"Marker":""}"#;
        assert_eq!(decode_users(whole).unwrap(), (vec!["li".to_owned()], None));
    }
}
