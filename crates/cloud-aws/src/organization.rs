//! Reads the organization and enters its members (Organizations, STS).

use std::sync::Arc;

use cloud::{Member, Organization, PageSource, Provider};
use model::{AccountId, Place};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::Batch;
use crate::operations::LIST_ACCOUNTS;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 20;

impl Organization for Aws {
    fn members(&self) -> Box<dyn PageSource<Member> + '_> {
        self.list(&LIST_ACCOUNTS, Place::Global, move |token| {
            self.call(&LIST_ACCOUNTS, decode)
                .with_json("MaxResults", PAGE_SIZE)
                .with_some_json("NextToken", token)
                .send()
        })
    }

    fn enter(&self, member: &Member, role: &str) -> Arc<dyn Provider> {
        let account = AccountId::new(format!(
            "{}/{}",
            cloud::Provider::account(self),
            member.number
        ));
        Arc::new(self.member(account, &member.number, role))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    accounts: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
}

fn decode(body: &[u8]) -> Result<Batch<Member>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let rows = answer.accounts.ok_or(Misread::Lacks("Accounts"))?;
    let members = rows.into_iter().map(|row| {
        let number = row.id.some_text();
        Ok(Member {
            number: number.ok_or(Misread::Lacks("Id in one of its rows"))?,
            active: is_active(&row.state.text(), &row.status.text()),
            name: row.name.into_text(),
        })
    });
    let members = members.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(members, &answer.next_token.text()))
}

/// `State` takes the place of `Status`. A member whose state has a word that nobody knows is taken
/// for one that can be entered: that it cannot would be seen, that it was left out would not.
fn is_active(state: &str, status: &str) -> bool {
    let word = if state.is_empty() { status } else { state };
    !matches!(
        word,
        "PENDING_ACTIVATION" | "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_can_be_entered_are_told_from_those_that_cannot() {
        for (state, status, expected) in [
            ("ACTIVE", "ACTIVE", true),
            ("", "ACTIVE", true),
            ("", "SUSPENDED", false),
            ("CLOSED", "SUSPENDED", false),
            ("PENDING_ACTIVATION", "ACTIVE", false),
            ("NEW_WORD", "", true),
            ("", "", true),
        ] {
            assert_eq!(is_active(state, status), expected, "{state} {status}");
        }
    }

    #[test]
    fn numbers_keep_their_zeros() {
        let body = r#"{"Accounts":[{"Id":"012345678901","Name":"财务","Status":"ACTIVE"}],"NextToken":null}"#;
        let batch = decode(body.as_bytes()).unwrap();
        assert_eq!(
            (batch.rows[0].number.as_str(), batch.next),
            ("012345678901", None)
        );
        assert!(decode(b"{}").is_err());
    }
}
