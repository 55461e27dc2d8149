//! The accounts that are watched, and how members of an organization join them.

use std::sync::Arc;

use cloud::{Provider, Sighting, pager};
use model::{AccountId, Kind, Scope};

use cloud::Unseen;

/// One account that is watched.
#[derive(Clone)]
pub struct Watched {
    /// The account on its cloud.
    pub provider: Arc<dyn Provider>,
    /// The cloud's number the account must have, when the config says one.
    pub expect_identity: Option<String>,
    /// How the member accounts of its organization are found, when they are to be.
    pub discover: Option<Discover>,
}

/// How member accounts are found and entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discover {
    /// The role that is taken in each member account.
    pub role: String,
    /// Members that are left out, by the cloud's number.
    pub exclude: Vec<String>,
}

impl Watched {
    /// Returns our name of the account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        self.provider.account()
    }
}

/// The accounts of a run, members included, and the member lists that were not seen.
pub(crate) struct Expanded {
    pub(crate) watched: Vec<Watched>,
    pub(crate) lists: Vec<(Scope, Sighting<u64>)>,
}

/// Adds the member accounts of every organization that is to be discovered.
pub(crate) async fn expand(watched: &[Watched]) -> Expanded {
    let mut expanded = Expanded {
        watched: watched.to_vec(),
        lists: Vec::new(),
    };
    for parent in watched {
        let Some(discover) = &parent.discover else {
            continue;
        };
        let scope = Scope::global(parent.account(), Kind::MEMBER);
        let Some(organization) = parent.provider.organization() else {
            let unseen = Unseen::new(cloud::Why::Refused, "this cloud has no organizations");
            expanded.lists.push((scope, Sighting::Unseen(unseen)));
            continue;
        };
        let members = pager::collect(&*organization.members()).await;
        let members = match members {
            Sighting::Seen(members) => members,
            Sighting::Unseen(unseen) => {
                expanded.lists.push((scope, Sighting::Unseen(unseen)));
                continue;
            }
        };
        for member in members.get() {
            let configured = expanded
                .watched
                .iter()
                .any(|it| it.expect_identity.as_deref() == Some(&member.number));
            if !member.active || configured || discover.exclude.contains(&member.number) {
                continue;
            }
            expanded.watched.push(Watched {
                provider: organization.enter(member, &discover.role),
                expect_identity: Some(member.number.clone()),
                discover: None,
            });
        }
        let counted = members.map(|all| all.len() as u64);
        expanded.lists.push((scope, Sighting::Seen(counted)));
    }
    expanded
}
