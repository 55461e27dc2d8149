//! A census that was taken, and what is asked once more of whom it was taken of.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud::{Census, Doubt, Provider, SecondLook, Sighting};
use futures_util::future::join_all;
use model::{AccountId, RegionId, Traffic};

use super::estate;

/// The clouds of the accounts that were seen, members of organizations too.
pub(crate) type Clouds = BTreeMap<AccountId, Arc<dyn Provider>>;

/// A census, and whom to ask once more.
pub struct Observed {
    /// What was seen.
    pub census: Census,
    /// Of each organization whose list was seen, by its administrator: its members as we call them,
    /// with the cloud's numbers.
    pub(super) present: BTreeMap<AccountId, BTreeMap<AccountId, String>>,
    pub(super) providers: Clouds,
}

impl Observed {
    /// Returns whether an account that was a member of an organization was seen to be none any more,
    /// or was seen under a name of its own: with all it had, it is gone under this one.
    #[must_use]
    pub fn has_left(&self, account: &AccountId) -> bool {
        let administrator = account.administrator();
        let Some(members) = administrator.as_ref().and_then(|it| self.present.get(it)) else {
            return false;
        };
        let accounts = &self.census.accounts;
        let cloud = administrator.and_then(|it| Some(&accounts.get(&it)?.cloud));
        members.get(account).is_none_or(|number| {
            accounts.iter().any(|(name, sight)| {
                let identity = sight.identity.seen();
                name != account
                    && Some(&sight.cloud) == cloud
                    && identity.is_some_and(|it| it.get().account == *number)
            })
        })
    }

    /// Returns the census, and the accounts' clouds for whoever has leave to change them.
    pub(crate) fn part(self) -> (Census, Clouds) {
        (self.census, self.providers)
    }

    /// Asks once more, by id, for what a duty doubts.
    pub(crate) async fn second_looks(&self, doubts: Vec<Doubt>) -> SecondLooks {
        let asked = doubts.into_iter().filter_map(|doubt| {
            let provider = self.providers.get(&doubt.account)?.clone();
            Some(async move {
                let (second, traffic) = tokio::join!(
                    estate::second_look(&*provider, &doubt),
                    estate::traffic(&*provider, &doubt)
                );
                (doubt.account, doubt.region, second, traffic)
            })
        });
        join_all(asked).await
    }

    /// Adds what was asked for once more.
    pub(crate) fn join(&mut self, second: SecondLooks) {
        for (account, region, second, traffic) in second {
            let sight = self.census.accounts.get_mut(&account);
            if let Some(estate) = sight.and_then(|it| it.estate.get_mut(&region)) {
                estate.second = Some(second);
                estate.traffic = traffic;
            }
        }
    }
}

/// What was seen when it was asked for once more, by account and region.
type SecondLooks = Vec<(
    AccountId,
    RegionId,
    SecondLook,
    Option<Sighting<Vec<Traffic>>>,
)>;
