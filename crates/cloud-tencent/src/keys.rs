//! Reads the keys of the account's users (cam 2019-01-16).
//!
//! The list of users has no pages. The account's own keys, which may do everything, can be seen only
//! with one of them.

use std::collections::HashMap;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Keys, Next, Page, PageAt, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use model::{AccessKey, Place, ResourceId};

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::operations::{GET_CALLER_IDENTITY, LAST_USED, LIST_ACCESS_KEYS, LIST_USERS};
use crate::times;

/// As many keys as one question for their last use may name.
const ASKED_AT_ONCE: usize = 10;
const USERS_BYTES: u64 = 1 << 20;
/// How many questions are under way at once.
const PARALLEL: usize = 4;
/// The name of the account's own, which has none.
const ROOT: &str = "root";

impl Keys for Tencent {
    fn access_keys(&self) -> Box<dyn PageSource<AccessKey> + '_> {
        Box::new(KeyList(self))
    }
}

/// The keys of all users, at once.
struct KeyList<'a>(&'a Tencent);

#[async_trait]
impl PageSource<AccessKey> for KeyList<'_> {
    fn site(&self) -> CallSite {
        self.0.call_site(&LIST_USERS, &Place::Global)
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<AccessKey>, CloudError> {
        let call = self.0.call(&LIST_USERS, decode_users);
        let users = call.expecting(1, USERS_BYTES).send().await?;
        let root = self
            .0
            .call(&GET_CALLER_IDENTITY, decode_root)
            .send()
            .await?;
        let users: Vec<User> = users.into_iter().chain(root).collect();
        let asked: Vec<_> = users.iter().map(|user| self.of_user(user)).collect();
        let keys: Vec<Vec<Key>> = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let keys: Vec<Key> = keys.into_iter().flatten().collect();
        let asked: Vec<_> = keys
            .chunks(ASKED_AT_ONCE)
            .map(|keys| self.last_used(keys))
            .collect();
        let used: Vec<HashMap<String, Timestamp>> = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let used: HashMap<String, Timestamp> = used.into_iter().flatten().collect();
        let items = keys.into_iter().map(|key| AccessKey {
            last_used: used.get(&key.id).copied(),
            id: ResourceId::new(shortened(&key.id)),
            user: key.user,
            created: key.created,
            active: key.active,
        });
        Ok(Page {
            items: items.collect(),
            next: Next::End,
            total: None,
        })
    }
}

impl KeyList<'_> {
    async fn of_user(&self, user: &User) -> Result<Vec<Key>, CloudError> {
        let mut call = self.0.call(&LIST_ACCESS_KEYS, decode_keys);
        if let Some(uin) = user.uin {
            call = call.with("TargetUin", uin);
        }
        let keys = call.send().await?.into_iter();
        Ok(keys
            .map(|it| Key {
                user: user.name.clone(),
                ..it
            })
            .collect())
    }

    async fn last_used(&self, keys: &[Key]) -> Result<HashMap<String, Timestamp>, CloudError> {
        let ids: Vec<&str> = keys.iter().map(|it| it.id.as_str()).collect();
        let call = self.0.call(&LAST_USED, decode_last_used);
        call.with("SecretIdList", ids).send().await
    }
}

struct User {
    /// Its number; the caller itself when `None`.
    uin: Option<u64>,
    name: String,
}

/// A key, while its id is still whole.
struct Key {
    id: String,
    user: String,
    created: Option<Timestamp>,
    active: bool,
}

decode::wire! {
    struct UserRow<'a> {
        uin: Loose<'a>,
        name: Loose<'a>,
    }
    struct KeyRow<'a> {
        access_key_id: Loose<'a>,
        status: Loose<'a>,
        create_time: Loose<'a>,
    }
    struct UsedRow<'a> {
        secret_id: Loose<'a>,
        last_used_date: Loose<'a>,
        last_secret_used_date: Loose<'a>,
    }
    struct Caller<'a> {
        account_id: Loose<'a>,
        user_id: Loose<'a>,
    }
}

const fn rows(rows: &'static str) -> Shape {
    Shape {
        total: "",
        ..Shape::rows(rows)
    }
}

fn decode_users(body: &str) -> Result<Vec<User>, Misread> {
    let page = decode::list::<UserRow<'_>>(body, &rows("Data"))?;
    let users = page.rows.into_iter().map(|row| {
        let uin = row.uin.count();
        Ok(User {
            uin: Some(uin.ok_or(Misread::Lacks("Uin in one of its rows"))?),
            name: row.name.into_text(),
        })
    });
    users.collect()
}

/// Returns the account itself as a user, when it is who asks.
fn decode_root(body: &str) -> Result<Option<User>, Misread> {
    let caller: Caller<'_> = decode::object(body)?;
    let account = caller.account_id.some_text();
    let is_root = account.is_some() && account == caller.user_id.some_text();
    Ok(is_root.then(|| User {
        uin: None,
        name: ROOT.to_owned(),
    }))
}

fn decode_keys(body: &str) -> Result<Vec<Key>, Misread> {
    let page = decode::list::<KeyRow<'_>>(body, &rows("AccessKeys"))?;
    let keys = page.rows.into_iter().map(|row| {
        let id = row.access_key_id.some_text();
        Ok(Key {
            id: id.ok_or(Misread::Lacks("AccessKeyId in one of its rows"))?,
            user: String::new(),
            created: times::instant_of(&row.create_time),
            active: row.status.text() == "Active",
        })
    });
    keys.collect()
}

fn decode_last_used(body: &str) -> Result<HashMap<String, Timestamp>, Misread> {
    let page = decode::list::<UsedRow<'_>>(body, &rows("SecretIdLastUsedRows"))?;
    let used = page.rows.into_iter().filter_map(|row| {
        // The instant is exact, the day is a day late; both may be there.
        let at = times::instant_of(&row.last_secret_used_date);
        let at = at.or_else(|| times::instant_of(&row.last_used_date))?;
        Some((row.secret_id.some_text()?, at))
    });
    Ok(used.collect())
}

/// Returns the ends of an id: enough to recognise it.
fn shortened(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() < 12 {
        return "…".to_owned();
    }
    let end = characters.len() - 4;
    let ends = [&characters[..4], &characters[end..]].map(|it| it.iter().collect::<String>());
    ends.join("…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_keys_and_their_last_use_are_read() {
        let users = r#"{"Response":{"Data":[{"Uin":100001,"Name":"开发","Email":"CANARY@x"}],"RequestId":"r"}}"#;
        let users = decode_users(users).unwrap();
        assert_eq!(
            (users[0].uin, users[0].name.as_str()),
            (Some(100_001), "开发")
        );
        let keys = r#"{"Response":{"AccessKeys":[{"AccessKeyId":"AKIDz8krbsJ5yKBZQpn7","Status":"Active",
            "CreateTime":"2019-12-25 14:53:03"},{"AccessKeyId":"AKIDother","Status":"Inactive"}]}}"#;
        let keys = decode_keys(keys).unwrap();
        assert_eq!(keys[0].created.unwrap().to_string(), "2019-12-25T06:53:03Z");
        assert_eq!((keys[0].active, keys[1].active), (true, false));
        assert!(
            decode_keys(r#"{"Response":{"AccessKeys":null}}"#)
                .unwrap()
                .is_empty()
        );
        let used = r#"{"Response":{"SecretIdLastUsedRows":[
            {"SecretId":"a","LastUsedDate":"2022-12-19","LastSecretUsedDate":1671681023555},
            {"SecretId":"b","LastUsedDate":"2022-12-19","LastSecretUsedDate":null},
            {"SecretId":"c","LastUsedDate":null,"LastSecretUsedDate":0}]}}"#;
        let used = decode_last_used(used).unwrap();
        assert_eq!(used["a"].to_string(), "2022-12-22T03:50:23.555Z");
        assert_eq!(used["b"].to_string(), "2022-12-19T15:59:59Z");
        assert!(!used.contains_key("c"));
    }

    #[test]
    fn the_account_itself_is_a_user_only_when_it_asks() {
        let of = |user: &str| {
            let body = format!(r#"{{"Response":{{"AccountId":"1","UserId":"{user}"}}}}"#);
            decode_root(&body).unwrap().map(|it| it.name)
        };
        assert_eq!(of("1").as_deref(), Some("root"));
        assert_eq!(of("2"), None);
    }

    #[test]
    fn an_id_is_recognised_and_cannot_be_used() {
        assert_eq!(shortened("AKIDz8krbsJ5yKBZQpn7"), "AKID…Qpn7");
        assert_eq!(shortened("AKID***"), "…");
    }
}
