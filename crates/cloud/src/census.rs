//! The census: all sightings of a run, and the coverage that says which scopes were seen.

mod estate;
mod harvest;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    AccessKey, AccountId, Balance, Certificate, CloudId, Domain, Identity, Kind, Place, Prepaid,
    Region, RegionId, Scope,
};

use crate::seen::{Sighting, Unseen};

pub use estate::{
    Doubt, EstateWants, Hint, IdSet, Keep, Kept, Keyring, Part, RegionSight, Remembered,
    SecondLook, TrafficWanted,
};
pub use harvest::Harvest;

/// What a duty asks to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wants {
    /// Things paid in advance; those are kept that end before this, or have ended, or whose end is unknown.
    pub prepaid_ending_before: Option<Timestamp>,
    /// Balances.
    pub balance: bool,
    /// Accounts whose balance is not asked for all the same.
    pub balance_not_of: BTreeSet<AccountId>,
    /// Certificates.
    pub certificates: bool,
    /// Domain names.
    pub domains: bool,
    /// TLS endpoints to probe from outside, as `host:port`.
    pub endpoints: Vec<String>,
    /// Long-lived keys of users.
    pub access_keys: bool,
    /// Accounts whose keys are not asked for all the same.
    pub access_keys_not_of: BTreeSet<AccountId>,
    /// What stands in the regions.
    pub estate: EstateWants,
}

impl Wants {
    /// Returns whether the balance of an account is asked for; a member of an organization goes with
    /// its administrator.
    #[must_use]
    pub fn wants_balance_of(&self, account: &AccountId) -> bool {
        self.balance && !account.is_among(&self.balance_not_of)
    }

    /// Returns whether the keys of an account's users are asked for; a member of an organization goes
    /// with its administrator.
    #[must_use]
    pub fn wants_access_keys_of(&self, account: &AccountId) -> bool {
        self.access_keys && !account.is_among(&self.access_keys_not_of)
    }
}

/// What a TLS endpoint showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// `host:port`.
    pub endpoint: String,
    /// When the certificate it shows ends.
    pub ends: Timestamp,
    /// Whom the certificate is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
}

/// What was seen of one account. A field is `None` when nobody asked, or the cloud has no such port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSight {
    /// Where the account is.
    pub cloud: CloudId,
    /// Who the cloud says we are.
    pub identity: Sighting<Identity>,
    /// The page where a person renews things.
    pub renewal_page: String,
    /// Things paid in advance.
    pub prepaid: Option<Sighting<Harvest<Prepaid>>>,
    /// The money.
    pub balance: Option<Sighting<Balance>>,
    /// Certificates.
    pub certificates: Option<Sighting<Vec<Certificate>>>,
    /// Domain names.
    pub domains: Option<Sighting<Vec<Domain>>>,
    /// What ends, product by product, where the bill has no one list of it.
    pub terms: BTreeMap<Scope, Sighting<Harvest<Prepaid>>>,
    /// Long-lived keys of users.
    pub access_keys: Option<Sighting<Vec<AccessKey>>>,
    /// The regions the account can use; asked for when something of them is wanted and the config
    /// names none.
    pub regions: Option<Sighting<Vec<Region>>>,
    /// What was seen in the regions that were looked at.
    pub estate: BTreeMap<RegionId, RegionSight>,
    /// Looks that only add names and tags to what was kept; unseen ones leave those blank.
    pub details: BTreeMap<Scope, Sighting<u64>>,
    /// Product codes with how many rows, for which there is no reader beyond the bill.
    pub uncovered: BTreeMap<Kind, u64>,
}

/// All sightings of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// When it was taken.
    pub taken: Timestamp,
    /// What was seen of each account.
    pub accounts: BTreeMap<AccountId, AccountSight>,
    /// What TLS endpoints showed; unseen when no certificate could be had.
    pub endpoints: BTreeMap<String, Sighting<Probe>>,
}

/// One scope and whether it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered<'a> {
    /// Which scope.
    pub scope: Scope,
    /// How many things were in it, or why it was not seen.
    pub sight: Result<u64, &'a Unseen>,
}

/// The account name under which endpoints are covered: they belong to no account.
pub const NO_ACCOUNT: &str = "-";

/// Returns the scope of one TLS endpoint, `host:port`.
#[must_use]
pub fn endpoint_scope(endpoint: &str) -> Scope {
    Scope {
        account: AccountId::new(NO_ACCOUNT),
        place: Place::Region(model::RegionId::new(endpoint)),
        kind: Kind::new(Kind::ENDPOINT),
    }
}

impl AccountSight {
    /// Returns the sight of an account of which nothing was asked but who it is.
    #[must_use]
    pub fn unasked(
        cloud: CloudId,
        identity: Sighting<Identity>,
        renewal_page: impl Into<String>,
    ) -> Self {
        Self {
            cloud,
            identity,
            renewal_page: renewal_page.into(),
            prepaid: None,
            balance: None,
            certificates: None,
            domains: None,
            terms: BTreeMap::new(),
            access_keys: None,
            regions: None,
            estate: BTreeMap::new(),
            details: BTreeMap::new(),
            uncovered: BTreeMap::new(),
        }
    }

    /// Returns everything that was seen to end, by the scope it was seen in: the bill's own list and
    /// the products' lists.
    pub fn ending<'a>(
        &'a self,
        account: &AccountId,
    ) -> impl Iterator<Item = (Scope, &'a Sighting<Harvest<Prepaid>>)> + 'a {
        let bill = Scope::global(account, Kind::PREPAID);
        let bill = self.prepaid.iter().map(move |it| (bill.clone(), it));
        let terms = self.terms.iter().map(|(scope, it)| (scope.clone(), it));
        bill.chain(terms)
    }
}

impl Census {
    /// Lets go of the rows of the long lists, which are most of it, once everything was judged: what
    /// was seen and how many there were stays, and nothing can be judged by it any more.
    pub fn forget_rows(&mut self) {
        let accounts = self.accounts.values_mut();
        for region in accounts.flat_map(|it| it.estate.values_mut()) {
            region.forget_rows();
        }
    }

    /// Returns every scope that was asked for, sorted, with what became of it.
    #[must_use]
    pub fn coverage(&self) -> Vec<Covered<'_>> {
        let mut covered = self.asked();
        covered.sort_by(|a, b| a.scope.cmp(&b.scope));
        covered
    }

    fn asked(&self) -> Vec<Covered<'_>> {
        let mut covered = Vec::new();
        for (account, sight) in &self.accounts {
            let certificates = sight.certificates.as_ref();
            let domains = sight.domains.as_ref();
            let keys = sight.access_keys.as_ref();
            let regions = sight.regions.as_ref();
            let asked = [
                (Kind::IDENTITY, Some(count(&sight.identity, |_| 1))),
                (
                    Kind::PREPAID,
                    sight.prepaid.as_ref().map(|it| count(it, Harvest::total)),
                ),
                (
                    Kind::BALANCE,
                    sight.balance.as_ref().map(|it| count(it, |_| 1)),
                ),
                (
                    Kind::CERTIFICATE,
                    certificates.map(|it| count(it, |all| all.len() as u64)),
                ),
                (
                    Kind::DOMAIN,
                    domains.map(|it| count(it, |all| all.len() as u64)),
                ),
                (
                    Kind::ACCESS_KEY,
                    keys.map(|it| count(it, |all| all.len() as u64)),
                ),
                (
                    Kind::REGION,
                    regions.map(|it| count(it, |all| all.len() as u64)),
                ),
            ];
            for (kind, sight) in asked {
                covered.extend(sight.map(|sight| (Scope::global(account, kind), sight)));
            }
            for (scope, harvest) in &sight.terms {
                covered.push((scope.clone(), count(harvest, Harvest::total)));
            }
            for (region, estate) in &sight.estate {
                covered.extend(estate.coverage(account, region));
            }
            for (scope, detail) in &sight.details {
                covered.push((scope.clone(), count(detail, |many| *many)));
            }
        }
        for (endpoint, sight) in &self.endpoints {
            covered.push((endpoint_scope(endpoint), count(sight, |_| 1)));
        }
        covered
            .into_iter()
            .map(|(scope, sight)| Covered { scope, sight })
            .collect()
    }

    /// Returns the scopes that were not seen, sorted, with the reason.
    #[must_use]
    pub fn unseen(&self) -> Vec<(Scope, &Unseen)> {
        let asked = self.asked().into_iter();
        let mut unseen: Vec<_> = asked
            .filter_map(|it| it.sight.err().map(|why| (it.scope, why)))
            .collect();
        unseen.sort_by(|a, b| a.0.cmp(&b.0));
        unseen
    }

    /// Returns whether nothing at all could be seen of any account.
    #[must_use]
    pub fn saw_no_account(&self) -> bool {
        !self.accounts.is_empty()
            && self
                .accounts
                .values()
                .all(|it| it.identity.seen().is_none())
    }
}

fn count<T>(sighting: &Sighting<T>, of: impl FnOnce(&T) -> u64) -> Result<u64, &Unseen> {
    match sighting {
        Sighting::Seen(seen) => Ok(of(seen.get())),
        Sighting::Unseen(unseen) => Err(unseen),
    }
}
