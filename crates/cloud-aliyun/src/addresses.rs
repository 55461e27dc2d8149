//! Reads elastic addresses (Vpc 2016-04-28).

use cloud::{Addresses, PageSource};
use model::{Address, AddressState, Charge, Expiry, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, TagList, charge, id, listed};
use crate::operations::DESCRIBE_EIPS;
use crate::times;

const PAGE_SIZE: u32 = 100;

impl Addresses for Aliyun {
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_> {
        let list = List::numbered(self, &DESCRIBE_EIPS, region, PAGE_SIZE, decode);
        Box::new(list.checked())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    allocation_id: Loose<'a>,
    #[serde(borrow)]
    ip_address: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    charge_type: Loose<'a>,
    #[serde(borrow)]
    allocation_time: Loose<'a>,
    #[serde(borrow)]
    expired_time: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

fn decode(body: &str) -> Result<Listed<Address>, Misread> {
    listed!(body, "EipAddresses", "EipAddress", Row, address)
}

fn address(row: Row<'_>) -> Result<Address, Misread> {
    let charge = charge(&row.charge_type.text(), "");
    let expiry = match charge {
        Charge::Prepaid => times::expiry(times::instant_of(&row.expired_time)),
        Charge::OnDemand | Charge::Spot => Expiry::Never,
        Charge::Other(_) => Expiry::Unknown,
    };
    let at = row.instance_id.some_text().map(ResourceId::new);
    Ok(Address {
        id: id(&row.allocation_id, "AllocationId in one of its rows")?,
        ip: row.ip_address.text().parse().ok(),
        name: row.name.into_text(),
        state: match (row.status.text().as_ref(), at) {
            ("InUse" | "Available", Some(at)) => AddressState::Bound(at),
            ("Available", None) => AddressState::Unbound,
            (other, _) => AddressState::Changing(other.to_owned()),
        },
        charge,
        created: times::instant_of(&row.allocation_time),
        expiry,
        tags: TagList::into_tags(row.tags),
    })
}
