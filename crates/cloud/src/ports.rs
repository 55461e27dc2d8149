//! What a cloud can be asked: one narrow port for each ability.
//!
//! A port speaks only `model`. Not every cloud has every port, and that is a value, not an error.

mod alarms;
mod changes;
mod estate;
mod lending;

use std::sync::Arc;

use async_trait::async_trait;
use model::{
    AccountId, Balance, Certificate, CloudId, Domain, Identity, Kind, Place, Prepaid, Region,
    RegionId, Renewal, ResourceId, Tags,
};

use crate::error::CloudError;
use crate::pager::{Key, Keyed, PageSource};

pub use alarms::Alarms;
pub use changes::{BesideOrder, Copies, DiskOrder, ImageMaking, MachineChanges, Removal, Taggable};
pub use estate::{Addresses, Clusters, CryptKeys, Disks, Images, Keys, LoadBalancers, Machines};
pub use lending::Lending;

/// One account on one cloud. A port the cloud lacks stays `None`.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Returns which cloud it is on.
    fn cloud(&self) -> &CloudId;

    /// Returns our name of the account.
    fn account(&self) -> &AccountId;

    /// Returns who the cloud says we are; needs no permission.
    ///
    /// # Errors
    ///
    /// When the credentials are not valid or the cloud cannot be reached.
    async fn identity(&self) -> Result<Identity, CloudError>;

    /// Returns the page of the console where a person renews things.
    fn renewal_page(&self) -> &str;

    /// Returns the commercial site the account is of, where the cloud has several and it is known
    /// by now; asks nobody.
    fn site(&self) -> Option<&'static str> {
        None
    }

    /// Returns what is paid in advance, and the money.
    fn billing(&self) -> Option<&dyn Billing> {
        None
    }

    /// Returns names and tags of resources.
    fn inventory(&self) -> Option<&dyn Inventory> {
        None
    }

    /// Returns the certificate store.
    fn certificates(&self) -> Option<&dyn Certificates> {
        None
    }

    /// Returns the registered domain names.
    fn domains(&self) -> Option<&dyn Domains> {
        None
    }

    /// Returns the organization the account administers.
    fn organization(&self) -> Option<&dyn Organization> {
        None
    }

    /// Returns what the account's key may and may not do.
    fn access(&self) -> Option<&dyn Access> {
        None
    }

    /// Returns what ends, product by product, where the bill has no one list of it.
    fn terms(&self) -> Option<&dyn Terms> {
        None
    }

    /// Returns the machines.
    fn machines(&self) -> Option<&dyn Machines> {
        None
    }

    /// Returns the Kubernetes clusters.
    fn clusters(&self) -> Option<&dyn Clusters> {
        None
    }

    /// Returns the disks and their snapshots.
    fn disks(&self) -> Option<&dyn Disks> {
        None
    }

    /// Returns the machine images.
    fn images(&self) -> Option<&dyn Images> {
        None
    }

    /// Returns the public addresses.
    fn addresses(&self) -> Option<&dyn Addresses> {
        None
    }

    /// Returns the load balancers.
    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        None
    }

    /// Returns what makes and removes snapshots and disks.
    fn copies(&self) -> Option<&dyn Copies> {
        None
    }

    /// Returns what lets other accounts copy snapshots.
    fn lending(&self) -> Option<&dyn Lending> {
        None
    }

    /// Returns what makes and removes images.
    fn image_making(&self) -> Option<&dyn ImageMaking> {
        None
    }

    /// Returns what changes machines, addresses and tags.
    fn machine_changes(&self) -> Option<&dyn MachineChanges> {
        None
    }

    /// Returns the alarms.
    fn alarms(&self) -> Option<&dyn Alarms> {
        None
    }

    /// Returns what tells the state of the keys that copies are encrypted with.
    fn crypt_keys(&self) -> Option<&dyn CryptKeys> {
        None
    }

    /// Returns the long-lived keys of users.
    fn keys(&self) -> Option<&dyn Keys> {
        None
    }
}

/// Reads the bill.
#[async_trait]
pub trait Billing: Send + Sync {
    /// Returns the list of everything that is paid in advance, in all regions, of all products the
    /// cloud bills; rows that are paid by use may be in it, with [`model::Expiry::Never`]. `None`
    /// where the bill has no such list, or its owner did not ask for it: then [`Terms`] has them.
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>>;

    /// Returns the money that is left.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    async fn balance(&self) -> Result<Balance, CloudError>;
}

/// One list of things that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermList {
    /// The cloud's product code, as a kind: `cvm`, `cdb`, `savingsplans`.
    pub kind: &'static str,
    /// Whether there is a list in each region, or one for the whole account.
    pub regional: bool,
}

/// Reads what ends, product by product.
pub trait Terms: Send + Sync {
    /// Returns the lists there are.
    fn lists(&self) -> &[TermList];

    /// Returns one of them; rows that are paid by use may be in it, with [`model::Expiry::Never`].
    /// Where the product is not offered in a region, the list is empty.
    fn ending(&self, list: &TermList, place: &Place) -> Box<dyn PageSource<Prepaid> + '_>;
}

/// What an inventory knows of one resource beyond the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Which resource.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// Its tags.
    pub tags: Tags,
    /// What happens at its end by its own product's word; it beats the bill's.
    pub renewal: Option<Renewal>,
}

/// Reads resources of the products it covers.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Returns the regions the account can use.
    ///
    /// # Errors
    ///
    /// When the list cannot be had.
    async fn regions(&self) -> Result<Vec<Region>, CloudError>;

    /// Returns the product codes that [`Inventory::details`] can be asked for.
    fn covers(&self) -> &[&'static str];

    /// Returns what is known of the resources of one product in one region, asked by id in as few
    /// calls as the cloud allows. A resource that is missing in the answer is not there.
    ///
    /// # Errors
    ///
    /// When one call fails, or the key may not see the product's resources: then nothing is known.
    async fn details(
        &self,
        kind: &Kind,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError>;
}

/// Reads the certificate store.
pub trait Certificates: Send + Sync {
    /// Returns the list of all certificates, expired ones too.
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_>;
}

/// Reads registered domain names.
pub trait Domains: Send + Sync {
    /// Returns the list of all domain names.
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_>;
}

/// A member account of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The cloud's number of it.
    pub number: String,
    /// Its name in the organization.
    pub name: String,
    /// Whether it can be entered now; an invited or removed one cannot.
    pub active: bool,
}

/// Reads the organization.
pub trait Organization: Send + Sync {
    /// Returns the list of member accounts.
    fn members(&self) -> Box<dyn PageSource<Member> + '_>;

    /// Returns a member account, entered by taking `role` in it; its name is that of the
    /// administering account and the member's number: `shop/1234567890`.
    fn enter(&self, member: &Member, role: &str) -> Arc<dyn Provider>;
}

/// One ability of the product, and what the key needs for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The ability, as a kind of resource: `prepaid`, `balance`, `certificate`.
    pub kind: &'static str,
    /// The permissions to grant, as the cloud's policies spell them.
    pub permissions: &'static [&'static str],
    /// The operations that are called for each page, for the estimate; one that is called twice is
    /// named twice.
    pub operations: &'static [&'static str],
    /// How many rows one page holds, where the list has pages.
    pub page_size: u32,
    /// Calls a month that cost nothing, and the price of a thousand more, where the cloud bills them.
    pub free_calls_a_month: Option<u64>,
}

/// Knows what the account's key may do.
#[async_trait]
pub trait Access: Send + Sync {
    /// Returns what the product needs on this cloud, one entry for each ability.
    fn requirements(&self) -> &[Requirement];

    /// Tries one ability with the cheapest call there is.
    ///
    /// # Errors
    ///
    /// What the cloud refused it with; [`crate::ErrorKind::Denied`] when a permission is missing.
    async fn check(&self, requirement: &Requirement) -> Result<(), CloudError>;

    /// Returns the policy document that grants just these abilities, ready to be pasted.
    fn policy(&self, requirements: &[&Requirement]) -> String;
}

impl Keyed for Prepaid {
    /// An id is one product's own: another product, or the same one elsewhere, may have it too, and
    /// is billed for something else.
    fn key(&self) -> Key<'_> {
        let Self {
            kind,
            product_type,
            region,
            id,
            ..
        } = self;
        let region = region.as_ref().map_or("", RegionId::as_str);
        Key::together([kind.as_str(), product_type, region, id.as_str()])
    }
}

impl Keyed for Certificate {
    fn key(&self) -> Key<'_> {
        Key::id(self.id.as_str())
    }
}

impl Keyed for Domain {
    fn key(&self) -> Key<'_> {
        Key::id(&self.name)
    }
}

impl Keyed for Member {
    fn key(&self) -> Key<'_> {
        Key::id(&self.number)
    }
}

#[cfg(test)]
mod tests {
    use model::{Expiry, PrepaidStatus};

    use super::*;

    #[test]
    fn what_two_products_call_by_one_id_are_two_things() {
        let row = |kind: &str, region: &str| Prepaid {
            kind: Kind::new(kind),
            product_type: "".into(),
            id: ResourceId::new("1234567890"),
            name: None,
            region: Some(RegionId::new(region)),
            tags: Tags::new(),
            created: None,
            expiry: Expiry::Never,
            renewal: Renewal::Manual,
            status: PrepaidStatus::Normal,
            release: None,
            renewal_price: None,
        };
        let rows = [
            row("cdn", "cn-hangzhou"),
            row("live", "cn-hangzhou"),
            row("cdn", "cn-beijing"),
        ];
        assert_ne!(rows[0].key(), rows[1].key());
        assert_ne!(rows[0].key(), rows[2].key());
        assert_eq!(rows[0].key(), rows[0].clone().key());
    }
}
