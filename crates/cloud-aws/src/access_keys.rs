//! Reads the long-lived keys of users, and whether the root user has any (IAM).

use cloud::{CloudError, ErrorKind, Keys, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use model::{AccessKey, Place, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::lists::{Batch, PARALLEL};
use crate::operations::{
    GET_ACCESS_KEY_LAST_USED, GET_ACCOUNT_SUMMARY, LIST_ACCESS_KEYS, LIST_USERS,
};
use crate::query::{Set, read_result, says_true, some};
use crate::times::instant;

/// Smaller than the largest: each user of a page costs calls of its own.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: usize = 512;
/// What the cloud calls the owner of an account in its own reports.
const ROOT: &str = "<root_account>";

impl Keys for Aws {
    fn access_keys(&self) -> Box<dyn PageSource<AccessKey> + '_> {
        self.list(&LIST_USERS, Place::Global, move |token| {
            self.key_page(token)
        })
    }
}

impl Aws {
    async fn key_page(&self, token: Option<String>) -> Result<Batch<AccessKey>, CloudError> {
        let root = match token {
            None => self.root_key().await?,
            Some(_) => None,
        };
        let users = self
            .call(&LIST_USERS, decode_users)
            .with("MaxItems", PAGE_SIZE.to_string())
            .with_some("Marker", token)
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
            .send()
            .await?;
        let keys: Vec<Vec<AccessKey>> = futures_util::stream::iter(users.rows)
            .map(|user| self.keys_of(user))
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(Batch {
            rows: root.into_iter().chain(keys.into_iter().flatten()).collect(),
            next: users.next,
        })
    }

    async fn keys_of(&self, user: String) -> Result<Vec<AccessKey>, CloudError> {
        let asked = self
            .all(&LIST_ACCESS_KEYS, &Place::Global, |token| {
                self.call(&LIST_ACCESS_KEYS, decode_keys)
                    .with("UserName", user.as_str())
                    .with_some("Marker", token)
                    .send()
            })
            .await;
        let found = match asked {
            Ok(found) => found,
            // Deleted between the two questions.
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut keys = Vec::new();
        for key in found {
            let last_used = self.last_use_of(&key.id).await?;
            keys.push(AccessKey {
                id: ResourceId::new(base::redact::key_id(&key.id)),
                user: user.clone(),
                created: key.created,
                last_used,
                active: key.active,
            });
        }
        Ok(keys)
    }

    async fn last_use_of(&self, id: &str) -> Result<Option<Timestamp>, CloudError> {
        let asked = self
            .call(&GET_ACCESS_KEY_LAST_USED, decode_last_use)
            .with("AccessKeyId", id)
            .send()
            .await;
        match asked {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            answered => answered,
        }
    }

    /// No call names the keys of the root user; one tells whether there are any.
    async fn root_key(&self) -> Result<Option<AccessKey>, CloudError> {
        let keys = self
            .call(&GET_ACCOUNT_SUMMARY, decode_root_keys)
            .send()
            .await?;
        Ok((keys > 0).then(|| AccessKey {
            id: ResourceId::new(ROOT),
            user: ROOT.to_owned(),
            created: None,
            last_used: None,
            active: true,
        }))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Users {
    users: Option<Set<User>>,
    is_truncated: String,
    marker: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct User {
    user_name: String,
}

fn decode_users(body: &[u8]) -> Result<Batch<String>, Misread> {
    let answer: Users = read_result(body, "ListUsersResponse")?;
    let rows = answer.users.ok_or(Misread::Lacks("Users"))?;
    let names = rows.into_iter().map(|row| {
        let name = some(&row.user_name).map(str::to_owned);
        name.ok_or(Misread::Lacks("UserName in one of its rows"))
    });
    let names = names.collect::<Result<_, _>>()?;
    Ok(Batch::new(
        names,
        marker(&answer.is_truncated, &answer.marker),
    ))
}

fn marker<'a>(is_truncated: &str, marker: &'a str) -> &'a str {
    if says_true(is_truncated) { marker } else { "" }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct KeyList {
    access_key_metadata: Option<Set<KeyRow>>,
    is_truncated: String,
    marker: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct KeyRow {
    access_key_id: String,
    status: String,
    create_date: String,
}

/// A key with its whole id, for the next question; ids are public, and shortened for reports.
struct Key {
    id: String,
    created: Option<Timestamp>,
    active: bool,
}

fn decode_keys(body: &[u8]) -> Result<Batch<Key>, Misread> {
    let answer: KeyList = read_result(body, "ListAccessKeysResponse")?;
    let rows = answer
        .access_key_metadata
        .ok_or(Misread::Lacks("AccessKeyMetadata"))?;
    let keys = rows.into_iter().map(|row| {
        let id = some(&row.access_key_id)
            .ok_or(Misread::Lacks("AccessKeyId in one of its rows"))?
            .to_owned();
        Ok(Key {
            id,
            created: instant(&row.create_date),
            // A word that nobody knows may stand for one that works.
            active: !matches!(row.status.trim(), "Inactive" | "Expired"),
        })
    });
    let keys = keys.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(
        keys,
        marker(&answer.is_truncated, &answer.marker),
    ))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct LastUse {
    access_key_last_used: Used,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Used {
    last_used_date: String,
}

fn decode_last_use(body: &[u8]) -> Result<Option<Timestamp>, Misread> {
    let answer: LastUse = read_result(body, "GetAccessKeyLastUsedResponse")?;
    Ok(instant(&answer.access_key_last_used.last_used_date))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Summary {
    summary_map: Option<Entries>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entries {
    entry: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    key: String,
    value: String,
}

fn decode_root_keys(body: &[u8]) -> Result<u64, Misread> {
    let answer: Summary = read_result(body, "GetAccountSummaryResponse")?;
    let map = answer.summary_map.ok_or(Misread::Lacks("SummaryMap"))?;
    let keys = map
        .entry
        .iter()
        .find(|it| it.key.trim() == "AccountAccessKeysPresent");
    Ok(keys
        .and_then(|it| it.value.trim().parse().ok())
        .unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_keys_are_followed_while_there_are_more() {
        let users = b"<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult><IsTruncated>true</IsTruncated><Marker>m</Marker><Users>
            <member><UserName>a</UserName></member></Users></ListUsersResult></ListUsersResponse>";
        let users = decode_users(users).unwrap();
        assert_eq!(
            (users.rows, users.next.as_deref()),
            (vec!["a".to_owned()], Some("m"))
        );
        let keys = b"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata>
            <member><UserName>a</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member>
            <member><AccessKeyId>AKIAI44QH8DHBEXAMPLE</AccessKeyId><Status>Inactive</Status></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>";
        let keys = decode_keys(keys).unwrap();
        let active: Vec<_> = keys.rows.iter().map(|it| it.active).collect();
        assert_eq!((active, keys.next), (vec![true, false], None));
        assert_eq!(
            keys.rows[0].created.unwrap().to_string(),
            "2024-01-02T03:04:05Z"
        );
    }

    #[test]
    fn a_key_that_was_never_used_has_no_last_use() {
        let used = |inside: &str| {
            let body = format!(
                "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><UserName>a</UserName><AccessKeyLastUsed><Region>N/A</Region>{inside}</AccessKeyLastUsed></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>"
            );
            decode_last_use(body.as_bytes())
                .unwrap()
                .map(|it| it.to_string())
        };
        assert_eq!(used(""), None);
        let day = "<LastUsedDate>2026-11-01T00:00:00Z</LastUsedDate>";
        assert_eq!(used(day).unwrap(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn keys_of_the_root_user_are_counted() {
        let summary = |value: &str| {
            let body = format!("<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>7</value></entry>
                <entry><key>AccountAccessKeysPresent</key><value>{value}</value></entry></SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>");
            decode_root_keys(body.as_bytes()).unwrap()
        };
        assert_eq!((summary("0"), summary("1")), (0, 1));
    }
}
